"""Children that are not answered, or not filled, in time."""

from decimal import Decimal

import pytest
from desk import NOW, kinds, told
from images import written_and_read
from msgspec import structs
from watched_desk import BREAKER, SECOND, TO_A, TO_A_OR_B, WatchedDesk

from oms_fix.core.image import difference
from oms_fix.core.orders.deadlines import next_at
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.events import ChildStatusRequested, OrderReported
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules
from oms_fix.model.venue_health import ChildUnanswered, ChildUnfilled
from oms_fix.model.venues import VenueTerms

TO_FILL = structs.replace(TO_A_OR_B, no_fill_seconds=5)


@pytest.fixture
def silent():
    """A desk with an order at A, which is to answer within 2 seconds and has not."""
    desk = WatchedDesk(no_answer_seconds=2)
    desk.new()
    desk.pass_time(2)
    return desk


@pytest.fixture
def unfilled():
    """A desk with an order at A that was to be filled within 5 seconds and was not."""
    desk = WatchedDesk(TO_FILL)
    desk.new()
    desk.ack()
    desk.pass_time(5)
    return desk


# --- no answer ----------------------------------------------------------------------------------


def test_a_child_without_an_answer_is_asked_about(silent):
    """It is a timeout, and nothing is canceled: the venue may have it."""
    order = silent.order()
    child = order.children[0]
    unanswered, asked = silent.due("X")
    again_at = NOW + 4 * SECOND
    assert unanswered == ChildUnanswered(order.order_id, child.child_id, "A", 1, again_at)
    assert isinstance(asked, ChildStatusRequested)
    assert silent.record.failures == 1


def test_nothing_is_overdue_a_moment_before():
    """Exactly when the time is over it is."""
    desk = WatchedDesk(no_answer_seconds=2)
    desk.new()
    assert next_at(desk.state) == NOW + 2 * SECOND
    desk.now += 2 * SECOND - 1
    assert desk.due("X") == []
    desk.now += 1
    assert kinds(desk.due("X")) == ["ChildUnanswered", "ChildStatusRequested"]


@pytest.mark.parametrize("exec_type", [ExecType.NEW, ExecType.PENDING_NEW, ExecType.TRADE])
def test_any_word_is_an_answer(exec_type):
    """After it nothing is overdue."""
    desk = WatchedDesk(no_answer_seconds=2)
    desk.new()
    desk.fill(10) if exec_type is ExecType.TRADE else desk.venue(exec_type)
    desk.pass_time(2)
    assert (desk.due("X"), desk.state.child_deadlines) == ([], {})


def test_a_child_that_its_venue_does_not_know_goes_elsewhere(silent):
    """It counts as rejected there."""
    silent.due("X")
    events = silent.unknown()
    assert silent.order().children[0].status is OrdStatus.REJECTED
    assert silent.venues_of("X") == ["A", "B"]
    assert [each for each in events if isinstance(each, OrderReported)] == []


def test_a_child_that_its_venue_has_is_acknowledged(silent):
    """The order goes on, and nothing is awaited any more."""
    silent.due("X")
    silent.stands(OrdStatus.NEW)
    assert silent.order().children[0].status is OrdStatus.NEW
    assert silent.state.child_deadlines == {}
    assert silent.venues_of("X") == ["A"]


def test_a_status_tells_of_a_fill(silent):
    """What is filled there is booked."""
    silent.due("X")
    events = silent.stands(OrdStatus.PARTIALLY_FILLED, 40, 10)
    assert told(events) == ["TRADE PARTIALLY_FILLED X 40/60"]


def test_a_status_that_nobody_has_asked_for_changes_nothing(silent):
    """As before: only a timer or a reconciliation has an answer taken as one."""
    assert kinds(silent.unknown()) == ["OrderStatusCompared"]
    assert silent.order().children[0].is_open


def test_a_status_of_an_earlier_connection_changes_nothing(silent):
    """It answers no question of now."""
    silent.due("X")
    silent.unknown(poss_dup=True)
    assert silent.order().children[0].is_open


def test_a_late_acknowledgment_is_booked_and_stays_a_timeout(silent):
    """A child counts once."""
    silent.due("X")
    silent.ack()
    assert silent.order().children[0].status is OrdStatus.NEW
    assert (silent.record.failures, len(silent.record.outcomes)) == (1, 1)


