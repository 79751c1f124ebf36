"""Waves on books whose venues die, or fill a part and end the rest: nothing doubled, nothing lost.

Each child is told by venue, quantity, price and TimeInForce(59).
"""

import pytest
from desk import terms, told
from routing_desk import D, RoutingDesk, book, children

from oms_fix.model.commands import SessionLoggedOut, VenueMessageReject
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.routes import Fallback, Iceberg, Post, Remainder, RerouteOn, Spray, Sweep

CANCELED, REJECTED = ExecType.CANCELED, ExecType.REJECTED
IOC = "IMMEDIATE_OR_CANCEL"
LIMIT = D("10.01")
THEN = Post(id="lit", when={"OrderQty": "> 999999"}, venues=("C",))


def swept(*more, kind=Sweep, **changes):
    """Return a desk that has taken 100 at A and 100 at B, of 200, with nothing displayed since."""
    changes = changes or {"remainder": Remainder.POST}
    desk = RoutingDesk(kind(id="all", venues=("A", "B"), **changes), *more)
    desk.see(book("A", "100@10.00", "1@9.90"), book("B", "100@10.01", "1@9.90"))
    events = desk.new(order_terms=terms(200, LIMIT))
    assert [each[:2] for each in children(events)] == [("A", 100), ("B", 100)]
    desk.see(book("A", "", "1@9.90"), book("B", "", "1@9.90"))
    return desk


def unsent(desk, child=0):
    """Have the session of a child give it back that it has never sent."""
    target = desk.order().children[child]
    text = "not sent in time"
    return desk.do(VenueMessageReject(target.venue, 7, "D", target.cl_ord_id, text=text))


# --- a venue dies between decision and send -------------------------------------------------------


def test_what_a_dead_venue_has_not_answered_is_placed_nowhere():
    """Though the rest of its wave has ended: it may have been filled."""
    desk = swept()
    assert children(desk.do(SessionLoggedOut("A"))) == []
    assert children(desk.fill(60, LIMIT, child=1)) == []
    events = desk.venue(CANCELED, child=1)
    assert (children(events), told(events)) == ([], [])
    assert (desk.order().placed_qty, desk.order().free_qty) == (100, 40)


def test_what_a_venue_does_not_know_when_it_is_back_is_posted_once():
    """With what the other venue left, where the order was not lost."""
    desk = swept()
    desk.do(SessionLoggedOut("A"))
    desk.fill(60, LIMIT, child=1)
    desk.venue(CANCELED, child=1)
    desk.log_on("A")
    events = desk.unknown(child=0)
    assert (children(events), told(events)) == ([("B", 140, LIMIT, "DAY")], [])
    assert children(desk.unknown(child=0)) == []
    assert told(desk.fill(140, LIMIT, child=2)) == ["TRADE FILLED X 200/0"]


def test_what_a_venue_does_not_know_goes_on_by_the_route_that_follows():
    """Whatever the conditions of that route."""
    desk = swept(THEN, then="lit")
    desk.do(SessionLoggedOut("A"))
    desk.fill(100, LIMIT, child=1)
    desk.log_on("A")
    assert children(desk.unknown(child=0)) == [("C", 100, LIMIT, "DAY")]


@pytest.mark.parametrize(
    ("following", "venue"), [({"remainder": Remainder.POST}, "B"), ({"then": "lit"}, "C")]
)
def test_what_was_never_sent_goes_on_when_its_session_gives_it_back(following, venue):
    """Its venue is still down, so it is left out; the same word again changes nothing."""
    desk = swept(THEN, **following)
    desk.do(SessionLoggedOut("A"))
    desk.fill(100, LIMIT, child=1)
    assert children(unsent(desk)) == [(venue, 100, LIMIT, "DAY")]
    assert children(unsent(desk)) == []
    assert told(desk.fill(100, LIMIT, child=2)) == ["TRADE FILLED X 200/0"]


def test_what_was_never_sent_is_taken_elsewhere_while_the_wave_goes_on():
    """At once, where the other book has come to display it."""
    desk = swept()
    desk.do(SessionLoggedOut("A"))
    desk.see(book("B", "300@10.00", "1@9.90"))
    assert children(unsent(desk)) == [("B", 100, D("10.00"), IOC)]
    assert told(desk.fill(100, 10, child=2)) == ["TRADE PARTIALLY_FILLED X 100/100"]
    assert told(desk.fill(100, LIMIT, child=1)) == ["TRADE FILLED X 200/0"]


