"""Orders that are placed in waves: what is left when one has ended goes on."""

from decimal import Decimal

import pytest
import wave_routes
from desk import CLIENT, Desk, kinds, terms, told
from images import written_and_read

from oms_fix.core.image import difference
from oms_fix.model.commands import (
    LoadRules,
    OperateOrder,
    OrderMassCancelRequest,
    SessionLoggedOut,
    VenueMessageReject,
)
from oms_fix.model.enums import (
    ExecType,
    OrderOperation,
    OrdStatus,
    OrdType,
    TimeInForce,
)
from oms_fix.model.events import ChildCancelRequested, ChildPlaced, OrderReported
from oms_fix.model.routes import (
    Fallback,
    Iceberg,
    Post,
    Remainder,
    RerouteOn,
    Split,
    SplitLeg,
    Sweep,
)
from oms_fix.model.routing import OrderRouted
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules

IOC, FOK, DAY = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL, TimeInForce.DAY
CANCELED, EXPIRED, REJECTED = ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED
REJECT, CANCEL, EXPIRE = RerouteOn.REJECT, RerouteOn.CANCEL, RerouteOn.EXPIRE


@pytest.fixture(autouse=True)
def strategies(monkeypatch):
    """Waves of the simplest kind."""
    wave_routes.use(monkeypatch)


def sweeping(*more, venues=("A", "B"), **changes):
    """Return a desk that sweeps two venues; what is left is canceled unless said otherwise."""
    given = {"remainder": None if "then" in changes else Remainder.CANCEL}
    route = Sweep(id="sweep", venues=venues, **(given | changes))
    return Desk([route, *more])


def iceberg(**changes):
    given = {"venues": ("A", "B"), "display_quantity": Decimal(40)}
    return Desk([Iceberg(id="iceberg", **(given | changes))])


def placed(events):
    return [
        (e.venue, e.terms.order_qty, e.terms.time_in_force.name)
        for e in events
        if isinstance(e, ChildPlaced)
    ]


def texts(events):
    return [event.report.text for event in events if isinstance(event, OrderReported)]


def test_a_wave_goes_out_at_once():
    """Children have the terms that their route gave them, the order's quantity in sum."""
    desk = sweeping()
    assert placed(desk.new()) == [("A", 50, IOC.name), ("B", 50, IOC.name)]
    assert (desk.order().placed_qty, desk.order().route_id) == (100, "sweep")


def test_what_a_wave_leaves_stands_in_a_book():
    """Only when all children of the wave have ended; a part that was not filled is no end."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.fill(20, child=0)
    assert placed(desk.venue(CANCELED, child=0)) == []
    desk.fill(10, child=1)
    events = desk.venue(EXPIRED, child=1)
    assert told(events) == []
    assert placed(events) == [("A", 70, DAY.name)]
    assert desk.order().onward is None
    assert told(desk.fill(70, child=2)) == ["TRADE FILLED X 100/0"]


def test_what_a_wave_leaves_goes_on_by_another_route():
    """The route that is named decides, whatever the conditions of the rules say."""
    then = Iceberg(id="slow", when={"Symbol": "NONE"}, venues=("C",), display_quantity=Decimal(30))
    desk = sweeping(then, then="slow")
    desk.new()
    desk.venue(CANCELED, child=0)
    events = desk.venue(CANCELED, child=1)
    assert placed(events) == [("C", 30, DAY.name)]
    routed = next(event for event in events if isinstance(event, OrderRouted))
    assert routed.reason == "goes on by rule slow"


def test_a_remainder_that_is_canceled_ends_the_order():
    """Canceled, also where the last child has expired, and the text says why."""
    desk = sweeping()
    desk.new()
    desk.fill(20, child=0)
    desk.venue(CANCELED, child=0)
    events = desk.venue(EXPIRED, child=1)
    assert told(events) == ["CANCELED CANCELED X 20/0"]
    assert texts(events) == ["REMAINDER_CANCELED: the route cancels what is left route=sweep"]


@pytest.mark.parametrize("time_in_force", [IOC, FOK])
def test_an_order_to_be_done_at_once_ends_with_its_wave(time_in_force):
    """Its remainder never stands in a book."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new(order_terms=terms(time_in_force=time_in_force))
    desk.venue(CANCELED, child=0)
    events = desk.venue(CANCELED, child=1)
    assert told(events) == ["CANCELED CANCELED X 0/0"]
    assert placed(events) == []


