"""What the client is told: reports and rejects, built from the order as it stands."""

from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders.state import STATUS_EXEC_ID, ZERO, Child, Order
from oms_fix.core.orders.state_machine import transition
from oms_fix.core.orders.turn import Turn
from oms_fix.model.commands import OrderStatusRequest
from oms_fix.model.enums import CxlRejResponseTo, ExecType, OrdStatus
from oms_fix.model.events import OrderAnswered, OrderReported, RequestRejected
from oms_fix.model.orders import CancelReject, ExecutionReport, OrderTerms
from oms_fix.model.reasons import Reasons

_PARTIAL_DECLINE = 5


def _report(turn: Turn, order: Order, exec_type: ExecType) -> ExecutionReport:
    """Return a report of the order as it is."""
    return ExecutionReport(
        order_id=order.order_id,
        exec_id=turn.state.next_exec_id(),
        cl_ord_id=order.cl_ord_id,
        exec_type=exec_type,
        ord_status=order.ord_status,
        terms=order.terms,
        cum_qty=order.cum_qty,
        leaves_qty=order.leaves_qty,
        avg_px=order.avg_px,
    )


def _emit(turn: Turn, order: Order, report: ExecutionReport) -> None:
    turn.emit(OrderReported(order.order_id, order.session, report))


def accepted(turn: Turn, order: Order, text: str | None) -> None:
    """New: the router has taken the order."""
    report = _report(turn, order, ExecType.NEW)
    _emit(turn, order, structs.replace(report, ord_status=OrdStatus.NEW, text=text))


def rejected(turn: Turn, order: Order, text: str, ord_rej_reason: int) -> None:
    """Rejected, at once or after New: nothing was filled and nothing will be."""
    report = _report(turn, order, ExecType.REJECTED)
    report = structs.replace(
        report,
        ord_status=OrdStatus.REJECTED,
        leaves_qty=ZERO,
        ord_rej_reason=ord_rej_reason,
        text=text,
    )
    _emit(turn, order, report)


def ended(turn: Turn, order: Order, exec_type: ExecType, text: str | None) -> None:
    """Canceled, Expired or Done For Day; in answer to the pending cancel if there is one."""
    status, _ = transition(order.status, exec_type, order.cum_qty, order.terms.order_qty)
    report = structs.replace(
        _report(turn, order, exec_type), ord_status=status, leaves_qty=ZERO, text=text
    )
    request = order.request
    if request is not None and request.terms is None:
        report = structs.replace(
            report, cl_ord_id=request.cl_ord_id, orig_cl_ord_id=order.cl_ord_id
        )
    _emit(turn, order, report)


def pending(turn: Turn, order: Order) -> None:
    """Pending Cancel or Pending Replace, with the terms as they still are."""
    request = order.request
    assert request is not None, "only a request makes an order pending"
    exec_type = ExecType.PENDING_CANCEL if request.terms is None else ExecType.PENDING_REPLACE
    report = _report(turn, order, exec_type)
    _emit(
        turn,
        order,
        structs.replace(report, cl_ord_id=request.cl_ord_id, orig_cl_ord_id=order.cl_ord_id),
    )


def replaced(turn: Turn, order: Order) -> None:
    """Replaced: the new terms hold; at or below CumQty(14) it is filled (matrix C.3.b, c)."""
    request = order.request
    assert request is not None, "a request is pending"
    assert request.terms is not None, "the request is a replace"
    order_qty = max(request.terms.order_qty, order.cum_qty)
    terms = structs.replace(request.terms, order_qty=order_qty)
    status, _ = transition(order.status, ExecType.REPLACED, order.cum_qty, order_qty)
    report = structs.replace(
        _report(turn, order, ExecType.REPLACED),
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=order.cl_ord_id,
        ord_status=status,
        terms=terms,
        leaves_qty=order_qty - order.cum_qty,
    )
    _emit(turn, order, report)


def declined_in_part(turn: Turn, order: Order) -> None:
    """Restated: OrderQty(38) is only what is filled and what is at the venues.

    ExecRestatementReason(378) 5, partial decline of OrderQty: the client is not to wait for a
    quantity that nobody works.
    """
    order_qty = order.cum_qty + order.placed_qty
    reason = Reasons.REST_NOT_PLACED
    report = structs.replace(
        _report(turn, order, ExecType.RESTATED),
        terms=structs.replace(order.terms, order_qty=order_qty),
        leaves_qty=order.placed_qty,
        exec_restatement_reason=_PARTIAL_DECLINE,
        text=reason.text(OrderQty=order_qty, was=order.terms.order_qty),
    )
    _emit(turn, order, report)


def traded(
    turn: Turn,
    order: Order,
    child: Child,
    venue_exec_id: str,
    quantity: Decimal,
    price: Decimal,
    last_mkt: str | None,
) -> None:
    """Trade: a fill of a child is a fill of its order."""
    report = _after_trade(turn, order, ExecType.TRADE, quantity, quantity * price)
    report = structs.replace(report, last_qty=quantity, last_px=price, last_mkt=last_mkt)
    turn.emit(OrderReported(order.order_id, order.session, report, child.child_id, venue_exec_id))


def trade_changed(
    turn: Turn,
    order: Order,
    child: Child,
    venue_exec_id: str,
    exec_ref_id: str,
    quantity: Decimal,
    price: Decimal,
) -> None:
    """Trade Correct, or with quantity 0 Trade Cancel, of the venue's execution ``exec_ref_id``."""
    undone = child.executions[exec_ref_id]
    exec_type = ExecType.TRADE_CORRECT if quantity else ExecType.TRADE_CANCEL
    value = quantity * price - undone.quantity * undone.price
    report = _after_trade(turn, order, exec_type, quantity - undone.quantity, value)
    report = structs.replace(report, last_qty=quantity, last_px=price, exec_ref_id=undone.exec_id)
    turn.emit(OrderReported(order.order_id, order.session, report, child.child_id, venue_exec_id))


def _after_trade(
    turn: Turn, order: Order, exec_type: ExecType, quantity: Decimal, value: Decimal
) -> ExecutionReport:
    """Return a report with the quantities as they are once ``quantity`` more is filled."""
    after = structs.replace(order, cum_qty=order.cum_qty + quantity, value=order.value + value)
    after.status, _ = transition(order.status, exec_type, after.cum_qty, order.terms.order_qty)
    return _report(turn, after, exec_type)


def status(turn: Turn, order: Order) -> None:
    """Order Status: the order as it is, in answer to a status request."""
    report = structs.replace(_report(turn, order, ExecType.ORDER_STATUS), exec_id=STATUS_EXEC_ID)
    turn.emit(OrderAnswered(order.order_id, order.session, report))


def status_unknown(turn: Turn, command: OrderStatusRequest) -> None:
    """Order Status with OrdStatus(39) Rejected: there is no such order."""
    report = ExecutionReport(
        order_id="",
        exec_id=STATUS_EXEC_ID,
        cl_ord_id=command.cl_ord_id,
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        terms=command.terms,
        cum_qty=ZERO,
        leaves_qty=ZERO,
        avg_px=ZERO,
        ord_rej_reason=Reasons.UNKNOWN_ORDER.value.ord_rej_reason,
        text=Reasons.UNKNOWN_ORDER.text(),
    )
    turn.emit(OrderAnswered("", command.session, report))


def duplicate(turn: Turn, order: Order, cl_ord_id: str) -> None:
    """Rejected, with the status and quantities of the order that has the ClOrdID (matrix F.1.a)."""
    reason = Reasons.DUPLICATE_CL_ORD_ID
    report = structs.replace(
        _report(turn, order, ExecType.REJECTED),
        cl_ord_id=cl_ord_id,
        ord_rej_reason=reason.value.ord_rej_reason,
        text=reason.text(ClOrdID=cl_ord_id),
    )
    turn.emit(OrderAnswered(order.order_id, order.session, report))


def request_rejected(
    turn: Turn,
    order: Order,
    cl_ord_id: str,
    terms: OrderTerms | None,
    reason: Reasons,
    text: str,
    requested_orig: str | None = None,
    *,
    ends_request: bool = False,
) -> None:
    """OrderCancelReject(9) about an order of ours, with its status after the reject.

    ``requested_orig``: the OrigClOrdID(41) of the request, if that may not be the last accepted.
    """
    reject = CancelReject(
        order_id=order.order_id,
        cl_ord_id=cl_ord_id,
        orig_cl_ord_id=order.cl_ord_id,
        ord_status=order.status if ends_request else order.ord_status,
        response_to=_response_to(terms),
        cxl_rej_reason=reason.value.cxl_rej_reason,
        text=text,
        account=order.terms.account,
        requested_orig_cl_ord_id=None if requested_orig == order.cl_ord_id else requested_orig,
    )
    turn.emit(RequestRejected(order.order_id, order.session, reject, ends_request))


def request_unknown(
    turn: Turn, session: str, cl_ord_id: str, orig_cl_ord_id: str, terms: OrderTerms | None
) -> None:
    """OrderCancelReject(9) with CxlRejReason(102) unknown order."""
    reason = Reasons.UNKNOWN_ORDER
    reject = CancelReject(
        order_id="",
        cl_ord_id=cl_ord_id,
        orig_cl_ord_id=orig_cl_ord_id,
        ord_status=OrdStatus.REJECTED,
        response_to=_response_to(terms),
        cxl_rej_reason=reason.value.cxl_rej_reason,
        text=reason.text(OrigClOrdID=orig_cl_ord_id),
        account=None if terms is None else terms.account,
    )
    turn.emit(RequestRejected("", session, reject))


def _response_to(terms: OrderTerms | None) -> CxlRejResponseTo:
    if terms is None:
        return CxlRejResponseTo.ORDER_CANCEL_REQUEST
    return CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST
