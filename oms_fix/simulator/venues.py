"""All venues of a simulator.yaml in one process, as FIX acceptors.

Each venue takes its requests one after the other, each ``delay_ms`` after it came in; time passes
for all of them every ``tick_ms``. Fills go to the venue's ledger before they go to the router. What
changed in the books of a venue with a session of market data goes out over it with each tick.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random

from msgspec import structs

from oms_fix.fix.engine import Engine
from oms_fix.fix.message import Message
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.store import MemoryStore
from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.broker import Broker
from oms_fix.simulator.configuration import (
    BrokerConfig,
    DarkConfig,
    DealerConfig,
    ExchangeConfig,
    SimulatorConfig,
    VenueConfig,
    load_instruments,
    other_ends,
)
from oms_fix.simulator.dark_pool import DarkPool, Mid
from oms_fix.simulator.dealer import Dealer
from oms_fix.simulator.desk import Desk
from oms_fix.simulator.exchange import Exchange
from oms_fix.simulator.ledger import Entry, Ledger
from oms_fix.simulator.publisher import Publisher
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
        data_settings = _market_data_settings(config, folder)
        self._engine = Engine([*self.settings, *data_settings], self, MemoryStore(), clock)
        desks = make_desks(
            config, load_instruments(folder / config.instruments), f"{clock() // 1_000_000:x}"
        )
        self._servers: dict[str, VenueServer] = {}
        self._queues: dict[str, asyncio.Queue[tuple[float, Message]]] = {}
        for settings in self.settings:
            name = settings.name
            version = settings.load_dictionary().application_version
            ledger = Ledger(venue_ledger(ledgers, name))
            self._servers[name] = VenueServer(name, desks[name], version, ledger, self._engine.send)
        self._publishers = {
            settings.name: Publisher(exchange, settings.load_dictionary().application_version)
            for settings, exchange in zip(data_settings, _publishing(config, desks), strict=True)
        }

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
        """Put a message in the venue's queue, due after its delay; market data has none."""
        if session in self._publishers:
            self._publish(session, self._publishers[session].received(message, self._clock()))
            return
        delay = self._config.venues[session].delay_ms / 1000
        due = asyncio.get_running_loop().time() + delay
        self._queues[session].put_nowait((due, message))

    def logged_on(self, session: str) -> None:
        """The router is there."""
        if session in self._publishers:
            return
        self._servers[session].note("logged_on", self._clock())

    def logged_out(self, session: str, reason: str) -> None:
        """The router is gone; what the venue has to say waits for it, market data does not."""
        if session in self._publishers:
            self._publishers[session].logged_out()
            return
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
            for session, publisher in self._publishers.items():
                self._publish(session, publisher.tick())

    def _publish(self, session: str, messages: list[Message]) -> None:
        for message in messages:
            self._engine.send(session, message)


def _market_data_settings(config: SimulatorConfig, folder: Path) -> list[SessionSettings]:
    """Return the other ends of the sessions of market data; nothing of them is kept."""
    if not config.publishing:
        return []
    ends = other_ends(folder / config.market_data_sessions, config.publishing.values())
    return [structs.replace(settings, persist_messages=False) for settings in ends]


def _publishing(config: SimulatorConfig, desks: Mapping[str, Desk]) -> list[Exchange]:
    return [desk for name in config.publishing if isinstance(desk := desks[name], Exchange)]


def make_desks(
    config: SimulatorConfig, instruments: Mapping[str, Instrument], run: str
) -> dict[str, Desk]:
    """Return the desks of all venues by name."""
    desks: dict[str, Desk] = {}
    for name, venue in config.venues.items():
        # A seed of its own: what one venue draws does not depend on the others.
        random = Random(f"{config.seed}-{name}")  # noqa: S311 - a simulation, no secret
        desks[name] = _make_desk(name, venue, instruments, run, random, desks)
    return desks


def _make_desk(
    name: str,
    config: VenueConfig,
    instruments: Mapping[str, Instrument],
    run: str,
    random: Random,
    desks: Mapping[str, Desk],
) -> Desk:
    chance = config.reject_percent
    match config:
        case ExchangeConfig():
            return Exchange(name, instruments, run, random, chance, config.liquidity)
        case DealerConfig():
            return Dealer(name, instruments, run, random, chance, config.quoting)
        case DarkConfig():
            mid = _mid(config.mid_of, instruments, desks)
            return DarkPool(name, instruments, run, random, mid, chance, config.hidden)
        case BrokerConfig():
            mid = _mid(config.mid_of, instruments, desks)
            return Broker(
                name, instruments, run, random, mid, chance, config.working, config.algorithms
            )


def _mid(mid_of: str, instruments: Mapping[str, Instrument], desks: Mapping[str, Desk]) -> Mid:
    """Return who says the mid: an exchange, which may come later among the venues, or nobody."""

    def mid(symbol: str) -> Decimal:
        exchange = desks.get(mid_of)
        return exchange.mid(symbol) if isinstance(exchange, Exchange) else instruments[symbol].price

    return mid
