"""Books that are stale, locked or crossed, for the strategies that go by them."""

import pytest
from desk import terms
from routing_desk import D, RoutingDesk, book, children, gets, reasons

from oms_fix.model.enums import ExecType
from oms_fix.model.market_data import MarketStatus
from oms_fix.model.routes import DarkFirst, Post, Remainder, Split, SplitBy, SplitLeg, Spray, Sweep
from oms_fix.model.venues import VenueKind, VenueTerms

IOC = "IMMEDIATE_OR_CANCEL"
STALE = "stale for 7 s"


def post():
    return Post(id="post", venues=("A", "B"))


# --- a stale source -------------------------------------------------------------------------------


def test_a_market_order_is_not_posted_at_the_price_of_a_stale_book():
    """At the best bid of the books that are up to date."""
    desk = RoutingDesk(post())
    desk.see(book("A", "9@10.02", "100@9.98"), book("B", "9@10.02", "100@10.01", out=STALE))
    assert {leg.price for leg in desk.decide(terms(100, 0)).placements} == {D("9.98")}


def test_a_split_by_what_is_displayed_counts_nothing_of_a_stale_book():
    """The others share the order; the reason says what was counted."""
    legs = (SplitLeg("A", D(50)), SplitLeg("B", D(30)), SplitLeg("C", D(20)))
    desk = RoutingDesk(Split(id="split", legs=legs, by=SplitBy.DISPLAYED))
    desk.see(book("A", "900@10", out=STALE), book("B", "300@10"), book("C", "100@10"))
    events = desk.new(order_terms=terms(200, 10))
    assert children(events) == [("B", 150, 10, "DAY"), ("C", 50, 10, "DAY")]
    assert reasons(desk.decide(None, D(200)))["A"] == "0 of the 400 displayed"


def test_a_split_by_what_is_displayed_goes_by_percent_where_all_books_are_stale():
    """What was displayed once is no reason."""
    legs = (SplitLeg("A", D(70)), SplitLeg("B", D(30)))
    desk = RoutingDesk(Split(id="split", legs=legs, by=SplitBy.DISPLAYED))
    desk.see(book("A", "100@10", out=STALE), book("B", "900@10", out=STALE))
    events = desk.new(order_terms=terms(200, 10))
    assert children(events) == [("A", 140, 10, "DAY"), ("B", 60, 10, "DAY")]


def test_what_the_dark_leaves_is_not_swept_from_a_stale_book():
    """A dark venue needs no book; the sweep that follows leaves out what cannot be relied on."""
    routes = (
        DarkFirst(id="dark", venues=("D",), then="sweep"),
        Sweep(id="sweep", venues=("A", "B"), remainder=Remainder.CANCEL),
    )
    desk = RoutingDesk(*routes, venues=[VenueTerms(session="D", kind=VenueKind.DARK)])
    desk.see(book("A", "100@10.00", out=STALE), book("B", "80@10.01"), book("D", out=STALE))
    assert children(desk.new(order_terms=terms(100, "10.05"))) == [("D", 100, D("10.05"), IOC)]
    desk.fill(30, 10)
    assert children(desk.venue(ExecType.CANCELED)) == [("B", 70, D("10.01"), IOC)]


def test_what_the_dark_leaves_is_posted_where_all_books_to_sweep_are_stale():
    """The sweep finds nothing, and its remainder is decided at once."""
    routes = (
        DarkFirst(id="dark", venues=("D",), then="sweep"),
        Sweep(id="sweep", venues=("A",), remainder=Remainder.POST),
    )
    desk = RoutingDesk(*routes).see(book("A", "100@10.00", out=STALE))
    assert children(desk.new(order_terms=terms(100, 10))) == [("D", 100, 10, IOC)]
    assert children(desk.venue(ExecType.CANCELED)) == [("A", 100, 10, "DAY")]


# --- locked and crossed markets -------------------------------------------------------------------


@pytest.mark.parametrize(("bid", "name"), [("10.01", "locked"), ("10.03", "crossed")])
def test_locked_and_crossed_markets_are_sprayed(bid, name):
    """What is displayed on the other side is taken, whatever a venue bids; the reason says so."""
    desk = RoutingDesk(Spray(id="spray", venues=("A", "B"), remainder=Remainder.CANCEL))
    desk.see(book("A", "100@10.01", "100@9.99"), book("B", "50@10.04", f"50@{bid}"))
    decision = desk.decide(terms(150, "10.04"))
    assert gets(decision) == [("A", 100, D("10.01")), ("B", 50, D("10.04"))]
    assert decision.reason == f"rule spray: for all; the market is {name}: bid {bid}, offer 10.01"


@pytest.mark.parametrize(("bid", "name"), [("10.01", "locked"), ("10.03", "crossed")])
def test_an_order_is_posted_in_a_locked_or_crossed_market_where_it_is_filled_at_once(bid, name):
    """Its own limit is kept, and the venue that displays all of it costs the least."""
    desk = RoutingDesk(post())
    desk.see(book("A", "100@10.01", "100@9.99"), book("B", "50@10.04", f"50@{bid}"))
    decision = desk.decide(terms(100, "10.01"))
    assert gets(decision) == [("A", 100, None)]
    assert decision.legs[0].reason == "to be filled at once within 10.01"
    assert decision.reason == f"rule post: for all; the market is {name}: bid {bid}, offer 10.01"


def test_a_market_that_is_crossed_by_a_book_of_no_use_is_not_crossed():
    """A book in an auction, or a stale one, says nothing of the market."""
    desk = RoutingDesk(Spray(id="spray", venues=("A",), remainder=Remainder.CANCEL)).see(
        book("A", "100@10.01", "100@9.99"),
        book("B", bids="50@10.03", out=STALE),
        book("C", bids="50@10.03", status=MarketStatus.AUCTION),
    )
    decision = desk.decide(terms(100, "10.01"))
    assert (decision.reason, decision.mid) == ("rule spray: for all", D("10.00"))
