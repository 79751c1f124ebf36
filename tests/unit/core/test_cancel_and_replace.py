from decimal import Decimal

import pytest
from desk import CLIENT, Desk, kinds, terms, told

from oms_fix.model.commands import (
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderStatusRequest,
    SessionLoggedOut,
    VenueMessageReject,
)
from oms_fix.model.enums import ExecType, OrdStatus, Side
from oms_fix.model.events import ChildPlaced, ChildReplaceRequested
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.routes import Direct, Fallback, Split, SplitLeg

HALVES = [
    Split(id="halves", legs=(SplitLeg("A", Decimal(50)), SplitLeg("B", Decimal(50)))),
]


def placed(events):
    return [(e.venue, e.terms.order_qty) for e in events if isinstance(e, ChildPlaced)]


def test_cancel_is_pending_until_the_venue_answers():
    """Pending Cancel at once, Canceled when the venue has canceled (B.1.a)."""
    desk = Desk()
    desk.new()
    asked = desk.cancel()
    assert told(asked) == ["PENDING_CANCEL PENDING_CANCEL Y 0/100"]
    assert kinds(asked)[-1] == "ChildCancelRequested"
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


def test_fills_while_a_cancel_is_pending_keep_the_old_id():
    """A fill during a pending cancel shows Pending Cancel and the old ClOrdID (B.1.b)."""
    desk = Desk()
    desk.new()
    desk.cancel()
    assert told(desk.fill(30)) == ["TRADE PENDING_CANCEL X 30/70"]


def test_last_fill_before_the_cancel_makes_it_too_late():
    """The last fill still shows Pending Cancel; the reject then carries Filled (B.1.c)."""
    desk = Desk()
    desk.new()
    desk.cancel()
    assert told(desk.fill(100)) == ["TRADE PENDING_CANCEL X 100/0"]
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED FILLED Y 0"]


def test_refused_cancel_leaves_the_order_working():
    """The venue's refusal is passed on, with the status that holds again."""
    desk = Desk()
    desk.new()
    desk.cancel()
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED NEW Y 2"]
    assert desk.order().is_open
    assert told(desk.cancel("Z", "X")) == ["PENDING_CANCEL PENDING_CANCEL Z 0/100"]


def test_cancel_of_several_children_waits_for_all():
    """The client's cancel is answered when every venue has answered."""
    desk = Desk(HALVES)
    desk.new()
    desk.cancel()
    assert told(desk.venue(ExecType.CANCELED, child=0)) == []
    assert told(desk.venue(ExecType.CANCELED, child=1)) == ["CANCELED CANCELED Y 0/0"]


def test_cancel_refused_by_one_of_two_venues_is_refused():
    """The order goes on with what that venue holds; the client is told that the rest is gone."""
    desk = Desk(HALVES)
    desk.new()
    desk.cancel()
    desk.venue(ExecType.CANCELED, child=0)
    events = desk.refuse_request(child=1)
    assert told(events) == ["REQUEST_REJECTED NEW Y 2", "RESTATED NEW X 0/50"]
    assert events[-1].report.exec_restatement_reason == 5


def test_cancel_of_an_unknown_order():
    """CxlRejReason(102) 1, OrdStatus Rejected, no OrderID."""
    events = Desk().cancel("Y", "NOPE")
    assert told(events) == ["REQUEST_REJECTED REJECTED Y 1"]
    assert events[0].reject.order_id == ""


def test_cancel_of_a_filled_order_is_too_late():
    """CxlRejReason(102) 0 with OrdStatus Filled."""
    desk = Desk()
    desk.new()
    desk.fill(100)
    assert told(desk.cancel()) == ["REQUEST_REJECTED FILLED Y 0"]


def test_second_request_while_one_is_pending():
    """CxlRejReason(102) 3: a request is pending already."""
    desk = Desk()
    desk.new()
    desk.cancel()
    assert told(desk.cancel("Z", "X")) == ["REQUEST_REJECTED PENDING_CANCEL Z 3"]


def test_request_with_a_used_id_is_refused():
    """CxlRejReason(102) 6: each request is an entity with a ClOrdID of its own."""
    desk = Desk()
    desk.new()
    assert told(desk.cancel("X", "X")) == ["REQUEST_REJECTED NEW X 6"]


