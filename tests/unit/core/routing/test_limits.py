import pytest
from desk import terms
from routing_desk import D, RoutingDesk, book, children, gets, reasons

from oms_fix.model.commands import LastPrice
from oms_fix.model.enums import ExecType, OrdType, Side, TimeInForce
from oms_fix.model.reasons import Reasons
from oms_fix.model.routes import Direct, Fallback, ImpactTerms, Post, Remainder, Spray, Sweep
from oms_fix.model.routing import Onward
from oms_fix.model.venues import Ticks, VenueTerms

PROTECTED = {"protection_percent": D(2)}


def sweep(**more):
    return Sweep(id="sweep", venues=("A", "B"), remainder=Remainder.CANCEL, **more)


def direct(**more):
    return Direct(id="to-a", venue="A", **more)


def test_no_child_is_larger_than_child_size_max():
    """The rest follows by the same route, not by what follows that."""
    desk = RoutingDesk(sweep(child_size_max=D(60))).see(book("A", "100@10"), book("B", "50@10.01"))
    decision = desk.decide(terms(150, 11))
    assert gets(decision) == [("A", 60, D(10)), ("B", 50, D("10.01"))]
    assert decision.onward == Onward("sweep")
    assert reasons(decision)["A"].endswith("; child_size_max: 60")


def test_a_smaller_child_has_the_limit_that_it_needs():
    """And it costs what the smaller quantity costs."""
    desk = RoutingDesk(sweep(child_size_max=D(60))).see(book("A", "60@10 100@10.01", "1@9.98"))
    (leg,) = desk.decide(terms(150, 11)).placements
    assert (leg.quantity, leg.price, leg.expected_px, leg.cost_bp) == (60, 10, 10, D("10.01"))


@pytest.mark.parametrize("route", [direct, sweep])
def test_what_a_venue_displays_limits_a_child(route):
    """Of what is to be taken, or of the side where the order is to stand; in whole lots."""
    desk = RoutingDesk(route(displayed_percent_max=D(25)), lot_size=D(10))
    desk.see(book("A", "300@10", "300@9.99"))
    decision = desk.decide(terms(200, 11))
    assert [(leg.venue, leg.quantity) for leg in decision.placements] == [("A", 70)]
    assert decision.onward == Onward(decision.route_id)


def test_an_order_that_may_not_be_divided_is_not_cut():
    """A part of a Fill Or Kill order would not be one: it is not placed."""
    desk = RoutingDesk(direct(child_size_max=D(60)))
    decision = desk.decide(terms(100, time_in_force=TimeInForce.FILL_OR_KILL))
    assert reasons(decision) == {"A": "may not be divided, child_size_max: 60"}


def test_no_order_has_more_children_than_child_count_max():
    """The venues that come first in the route get theirs; with none left nothing is placed."""
    desk = RoutingDesk(
        Spray(id="spray", venues=("A", "B", "C"), then="sweep", child_count_max=2), sweep()
    ).see(book("A", "9@10"), book("B", "9@10"), book("C", "9@10"))
    assert [each[:2] for each in children(desk.new())] == [("A", 9), ("B", 9)]
    desk.order().onward = None
    decision = desk.decide(None, D(50))
    assert (decision.placements, decision.onward) == ((), None)
    assert reasons(decision)["C"] == Reasons.CHILD_COUNT.text(child_count_max=2)


@pytest.mark.parametrize(("side", "limit"), [(Side.BUY, D("10.21")), (Side.SELL, D("9.81"))])
def test_a_market_order_becomes_a_limit_order_where_it_is_protected(side, limit):
    """Two percent around the mid of 10.01, on the tick that is inside."""
    desk = RoutingDesk(direct(), rules=PROTECTED).see(book("A", "9@10.02", "9@10.00"))
    events = desk.new(order_terms=terms(100, 0, side=side))
    assert children(events) == [("A", 100, limit, "DAY")]


