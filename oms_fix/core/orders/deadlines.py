"""Timers of children: a venue is to answer a child order in time, and to fill it in time.

Theory of operation
-------------------
*No answer* (``no_answer_seconds`` of the venue): the child counts as timed out, and the venue is
asked by OrderStatusRequest(H) where it stands, up to ``ASKED_MAX`` times, as long apart. Nothing is
concluded from silence: the venue may have the order, so that it is neither canceled nor sent
elsewhere. What the venue does say holds: an order that it has is acknowledged, one that it does not
know has been rejected, and is routed again. After the last question operators are told; the child
stays, and reconciliation asks about it when the venue has logged on again.

*No fill* (``no_fill_seconds`` of the route): a child without any fill by then is called back if
another venue would take what is left of it, and its venue gets nothing of this order any more; what
it gives back is routed again. Where no other venue would, it stays for good. A child with some fill
is left alone. What is filled before the venue has canceled counts, as it does always.

A timer waits while its venue is not connected or is being reconciled, for it hears of nothing then;
that of the fill also while the venue has yet to answer, while a request is under way, and while the
order is halted or held. A direct order has no timer of the fill: its venue's word is the router's.
"""

from collections.abc import Iterator
from enum import Enum

from oms_fix.core.orders.order import Child, Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.trading_states import halt_problem
from oms_fix.core.orders.venue_record import Deadlines
from oms_fix.model.enums import OrdStatus

ASKED_MAX = 3
"""So often a venue is asked where a child stands that it has not answered."""


class Due(Enum):
    """What a child has not come to in time."""

    ANSWER = "answer"
    FILL = "fill"


def due(state: State, child_id: str, now: int) -> Due | None:
    """Return what of a child is overdue, and can be seen to now; or None."""
    deadlines = state.child_deadlines.get(child_id)
    if deadlines is None:
        return None
    child = state.children[child_id]
    if child.venue not in state.sessions_logged_on or child.venue in state.reconciliations:
        return None
    if deadlines.answer_by is not None:
        return Due.ANSWER if deadlines.answer_by <= now else None
    if deadlines.fill_by is None or now < deadlines.fill_by:
        return None
    return Due.FILL if _can_be_called_back(state, state.orders[child.order_id], child) else None


def _can_be_called_back(state: State, order: Order, child: Child) -> bool:
    is_free = order.is_open and not (order.awaits_answer or order.rests or order.cancel_waits)
    is_there = child.is_open and child.request is None and not child.cum_qty
    return is_there and is_free and order.withdrawn is None and halt_problem(state, order) is None


def all_due(state: State, now: int) -> Iterator[str]:
    """Yield the children of which something is overdue, those that were placed first before all."""
    for child_id, deadlines in list(state.child_deadlines.items()):
        first = _first(deadlines)
        if first is not None and first <= now and due(state, child_id, now):
            yield child_id


def next_at(state: State) -> int | None:
    """Return when the next child is to be looked at; None if none is watched."""
    times = (_first(each) for each in state.child_deadlines.values())
    return min((at for at in times if at is not None), default=None)


def _first(deadlines: Deadlines) -> int | None:
    """Return the time to look at a child: an answer is awaited first, whatever the time."""
    return deadlines.fill_by if deadlines.answer_by is None else deadlines.answer_by


def was_asked(state: State, child: Child) -> bool:
    """Whether a venue was asked where a child stands since it has not answered it."""
    deadlines = state.child_deadlines.get(child.child_id)
    is_silent = child.status is OrdStatus.PENDING_NEW
    return deadlines is not None and deadlines.asked > 0 and is_silent
