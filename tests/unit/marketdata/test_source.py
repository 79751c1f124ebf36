"""When the books of a session can be relied on, and what is asked for."""

import pytest

from oms_fix.marketdata.book import Book, Out
from oms_fix.marketdata.entries import Entry, EntryKind, Refused, Status
from oms_fix.marketdata.numbers import Numbers
from oms_fix.marketdata.source import Source
from oms_fix.model.market_data import MarketStatus

SECOND = 1_000_000_000
NUMBERS = Numbers()


def entry(symbol="IBM", price="10", size="5", number=0, market=None, action=0, position=0):
    """An entry of a bid."""
    return Entry(
        symbol.encode(),
        None if market is None else market.encode(),
        action,
        int(EntryKind.BID),
        NUMBERS[price.encode()],
        NUMBERS[size.encode()],
        position,
        number,
    )


class Feed:
    """A source of IBM and ACME at one venue, or two."""

    def __init__(self, venues=("V",)):
        self.books = {
            (symbol, venue): Book(symbol, venue, 0)
            for symbol in ("IBM", "ACME")
            for venue in venues
        }
        markets = {venue: f"X{venue}" for venue in venues}
        self.source = Source(self.books.values(), markets, 10 * SECOND, SECOND)

    def start(self):
        """Log on and have the snapshots, numbered 5."""
        self.source.logged_on(0)
        for symbol in ("IBM", "ACME"):
            self.source.snapshot(symbol.encode(), 5, [], 0)
        self.asked()

    def asked(self):
        """What was to be sent since the last time, as (symbols, subscribes)."""
        asked = [(each.symbols, each.subscribes) for each in self.source.requests]
        self.source.requests.clear()
        return asked

    def outs(self):
        """Why each book is out."""
        return [book.out for book in self.books.values()]

    def bids(self, symbol="IBM", venue="V"):
        """The prices of a book's bids."""
        return [str(price.value) for price in self.books[symbol, venue].bids.prices]


@pytest.fixture
def feed():
    """A source that is up to date."""
    feed = Feed()
    feed.start()
    return feed


def test_snapshot_is_awaited():
    """After the logon all is subscribed to; a book is out until its snapshot, whatever comes."""
    feed = Feed()
    assert feed.outs() == [Out.NOT_CONNECTED] * 2
    feed.source.logged_on(0)
    assert feed.asked() == [(("IBM", "ACME"), True)]
    feed.source.take([entry()], 1)
    assert (feed.outs(), feed.bids()) == ([Out.AWAITING] * 2, [])
    feed.source.snapshot(b"IBM", 0, [entry(price="11")], 2)
    assert (feed.outs(), feed.bids()) == ([Out.NO, Out.AWAITING], ["11"])
    feed.source.due(6 * SECOND)
    assert feed.asked() == [(("ACME",), False)]


def test_gap(feed):
    """A missing RptSeq puts that book out until its next snapshot, and that one alone."""
    feed.source.take([entry(number=6), entry(price="9", number=6), entry("ACME", number=6)], 1)
    feed.source.take([entry(price="12", number=8), entry("ACME", number=7)], 2)
    assert (feed.outs(), feed.asked()) == ([Out.GAP, Out.NO], [(("IBM",), False)])
    feed.source.take([entry(price="13", number=9)], 3)
    feed.source.snapshot(b"IBM", 9, [entry(price="14")], 4)
    feed.source.take([entry(price="12", number=8), entry(price="15", number=10)], 5)
    assert (feed.outs(), feed.bids()) == ([Out.NO, Out.NO], ["15", "14"])


def test_entry_that_does_not_fit(feed):
    """A level that there cannot be is a gap, with or without numbers."""
    feed.source.take([entry(position=3)], 1)
    assert (feed.outs(), feed.asked()) == ([Out.GAP, Out.NO], [(("IBM",), False)])


def test_session_loss(feed):
    """Without its session nothing can be relied on; with the next logon all begins anew."""
    feed.source.take([entry()], 1)
    feed.source.logged_out()
    assert (feed.outs(), feed.bids()) == ([Out.NOT_CONNECTED] * 2, [])
    feed.source.logged_on(2)
    assert (feed.outs(), feed.asked()) == ([Out.AWAITING] * 2, [(("IBM", "ACME"), True)])