def test_the_stricter_of_limit_and_protection_holds():
    """A client's own limit is kept if it is stricter; the tick is that of the venue."""
    ticks = VenueTerms(session="A", ticks=(Ticks(tick_size=D("0.5")),))
    desk = RoutingDesk(direct(), venues=[ticks], rules=PROTECTED)
    desk.do(LastPrice("ACME", D(20), "tester"))
    assert gets(desk.decide(terms(100, "20.30"))) == [("A", 100, None)]
    assert gets(desk.decide(terms(100, "30.30"))) == [("A", 100, D("20.0"))]


def test_what_protects_is_around_the_previous_close_if_nothing_else_is_known():
    """Mid, else last, else previous close."""
    desk = RoutingDesk(direct(), rules=PROTECTED)
    assert gets(desk.decide(terms(100, 0))) == [("A", 100, D("10.20"))]


def test_a_sweep_takes_nothing_beyond_the_protection():
    """A level far from the mid is not there."""
    desk = RoutingDesk(sweep(), rules=PROTECTED)
    desk.see(book("A", "9@10.02 9@10.50", "9@10.00"))
    assert gets(desk.decide(terms(100, 0))) == [("A", 9, D("10.02"))]


def test_a_stop_order_is_not_protected_before_it_is_triggered():
    """The reference of now says nothing of then."""
    desk = RoutingDesk(direct(), rules=PROTECTED)
    asked = terms(100, 0, ord_type=OrdType.STOP, stop_px=D(15))
    assert gets(desk.decide(asked)) == [("A", 100, None)]


def test_impact_is_by_asset_class_and_the_root_of_the_share_of_volume():
    """A hundredth of a day's volume moves prices by a tenth of the coefficient."""
    terms_of_impact = (
        ImpactTerms(asset_class="*", coefficient_bp=D(500)),
        ImpactTerms(asset_class="equity", coefficient_bp=D(80)),
    )
    desk = RoutingDesk(
        direct(), rules={"impact": terms_of_impact}, average_daily_volume=D(10_000)
    ).see(book("A", "100@10.01", "100@9.99"))
    decision = desk.decide(terms(100, 11))
    assert (decision.impact_bp, decision.cost_bp) == (D("8.00"), D("18.00"))


def test_an_order_goes_on_by_its_onward():
    """Not by the first rule that matches; the conditions of that route need not hold."""
    then = Post(id="lit", when={"OrderQty": "> 999999"}, venues=("B",))
    desk = RoutingDesk(direct(), then)
    order = desk.captured(terms())
    desk.captured = lambda _: order
    order.onward = Onward("lit")
    assert gets(desk.decide(None, D(100))) == [("B", 100, None)]
    order.onward = Onward("gone")
    assert gets(desk.decide(None, D(100))) == [("A", 100, None)]


def test_a_venue_that_takes_no_small_orders_is_passed_over():
    """So by fallback, too."""
    route = Fallback(id="list", venues=("A", "B"))
    desk = RoutingDesk(route, venues=[VenueTerms(session="A", quantity_min=D(500))])
    decision = desk.decide(terms(100))
    assert gets(decision) == [("B", 100, None)]
    assert reasons(decision)["A"] == "takes no less than 500"


@pytest.mark.parametrize(
    ("remainder", "following"),
    [(Remainder.CANCEL, []), (Remainder.POST, [("A", 60, D(11), "DAY")])],
)
def test_a_cut_sweep_that_took_nothing_is_not_done_again(remainder, following):
    """A book that shows what it does not fill: the order goes on by what follows the sweep."""
    route = Sweep(id="sweep", venues=("A",), remainder=remainder, child_size_max=D(60))
    desk = RoutingDesk(route).see(book("A", "100@10", "100@9.98"))
    desk.new(order_terms=terms(150, 11))
    events = desk.venue(ExecType.CANCELED)
    assert children(events) == following
    assert desk.order().is_open == bool(following)


def test_a_cut_sweep_goes_on_as_long_as_it_takes_something():
    """A part of a child is filled: the same again."""
    desk = RoutingDesk(sweep(child_size_max=D(60))).see(book("A", "100@10"))
    desk.new(order_terms=terms(150, 11))
    desk.fill(20)
    events = desk.venue(ExecType.CANCELED, cum_qty=D(20))
    assert children(events) == [("A", 60, D(10), "IMMEDIATE_OR_CANCEL")]
