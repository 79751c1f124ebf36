"""The feed process: market data from FIX sessions into the shared file of books.

    sessions -> gateway.market_data -> marketdata.source -> marketdata.shared_books

Theory of operation
-------------------
It has sessions of its own, begun anew with each logon, and stores nothing of them. What comes is
taken into the books at once, and a book that has changed is written a little later, with all that
has come by then: a hundred times a second at most, however busy the markets are. There is no queue:
what we do not read in time waits with the operating systems, and shows by its SendingTime(52), see
``Source``.

It has little processor time, beside the daemon and not in its way. As a
child of the daemon it ends when that is gone, whatever became of it.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from msgspec import structs

from oms_fix.daemon.configuration import DaemonConfiguration
from oms_fix.daemon.priority import give_way
from oms_fix.fix.engine import Engine
from oms_fix.fix.garbage import collect_briefly
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import Output
from oms_fix.fix.session import SequenceNumbers
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.store import MemoryStore
from oms_fix.fix.timestamps import NANOSECONDS, parse_timestamp
from oms_fix.gateway import market_data
from oms_fix.gateway.market_data import MarketDataDecoder, UnreadableError
from oms_fix.marketdata.book import Book
from oms_fix.marketdata.history import History
from oms_fix.marketdata.shared_books import BooksWriter, Tables, beside
from oms_fix.marketdata.source import Source
from oms_fix.model.venues import VenueTerms

LATE_NS = 2 * NANOSECONDS
"""What is older than this when it comes is too old to route by."""

_WRITE_SECONDS = 0.01  # what is decided by a book knows of all but the last of this
_BEAT_SECONDS = 0.25
_BEATS_A_SECOND = 4
_HISTORY_SECONDS = 60
_HEARTBEATS_MISSED = 2

log = structlog.get_logger("oms_fix.feed")


def venues_with_books(configuration: DaemonConfiguration) -> tuple[VenueTerms, ...]:
    """Return the venues whose books come over a configured session."""
    names = {session.name for session in configuration.market_data}
    venues = configuration.settings.rules.venues
    return tuple(each for each in venues if each.market_data in names)


def books_path(configuration: DaemonConfiguration) -> Path:
    """Return the path of the shared file of books: beside the control socket."""
    return beside(configuration.settings.control_socket)


def history_path(configuration: DaemonConfiguration) -> Path:
    """Return the path of the database of bars: beside the store."""
    store = configuration.settings.store
    return store.with_name(f"{store.name}.bars")


class _Store(MemoryStore):
    """Tells of every sign of life; nothing of it is worth keeping."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        super().__init__()
        self._heard = heard

    def save(self, session: str, outputs: Sequence[Output], numbers: SequenceNumbers) -> None:
        super().save(session, outputs, numbers)
        self._heard(session)


class Feed:
    """The application of the engine: messages into books, books into the file.

    Args:
        sessions: all market data sessions.
        venues: those with books, by whose session they come.
        symbols: all instruments.
        path: the shared file.
        history: where bars are kept.
        clock: returns nanoseconds since 1970 UTC.
    """

    def __init__(
        self,
        sessions: Sequence[SessionSettings],
        venues: Sequence[VenueTerms],
        symbols: Sequence[str],
        path: Path,
        history: History,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._clock = clock
        self._history = history
        self._writer = BooksWriter(path, Tables(tuple(symbols), tuple(v.session for v in venues)))
        self._books = [
            Book(symbol, venue.session, row * len(venues) + column)
            for row, symbol in enumerate(symbols)
            for column, venue in enumerate(venues)
        ]
        self._sources: dict[str, Source] = {}
        self._decoders: dict[str, MarketDataDecoder] = {}
        for session in sessions:
            markets = {v.session: v.mic for v in venues if v.market_data == session.name}
            books = [book for book in self._books if book.venue in markets]
            stale_ns = max(session.heart_bt_int, 1) * _HEARTBEATS_MISSED * NANOSECONDS
            self._sources[session.name] = Source(books, markets, stale_ns, LATE_NS)
            self._decoders[session.name] = MarketDataDecoder()
        # Nothing is stored, so each logon begins anew; how late it is, is judged by the sources.
        fresh = [structs.replace(s, reset_on_logon=True, check_latency=False) for s in sessions]
        self.engine = Engine(fresh, self, _Store(self._heard), clock)
        self._is_scheduled = False

    # --- what the engine tells ------------------------------------------------------------------

    def received(self, session_name: str, message: Message) -> None:
        """Take an application message."""
        now = self._clock()
        source = self._sources[session_name]
        sent_at = parse_timestamp(market_data.sending_time(message.fields))
        is_late = sent_at is not None and source.is_late(now - sent_at, now)
        if not is_late or message.msg_type not in (market_data.INCREMENTAL, market_data.SNAPSHOT):
            try:
                self._take(session_name, source, message, now)
            except UnreadableError as error:
                log.warning("unreadable", session=session_name, text=str(error))
                source.unreadable(error.symbol, now)
        self._schedule()

    def _take(self, session_name: str, source: Source, message: Message, now: int) -> None:
        msg_type = message.msg_type
        decoder = self._decoders[session_name]
        if msg_type == market_data.INCREMENTAL:
            source.take(decoder.incremental(message.fields), now)
        elif msg_type == market_data.SNAPSHOT:
            symbol, number = market_data.snapshot_number(message)
            source.snapshot(symbol, number, decoder.snapshot(message.fields), now)
        elif msg_type == market_data.REJECT:
            refused = market_data.refused(message)
            log.warning("market_data_refused", session=session_name, text=refused.text)
            source.refused(refused, now)
        elif msg_type in (market_data.SECURITY_STATUS, market_data.SESSION_STATUS):
            status = market_data.status(message)
            if status is not None:
                source.status(status)
        else:
            log.warning("no_effect", session=session_name, msg_type=msg_type)

    def logged_on(self, session_name: str) -> None:
        """Subscribe."""
        self._sources[session_name].logged_on(self._clock())
        self._schedule()

    def logged_out(self, session_name: str, reason: str) -> None:
        """Rely on nothing of it."""
        log.warning("market_data_lost", session=session_name, reason=reason)
        self._sources[session_name].logged_out()
        self._schedule()

    def _heard(self, session_name: str) -> None:
        self._sources[session_name].heard(self._clock())

    # --- what is done by the clock --------------------------------------------------------------

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_later(_WRITE_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what has changed, and send what is to be asked for."""
        self._is_scheduled = False
        for name, source in self._sources.items():
            for book in source.changed:
                self._writer.write(book)
            source.changed.clear()
            asked, source.requests = source.requests, []
            version = self.engine.link(name).session.application_version
            for request in asked:
                self.engine.send(name, market_data.request(request, version))

    async def run(self, ended: asyncio.Event, parent: int | None) -> None:
        """Run until told to end, or until there is no parent any more."""
        await self.engine.start()
        beats = 0
        try:
            while not ended.is_set() and self.engine.failure is None:
                if parent is not None and os.getppid() != parent:
                    log.warning("parent_gone")
                    break
                self._beat(beats)
                beats += 1
                await asyncio.sleep(_BEAT_SECONDS)
        finally:
            await self.engine.stop()
            self.flush()
            self._writer.close()

    def _beat(self, beats: int) -> None:
        now = self._clock()
        self._writer.beat(now)
        if beats % _BEATS_A_SECOND == 0:
            for source in self._sources.values():
                source.due(now)
            self.flush()
        if beats % (_BEATS_A_SECOND * _HISTORY_SECONDS) == 0:
            self._history.take(self._books, now)


async def run_feed(configuration: DaemonConfiguration, parent: int | None) -> None:
    """Run the feed process of a configuration.

    Args:
        configuration: with market data sessions.
        parent: the process to end with, None for none.

    Raises:
        OSError: the shared file cannot be made.
    """
    give_way()
    settings = configuration.settings
    symbols = [each.symbol for each in settings.reference.instruments]
    history = History(history_path(configuration))
    venues = venues_with_books(configuration)
    path = books_path(configuration)
    feed = Feed(configuration.market_data, venues, symbols, path, history)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    collect_briefly()
    try:
        await feed.run(ended, parent)
    finally:
        history.close()
