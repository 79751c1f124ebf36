"""Reports, requests and answers that cross, or come from venues that are not quite right."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, DirectDesk, kinds, terms, told

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus, Side, TimeInForce
from oms_fix.model.events import ChildCancelRequested
from oms_fix.model.routes import Fallback, Split, SplitLeg


@pytest.fixture
def direct():
    """Direct access, with order X of 100 new at the venue."""
    desk = DirectDesk()
    desk.new()
    desk.say(ExecType.NEW, OrdStatus.NEW)
    return desk


@pytest.fixture
def desk():
    """Order X of 100, new at venue A; if that rejects it, B is next."""
    desk = Desk([Fallback(id="all", venues=("A", "B"))])
    desk.new()
    desk.ack()
    return desk


def mass_cancel(desk, cl_ord_id="M"):
    return desk.do(cmd.OrderMassCancelRequest(CLIENT, cl_ord_id, "7"))


# --- a mass cancel meets a replace --------------------------------------------------------------


def test_a_mass_cancel_waits_for_a_replace_in_place(desk):
    """The child that is being replaced is canceled once its venue has answered the replace."""
    desk.replace(terms(120))
    assert "ChildCancelRequested" not in kinds(mass_cancel(desk))
    answered = desk.venue(ExecType.REPLACED)
    assert told(answered) == ["REPLACED NEW Y 0/120"]
    assert kinds(answered)[-1] == "ChildCancelRequested"
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


def test_a_refused_replace_is_no_refused_mass_cancel(desk):
    """The venue refuses the replace: the client hears that, and the order is taken back still."""
    desk.replace(terms(120))
    mass_cancel(desk)
    answered = desk.refuse_request()
    assert told(answered) == ["REQUEST_REJECTED NEW Y 2"]
    assert kinds(answered)[-1] == "ChildCancelRequested"
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED NEW M 2"]


def test_a_reject_of_another_request_ends_no_mass_cancel(direct):
    """The venue refuses Y twice, with a mass cancel pending: it has not answered that."""
    direct.cancel()
    direct.refuse("Y")
    mass_cancel(direct)
    assert told(direct.refuse("Y")) == []
    assert direct.order().withdrawn is not None


def test_a_mass_cancel_names_its_reason_to_the_client(direct):
    """The venue says Canceled without a word; the client is told what it was for."""
    request = next(e for e in mass_cancel(direct) if isinstance(e, ChildCancelRequested))
    canceled = direct.do(
        cmd.VenueExecutionReport(
            "A", "V9", ExecType.CANCELED, OrdStatus.CANCELED, request.cl_ord_id
        )
    )
    assert canceled[-1].report.text == "mass cancel M"


def test_an_order_by_phone_is_canceled_by_its_order_id():
    """It has no ClOrdID(11): OrderID(37) says which it is, OrigClOrdID(41) that there is none."""
    desk = DirectDesk()
    desk.do(
        cmd.VenueExecutionReport(
            session="B", exec_id="P1", exec_type=ExecType.NEW, ord_status=OrdStatus.NEW,
            cl_ord_id="", symbol="ACME", side=Side.SELL, venue_order_id="B1",
            order_qty=Decimal(50),
        )
    )  # fmt: skip
    request = next(e for e in mass_cancel(desk) if isinstance(e, ChildCancelRequested))
    assert (request.venue_order_id, request.orig_cl_ord_id) == ("B1", "NONE")


# --- ids ----------------------------------------------------------------------------------------


def test_a_report_names_the_last_accepted_id_whatever_the_venue_names(direct):
    """Y was refused; a venue that still answers Z with OrigClOrdID(41) Y is put right (D.2.c)."""
    direct.replace(terms(80), "Y", "X")
    direct.replace(terms(70), "Z", "Y")
    direct.refuse("Y")
    replaced = direct.say(ExecType.REPLACED, OrdStatus.NEW, "Z", "Y", order_qty=Decimal(70))
    report = replaced[-1].report
    assert (report.cl_ord_id, report.orig_cl_ord_id) == ("Z", "X")


def test_answers_may_come_in_any_order(direct):
    """The second replace is accepted first; the first is refused then."""
    direct.replace(terms(80), "Y", "X")
    direct.replace(terms(70), "Z", "Y")
    accepted = direct.say(ExecType.REPLACED, OrdStatus.NEW, "Z", "Y", order_qty=Decimal(70))
    assert told(accepted) == ["REPLACED NEW Z 0/70"]
    assert told(direct.refuse("Y")) == ["REQUEST_REJECTED NEW Y 2"]
    order = direct.order()
    assert (order.cl_ord_id, order.terms.order_qty, order.passed_on) == ("Z", 70, {})


def test_a_filled_order_that_is_being_raised_outlives_the_day(direct):
    """The venue has yet to say whether it goes on (matrix C.1.c): its fills must find it."""
    direct.trade(100, OrdStatus.FILLED)
    direct.replace(terms(120))
    for day in ("2026-11-23", "2026-11-24"):  # what is over is forgotten with the second
        direct.do(cmd.EndTradingDay(day))
    raised = direct.say(ExecType.REPLACED, OrdStatus.PARTIALLY_FILLED, "Y", "X")
    assert told(raised) == ["REPLACED PARTIALLY_FILLED Y 100/20"]
    assert told(direct.trade(20, OrdStatus.FILLED, "Y")) == ["TRADE FILLED Y 120/0"]


# --- reports that do not fit --------------------------------------------------------------------


@pytest.mark.parametrize("ends", [ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED])
def test_a_restatement_after_the_end_opens_nothing(direct, ends):
    """The venue restates an order that it has ended: the client hears it, and it stays ended."""
    direct.say(ends, OrdStatus(ends.value))
    restated = direct.say(
        ExecType.RESTATED, OrdStatus.NEW, order_qty=Decimal(90), exec_restatement_reason=4
    )
    status = OrdStatus(ends.value).name
    assert told(restated) == [f"RESTATED {status} X 0/0"]


def test_an_order_can_be_restated_before_it_is_acknowledged():
    """A venue that takes less than was asked for may say so before New."""
    desk = DirectDesk()
    desk.new()
    restated = desk.say(
        ExecType.RESTATED, OrdStatus.NEW, order_qty=Decimal(90), exec_restatement_reason=5
    )
    assert told(restated) == ["RESTATED NEW X 0/90"]


def test_a_split_cannot_make_nothing_of_fills():
    """A corporate action that says CumQty(14) 0 of an order with fills: they stand as they are."""
    desk = DirectDesk()
    desk.new(order_terms=terms(100, time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    desk.trade(40, OrdStatus.PARTIALLY_FILLED)
    restated = desk.say(
        ExecType.RESTATED,
        OrdStatus.PARTIALLY_FILLED,
        cum_qty=0,
        order_qty=Decimal(200),
        exec_restatement_reason=0,
    )
    assert told(restated) == ["RESTATED PARTIALLY_FILLED X 40/160"]


def test_a_split_makes_no_fills_of_nothing(direct):
    """A corporate action that says CumQty(14) of an order without fills: there are none still."""
    restated = direct.say(
        ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED, cum_qty=40, exec_restatement_reason=0
    )
    assert told(restated) == ["RESTATED NEW X 0/100"]
    assert direct.state.positions == {}


def test_a_split_in_thirds_keeps_the_sums():
    """Four for three: what the executions come to is CumQty(14) to the last digit."""
    desk = DirectDesk()
    desk.new()
    for _ in range(3):
        desk.trade(1, OrdStatus.PARTIALLY_FILLED)
    desk.say(ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED, cum_qty=4, exec_restatement_reason=0)
    order = desk.order()
    done = [each.quantity for each in order.children[0].executions.values()]
    assert sum(done) == order.cum_qty == 4


@pytest.mark.parametrize(
    ("exec_type", "told_status", "expected"),
    [
        (ExecType.CANCELED, OrdStatus.NEW, "CANCELED CANCELED X 0/0"),
        (ExecType.EXPIRED, OrdStatus.CANCELED, "EXPIRED EXPIRED X 0/0"),
        (ExecType.NEW, OrdStatus.CANCELED, "NEW NEW X 0/100"),
    ],
)
def test_a_status_that_the_report_belies_is_put_right(direct, exec_type, told_status, expected):
    """An order that has ended is not told as open, nor one that is open as ended."""
    assert told(direct.say(exec_type, told_status)) == [expected]


def test_a_fill_while_a_cancel_is_pending_is_told_as_pending(direct):
    """A venue that says Partially Filled has forgotten its own Pending Cancel (matrix B.1.b)."""
    direct.cancel()
    pending = direct.say(ExecType.PENDING_CANCEL, OrdStatus.NEW, "Y", "X")
    assert told(pending) == ["PENDING_CANCEL PENDING_CANCEL Y 0/100"]
    fill = direct.trade(30, OrdStatus.PARTIALLY_FILLED)
    assert told(fill) == ["TRADE PENDING_CANCEL X 30/70"]


def test_a_filled_order_may_be_done_for_the_day(direct):
    """Done For Day ranks above Filled; the client hears of it."""
    direct.trade(100, OrdStatus.FILLED)
    done = direct.say(ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY)
    assert told(done) == ["DONE_FOR_DAY DONE_FOR_DAY X 100/0"]


def test_triggered_changes_no_quantity(direct):
    """What it repeats of the last fill is neither booked nor told as one."""
    triggered = direct.say(ExecType.TRIGGERED, OrdStatus.NEW, last_qty=Decimal(10))
    assert told(triggered) == ["TRIGGERED NEW X 0/100"]
    assert triggered[-1].report.last_qty is None


# --- rejects that are none of the order ---------------------------------------------------------


def test_a_rejected_report_under_a_requests_id_refuses_the_request(desk):
    """Some venues refuse a cancel by ExecutionReport(8) with the order's status: it works on."""
    desk.cancel()
    request = desk.order().children[0].request
    answered = desk.do(
        cmd.VenueExecutionReport("A", "R1", ExecType.REJECTED, OrdStatus.NEW, request.cl_ord_id)
    )
    assert told(answered) == ["REQUEST_REJECTED NEW Y 2"]
    assert desk.order().is_open


