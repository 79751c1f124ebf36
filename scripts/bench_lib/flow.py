"""Orders at a steady pace, whatever becomes of them, and the venues that fill them.

A program of its own: ``python -m bench_lib.flow`` with the router's port for clients, how many
clients, orders a second, seconds, instruments, and a port for each venue; it says when it is ready,
begins when told to, and in the end writes when each order was due and how long its answer took, as
JSON. An order is sent when it is due, not when the one before is answered, and its time counts from
when it was due: a router that stands still is seen in every order of that time. Venues answer a
NewOrderSingle(D) by an ExecutionReport(8) with all of it filled.
"""

import asyncio
import re
import sys
import time
from collections.abc import Sequence
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

from bench_lib.crowd import accepts, client_name
from bench_lib.messages import encoded, logon, timestamp
from bench_lib.publisher import ROUTER, symbol, venue_name

_PATIENCE_S = 20.0
_STEP_S = 0.001
_NEW = b"\x01150=0\x01"
_MESSAGE = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)
_FIELDS = re.compile(rb"\x01(11|37|38|44|54|55|112)=([^\x01]*)")
_CL_ORD_ID = re.compile(rb"\x0111=ORD(\d+)\x01")


class Flow(Struct):
    """What the clients saw.

    Attributes:
        began_at: when the first order was due, nanoseconds since 1970.
        gap: nanoseconds between two.
        took: nanoseconds until its ExecutionReport(8) New, of each order; -1 where none came.
        rejected: numbers of the orders that were answered by something else first.
    """

    began_at: int
    gap: int
    took: list[int]
    rejected: list[int]

    def due_at(self, number: int) -> int:
        """Return when an order was due, nanoseconds since 1970."""
        return self.began_at + number * self.gap


class _Peer(asyncio.Protocol):
    """One connection whose messages are taken one by one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.msg_seq_num = 1
        self.logged_on = asyncio.Event()
        self._tail = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.msg_seq_num, self._tail = 1, b""

    def data_received(self, data: bytes) -> None:
        data = self._tail + data
        end = 0
        for found in _MESSAGE.finditer(data):
            end = found.end()
            self._take(found[0])
        self._tail = data[end:]

    def _take(self, message: bytes) -> None:
        if b"\x0135=A\x01" in message:
            self.logged_on.set()
        elif b"\x0135=1\x01" in message:
            self.say("0", f"112={_values(message)[b'112'].decode()}|")
        else:
            self.heard(message)

    def say(self, msg_type: str, body: str) -> None:
        """Send a message."""
        assert self.transport is not None
        self.msg_seq_num += 1
        self.transport.write(encoded(msg_type, self.msg_seq_num, body, self.name, ROUTER))

    def heard(self, message: bytes) -> None:
        """Take an application message."""


class _Venue(_Peer):
    """Fills every order at its limit."""

    def _take(self, message: bytes) -> None:
        if b"\x0135=A\x01" in message:
            assert self.transport is not None
            self.transport.write(logon(self.name, ROUTER))
        super()._take(message)

    def heard(self, message: bytes) -> None:
        if b"\x0135=D\x01" not in message:
            return
        found = {tag: value.decode() for tag, value in _values(message).items()}
        cl_ord_id, qty, price = found[b"11"], found[b"38"], found.get(b"44", "100")
        self.say(
            "8",
            f"37=V{cl_ord_id}|11={cl_ord_id}|55={found[b'55']}|54={found[b'54']}|38={qty}"
            f"|17=F{self.msg_seq_num}|150=F|39=2|32={qty}|31={price}|151=0|14={qty}|6={price}"
            f"|60={timestamp()}|",
        )


class _Client(_Peer):
    """Notes when the orders of all clients are answered."""

    def __init__(self, name: str, flow: Flow) -> None:
        super().__init__(name)
        self._flow = flow

    def heard(self, message: bytes) -> None:
        found = _CL_ORD_ID.search(message)
        if found is None:
            return
        number, flow = int(found[1]), self._flow
        if flow.took[number] < 0:
            flow.took[number] = time.time_ns() - flow.due_at(number)
            if _NEW not in message:
                flow.rejected.append(number)


def _values(message: bytes) -> dict[bytes, bytes]:
    return dict(_FIELDS.findall(message))


def _order(number: int, instruments: int) -> str:
    side, quantity = 1 + number % 2, 100 * (1 + number % 9)
    price = "101.00" if side == 1 else "99.00"
    return (
        f"11=ORD{number}|1=ACC-1|21=1|55={symbol(number * 7 % instruments)}|54={side}"
        f"|60={timestamp()}|38={quantity}|40=2|44={price}|15=USD|59=0|"
    )


async def measure(
    client_port: int,
    clients: int,
    per_second: int,
    seconds: int,
    instruments: int,
    venue_ports: Sequence[int],
) -> Flow:
    """Let orders flow for so many seconds."""
    loop = asyncio.get_running_loop()
    for number, port in enumerate(venue_ports):
        venue = _Venue(venue_name(number))
        await loop.create_server(lambda venue=venue: venue, "127.0.0.1", port)
    await accepts(client_port)
    flow = Flow(0, 1_000_000_000 // per_second, [], [])
    peers = []
    for number in range(clients):
        client = _Client(client_name(number), flow)
        await loop.create_connection(lambda client=client: client, "127.0.0.1", client_port)
        assert client.transport is not None
        client.transport.write(logon(client.name, ROUTER))
        await asyncio.wait_for(client.logged_on.wait(), _PATIENCE_S)
        peers.append(client)
    _say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    await _flow(peers, flow, seconds, instruments)
    end = time.monotonic() + _PATIENCE_S
    while -1 in flow.took and time.monotonic() < end:  # noqa: ASYNC110 - once, and not measured
        await asyncio.sleep(0.1)
    return flow


async def _flow(clients: list[_Client], flow: Flow, seconds: int, instruments: int) -> None:
    began = flow.began_at = time.time_ns()
    while (now := time.time_ns()) < began + seconds * 1_000_000_000:
        while flow.due_at(len(flow.took)) <= now:
            number = len(flow.took)
            flow.took.append(-1)
            clients[number % len(clients)].say("D", _order(number, instruments))
        await asyncio.sleep(_STEP_S)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    port, clients, per_second, seconds, instruments, *venue_ports = map(int, sys.argv[1:])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        flow = runner.run(measure(port, clients, per_second, seconds, instruments, venue_ports))
    sys.stdout.buffer.write(msgspec.json.encode(flow) + b"\n")
