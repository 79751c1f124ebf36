"""Waves on books whose venues die, or fill a part and end the rest: nothing doubled, nothing lost.

Each child is told by venue, quantity, price and TimeInForce(59).
"""

import pytest
from desk import terms, told
from images import written_and_read
from routing_desk import D, RoutingDesk, book, children

from oms_fix.model.commands import SessionLoggedOut, VenueMessageReject
from oms_fix.model.enums import ExecType, OrdStatus, TimeInForce
from oms_fix.model.events import OrderReported
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


# --- the last of a wave comes back ----------------------------------------------------------------

BOTH = pytest.mark.parametrize("kind", [Sweep, Spray])
FOLLOWING = pytest.mark.parametrize(
    ("following", "venue"), [({"remainder": Remainder.POST}, "A"), ({"then": "lit"}, "C")]
)


@BOTH
@FOLLOWING
@pytest.mark.parametrize("gives_back", ["rejected", "never sent"])
def test_what_comes_back_last_goes_on_with_all_that_is_free(kind, following, venue, gives_back):
    """In one order: what the others of its wave have left is not kept waiting for it."""
    desk = swept(THEN, kind=kind, **following)
    desk.fill(40, 10, child=0)
    assert children(desk.venue(CANCELED, child=0)) == []
    events = unsent(desk, child=1) if gives_back == "never sent" else desk.venue(REJECTED, child=1)
    assert (children(events), told(events)) == ([(venue, 160, LIMIT, "DAY")], [])
    assert (desk.order().placed_qty, desk.order().free_qty) == (160, 0)
    assert told(desk.fill(160, LIMIT, child=2)) == ["TRADE FILLED X 200/0"]


@BOTH
def test_what_comes_back_last_is_taken_elsewhere_first(kind):
    """All that is free, of what is displayed by now; only the rest of that is posted."""
    desk = swept(kind=kind)
    desk.fill(40, 10, child=0)
    desk.venue(CANCELED, child=0)
    desk.see(book("A", "130@10.00", "1@9.90"))
    assert children(desk.venue(REJECTED, child=1)) == [("A", 130, D("10.00"), IOC)]
    desk.fill(130, 10, child=2)
    assert desk.order().is_open
    assert desk.order().children[3].terms.order_qty == 30


@BOTH
@pytest.mark.parametrize("reroute_on", [(), (RerouteOn.CANCEL,)])
def test_what_comes_back_last_goes_on_also_where_it_is_not_routed_again(kind, reroute_on):
    """By what follows the wave, at venues that have not refused."""
    desk = swept(kind=kind, remainder=Remainder.POST, reroute_on=reroute_on)
    desk.see(book("A", "130@10.00", "1@9.90"), book("B", "", "1@9.90"))
    desk.fill(40, 10, child=0)
    desk.venue(CANCELED, child=0)
    assert children(desk.venue(REJECTED, child=1)) == [("A", 160, LIMIT, "DAY")]


@BOTH
def test_what_comes_back_last_is_placed_without_what_a_venue_owes(kind):
    """What A has filled by its own account and not reported yet is placed nowhere."""
    desk = swept(kind=kind)
    desk.venue(CANCELED, child=0, cum_qty=D(30))
    assert children(desk.venue(REJECTED, child=1)) == [("A", 170, LIMIT, "DAY")]
    desk.fill(30, 10, child=0)
    assert told(desk.fill(170, LIMIT, child=2)) == ["TRADE FILLED X 200/0"]


def test_a_wave_that_all_venues_give_back_is_not_sent_to_them_again():
    """It goes to the venue that follows, all of it."""
    desk = swept(THEN, then="lit")
    assert children(desk.venue(REJECTED, child=0)) == []
    assert children(desk.venue(REJECTED, child=1)) == [("C", 200, LIMIT, "DAY")]


def test_what_follows_a_wave_takes_once_for_all_that_the_wave_leaves():
    """Not for the first child that comes back: the others would be left out of it."""
    second = Sweep(id="second", when=THEN.when, venues=("C",), remainder=Remainder.CANCEL)
    desk = swept(second, then="second")
    desk.see(book("C", "500@10.01", "1@9.90"))
    assert children(desk.venue(REJECTED, child=0)) == []
    assert children(desk.venue(CANCELED, child=1)) == [("C", 200, LIMIT, IOC)]


