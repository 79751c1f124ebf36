"""What the client is told: reports and rejects, built from the order as it stands."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders.executions import Execution
from oms_fix.core.orders.order import STATUS_EXEC_ID, ZERO, Child, Order, PassedOn, Waiting
from oms_fix.core.orders.state import State
from oms_fix.core.orders.state_machine import PENDING, transition
from oms_fix.core.orders.turn import Turn
from oms_fix.model.commands import (
    DontKnowTrade,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from oms_fix.model.enums import CxlRejResponseTo, ExecType, OrdStatus, OrdType, Side
from oms_fix.model.events import OrderAnswered, OrderReported, RequestRejected, TradeDoubted
from oms_fix.model.orders import CancelReject, ExecutionReport, OrderTerms, OtherField
from oms_fix.model.reasons import Reasons

_NEW, _TRADE = ExecType.NEW, ExecType.TRADE
GT_RENEWAL = 1
"""ExecRestatementReason(378)."""
_BROKER_RESTATES = 4  # ExecRestatementReason(378)
_PARTIAL_DECLINE = 5
_BROKER_OPTION = 2  # CxlRejReason(102)
_NO_SYMBOL = "[N/A]"  # Symbol(55) where there is none (FIX 4.4 Volume 6)
_ORD_STATUS_REQ_ID = 790
_NOTHING_DONE = "Nothing Done"

Wording = Callable[[ExecutionReport], ExecutionReport]
"""Says a report in other words: whose ids, whose status."""


def as_it_is(report: ExecutionReport) -> ExecutionReport:
    """Return the report."""
    return report


def plain(turn: Turn, order: Order, exec_type: ExecType) -> ExecutionReport:
    """Return a report of the order as it is."""
    report = ExecutionReport(
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
    if order.direct is None and order.terms.time_in_force.is_good_till:
        return structs.replace(
            report,
            day_order_qty=order.day_order_qty,
            day_cum_qty=order.day_cum_qty,
            day_avg_px=order.day_avg_px,
        )
    return report


def tell(turn: Turn, order: Order, report: ExecutionReport) -> None:
    """Tell the client; the order is then as the report says."""
    turn.emit(OrderReported(order.order_id, order.session, report))


def tell_of_trade(
    turn: Turn, order: Order, child: Child, venue_exec_id: str, report: ExecutionReport
) -> None:
    """Tell the client of what a venue has reported as ``venue_exec_id``: a fill, or its change."""
    turn.emit(OrderReported(order.order_id, order.session, report, child.child_id, venue_exec_id))


def accepted(turn: Turn, order: Order, text: str | None) -> None:
    """New: the router has taken the order."""
    report = plain(turn, order, _NEW)
    tell(turn, order, structs.replace(report, ord_status=OrdStatus.NEW, text=text))


def pending_new(turn: Turn, order: Order, text: str) -> None:
    """Pending New: the order is held for review."""
    tell(turn, order, structs.replace(plain(turn, order, ExecType.PENDING_NEW), text=text))


def rejected(turn: Turn, order: Order, text: str, ord_rej_reason: int) -> None:
    """Rejected, at once or after New: nothing was filled and nothing will be."""
    report = plain(turn, order, ExecType.REJECTED)
    report = structs.replace(
        report,
        ord_status=OrdStatus.REJECTED,
        leaves_qty=ZERO,
        ord_rej_reason=ord_rej_reason,
        text=text,
    )
    tell(turn, order, report)


def ended(turn: Turn, order: Order, exec_type: ExecType, text: str | None) -> None:
    """Canceled, Expired or Done For Day; in answer to the pending cancel if there is one."""
    status, _ = transition(order.status, exec_type, order.cum_qty, order.terms.order_qty)
    withdrawn = order.withdrawn
    report = structs.replace(
        plain(turn, order, exec_type),
        ord_status=status,
        leaves_qty=ZERO,
        exec_restatement_reason=None if withdrawn is None else withdrawn.exec_restatement_reason,
        text=text if withdrawn is None else withdrawn.text,
    )
    request = order.request
    if request is not None and request.terms is None:
        report = structs.replace(
            report,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=order.cl_ord_id,
            exec_restatement_reason=None,  # it was asked for
        )
    tell(turn, order, report)


def rests(turn: Turn, order: Order, text: str | None) -> None:
    """Done For Day of an order that goes on tomorrow: LeavesQty(151) stays (matrix H.1.a)."""
    report = plain(turn, order, ExecType.DONE_FOR_DAY)
    is_pending = report.ord_status in PENDING
    status = report.ord_status if is_pending else OrdStatus.DONE_FOR_DAY
    tell(turn, order, structs.replace(report, ord_status=status, text=text))


def renewed(turn: Turn, order: Order) -> None:
    """Restated, with the quantities of the new day: a renewal of an order of several days."""
    report = plain(turn, order, ExecType.RESTATED)
    tell(turn, order, structs.replace(report, exec_restatement_reason=GT_RENEWAL))


def pending(turn: Turn, order: Order, asked: Waiting, text: str | None = None) -> None:
    """Pending Cancel or Pending Replace, with the terms as they still are."""
    exec_type = ExecType.PENDING_CANCEL if asked.terms is None else ExecType.PENDING_REPLACE
    report = plain(turn, order, exec_type)
    ids = {"cl_ord_id": asked.cl_ord_id, "orig_cl_ord_id": order.cl_ord_id}
    tell(turn, order, structs.replace(report, **ids, text=text))


def replaced(turn: Turn, order: Order) -> None:
    """Replaced: the new terms hold; at or below CumQty(14) it is filled (matrix C.3.b, c).

    OrderQty(38) is never less than what is filled and what venues may still fill.
    """
    request = order.request
    assert request is not None, "a request is pending"
    assert request.terms is not None, "the request is a replace"
    order_qty = max(request.terms.order_qty, order.cum_qty + order.placed_qty)
    terms = structs.replace(request.terms, order_qty=order_qty)
    after = order.without_request(request.cl_ord_id)
    after.status, _ = transition(order.status, ExecType.REPLACED, order.cum_qty, order_qty)
    report = structs.replace(
        plain(turn, structs.replace(order, terms=terms), ExecType.REPLACED),
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=order.cl_ord_id,
        ord_status=after.ord_status,
        leaves_qty=order_qty - order.cum_qty,
    )
    tell(turn, order, report)


def suspended(turn: Turn, order: Order, text: str) -> None:
    """Suspended: the order stays, and is not worked for a while."""
    report = plain(turn, structs.replace(order, suspended=True), ExecType.SUSPENDED)
    tell(turn, order, structs.replace(report, text=text))


def reinstated(turn: Turn, order: Order, text: str) -> None:
    """Restated, broker option: the order is worked again."""
    report = plain(turn, order, ExecType.RESTATED)
    reason = _BROKER_RESTATES
    tell(turn, order, structs.replace(report, exec_restatement_reason=reason, text=text))


def triggered(turn: Turn, order: Order, text: str) -> None:
    """Triggered: a stop order that was held here is worked from now on."""
    tell(turn, order, structs.replace(plain(turn, order, ExecType.TRIGGERED), text=text))


def declined_in_part(turn: Turn, order: Order) -> None:
    """Restated: OrderQty(38) is only what is filled and what is at the venues.

    ExecRestatementReason(378) 5, partial decline of OrderQty: the client is not to wait for a
    quantity that nobody works.
    """
    order_qty = order.cum_qty + order.placed_qty + order.owed_qty
    reason = Reasons.REST_NOT_PLACED
    after = structs.replace(order, terms=structs.replace(order.terms, order_qty=order_qty))
    report = structs.replace(
        plain(turn, after, ExecType.RESTATED),
        leaves_qty=order_qty - order.cum_qty,
        exec_restatement_reason=_PARTIAL_DECLINE,
        text=reason.text(OrderQty=order_qty, was=order.terms.order_qty),
    )
    tell(turn, order, report)


def traded(
    turn: Turn, order: Order, quantity: Decimal, price: Decimal, last_mkt: str | None
) -> ExecutionReport:
    """Return the report of a trade: a fill of a child is a fill of its order."""
    report = _after_trade(turn, order, _TRADE, quantity, quantity * price)
    return structs.replace(report, last_qty=quantity, last_px=price, last_mkt=last_mkt)


def trade_changed(
    turn: Turn, order: Order, undone: Execution, quantity: Decimal, price: Decimal
) -> ExecutionReport:
    """Return the report of a Trade Correct, or with quantity 0 of a Trade Cancel, of a fill."""
    exec_type = ExecType.TRADE_CORRECT if quantity else ExecType.TRADE_CANCEL
    value, added = quantity * price - undone.quantity * undone.price, quantity - undone.quantity
    if not undone.is_of_today:
        order = structs.replace(
            order,
            earlier_qty=order.earlier_qty + added,
            earlier_value=order.earlier_value + value,
        )
    report = _after_trade(turn, order, exec_type, added, value)
    return structs.replace(report, last_qty=quantity, last_px=price, exec_ref_id=undone.exec_id)


def _after_trade(
    turn: Turn, order: Order, exec_type: ExecType, quantity: Decimal, value: Decimal
) -> ExecutionReport:
    """Return a report with the quantities as they are once ``quantity`` more is filled."""
    after = structs.replace(order, cum_qty=order.cum_qty + quantity, value=order.value + value)
    after.status, _ = transition(order.status, exec_type, after.cum_qty, order.terms.order_qty)
    report = plain(turn, after, exec_type)
    if order.id_before_cancel is None:
        return report
    return structs.replace(
        report, cl_ord_id=order.id_before_cancel, cancel_cl_ord_id=order.cl_ord_id
    )


def _status(turn: Turn, order: Order) -> ExecutionReport:
    return structs.replace(
        plain(turn, order, ExecType.ORDER_STATUS),
        exec_id=STATUS_EXEC_ID,
        text=_NOTHING_DONE if order.is_open and not order.cum_qty else None,
    )


def mass_status(turn: Turn, orders: list[Order], mass_status_req_id: str) -> None:
    """Order Status of each of several orders, in answer to OrderMassStatusRequest(AF)."""
    for number, order in enumerate(orders, 1):
        report = structs.replace(
            _status(turn, order),
            orig_cl_ord_id=order.orig_cl_ord_id,
            mass_status_req_id=mass_status_req_id,
            tot_num_reports=len(orders),
            is_last_report=number == len(orders),
        )
        turn.emit(OrderAnswered(order.order_id, order.session, report))


def status(turn: Turn, order: Order, cl_ord_id: str, asked: tuple[OtherField, ...] = ()) -> None:
    """Order Status: the order as it is, in answer to a status request by one of its ids.

    By an old id it is answered with the current one and the old one (matrix G.1.c), by that of a
    pending request with that and the last accepted one. OrdStatusReqID(790), if it is among the
    fields ``asked`` with, comes back.
    """
    echoed = tuple([each for each in asked if each.tag == _ORD_STATUS_REQ_ID])
    report = structs.replace(_status(turn, order), other_fields=echoed)
    asked_and_pending = {each.cl_ord_id for each in order.passed_on.values()}
    asked_and_pending.update(each.cl_ord_id for each in order.waiting)
    if order.request is not None:
        asked_and_pending.add(order.request.cl_ord_id)
    if cl_ord_id == order.cl_ord_id:
        report = structs.replace(report, orig_cl_ord_id=order.orig_cl_ord_id)
    elif cl_ord_id in asked_and_pending:
        report = structs.replace(report, cl_ord_id=cl_ord_id, orig_cl_ord_id=order.cl_ord_id)
    else:
        report = structs.replace(report, orig_cl_ord_id=cl_ord_id)
    turn.emit(OrderAnswered(order.order_id, order.session, report))


def no_status(turn: Turn, command: OrderMassStatusRequest) -> None:
    """Order Status with OrdStatus(39) Rejected: the client has no such orders."""
    terms = OrderTerms(
        symbol=command.symbol or _NO_SYMBOL,
        side=command.side or Side.BUY,
        order_qty=ZERO,
        ord_type=OrdType.MARKET,
        account=command.account,
    )
    report = structs.replace(
        _unknown("", terms),
        mass_status_req_id=command.mass_status_req_id,
        tot_num_reports=0,
        is_last_report=True,
    )
    turn.emit(OrderAnswered("", command.session, report))


def status_unknown(turn: Turn, command: OrderStatusRequest) -> None:
    """Order Status with OrdStatus(39) Rejected: there is no such order."""
    report = _unknown(command.cl_ord_id, command.terms)
    turn.emit(OrderAnswered("", command.session, report))


def _unknown(cl_ord_id: str, terms: OrderTerms) -> ExecutionReport:
    return ExecutionReport(
        order_id="",
        exec_id=STATUS_EXEC_ID,
        cl_ord_id=cl_ord_id,
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        terms=terms,
        cum_qty=ZERO,
        leaves_qty=ZERO,
        avg_px=ZERO,
        ord_rej_reason=Reasons.UNKNOWN_ORDER.value.ord_rej_reason,
        text=Reasons.UNKNOWN_ORDER.text(),
    )


def doubted(state: State, command: DontKnowTrade) -> TradeDoubted:
    """Return the event for a client's DontKnowTrade(Q); with the venue, if it is about a fill."""
    doubt = TradeDoubted(
        session=command.session,
        order_id=command.order_id,
        exec_id=command.exec_id,
        dk_reason=command.dk_reason,
        text=command.text,
    )
    order = state.orders.get(command.order_id)
    if order is None or order.session != command.session:
        return structs.replace(doubt, order_id="")
    for child in order.children:
        for venue_exec_id, execution in child.executions.items():
            if execution.exec_id == command.exec_id:
                return structs.replace(
                    doubt,
                    venue=child.venue,
                    venue_exec_id=venue_exec_id,
                    venue_order_id=child.venue_order_id or "",
                    terms=child.terms,
                    last_qty=execution.quantity,
                    last_px=execution.price,
                )
    return doubt


