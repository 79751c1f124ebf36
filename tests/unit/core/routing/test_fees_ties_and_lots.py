"""What decides where prices are alike: fees, then the order of the route; and what is no lot."""

import pytest
from desk import terms
from routing_desk import D, RoutingDesk, book, children, gets, reasons, taker

from oms_fix.model.enums import ExecType, Side, TimeInForce
from oms_fix.model.routes import DarkFirst, Post, Remainder, Spray, Sweep
from oms_fix.model.venues import VenueTerms

IOC = "IMMEDIATE_OR_CANCEL"
LIT = Post(id="lit", when={"OrderQty": "> 999999"}, venues=("A",))


def taking(kind, venues="AB"):
    return kind(id="taking", venues=tuple(venues), remainder=Remainder.CANCEL)


def test_fees_do_not_change_the_shares_of_a_spray():
    """It goes by what is displayed; the legs say what that costs."""
    desk = RoutingDesk(taking(Spray), venues=[taker("A", "0.02"), taker("B", "0.001")])
    desk.see(book("A", "300@10.00"), book("B", "100@10.01"))
    decision = desk.decide(terms(200, 11))
    assert gets(decision) == [("A", 150, D("10.00")), ("B", 50, D("10.01"))]
    assert [leg.fees for leg in decision.legs] == [D("3"), D("0.05")]


@pytest.mark.parametrize("kind", [Spray, Sweep])
@pytest.mark.parametrize(
    ("side", "prices"), [(Side.BUY, ("10.00", "10.01")), (Side.SELL, ("10.01", "10.00"))]
)
def test_fill_or_kill_goes_whole_to_the_best_price_after_fees(kind, side, prices):
    """Not to the price that is better before fees; with the order's own limit."""
    desk = RoutingDesk(taking(kind), venues=[taker("A", "0.02"), taker("B", "0.001")])
    first, second = (f"200@{price}" for price in prices)
    desk.see(book("A", first, first), book("B", second, second))
    limit = D(11) if side is Side.BUY else D(9)
    asked = terms(200, limit, side=side, time_in_force=TimeInForce.FILL_OR_KILL)
    events = desk.new(order_terms=asked)
    assert children(events) == [("B", 200, limit, "FILL_OR_KILL")]


def test_fill_or_kill_that_costs_the_same_goes_to_the_earlier_venue():
    """A fee makes up for the better price."""
    desk = RoutingDesk(taking(Sweep, "BA"), venues=[taker("A", "0.01")])
    desk.see(book("A", "200@10.00"), book("B", "200@10.01"))
    asked = terms(200, 11, time_in_force=TimeInForce.FILL_OR_KILL)
    assert children(desk.new(order_terms=asked)) == [("B", 200, 11, "FILL_OR_KILL")]


def test_dark_venues_that_are_alike_are_tried_in_the_order_of_the_route():
    """Neither fees nor books put one first."""
    route = DarkFirst(id="dark", venues=("C", "B"), then="lit")
    desk = RoutingDesk(route, LIT, venues=[taker("C", "0.05"), taker("B", "-0.05")])
    assert children(desk.new()) == [("C", 100, 10, IOC)]
    assert children(desk.venue(ExecType.CANCELED)) == [("B", 100, 10, IOC)]
    assert children(desk.venue(ExecType.CANCELED, child=1)) == [("A", 100, 10, "DAY")]


def test_dark_venues_get_odd_lots_too():
    """All that is left is tried, in one order; so is what a part filled leaves."""
    route = DarkFirst(id="dark", venues=("B", "C"), then="lit")
    desk = RoutingDesk(route, LIT, lot_size=D(100))
    assert children(desk.new(order_terms=terms(250, 10))) == [("B", 250, 10, IOC)]
    desk.fill(130)
    assert children(desk.venue(ExecType.CANCELED)) == [("C", 120, 10, IOC)]


def test_a_dark_venue_that_takes_no_small_orders_is_passed_over():
    """It is not asked for what it would reject."""
    small = VenueTerms(session="B", quantity_min=D(200))
    desk = RoutingDesk(DarkFirst(id="dark", venues=("B", "C"), then="lit"), LIT, venues=[small])
    assert children(desk.new()) == [("C", 100, 10, IOC)]


def test_posts_that_cost_the_same_go_to_the_earlier_venue():
    """Queues and fees alike."""
    desk = RoutingDesk(Post(id="post", venues=("B", "A")))
    desk.see(book("A", "9@10.02", "100@10.00"), book("B", "9@10.02", "100@10.00"))
    events = desk.new(order_terms=terms(100, 10))
    assert children(events) == [("B", 100, 10, "DAY")]


def test_odd_lots_are_posted_in_one_order():
    """What is no whole lot stands with the rest."""
    desk = RoutingDesk(Post(id="post", venues=("A", "B")), lot_size=D(100))
    desk.see(book("A", "9@10.02", "300@10.00"), book("B", "9@10.02", "100@10.00"))
    assert children(desk.new(order_terms=terms(250, 10))) == [("B", 250, 10, "DAY")]


def test_an_odd_lot_is_not_posted_where_small_orders_are_not_taken():
    """The leg says why."""
    least = VenueTerms(session="B", quantity_min=D(100))
    desk = RoutingDesk(Post(id="post", venues=("A", "B")), venues=[least], lot_size=D(100))
    desk.see(book("A", "9@10.02", "300@10.00"), book("B", "9@10.02", "100@10.00"))
    decision = desk.decide(terms(30, 10))
    assert gets(decision) == [("A", 30, None)]
    assert reasons(decision)["B"] == "takes no less than 100"