def test_a_venue_that_stays_silent_is_asked_three_times(silent):
    """Then it is told that nothing came, and the child stays as it is."""
    found = []
    for _ in range(5):
        found += silent.due("X")
        silent.pass_time(2)
    attempts = [(e.attempt, e.again_at) for e in found if isinstance(e, ChildUnanswered)]
    times = [NOW + seconds * SECOND for seconds in (4, 6, 8)]
    assert attempts == [*enumerate(times, 1), (4, None)]
    assert sum(isinstance(each, ChildStatusRequested) for each in found) == 3
    assert next_at(silent.state) is None
    assert silent.order().children[0].is_open
    assert silent.record.failures == 1


def test_what_a_venue_says_after_all_still_holds(silent):
    """Asked often enough, it may answer later."""
    for _ in range(4):
        silent.due("X")
        silent.pass_time(2)
    silent.unknown()
    assert silent.venues_of("X") == ["A", "B"]


def test_a_client_can_cancel_what_is_not_answered(silent):
    """A venue that does not know the order leaves nothing to cancel."""
    silent.due("X")
    silent.cancel()
    assert told(silent.unknown()) == ["CANCELED CANCELED Y 0/0"]


def test_a_child_may_be_unknown_because_it_is_replaced(silent):
    """While a replace is pending nothing is concluded."""
    silent.due("X")
    silent.replace(structs.replace(silent.order().terms, order_qty=Decimal(90)))
    silent.unknown()
    assert silent.order().children[0].is_open


@pytest.mark.parametrize("gone", [True, False])
def test_a_timer_waits_while_its_venue_hears_of_nothing(silent, gone):
    """It is not connected, or is asked about all there is."""
    silent.do(cmd.SessionLoggedOut("A"))
    if not gone:
        silent.log_on()
    assert silent.due("X") == []


def test_timeouts_suspend_a_venue():
    """The breaker counts them like rejects."""
    desk = WatchedDesk(no_answer_seconds=2, breaker=BREAKER)
    desk.answer(False)
    names = [desk.send() for _ in range(3)]
    desk.pass_time(2)
    found = [kinds(desk.due(each)) for each in names]
    assert found[1:] == [
        ["ChildUnanswered", "ChildStatusRequested"],
        ["ChildUnanswered", "ChildStatusRequested", "VenueSuspended"],
    ]


def test_a_probe_without_an_answer_suspends_again():
    """A venue that is silent is not well yet."""
    desk = WatchedDesk(no_answer_seconds=2, breaker=BREAKER).suspended()
    desk.pass_time(30)
    probe = desk.send()
    desk.pass_time(2)
    assert kinds(desk.due(probe))[-1] == "VenueSuspended"
    assert desk.record.suspended_until == desk.now + 30 * SECOND