def test_a_duplicate_is_rejected_and_the_order_lives(desk):
    """Rejected with the status of the order that is there: that order goes on (matrix F.1.a)."""
    answered = desk.venue(ExecType.REJECTED, ord_status=OrdStatus.PARTIALLY_FILLED)
    assert kinds(answered) == ["VenueMessageIgnored"]
    assert desk.order().is_open


# --- a bust meets a replace ---------------------------------------------------------------------


def test_a_replace_that_was_given_up_is_made_all_the_same(desk):
    """Refused as too late, then a bust makes room for it: what works by it is called back."""
    desk.replace(terms(50, 11))
    desk.fill(100, exec_id="FILL")
    desk.log_on_again()
    desk.stands(OrdStatus.FILLED, 100, 10)
    desk.do(cmd.VenueStatusOverdue("A"))
    assert told(desk.stands(OrdStatus.FILLED, 100, 10)) == ["REQUEST_REJECTED FILLED Y 0"]
    desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="FILL")
    child = desk.order().children[0]
    made = desk.venue(ExecType.REPLACED, named=child.given_up.cl_ord_id)
    assert told(made) == []
    [call_back] = [event for event in made if isinstance(event, ChildCancelRequested)]
    assert (call_back.orig_cl_ord_id, call_back.terms.order_qty) == (child.cl_ord_id, Decimal(50))
    assert child.cl_ord_id != child.child_id
    assert "ChildPlaced" in kinds(desk.venue(ExecType.CANCELED))
    assert desk.order().placed_qty == desk.order().leaves_qty == Decimal(100)