def test_an_order_ends_where_no_venue_is_left():
    """The text names the venues, with what is in the way of each."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0)
    desk.do(SessionLoggedOut("A"))
    desk.do(SessionLoggedOut("B"))
    assert desk.order().is_open  # B may have filled it
    events = desk.venue(CANCELED, child=1)
    assert told(events) == ["CANCELED CANCELED X 0/0"]
    assert "VENUES_DOWN" in texts(events)[0]
    assert "A(not connected),B(not connected)" in texts(events)[0]


def test_a_wave_that_finds_nothing_hands_the_order_on():
    """At once: an order that crosses nothing stands in a book."""
    desk = sweeping(Post(id="post", venues=("C",)), then="post")
    desk.do(SessionLoggedOut("A"))
    desk.do(SessionLoggedOut("B"))
    events = desk.new()
    assert told(events) == ["NEW NEW X 0/100"]
    assert placed(events) == [("C", 100, DAY.name)]
    routed = [event for event in events if isinstance(event, OrderRouted)]
    reason = "rule sweep: for all; nothing to take, then rule post"
    assert [(event.route_id, event.reason) for event in routed] == [("post", reason)]


def test_routes_that_name_each_other_and_place_nothing_come_to_an_end():
    """Each is asked once."""
    other = Sweep(id="other", venues=("B",), then="sweep")
    desk = sweeping(other, then="other", venues=("A",))
    desk.do(SessionLoggedOut("A"))
    desk.do(SessionLoggedOut("B"))
    assert told(desk.new()) == ["REJECTED REJECTED X 0/0"]


def test_no_more_children_than_a_route_has_it():
    """The order ends with what is left then, and the text says so."""
    desk = iceberg(child_count_max=2)
    desk.new()
    desk.fill(40, child=0)
    events = desk.fill(40, child=1)
    assert told(events) == ["TRADE PARTIALLY_FILLED X 80/20", "CANCELED CANCELED X 80/0"]
    assert texts(events)[1].startswith("CHILD_COUNT: ")


def test_a_wave_has_no_more_children_than_a_route_has_it():
    """What is left out is said in the legs."""
    desk = sweeping(child_count_max=1)
    events = desk.new()
    assert placed(events) == [("A", 50, IOC.name)]
    routed = next(event for event in events if isinstance(event, OrderRouted))
    assert routed.legs[1].quantity == 0
    assert routed.legs[1].reason.startswith("CHILD_COUNT: ")


def test_the_next_part_follows_when_one_is_filled():
    """At once, and never before; the client sees its own order only."""
    desk = iceberg()
    assert placed(desk.new()) == [("A", 40, DAY.name)]
    assert placed(desk.fill(30)) == []
    events = desk.fill(10)
    assert told(events) == ["TRADE PARTIALLY_FILLED X 40/60"]
    assert placed(events) == [("A", 40, DAY.name)]
    assert placed(desk.fill(40, child=1)) == [("A", 20, DAY.name)]
    assert told(desk.fill(20, child=2)) == ["TRADE FILLED X 100/0"]


# --- what a child gives back ----------------------------------------------------------------------


def test_a_rejected_child_of_a_wave_is_placed_by_its_route_at_once():
    """At venues that have not refused, while the wave goes on."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    events = desk.venue(REJECTED, child=0)
    assert told(events) == []
    assert placed(events) == [("B", 50, IOC.name)]
    assert desk.order().placed_qty == 100


