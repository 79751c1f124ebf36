"""Venues that publish their books at a given rate, encoded before the clock starts.

A program of its own: ``python -m bench_lib.publisher`` with the number of instruments and a port
for each venue. It answers MarketDataRequest(V), and from each line of its input on, which is a
number, it sends so many entries a second over all sessions, evenly; to each line it answers with
what it has sent so far, as a line of JSON. It ends with its input.

An incremental message has ten entries: bid and offer of five instruments. Of four messages in a row
two change sizes at the best prices, one moves the price up by a tick and one down again: a deletion
and a new level each. RptSeq(83) is the same in all entries of a message, so that only that number,
MsgSeqNum(34) and SendingTime(52) have to be written in, and the venue costs little beside what it
is to measure; and it is as nice as can be (SCHED_BATCH), since it stands for other
machines. A session that does not read as fast as it should is skipped: what it does not get is
told as due and not as sent.
"""

import asyncio
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

from bench_lib.messages import BEGIN_STRING, timestamp
from oms_fix.daemon.priority import give_way
from oms_fix.fix.codec import framed

ROUTER = "ROUTER"
ENTRIES = 10
_INSTRUMENTS_EACH = 5
_LEVELS = 5
_TICK_S = 0.005
_SILENCE_S = 1.0
_UNREAD_MAX_BYTES = 1024 * 1024
_MESSAGE = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)
_VARIANTS = 4
# The two entries of an instrument, by the message's number: action, type, price and size of each.
_SAYS = (
    (b"279=2|269=0|55=%b|270=100.00|83=", b"279=0|269=1|55=%b|270=100.01|271=900|83="),
    (b"279=1|269=0|55=%b|270=99.99|271=1100|83=", b"279=1|269=1|55=%b|270=100.01|271=1200|83="),
    (b"279=2|269=1|55=%b|270=100.01|83=", b"279=0|269=0|55=%b|270=100.00|271=800|83="),
    (b"279=1|269=0|55=%b|270=100.00|271=700|83=", b"279=1|269=1|55=%b|270=100.02|271=1300|83="),
)
_IS_UP = (False, False, True, True)


class Said(Struct):
    """What was published so far: entries that were due, and those that were sent."""

    due: int
    sent: int


def symbol(number: int) -> str:
    """Return the symbol of an instrument, from 0 on."""
    return f"SYM{number:04d}"


def market_data_name(venue: str) -> str:
    """Return the CompID of a venue's session of market data."""
    return f"{venue}-MD"


def venue_name(number: int) -> str:
    """Return the CompID of a venue, from 0 on."""
    return f"VENUE{number}"


def _templates(symbols: Sequence[str]) -> list[list[bytes]]:
    """Return the bodies of one group of instruments, in pieces between which the number goes."""
    head = b"262=%%b|268=%d|" % (len(symbols) * 2)
    bodies = []
    for says in _SAYS:
        entries = [each % name.encode() for name in symbols for each in says]
        bodies.append((head + b"\x00|".join(entries) + b"\x00|").replace(b"|", b"\x01"))
    return [body.split(b"\x00") for body in bodies]


