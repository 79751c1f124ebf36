"""How events change what is known of venues, and by when children are due; of ``core.apply``."""

from collections.abc import Callable
from typing import Any

from oms_fix.core.orders.order import ZERO, Child
from oms_fix.core.orders.state import State
from oms_fix.core.orders.state_machine import OPEN
from oms_fix.core.orders.venue_record import Deadlines, VenueRecord
from oms_fix.model import venue_health as ev
from oms_fix.model.enums import ExecType
from oms_fix.model.events import ChildPlaced, ChildReported
from oms_fix.model.markets import NANOSECONDS
from oms_fix.model.venue_health import Answer
from oms_fix.model.venues import Breaker

_CHANGE_FILLED = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})
_WINDOW = Breaker().window  # of a venue without a breaker: it is shown all the same


def keep_described(state: State) -> None:
    """Keep records of the venues that are described by now, and of no others."""
    kept, state.venue_records = state.venue_records, {}
    for venue, terms in state.venues.items():
        record = kept.get(venue)
        if record is None:
            record = VenueRecord(standing=_standing(state, venue))
        elif terms.breaker is None and record.suspended_until is not None:
            record.restore()
        state.venue_records[venue] = record


def _standing(state: State, venue: str) -> set[str]:
    return {child_id for child_id in state.unsettled_at(venue) if state.children[child_id].is_open}


def placed(state: State, event: ChildPlaced) -> None:
    """Count a child that goes out, and keep by when it is to be answered and filled."""
    record = state.venue_records.get(event.venue)
    if record is not None and event.at is not None:
        record.count_placed(event.child_id, event.at, event.at // NANOSECONDS)
    if event.answer_by is not None or event.fill_by is not None:
        state.child_deadlines[event.child_id] = Deadlines(event.answer_by, event.fill_by)


def reported(state: State, child: Child, event: ChildReported) -> None:
    """Count what a venue says of a child; ``child`` is as it was before."""
    if event.exec_type in _CHANGE_FILLED:
        before = state.venue_volumes.get(event.venue, ZERO)
        state.venue_volumes[event.venue] = max(before + event.cum_qty - child.cum_qty, ZERO)
    if state.child_deadlines:
        _keep_deadlines(state, event)
    record = state.venue_records.get(event.venue)
    if record is None or not child.cl_ord_id:  # else it was given by phone
        return
    if event.answer is not None:
        record.count_answer(event.child_id, event.answer, _window(state, event.venue))
    if event.latency_us is not None:
        record.count_latency(event.latency_us)
    if event.answer is not None or event.latency_us is not None:
        record.put_in_words()
    if event.exec_type in _CHANGE_FILLED and event.cum_qty > child.cum_qty:
        record.count_fill(event.child_id)
    if event.ord_status in OPEN:
        record.standing.add(event.child_id)
    else:
        record.standing.discard(event.child_id)


def _window(state: State, venue: str) -> int:
    breaker = state.venues[venue].breaker
    return _WINDOW if breaker is None else breaker.window


def _keep_deadlines(state: State, event: ChildReported) -> None:
    """An answer is one, whatever it says; and any fill is one."""
    deadlines = state.child_deadlines.get(event.child_id)
    if deadlines is None:
        return
    deadlines.answer_by = None
    if event.cum_qty:
        deadlines.fill_by = None
    if event.ord_status not in OPEN or deadlines.fill_by is None:
        del state.child_deadlines[event.child_id]


def forced(state: State, child: Child) -> None:
    """Expect nothing in time any more of a child that an operator has closed."""
    state.child_deadlines.pop(child.child_id, None)
    record = state.venue_records.get(child.venue)
    if record is None:
        return
    record.awaited.pop(child.child_id, None)
    record.standing.discard(child.child_id)
    if record.probe == child.child_id:
        record.probe = ""


def _suspended(state: State, event: ev.VenueSuspended) -> None:
    state.venue_records[event.venue].suspend(event.until, event.reason)


def _probed(state: State, event: ev.VenueProbed) -> None:
    state.venue_records[event.venue].probe = event.child_id


def _restored(state: State, event: ev.VenueRestored) -> None:
    state.venue_records[event.venue].restore()


def _unanswered(state: State, event: ev.ChildUnanswered) -> None:
    record = state.venue_records.get(event.venue)
    if record is not None and event.child_id in record.awaited:
        window = _window(state, event.venue)
        record.count_answer(event.child_id, Answer.TIMED_OUT, window)
        record.put_in_words()
    deadlines = state.child_deadlines[event.child_id]  # kept to the end: it may be answered yet
    deadlines.answer_by = event.again_at
    deadlines.asked += 1


def _unfilled(state: State, event: ev.ChildUnfilled) -> None:
    state.child_deadlines.pop(event.child_id, None)
    state.children[event.child_id].is_overdue = event.is_called_back


APPLY: dict[type, Callable[[State, Any], None]] = {
    ev.VenueSuspended: _suspended,
    ev.VenueProbed: _probed,
    ev.VenueRestored: _restored,
    ev.ChildUnanswered: _unanswered,
    ev.ChildUnfilled: _unfilled,
}
"""One function an event kind."""
