"""Clients of a router: orders as fast as it takes them, or at a steady pace; all are followed up.

A program of its own: ``python -m bench_lib.trading`` with a ``Plan`` as JSON. It says when all are
logged on, begins when told to by a line, and in the end writes a ``Trade`` as JSON. Each order must
be answered by one ExecutionReport(8) New and one that fills it, or the program fails. It waits for
what is under way when the time is over.
"""

import gc
import math
import socket
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from bench_lib.crowd import client_name
from bench_lib.messages import timestamp
from bench_lib.processes import cpu_seconds
from bench_lib.publisher import ROUTER, symbol
from bench_lib.wire import Connections, LoadError, Peer, value

NS_PER_S = 1_000_000_000
PATIENCE_S = 20.0
US_PER_S = 1_000_000
_PRICES = 8
_QUANTITIES = 50
_NEW, _FILLED = 1, 2
_EXEC_TYPES = {b"0": _NEW, b"F": _FILLED}
_TOLD_MAX = 3


class Plan(Struct, frozen=True):
    """What is to be traded.

    Attributes:
        router: its process.
        port: where it listens for clients.
        clients: how many.
        instruments: how many they trade.
        accounts: for how many.
        seconds: for how long, after ``warm_up`` seconds.
        window: orders under way at any time; or, if ``per_second`` is given, as many as it takes.
        per_second: orders due in a second, whatever becomes of those before.
        first_id: number in the first ClOrdID(11); a store may hold the orders of an earlier run.
    """

    router: int
    port: int
    clients: int
    instruments: int
    accounts: int
    seconds: float
    warm_up: float = 1.0
    window: int = 0
    per_second: int = 0
    first_id: int = 0


class Trade(Struct):
    """What came of it; times are in nanoseconds on the monotonic clock.

    Attributes:
        orders: all that were sent, those of the warm-up and the end as well; by number from 0 on.
        per_second: orders filled in a second, within the time that counts.
        router_cpu_us: processor time of the router for one of these, in microseconds.
        clients_cpu_us: the same of this process.
        first: number of the first order that counts.
        due_at: of each that counts; where they follow one another, when the one before was filled.
        sent_at: of each that counts.
        acknowledged_at: of each that counts, when its New was there.
    """

    orders: int
    per_second: float
    router_cpu_us: float
    clients_cpu_us: float
    first: int
    due_at: list[int]
    sent_at: list[int]
    acknowledged_at: list[int]


class Following:
    """What was heard of each order; it must be New and Fill, once each."""

    def __init__(self, first_id: int = 0) -> None:
        self.first_id = first_id
        self.heard = bytearray()
        self.due_at = array("q")
        self.sent_at = array("q")
        self.acknowledged_at = array("q")
        self.filled = 0
        self.doubled = 0
        self.surprises: list[bytes] = []

    def send(self, due_at: int, now: int) -> int:
        """Return the number of a new order."""
        self.heard.append(0)
        self.due_at.append(due_at)
        self.sent_at.append(now)
        self.acknowledged_at.append(0)
        return len(self.heard) - 1

    def hear(self, message: bytes, now: int) -> bool:
        """Take a report; tell whether the order is filled by it."""
        kind = _EXEC_TYPES.get(value(message, b"\x01150="))
        cl_ord_id = value(message, b"\x0111=ORD")
        if kind is None or not cl_ord_id:
            self.surprises.append(message)
            return False
        number = int(cl_ord_id) - self.first_id
        if self.heard[number] & kind:
            self.doubled += 1
            return False
        self.heard[number] |= kind
        if kind == _NEW:
            self.acknowledged_at[number] = now
            return False
        self.filled += 1
        return True

    @property
    def under_way(self) -> int:
        """How many orders have not been filled yet."""
        return len(self.heard) - self.filled

    def check(self) -> None:
        """Every order must have been answered and filled once.

        Raises:
            LoadError: not so.
        """
        lost = sum(each != _NEW | _FILLED for each in self.heard)
        if lost or self.doubled or self.surprises:
            told = b"\n".join(self.surprises[:_TOLD_MAX]).replace(b"\x01", b"|").decode()
            raise LoadError(
                f"of {len(self.heard)} orders {lost} lost, {self.doubled} reports doubled,"
                f" {len(self.surprises)} messages that nobody expected: {told}"
            )


class _Client(Peer):
    """One client. ``window``: send as many anew as are filled, while ``Desk`` is open."""

    def __init__(self, name: str, port: int, desk: "Desk") -> None:
        super().__init__(name, ROUTER, _connected(port))
        self._desk = desk

    def heard(self, messages: Sequence[bytes]) -> None:
        now, hear = time.perf_counter_ns(), self._desk.following.hear
        filled = sum([hear(message, now) for message in messages])
        if filled and self._desk.is_refilling:
            self.order([now] * filled)

    def order(self, due: Sequence[int]) -> None:
        """Send an order for each of these times."""
        desk, now = self._desk, timestamp().encode()
        bodies, following, is_mark = desk.bodies, desk.following, desk.has_marks
        said, sent_at = [], time.perf_counter_ns()
        for due_at in due:
            number = following.send(due_at, sent_at)
            body = bodies[number % len(bodies)]
            amount = quantity(number, is_mark=is_mark)
            cl_ord_id = following.first_id + number
            said.append(body % {b"id": cl_ord_id, b"now": now, b"quantity": amount})
        self.say(b"D", said)


