from decimal import Decimal

import pytest
from desk import CLIENT, Desk, kinds, terms, told

from oms_fix.core.orders.reconciliation import ASKED_MAX
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrderReconciliation, OrdStatus, TimeInForce
from oms_fix.model.events import (
    ChildReported,
    ChildStatusRequested,
    OrderMassStatusRequested,
    OrderReported,
    OrderStatusCompared,
    RequestRejected,
    VenueReconciled,
    VenueReconciliationOverdue,
    VenueReconciliationStarted,
)
from oms_fix.model.routes import Direct, Fallback, Split, SplitLeg
from oms_fix.model.routing import OrderRouted
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules

MASS = OrderReconciliation.MASS


@pytest.fixture
def desk():
    """A desk whose order X works at venue A, which has logged on again and been asked."""
    desk = Desk()
    desk.new()
    desk.ack()
    desk.log_on_again()
    return desk


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def differences(events):
    return [e.difference for e in of_kind(events, OrderStatusCompared) if e.difference]


def asked(events):
    return [event.cl_ord_id for event in of_kind(events, ChildStatusRequested)]


def routed(desk, cl_ord_id):
    """Send an order; return why each venue got it or not."""
    (decision,) = of_kind(desk.new(cl_ord_id), OrderRouted)
    return {leg.venue: (leg.quantity, leg.reason) for leg in decision.legs}


# --- asking -------------------------------------------------------------------------------------


def test_a_venue_without_orders_of_ours_gets_orders_at_once():
    """There is nothing to ask it."""
    desk = Desk()
    assert kinds(desk.log_on_again()) == ["SessionChanged"]
    assert routed(desk, "X")["A"] == (100, "the route's venue")


def test_a_venue_is_asked_about_each_open_order():
    """One OrderStatusRequest a child, with all that the venue may want to know it by."""
    desk = Desk()
    for cl_ord_id in ("X", "Y", "Z"):
        desk.new(cl_ord_id)
        desk.ack(0, cl_ord_id)
    desk.venue(ExecType.CANCELED, 0, "Y")
    events = desk.log_on_again()
    x, z = desk.order("X"), desk.order("Z")
    assert events[1:] == [
        VenueReconciliationStarted("A", OrderReconciliation.EACH, 2),
        *(
            ChildStatusRequested(o.order_id, o.children[0].child_id, f"{o.order_id}.1", "A", t)
            for o, t in ((x, x.children[0].terms), (z, z.children[0].terms))
        ),
    ]


def test_a_venue_gets_no_orders_until_all_is_told(desk):
    """The route decision says why; then it gets orders again."""
    assert routed(desk, "Y")["A"] == (0, "reconciling")
    events = desk.stands(OrdStatus.NEW)
    assert events[-1] == VenueReconciled("A", children=1, differences=0)
    assert routed(desk, "Z")["A"] == (100, "the route's venue")


def test_other_venues_of_the_route_get_the_orders_meanwhile():
    """A split gives the share of a venue that is reconciled to the others."""
    legs = (SplitLeg("A", Decimal(50)), SplitLeg("B", Decimal(50)))
    desk = Desk([Split(id="split", legs=legs)])
    desk.new()
    desk.log_on_again("A")
    decision = routed(desk, "Y")
    assert (decision["A"], decision["B"][0]) == ((0, "reconciling"), 100)


def test_a_session_may_be_told_not_to_ask(desk):
    """A venue that cannot answer gets orders as soon as it is logged on."""
    assert kinds(desk.log_on_again("A", OrderReconciliation.NONE)) == ["SessionChanged"] * 1
    assert routed(desk, "Y")["A"][0] == 100