def test_a_request_may_name_the_order_by_its_order_id():
    """FIX 5.0SP2: OrderID(37) alone; a request that waits follows the one that is pending."""
    desk = Desk()
    desk.new()
    order_id = desk.order().order_id
    replace = OrderCancelReplaceRequest(CLIENT, "Y", "", terms(120), order_id=order_id)
    assert told(desk.do(replace)) == ["PENDING_REPLACE PENDING_REPLACE Y 0/100"]
    cancel = OrderCancelRequest(CLIENT, "Z", "", "ACME", order_id=order_id)
    waiting = desk.do(cancel)
    assert waiting[0].orig_cl_ord_id == "Y"
    assert told(waiting) == ["PENDING_CANCEL PENDING_CANCEL Z 0/100"]
    status = OrderStatusRequest(CLIENT, "", terms(), order_id)
    assert told(desk.do(status)) == ["ORDER_STATUS PENDING_CANCEL X 0/100"]


def test_the_order_id_of_another_client_is_not_known():
    """Nobody reaches another one's order by its OrderID(37): unknown order, CxlRejReason(102) 1."""
    desk = Desk()
    desk.new()
    order_id = desk.order().order_id
    (refused,) = desk.do(OrderCancelRequest("OTHER", "Y", "", "ACME", order_id=order_id))
    assert told([refused]) == ["REQUEST_REJECTED REJECTED Y 1"]
    assert refused.reject.text.endswith(f"OrderID={order_id}")
    (status,) = desk.do(OrderStatusRequest("OTHER", "", terms(), order_id))
    assert status.report.ord_status is OrdStatus.REJECTED


def test_fill_after_cancel_is_booked():
    """The venue filled first: the fill counts, the order stays Canceled (J.1.d)."""
    desk = Desk()
    desk.new()
    desk.cancel()
    desk.venue(ExecType.CANCELED)
    late = desk.fill(40)
    assert told(late) == ["TRADE CANCELED X 40/0"]
    assert late[-1].report.cancel_cl_ord_id == "Y"
    assert late[0].race == "trade after the end: the venue was first"


def test_replace_in_place():
    """One child is replaced at its venue; the new terms hold when that has replaced (C.1.a)."""
    desk = Desk()
    desk.new()
    asked = desk.replace(terms(120, price=11))
    assert told(asked) == ["PENDING_REPLACE PENDING_REPLACE Y 0/100"]
    sent = asked[-1]
    assert isinstance(sent, ChildReplaceRequested)
    assert (sent.terms.order_qty, sent.terms.price) == (120, 11)
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED NEW Y 0/120"]
    assert told(desk.fill(20)) == ["TRADE PARTIALLY_FILLED Y 20/100"]


def test_replace_after_fills_keeps_totals():
    """Quantities span the chain of replaces (C.1.b)."""
    desk = Desk()
    desk.new()
    desk.fill(30)
    desk.replace(terms(50))
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED PARTIALLY_FILLED Y 30/20"]


def test_refused_replace_leaves_the_old_terms():
    """The next request chains to the last accepted id (D.1.b)."""
    desk = Desk()
    desk.new()
    desk.replace(terms(120))
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED NEW Y 2"]
    assert desk.order().terms.order_qty == 100
    assert told(desk.replace(terms(130), "Z", "X"))[0].startswith("PENDING_REPLACE")


def test_replace_to_what_is_filled_ends_the_order():
    """Replace to at most CumQty means: execute no more; the order is Filled (C.3.b, C.3.c)."""
    desk = Desk()
    desk.new()
    desk.fill(60)
    asked = desk.replace(terms(50))
    assert kinds(asked)[-1] == "ChildCancelRequested"
    assert told(desk.venue(ExecType.CANCELED)) == ["REPLACED FILLED Y 60/0"]


def test_replace_crossing_the_last_fill():
    """A venue that filled the old quantity and then replaced goes on with the new one."""
    desk = Desk()
    desk.new()
    desk.replace(terms(150))
    assert told(desk.fill(100)) == ["TRADE PENDING_REPLACE X 100/0"]
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED PARTIALLY_FILLED Y 100/50"]
    assert told(desk.fill(50)) == ["TRADE FILLED Y 150/0"]