def test_what_a_dead_venue_has_filled_is_not_placed_again():
    """Only what it says to be left of its child goes on."""
    desk = swept()
    desk.do(SessionLoggedOut("A"))
    desk.fill(100, LIMIT, child=1)
    desk.log_on("A")
    events = desk.stands(OrdStatus.CANCELED, 30, 10, child=0)
    (placed,) = children(events)
    assert placed[1:] == (70, LIMIT, "DAY")
    assert told(desk.fill(70, LIMIT, child=2)) == ["TRADE FILLED X 200/0"]


# --- a part is filled, the rest comes back --------------------------------------------------------


def test_a_sweep_takes_again_what_is_displayed_of_what_was_rejected():
    """While the wave goes on; the rest of both waves is posted in one order."""
    desk = swept()
    desk.see(book("A", "", "1@9.90"), book("B", "70@10.00", "1@9.90"))
    desk.fill(40, LIMIT, child=1)
    assert children(desk.venue(REJECTED, child=0)) == [("B", 70, D("10.00"), IOC)]
    desk.fill(30, 10, child=2)
    assert children(desk.venue(CANCELED, child=2)) == []
    events = desk.venue(CANCELED, child=1)
    assert (children(events), told(events)) == ([("B", 130, LIMIT, "DAY")], [])


def test_a_spray_posts_what_is_rejected_with_what_a_part_filled_leaves():
    """In one order when the wave has ended, not where it was rejected."""
    desk = swept(kind=Spray)
    assert children(desk.venue(REJECTED, child=0)) == []
    desk.fill(40, LIMIT, child=1)
    events = desk.venue(CANCELED, child=1)
    assert (children(events), told(events)) == ([("B", 160, LIMIT, "DAY")], [])


def test_a_spray_hands_on_what_is_left_of_a_part_filled_and_canceled():
    """To the route that follows."""
    desk = swept(THEN, kind=Spray, then="lit")
    desk.fill(40, 10, child=0)
    desk.venue(CANCELED, child=0)
    assert children(desk.fill(100, LIMIT, child=1)) == [("C", 60, LIMIT, "DAY")]


def iced(*reroute_on):
    """Return a desk that shows 100 of 250 at B, behind the shorter queue."""
    route = Iceberg(id="iceberg", venues=("A", "B"), display_quantity=D(100), reroute_on=reroute_on)
    desk = RoutingDesk(route)
    desk.see(book("A", "9@10.02", "500@10.00"), book("B", "9@10.02", "100@10.00"))
    assert children(desk.new(order_terms=terms(250, 10))) == [("B", 100, 10, "DAY")]
    return desk


def test_the_rest_of_an_icebergs_part_goes_to_the_other_venue():
    """Where its route has it so; the next part follows when that is filled."""
    desk = iced(RerouteOn.CANCEL)
    desk.fill(40)
    events = desk.venue(CANCELED)
    assert (children(events), told(events)) == ([("A", 60, 10, "DAY")], [])
    assert children(desk.fill(60, child=1)) == [("A", 100, 10, "DAY")]


def test_an_iceberg_ends_with_a_part_that_its_venue_cancels():
    """Where its route does not have it otherwise: what is filled is kept."""
    desk = iced(RerouteOn.REJECT)
    desk.fill(40)
    events = desk.venue(CANCELED)
    assert (children(events), told(events)) == ([], ["CANCELED CANCELED X 40/0"])


def test_an_icebergs_next_part_that_is_rejected_goes_to_the_other_venue():
    """What was filled before is not shown again."""
    desk = iced(RerouteOn.REJECT)
    assert children(desk.fill(100)) == [("B", 100, 10, "DAY")]
    events = desk.venue(REJECTED, child=1)
    assert (children(events), told(events)) == ([("A", 100, 10, "DAY")], [])
    assert children(desk.fill(100, child=2)) == [("A", 50, 10, "DAY")]


def test_a_fallback_places_the_rest_of_a_part_filled_then_rejected_at_the_next():
    """Each venue once, and only what is not filled."""
    reroute_on = (RerouteOn.REJECT, RerouteOn.CANCEL)
    desk = RoutingDesk(Fallback(id="list", venues=("A", "B", "C"), reroute_on=reroute_on))
    desk.see(book("A", "100@10.00"), book("B", "100@10.00"), book("C", "100@10.00"))
    assert children(desk.new()) == [("A", 100, 10, "DAY")]
    desk.fill(40)
    assert children(desk.venue(CANCELED)) == [("B", 60, 10, "DAY")]
    assert children(desk.venue(REJECTED, child=1)) == [("C", 60, 10, "DAY")]
    assert told(desk.fill(60, child=2)) == ["TRADE FILLED X 100/0"]