def test_questions_are_paced():
    """No more than ``ASKED_MAX`` are open; each answer lets the next out, until all are told."""
    desk = Desk()
    ids = [f"X{number}" for number in range(ASKED_MAX + 2)]
    for cl_ord_id in ids:
        desk.new(cl_ord_id)
        desk.ack(0, cl_ord_id)
    assert len(asked(desk.log_on_again())) == ASKED_MAX
    first = desk.stands(OrdStatus.NEW, cl_ord_id=ids[0])
    assert asked(first) == [desk.order(ids[ASKED_MAX]).children[0].cl_ord_id]
    events = [event for each in ids[1:] for event in desk.stands(OrdStatus.NEW, cl_ord_id=each)]
    assert (len(asked(events)), events[-1]) == (1, VenueReconciled("A", len(ids), 0))


def test_what_ends_before_its_turn_is_not_asked_about():
    """A report that is resent may say all that there is to say."""
    desk = Desk()
    ids = [f"X{number}" for number in range(ASKED_MAX + 1)]
    for cl_ord_id in ids:
        desk.new(cl_ord_id)
    desk.log_on_again()
    desk.fill(100, cl_ord_id=ids[-1])
    assert asked(desk.stands(OrdStatus.NEW, cl_ord_id=ids[0])) == []


def test_clients_may_cancel_meanwhile(desk):
    """The request goes out; the status, which cannot know of it, leaves it pending."""
    assert kinds(desk.cancel())[-1] == "ChildCancelRequested"
    events = desk.stands(OrdStatus.NEW)
    assert kinds(events) == ["OrderStatusCompared", "VenueReconciled"]
    assert desk.order().children[0].request is not None
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


# --- lost fills ---------------------------------------------------------------------------------


def test_a_lost_fill_is_booked_from_the_status(desk):
    """At the price that AvgPx leads to, marked as an estimate, and told to the client as a fill."""
    desk.fill(40, 10, cum_qty=Decimal(40))
    desk.log_on_again()
    events = desk.stands(OrdStatus.PARTIALLY_FILLED, 60, avg_px="10.5")
    assert differences(events) == ["CumQty(14) is 60 at A, 40 here"]
    (child,) = of_kind(events, ChildReported)
    assert (child.exec_type, child.estimated) == (ExecType.TRADE, True)
    (report,) = [event.report for event in of_kind(events, OrderReported)]
    assert (report.last_qty, report.last_px) == (20, Decimal("11.5"))
    assert (report.cum_qty, report.avg_px) == (60, Decimal("10.5"))
    assert report.text == "known from A's order status"
    assert events[-1] == VenueReconciled("A", children=1, differences=1)


@pytest.mark.parametrize(
    ("avg_px", "price", "expected"),
    [("0", 12, 12), ("12.25", 0, "12.25"), ("0", 0, 10), ("9", 12, 9)],
    ids=["limit price", "average", "reference price", "average before limit"],
)
def test_price_of_a_lost_fill(avg_px, price, expected):
    """By the venue's average; without one by the limit; else by the reference price."""
    desk = Desk()
    desk.new("X", terms(100, price))
    desk.log_on_again()
    events = desk.stands(OrdStatus.PARTIALLY_FILLED, 30, avg_px)
    (report,) = [event.report for event in of_kind(events, OrderReported)]
    assert report.last_px == Decimal(expected)


def test_a_lost_last_fill_ends_the_order(desk):
    """The venue says Filled: so is the order, and its late report changes its price alone."""
    events = desk.stands(OrdStatus.FILLED, 100, avg_px=9)
    assert told(events) == ["TRADE FILLED X 100/0"]
    late = desk.fill(100, "8.5", cum_qty=Decimal(100), ord_status=OrdStatus.FILLED)
    assert told(late) == ["TRADE_CANCEL NEW X 0/100", "TRADE FILLED X 100/0"]
    assert (desk.order().cum_qty, desk.order().avg_px) == (100, Decimal("8.5"))
    assert desk.state.positions["FUND", "ACME"].quantity == 100


def test_late_reports_of_estimated_fills_count_once(desk):
    """Each takes its part of the estimate back; then a new fill counts as always."""
    desk.stands(OrdStatus.PARTIALLY_FILLED, 50, avg_px=10)
    first = desk.fill(20, 9, cum_qty=Decimal(20))
    assert told(first) == [
        "TRADE_CORRECT PARTIALLY_FILLED X 30/70",
        "TRADE PARTIALLY_FILLED X 50/50",
    ]
    second = desk.fill(30, 11, cum_qty=Decimal(50))
    assert told(second)[-1] == "TRADE PARTIALLY_FILLED X 50/50"
    assert [event.discrepancy for event in of_kind(first + second, ChildReported)] == [None] * 4
    assert told(desk.fill(10, 10, cum_qty=Decimal(60))) == ["TRADE PARTIALLY_FILLED X 60/40"]
    order = desk.order()
    assert (order.cum_qty, order.value) == (60, 20 * 9 + 30 * 11 + 10 * 10)
    assert len(order.children[0].executions) == 3


def test_a_late_report_repeated_is_a_duplicate(desk):
    """ExecID tells; nothing is taken back a second time."""
    desk.stands(OrdStatus.PARTIALLY_FILLED, 50, avg_px=10)
    for _ in range(2):
        events = desk.fill(20, 9, cum_qty=Decimal(20), exec_id="E1")
    assert kinds(events) == ["VenueMessageIgnored"]
    assert desk.order().cum_qty == 50


def test_a_fill_after_a_bust_is_no_late_report(desk):
    """The bust has taken the venue's CumQty below the estimate; what comes on top is new."""
    desk.fill(40, 10, exec_id="E1", cum_qty=Decimal(40))
    desk.log_on_again()
    desk.stands(OrdStatus.PARTIALLY_FILLED, 60, avg_px=10)
    desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="E1", cum_qty=Decimal(20))
    events = desk.fill(20, 10, cum_qty=Decimal(40))
    assert told(events) == ["TRADE PARTIALLY_FILLED X 40/60"]


def test_a_fill_is_found_on_an_order_that_has_ended(desk):
    """A list may name an order that we know as ended: what it lacks is booked all the same."""
    desk.stands(OrdStatus.NEW)
    desk.new("Y")
    desk.venue(ExecType.CANCELED)
    desk.log_on_again("A", MASS)
    request = desk.state.reconciliations["A"].request_id
    events = desk.stands(OrdStatus.CANCELED, 10, 10, mass_status_req_id=request)
    assert told(events) == ["TRADE CANCELED X 10/0"]


def test_a_smaller_cum_qty_is_reported_and_left(desk):
    """A bust got lost, or the venue errs: somebody has to look at it."""
    desk.fill(40)
    desk.log_on_again()
    events = desk.stands(OrdStatus.NEW, 0)
    assert differences(events) == ["CumQty(14) is 0 at A, 40 here"]
    assert kinds(events) == ["OrderStatusCompared", "VenueReconciled"]


def test_a_status_that_was_not_asked_for_is_only_compared():
    """A fill comes by its report; the status alone books nothing, and says what differs."""
    desk = Desk()
    desk.new()
    events = desk.stands(OrdStatus.PARTIALLY_FILLED, 30, 10)
    assert kinds(events) == ["OrderStatusCompared"]
    assert differences(events) == ["CumQty(14) is 30 at A, 0 here"]


# --- orders that have ended ---------------------------------------------------------------------


def test_an_order_that_the_venue_does_not_know_is_closed(desk):
    """The client hears of a cancel that it did not ask for."""
    events = desk.unknown()
    assert differences(events) == ["A has no such order"]
    assert told(events) == ["CANCELED CANCELED X 0/0"]
    (report,) = [event.report for event in of_kind(events, OrderReported)]
    assert report.text == "known from A's order status: no such order"


