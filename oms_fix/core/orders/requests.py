"""A client's cancel or replace, from the venues' side: passed on to the children, then answered.

Theory of operation
-------------------
A *cancel* cancels every open child. It is answered when no child has a request unanswered: Canceled
if none is open any more, refused if a venue refused.

A *replace* of an order with one open child replaces that child in place, which keeps what priority
the venue grants. With several open children, with one that is only a part of the order or has terms
of its own (a limit, Immediate Or Cancel), with one at a venue that lacks `replace`, or where the
new OrderQty(38) leaves nothing to execute, the replace *withdraws*: the children are canceled, and
when all have answered the order is replaced and what is left of it is routed afresh, by the rules.
So at no moment can more be at the venues than the smaller of the old and the new terms allows.

If the order ended meanwhile, the request is refused as too late (matrix B.1.c).

What the client asks while a replace is pending *waits*, and is taken on when that is answered,
whichever way: the client chains it to the request before, and where that was refused it counts for
the last id that was accepted (matrices D.2.a, D.2.c). A cancel is told as pending at once, because
that ranks above a pending replace; behind it nothing more is let in.
"""

from msgspec import structs

from oms_fix.core.orders import children, reports
from oms_fix.core.orders.features import takes_replaces
from oms_fix.core.orders.legs import is_part
from oms_fix.core.orders.order import ZERO, Child, Order, Request, Waiting
from oms_fix.core.orders.turn import Turn
from oms_fix.model.enums import ExecType
from oms_fix.model.events import RequestAccepted, RequestQueued
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons


def queue(turn: Turn, order: Order, asked: Waiting) -> None:
    """Let a request wait for the one that is pending."""
    turn.emit(
        RequestQueued(order.order_id, asked.cl_ord_id, asked.orig_cl_ord_id, terms=asked.terms)
    )
    if asked.terms is None:
        reports.pending(turn, order, asked)


def refuse_waiting(turn: Turn, order: Order) -> None:
    """Refuse what still waits: the order has ended."""
    reason = Reasons.TOO_LATE
    text = reason.text(OrdStatus=order.status.name)
    for asked in order.waiting:
        _reject(turn, order, asked, reason, text)


def accept_cancel(turn: Turn, order: Order, asked: Waiting) -> None:
    """Take a cancel on: Pending Cancel to the client, cancels to the venues."""
    is_told = asked in order.waiting
    _accept(turn, order, asked, withdraws=True)
    if not is_told:
        reports.pending(turn, order, asked)
    _withdraw(turn, order)


def _accept(turn: Turn, order: Order, asked: Waiting, *, withdraws: bool) -> None:
    orig = asked.orig_cl_ord_id
    turn.emit(RequestAccepted(order.order_id, asked.cl_ord_id, orig, withdraws, asked.terms))


def accept_replace(
    turn: Turn, order: Order, asked: Waiting, terms: OrderTerms, warning: str | None = None
) -> None:
    """Take a replace on: Pending Replace to the client, replace or cancels to the venues."""
    open_children = order.open_children
    is_one = len(open_children) == 1 and _can_be_replaced(turn, order, open_children[0])
    withdraws = not is_one or order.awaits_venue or terms.order_qty <= order.cum_qty
    taken = structs.replace(asked, terms=terms)
    is_told = order.request is not None  # it was held for review
    _accept(turn, order, taken, withdraws=withdraws)
    if not is_told:
        reports.pending(turn, order, taken, warning)
    if withdraws:
        _withdraw(turn, order)
    else:
        children.request_replace(turn, order, open_children[0], terms)


def _can_be_replaced(turn: Turn, order: Order, child: Child) -> bool:
    """Whether a child is the whole order, and its venue changes orders in place."""
    return not is_part(order, child) and takes_replaces(turn.state, child.venue)


def _withdraw(turn: Turn, order: Order) -> None:
    for child in order.open_children:
        if child.request is None:  # else it is being called back already
            children.request_cancel(turn, order, child)


def answer(turn: Turn, order: Order) -> bool:
    """Answer the pending request if the venues have; return whether quantity may be routed anew."""
    request = order.request
    if request is not None and request.held:
        if not order.is_open or order.withdrawn is not None:
            _refuse(turn, order, Reasons.TOO_LATE, Reasons.TOO_LATE.text())
        return False
    if request is None or order.awaits_venue:
        return False
    if request.accepted:
        return _answer_replaced(turn, order, request)
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


def _answer_replaced(turn: Turn, order: Order, request: Request) -> bool:
    """The child is replaced; what a bust has opened again meanwhile is called back if it is more.

    What a venue does not give back stays part of OrderQty(38): it may still be filled.
    """
    assert request.terms is not None, "a replace was accepted"
    leaves_qty = max(request.terms.order_qty - order.cum_qty, ZERO)
    if request.refused is None and order.placed_qty > leaves_qty:
        children.call_back_excess(turn, order, leaves_qty)
        if order.awaits_venue:
            return False
    reports.replaced(turn, order)
    return order.is_open


def _answer_withdrawn(turn: Turn, order: Order, request: Request) -> bool:
    """Nothing is at the venues any more: as was asked, or because the only child ended."""
    if request.terms is None:
        reports.ended(turn, order, ExecType.CANCELED, None)
        return False
    if not (request.withdraws or order.rests):
        return False  # the order ends as its child did, and the replace is too late
    reports.replaced(turn, order)
    return order.is_open


def _venue_text(request: Request) -> str:
    """Say what the venue said; nothing if the child ended before it could be replaced."""
    return Reasons.VENUE_REJECTED.text(text=repr(request.refused or ""))


def _refuse(turn: Turn, order: Order, reason: Reasons, text: str) -> None:
    request = order.request
    assert request is not None, "only a pending request is refused here"
    _reject(turn, order, request, reason, text)


def _reject(turn: Turn, order: Order, asked: Request | Waiting, reason: Reasons, text: str) -> None:
    orig = asked.orig_cl_ord_id
    reports.request_rejected(
        turn, order, asked.cl_ord_id, asked.terms, reason, text, orig, ends_request=True
    )
