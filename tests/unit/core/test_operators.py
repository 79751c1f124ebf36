"""Operators intervene in orders; the client hears of it as of anything it did not ask for."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, DirectDesk, kinds, terms, told

from oms_fix.model.commands import (
    EndTradingDay,
    EnterOrder,
    OperateOrder,
    OrderMassCancelRequest,
)
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, TimeInForce
from oms_fix.model.events import (
    ChildReported,
    ChildStatusRequested,
    OrderReported,
    VenueMessageIgnored,
)
from oms_fix.model.operations import OrderOperated
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.routes import Split, SplitLeg

CANCEL, FORCE_DONE = OrderOperation.CANCEL, OrderOperation.FORCE_DONE
BUST, CORRECT = OrderOperation.BUST, OrderOperation.CORRECT
TEXT = "OPERATOR: by an operator of the router reason='phoned'"


@pytest.fixture
def desk():
    """A desk with an order X of 100 that works at venue A."""
    return Desk.working()


@pytest.fixture
def direct():
    """A desk with a direct order X of 100 that works at venue A."""
    return DirectDesk.working()


def operate(desk, operation, cl_ord_id="X", reason="phoned", **more):
    order_id = desk.order(cl_ord_id).order_id
    return desk.do(OperateOrder(order_id, operation, "bob", reason, **more))


def enter(desk, order_terms=None, cl_ord_id=""):
    return desk.do(EnterOrder(CLIENT, cl_ord_id, order_terms or terms(), "bob", "phoned"))


def reports(events):
    return [event.report for event in events if isinstance(event, OrderReported)]


def refusal(events):
    """The code of the refusal, which is all that there may be."""
    assert kinds(events) == ["OrderOperated"]
    return events[0].refused.partition(":")[0]


# --- cancel -------------------------------------------------------------------------------------


def test_a_cancel_is_told_when_the_venue_has_answered(desk):
    """Until then the client hears nothing; then Canceled, unsolicited, with code and reason."""
    asked = operate(desk, CANCEL)
    assert kinds(asked) == ["OrderOperated", "OrderWithdrawn", "ChildCancelRequested"]
    assert asked[0] == OrderOperated(desk.order().order_id, CANCEL, "bob", "phoned")
    answered = desk.venue(ExecType.CANCELED)
    assert told(answered) == ["CANCELED CANCELED X 0/0"]
    (report,) = reports(answered)
    assert (report.orig_cl_ord_id, report.text, report.exec_restatement_reason) == (None, TEXT, 4)


def test_a_second_cancel_is_refused_while_the_first_is_pending(desk):
    """As is one of an order that the client has asked to cancel."""
    operate(desk, CANCEL)
    assert refusal(operate(desk, CANCEL)) == "ALREADY_PENDING"
    desk.new("Z")
    desk.cancel("Z2", "Z")
    assert refusal(operate(desk, CANCEL, "Z")) == "ALREADY_PENDING"


def test_after_a_refused_cancel_the_order_works_on(desk):
    """The client hears nothing of it; an operator may try again."""
    operate(desk, CANCEL)
    assert told(desk.refuse_request()) == []
    assert told(desk.fill(40)) == ["TRADE PARTIALLY_FILLED X 40/60"]
    assert kinds(operate(desk, CANCEL))[1:] == ["OrderWithdrawn", "ChildCancelRequested"]


@pytest.mark.parametrize("operation", [CANCEL, FORCE_DONE])
def test_a_closed_order_is_left_alone(desk, operation):
    """There is nothing to cancel of an order that is filled."""
    desk.fill(100)
    assert refusal(operate(desk, operation)) == "TOO_LATE"


def test_an_order_that_is_not_known_is_refused(desk):
    """The attempt is on record all the same."""
    events = desk.do(OperateOrder("NOWHERE", CANCEL, "bob", "phoned"))
    assert refusal(events) == "UNKNOWN_ORDER"
    assert (events[0].operator, events[0].reason) == ("bob", "phoned")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "caf\u00e9", "x" * 201])
def test_a_reason_is_required(desk, reason):
    """One that can be told by FIX: printable ASCII."""
    assert refusal(operate(desk, CANCEL, reason=reason)) == "NO_REASON"


def test_a_direct_order_is_canceled_by_its_venue(direct):
    """The client hears the venue's Canceled, under its own ClOrdID(11), with code and reason."""
    operate(direct, CANCEL)
    assert refusal(operate(direct, CANCEL)) == "ALREADY_PENDING"
    child = direct.order().children[0]
    answered = direct.venue(ExecType.CANCELED, cl_ord_id="X", ord_status=OrdStatus.CANCELED)
    assert told(answered) == ["CANCELED CANCELED X 0/0"]
    (report,) = reports(answered)
    assert (report.orig_cl_ord_id, report.text, report.exec_restatement_reason) == (None, TEXT, 4)
    assert child.status is OrdStatus.CANCELED