@pytest.mark.parametrize(
    ("ord_status", "ends_as"),
    [
        (OrdStatus.REJECTED, "CANCELED CANCELED"),
        (OrdStatus.CANCELED, "CANCELED CANCELED"),
        (OrdStatus.EXPIRED, "EXPIRED EXPIRED"),
        (OrdStatus.DONE_FOR_DAY, "DONE_FOR_DAY DONE_FOR_DAY"),
        (OrdStatus.FILLED, "CANCELED CANCELED"),
    ],
)
def test_an_order_that_has_ended_at_the_venue_ends(desk, ord_status, ends_as):
    """What was filled before is booked first."""
    events = desk.stands(ord_status, 25, 10)
    assert told(events) == ["TRADE PARTIALLY_FILLED X 25/75", f"{ends_as} X 25/0"]


def test_the_answer_to_a_cancel_that_got_lost_is_made_up_for(desk):
    """The status says Canceled: the client's cancel is answered."""
    desk.cancel()
    desk.log_on_again()
    assert told(desk.stands(OrdStatus.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


def test_a_cancel_of_an_order_that_is_filled_is_too_late(desk):
    """The fill and the refusal got lost: both are made up for, the refusal after a second look."""
    desk.cancel()
    desk.log_on_again()
    events = desk.stands(OrdStatus.FILLED, 100, 10)
    assert told(events) == ["TRADE PENDING_CANCEL X 100/0"]
    desk.do(cmd.VenueStatusOverdue("A"))
    assert told(desk.stands(OrdStatus.FILLED, 100, 10)) == ["REQUEST_REJECTED FILLED Y 0"]


def test_a_cancel_of_an_order_that_is_filled_may_be_answered_in_a_moment(desk):
    """A bust makes room for it: the venue cancels what is left, and is not asked twice."""
    desk.cancel()
    desk.log_on_again()
    desk.stands(OrdStatus.FILLED, 100, 10)
    (estimate,) = desk.order().children[0].executions
    busted = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id=estimate)
    assert "ChildCancelRequested" not in kinds(busted)
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


def test_a_cancel_made_after_the_question_is_answered_by_itself(desk):
    """What the venue says of the order, it said before it got the cancel."""
    desk.cancel()
    assert told(desk.stands(OrdStatus.FILLED, 100, 10)) == ["TRADE PENDING_CANCEL X 100/0"]
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED FILLED Y 0"]


def test_an_answer_of_an_earlier_connection_answers_no_cancel(desk):
    """It is about an order that this connection has no question about: a bust opened it again."""
    desk.fill(100)
    desk.stands(OrdStatus.FILLED, 100)
    desk.new("Z")
    desk.log_on_again()
    desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="V2")
    desk.cancel()
    desk.fill(100)
    assert told(desk.stands(OrdStatus.FILLED, 100, 10)) == []
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED FILLED Y 0"]


def test_what_an_order_called_back_gives_back_goes_elsewhere():
    """A child that was being called back has ended: its quantity is routed anew."""
    desk = Desk([Fallback(id="fallback", venues=("A", "B"))])
    desk.new()
    desk.ack()
    child = desk.order().children[0]
    child.called_back = True
    desk.log_on_again()
    desk.unknown()
    assert [(each.venue, each.is_open) for each in desk.order().children] == [
        ("A", False),
        ("B", True),
    ]


def test_an_order_open_there_and_ended_here_is_reported(desk):
    """Nothing is done about it but to say so."""
    events = desk.venue(ExecType.CANCELED)
    events = desk.stands(OrdStatus.NEW)
    assert differences(events) == ["it is NEW at A, CANCELED here"]


def test_an_order_that_is_not_ours_is_reported():
    """It is named with what the venue says of it."""
    desk = Desk()
    events = desk.do(
        cmd.VenueOrderStatus("A", OrdStatus.NEW, "OTHER", symbol="ACME", cum_qty=Decimal(5))
    )
    text = "A has an order that is not ours: ClOrdID(11)=OTHER ACME NEW, CumQty(14)=5"
    assert differences(events) == [text]


# --- acknowledgments and requests ---------------------------------------------------------------


def test_a_lost_acknowledgment_is_made_up_for():
    """An order that the venue has is not pending any more."""
    desk = Desk()
    desk.new()
    desk.log_on_again()
    desk.stands(OrdStatus.NEW, venue_order_id="V1")
    child = desk.order().children[0]
    assert (child.status, child.venue_order_id) == (OrdStatus.NEW, "V1")


