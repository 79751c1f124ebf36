"""What ``scripts/bench market-data`` makes of orders, books and the store."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from bench_lib.flow import Flow
from bench_lib.publisher import Said
from oms_fix.marketdata.shared_books import BooksReader
from oms_fix.model.market_data import SeeMarket

_NS_PER_MS = 1e6
_SECOND_NS = 1_000_000_000


class Moment(Struct):
    """Where things stood at a time, nanoseconds since 1970.

    Attributes:
        said: by the venues.
        written: how often a book was written to the shared file.
        cpu_seconds: processor time of the router, without the feed process.
    """

    at: int
    said: Said
    written: int
    cpu_seconds: float


class Phase(Struct):
    """One stretch of time at one rate of updates, from moment to moment."""

    rate: int
    began: Moment
    ended: Moment


class Level(Struct):
    """What so many updates a second gave, over all stretches of time at that rate.

    Attributes:
        rate: entries a second that were to be sent.
        seconds: how long, in all.
        orders: due in that time; ``unanswered`` and ``rejected`` should be 0.
        p50_ms: from when an order was due to its ExecutionReport(8) New; so ``p99_ms``. The median
            of the rounds' figures: one in which the disk was slow says nothing about updates.
        p99_ratio: against no updates at all.
        cpu_us: processor time of the router for an order; the feed process has its own.
        sent_per_second: entries that the feed process left room for.
        written_per_second: books written to the shared file, each with all entries since the last.
        see_market: records of books that the router looked at; ``out`` of them were not relied on.
        age_p50_ms: from the last update of a book that was looked at to the decision.
    """

    rate: int
    seconds: float
    orders: int
    unanswered: int
    rejected: int
    p50_ms: float
    p99_ms: float
    p99_ratio: float
    cpu_us: float
    sent_per_second: float
    written_per_second: float
    see_market: int
    books: int
    out: int
    age_p50_ms: float
    age_p99_ms: float


def books_written(reader: BooksReader) -> int:
    """Return how often any book was written: the numbers of all slots together."""
    tables = reader.tables
    slots = (reader.slot(name, venue) for name in tables.symbols for venue in tables.venues)
    return sum(slot.number for slot in slots if slot is not None)


def levels(phases: Iterable[Phase], flow: Flow, store: Path) -> list[Level]:
    """Return one level for each rate, in ascending order."""
    by_rate: dict[int, list[Phase]] = {}
    for phase in phases:
        by_rate.setdefault(phase.rate, []).append(phase)
    with closing(sqlite3.connect(store)) as database:
        found = [_level(rate, by_rate[rate], flow, database) for rate in sorted(by_rate)]
    for level in found:
        level.p99_ratio = level.p99_ms / found[0].p99_ms if found[0].p99_ms else 0.0
    return found


def _level(rate: int, phases: list[Phase], flow: Flow, database: sqlite3.Connection) -> Level:
    by_phase = [
        [n for n in range(len(flow.took)) if phase.began.at <= flow.due_at(n) < phase.ended.at]
        for phase in phases
    ]
    orders = [number for numbers in by_phase for number in numbers]
    answered = [sorted(flow.took[n] for n in ns if flow.took[n] >= 0) for ns in by_phase]
    seconds = sum(phase.ended.at - phase.began.at for phase in phases) / _SECOND_NS
    seen = [each for phase in phases for each in _seen(phase, database)]
    books = [(at, book) for at, command in seen for book in command.books]
    ages = sorted(at - book.at for at, book in books if not book.out)
    return Level(
        rate=rate,
        seconds=seconds,
        orders=len(orders),
        unanswered=len(orders) - sum(map(len, answered)),
        rejected=len(set(orders).intersection(flow.rejected)),
        p50_ms=median(_percentile(each, 50) for each in answered),
        p99_ms=median(_percentile(each, 99) for each in answered),
        p99_ratio=0.0,
        cpu_us=sum(p.ended.cpu_seconds - p.began.cpu_seconds for p in phases) / len(orders) * 1e6,
        sent_per_second=sum(p.ended.said.sent - p.began.said.sent for p in phases) / seconds,
        written_per_second=sum(p.ended.written - p.began.written for p in phases) / seconds,
        see_market=len(seen),
        books=len(books),
        out=sum(1 for _, book in books if book.out),
        age_p50_ms=_percentile(ages, 50),
        age_p99_ms=_percentile(ages, 99),
    )


def _seen(phase: Phase, database: sqlite3.Connection) -> list[tuple[int, SeeMarket]]:
    query = "select at, body from commands where kind = 'SeeMarket' and at between ? and ?"
    rows = database.execute(query, (phase.began.at, phase.ended.at))
    return [(at, msgspec.json.decode(body, type=SeeMarket)) for at, body in rows]


def _percentile(ascending: list[int], percent: int) -> float:
    """Return milliseconds; 0 where there is nothing."""
    if not ascending:
        return 0.0
    return ascending[len(ascending) * percent // 100] / _NS_PER_MS