def test_a_part_that_is_filled_in_part_and_rejected_then():
    """Only what is not filled is placed again."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.fill(20, child=0)
    assert placed(desk.venue(REJECTED, child=0)) == []
    assert placed(desk.venue(CANCELED, child=1)) == [("A", 80, DAY.name)]


def test_a_wave_that_all_venues_reject_rejects_the_order():
    """Nothing was filled and nothing will be."""
    desk = sweeping()
    desk.new()
    desk.venue(REJECTED, child=0)
    desk.venue(REJECTED, child=1)
    assert told(desk.venue(REJECTED, child=2)) == ["REJECTED REJECTED X 0/0"]


@pytest.mark.parametrize("reroute_on", [(), (REJECT,), (REJECT, CANCEL)])
@pytest.mark.parametrize("exec_type", [REJECTED, CANCELED])
def test_a_route_says_after_which_ends_it_is_asked_again(reroute_on, exec_type):
    """Else the order ends as its child did."""
    desk = Desk([Fallback(id="list", venues=("A", "B"), reroute_on=reroute_on)])
    desk.new()
    desk.ack()
    events = desk.venue(exec_type)
    goes_on = RerouteOn(exec_type.name.lower()[:6]) in reroute_on
    assert placed(events) == ([("B", 100, DAY.name)] if goes_on else [])
    assert told(events) == ([] if goes_on else [f"{exec_type.name} {exec_type.name} X 0/0"])


def test_a_venue_that_has_canceled_an_order_gets_no_other_of_it():
    """The decision says so; when all have, the order ends."""
    desk = Desk([Fallback(id="list", venues=("A", "B"), reroute_on=(CANCEL,))])
    desk.new()
    events = desk.venue(CANCELED)
    routed = next(event for event in events if isinstance(event, OrderRouted))
    assert routed.legs[0].reason == "gave this order back"
    assert told(desk.venue(CANCELED, child=1)) == ["CANCELED CANCELED X 0/0"]


def test_a_cancel_that_was_asked_for_is_not_placed_again():
    """Neither the client's nor that of many at once."""
    desk = Desk([Fallback(id="list", venues=("A", "B"), reroute_on=(REJECT, CANCEL, EXPIRE))])
    desk.new()
    desk.cancel()
    assert told(desk.venue(CANCELED)) == ["CANCELED CANCELED Y 0/0"]
    desk.new("Z")
    desk.do(OrderMassCancelRequest(CLIENT, "M", "7"))
    assert told(desk.venue(CANCELED, cl_ord_id="Z")) == ["CANCELED CANCELED Z 0/0"]


def test_what_expires_before_its_time_is_placed_again():
    """Where a calendar tells that the order's time is not over."""
    desk = Desk([Fallback(id="list", venues=("A", "B", "C"), reroute_on=(EXPIRE,))])
    desk.with_market()
    desk.close("2026-11-20")
    desk.new()
    assert placed(desk.venue(EXPIRED)) == [("B", 100, DAY.name)]
    desk.close("2026-11-23")
    assert told(desk.venue(EXPIRED, child=1)) == ["EXPIRED EXPIRED X 0/0"]


def test_without_a_calendar_the_venue_knows_when_the_time_is_over():
    """An order of the day may have had its time: it ends."""
    desk = Desk([Fallback(id="list", venues=("A", "B"), reroute_on=(EXPIRE,))])
    desk.new()
    assert told(desk.venue(EXPIRED)) == ["EXPIRED EXPIRED X 0/0"]


def test_a_part_that_its_venue_ends_unasked_ends_its_order():
    """As it does without waves; unless the route says otherwise."""
    desk = iceberg()
    desk.new()
    desk.fill(40)
    assert told(desk.venue(CANCELED, child=1)) == ["CANCELED CANCELED X 40/0"]
    desk = iceberg(reroute_on=(CANCEL,))
    desk.new()
    assert placed(desk.venue(CANCELED)) == [("B", 40, DAY.name)]


# --- a venue dies ---------------------------------------------------------------------------------