def duplicate(turn: Turn, order: Order, cl_ord_id: str, **details: object) -> None:
    """Rejected, with the status and quantities of the order that has the ClOrdID (matrix F.1.a)."""
    reason = Reasons.DUPLICATE_CL_ORD_ID
    report = structs.replace(
        plain(turn, order, ExecType.REJECTED),
        cl_ord_id=cl_ord_id,
        ord_rej_reason=reason.value.ord_rej_reason,
        text=reason.text(ClOrdID=cl_ord_id, **details),
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
        ord_status=(order.without_request(cl_ord_id) if ends_request else order).ord_status,
        response_to=_response_to(terms),
        cxl_rej_reason=reason.value.cxl_rej_reason,
        text=text,
        account=order.terms.account,
        other_fields=order.terms.other_fields,
        requested_orig_cl_ord_id=None if requested_orig == order.cl_ord_id else requested_orig,
    )
    turn.emit(RequestRejected(order.order_id, order.session, reject, ends_request))


def passed_request_rejected(
    turn: Turn,
    order: Order,
    passed: PassedOn,
    *,
    cxl_rej_reason: int | None,
    ord_status: OrdStatus,
    text: str,
) -> None:
    """OrderCancelReject(9) in the venue's words about a request that was passed on."""
    reject = CancelReject(
        order_id=order.order_id,
        cl_ord_id=passed.cl_ord_id,
        orig_cl_ord_id=order.cl_ord_id,
        ord_status=ord_status,
        response_to=_response_to(passed.terms),
        cxl_rej_reason=_BROKER_OPTION if cxl_rej_reason is None else cxl_rej_reason,
        text=text,
        account=order.terms.account,
        other_fields=order.terms.other_fields,
        requested_orig_cl_ord_id=passed.orig_cl_ord_id,
    )
    turn.emit(RequestRejected(order.order_id, order.session, reject, ends_request=True))


def request_unknown(
    turn: Turn, command: OrderCancelRequest | OrderCancelReplaceRequest, terms: OrderTerms | None
) -> None:
    """OrderCancelReject(9) with CxlRejReason(102) unknown order."""
    reason = Reasons.UNKNOWN_ORDER
    if command.order_id is None:
        named = {"OrigClOrdID": command.orig_cl_ord_id}
    else:
        named = {"OrderID": command.order_id}
    reject = CancelReject(
        order_id="",
        cl_ord_id=command.cl_ord_id,
        orig_cl_ord_id=command.orig_cl_ord_id,
        ord_status=OrdStatus.REJECTED,
        response_to=_response_to(terms),
        cxl_rej_reason=reason.value.cxl_rej_reason,
        text=reason.text(**named),
        account=None if terms is None else terms.account,
        other_fields=() if terms is None else terms.other_fields,
    )
    turn.emit(RequestRejected("", command.session, reject))


def _response_to(terms: OrderTerms | None) -> CxlRejResponseTo:
    if terms is None:
        return CxlRejResponseTo.ORDER_CANCEL_REQUEST
    return CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST
