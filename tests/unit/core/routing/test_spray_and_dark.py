import pytest
from desk import terms
from routing_desk import D, RoutingDesk, book, children, gets, reasons

from oms_fix.model.commands import SessionLoggedOut
from oms_fix.model.enums import ExecType, TimeInForce
from oms_fix.model.market_data import MarketStatus
from oms_fix.model.routes import DarkFirst, Post, Remainder, Spray
from oms_fix.model.routing import Onward
from oms_fix.model.venues import Feature, VenueKind, VenueTerms

IOC = "IMMEDIATE_OR_CANCEL"
THEN = Post(id="lit", when={"OrderQty": "> 999999"}, venues=("A",))


def spray(venues="ABC", **more):
    return Spray(id="spray", venues=tuple(venues), **({"remainder": Remainder.CANCEL} | more))


def dark(venues="BC", **more):
    return DarkFirst(id="dark", venues=tuple(venues), **({"then": "lit"} | more))


def test_spray_sends_each_venue_what_it_displays():
    """All at once, limited to the worst level counted on; the rest goes on."""
    desk = RoutingDesk(spray(then="lit"), THEN).see(
        book("A", "100@10.01 50@10.02"), book("B", "30@10.02"), book("C", "70@10.09")
    )
    events = desk.new(order_terms=terms(1000, "10.05"))
    assert children(events) == [("A", 150, D("10.02"), IOC), ("B", 30, D("10.02"), IOC)]
    assert desk.order().onward == Onward("lit")


def test_spray_is_in_proportion_where_more_is_displayed_than_ordered():
    """Together never more than the order, in whole lots, what is odd with the largest."""
    desk = RoutingDesk(spray(), lot_size=D(10)).see(
        book("A", "300@10.01"), book("B", "200@10.01 100@10.02"), book("C", "400@10.03")
    )
    assert gets(desk.decide(terms(105, 11))) == [
        ("A", 30, D("10.01")),
        ("B", 30, D("10.01")),
        ("C", 45, D("10.03")),
    ]


def test_spray_leaves_out_what_it_cannot_count_on():
    """Each venue that gets nothing says why."""
    desk = RoutingDesk(spray("ABCD"))
    desk.see(book("A", "9@10", status=MarketStatus.AUCTION), book("B", "5@12"), book("C", "5@10"))
    decision = desk.decide(terms(100, 11))
    assert gets(decision) == [("C", 5, D("10"))]
    assert reasons(decision) == {
        "A": "market auction",
        "B": "nothing displayed within the limit",
        "C": "5 of 5 displayed up to 10",
        "D": "no market data",
    }


def test_fill_or_kill_is_not_sprayed():
    """It goes whole to one venue that displays enough."""
    desk = RoutingDesk(spray()).see(book("A", "50@10"), book("B", "100@10.01"))
    asked = terms(100, 11, time_in_force=TimeInForce.FILL_OR_KILL)
    assert gets(desk.decide(asked)) == [("B", 100, None)]


def test_dark_venues_are_tried_one_after_the_other_then_on():
    """Immediate or cancel with MinQty(110); each venue once, then the route that follows."""
    desk = RoutingDesk(dark(quantity_min=D(50)), THEN)
    events = desk.new(order_terms=terms(100, 10))
    assert children(events) == [("B", 100, 10, IOC)]
    assert desk.order().children[0].terms.min_qty == 50
    assert desk.order().onward == Onward("dark")
    desk.order().children[0].status = desk.order().status.CANCELED
    decision = desk.decide(None, D(100))
    assert [(leg.venue, leg.min_qty) for leg in decision.placements] == [("C", 50)]
    assert reasons(decision)["B"] == "has had its chance"
    assert decision.onward == Onward("lit")


@pytest.mark.parametrize(("least", "venue"), [(D(50), "C"), (None, "B")])
def test_a_venue_without_minimum_quantities_is_passed_over_where_one_is_asked_for(least, venue):
    """Without it small orders there could feel out what is left; the decision says so."""
    lacking = VenueTerms(session="B", kind=VenueKind.DARK, lacks=(Feature.MINIMUM_QUANTITY,))
    desk = RoutingDesk(dark(quantity_min=least), THEN, venues=[lacking])
    decision = desk.decide(terms(100, 10))
    assert [(leg.venue, leg.min_qty) for leg in decision.placements] == [(venue, least)]
    if least is not None:
        assert reasons(decision)["B"] == "lacks minimum_quantity, which dark asks for"
        assert decision.onward == Onward("lit")  # there is no other to try


def test_no_dark_venue_is_left():
    """The decision goes on at once, by the route that follows, whatever its conditions."""
    desk = RoutingDesk(dark("B"), THEN)
    desk.do(SessionLoggedOut("B"))
    decision = desk.decide(terms(100, 10))
    assert gets(decision) == [("A", 100, None)]
    assert (decision.route_id, decision.onward) == ("lit", None)
    assert decision.reason == "rule dark: for all; nothing to take, then rule lit"
    assert reasons(decision)["B"] == "not connected"


def test_the_least_in_the_dark_is_no_more_than_the_order():
    """A MinQty(110) above OrderQty(38) would be refused."""
    desk = RoutingDesk(dark(quantity_min=D(500)), THEN)
    desk.new(order_terms=terms(100, 10))
    assert desk.order().children[0].terms.min_qty == 100


def test_a_rejected_child_goes_to_the_next_dark_venue():
    """What comes back goes on by the order's way, past the venue that rejected it."""
    desk = RoutingDesk(dark("BC"), THEN)
    desk.new()
    assert children(desk.venue(ExecType.REJECTED)) == [("C", 100, 10, IOC)]