def test_a_status_said_on_an_earlier_connection_answers_nothing(desk):
    """It comes again after a cancel that it cannot know of: that is still to be answered."""
    desk.cancel()
    desk.log_on_again()
    late = desk.stands(OrdStatus.FILLED, 100, 10, poss_dup=True)
    assert kinds(late) == ["OrderStatusCompared"]
    assert desk.order().children[0].request is not None
    assert "VenueReconciled" in kinds(desk.stands(OrdStatus.PENDING_CANCEL))


def test_a_lost_replaced_is_made_up_for(desk):
    """The order goes by the ClOrdID of the replace at the venue: it was accepted."""
    desk.replace(terms(150, 11))
    desk.log_on_again()
    request = desk.order().children[0].request.cl_ord_id
    events = desk.stands(OrdStatus.NEW, named=request)
    assert differences(events) == ["it is replaced at A, not here"]
    assert told(events) == ["REPLACED NEW Y 0/150"]


def test_an_order_unknown_by_its_old_id_is_asked_about_by_the_one_of_its_replace(desk):
    """Only if it is not known by that either, it is closed."""
    desk.replace(terms(150, 11))
    desk.log_on_again()
    request = desk.order().children[0].request.cl_ord_id
    events = desk.unknown()
    assert (told(events), asked(events)) == ([], [request])
    assert told(desk.unknown(named=request)) == [
        "CANCELED CANCELED X 0/0",
        "REQUEST_REJECTED CANCELED Y 0",
    ]


@pytest.mark.parametrize("ord_status", [OrdStatus.PENDING_CANCEL, OrdStatus.NEW])
def test_a_pending_request_may_be_answered_in_a_moment(desk, ord_status):
    """If the venue says that it has it, all is well; else it is asked again after the time-out."""
    desk.cancel()
    desk.log_on_again()
    events = desk.stands(ord_status)
    if ord_status is OrdStatus.PENDING_CANCEL:
        assert kinds(events) == ["OrderStatusCompared", "VenueReconciled"]
    else:
        assert kinds(events) == ["OrderStatusCompared"]
        assert len(asked(desk.do(cmd.VenueStatusOverdue("A")))) == 1


def test_a_cancel_that_the_venue_has_not_got_is_sent_anew(desk):
    """As unanswered as before when asked again: it was lost, as by a reset of the numbers."""
    desk.cancel()
    first = desk.order().children[0].request.cl_ord_id
    desk.log_on_again()
    desk.stands(OrdStatus.NEW)
    desk.do(cmd.VenueStatusOverdue("A"))
    events = desk.stands(OrdStatus.NEW)
    assert kinds(events) == ["OrderStatusCompared", "ChildCancelRequested", "VenueReconciled"]
    assert desk.order().children[0].request.cl_ord_id != first
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


def test_a_replace_that_the_venue_has_not_got_is_refused(desk):
    """A price that comes late can harm."""
    desk.replace(terms(150, 11))
    desk.log_on_again()
    desk.stands(OrdStatus.NEW)
    desk.do(cmd.VenueStatusOverdue("A"))
    events = desk.stands(OrdStatus.NEW)
    assert len(of_kind(events, RequestRejected)) == 1
    assert told(events) == ["REQUEST_REJECTED NEW Y 2"]


# --- direct orders ------------------------------------------------------------------------------


