"""Requests about many orders at once: mass cancel, mass status.

"All" are the client's own orders on its session. Each order that a mass cancel takes back is
answered for by itself; OrderMassCancelReport(r) says only whether the request was taken on (FIX 4.4
Volume 4, OrderMassCancelReport).
"""

from collections.abc import Iterable

from oms_fix.core.orders import reports, withdrawal
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.commands import OrderMassCancelRequest, OrderMassStatusRequest
from oms_fix.model.enums import Side
from oms_fix.model.events import MassCancelReported, OrderWithdrawn
from oms_fix.model.reasons import Reasons

# MassCancelRequestType(530); MassStatusReqType(585) has 1 and 7 too, and 9 for an account.
_BY_SECURITY, _BY_SECURITY_TYPE, _ALL = "1", "5", "7"
_REJECTED = "0"  # MassCancelResponse(531)
_CANCEL = "3"  # MassActionType(1373); orders are neither suspended nor released
_SCOPE = "MassActionScope(1374)"
# MassCancelRejectReason(532).
_NOT_SUPPORTED, _UNKNOWN_SECURITY, _UNKNOWN_SECURITY_TYPE, _OTHER = 0, 1, 5, 99

_Problem = tuple[int, str]


def cancel(turn: Turn, command: OrderMassCancelRequest) -> list[Order]:
    """Take back the orders that a mass cancel names; return them."""
    problem = _problem(turn.state, command)
    if problem is not None:
        reason, text = problem
        _answer(turn, command, _REJECTED, reject_reason=reason, text=text)
        return []
    orders = [
        order
        for order in _open_orders(turn.state, command.session, command.side)
        if command.symbol in (None, order.terms.symbol)
        and command.security_type in (None, order.terms.security_type)
    ]
    _answer(turn, command, command.request_type, affected=len(orders))
    text = f"mass cancel {command.cl_ord_id}"
    for order in orders:
        if order.withdrawn is not None and order.withdrawn.cl_ord_id:
            _refuse(turn, order, command.cl_ord_id, order.withdrawn.cl_ord_id)
        else:
            withdrawal.withdraw(turn, OrderWithdrawn(order.order_id, text, command.cl_ord_id))
    return orders


def _refuse(turn: Turn, order: Order, cl_ord_id: str, pending: str) -> None:
    """Refuse to take back what another mass cancel is taking back; that will be answered."""
    reason = Reasons.ALREADY_PENDING
    reports.request_rejected(turn, order, cl_ord_id, None, reason, reason.text(ClOrdID=pending))


def _problem(state: State, command: OrderMassCancelRequest) -> _Problem | None:
    if (command.session, command.cl_ord_id) in state.orders_by_cl_ord_id:
        return _OTHER, Reasons.DUPLICATE_CL_ORD_ID.text(ClOrdID=command.cl_ord_id)
    if command.action not in (None, _CANCEL):
        field, value = "MassActionType(1373)", command.action
        text = Reasons.UNSUPPORTED_ORDER.text(field=field, value=value, allowed=_CANCEL)
        return _NOT_SUPPORTED, text
    match command.request_type:
        case "1" if not _is_known(state, command):
            return _UNKNOWN_SECURITY, Reasons.UNKNOWN_SYMBOL.text(Symbol=command.symbol)
        case "5" if command.security_type is None:
            field = "SecurityType(167)"
            return _UNKNOWN_SECURITY_TYPE, Reasons.MISSING_FIELD.text(field=field)
        case "1" | "5" | "7":
            return None
        case kind:
            allowed = f"{_BY_SECURITY},{_BY_SECURITY_TYPE},{_ALL}"
            field = "MassCancelRequestType(530)" if command.action is None else _SCOPE
            text = Reasons.UNSUPPORTED_ORDER.text(field=field, value=kind, allowed=allowed)
            return _NOT_SUPPORTED, text


def _is_known(state: State, command: OrderMassCancelRequest) -> bool:
    """Whether the security is in the instruments file, or there are orders in it all the same."""
    if command.symbol in state.instruments:
        return True
    orders = _open_orders(state, command.session, command.side)
    return any(order.terms.symbol == command.symbol for order in orders)


def _answer(
    turn: Turn,
    command: OrderMassCancelRequest,
    response: str,
    affected: int = 0,
    reject_reason: int | None = None,
    text: str | None = None,
) -> None:
    turn.emit(
        MassCancelReported(
            session=command.session,
            report_id=turn.state.next_exec_id(),
            cl_ord_id=command.cl_ord_id,
            request_type=command.request_type,
            response=response,
            affected=affected,
            reject_reason=reject_reason,
            text=text,
            action=command.action,
        )
    )


def status(turn: Turn, command: OrderMassStatusRequest) -> None:
    """Report the open orders that a mass status request names; that there are none, if so."""
    orders = [
        order
        for order in _open_orders(turn.state, command.session, command.side)
        if _is_wanted(command, order)
    ]
    if orders:
        reports.mass_status(turn, orders, command.mass_status_req_id)
    else:
        reports.no_status(turn, command)


def _is_wanted(command: OrderMassStatusRequest, order: Order) -> bool:
    match command.request_type:
        case "1":
            return order.terms.symbol == command.symbol
        case "9":
            return order.terms.account == command.account
        case kind:
            return kind == _ALL


def _open_orders(state: State, session: str, side: Side | None) -> Iterable[Order]:
    return (
        order
        for order in state.orders.values()
        if order.session == session and order.is_open and side in (None, order.terms.side)
    )
