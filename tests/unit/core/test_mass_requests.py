"""Mass cancel and mass status: what they reach, and what the client hears."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, kinds, terms, told

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, Side
from oms_fix.model.events import MassCancelReported, OrderAnswered
from oms_fix.model.routes import Fallback


@pytest.fixture
def desk():
    """A desk with an order to buy, X, and one to sell, S."""
    desk = Desk([Fallback(id="all", venues=("A", "B"))])
    desk.new("X")
    desk.new("S", terms(50, side=Side.SELL))
    return desk


def mass_cancel(desk, request_type="7", **changes):
    return desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", request_type, **changes))


def test_a_mass_cancel_is_taken_on_before_the_venues_answer(desk):
    """The report says how many orders it concerns; each hears for itself when its venue answers."""
    events = mass_cancel(desk)
    reported = events[0]
    assert isinstance(reported, MassCancelReported)
    assert (reported.response, reported.affected) == ("7", 2)
    assert kinds(events)[1:] == ["OrderWithdrawn", "ChildCancelRequested"] * 2
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED X 0/0"]
    assert told(desk.venue(ExecType.CANCELED, cl_ord_id="S")) == ["CANCELED CANCELED S 0/0"]


def test_the_id_of_a_mass_cancel_is_used_up(desk):
    """A later request under its ClOrdID(11) is a duplicate."""
    mass_cancel(desk)
    assert told(desk.cancel("M")) == ["REQUEST_REJECTED NEW M 6"]


def test_what_a_mass_cancel_took_back_is_not_routed_again(desk):
    """A child that the venue rejects meanwhile goes to no other venue: the order ends."""
    mass_cancel(desk)
    events = desk.venue(ExecType.REJECTED)
    assert "ChildPlaced" not in kinds(events)
    assert told(events) == ["REJECTED REJECTED X 0/0"]


def test_a_mass_cancel_can_be_for_one_side(desk):
    """With Side(54) only the orders of that side are taken back."""
    events = mass_cancel(desk, side=Side.SELL)
    assert events[0].affected == 1
    assert events[1].order_id == desk.order("S").order_id


def test_an_order_that_the_venue_does_not_let_go_is_answered_for(desk):
    """OrderCancelReject(9) with the ClOrdID(11) of the mass cancel; the order works on."""
    mass_cancel(desk)
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED NEW M 2"]
    assert told(desk.fill(100)) == ["TRADE FILLED X 100/0"]


def test_a_second_mass_cancel_is_refused_for_what_the_first_takes_back(desk):
    """CxlRejReason(102) 3 at once; what the venue says to the first is told under its id."""
    mass_cancel(desk, side=Side.SELL)
    second = desk.do(cmd.OrderMassCancelRequest(CLIENT, "N", "7"))
    assert (second[0].affected, told(second)) == (2, ["REQUEST_REJECTED NEW N 3"])
    assert told(desk.refuse_request(cl_ord_id="S")) == ["REQUEST_REJECTED NEW M 2"]
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED NEW N 2"]


@pytest.mark.parametrize(
    ("request_type", "symbol", "reason"),
    [("1", None, 1), ("1", "NONE", 1), ("5", None, 5), ("3", None, 0)],
)
def test_a_mass_cancel_that_names_nothing_is_refused(desk, request_type, symbol, reason):
    """MassCancelRejectReason(532) says what is unknown or not supported; no order is touched."""
    events = mass_cancel(desk, request_type, symbol=symbol)
    assert kinds(events) == ["MassCancelReported"]
    assert (events[0].response, events[0].reject_reason) == ("0", reason)


def test_a_mass_cancel_knows_a_security_by_its_orders():
    """Where no check asks for it, an instrument need not be in the file."""
    desk = Desk()
    desk.new(order_terms=terms(symbol="ELSE"))
    assert mass_cancel(desk, "1", symbol="ELSE")[0].affected == 1


@pytest.mark.parametrize(("action", "reason"), [("1", 0), ("2", 0), ("3", None)])
def test_a_mass_action_cancels_and_does_nothing_else(desk, action, reason):
    """Suspending and releasing many orders is refused, MassActionRejectReason(1376) 0."""
    reported = mass_cancel(desk, action=action)[0]
    assert (reported.action, reported.reject_reason) == (action, reason)


def test_a_mass_cancel_under_a_used_id_is_refused(desk):
    """ClOrdID(11) is unique among orders and mass cancels (FIX 4.4, message q)."""
    events = desk.do(cmd.OrderMassCancelRequest(CLIENT, "X", "7"))
    assert (events[0].response, events[0].reject_reason) == ("0", 99)


def test_another_clients_orders_are_not_reached(desk):
    """All is all of this session's."""
    events = desk.do(cmd.OrderMassCancelRequest("OTHER", "M", "7"))
    assert (kinds(events), events[0].affected) == (["MassCancelReported"], 0)


def test_mass_status_reports_each_open_order(desk):
    """One report an order, numbered, the last one marked."""
    desk.fill(100)
    desk.new("T")
    events = desk.do(cmd.OrderMassStatusRequest(CLIENT, "Q1", "7"))
    answers = [event.report for event in events if isinstance(event, OrderAnswered)]
    assert [(r.cl_ord_id, r.tot_num_reports, r.is_last_report) for r in answers] == [
        ("S", 2, False),
        ("T", 2, True),
    ]
    assert {r.mass_status_req_id for r in answers} == {"Q1"}


def test_mass_status_of_no_orders_says_so():
    """One report, OrdStatus(39) Rejected, TotNumReports(911) 0."""
    event = Desk().do(cmd.OrderMassStatusRequest(CLIENT, "Q1", "1", symbol="ACME"))[0]
    assert (event.report.ord_status.name, event.report.tot_num_reports) == ("REJECTED", 0)


def test_a_cash_order_is_worked_in_whole_lots():
    """CashOrderQty(152) of 1005 at a limit of 10 is 100; the venue gets a quantity."""
    desk = Desk()
    placed = desk.new(order_terms=terms(0, cash_order_qty=Decimal(1005)))[-1]
    assert (placed.terms.order_qty, placed.terms.cash_order_qty) == (100, None)
    assert desk.order().terms.cash_order_qty == 1005
