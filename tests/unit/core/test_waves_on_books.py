"""What is left of an order while books change: no part of it is lost, none goes out as another."""

import pytest
from desk import terms, told
from routing_desk import D, RoutingDesk, book, children

from oms_fix.model.commands import EndTradingDay, LastPrice, LoadRules
from oms_fix.model.enums import ExecType, OrdType, TimeInForce
from oms_fix.model.events import ChildPlaced
from oms_fix.model.routes import (
    Direct,
    Fallback,
    Iceberg,
    Post,
    Remainder,
    RerouteOn,
    Split,
    SplitLeg,
    Spray,
    Sweep,
)
from oms_fix.model.venues import Feature, Ticks, VenueTerms

CANCELED, REJECTED = ExecType.CANCELED, ExecType.REJECTED


def sent(events):
    """Return the terms of what went out."""
    return [event.terms for event in events if isinstance(event, ChildPlaced)]


def test_a_rejected_part_does_not_cut_off_the_parts_that_follow():
    """It goes to the other venue at once; the rest of the order follows when that is filled."""
    legs = (SplitLeg("A", D(50)), SplitLeg("B", D(50)))
    desk = RoutingDesk(Split(id="parts", legs=legs, child_size_max=D(50)))
    assert len(children(desk.new(order_terms=terms(order_qty=D(200))))) == 2
    events = desk.venue(REJECTED, child=0)
    assert (children(events), told(events)) == ([("B", 50, 10, "DAY")], [])
    desk.fill(50, child=1)
    events = desk.fill(50, child=2)
    assert children(events) == [("B", 50, 10, "DAY")]
    assert told(events) == ["TRADE PARTIALLY_FILLED X 100/100"]


def test_what_is_rejected_does_not_stand_while_its_wave_goes_on():
    """Else what the other venues leave could not be posted with it."""
    desk = RoutingDesk(Sweep(id="all", venues=("A", "B"), remainder=Remainder.POST))
    desk.see(book("A", "100@10.00", "1@9.90"), book("B", "100@10.01", "1@9.90"))
    desk.new(order_terms=terms(order_qty=D(200), price=D("10.01")))
    desk.see(book("A", "", "1@9.90"), book("B", "", "1@9.90"))
    assert children(desk.venue(REJECTED, child=0)) == []
    events = desk.venue(CANCELED, child=1)
    assert (children(events), told(events)) == ([("B", 200, D("10.01"), "DAY")], [])


@pytest.mark.parametrize("kind", [Post, Iceberg])
def test_a_stop_limit_order_stays_one_on_the_ticks_of_a_venue(kind):
    """Only its limit is put on the tick: sent as a limit order it would trade at once."""
    more = {"display_quantity": D(1000)} if kind is Iceberg else {}
    described = VenueTerms(session="A", ticks=(Ticks(tick_size=D("0.05")),))
    desk = RoutingDesk(kind(id="stand", venues=("A",), **more), venues=[described])
    desk.see(book("A", "100@9.95", "100@9.90"))
    stop = terms(ord_type=OrdType.STOP_LIMIT, price=D("10.02"), stop_px=D(10))
    (placed,) = sent(desk.new(order_terms=stop))
    assert (placed.ord_type, placed.price, placed.stop_px) == (OrdType.STOP_LIMIT, 10, 10)


def test_a_triggered_stop_order_has_no_stop_price_at_a_venue():
    """It is a limit order there, Immediate Or Cancel."""
    lacks = (Feature.STOP, Feature.STOP_LIMIT)
    route = Sweep(id="all", venues=("A",), remainder=Remainder.CANCEL)
    desk = RoutingDesk(route, venues=[VenueTerms(session="A", lacks=lacks)])
    desk.see(book("A", "100@10.00", "1@9.90"))
    desk.new(order_terms=terms(ord_type=OrdType.STOP, price=None, stop_px=D("10.01")))
    (placed,) = sent(desk.do(LastPrice("ACME", D("10.02"), "test")))
    assert (placed.ord_type, placed.price, placed.stop_px) == (OrdType.LIMIT, 10, None)


def test_what_is_taken_at_once_has_nothing_of_what_stands():
    """Neither MaxFloor(111) nor ExpireDate(432), which venues refuse there."""
    desk = RoutingDesk(Sweep(id="all", venues=("A",), remainder=Remainder.POST))
    desk.see(book("A", "100@10.00", "1@9.90"))
    good_till = TimeInForce.GOOD_TILL_DATE
    order = terms(max_floor=D(20), time_in_force=good_till, expire_date="20300101")
    (placed,) = sent(desk.new(order_terms=order))
    assert (placed.max_floor, placed.expire_date) == (None, None)
    (placed,) = sent(desk.venue(CANCELED))
    assert (placed.max_floor, placed.expire_date) == (20, "20300101")


def test_a_part_shows_no_more_than_it_is():
    """MaxFloor(111) of the order that is above OrderQty(38) of a part is left out."""
    legs = (SplitLeg("A", D(10)), SplitLeg("B", D(90)))
    desk = RoutingDesk(Split(id="parts", legs=legs))
    placed = sent(desk.new(order_terms=terms(max_floor=D(50))))
    assert [(each.order_qty, each.max_floor) for each in placed] == [(10, None), (90, 50)]


def test_what_is_left_of_an_order_with_a_minimum_is_no_less_than_that():
    """MinQty(110) is never above OrderQty(38)."""
    desk = RoutingDesk(Fallback(id="list", venues=("A", "B"), reroute_on=(RerouteOn.CANCEL,)))
    desk.new(order_terms=terms(min_qty=D(60)))
    desk.fill(70)
    (placed,) = sent(desk.venue(CANCELED))
    assert (placed.order_qty, placed.min_qty) == (30, 30)


@pytest.mark.parametrize("kind", [Post, Spray, Sweep])
@pytest.mark.parametrize("offers", ["1@1E-28", "1@0", "1@-3", "0@10", "9@999999999999999999"])
def test_prices_of_a_feed_that_lies_stop_nobody(kind, offers):
    """However odd they are, the order is placed above 0, and what it costs can be told."""
    near = "1@0.0001" if kind is Post else "1@1E-28"  # at less than a tick nothing can stand
    more = {} if kind is Post else {"remainder": Remainder.POST}
    desk = RoutingDesk(kind(id="all", venues=("A", "B"), **more), tick_size=D("0.0001"))
    desk.see(book("A", offers, near), book("B", "1000@999999999999999999", near))
    order = terms(order_qty=D(150), ord_type=OrdType.MARKET, price=None)
    placed = sent(desk.new(order_terms=order))
    assert sum(each.order_qty for each in placed) > 0
    assert all(each.price > 0 for each in placed)


def test_no_order_is_routed_by_books_of_before():
    """Neither of yesterday nor of before the configuration changed; they are seen anew."""
    desk = RoutingDesk(Direct(id="one", venue="A"))
    for forget in (EndTradingDay("2026-11-23"), LoadRules(desk.state.rules, "tester")):
        desk.see(book("A", "100@10.00", "1@9.90"))
        assert "ACME" in desk.state.books
        desk.do(forget)
        assert desk.state.books == {}
