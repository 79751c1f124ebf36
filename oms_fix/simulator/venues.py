"""All venues of a simulator.yaml in one process, as FIX acceptors.

Each venue takes its requests one after the other, each ``delay_ms`` after it came in; time passes
for all of them every ``tick_ms``. Fills go to the venue's ledger before they go to the router.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from oms_fix.fix.engine import Engine
from oms_fix.fix.message import Message
from oms_fix.fix.store import MemoryStore
from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.configuration import (
    DealerConfig,
    ExchangeConfig,
    SimulatorConfig,
    load_instruments,
    other_ends,
)
from oms_fix.simulator.dealer import Dealer
from oms_fix.simulator.desk import Desk
from oms_fix.simulator.exchange import Exchange
from oms_fix.simulator.ledger import Entry, Ledger
from oms_fix.simulator.terms import Reply, Report
from oms_fix.simulator.venue_messages import (
    DontKnowTrade,
    RefusedMessageError,
    business_reject,
    decode,
    encode,
)

Send = Callable[[str, Message], None]


def venue_ledger(folder: Path, name: str) -> Path:
    """Return where a venue's ledger is."""
    return folder / f"venue-{name}.jsonl"


class VenueServer:
    """One venue's desk between FIX messages and its ledger.

    Args:
        name: The venue's name, which is that of its session too.
        desk: Its orders.
        version: The application version that it speaks, such as ``FIX.4.4``.
        ledger: Where its fills are written.
        send: Sends a message on a session.
    """

    def __init__(self, name: str, desk: Desk, version: str, ledger: Ledger, send: Send) -> None:
        self.name = name
        self.desk = desk
        self.ledger = ledger
        self._version = version
        self._send = send
        self._first_ids: dict[str, str] = {}

    def received(self, message: Message, now: int) -> None:
        """Act on a message of the router."""
        try:
            request = decode(message)
        except RefusedMessageError as refused:
            self.ledger.write(Entry(now, "refused_message", text=refused.text))
            self._send(self.name, business_reject(message, refused))
            return
        if isinstance(request, DontKnowTrade):
            self.ledger.write(
                Entry(now, "dont_know_trade", exec_id=request.exec_id, text=request.reason)
            )
            return
        self._answer(self.desk.handle(request, now), now)

    def tick(self, now: int) -> None:
        """Let time pass."""
        self._answer(self.desk.tick(now), now)

    def note(self, kind: str, now: int, text: str = "") -> None:
        """Write to the ledger that something happened to the session."""
        self.ledger.write(Entry(now, kind, text=text))

    def _answer(self, replies: list[Reply], now: int) -> None:
        for reply in replies:
            if isinstance(reply, Report):
                self._book(reply, now)
            self._send(self.name, encode(reply, self._version, now))

    def _book(self, report: Report, now: int) -> None:
        first = self._first_ids.setdefault(report.order_id, report.cl_ord_id)
        kinds = {terms.TRADE: "fill", terms.REJECTED: "rejected", terms.CANCELED: "canceled"}
        kind = kinds.get(report.exec_type)
        if kind is not None:
            self.ledger.write(
                Entry(
                    at=now,
                    kind=kind,
                    order=first,
                    cl_ord_id=report.cl_ord_id,
                    exec_id=report.exec_id,
                    symbol=report.symbol,
                    qty=report.last_qty,
                    px=report.last_px,
                    text=report.text or "",
                )
            )


class Venues:
    """The venues of one simulator.yaml, on one FIX engine.

    Args:
        config: simulator.yaml.
        folder: The folder that its paths are relative to.
        ledgers: The folder for the ledgers.
        clock: Nanoseconds since 1970 UTC.

    Attributes:
        started: Set once all venues listen.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        folder: Path,
        ledgers: Path,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._config = config
        self._clock = clock
        self.started = asyncio.Event()
        self.settings = other_ends(folder / config.venue_sessions, config.venues)
        self._engine = Engine(self.settings, self, MemoryStore(), clock)
        instruments = load_instruments(folder / config.instruments)
        run = f"{clock() // 1_000_000:x}"
        self._servers: dict[str, VenueServer] = {}
        self._queues: dict[str, asyncio.Queue[tuple[float, Message]]] = {}
        for settings in self.settings:
            name = settings.name
            # A seed of its own: what one venue draws does not depend on the others.
            random = Random(f"{config.seed}-{name}")  # noqa: S311 - a simulation, no secret
            desk = make_desk(name, config.venues[name], instruments, run, random)
            version = settings.load_dictionary().application_version
            ledger = Ledger(venue_ledger(ledgers, name))
            self._servers[name] = VenueServer(name, desk, version, ledger, self._engine.send)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set."""
        self._queues = {name: asyncio.Queue() for name in self._servers}
        await self._engine.start()
        self.started.set()
        tasks = [asyncio.create_task(self._tick())]
        tasks += [asyncio.create_task(self._serve(name)) for name in self._servers]
        stopping = asyncio.create_task(stop.wait())
        try:
            # A venue that fails must not go on in silence: its exception ends the run.
            done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in [*tasks, stopping]:
                task.cancel()
            await self._engine.stop()
            for server in self._servers.values():
                server.ledger.close()

    def received(self, session: str, message: Message) -> None:
        """Put a message in the venue's queue, due after its delay."""
        delay = self._config.venues[session].delay_ms / 1000
        due = asyncio.get_running_loop().time() + delay
        self._queues[session].put_nowait((due, message))

    def logged_on(self, session: str) -> None:
        """The router is there."""
        self._servers[session].note("logged_on", self._clock())

    def logged_out(self, session: str, reason: str) -> None:
        """The router is gone; what the venue has to say waits for it."""
        self._servers[session].note("logged_out", self._clock(), reason)

    async def _serve(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        queue, server = self._queues[name], self._servers[name]
        while True:
            due, message = await queue.get()
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            server.received(message, self._clock())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._config.tick_ms / 1000)
            for server in self._servers.values():
                server.tick(self._clock())


def make_desk(
    name: str,
    config: ExchangeConfig | DealerConfig,
    instruments: Mapping[str, Instrument],
    run: str,
    random: Random,
) -> Desk:
    """Return the desk of a venue's kind."""
    if isinstance(config, ExchangeConfig):
        chance, liquidity = config.reject_percent, config.liquidity
        return Exchange(name, instruments, run, random, chance, liquidity)
    return Dealer(name, instruments, run, random, config.reject_percent, config.quoting)
