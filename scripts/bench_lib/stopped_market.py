"""A client and five venues of a router that is halted with many orders open.

The venues accept every order and take note of when a cancel comes; they answer none, so that all
that is measured is the router's.
"""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from bench_lib.messages import encoded, logon, timestamp
from oms_fix.daemon.control import ControlRequest, ask

CLIENT = "CLIENT0"
VENUES = ("XA", "XB", "XC", "XD", "XE")
_PATIENCE_S = 120.0
_PAUSE_S = 0.02
_WINDOW = 500
_ORDER = re.compile(rb"\x0135=D\x01.*?\x0111=([^\x01]+)\x01")
_CANCEL = b"\x0135=F\x01"
_END = re.compile(rb"\x0110=\d{3}\x01")
_REJECTED = re.compile(rb"\x0158=([A-Z_]+): ")


class Halt(Struct):
    """What one halt took; all seconds but those of the restart from the operator's command on.

    Attributes:
        cancels: that reached the venues.
        first_cancel_seconds: until the first did; so ``last_cancel_seconds``.
        answered_seconds: until the operator was told that it is done.
        next_order: the code with which an order was rejected that was sent then.
        restart_seconds: from kill -9 until the client was logged on again.
        order_after_restart: the code with which an order was rejected then.
    """

    cancels: int
    first_cancel_seconds: float
    last_cancel_seconds: float
    answered_seconds: float
    next_order: str
    restart_seconds: float
    order_after_restart: str


def symbol_of(venue: str) -> str:
    """Return what is traded at a venue."""
    return f"S{venue}"


class _Venue:
    """Accepts orders and notes cancels."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cancels: list[float] = []
        self.orders = 0
        self._writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with the router until it is gone."""
        self._writer, sent, tail = writer, 1, b""
        while data := await reader.read(256 * 1024):
            now = time.perf_counter()
            data = tail + data
            ends = [found.end() for found in _END.finditer(data)]
            whole = ends[-1] if ends else 0
            data, tail = data[:whole], data[whole:]
            self.cancels += [now] * data.count(_CANCEL)
            if b"\x0135=A\x01" in data:
                writer.write(logon(self.name))
                sent = 1
            for found in _ORDER.finditer(data):
                sent += 1
                self.orders += 1
                writer.write(self._accepted(sent, found[1].decode()))
        writer.close()
        self._writer = None

    async def hang_up(self) -> None:
        """Drop the connection, if there is one, and wait until nobody speaks any more."""
        while self._writer is not None:
            self._writer.close()
            await asyncio.sleep(_PAUSE_S)

    def _accepted(self, msg_seq_num: int, cl_ord_id: str) -> bytes:
        number = f"{self.name}{self.orders}"
        return encoded(
            "8",
            msg_seq_num,
            f"37={number}|11={cl_ord_id}|17={number}|150=0|39=0|55={symbol_of(self.name)}|54=1"
            f"|38=100|151=100|14=0|6=0|",
            self.name,
        )


class _Client:
    """One session, which numbers anew with each connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sent = 1
        self._ids = 0

    async def log_on(self) -> None:
        """Connect as soon as the router listens."""
        end = time.perf_counter() + _PATIENCE_S
        while True:
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
                break
            except ConnectionRefusedError:
                if time.perf_counter() > end:
                    raise
                await asyncio.sleep(_PAUSE_S)
        self._writer.write(logon(CLIENT))
        self._sent = 1
        await self._until(b"\x0135=A\x01")

    async def open_orders(self, count: int) -> None:
        """Send so many orders, some hundred at a time, and wait until each is taken."""
        for begin in range(0, count, _WINDOW):
            number = min(_WINDOW, count - begin)
            self._writer.write(b"".join(self._order() for _ in range(number)))
            answered = 0
            while answered < number:
                answered += (await self._message()).count(b"\x01150=0\x01")

    async def rejected(self) -> str:
        """Send an order; return the code with which it was rejected, or "taken"."""
        self._writer.write(self._order())
        answer = await self._until(b"\x0111=ORD%08d\x01" % self._ids)
        found = _REJECTED.search(answer)
        return found[1].decode() if found and b"\x01150=8\x01" in answer else "taken"

    def close(self) -> None:
        """Drop the connection."""
        self._writer.close()

    def _order(self) -> bytes:
        self._sent += 1
        self._ids += 1
        symbol = symbol_of(VENUES[self._ids % len(VENUES)])
        return encoded(
            "D",
            self._sent,
            f"11=ORD{self._ids:08d}|1=ACC-1|21=1|55={symbol}|54=1|60={timestamp()}"
            "|38=100|40=2|44=150.25|15=USD|59=0|",
            CLIENT,
        )

    async def _until(self, content: bytes) -> bytes:
        while content not in (message := await self._message()):
            pass
        return message

    async def _message(self) -> bytes:
        """Return the next message."""
        start = await asyncio.wait_for(self._reader.readuntil(b"\x0110="), _PATIENCE_S)
        return start + await self._reader.readuntil(b"\x01")


class StoppedMarket:
    """All that a router trades with.

    Args:
        socket: over which its operator speaks.
        client_port: where the router listens.
        venue_ports: where the venues do.
    """

    def __init__(self, socket: Path, client_port: int, venue_ports: list[int]) -> None:
        self._socket = socket
        self._client = _Client(client_port)
        self._venues = [_Venue(name) for name in VENUES]
        self._ports = venue_ports

    async def measure(self, orders: int, start_again: Callable[[], None]) -> Halt:
        """Measure one halt.

        Args:
            orders: open by then.
            start_again: starts the router, after kill -9 if it runs.
        """
        servers = [
            await asyncio.start_server(venue.serve, "127.0.0.1", port)
            for venue, port in zip(self._venues, self._ports, strict=True)
        ]
        start_again()
        await self._client.log_on()
        await self._until(self._venues_are_up)
        await self._client.open_orders(orders)
        await self._until(lambda: sum(venue.orders for venue in self._venues) == orders)
        halt = await self._halt(orders)
        self._client.close()
        began = time.perf_counter()
        await asyncio.to_thread(start_again)
        await self._client.log_on()
        halt.restart_seconds = time.perf_counter() - began
        halt.order_after_restart = await self._client.rejected()
        self._client.close()
        for server, venue in zip(servers, self._venues, strict=True):
            server.close()
            await venue.hang_up()
        return halt

    def _venues_are_up(self) -> bool:
        lines = ask(self._socket, ControlRequest("status", {})).lines
        return sum("venue" in line and "logged on" in line for line in lines) == len(VENUES)

    async def _halt(self, orders: int) -> Halt:
        request = {"scope": "firm", "cancel_open": "yes", "reason": "benchmark"}
        began = time.perf_counter()
        answer = await asyncio.to_thread(ask, self._socket, ControlRequest("halt", request))
        answered = time.perf_counter() - began
        assert answer.done, answer.lines
        next_order = await self._client.rejected()
        await self._until(lambda: len(self._cancels()) == orders)
        times = self._cancels()
        first, last = min(times) - began, max(times) - began
        return Halt(len(times), first, last, answered, next_order, 0.0, "")

    def _cancels(self) -> list[float]:
        return [at for venue in self._venues for at in venue.cancels]

    async def _until(self, is_so: Callable[[], bool]) -> None:
        end = time.perf_counter() + _PATIENCE_S
        while not await asyncio.to_thread(is_so):
            if time.perf_counter() > end:
                raise TimeoutError("the router or its venues are not as far as that")
            await asyncio.sleep(_PAUSE_S)
