"""Bars of what was traded, kept for reports."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from oms_fix.marketdata.book import Book, Out
from oms_fix.marketdata.entries import Entry, EntryKind
from oms_fix.marketdata.history import History
from oms_fix.marketdata.numbers import Numbers

START = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)
NUMBERS = Numbers()


def at(minutes):
    """Nanoseconds since 1970 of a minute after the start."""
    return int((START + timedelta(minutes=minutes)).timestamp()) * 1_000_000_000


def take(book, kind, price, size):
    """Have a book take an entry."""
    entry = Entry(b"IBM", None, 0, int(kind), NUMBERS[price], NUMBERS[size], 0, 0)
    assert book.take(entry, 1)


@pytest.fixture
def history(tmp_path):
    """A database of bars, kept for a day."""
    history = History(tmp_path / "bars", keep_days=1)
    yield history
    history.close()


def test_bars(history):
    """A minute has volume, turnover and the mid at its end; the VWAP is that of an interval."""
    one, other = Book("IBM", "V", 0), Book("IBM", "W", 1)
    one.out = other.out = Out.NO
    take(one, EntryKind.BID, b"10", b"1")
    take(other, EntryKind.OFFER, b"10.5", b"1")
    take(one, EntryKind.TRADE, b"10", b"100")
    take(other, EntryKind.TRADE, b"10.40", b"300")
    history.take([one, other], at(1))
    take(one, EntryKind.TRADE, b"11", b"100")
    history.take([one, other], at(2))
    bars = history.bars("IBM", START, START + timedelta(minutes=2))
    assert [(bar.volume, bar.turnover, bar.mid) for bar in bars] == [
        (400, 4120, Decimal("10.25")),
        (100, 1100, Decimal("10.25")),
    ]
    minute = timedelta(minutes=1)
    assert history.vwap("IBM", START, START + minute) == Decimal("10.3")
    assert history.vwap("IBM", START, START + 2 * minute) == Decimal("10.44")
    assert history.vwap("IBM", START + 5 * minute, START + 9 * minute) is None


def test_nothing_known_and_old_bars(history):
    """A minute in which nothing is known has no bar; bars are deleted when their days are over."""
    book = Book("IBM", "V", 0)
    history.take([book], at(0))
    take(book, EntryKind.TRADE, b"10", b"100")
    history.take([book], at(1))
    assert len(history.bars("IBM", START, START + timedelta(days=3))) == 1
    history.take([book], at(2 * 24 * 60))
    assert history.bars("IBM", START, START + timedelta(days=3)) == []