class _Group:
    """Five instruments that are told of together, and the number of the last message."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = symbols
        self.number = 0
        self._templates = _templates(symbols)

    def subscribe(self, request_id: bytes) -> None:
        """Have further messages bear the MDReqID(262) of a request."""
        for pieces in self._templates:
            before, after = pieces[0].split(b"\x01", 1)
            pieces[0] = b"262=" + request_id + b"\x01" + after
            assert before.startswith(b"262=")

    def next(self) -> bytes:
        """Return the body of the next message."""
        self.number += 1
        return (b"%d" % self.number).join(self._templates[self.number % _VARIANTS])

    def snapshot(self, request_id: bytes, name: bytes) -> bytes:
        """Return the body of a MarketDataSnapshotFullRefresh(W)."""
        is_up = _IS_UP[self.number % _VARIANTS]
        bid, offer = (100_00, 100_02) if is_up else (99_99, 100_01)
        sides = ((b"0", bid, -1), (b"1", offer, 1))
        entries = b"".join(
            b"269=%b|270=%d.%02d|271=1000|83=%d|"
            % (kind, *divmod(best + sign * n, 100), self.number)
            for kind, best, sign in sides
            for n in range(_LEVELS)
        )
        head = b"262=%b|55=%b|268=%d|" % (request_id, name, 2 * _LEVELS)
        return (head + entries).replace(b"|", b"\x01")


class _Session(asyncio.Protocol):
    """One venue's session of market data, whoever is logged on to it."""

    def __init__(self, name: str, groups: list[_Group]) -> None:
        self._groups = groups
        self._by_symbol = {each.encode(): group for group in groups for each in group.symbols}
        self._head = f"49={name}\x0156={ROUTER}\x0134=".encode()
        self._transport: asyncio.Transport | None = None
        self._msg_seq_num = 0
        self._at = 0  # the group that is told of next
        self._said_at = 0.0
        self._subscribed = False
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            "asyncio.Transport", transport
        )  # uvloop's is of no kind of asyncio's
        self._msg_seq_num = 0
        self._subscribed = False
        self._tail = b""

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        self._subscribed = False

    def data_received(self, data: bytes) -> None:
        data = self._tail + data
        end = 0
        for found in _MESSAGE.finditer(data):
            end = found.end()
            self._answer(found[0])
        self._tail = data[end:]

    def tick(self, entries: float) -> int:
        """Send entries that are due, or a Heartbeat(0); return how many were sent."""
        transport = self._transport
        if transport is None or not self._subscribed:
            return 0
        count = round(entries / ENTRIES)
        if count and transport.get_write_buffer_size() < _UNREAD_MAX_BYTES:
            self._say([(b"X", self._next().next()) for _ in range(count)])
            return count * ENTRIES
        if time.monotonic() - self._said_at > _SILENCE_S:
            self._say([(b"0", b"")])
        return 0

    def _next(self) -> _Group:
        self._at = (self._at + 1) % len(self._groups)
        return self._groups[self._at]

    def _answer(self, message: bytes) -> None:
        fields = [field.partition(b"=")[::2] for field in message.split(b"\x01")[:-1]]
        first = dict(reversed(fields))
        match first[b"35"]:
            case b"A":
                self._say([(b"A", b"98=0\x01108=%b\x01141=Y\x01" % first[b"108"])])
            case b"1":
                self._say([(b"0", b"112=%b\x01" % first[b"112"])])
            case b"5":
                self._say([(b"5", b"")])
            case b"V":
                self._show(first, [value for tag, value in fields if tag == b"55"])

    def _show(self, first: dict[bytes, bytes], names: list[bytes]) -> None:
        request_id = first[b"262"]
        groups = {name: self._by_symbol[name] for name in names}
        self._say([(b"W", group.snapshot(request_id, name)) for name, group in groups.items()])
        if first[b"263"] == b"1":
            self._subscribed = True
            for group in groups.values():
                group.subscribe(request_id)

    def _say(self, messages: list[tuple[bytes, bytes]]) -> None:
        assert self._transport is not None
        tail = b"\x0152=" + timestamp().encode() + b"\x01"
        number, head = self._msg_seq_num, self._head
        row = []
        for msg_type, body in messages:
            number += 1
            content = b"35=" + msg_type + b"\x01" + head + b"%d" % number + tail + body
            row.append(framed(BEGIN_STRING.encode(), content))
        self._msg_seq_num = number
        self._said_at = time.monotonic()
        self._transport.write(b"".join(row))


async def publish(instruments: int, ports: Sequence[int]) -> None:
    """Publish as the input says, until it ends."""
    loop = asyncio.get_running_loop()
    names = [symbol(number) for number in range(instruments)]
    sessions = []
    for number, port in enumerate(ports):
        step = _INSTRUMENTS_EACH
        groups = [_Group(names[at : at + step]) for at in range(0, instruments, step)]
        session = _Session(market_data_name(venue_name(number)), groups)
        await loop.create_server(lambda session=session: session, "127.0.0.1", port)
        sessions.append(session)
    said, rate = Said(0, 0), [0]
    publishing = asyncio.create_task(_publish(sessions, said, rate))
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    _tell(said)
    while line := await orders.readline():
        rate[0] = int(line)
        _tell(said)
    publishing.cancel()
    with suppress(asyncio.CancelledError):
        await publishing


async def _publish(sessions: list[_Session], said: Said, rate: list[int]) -> None:
    """Send what is due, in short steps; what is behind by more than a step is made up for."""
    before = time.perf_counter()
    owed = 0.0
    while True:
        await asyncio.sleep(_TICK_S)
        now = time.perf_counter()
        owed += (now - before) * rate[0] / len(sessions)
        before = now
        count = owed // ENTRIES * ENTRIES
        owed -= count
        for session in sessions:
            said.due += int(count)
            said.sent += session.tick(count)


def _tell(said: Said) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    give_way()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(publish(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