# --- force-done ---------------------------------------------------------------------------------


def test_a_day_order_is_forced_to_done_for_day(desk):
    """At once, whatever is filled stays; the venue gets a cancel for when it is back."""
    desk.fill(40)
    events = operate(desk, FORCE_DONE)
    assert told(events) == ["DONE_FOR_DAY DONE_FOR_DAY X 40/0"]
    assert reports(events)[0].text == TEXT
    assert reports(events)[0].exec_restatement_reason is None
    assert "ChildCancelRequested" in kinds(events)
    assert refusal(operate(desk, FORCE_DONE)) == "TOO_LATE"


def test_an_order_of_several_days_is_forced_to_canceled(desk):
    """Done for the day it would go on tomorrow."""
    desk.new("Z", terms(time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    events = operate(desk, FORCE_DONE, "Z")
    assert told(events) == ["CANCELED CANCELED Z 0/0"]
    assert reports(events)[0].exec_restatement_reason == 4


def test_a_pending_cancel_is_answered_by_the_force(desk):
    """Solicited, so it names both ids, and no reason of our own."""
    desk.cancel("Y")
    events = operate(desk, FORCE_DONE)
    assert told(events) == ["CANCELED CANCELED Y 0/0"]
    (report,) = reports(events)
    assert (report.orig_cl_ord_id, report.exec_restatement_reason) == ("X", None)


def test_a_pending_replace_is_refused_by_the_force(desk):
    """It comes too late."""
    desk.replace(terms(200))
    events = operate(desk, FORCE_DONE)
    assert told(events) == [
        "DONE_FOR_DAY DONE_FOR_DAY X 0/0",
        "REQUEST_REJECTED DONE_FOR_DAY Y 0",
    ]


def test_what_was_asked_of_a_direct_order_is_answered_by_the_force(direct):
    """Its cancel by the end, its replace as too late."""
    direct.replace(terms(200), "Y")
    direct.cancel("Z", "Y")
    assert told(operate(direct, FORCE_DONE)) == [
        "CANCELED CANCELED Z 0/0",
        "REQUEST_REJECTED CANCELED Y 0",
    ]
    assert not direct.order().passed_on


def test_a_direct_order_is_forced_to_done_for_day(direct):
    """A late fill is passed on, and the status stays."""
    assert told(operate(direct, FORCE_DONE)) == ["DONE_FOR_DAY DONE_FOR_DAY X 0/0"]
    late = direct.trade(30, OrdStatus.PARTIALLY_FILLED)
    assert told(late) == ["TRADE DONE_FOR_DAY X 30/0"]


def test_a_late_fill_counts_and_raises_an_alarm(desk):
    """The venue filled what the operator had closed: booked, told, and no ordinary report."""
    operate(desk, FORCE_DONE)
    late = desk.fill(40)
    assert told(late) == ["TRADE DONE_FOR_DAY X 40/0"]
    reported = next(event for event in late if isinstance(event, ChildReported))
    assert reported.discrepancy == "filled by its venue after an operator closed it"
    assert desk.state.positions["FUND", "ACME"].quantity == 40


def test_nothing_of_a_forced_order_is_routed_again(desk):
    """Neither when the venue cancels the child, nor when it rejects it."""
    operate(desk, FORCE_DONE)
    assert kinds(desk.venue(ExecType.CANCELED)) == ["ChildReported"]
    assert not desk.order().open_children


def test_a_venue_is_asked_about_what_was_forced(desk):
    """A fill that was lost is found at the next logon; then nothing is expected any more."""
    operate(desk, FORCE_DONE)
    child = desk.order().children[0]
    asked = desk.log_on_again()
    assert [e.child_id for e in asked if isinstance(e, ChildStatusRequested)] == [child.child_id]
    answered = desk.stands(OrdStatus.CANCELED, 25, 10)
    assert told(answered) == ["TRADE DONE_FOR_DAY X 25/0"]
    assert (child.forced, desk.state.unsettled_children) == (False, {})


def test_a_forced_order_is_kept_until_its_venue_has_told_of_it(desk):
    """However many days that takes."""
    operate(desk, FORCE_DONE)
    for day in ("2026-11-23", "2026-11-24", "2026-11-25"):
        desk.do(EndTradingDay(day))
    assert told(desk.venue(ExecType.TRADE, last_qty=Decimal(1), last_px=Decimal(9))) == [
        "TRADE DONE_FOR_DAY X 1/0"
    ]
    desk.venue(ExecType.CANCELED)
    for day in ("2026-11-26", "2026-11-27"):
        desk.do(EndTradingDay(day))
    assert not desk.state.orders


@pytest.mark.parametrize(("operation", "end"), [(CANCEL, "CANCELED"), (FORCE_DONE, "DONE_FOR_DAY")])
def test_an_order_that_waits_here_for_the_end_of_a_halt_ends_at_once(operation, end):
    """No venue has anything of it."""
    desk = Desk()
    desk.new(order_terms=terms(exec_inst="J"))
    desk.ack()
    desk.halt()
    desk.venue(ExecType.REJECTED)
    assert desk.order().rests
    assert told(operate(desk, operation)) == [f"{end} {end} X 0/0"]


# --- bust and correct ---------------------------------------------------------------------------


@pytest.mark.parametrize("desks", ["desk", "direct"])
def test_a_bust_is_told_as_the_venues(desks, request):
    """Trade Cancel of the client's execution; quantities, average price and position follow."""
    desk = request.getfixturevalue(desks)
    (filled,) = reports(desk.fill(40, 12))
    desk.fill(10, 10)
    events = operate(desk, BUST, exec_id=filled.exec_id)
    assert told(events) == ["TRADE_CANCEL PARTIALLY_FILLED X 10/90"]
    (report,) = reports(events)
    assert (report.exec_ref_id, report.avg_px, report.text) == (filled.exec_id, 10, TEXT)
    assert desk.state.positions["FUND", "ACME"].quantity == 10


def test_the_venues_own_bust_is_not_applied_twice(desk):
    """When it comes after all, its execution is gone."""
    desk.fill(40)
    operate(desk, BUST, exec_id="V2")
    late = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="V2", last_qty=Decimal(40))
    assert [type(event) for event in late] == [VenueMessageIgnored]
    assert desk.order().cum_qty == 0


def test_a_bust_opens_a_filled_order_again(desk):
    """What is not done any more is to be done."""
    desk.fill(100)
    assert told(operate(desk, BUST, exec_id="V2")) == ["TRADE_CANCEL NEW X 0/100"]


def test_a_correction_is_told_as_the_venues(desk):
    """Trade Correct with what holds now; what is not given stays."""
    (filled,) = reports(desk.fill(40, 12))
    (report,) = reports(operate(desk, CORRECT, exec_id=filled.exec_id, price=Decimal(11)))
    assert (report.exec_type, report.exec_ref_id) == (ExecType.TRADE_CORRECT, filled.exec_id)
    assert (report.last_qty, report.last_px, report.avg_px) == (40, 11, 11)


def test_the_venue_may_bust_what_an_operator_has_corrected(desk):
    """It names its own ExecID(17), which still stands for the execution."""
    desk.fill(40, 12)
    operate(desk, CORRECT, exec_id="V2", quantity=Decimal(30))
    busted = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="V2", last_qty=Decimal(0))
    assert told(busted) == ["TRADE_CANCEL NEW X 0/100"]
    assert desk.state.positions["FUND", "ACME"].quantity == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": Decimal(101)}, "INVALID_CORRECTION"),
        ({"quantity": Decimal(0)}, "INVALID_CORRECTION"),
        ({"price": Decimal(-1)}, "INVALID_CORRECTION"),
        ({"quantity": Decimal(40)}, "INVALID_CORRECTION"),
        ({"exec_id": "V99", "quantity": Decimal(1)}, "UNKNOWN_EXECUTION"),
    ],
)
def test_what_cannot_be_corrected_is_refused(desk, change, code):
    """More than was ordered, nothing at all, what is so already, or an execution of no order."""
    desk.fill(40)
    assert refusal(operate(desk, CORRECT, **({"exec_id": "V2"} | change))) == code