def _connected(port: int) -> socket.socket:
    """Return a connection with the router, which may not listen yet."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class _Moment(NamedTuple):
    """How far everything is; ``at``: nanoseconds on the monotonic clock."""

    at: int
    sent: int
    filled: int
    router_cpu: float
    own_cpu: float


class Desk:
    """All clients, and what they trade."""

    def __init__(self, plan: Plan, connections: Connections) -> None:
        self._plan, self._connections = plan, connections
        self.following = Following(plan.first_id)
        self.bodies = list(_bodies(plan.instruments, plan.accounts))
        self.is_refilling = False
        self.has_marks = bool(plan.per_second)
        self._next_due = 0
        names = [client_name(number) for number in range(plan.clients)]
        self._clients = [_Client(name, plan.port, self) for name in names]
        connections.peers.extend(self._clients)

    def log_on(self) -> None:
        """Log all clients on."""
        for client in self._clients:
            client.log_on()
        self._wait(lambda: all(client.is_logged_on for client in self._clients), "logons")

    def trade(self) -> Trade:
        """Trade, wait for the end of what is under way, and check that nothing is amiss."""
        plan = self._plan
        begun = self._next_due = time.perf_counter_ns()
        counted = begun + int(plan.warm_up * NS_PER_S)
        self._open()
        self._pass(counted)
        before = self._moment()
        self._pass(counted + int(plan.seconds * NS_PER_S))
        after = self._moment()
        self.is_refilling = False
        self._wait(lambda: not self.following.under_way, "fills")
        self.following.check()
        return self._result(before, after)

    def _open(self) -> None:
        """Have each client send its share of the window."""
        if not self._plan.per_second:
            self.is_refilling = True
            share = self._plan.window // len(self._clients)
            for client in self._clients:
                client.order([time.perf_counter_ns()] * share)

    def _pass(self, until: int) -> None:
        """Go on until then."""
        while (now := time.perf_counter_ns()) < until:
            wake_at = until
            if self._plan.per_second:
                wake_at = min(until, self._send_due(now))
            self._connections.wait((wake_at - time.perf_counter_ns()) / NS_PER_S)

    def _send_due(self, now: int) -> int:
        """Send what is due by now, by each client in turn; return when the next order is."""
        while self._next_due <= now:
            client = self._clients[len(self.following.heard) % len(self._clients)]
            client.order([self._next_due])
            self._next_due += NS_PER_S // self._plan.per_second
        return self._next_due

    def _wait(self, is_done: Callable[[], bool], for_what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_done():
            if time.monotonic() > end:
                self.following.check()
                raise LoadError(f"no {for_what} after {PATIENCE_S:.0f} s")
            self._connections.wait(0.1)

    def _moment(self) -> _Moment:
        following = self.following
        return _Moment(
            time.perf_counter_ns(),
            len(following.heard),
            following.filled,
            cpu_seconds(self._plan.router),
            time.process_time(),
        )

    def _result(self, before: _Moment, after: _Moment) -> Trade:
        filled, following = after.filled - before.filled, self.following
        counted = slice(before.sent, after.sent)
        return Trade(
            orders=len(following.heard),
            per_second=filled / (after.at - before.at) * NS_PER_S,
            router_cpu_us=(after.router_cpu - before.router_cpu) / filled * US_PER_S,
            clients_cpu_us=(after.own_cpu - before.own_cpu) / filled * US_PER_S,
            first=before.sent,
            due_at=following.due_at[counted].tolist(),
            sent_at=following.sent_at[counted].tolist(),
            acknowledged_at=following.acknowledged_at[counted].tolist(),
        )


def quantity(number: int, *, is_mark: bool) -> int:
    """Return OrderQty(38) of an order; if it is a mark, it tells the order's number."""
    return number + 1 if is_mark else 100 * (1 + number % _QUANTITIES)


def _bodies(instruments: int, accounts: int) -> Iterator[bytes]:
    """Yield what is the same in one order and another; buys and sells take turns."""
    for number in range(math.lcm(2 * instruments, accounts, _PRICES)):
        is_sell = number // instruments % 2
        yield (
            b"11=ORD%%(id)d\x011=FUND%d\x0121=1\x0155=%b\x0154=%d\x0160=%%(now)b\x01"
            b"38=%%(quantity)d\x0140=2\x0144=%d.%02d\x0115=USD\x0159=0\x01"
        ) % (
            number % accounts,
            symbol(number % instruments).encode(),
            1 + is_sell,
            99 + is_sell,
            number % _PRICES,
        )


def _main(plan: Plan) -> Trade:
    with Connections() as connections:
        desk = Desk(plan, connections)
        desk.log_on()
        print("ready", flush=True)
        sys.stdin.readline()
        gc.collect()
        gc.freeze()
        gc.disable()  # there is nothing to collect, and its pauses are not the router's
        return desk.trade()


if __name__ == "__main__":
    try:
        trade = _main(msgspec.json.decode(sys.argv[1], type=Plan))
    except (LoadError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(msgspec.json.encode(trade) + b"\n")