def test_a_lost_probe_is_timed_where_nothing_else_is():
    """It has as long as the venue was suspended for; other orders there are not timed."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    assert next_at(desk.state) is None
    desk.pass_time(30)
    probe = desk.send()
    assert next_at(desk.state) == desk.now + 30 * SECOND
    assert difference(written_and_read(desk.state), desk.state) is None
    desk.pass_time(30)
    expected = ["ChildUnanswered", "ChildStatusRequested", "VenueSuspended"]
    assert kinds(desk.due(probe)) == expected
    desk.pass_time(30)
    assert kinds(desk.due(probe)) == expected[:2]
    again = desk.send()
    assert desk.venues_of(again) == ["A"]
    desk.ack(cl_ord_id=again)
    assert (desk.record.suspended_until, desk.record.probe) == (None, "")
    desk.send()
    assert list(desk.state.child_deadlines) == [desk.order(probe).children[0].child_id]


def test_a_client_that_has_direct_access_hears_what_its_venue_does_not_know():
    """Its order is closed as in a reconciliation."""
    desk = WatchedDesk()
    agreement = ClientAgreement(session="CLIENT", acknowledge=Acknowledge.ON_VENUE)
    venues = (VenueTerms(session="A", no_answer_seconds=2),)
    rules = Rules("rules-3", (), (TO_A,), (agreement,), venues=venues)
    desk.do(cmd.LoadRules(rules, "tester"))
    desk.new()
    desk.pass_time(2)
    desk.due("X")
    assert told(desk.unknown()) == ["CANCELED CANCELED X 0/0"]


# --- no fill ------------------------------------------------------------------------------------


def test_a_child_without_a_fill_is_called_back(unfilled):
    """What it gives back goes to the venue that has not had its chance."""
    order = unfilled.order()
    child = order.children[0]
    unfilled_there, cancel = unfilled.due("X")
    assert unfilled_there == ChildUnfilled(order.order_id, child.child_id, "A", True)
    assert type(cancel).__name__ == "ChildCancelRequested"
    assert unfilled.venues_of("X") == ["A"]
    assert told(unfilled.venue(ExecType.CANCELED)) == []
    assert unfilled.venues_of("X") == ["A", "B"]
    assert unfilled.order().placed_qty == 100


def test_nothing_is_called_back_a_moment_before():
    """Exactly when the time is over it is; the leg of the route says how long that is."""
    desk = WatchedDesk(TO_FILL)
    routed = next(each for each in desk.new() if type(each).__name__ == "OrderRouted")
    assert [leg.no_fill_seconds for leg in routed.legs] == [5, None]
    desk.now += 5 * SECOND - 1
    assert desk.due("X") == []
    desk.now += 1
    assert kinds(desk.due("X")) == ["ChildUnfilled", "ChildCancelRequested"]


def test_a_child_with_some_fill_is_left_alone():
    """Without a fill means: without any."""
    desk = WatchedDesk(TO_FILL)
    desk.new()
    desk.fill(1)
    desk.pass_time(5)
    assert (desk.due("X"), desk.state.child_deadlines) == ([], {})


def test_a_fill_that_comes_before_the_cancel_counts(unfilled):
    """Only the rest goes elsewhere: nothing is doubled."""
    unfilled.due("X")
    unfilled.fill(60)
    unfilled.venue(ExecType.CANCELED)
    order = unfilled.order()
    assert [child.terms.order_qty for child in order.children] == [100, 40]
    assert (order.cum_qty, order.placed_qty) == (60, 40)


def test_an_order_that_is_filled_before_the_cancel_is_done(unfilled):
    """The refusal of the cancel changes nothing."""
    unfilled.due("X")
    unfilled.fill(100)
    unfilled.refuse_request()
    assert unfilled.order().status is OrdStatus.FILLED
    assert unfilled.venues_of("X") == ["A"]


def test_a_fill_after_the_cancel_calls_back_what_is_too_much(unfilled):
    """The venue filled first, and said so last."""
    unfilled.due("X")
    unfilled.venue(ExecType.CANCELED)
    unfilled.ack(1)
    events = unfilled.fill(100)
    assert kinds(events)[-1] == "ChildCancelRequested"
    unfilled.venue(ExecType.CANCELED, 1)
    assert unfilled.order().status is OrdStatus.FILLED


def test_a_venue_that_does_not_cancel_keeps_the_child(unfilled):
    """It works on, and is not called back again and again."""
    unfilled.due("X")
    unfilled.refuse_request()
    assert unfilled.order().children[0].is_open
    assert unfilled.due("X") == []


def test_a_venue_that_did_not_fill_gets_nothing_of_the_order_any_more(unfilled):
    """Also where the next one rejects it; then the order ends, and says why."""
    unfilled.due("X")
    unfilled.venue(ExecType.CANCELED)
    events = unfilled.refuse("X", child=1)
    assert unfilled.venues_of("X") == ["A", "B"]
    reasons = {leg.venue: leg.reason for leg in events[-2].legs}
    assert reasons == {"A": "has not filled this order in time", "B": "rejected this order"}


def test_a_child_stays_where_no_other_venue_takes_it():
    """It is better placed there than nowhere."""
    desk = WatchedDesk(structs.replace(TO_A, no_fill_seconds=5))
    desk.new()
    desk.ack()
    desk.pass_time(5)
    (stays,) = desk.due("X")
    assert not stays.is_called_back
    assert desk.order().children[0].is_open
    assert desk.state.child_deadlines == {}


def test_a_child_is_answered_before_it_is_called_back():
    """Where it stands is not known until then; the timer of the fill waits for that."""
    desk = WatchedDesk(TO_FILL, no_answer_seconds=60)
    desk.new()
    desk.pass_time(5)
    assert desk.due("X") == []
    desk.ack()
    assert kinds(desk.due("X")) == ["ChildUnfilled", "ChildCancelRequested"]


@pytest.mark.parametrize(
    "happen",
    [
        lambda desk: desk.cancel(),
        lambda desk: desk.replace(structs.replace(desk.order().terms, order_qty=Decimal(90))),
        lambda desk: desk.halt(),
        lambda desk: desk.do(cmd.SessionLoggedOut("A")),
    ],
    ids=["cancel", "replace", "halt", "not connected"],
)
def test_nothing_is_called_back_while_something_else_is_under_way(unfilled, happen):
    """A request of the client's, a halt, or a venue that does not hear of it."""
    happen(unfilled)
    assert unfilled.due("X") == []


def test_a_called_back_child_is_so_after_a_restart(unfilled):
    """Its order goes elsewhere all the same."""
    unfilled.due("X")
    unfilled.state = written_and_read(unfilled.state)
    unfilled.venue(ExecType.CANCELED)
    assert unfilled.venues_of("X") == ["A", "B"]
