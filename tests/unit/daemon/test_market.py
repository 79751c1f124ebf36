"""What the router sees of the markets, and when it looks."""

import asyncio
from decimal import Decimal

import pytest
from desk import Desk

from oms_fix.core.orders.state import State
from oms_fix.daemon.market import NO_SLOT, MappedMarket, StopWatch, symbols_of
from oms_fix.marketdata.book import Book, Out
from oms_fix.marketdata.numbers import Number, packed
from oms_fix.marketdata.shared_books import ALIVE_NS, NOT_RUNNING, BooksWriter, Tables
from oms_fix.model.commands import LastPrice, SetTradingState
from oms_fix.model.enums import TradingScope, TradingState
from oms_fix.model.market_data import Level, SeeMarket, VenueBook
from oms_fix.model.venue_health import ChildOverdue
from oms_fix.model.venues import VenueTerms

NOW = 1_767_960_000_000_000_000


def number(text):
    """A number."""
    return Number(Decimal(text), packed(Decimal(text)))


class Floor:
    """A market of IBM at V, its writer, and the state of the core that sees it."""

    def __init__(self, folder):
        self.now = NOW
        self.state = State()
        self.state.venues = {"V": VenueTerms(session="V", market_data="MD")}
        self.state.venues["OTHER"] = VenueTerms(session="OTHER")
        self.path = folder / "books"
        self.book = Book("IBM", "V", 0)
        self.market = MappedMarket(self.path, self.state, lambda: self.now, NOW - 10)

    def open(self):
        """Begin to write."""
        self.writer = BooksWriter(self.path, Tables(("IBM",), ("V",)))
        self.write()

    def write(self, bid=None, last=None, at=NOW):
        """Write the book, after a change."""
        if bid is not None:
            self.book.out = Out.NO
            self.book.bids.put(number(bid), number("5"))
        if last is not None:
            self.book.last, self.book.last_at = number(last), at
            self.book.volume, self.book.volume_at = number("70"), at
        self.book.at = self.book.at + 1
        self.writer.write(self.book)
        self.writer.beat(self.now)

    def see(self):
        """See the market as the core does; return the command."""
        seen = self.market.see("IBM")
        if seen is not None:
            books = self.state.books.setdefault("IBM", {})
            books.update((book.venue, book) for book in seen.books)
            if seen.volume is not None:
                self.state.volumes["IBM"] = seen.volume
        return seen


@pytest.fixture
def floor(tmp_path):
    """A market that is not open yet."""
    return Floor(tmp_path)


def test_what_differs_is_seen_once(floor):
    """A book is told when it differs; that it came in anew alone is no difference."""
    floor.open()
    floor.write(bid="10")
    (book,) = floor.see().books
    assert (book.venue, book.bids, book.out) == ("V", (Level(Decimal(10), Decimal(5)),), "")
    floor.write()
    assert floor.see() is None
    floor.write(bid="11")
    assert [level.price for level in floor.see().books[0].bids] == [11, 10]
    assert floor.market.see("ZZZ") is None


def test_without_the_feed_all_is_out(floor):
    """Without a writer that lives each book is out, which is told once, until there is one."""
    out = SeeMarket("IBM", (VenueBook("V", out=NOT_RUNNING),))
    assert (floor.see(), floor.see()) == (out, None)
    floor.open()
    floor.write(bid="10")
    assert floor.see().books[0].out == ""
    floor.now += ALIVE_NS
    assert floor.see() == out


def test_a_book_that_nobody_keeps_any_more_is_out(floor):
    """By a feed that was started anew without the instrument: what was seen is not relied on."""
    floor.open()
    floor.write(bid="10")
    assert floor.see().books[0].out == ""
    floor.writer.close()
    floor.writer = BooksWriter(floor.path, Tables(("MSFT",), ("V",)))
    floor.writer.beat(floor.now)
    assert floor.see() == SeeMarket("IBM", (VenueBook("V", out=NO_SLOT),))
    assert floor.see() is None


def test_whatever_may_route_looks_first():
    """Also a price that triggers a stop order, a child that is overdue, and the end of a halt."""
    desk = Desk()
    desk.new()
    price = LastPrice("MSFT", Decimal(10), "operator")
    assert tuple(symbols_of(desk.state, price)) == ("MSFT",)
    (child,) = desk.order().children
    assert tuple(symbols_of(desk.state, ChildOverdue(child.child_id))) == ("ACME",)
    assert tuple(symbols_of(desk.state, ChildOverdue("none"))) == ()
    active = SetTradingState(TradingScope.FIRM, "", TradingState.ACTIVE, "tester")
    assert tuple(symbols_of(desk.state, active)) == ()
    desk.order().suspended = True
    assert tuple(symbols_of(desk.state, active)) == ("ACME",)


def test_last_price_and_volume(floor):
    """They are told once, and not if they are from before this trading day."""
    floor.open()
    floor.write(bid="10", last="9", at=NOW - 11)
    assert (floor.see().last, floor.state.volumes) == (None, {})
    floor.write(last="9.5", at=NOW + 1)
    seen = floor.see()
    assert (seen.books, seen.last, seen.volume) == ((), Decimal("9.5"), 70)
    assert floor.see() is None
    floor.now = NOW + 2
    floor.market.begin_day()
    floor.state.volumes.clear()
    assert floor.see() is None


def test_no_sources():
    """Where no venue has market data there is nothing to see."""
    market = MappedMarket(None, State(), lambda: NOW, NOW)
    assert market.see("IBM") is None


def test_held_stops_are_looked_at(floor):
    """The watch tells of new last prices in instruments of held stops, and of nothing else."""
    floor.open()
    floor.state.held_stops = {"IBM": {}}
    told = []

    async def scenario():
        watch = StopWatch(floor.state, floor.market, told.append, lambda: False)
        floor.write(bid="10")
        watch.look()
        floor.write(last="9.5", at=NOW + 1)
        watch.look()
        watch.look()
        watch.watch()
        watch.stop()

    asyncio.run(scenario())
    assert [(seen.symbol, seen.last) for seen in told] == [("IBM", Decimal("9.5"))]
