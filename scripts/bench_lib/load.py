"""The load generator: one connection that sends orders and counts what comes back.

A program of its own, so that it shares no interpreter with a server: ``python -m bench_lib.load``
with process and port of the server, orders, window and pings; it writes its measurement as JSON.
"""

import gc
import re
import socket
import sys
import time

import msgspec
from msgspec import Struct

from bench_lib.messages import ORDER, encoded, logon, order
from bench_lib.processes import cpu_seconds

_SILENCE_MAX_S = 15.0
_WARM_UP = 500
_RECEIVE_BYTES = 256 * 1024
_CL_ORD_ID = re.compile(rb"\x0111=ORD(\d+)\x01")


class Measurement(Struct):
    """What one round gave.

    Attributes:
        per_second: orders echoed in a second while as many as the window allows were under way.
        cpu_seconds: processor time of the server for one of these.
        round_trips: nanoseconds from an order to its echo, one order at a time; ascending.
    """

    per_second: float
    cpu_seconds: float
    round_trips: list[int]


class EchoError(Exception):
    """The server did not echo what it was sent."""


class _Client:
    """One logged on connection."""

    def __init__(self, port: int, count: int) -> None:
        """Log on, and encode all that will be sent."""
        self._sent = 0
        self._got: list[bytes] = []
        self._socket = socket.create_connection(("127.0.0.1", port), _SILENCE_MAX_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(logon())
        answer = self._receive()
        if b"\x0135=A\x01" not in answer:
            raise EchoError(f"no Logon(A) but {answer!r}")
        self._orders = [order(number) for number in range(2, count + 2)]

    def flood(self, count: int, window: int) -> float:
        """Send orders, at most ``window`` of them without an answer yet; return the seconds."""
        orders = self._orders[self._sent : self._sent + count]
        self._sent += count
        sent = answered = 0
        tail = b""  # an echo may come in two pieces
        start = time.perf_counter()
        while answered < count:
            free = answered + window - sent
            if free > 0 and sent < count:
                self._socket.sendall(b"".join(orders[sent : sent + free]))
                sent += free
            data = tail + self._receive()
            answered += data.count(ORDER)
            tail = data[1 - len(ORDER) :]
        return time.perf_counter() - start

    def ping(self) -> int:
        """Send one order and wait for its echo; return the nanoseconds."""
        message = self._orders[self._sent]
        self._sent += 1
        data = b""
        start = time.perf_counter_ns()
        self._socket.sendall(message)
        while ORDER not in data or data[-8:-4] != b"\x0110=":
            data += self._receive()
        return time.perf_counter_ns() - start

    def check(self) -> None:
        """Every order must have come back once, in order."""
        got = [int(number) for number in _CL_ORD_ID.findall(b"".join(self._got))]
        if got != list(range(2, self._sent + 2)):
            raise EchoError(f"{self._sent} orders, {len(got)} echoes, or not in order")

    def log_out(self) -> None:
        """Say goodbye, and wait until the server has closed or said so, too."""
        self._socket.sendall(encoded("5", self._sent + 2, ""))
        while b"\x0135=5\x01" not in self._receive():
            pass
        self._socket.close()

    def _receive(self) -> bytes:
        data = self._socket.recv(_RECEIVE_BYTES)
        if not data:
            raise EchoError(f"disconnected after {b''.join(self._got[-1:])!r}")
        self._got.append(data)
        return data


def measure(pid: int, port: int, orders: int, window: int, pings: int) -> Measurement:
    """Measure one server on the loopback interface.

    Args:
        pid: its process.
        port: where it listens.
        orders: sent for the throughput.
        window: orders without an answer at any time.
        pings: orders sent one by one.
    """
    client = _Client(port, _WARM_UP + orders + pings)
    gc.disable()
    client.flood(_WARM_UP, window)
    cpu_before = cpu_seconds(pid)
    seconds = client.flood(orders, window)
    cpu = cpu_seconds(pid) - cpu_before
    round_trips = sorted(client.ping() for _ in range(pings))
    client.check()
    client.log_out()
    return Measurement(orders / seconds, cpu / orders, round_trips)


if __name__ == "__main__":
    try:
        measurement = measure(*map(int, sys.argv[1:]))
    except (EchoError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(msgspec.json.encode(measurement))