def test_what_comes_back_in_a_wave_that_is_cut_leaves_the_rest_of_it_to_the_wave():
    """The route goes on by its strategy, though what came back fits in one child order."""
    desk = RoutingDesk(
        Sweep(id="all", venues=("A", "B"), child_size_max=D(50), remainder=Remainder.POST)
    )
    desk.see(book("A", "100@10.00", "1@9.90"), book("B", "100@10.01", "1@9.90"))
    assert [each[:2] for each in children(desk.new(order_terms=terms(200, LIMIT)))] == [
        ("A", 50),
        ("B", 50),
    ]
    assert children(desk.venue(REJECTED, child=0)) == [("B", 50, LIMIT, IOC)]
    desk.fill(50, LIMIT, child=1)
    desk.fill(40, LIMIT, child=2)
    assert children(desk.venue(CANCELED, child=2)) == [("B", 50, LIMIT, IOC)]


# --- a bust of what was filled --------------------------------------------------------------------


def filled():
    """Return a desk whose order of 100 was swept at A and B, 50 at each; its next way is to C."""
    desk = RoutingDesk(Sweep(id="all", venues=("A", "B"), then="lit"), THEN)
    desk.see(book("A", "50@10.00", "1@9.90"), book("B", "50@10.00", "1@9.90"))
    desk.new(order_terms=terms(100, LIMIT))
    desk.fill(50, 10, child=0, exec_id="E1")
    events = desk.fill(50, 10, child=1)
    assert told(events) == ["TRADE FILLED X 100/0"]
    return desk


def bust(desk):
    return desk.venue(ExecType.TRADE_CANCEL, child=0, exec_ref_id="E1", last_qty=D(0))


def test_what_a_bust_gives_back_of_a_filled_order_goes_on_by_its_way():
    """Once its venue has ended what it has opened again; a restart in between changes nothing."""
    desk = filled()
    desk.state = written_and_read(desk.state)
    events = bust(desk)
    assert (children(events), told(events)) == ([], ["TRADE_CANCEL PARTIALLY_FILLED X 50/50"])
    events = desk.venue(CANCELED, child=0)
    assert (children(events), told(events)) == ([("C", 50, LIMIT, "DAY")], [])
    assert told(desk.fill(50, LIMIT, child=2)) == ["TRADE FILLED X 100/0"]


def test_what_a_bust_gives_back_of_an_order_that_does_not_go_on_ends_with_a_text():
    """One to be done at once is not posted."""
    desk = RoutingDesk(Sweep(id="all", venues=("A",), remainder=Remainder.POST))
    desk.see(book("A", "100@10.00"))
    desk.new(order_terms=terms(100, LIMIT, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL))
    desk.fill(100, 10, exec_id="E1")
    bust(desk)
    events = desk.venue(CANCELED, child=0)
    assert told(events) == ["CANCELED CANCELED X 0/0"]
    (text,) = (event.report.text for event in events if isinstance(event, OrderReported))
    assert text == "REMAINDER_CANCELED: the route cancels what is left route=all"


def test_a_replace_that_fills_an_order_leaves_no_way_of_before():
    """The rules decide on what it is then."""
    desk = filled()
    bust(desk)
    desk.replace(terms(50, LIMIT))
    events = desk.venue(CANCELED, child=0)
    assert told(events) == ["REPLACED FILLED Y 50/0"]
    assert desk.order().onward is None


# --- parts of an iceberg --------------------------------------------------------------------------


def iced(*reroute_on):
    """Return a desk that shows 100 of 250 at B, behind the shorter queue."""
    route = Iceberg(id="iceberg", venues=("A", "B"), display_quantity=D(100), reroute_on=reroute_on)
    desk = RoutingDesk(route)
    desk.see(book("A", "9@10.02", "500@10.00"), book("B", "9@10.02", "100@10.00"))
    assert children(desk.new(order_terms=terms(250, 10))) == [("B", 100, 10, "DAY")]
    return desk


def test_an_iceberg_goes_on_at_the_other_venue_when_a_part_is_canceled():
    """Where its route has it so: by a part of all that is left, not by what that one has left."""
    desk = iced(RerouteOn.CANCEL)
    desk.fill(40)
    events = desk.venue(CANCELED)
    assert (children(events), told(events)) == ([("A", 100, 10, "DAY")], [])
    assert children(desk.fill(100, child=1)) == [("A", 100, 10, "DAY")]
    assert children(desk.fill(100, child=2)) == [("A", 10, 10, "DAY")]
    assert told(desk.fill(10, child=3)) == ["TRADE FILLED X 250/0"]


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