def test_an_exec_id_that_two_venues_use_names_none():
    """Venues' ExecID(17)s are their own; ours tells which is meant."""
    desk = Desk([Split(id="split", legs=(SplitLeg("A", Decimal(50)), SplitLeg("B", Decimal(50))))])
    desk.new()
    ours = [reports(desk.fill(10, child=child, exec_id="1"))[0].exec_id for child in (0, 1)]
    assert refusal(operate(desk, BUST, exec_id="1")) == "AMBIGUOUS"
    assert told(operate(desk, BUST, exec_id=ours[1])) == ["TRADE_CANCEL PARTIALLY_FILLED X 10/90"]


# --- enter --------------------------------------------------------------------------------------


def test_an_entered_order_is_worked_and_told_as_new(desk):
    """Checked, routed and placed like any other; without a ClOrdID(11) it has its OrderID(37)."""
    events = enter(desk)
    order_id = events[0].order_id
    assert kinds(events) == [
        "OrderCaptured",
        "OrderOperated",
        "ChecksEvaluated",
        "OrderRouted",
        "OrderReported",
        "ChildPlaced",
    ]
    assert told(events) == [f"NEW NEW {order_id} 0/100"]
    assert reports(events)[0].text == TEXT
    assert told(desk.cancel("Y", order_id)) == ["PENDING_CANCEL PENDING_CANCEL Y 0/100"]


