"""How the events of a venue's reconciliation change the state: a part of ``core.apply``."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from oms_fix.core.orders.asked import AskedStatus, Reconciliation
from oms_fix.core.orders.order import Child
from oms_fix.core.orders.state import State
from oms_fix.core.orders.state_machine import ENDED
from oms_fix.model import events as ev
from oms_fix.model.enums import OrdStatus

_DIFFERENCES_KEPT = 10


def _reconciliation_started(state: State, event: ev.VenueReconciliationStarted) -> None:
    children = state.unsettled_at(event.venue)
    state.reconciliations[event.venue] = Reconciliation(
        event.reconciliation, event.children, unsettled=set(children), queue=children[::-1]
    )


def _mass_status_requested(state: State, event: ev.OrderMassStatusRequested) -> None:
    state.mass_requests_count += 1
    under_way = state.reconciliations[event.venue]
    under_way.request_id = event.request_id
    under_way.listed = 0


def _child_status_requested(state: State, event: ev.ChildStatusRequested) -> None:
    under_way = state.reconciliations.get(event.venue)
    if under_way is None:  # it is a child that was not answered in time
        return
    if event.child_id not in under_way.asked:
        while under_way.queue.pop() != event.child_id:
            pass  # what was told of meanwhile need not be asked about
    request = state.children[event.child_id].request
    under_way.asked[event.child_id] = AskedStatus(
        event.cl_ord_id,
        None if request is None else request.cl_ord_id,
        under_way.seen_pending.get(event.child_id),
    )


def _order_status_compared(state: State, event: ev.OrderStatusCompared) -> None:
    under_way = state.reconciliations.get(event.venue)
    if under_way is None or event.is_late:
        return
    under_way.answers += 1
    under_way.attempts = 0
    if event.difference:
        under_way.differences += 1
        latest = [*under_way.latest_differences, event.difference]
        under_way.latest_differences = latest[-_DIFFERENCES_KEPT:]
    if event.request_id is not None and event.request_id == under_way.request_id:
        under_way.listed += 1
        if event.completes_list:
            under_way.request_id = None
    if event.settles:
        _settled(state, event)
        under_way.unsettled.discard(event.child_id)
        under_way.asked.pop(event.child_id, None)
    elif event.child_id in under_way.asked:
        request = state.children[event.child_id].request
        if request is not None:
            under_way.seen_pending[event.child_id] = request.cl_ord_id


def _settled(state: State, event: ev.OrderStatusCompared) -> None:
    """What an operator has closed or undone, its venue has told of now."""
    child = state.children.get(event.child_id)
    if child is None:
        return
    if child.forced:
        _settle_forced(child, event)
        state.keep_unsettled(child)
    if event.cum_qty == child.cum_qty:
        child.taken_back = None


def _settle_forced(child: Child, event: ev.OrderStatusCompared) -> None:
    if event.ord_status is OrdStatus.FILLED and event.cum_qty is not None:
        # All there is of it; but a bust may open it.
        order_qty = max(event.cum_qty - child.undone_qty, child.cum_qty)
        child.terms = structs.replace(child.terms, order_qty=order_qty)
    elif event.ord_status in ENDED:
        is_done = event.ord_status is OrdStatus.DONE_FOR_DAY
        child.forced = is_done and child.terms.time_in_force.is_good_till


def _reconciliation_overdue(state: State, event: ev.VenueReconciliationOverdue) -> None:
    under_way = state.reconciliations[event.venue]
    under_way.attempts = event.attempt
    under_way.queue += reversed(under_way.asked)
    under_way.asked.clear()


def _venue_reconciled(state: State, event: ev.VenueReconciled) -> None:
    state.last_reconciliations[event.venue] = state.reconciliations.pop(event.venue)


APPLY: dict[type, Callable[[State, Any], None]] = {
    ev.VenueReconciliationStarted: _reconciliation_started,
    ev.OrderMassStatusRequested: _mass_status_requested,
    ev.ChildStatusRequested: _child_status_requested,
    ev.OrderStatusCompared: _order_status_compared,
    ev.VenueReconciliationOverdue: _reconciliation_overdue,
    ev.VenueReconciled: _venue_reconciled,
}
"""One function an event kind."""