def test_replace_of_a_split_order_withdraws_and_routes_anew():
    """With several children the replace cancels them all, then routes what is left."""
    desk = Desk(HALVES)
    desk.new()
    desk.fill(10, child=0)
    desk.replace(terms(120, price=11))
    assert told(desk.venue(ExecType.CANCELED, child=0)) == []
    answered = desk.venue(ExecType.CANCELED, child=1)
    assert told(answered) == ["REPLACED PARTIALLY_FILLED Y 10/110"]
    assert placed(answered) == [("A", 55), ("B", 55)]


def test_withdrawal_refused_by_one_venue_restores_the_rest():
    """If a venue keeps its child, the replace is refused and the canceled part goes out again."""
    desk = Desk(HALVES)
    desk.new()
    desk.replace(terms(120, price=11))
    desk.venue(ExecType.CANCELED, child=0)
    answered = desk.refuse_request(child=1)
    assert told(answered) == ["REQUEST_REJECTED NEW Y 2"]
    assert placed(answered) == [("A", 25), ("B", 25)]
    assert desk.order().placed_qty == 100


def test_replace_may_not_change_the_side():
    """The instrument and the side stay."""
    desk = Desk()
    desk.new()
    events = desk.replace(terms(side=Side.SELL))
    assert told(events) == ["REQUEST_REJECTED NEW Y 2"]
    assert events[-1].reject.text.endswith("field=side")


def test_replace_is_checked():
    """A replace that violates a check is refused, the working order untouched."""
    desk = Desk(checks=(OrderQuantity(id="size", quantity_max=Decimal(100)),))
    desk.new()
    assert told(desk.replace(terms(101))) == ["REQUEST_REJECTED NEW Y 99"]
    assert desk.order().request is None


def test_replace_while_the_venue_is_down_is_refused():
    """A replace that would reach the venue late is not taken on."""
    desk = Desk()
    desk.new()
    desk.do(SessionLoggedOut("A"))
    events = desk.replace(terms(120))
    assert told(events) == ["REQUEST_REJECTED NEW Y 2"]
    assert events[-1].reject.text.startswith("VENUES_DOWN")


def test_unsolicited_cancel_ends_a_pending_replace():
    """The order ends as the venue says, and the replace is too late."""
    desk = Desk()
    desk.new()
    desk.replace(terms(120))
    venue_cancels = desk.venue(ExecType.EXPIRED)
    assert told(venue_cancels) == ["EXPIRED EXPIRED X 0/0", "REQUEST_REJECTED EXPIRED Y 0"]


def test_bust_opens_a_filled_order_again():
    """A busted fill lowers CumQty and AvgPx as of the bust; a filled order works again (J.1.a)."""
    desk = Desk()
    desk.new()
    desk.fill(60, price=10, exec_id="E1")
    desk.fill(40, price=20, exec_id="E2")
    events = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="E2", last_qty=Decimal(40))
    assert told(events) == ["TRADE_CANCEL PARTIALLY_FILLED X 60/40"]
    assert desk.order().avg_px == 10
    assert desk.state.positions["FUND", "ACME"].quantity == 60


def test_correction_replaces_quantity_and_price():
    """LastQty(32) of a correction is the corrected total of that fill (J.1.a step 12)."""
    desk = Desk()
    desk.new()
    desk.fill(60, price=10, exec_id="E1")
    corrected = {"last_qty": Decimal(50), "last_px": Decimal(12)}
    events = desk.venue(ExecType.TRADE_CORRECT, exec_ref_id="E1", **corrected)
    assert told(events) == ["TRADE_CORRECT PARTIALLY_FILLED X 50/50"]
    assert desk.order().avg_px == 12


def test_venue_that_cannot_read_the_order_rejects_it():
    """A Reject(3) of our NewOrderSingle is the venue's reject of the child."""
    desk = Desk()
    desk.new()
    child = desk.order().children[0]
    events = desk.do(
        VenueMessageReject("A", ref_seq_num=7, cl_ord_id=child.cl_ord_id, text="tag 59")
    )
    assert told(events) == ["REJECTED REJECTED X 0/0"]


