"""Health of venues: who answers as it should gets orders, who does not is suspended for a while.

Theory of operation
-------------------
Kept is a ``VenueRecord`` for each venue that venues.yaml describes, and for no other. A child order
comes to one of these, by the first word on it: it is *acknowledged*; *rejected*; or *timed out*,
where no word came within ``no_answer_seconds``. A reject is not the venue's failure where
OrdRejReason(103) says that something is wrong in the order: such an order does not count at all.
A word that comes too late changes nothing of this: a child order counts once.

With a *breaker*, a venue is suspended when its window is full and the share of failures in it is
above ``failures_percent_max``. Once ``suspend_seconds`` are over, the next child order that is for
it goes there as a *probe*, and no other while that is unanswered. A probe is always timed: without
``no_answer_seconds`` it has ``suspend_seconds`` to be answered, lest one that is lost keep the
venue away for good. If the probe is answered, also by a reject that is not the venue's failure, the
venue is restored, and its window begins anew, empty. If it fails, the venue is suspended again.
Operators can restore it at any time. What is at the venue stays there, and is canceled and replaced
as always.

*Limits* (orders in a second, open orders, the smallest quantity) are obstacles as well: such an
order goes to other venues of its route, and nothing waits for a limit.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from oms_fix.core.orders.order import Child, Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.core.orders.venue_record import VenueRecord
from oms_fix.model.commands import VenueExecutionReport
from oms_fix.model.enums import ExecType
from oms_fix.model.markets import NANOSECONDS
from oms_fix.model.routing import RouteLeg
from oms_fix.model.venue_health import (
    Answer,
    RestoreVenue,
    VenueProbed,
    VenueRestored,
    VenueSuspended,
)
from oms_fix.model.venues import Breaker, VenueTerms

OF_THE_ORDER = frozenset({1, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 18})
"""OrdRejReason(103) that is about the order. All others are about the venue: 0 (its own option), 2
(closed), 4 (too late), 8 (stale), 99 (other), and a reject that gives none."""

_US = 1000


# --- placing ------------------------------------------------------------------------------------


def obstacle(state: State, venue: str, now: int, quantity: Decimal) -> str | None:
    """Return why a venue is not to get an order of this quantity now, or None."""
    record = state.venue_records.get(venue)
    if record is None:
        return None
    terms = state.venues[venue]
    return _suspension(record, now) or _limit(record, terms, now, quantity)


def _suspension(record: VenueRecord, now: int) -> str | None:
    if record.suspended_until is None:
        return None
    if now < record.suspended_until:
        return f"suspended until {time_of_day(record.suspended_until)}: {record.reason}"
    return f"suspended until {record.probe} is answered" if record.probe else None


def _limit(record: VenueRecord, terms: VenueTerms, now: int, quantity: Decimal) -> str | None:
    if terms.quantity_min is not None and quantity < terms.quantity_min:
        return f"takes no less than {terms.quantity_min}"
    if terms.open_orders_max is not None and len(record.standing) >= terms.open_orders_max:
        return f"at its limit of {terms.open_orders_max} open orders"
    per_second, is_now = terms.orders_per_second_max, record.second == now // NANOSECONDS
    if per_second is not None and is_now and record.placed >= per_second:
        return f"at its limit of {per_second} orders a second"
    return None


def times(turn: Turn, order: Order, leg: RouteLeg) -> dict[str, int]:
    """Return what the event of a placed child says of time; nothing where nothing is to be kept."""
    found, now = {}, turn.now
    record = turn.state.venue_records.get(leg.venue)
    if record is not None:
        found["at"] = now
        terms = turn.state.venues[leg.venue]
        is_timed = terms.no_answer_seconds is not None or record.suspended_until is not None
        seconds = patience(terms) if is_timed else None
        if seconds is not None:
            found["answer_by"] = now + seconds * NANOSECONDS
    if leg.no_fill_seconds is not None and order.direct is None:
        found["fill_by"] = now + leg.no_fill_seconds * NANOSECONDS
    return found


def patience(terms: VenueTerms) -> int | None:
    """Return how many seconds a venue has to answer a child order whose answer is timed."""
    if terms.no_answer_seconds is not None or terms.breaker is None:
        return terms.no_answer_seconds
    return terms.breaker.suspend_seconds


def probe(turn: Turn, child: Child) -> None:
    """Put on record that a child goes to a suspended venue."""
    record = turn.state.venue_records.get(child.venue)
    if record is not None and record.suspended_until is not None and not record.probe:
        turn.emit(VenueProbed(child.order_id, child.child_id, child.venue))


# --- answers ------------------------------------------------------------------------------------


def first_word(turn: Turn, child: Child, command: VenueExecutionReport) -> dict[str, Any]:
    """Return what the event of a report says of health: nothing but in the first word on a child.

    That is what the child has come to, and after how many microseconds.
    """
    record = turn.state.venue_records.get(child.venue)
    if record is None or child.child_id not in record.awaited:
        return {}
    latency = max(turn.now - record.awaited[child.child_id], 0)
    return {"answer": _answer(command), "latency_us": latency // _US}


def _answer(command: VenueExecutionReport) -> Answer:
    if command.exec_type is not ExecType.REJECTED:
        return Answer.ACKNOWLEDGED
    return Answer.REFUSED if command.ord_rej_reason in OF_THE_ORDER else Answer.REJECTED


def judge(turn: Turn, child: Child) -> None:
    """Suspend or restore a venue by what a child has come to, as that is news."""
    record = turn.state.venue_records[child.venue]
    breaker = turn.state.venues[child.venue].breaker
    if breaker is None:
        return
    if record.probe == child.child_id:
        if record.has_failed(child.child_id):
            _suspend(turn, child.venue, breaker, f"{child.child_id} has failed as well")
        else:
            turn.emit(VenueRestored(child.venue, child.child_id))
    elif record.suspended_until is None and _is_failing(record, breaker):
        percent = round(Decimal(100 * record.failures) / len(record.outcomes))
        reason = f"{percent} % of its last {len(record.outcomes)} orders failed"
        _suspend(turn, child.venue, breaker, reason)


def _is_failing(record: VenueRecord, breaker: Breaker) -> bool:
    is_full = len(record.outcomes) == breaker.window
    return is_full and 100 * record.failures > breaker.failures_percent_max * breaker.window


def _suspend(turn: Turn, venue: str, breaker: Breaker, reason: str) -> None:
    turn.emit(VenueSuspended(venue, turn.now + breaker.suspend_seconds * NANOSECONDS, reason))


def restore(turn: Turn, command: RestoreVenue) -> None:
    """Let a suspended venue have orders again, as an operator wants."""
    record = turn.state.venue_records.get(command.venue)
    if record is not None and record.suspended_until is not None:
        turn.emit(VenueRestored(command.venue, operator=command.operator, reason=command.reason))


# --- in words -----------------------------------------------------------------------------------


def words(state: State, venue: str) -> str:
    """Return how a venue has answered of late; empty where nothing is known of that."""
    record = state.venue_records.get(venue)
    return "" if record is None else record.words


def time_of_day(at: int) -> str:
    """Return a time (nanoseconds since 1970 UTC) as ``14:30:00Z``, rounded up to a second."""
    return f"{datetime.fromtimestamp(-(-at // NANOSECONDS), UTC):%H:%M:%S}Z"
