"""A client's cancel or replace, from the venues' side: passed on to the children, then answered.

Theory of operation
-------------------
A *cancel* cancels every open child. It is answered when no child has a request unanswered: Canceled
if none is open any more, refused if a venue refused.

A *replace* of an order with one open child replaces that child in place, which keeps what priority
the venue grants. With several open children, or where the new OrderQty(38) leaves nothing to
execute, the replace *withdraws*: the children are canceled, and when all have answered the order is
replaced and what is left of it is routed anew. So at no moment can more be at the venues than the
smaller of the old and the new terms allows.

If the order ended meanwhile, the request is refused as too late (matrix B.1.c).
"""

from oms_fix.core.orders import children, reports
from oms_fix.core.orders.state import Order, Request
from oms_fix.core.orders.turn import Turn
from oms_fix.model.enums import ExecType
from oms_fix.model.events import RequestAccepted
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons


def accept_cancel(turn: Turn, order: Order, cl_ord_id: str) -> None:
    """Take a cancel on: Pending Cancel to the client, cancels to the venues."""
    turn.emit(
        RequestAccepted(order.order_id, cl_ord_id, order.cl_ord_id, withdraws=True, terms=None)
    )
    reports.pending(turn, order)
    _withdraw(turn, order)


def accept_replace(turn: Turn, order: Order, cl_ord_id: str, terms: OrderTerms) -> None:
    """Take a replace on: Pending Replace to the client, replace or cancels to the venues."""
    open_children = order.open_children
    withdraws = len(open_children) != 1 or order.awaits_venue or terms.order_qty <= order.cum_qty
    turn.emit(RequestAccepted(order.order_id, cl_ord_id, order.cl_ord_id, withdraws, terms))
    reports.pending(turn, order)
    if withdraws:
        _withdraw(turn, order)
    else:
        children.request_replace(turn, order, open_children[0], terms)


def _withdraw(turn: Turn, order: Order) -> None:
    for child in order.open_children:
        if child.request is None:  # else it is being called back already
            children.request_cancel(turn, order, child)


def answer(turn: Turn, order: Order) -> bool:
    """Answer the pending request if the venues have; return whether quantity may be routed anew."""
    request = order.request
    if request is None or order.awaits_venue:
        return False
    if request.accepted:
        reports.replaced(turn, order)
        return order.is_open
    if not order.is_open:
        _refuse(turn, order, Reasons.TOO_LATE, Reasons.TOO_LATE.text())
        return False
    if not order.open_children:
        return _answer_withdrawn(turn, order, request)
    if request.refused is None and request.withdraws:
        _withdraw(turn, order)  # a bust or a correction has opened a child again meanwhile
        return False
    _refuse(turn, order, Reasons.VENUE_REJECTED, _venue_text(request))
    return request.terms is not None and request.withdraws


def _answer_withdrawn(turn: Turn, order: Order, request: Request) -> bool:
    """Nothing is at the venues any more: as was asked, or because the only child ended."""
    if request.terms is None:
        reports.ended(turn, order, ExecType.CANCELED, None)
        return False
    if not request.withdraws:
        return False  # the order ends as its child did, and the replace is too late
    reports.replaced(turn, order)
    return order.is_open


def _venue_text(request: Request) -> str:
    """Say what the venue said; nothing if the child ended before it could be replaced."""
    return Reasons.VENUE_REJECTED.text(text=repr(request.refused or ""))


def _refuse(turn: Turn, order: Order, reason: Reasons, text: str) -> None:
    request = order.request
    assert request is not None, "only a pending request is refused here"
    reports.request_rejected(
        turn, order, request.cl_ord_id, request.terms, reason, text, ends_request=True
    )
