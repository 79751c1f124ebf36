"""What becomes of an order that an operator has closed, by what its venue says and does later."""

from decimal import Decimal

import pytest
from desk import Desk, DirectDesk, kinds, terms, told
from msgspec import structs

from oms_fix.model.commands import (
    EndTradingDay,
    OperateOrder,
    VenueExecutionReport,
    VenueMessageReject,
    VenueOrderCancelReject,
)
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, TimeInForce
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildReplaceRequested,
    ChildReported,
    ChildStatusRequested,
    VenueMessageIgnored,
)

CANCEL, FORCE_DONE = OrderOperation.CANCEL, OrderOperation.FORCE_DONE
GOES_ON = "its venue goes on with what an operator has closed"


@pytest.fixture
def desk():
    """A desk with an order X of 100 that works at venue A."""
    return Desk.working()


@pytest.fixture
def direct():
    """A desk with a direct order X of 100 that works at venue A."""
    return DirectDesk.working()


def operate(desk, operation):
    return desk.do(OperateOrder(desk.order().order_id, operation, "bob", "phoned"))


def force(desk):
    return operate(desk, FORCE_DONE)


def refusal(events):
    """The code of the refusal, which is all that there may be."""
    assert kinds(events) == ["OrderOperated"]
    return events[0].refused.partition(":")[0]


def child_of(desk):
    return desk.order().children[0]


def ids(events, kind):
    return [event.cl_ord_id for event in events if isinstance(event, kind)]


def ignored(events):
    return [event.reason for event in events if isinstance(event, VenueMessageIgnored)]


# --- what its venue does ------------------------------------------------------------------------


def asked_to_cancel(events):
    """The id that a venue is asked to cancel, which is all that it is asked."""
    (asked,) = [event for event in events if isinstance(event, ChildCancelRequested)]
    return asked.orig_cl_ord_id


@pytest.mark.parametrize("desks", ["desk", "direct"])
def test_a_venue_that_still_works_a_forced_order_is_asked_again_at_its_logon(desks, request):
    """And each time again, until it says that it has let go; nobody but operators hears of it."""
    desk = request.getfixturevalue(desks)
    force(desk)
    child = desk.order().children[0]
    for _ in range(2):
        desk.log_on_again()
        answered = desk.stands(OrdStatus.NEW)
        assert (asked_to_cancel(answered), told(answered)) == (child.cl_ord_id, [])
        assert child.forced
    desk.log_on_again()
    assert "ChildCancelRequested" not in kinds(desk.stands(OrdStatus.CANCELED))
    assert not child.forced


def test_a_venue_that_is_about_to_cancel_a_forced_order_is_not_asked_again(desk):
    """Its answer is awaited."""
    force(desk)
    desk.log_on_again()
    assert "ChildCancelRequested" not in kinds(desk.stands(OrdStatus.PENDING_CANCEL))
    assert desk.order().children[0].forced


def test_an_operator_has_a_venue_asked_again_about_a_forced_order(desk):
    """By a cancel; the order itself has ended, and its client hears nothing."""
    force(desk)
    events = operate(desk, CANCEL)
    assert kinds(events) == ["OrderOperated", "ChildCancelRequested", "ChildForced"]
    assert not events[0].refused
    desk.venue(ExecType.CANCELED)
    assert refusal(operate(desk, CANCEL)) == "TOO_LATE"


@pytest.mark.parametrize(
    ("ord_status", "reason"),
    [
        (OrdStatus.NEW, "its venue goes on with what an operator has closed"),
        (None, "its venue goes on with what an operator has closed"),
        (OrdStatus.FILLED, "no such request is pending"),
    ],
)
@pytest.mark.parametrize("desks", ["desk", "direct"])
def test_a_venue_that_does_not_cancel_a_forced_order_is_told_apart(
    desks, ord_status, reason, request
):
    """Operators have to see to one that goes on; one that is over will be heard of."""
    desk = request.getfixturevalue(desks)
    asked = force(desk)
    (cancel,) = [event for event in asked if isinstance(event, ChildCancelRequested)]
    (ignored,) = desk.do(VenueOrderCancelReject("A", cancel.cl_ord_id, ord_status=ord_status))
    assert (ignored.reason, desk.order().children[0].forced) == (reason, True)