@pytest.fixture
def direct():
    """A desk whose direct order X, good till canceled, works at venue A, which has come again."""
    desk = Desk([])
    agreement = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE)
    route = Direct(id="to-a", venue="A")
    desk.do(cmd.LoadRules(Rules("rules-2", (), (route,), (agreement,)), "tester"))
    desk.new("X", terms(time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    desk.ack()
    desk.log_on_again()
    return desk


def test_lost_reports_of_a_direct_order_are_made_up_for(direct):
    """The client is told what the venue must have said."""
    events = direct.stands(OrdStatus.CANCELED, 30, 10)
    assert told(events) == ["TRADE PARTIALLY_FILLED X 30/70", "CANCELED CANCELED X 30/0"]
    late = direct.fill(30, 11, cum_qty=Decimal(30))
    assert told(late) == ["TRADE_CANCEL CANCELED X 0/0", "TRADE CANCELED X 30/0"]


def test_the_lost_answer_to_a_cancel_of_a_direct_order_is_made_up_for(direct):
    """It answers the cancel."""
    direct.cancel()
    direct.log_on_again()
    assert told(direct.stands(OrdStatus.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


def test_a_direct_order_that_is_done_for_the_day_lives_on(direct):
    """It goes on tomorrow."""
    events = direct.stands(OrdStatus.DONE_FOR_DAY)
    assert (told(events), differences(events)) == ([], [])
    assert direct.order().is_open


# --- silence, refusals, lists -------------------------------------------------------------------


def test_silence_concludes_nothing_and_asks_again(desk):
    """The venue gets no orders, the alarm counts the attempts, the order stays as it is."""
    for attempt in (1, 2):
        events = desk.do(cmd.VenueStatusOverdue("A"))
        assert events[0] == VenueReconciliationOverdue("A", unanswered=1, attempt=attempt)
        assert len(asked(events)) == 1
    assert routed(desk, "Y")["A"] == (0, "reconciling")
    assert desk.order().children[0].is_open
    assert kinds(desk.stands(OrdStatus.NEW))[-1] == "VenueReconciled"
    assert desk.do(cmd.VenueStatusOverdue("A")) == []


def test_a_venue_that_refuses_to_tell_has_been_asked(desk):
    """It is reported; the order stays as it is, whatever state it is in."""
    child = desk.order().children[0]
    reject = cmd.VenueMessageReject("A", 7, "H", child.cl_ord_id, "not supported")
    events = desk.do(reject)
    assert differences(events) == ["A does not tell: not supported"]
    assert kinds(events)[-1] == "VenueReconciled"
    assert child.status is OrdStatus.NEW


def test_a_refused_question_does_not_reject_the_order():
    """Nor does it when the order was never acknowledged."""
    desk = Desk()
    desk.new()
    desk.log_on_again()
    desk.do(cmd.VenueMessageReject("A", 7, "H", desk.order().children[0].cl_ord_id))
    assert desk.order().children[0].status is OrdStatus.PENDING_NEW


def test_a_list_settles_what_it_names_and_the_rest_is_asked_about():
    """What is not on the list has ended, most likely: the venue is asked how."""
    desk = Desk()
    for cl_ord_id in ("X", "Y"):
        desk.new(cl_ord_id)
        desk.ack(0, cl_ord_id)
    events = desk.log_on_again("A", MASS)
    (request,) = of_kind(events, OrderMassStatusRequested)
    assert asked(events) == []
    listed = {"mass_status_req_id": request.request_id, "tot_num_reports": 1}
    events = desk.stands(OrdStatus.NEW, **listed)
    assert asked(events) == [desk.order("Y").children[0].cl_ord_id]
    events = desk.stands(OrdStatus.CANCELED, cl_ord_id="Y")
    assert kinds(events)[-1] == "VenueReconciled"
    assert not desk.order("Y").is_open


def child_id(desk, cl_ord_id="X"):
    return desk.order(cl_ord_id).children[0].cl_ord_id


@pytest.mark.parametrize(
    "end", [{"last_rpt_requested": True}, {"tot_num_reports": 0}], ids=["last", "none"]
)
def test_an_empty_list_is_a_list(desk, end):
    """The report that says so names no order of ours and is no difference."""
    desk.log_on_again("A", MASS)
    request = desk.state.reconciliations["A"].request_id
    empty = cmd.VenueOrderStatus(
        "A", OrdStatus.REJECTED, "NONE", cum_qty=Decimal(0), mass_status_req_id=request, **end
    )
    events = desk.do(empty)
    assert (differences(events), asked(events)) == ([], [child_id(desk)])


def test_a_list_of_an_earlier_connection_is_not_the_answer(desk):
    """It may lack what was placed since; what it says of single orders holds."""
    desk.log_on_again("A", MASS)
    old = desk.state.reconciliations["A"].request_id
    desk.log_on_again("A", MASS)
    events = desk.stands(
        OrdStatus.NEW, mass_status_req_id=old, tot_num_reports=1, last_rpt_requested=True
    )
    assert kinds(events) == ["OrderStatusCompared"]


def test_a_list_that_does_not_come_is_asked_for_again(desk):
    """By another id."""
    events = desk.log_on_again("A", MASS)
    again = desk.do(cmd.VenueStatusOverdue("A"))
    ids = [e.request_id for e in of_kind(events + again, OrderMassStatusRequested)]
    assert len(set(ids)) == 2


def test_a_venue_without_lists_is_asked_about_each_order(desk):
    """It has refused the request for a list."""
    desk.log_on_again("A", MASS)
    events = desk.do(cmd.VenueMessageReject("A", 7, "AF", None, "unsupported"))
    assert differences(events) == ["A does not tell: unsupported"]
    assert asked(events) == [child_id(desk)]


# --- connections, and ids that come again -------------------------------------------------------


def test_a_connection_lost_in_between_begins_anew(desk):
    """What was asked is forgotten with the connection; all is asked again on the next one."""
    desk.do(cmd.SessionLoggedOut("A"))
    assert desk.state.reconciliations == {}
    events = desk.log_on()
    assert kinds(events) == [
        "SessionChanged",
        "VenueReconciliationStarted",
        "ChildStatusRequested",
    ]


def test_a_fill_that_was_busted_is_not_booked_again_when_it_is_repeated(desk):
    """Its CumQty goes on from ours, as if it were another; its ExecID is known."""
    desk.fill(40, exec_id="1", cum_qty=Decimal(40))
    desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="1", cum_qty=Decimal(0))
    assert kinds(desk.fill(40, exec_id="1", cum_qty=Decimal(40))) == ["VenueMessageIgnored"]
    assert desk.order().cum_qty == 0


def test_the_same_exec_id_of_two_orders_is_two_fills():
    """Some venues number the executions of each order."""
    desk = Desk()
    for cl_ord_id in ("X", "Y"):
        desk.new(cl_ord_id)
        desk.fill(40, exec_id="1", cl_ord_id=cl_ord_id)
    assert desk.order("X").cum_qty == desk.order("Y").cum_qty == 40


def test_a_child_never_sent_goes_to_another_venue():
    """The session says that an order was too old to be sent: its quantity is routed past the venue.

    What the venue then says of it, that it does not know it, changes nothing.
    """
    desk = Desk([Fallback(id="fallback", venues=("A", "B"))])
    desk.new()
    desk.log_on_again()
    child = desk.order().children[0]
    reject = cmd.VenueMessageReject("A", 7, "D", child.cl_ord_id, "not sent: older than 60 s")
    assert kinds(desk.do(reject)) == ["ChildReported", "OrderRouted", "ChildPlaced"]
    assert [(each.venue, each.is_open) for each in desk.order().children] == [
        ("A", False),
        ("B", True),
    ]
    events = desk.unknown()
    assert (differences(events), kinds(events)[-1]) == ([], "VenueReconciled")


def test_a_child_never_sent_that_no_venue_takes_goes_back_to_the_client():
    """What another child works goes on; the client is told that the rest is not worked."""
    legs = (SplitLeg("A", Decimal(50)), SplitLeg("B", Decimal(50)))
    desk = Desk([Split(id="split", legs=legs)])
    desk.new()
    desk.ack(1)
    desk.do(cmd.SessionLoggedOut("B"))
    reject = cmd.VenueMessageReject("A", 7, "D", child_id(desk), "not sent: older than 60 s")
    assert told(desk.do(reject)) == ["RESTATED NEW X 0/50"]
