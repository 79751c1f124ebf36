"""Conditions on what the moment brings: shares of the volume, spreads, states, times of day."""

from datetime import datetime
from decimal import Decimal

import pytest
from msgspec import structs

from oms_fix.core.compliance.subject import subject_of
from oms_fix.core.conditions import compile_condition, problem_with
from oms_fix.model import commands as cmd
from oms_fix.model.market_data import Level, MarketStatus, SeeMarket, VenueBook
from oms_fix.model.routes import Direct
from oms_fix.model.routing import OrderRouted
from tests.support.desk import CLIENT, REFERENCE, WITH_MARKET, Desk, terms

TIMES = "allowed: a comparison with >, >=, < or <=, such as '>= 09:30'"


def book(venue, bid, offer, status=MarketStatus.OPEN, out=""):
    bids, offers = ((Level(Decimal(price), Decimal(100)),) for price in (bid, offer))
    return VenueBook(venue, bids, offers, status=status, out=out)


def at(text):
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


def routed_by(desk, **changes):
    events = desk.new(order_terms=terms(**changes))
    return next(event.route_id for event in events if isinstance(event, OrderRouted))


def desk_with(**when):
    return Desk([Direct(id="narrow", when=when, venue="A"), Direct(id="all", venue="B")])


def holds(desk, **when):
    """Whether a check would look at an order now; checks and routes ask the same."""
    applies = compile_condition(when)
    answers = {
        applies(desk.state.subject(CLIENT, "X", terms(), desk.now)),
        applies(subject_of(desk.state, CLIENT, "X", terms(), desk.now)),
    }
    (answer,) = answers
    return answer


@pytest.mark.parametrize(("quantity", "expected"), [(500, "all"), (501, "narrow")])
def test_routes_go_by_the_share_of_the_average_daily_volume(quantity, expected):
    """AdvShare is OrderQty(38) in percent of what is traded on an average day."""
    desk = desk_with(AdvShare="> 5")
    acme = structs.replace(REFERENCE.instruments[0], average_daily_volume=Decimal(10_000))
    desk.do(cmd.LoadReferenceData(structs.replace(REFERENCE, instruments=(acme,)), "tester"))
    assert routed_by(desk, order_qty=quantity) == expected


def test_a_share_of_an_unknown_volume_differs_from_every_value():
    """Without an average daily volume no comparison holds, and != does."""
    desk = Desk()
    assert not holds(desk, AdvShare="< 100")
    assert holds(desk, AdvShare="!= 5")


def test_the_spread_is_that_over_all_venues():
    """Spread is the best offer less the best bid, in basis points of the mid."""
    desk = Desk()
    desk.do(SeeMarket("ACME", (book("A", "9.90", "10.05"), book("B", "9.95", "10.10"))))
    assert holds(desk, Spread="100")
    assert holds(desk, Spread="<= 100")
    assert not holds(desk, Spread="< 100")


def test_a_book_that_is_left_out_makes_no_spread():
    """A stale book and one of a venue that is halted do not count; a spread may be unknown."""
    desk = Desk()
    desk.do(SeeMarket("ACME", (book("A", "9", "11", out="stale"), book("B", "9.95", "10.05"))))
    assert holds(desk, Spread="100")
    desk.do(SeeMarket("ACME", (book("B", "9.95", "10.05", status=MarketStatus.HALTED),)))
    assert not holds(desk, Spread="> 0")
    assert holds(desk, Spread="!= 100")


def test_the_state_of_a_market_is_that_of_the_most_open_venue():
    """An instrument that one venue trades is open; books that are left out say nothing."""
    desk = Desk()
    assert not holds(desk, MarketState=["open", "closed"])
    closed = book("A", 9, 11, status=MarketStatus.CLOSED)
    desk.do(SeeMarket("ACME", (closed, book("B", 9, 11, out="stale"))))
    assert holds(desk, MarketState="closed")
    desk.do(SeeMarket("ACME", (book("C", 9, 11, status=MarketStatus.AUCTION),)))
    assert holds(desk, MarketState="auction")
    desk.do(SeeMarket("ACME", (book("B", 9, 11),)))
    assert holds(desk, MarketState="!= auction")
    assert holds(desk, MarketState="OPEN")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T09:29:59-05:00", "all"),
        ("2026-11-23T09:30:00-05:00", "narrow"),
        ("2026-07-01T09:30:00-04:00", "narrow"),
    ],
)
def test_the_time_of_day_is_that_of_the_market(moment, expected):
    """TimeOfDay is read off the clock of the instrument's market, summer time included."""
    desk = desk_with(TimeOfDay=">= 09:30")
    desk.do(cmd.LoadReferenceData(WITH_MARKET, "tester"))
    desk.now = at(moment)
    assert routed_by(desk) == expected


def test_without_a_market_the_time_of_day_is_utc():
    """An instrument without a market, or nobody knows, goes by UTC; seconds may be written."""
    desk = Desk()
    desk.now = at("2026-11-23T15:59:59+00:00")
    assert holds(desk, TimeOfDay="< 16:00")
    assert holds(desk, TimeOfDay="<= 15:59:59")
    assert not holds(desk, TimeOfDay="> 15:59:59")


@pytest.mark.parametrize("value", ["09:30", "!= 09:30", "> 9:30", "> 24:00", ">= noon", "=> 09:30"])
def test_times_are_only_compared(value):
    """No order comes at exactly a time of day, and hours have two digits."""
    text = f"TimeOfDay has {value!r}, which is no comparison of times; {TIMES}"
    assert problem_with("TimeOfDay", value) == text


def test_times_are_in_no_list():
    """A list of times is explained as a single one is."""
    assert problem_with("TimeOfDay", ["09:30", "16:00"]) == f"TimeOfDay has a list; {TIMES}"


def test_an_unknown_state_of_a_market_is_explained():
    """The states that venues tell are offered."""
    assert problem_with("MarketState", "opened") == (
        "MarketState has the unknown value 'opened'; did you mean open? "
        "allowed: open, pre_open, auction, halted, closed"
    )
