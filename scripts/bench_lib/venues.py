"""Venues that acknowledge every order and fill it at its limit.

A program of its own: ``python -m bench_lib.venues`` with 1 or 0, whether to note when orders came,
and a port for each venue. It writes a line when it listens, and at the next line of its input the
processor time that it has used so far and what it noted, as JSON; it ends with its input. When all
venues are logged on it says so by a line.
"""

import select
import socket
import sys
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from bench_lib.messages import timestamp
from bench_lib.publisher import ROUTER, venue_name
from bench_lib.wire import Connections, LoadError, Peer, value

_PATIENCE_S = 1.0
_ORDER = b"\x0135=D\x01"
_REPORT = (
    b"37=V%(id)b\x0117=N%(id)b\x01150=0\x0139=0\x01%(order)b\x01151=%(quantity)b\x01"
    b"14=0\x016=0\x0160=%(now)b\x01"
)
_FILL = (
    b"37=V%(id)b\x0117=F%(id)b\x01150=F\x0139=2\x01%(order)b\x01151=0\x01"
    b"14=%(quantity)b\x016=%(price)b\x0132=%(quantity)b\x0131=%(price)b\x0160=%(now)b\x01"
)


class Venues(Struct):
    """What the venues saw.

    Attributes:
        cpu_seconds: what this process has used so far.
        came_at: by OrderQty(38), when the order was there, on the monotonic clock.
    """

    cpu_seconds: float
    came_at: dict[int, int]


class _Venue(Peer):
    """One venue. ``came_at``: where to note when orders came; None for nowhere."""

    def __init__(
        self, name: str, connection: socket.socket, came_at: dict[int, int] | None
    ) -> None:
        super().__init__(name, ROUTER, connection)
        self._came_at = came_at

    def logged_on(self) -> None:
        self.log_on()

    def heard(self, messages: Sequence[bytes]) -> None:
        orders = [each for each in messages if _ORDER in each]
        if self._came_at is not None:
            now = time.perf_counter_ns()
            for order in orders:
                self._came_at.setdefault(int(value(order, b"\x0138=")), now)
        now_text = timestamp().encode()
        self.say(b"8", [report for order in orders for report in _reports(order, now_text)])


def _reports(order: bytes, now: bytes) -> tuple[bytes, bytes]:
    """Return the ExecutionReport(8) New and Fill of an order."""
    cl_ord_id = value(order, b"\x0111=")
    quantity, price = value(order, b"\x0138="), value(order, b"\x0144=")
    repeated = b"11=%b\x0155=%b\x0154=%b\x0138=%b" % (
        cl_ord_id, value(order, b"\x0155="), value(order, b"\x0154="), quantity,
    )  # fmt: skip
    names = {
        b"id": cl_ord_id, b"order": repeated, b"quantity": quantity, b"price": price, b"now": now,
    }  # fmt: skip
    return _REPORT % names, _FILL % names


def serve(ports: Sequence[int], came_at: dict[int, int] | None) -> None:
    """Be the venues until the input ends."""
    listeners = [socket.create_server(("127.0.0.1", port)) for port in ports]
    _tell("ready")
    with Connections() as connections:
        for number, listener in enumerate(listeners):
            connections.peers.append(_Venue(venue_name(number), listener.accept()[0], came_at))
            listener.close()
        while not all(venue.is_logged_on for venue in connections.peers):
            connections.wait(_PATIENCE_S)
        _tell("logged on")
        while True:
            readable, _, _ = select.select([sys.stdin, *connections.peers], (), ())
            for peer in readable:
                if peer is sys.stdin:
                    if not sys.stdin.readline():
                        return
                    _tell_what_was_seen(came_at)
                else:
                    _read(connections, peer)


def _read(connections: Connections, peer: Peer) -> None:
    try:
        peer.read()
    except (LoadError, OSError):
        connections.peers.remove(peer)  # the router stops before its venues do


def _tell_what_was_seen(came_at: dict[int, int] | None) -> None:
    seen = Venues(time.process_time(), came_at or {})
    _tell(msgspec.json.encode(seen).decode())


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    are_noted, *ports = map(int, sys.argv[1:])
    serve(ports, {} if are_noted else None)