def test_a_replace_that_a_venue_makes_after_the_force_is_followed(desk):
    """Else the venue would be asked about an id that it has left."""
    desk.replace(terms(200))
    made = desk.order().children[0].request.cl_ord_id
    force(desk)
    assert told(desk.venue(ExecType.REPLACED, named=made)) == []
    assert told(desk.fill(150)) == ["TRADE DONE_FOR_DAY X 150/0"]
    assert asked_to_cancel(operate(desk, CANCEL)) == made


def test_nothing_is_asked_of_a_venue_about_a_direct_order_that_was_forced(direct):
    """Requests come too late, though what is done for the day might go on."""
    force(direct)
    assert told(direct.replace(terms(200), "Y")) == ["REQUEST_REJECTED DONE_FOR_DAY Y 0"]
    assert told(direct.cancel("Z")) == ["REQUEST_REJECTED DONE_FOR_DAY Z 0"]


def test_a_replace_of_a_direct_order_that_a_venue_makes_after_the_force_is_followed(direct):
    """Its client, to whom it was refused, hears of the fills."""
    direct.replace(terms(200))
    made = direct.order().direct.venue_ids["Y"]
    force(direct)
    quantity = {"order_qty": Decimal(200)}
    assert told(direct.say(ExecType.REPLACED, OrdStatus.NEW, "Y", "X", **quantity)) == []
    assert told(direct.trade(150, OrdStatus.PARTIALLY_FILLED)) == ["TRADE DONE_FOR_DAY X 150/0"]
    assert asked_to_cancel(operate(direct, CANCEL)) == made


def test_a_bust_of_all_that_a_forced_order_was_filled_has_operators_cancel_it_again(desk):
    """The venue may fill it once more; till then nothing is expected of it."""
    force(desk)
    desk.fill(100, exec_id="ALL")
    assert refusal(operate(desk, CANCEL)) == "TOO_LATE"
    desk.log_on_again()
    assert not desk.state.unsettled_children
    desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="ALL")
    assert asked_to_cancel(operate(desk, CANCEL)) == desk.order().children[0].cl_ord_id


@pytest.mark.parametrize(
    ("exec_type", "ord_status"),
    [
        (ExecType.STOPPED, OrdStatus.STOPPED),
        (ExecType.SUSPENDED, OrdStatus.SUSPENDED),
        (ExecType.CALCULATED, OrdStatus.CALCULATED),
        (ExecType.NEW, OrdStatus.NEW),
    ],
)
def test_what_else_is_said_of_a_direct_order_that_was_forced_is_not_told(
    direct, exec_type, ord_status
):
    """It has ended for its client."""
    force(direct)
    assert told(direct.say(exec_type, ord_status)) == []
    assert direct.order().children[0].forced


# --- what was filled before ---------------------------------------------------------------------


def test_what_is_filled_and_opened_by_a_bust_is_an_order_like_any_other(desk):
    """Force-done has answered what was pending; the order itself had ended by its venue's word."""
    desk.cancel("Y")
    desk.fill(100, exec_id="ALL")
    assert told(force(desk)) == ["REQUEST_REJECTED FILLED Y 0"]
    bust = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="ALL")
    assert told(bust) == ["TRADE_CANCEL NEW X 0/100"]
    desk.cancel("Z")
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED NEW Z 2"]
    desk.log_on_again()
    assert not ids(desk.stands(OrdStatus.NEW), ChildCancelRequested)


def test_a_replace_of_what_is_filled_is_called_back_if_the_venue_makes_it_after_the_force(desk):
    """Its client was told that it comes too late."""
    desk.replace(terms(150))
    made = child_of(desk).request.cl_ord_id
    desk.fill(100)
    assert told(force(desk)) == ["REQUEST_REJECTED FILLED Y 0"]
    replaced = desk.venue(ExecType.REPLACED, named=made)
    (cancel,) = [event for event in replaced if isinstance(event, ChildCancelRequested)]
    assert cancel.orig_cl_ord_id == made


# --- how it ends --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exec_type",
    [ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY],
)
@pytest.mark.parametrize("desks", ["desk", "direct"])
def test_it_is_over_once_its_venue_has_ended_it_in_whatever_way(desks, exec_type, request):
    """The client hears nothing of it: it was told how its order has ended."""
    desk = request.getfixturevalue(desks)
    force(desk)
    assert told(desk.venue(exec_type)) == []
    assert (child_of(desk).forced, desk.order().is_over) == (False, True)


