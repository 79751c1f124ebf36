"""Orders that are taken back without the client's asking for each: the venues are asked to cancel.

A mass cancel, an operator, a lost connection or the end of its day withdraws an order. Its children
are canceled, nothing of it is routed again, and when no venue works it any more the client is told
Canceled, or how else it was to end, under the order's own ClOrdID(11). If a venue refuses, the
order goes on as it was, and a client that asked for it is told so by OrderCancelReject(9).
"""

from msgspec import structs

from oms_fix.core.orders import children, reports
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.turn import Turn
from oms_fix.model.events import OrderWithdrawn
from oms_fix.model.reasons import Reasons


def withdraw(turn: Turn, event: OrderWithdrawn) -> Order:
    """Begin to take an order back.

    If that has begun before, a client that asked for it is still to be answered, and what was to
    end with its day still ends as that.
    """
    order = turn.state.orders[event.order_id]
    assert order.is_open, "what has ended cannot be taken back"
    before = order.withdrawn
    if before is not None:
        cl_ord_id = event.cl_ord_id or before.cl_ord_id
        event = structs.replace(event, cl_ord_id=cl_ord_id, ends_as=before.ends_as)
    turn.emit(event)
    if before is None or order.direct is None:  # else its venue has our cancel
        go_on(turn, order)
    return order


def go_on(turn: Turn, order: Order) -> None:
    """Ask for what is not asked for yet: a child with a replace pending is canceled after that."""
    for child in order.open_children:
        if child.request is None:
            children.request_cancel(turn, order, child)


def is_wanted(order: Order) -> bool:
    """Return whether a cancel of the client's is unanswered: of this order, or of many."""
    is_pending = order.request is not None and order.request.terms is None
    passed_on = any(each.terms is None for each in order.passed_on.values())
    of_many = order.withdrawn is not None and order.withdrawn.cl_ord_id != ""
    return is_pending or order.cancel_waits or passed_on or of_many


def is_under_way(order: Order) -> bool:
    """Return whether an order is being canceled, at whoever's wish."""
    return order.withdrawn is not None or is_wanted(order)


def refused(turn: Turn, order: Order, cl_ord_id: str, text: str | None) -> None:
    """Tell the client that a venue does not let go of an order it wanted canceled with others."""
    if not cl_ord_id:
        return
    reason = Reasons.VENUE_REJECTED
    reports.request_rejected(turn, order, cl_ord_id, None, reason, reason.text(text=repr(text)))