def test_an_entered_order_has_the_clients_id_if_it_gave_one(desk):
    """Which is then used up."""
    assert told(enter(desk, cl_ord_id="P1")) == ["NEW NEW P1 0/100"]
    assert refusal(enter(desk, cl_ord_id="P1")) == "DUPLICATE_CL_ORD_ID"


@pytest.mark.parametrize(
    ("order_terms", "code"),
    [
        (terms(0), "INVALID_QUANTITY"),
        (terms(price=None, ord_type="2"), "MISSING_FIELD"),
        (terms(501), "ORDER_QTY_LIMIT"),
    ],
)
def test_what_is_refused_the_client_does_not_hear_of(order_terms, code):
    """No order comes of it; the operator gets the reason, and the attempt is on record."""
    desk = Desk(checks=(OrderQuantity(id="size", quantity_max=Decimal(500)),))
    assert refusal(enter(desk, order_terms)) == code
    assert not desk.state.orders


def test_nothing_is_entered_in_an_instrument_that_is_halted(desk):
    """As nothing is taken from a client."""
    desk.halt()
    assert refusal(enter(desk)) == "HALTED"


def test_a_direct_clients_entered_order_lives_by_the_venues_word(direct):
    """New comes from the venue."""
    assert told(enter(direct, cl_ord_id="P1")) == []
    assert told(direct.say(ExecType.NEW, OrdStatus.NEW, "P1")) == ["NEW NEW P1 0/100"]


def test_a_mass_cancel_is_answered_though_an_operator_cancels_too(desk):
    """The venue lets go of the order for neither: the client hears so of its own request."""
    desk.do(OrderMassCancelRequest(CLIENT, "M", "7"))
    operate(desk, CANCEL)
    assert "REQUEST_REJECTED NEW M 2" in told(desk.refuse_request())


def test_an_order_that_a_mass_cancel_takes_back_is_forced_to_canceled(desk):
    """The client wanted it canceled."""
    desk.do(OrderMassCancelRequest(CLIENT, "M", "7"))
    assert told(operate(desk, FORCE_DONE)) == ["CANCELED CANCELED X 0/0"]


def test_a_venue_that_has_our_cancel_of_a_direct_order_is_not_asked_again(direct):
    """Else it would refuse the second one, and the client be told so of what is canceled."""
    operate(direct, CANCEL)
    taken_back = direct.do(OrderMassCancelRequest(CLIENT, "M", "7"))
    assert kinds(taken_back) == ["MassCancelReported", "OrderWithdrawn"]


def test_the_end_of_a_direct_order_that_was_forced_is_told_once(direct):
    """What the venue says of the cancel and of the end later is on record, no more."""
    direct.cancel()
    assert told(operate(direct, FORCE_DONE)) == ["CANCELED CANCELED Y 0/0"]
    pending = direct.say(ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL, "Y", "X")
    canceled = direct.say(ExecType.CANCELED, OrdStatus.CANCELED, "Y", "X")
    assert kinds(pending + canceled) == ["ChildReported", "ChildReported"]
    assert direct.order().is_over