@pytest.fixture
def opened_again():
    """Order X of 100, being replaced to 50 by A, with 30 of 60 filled; B has busted its 40."""
    desk = Desk([Split(id="both", legs=(SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40))))])
    desk.new()
    desk.ack()
    desk.ack(child=1)
    desk.fill(40, child=1, exec_id="FILL")
    desk.replace(terms(50))
    desk.fill(30)
    desk.venue(ExecType.TRADE_CANCEL, child=1, exec_ref_id="FILL")
    return desk


def test_what_a_bust_opens_is_called_back_before_a_smaller_quantity_is_told(opened_again):
    """The client hears Replaced when what is at the venues fits into what it asked for."""
    answered = opened_again.venue(ExecType.REPLACED)
    assert told(answered) == []
    assert kinds(answered)[-1] == "ChildCancelRequested"
    answered = opened_again.venue(ExecType.CANCELED, child=1)
    assert told(answered) == ["REPLACED PARTIALLY_FILLED Y 30/20"]
    assert opened_again.order("Y").placed_qty == Decimal(20)


def test_what_a_venue_does_not_give_back_stays_part_of_the_order(opened_again):
    """It may still be filled: Replaced tells so, and CumQty(14) never exceeds OrderQty(38)."""
    opened_again.venue(ExecType.REPLACED)
    assert told(opened_again.refuse_request(child=1)) == ["REPLACED PARTIALLY_FILLED Y 30/40"]
    assert told(opened_again.fill(40, child=1)) == ["TRADE FILLED Y 70/0"]