def test_venue_that_cannot_read_the_cancel_refuses_it():
    """A Reject(3) of our cancel refuses the cancel; the order works on."""
    desk = Desk()
    desk.new()
    desk.cancel()
    request = desk.order().children[0].request
    events = desk.do(VenueMessageReject("A", ref_seq_num=8, cl_ord_id=request.cl_ord_id, text="?"))
    assert told(events) == ["REQUEST_REJECTED NEW Y 2"]


def test_direct_route_has_nowhere_else_to_go():
    """After a reject by the only venue the order ends, it does not go there again."""
    desk = Desk([Direct(id="a", venue="A")])
    desk.new()
    desk.venue(ExecType.REJECTED)
    assert desk.order().status is OrdStatus.REJECTED
    assert len(desk.order().children) == 1


def test_a_request_sent_twice_is_refused_once_and_stays_pending():
    """The second copy is a duplicate; the pending request is answered as if nothing had been."""
    desk = Desk()
    desk.new()
    desk.replace(terms(200))
    assert told(desk.replace(terms(200))) == ["REQUEST_REJECTED PENDING_REPLACE Y 6"]
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED NEW Y 0/200"]
    assert told(desk.fill(200)) == ["TRADE FILLED Y 200/0"]


def test_second_refusal_of_a_request_does_not_end_the_child():
    """A venue that refuses our cancel with message 9 and again with 3 still works the order."""
    desk = Desk([Fallback(id="ab", venues=("A", "B"))])
    desk.new()
    desk.ack()
    desk.cancel()
    request = desk.order().children[0].request
    desk.refuse_request()
    again = VenueMessageReject("A", ref_seq_num=8, cl_ord_id=request.cl_ord_id, text="no")
    assert kinds(desk.do(again)) == ["VenueMessageIgnored"]
    assert desk.order().placed_qty == 100


def test_cancel_confirmed_after_the_last_fill_is_too_late():
    """A venue may answer a cancel that crossed the last fill with Canceled instead of a refusal."""
    desk = Desk()
    desk.new()
    desk.cancel()
    desk.fill(100)
    assert told(desk.venue(ExecType.CANCELED)) == ["REQUEST_REJECTED FILLED Y 0"]


@pytest.mark.parametrize(
    ("exec_type", "last_qty", "last_px"),
    [
        (ExecType.TRADE, None, 10),
        (ExecType.TRADE, 0, 10),
        (ExecType.TRADE, -5, 10),
        (ExecType.TRADE, 5, None),
        (ExecType.TRADE_CORRECT, None, 10),
        (ExecType.TRADE_CORRECT, -5, 10),
    ],
)
def test_a_trade_that_says_nothing_bookable_is_not_booked(exec_type, last_qty, last_px):
    """Quantity and price of a trade are there and not negative; else it is kept for the record."""
    desk = Desk()
    desk.new()
    desk.fill(30, exec_id="E1")
    values = {"last_qty": last_qty, "last_px": last_px}
    given = {name: None if v is None else Decimal(v) for name, v in values.items()}
    events = desk.venue(exec_type, exec_ref_id="E1", **given)
    assert kinds(events) == ["VenueMessageIgnored"]
    assert desk.order().cum_qty == 30


def test_overfill_at_one_venue_calls_the_others_back():
    """When one venue of a split fills all of it, the other's part is canceled at once."""
    desk = Desk(HALVES)
    desk.new()
    events = desk.fill(100, child=0)
    assert kinds(events) == ["ChildReported", "OrderReported", "ChildCancelRequested"]
    assert told(events) == ["TRADE FILLED X 100/0"]
    assert told(desk.venue(ExecType.CANCELED, child=1)) == []


def test_bust_after_the_end_does_not_leave_a_child_working():
    """A bust opens the child again; its order has ended, so the child is canceled."""
    desk = Desk(HALVES)
    desk.new()
    desk.fill(50, child=0, exec_id="E1")
    desk.venue(ExecType.CANCELED, child=1)
    assert desk.order().status is OrdStatus.CANCELED
    events = desk.venue(ExecType.TRADE_CANCEL, child=0, exec_ref_id="E1")
    assert told(events) == ["TRADE_CANCEL CANCELED X 0/0"]
    assert kinds(events)[-1] == "ChildCancelRequested"