def test_done_for_the_day_is_no_end_of_an_order_of_several_days():
    """Its venue goes on tomorrow with what is canceled here."""
    desk = Desk()
    desk.new(order_terms=terms(time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    desk.ack()
    force(desk)
    desk.venue(ExecType.DONE_FOR_DAY)
    assert (child_of(desk).forced, desk.order().is_over) == (True, False)


@pytest.mark.parametrize("ord_status", [OrdStatus.CANCELED, OrdStatus.REJECTED])
def test_a_venue_that_refuses_since_it_has_ended_has_said_so(desk, ord_status):
    """By the OrdStatus(39) of its OrderCancelReject(9)."""
    (cancel,) = ids(force(desk), ChildCancelRequested)
    refused = desk.do(VenueOrderCancelReject("A", cancel, ord_status=ord_status))
    assert (ignored(refused), child_of(desk).forced) == ([], False)


def test_a_part_that_its_venue_declined_unheard_is_not_waited_for(desk):
    """Filled with 60 of 100 is all there is: it is asked about no more, and forgotten in time."""
    force(desk)
    desk.log_on_again()
    desk.stands(OrdStatus.FILLED, 60, 10)
    assert desk.order().is_over
    for day in ("2026-11-23", "2026-11-24"):
        desk.do(EndTradingDay(day))
    assert not desk.state.orders


def test_a_venue_that_knows_none_by_the_old_id_may_work_it_by_a_replace(desk):
    """It refuses our cancel as of no order: that is no end while a replace may have been made."""
    desk.replace(terms(150))
    made = child_of(desk).request.cl_ord_id
    (cancel,) = ids(force(desk), ChildCancelRequested)
    refused = desk.do(VenueOrderCancelReject("A", cancel, ord_status=OrdStatus.REJECTED))
    assert (ignored(refused), child_of(desk).forced) == ([GOES_ON], True)
    desk.venue(ExecType.REPLACED, named=made)
    assert told(desk.fill(150)) == ["TRADE DONE_FOR_DAY X 150/0"]


def test_the_first_of_two_replaces_of_a_direct_order_may_be_made(direct):
    """The quantity is that of the report: the venue still works what it has more."""
    direct.replace(terms(200), "Y")
    direct.replace(terms(300), "Z", "Y")
    force(direct)
    direct.say(ExecType.REPLACED, OrdStatus.NEW, "Y", "X", order_qty=Decimal(200))
    direct.trade(100, OrdStatus.PARTIALLY_FILLED)
    assert not direct.order().is_over
    assert ids(operate(direct, CANCEL), ChildCancelRequested)


def test_a_venue_is_asked_to_cancel_what_an_operator_busts_after_the_force(desk):
    """It may fill it again, and nobody wants that."""
    force(desk)
    desk.fill(100, exec_id="ALL")
    order_id = desk.order().order_id
    bust = desk.do(OperateOrder(order_id, OrderOperation.BUST, "bob", "phoned", "ALL"))
    assert asked_to_cancel(bust) == child_of(desk).cl_ord_id
    assert not desk.order().is_over


@pytest.mark.parametrize("desks", ["desk", "direct"])
def test_a_fill_is_corrected_up_to_what_its_venue_has_after_the_force(desks, request):
    """That is more than the client has ordered, if the venue has made a replace meanwhile."""
    desk = request.getfixturevalue(desks)
    (made,) = ids(desk.replace(terms(200)), ChildReplaceRequested)
    force(desk)
    desk.venue(ExecType.REPLACED, named=made, order_qty=Decimal(200))
    desk.fill(120, exec_id="E1", named=made)
    correct = OperateOrder(desk.order().order_id, OrderOperation.CORRECT, "bob", "phoned", "E1")
    more = structs.replace(correct, quantity=Decimal(201))
    assert refusal(desk.do(more)) == "INVALID_CORRECTION"
    done = structs.replace(correct, quantity=Decimal(200))
    assert told(desk.do(done)) == ["TRADE_CORRECT DONE_FOR_DAY X 200/0"]


def test_that_a_request_is_rejected_is_no_end(desk):
    """Rejected(8) that names a replace is about the replace."""
    desk.replace(terms(150))
    replace = child_of(desk).request.cl_ord_id
    force(desk)
    desk.venue(ExecType.REJECTED, named=replace)
    assert child_of(desk).forced


# --- alarms -------------------------------------------------------------------------------------


def test_a_refused_replace_is_no_alarm(desk):
    """It was not to be made any more."""
    desk.replace(terms(150))
    replace = child_of(desk).request.cl_ord_id
    force(desk)
    refused = desk.do(VenueOrderCancelReject("A", replace, ord_status=OrdStatus.NEW))
    assert ignored(refused) == ["no such request is pending"]


def test_a_cancel_that_is_refused_as_the_second_one_is_no_alarm(desk):
    """The venue is about to cancel."""
    (cancel,) = ids(force(desk), ChildCancelRequested)
    pending = OrdStatus.PENDING_CANCEL
    refused = desk.do(VenueOrderCancelReject("A", cancel, ord_status=pending))
    assert ignored(refused) == ["no such request is pending"]


def test_a_cancel_that_its_venue_cannot_read_is_an_alarm(desk):
    """Whatever the message type by which it says so."""
    (cancel,) = ids(force(desk), ChildCancelRequested)
    reject = VenueMessageReject("A", 7, ref_msg_type="F", cl_ord_id=cancel, text="not understood")
    assert ignored(desk.do(reject)) == [GOES_ON]


def test_a_fill_that_a_status_tells_of_is_an_alarm(desk):
    """As one is that is reported."""
    force(desk)
    desk.log_on_again()
    events = desk.stands(OrdStatus.CANCELED, 30, 10)
    found = [event.discrepancy for event in events if isinstance(event, ChildReported)]
    assert found == ["filled by its venue after an operator closed it"]


# --- what it is called --------------------------------------------------------------------------


@pytest.mark.parametrize("desks", ["desk", "direct"])
def test_an_order_that_is_not_known_is_asked_about_by_the_replace_that_was_pending(desks, request):
    """The venue may have made it; that nobody heard of."""
    desk = request.getfixturevalue(desks)
    replaced = desk.replace(terms(150))
    (made,) = ids(replaced, ChildReplaceRequested)
    force(desk)
    desk.log_on_again()
    assert ids(desk.unknown(), ChildStatusRequested) == [made]
    answered = desk.stands(OrdStatus.NEW, named=made)
    (cancel,) = [event for event in answered if isinstance(event, ChildCancelRequested)]
    assert cancel.orig_cl_ord_id == made


def test_a_fill_of_a_direct_order_is_told_as_ours(direct):
    """With the client's id, and the status that it knows, whatever the venue has meanwhile."""
    direct.replace(terms(150), "Y")
    force(direct)
    made = direct.order().direct.venue_ids["Y"]
    filled = direct.fill(40, named=made, ord_status=OrdStatus.PENDING_CANCEL)
    assert told(filled) == ["TRADE DONE_FOR_DAY X 40/0"]


@pytest.mark.parametrize("cl_ord_id", ["ODD", None])
def test_an_id_or_a_quantity_that_is_none_is_not_taken(direct, cl_ord_id):
    """What is asked about it later goes by the id that was accepted last."""
    force(direct)
    child = child_of(direct)
    before = child.cl_ord_id, child.terms.order_qty
    report = VenueExecutionReport(
        session="A",
        exec_id="ODD1",
        exec_type=ExecType.REPLACED,
        ord_status=OrdStatus.NEW,
        cl_ord_id=cl_ord_id or child.cl_ord_id,
        orig_cl_ord_id=child.cl_ord_id,
        order_qty=Decimal(-5),
    )
    direct.do(report)
    assert (child.cl_ord_id, child.terms.order_qty) == before


def test_an_order_that_was_phoned_is_canceled_again_by_its_venues_id():
    """It has no ClOrdID(11), and cannot be asked about: only operators see to it."""
    desk = DirectDesk()
    desk.phone()
    (order,) = desk.state.orders.values()
    for operation in (FORCE_DONE, CANCEL):
        events = desk.do(OperateOrder(order.order_id, operation, "bob", "phoned"))
        (cancel,) = [event for event in events if isinstance(event, ChildCancelRequested)]
        assert cancel.venue_order_id == "B1"