def test_a_venue_that_dies_before_its_child_is_sent():
    """The child that was never sent is refused by its session, and goes to another venue, once."""
    desk = Desk([Fallback(id="list", venues=("A", "B"))])
    desk.new()
    child = desk.order().children[0]
    desk.do(SessionLoggedOut("A"))
    assert desk.order().placed_qty == 100  # as long as it may have been sent
    unsent = VenueMessageReject("A", 7, "D", child.cl_ord_id, text="not sent in time")
    events = desk.do(unsent)
    assert told(events) == []
    assert placed(events) == [("B", 100, DAY.name)]
    assert placed(desk.do(unsent)) == []
    assert desk.order().placed_qty == 100


def test_a_venue_that_dies_in_a_wave_is_waited_for():
    """What it may have filled is placed nowhere until it has told; then what is left goes on."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0)
    desk.do(SessionLoggedOut("B"))
    assert desk.order().placed_qty == 50
    desk.log_on("B")
    events = desk.stands(OrdStatus.CANCELED, 30, 10, child=1)
    assert [line.split()[:2] for line in told(events)] == [["TRADE", "PARTIALLY_FILLED"]]
    assert placed(events) == [("A", 70, DAY.name)]


# --- what is filled late --------------------------------------------------------------------------


def test_what_a_venue_owes_reports_of_is_not_placed_again():
    """By its CumQty(14) more is filled than it has told of: that may still come, and fits."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0, cum_qty=Decimal(30))
    events = desk.venue(CANCELED, child=1, cum_qty=Decimal(0))
    assert placed(events) == [("A", 70, DAY.name)]
    assert (desk.order().owed_qty, desk.order().free_qty) == (30, 0)
    desk.fill(20, child=0)
    assert (desk.order().owed_qty, desk.order().free_qty) == (10, 0)
    desk.fill(10, child=0)
    assert told(desk.fill(70, child=2)) == ["TRADE FILLED X 100/0"]


def test_an_order_ends_with_what_is_owed():
    """If nothing but that is left nobody works it; the late fill is booked all the same."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0, cum_qty=Decimal(50))
    desk.venue(CANCELED, child=1)
    assert told(desk.fill(50, child=2)) == [
        "TRADE PARTIALLY_FILLED X 50/50",
        "CANCELED CANCELED X 50/0",
    ]
    assert told(desk.fill(50, child=0)) == ["TRADE CANCELED X 100/0"]


def test_a_fill_after_the_wave_calls_back_what_is_too_much():
    """A venue that fills what it had said to be canceled: what stands elsewhere is called back."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0)
    desk.venue(CANCELED, child=1)
    events = desk.fill(50, child=1)
    assert [type(event) for event in events].count(ChildCancelRequested) == 1
    events = desk.venue(CANCELED, child=2)
    assert placed(events) == [("A", 25, IOC.name), ("B", 25, IOC.name)]  # by the rules


def test_a_bust_after_the_wave_is_worked_again():
    """What is taken back is left of the order as all else, and goes on with it."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.fill(50, child=0, exec_id="E1")
    events = desk.venue(CANCELED, child=1)
    assert placed(events) == [("A", 50, DAY.name)]
    desk.venue(ExecType.TRADE_CANCEL, child=0, exec_ref_id="E1", last_qty=Decimal(0))
    assert desk.order().placed_qty == 100  # the first child is open again


# --- replaces and cancels -------------------------------------------------------------------------


def test_a_replace_withdraws_a_wave():
    """Its children are parts: they are canceled, then the rules decide on the new terms."""
    desk = sweeping(remainder=Remainder.POST, venues=("A",))
    desk.new()
    events = desk.replace(terms(150, 11))
    assert kinds(events)[-2:] == ["OrderReported", "ChildCancelRequested"]
    desk.fill(30)
    events = desk.venue(CANCELED)
    assert told(events) == ["REPLACED PARTIALLY_FILLED Y 30/120"]
    assert placed(events) == [("A", 120, IOC.name)]


def test_a_replace_withdraws_a_part():
    """The whole order's terms are not sent to an iceberg's part."""
    desk = iceberg()
    desk.new()
    desk.fill(40)
    desk.replace(terms(200, 11))
    events = desk.venue(CANCELED, child=1, cl_ord_id="X")
    assert told(events) == ["REPLACED PARTIALLY_FILLED Y 40/160"]
    assert placed(events) == [("A", 40, DAY.name)]


def test_a_replace_of_what_stands_in_a_book_keeps_its_place():
    """The child that is all of the order and has its terms is replaced."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.fill(30, child=0)
    desk.venue(CANCELED, child=0)
    desk.venue(CANCELED, child=1)
    assert kinds(desk.replace(terms(150, 11)))[-1] == "ChildReplaceRequested"
    assert desk.order().children[2].request.terms.order_qty == 120


