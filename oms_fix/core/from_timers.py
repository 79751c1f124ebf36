"""What time brings to child orders; see ``core.orders.deadlines``."""

from oms_fix.core.orders import children, deadlines, health, reconciliation
from oms_fix.core.orders.deadlines import ASKED_MAX, Due
from oms_fix.core.orders.order import Child
from oms_fix.core.orders.turn import Turn
from oms_fix.core.routing.decide import decide
from oms_fix.model.markets import NANOSECONDS
from oms_fix.model.venue_health import ChildOverdue, ChildUnanswered, ChildUnfilled
from oms_fix.model.venues import NO_TERMS


def child_overdue(turn: Turn, command: ChildOverdue) -> None:
    """Ask about a child that was not answered; call back one that was not filled."""
    what = deadlines.due(turn.state, command.child_id, turn.now)
    if what is not None:
        _SEE_TO[what](turn, turn.state.children[command.child_id])


def _unanswered(turn: Turn, child: Child) -> None:
    state, venue = turn.state, child.venue
    attempt = state.child_deadlines[child.child_id].asked + 1
    patience = health.patience(state.venues.get(venue, NO_TERMS))
    is_asked = patience is not None and attempt <= ASKED_MAX
    again_at = turn.now + patience * NANOSECONDS if patience is not None and is_asked else None
    record = state.venue_records.get(venue)
    counts = record is not None and child.child_id in record.awaited
    turn.emit(ChildUnanswered(child.order_id, child.child_id, venue, attempt, again_at))
    if is_asked:
        reconciliation.ask(turn, child, child.cl_ord_id)
    if counts:
        health.judge(turn, child)


def _unfilled(turn: Turn, child: Child) -> None:
    order, elsewhere = turn.state.orders[child.order_id], frozenset({child.venue})
    decision = decide(turn.state, order, child.open_qty, turn.now, passed_over=elsewhere)
    is_called_back = decision is not None and bool(decision.placements)
    turn.emit(ChildUnfilled(order.order_id, child.child_id, child.venue, is_called_back))
    if is_called_back:
        children.request_cancel(turn, order, child)


_SEE_TO = {Due.ANSWER: _unanswered, Due.FILL: _unfilled}