def test_part_of_a_day_order_that_ends_early_is_restated():
    """The client does not wait for what no venue works (ExecRestatementReason 5)."""
    desk = Desk(HALVES)
    desk.new()
    desk.fill(10, child=0)
    assert told(desk.venue(ExecType.EXPIRED, child=0)) == ["RESTATED PARTIALLY_FILLED X 10/50"]
    assert told(desk.fill(50, child=1)) == ["TRADE FILLED X 60/0"]


def test_cancel_that_names_another_instrument_is_refused():
    """Symbol(55) of a cancel is that of its order."""
    desk = Desk()
    desk.new()
    events = desk.do(OrderCancelRequest("CLIENT", "Y", "X", "OTHER"))
    assert told(events) == ["REQUEST_REJECTED NEW Y 2"]


def test_cancel_by_the_old_id_after_the_end_is_too_late():
    """An ended order is too late for any request, whichever of its ids that names."""
    desk = Desk()
    desk.new()
    desk.cancel()
    desk.venue(ExecType.CANCELED)
    assert told(desk.cancel("Z", "X")) == ["REQUEST_REJECTED CANCELED Z 0"]


def test_venues_sum_that_differs_is_noted():
    """A CumQty(14) above what the executions add up to tells of a fill that did not come."""
    desk = Desk()
    desk.new()
    reported = desk.fill(30, cum_qty=Decimal(50))[0]
    assert reported.discrepancy == "the venue's CumQty is 50, its executions add up to 30"


THREE = [
    Split(
        id="three",
        legs=(SplitLeg("A", Decimal(40)), SplitLeg("B", Decimal(35)), SplitLeg("C", Decimal(25))),
    )
]
SIXTY_FORTY = [Split(id="ab", legs=(SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40))))]


def test_a_call_back_under_way_counts():
    """While one child is being called back, later reports do not call back another one."""
    desk = Desk(THREE)
    desk.new()
    assert kinds(desk.fill(50, child=0))[-1] == "ChildCancelRequested"
    assert kinds(desk.ack(child=1)) == ["ChildReported"]


def test_a_replace_during_a_call_back_withdraws():
    """The answer to the call-back is not taken for one to the client's replace."""
    desk = Desk(SIXTY_FORTY)
    desk.new()
    desk.fill(60, child=0)
    desk.fill(10, child=0)
    asked = desk.replace(terms(120))
    assert kinds(asked) == ["ChecksEvaluated", "RequestAccepted", "OrderReported"]
    answered = desk.venue(ExecType.CANCELED, child=1)
    assert told(answered) == ["REPLACED PARTIALLY_FILLED Y 70/50"]
    assert sum(quantity for _, quantity in placed(answered)) == 50


def test_a_cancel_during_a_call_back_waits_for_it():
    """No second cancel goes out for a child that is being called back."""
    desk = Desk(SIXTY_FORTY)
    desk.new()
    desk.fill(70, child=0)
    assert kinds(desk.cancel()) == ["RequestAccepted", "OrderReported"]
    assert told(desk.venue(ExecType.CANCELED, child=1)) == ["CANCELED CANCELED Y 70/0"]


def test_a_venue_that_declines_a_part_is_believed():
    """A venue's Restated to a smaller OrderQty(38) gives the rest back; the client hears of it."""
    desk = Desk()
    desk.new()
    desk.ack()
    events = desk.venue(ExecType.RESTATED, order_qty=Decimal(60))
    assert told(events) == ["RESTATED NEW X 0/60"]
    assert told(desk.fill(60)) == ["TRADE FILLED X 60/0"]


def test_filled_in_the_venues_words_only_is_noted():
    """OrdStatus(39) Filled without the executions for it tells of a report that did not come."""
    desk = Desk()
    desk.new()
    reported = desk.fill(30, ord_status=OrdStatus.FILLED)[0]
    assert reported.discrepancy.startswith("the venue says Filled")