def test_a_cancel_between_two_waves_is_answered():
    """A cancel takes back what is under way, and nothing follows."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0)
    desk.cancel()
    events = desk.venue(CANCELED, child=1)
    assert told(events) == ["CANCELED CANCELED Y 0/0"]
    assert placed(events) == []


def test_a_wave_goes_on_when_a_cancel_is_refused():
    """What is left is not lost for it."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0)
    desk.cancel()
    desk.refuse_request(child=1)
    assert placed(desk.venue(CANCELED, child=1)) == [("A", 100, DAY.name)]


# --- halts and rules ------------------------------------------------------------------------------


def test_a_suspended_order_goes_on_when_trading_does():
    """What its wave leaves meanwhile waits here, Expired or not."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new(order_terms=terms(exec_inst="J"))
    desk.halt()
    desk.venue(CANCELED, child=0)
    events = desk.venue(EXPIRED, child=1)
    assert (told(events), placed(events)) == ([], [])
    assert placed(desk.resume()) == [("A", 100, DAY.name)]


def test_an_order_that_is_not_to_wait_ends_when_its_wave_ends_in_a_halt():
    """Nothing is placed while trading is halted, and the text says so."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.halt()
    desk.venue(CANCELED, child=0)
    events = desk.venue(CANCELED, child=1)
    assert told(events) == ["CANCELED CANCELED X 0/0"]
    assert "HALTED" in texts(events)[0]


def test_an_order_whose_route_is_gone_goes_on_by_the_rules():
    """The rules in force decide then."""
    desk = sweeping(then="slow")
    desk.new()
    routes = (Split(id="split", legs=(SplitLeg("B", Decimal(50)), SplitLeg("C", Decimal(50)))),)
    desk.do(LoadRules(Rules("rules-2", (), routes), "tester"))
    desk.venue(CANCELED, child=0)
    events = desk.venue(CANCELED, child=1)
    assert placed(events) == [("B", 50, DAY.name), ("C", 50, DAY.name)]


def test_direct_access_needs_an_order_as_it_is():
    """A child with other terms is the router's: its venue's word is not passed on."""
    desk = sweeping(venues=("A",))
    agreement = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE)
    rules = Rules("rules-2", (), desk.state.rules.routes, (agreement,))
    desk.do(LoadRules(rules, "tester"))
    assert told(desk.new()) == ["NEW NEW X 0/100"]
    assert desk.order().direct is None


def test_force_done_ends_a_wave():
    """An operator closes it: nothing goes on."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    events = desk.do(OperateOrder(desk.order().order_id, OrderOperation.FORCE_DONE, "bob", "why"))
    assert told(events) == ["DONE_FOR_DAY DONE_FOR_DAY X 0/0"]
    assert placed(events) == []


def test_a_triggered_stop_is_swept():
    """As the market order that it is by then."""
    desk = sweeping(remainder=Remainder.CANCEL)
    stop = terms(price=0, ord_type=OrdType.STOP, stop_px=Decimal(11))
    assert placed(desk.new(order_terms=stop)) == [("A", 50, IOC.name), ("B", 50, IOC.name)]


def test_a_restart_in_the_midst_of_a_wave():
    """The image has how the order goes on; the order that has ended needs it no more."""
    desk = sweeping(remainder=Remainder.POST)
    desk.new()
    desk.venue(CANCELED, child=0, cum_qty=Decimal(10))
    again = written_and_read(desk.state)
    assert difference(again, desk.state) is None
    desk.state = again
    assert placed(desk.venue(CANCELED, child=1)) == [("A", 90, DAY.name)]