def test_stale(feed):
    """Heartbeats are a sign of life; without any, books are out, and come back by snapshots."""
    feed.source.heard(9 * SECOND)
    feed.source.due(19 * SECOND)
    assert feed.outs() == [Out.NO] * 2
    feed.source.due(20 * SECOND)
    assert feed.outs() == [Out.STALE] * 2
    feed.source.heard(21 * SECOND)
    assert feed.asked() == [(("IBM", "ACME"), False)]
    feed.source.snapshot(b"IBM", 0, [], 21 * SECOND)
    assert feed.outs() == [Out.NO, Out.STALE]


def test_late(feed):
    """What is late puts all out, says by how much, and is dropped until it is young again."""
    source = feed.source
    assert not source.is_late(SECOND, 1)
    assert source.is_late(SECOND * 3 // 2, 2)
    assert source.is_late(SECOND, 3)
    assert {(book.out, book.out_ms) for book in feed.books.values()} == {(Out.LATE, 1500)}
    assert feed.asked() == []
    assert not source.is_late(SECOND // 4, 4)
    assert feed.asked() == [(("IBM", "ACME"), False)]
    source.snapshot(b"ACME", 0, [], 5)
    assert feed.outs() == [Out.LATE, Out.NO]


def test_refused():
    """A refused subscription is not asked for again before the next logon."""
    feed = Feed()
    feed.source.logged_on(0)
    feed.source.snapshot(b"IBM", 0, [], 0)
    request_id = feed.source.requests[0].request_id
    feed.asked()
    feed.source.refused(Refused(request_id, "unknown symbol"), 1)
    feed.source.refused(Refused("M99", "not ours"), 1)
    assert feed.outs() == [Out.NO, Out.REFUSED]
    feed.source.due(6 * SECOND)
    assert feed.asked() == []


def test_one_of_several_refused():
    """Of a refused request for several instruments, only what is refused alone is out."""
    feed = Feed()
    feed.source.logged_on(0)
    whole = feed.source.requests[0].request_id
    feed.asked()
    feed.source.refused(Refused(whole, "unknown symbol"), 1)
    acme = feed.source.requests[1].request_id
    assert feed.asked() == [(("IBM",), True), (("ACME",), True)]
    feed.source.snapshot(b"IBM", 0, [], 2)
    feed.source.refused(Refused(acme, "unknown symbol"), 2)
    assert (feed.outs(), feed.asked()) == ([Out.NO, Out.REFUSED], [])


def test_venue_that_has_no_snapshots_alone(feed):
    """Where a snapshot alone is refused, the books are subscribed to anew."""
    feed.source.take([entry(number=9)], 1)
    request_id = feed.source.requests[0].request_id
    feed.asked()
    feed.source.refused(Refused(request_id, "unsupported SubscriptionRequestType"), 2)
    assert (feed.asked(), feed.outs()) == ([(("IBM",), True)], [Out.GAP, Out.NO])


def test_several_venues_in_one_session():
    """MDMkt tells the books of several venues apart; one that is not ours is left out."""
    feed = Feed(("V", "W"))
    feed.start()
    both = [entry(price="1", market="XV"), entry(price="2", market="XW")]
    feed.source.take([*both, entry(price="3", market="XZZZ"), entry(price="4")], 1)
    assert (feed.bids(venue="V"), feed.bids(venue="W")) == (["1"], ["2"])
    feed.source.snapshot(b"IBM", 0, [entry(price="5", market="XW")], 2)
    assert (feed.bids(venue="V"), feed.bids(venue="W")) == (["1"], ["5"])


def test_status(feed):
    """A status is of one instrument, or of all."""
    feed.source.status(Status(b"ACME", None, MarketStatus.HALTED))
    statuses = [book.status for book in feed.books.values()]
    assert statuses == [MarketStatus.OPEN, MarketStatus.HALTED]
    feed.source.status(Status(None, None, MarketStatus.CLOSED))
    assert {book.status for book in feed.books.values()} == {MarketStatus.CLOSED}


def test_unreadable(feed):
    """What cannot be read puts out the books that it may have been about."""
    feed.source.unreadable(b"IBM", 1)
    assert (feed.outs(), feed.asked()) == ([Out.UNREADABLE, Out.NO], [(("IBM",), False)])
