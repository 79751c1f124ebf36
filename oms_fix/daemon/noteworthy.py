"""What of the core's decisions operators are to see in the log."""

from collections.abc import Callable
from typing import Any

import structlog

from oms_fix.core.compliance.breaches import describe
from oms_fix.core.orders.children import FILLED_ALL_THE_SAME
from oms_fix.core.orders.forced import NOT_CANCELED
from oms_fix.model import circumstances, venue_health
from oms_fix.model import events as ev
from oms_fix.model.events import Event
from oms_fix.model.operations import OrderOperated
from oms_fix.model.reviews import ReviewDecided, ReviewOpened

log = structlog.get_logger("oms_fix.core")


def tell(event: Event) -> None:
    """Log an event, if it is one that somebody has to look at."""
    teller = _TELLERS.get(type(event))
    if teller is not None:
        teller(event)


def _child_reported(event: ev.ChildReported) -> None:
    if event.discrepancy == FILLED_ALL_THE_SAME:
        log.critical("filled_after_force_done", order=event.order_id, child=event.child_id)
    elif event.discrepancy:
        log.error("discrepancy", child=event.child_id, text=event.discrepancy)


def _client_awaited(event: circumstances.ClientAwaited) -> None:
    log.warning("client_awaited", session=event.session)


def _client_given_up(event: circumstances.ClientGivenUp) -> None:
    log.error("client_given_up", session=event.session, orders=event.orders)


def _trading_state_changed(event: circumstances.TradingStateChanged) -> None:
    log.warning(
        "trading_state_changed",
        scope=event.scope.value,
        name=event.name,
        state=event.state.value,
        operator=event.operator,
        reason=event.reason,
        cancel_open=event.cancel_open,
    )


def _limits_breached(event: circumstances.LimitsBreached) -> None:
    count = len(event.breaches) + event.more
    log.warning("limits_breached", count=count, first=next(describe(event)))


def _started(event: ev.VenueReconciliationStarted) -> None:
    log.info("reconciling", venue=event.venue, children=event.children)


def _compared(event: ev.OrderStatusCompared) -> None:
    if event.difference:
        log.error(
            "reconciliation_difference",
            venue=event.venue,
            child=event.child_id,
            text=event.difference,
        )


def _ignored(event: ev.VenueMessageIgnored) -> None:
    if event.reason == NOT_CANCELED:
        log.critical("not_canceled_after_force_done", order=event.order_id, venue=event.venue)


def _overdue(event: ev.VenueReconciliationOverdue) -> None:
    log.error(
        "reconciliation_overdue",
        venue=event.venue,
        unanswered=event.unanswered,
        attempt=event.attempt,
    )


def _reconciled(event: ev.VenueReconciled) -> None:
    log.info(
        "reconciled", venue=event.venue, children=event.children, differences=event.differences
    )


def _operated(event: OrderOperated) -> None:
    log.warning(
        "order_operated",
        order=event.order_id,
        operation=event.operation.value,
        operator=event.operator,
        reason=event.reason,
        refused=event.refused,
    )


def _review_opened(event: ReviewOpened) -> None:
    codes = ",".join(each.code for each in event.holds)
    log.warning("held_for_review", order=event.order_id, review=event.review_id, codes=codes)


def _review_decided(event: ReviewDecided) -> None:
    log.warning(
        "review_decided",
        order=event.order_id,
        review=event.review,
        decision=event.decision.value,
        operator=event.operator,
        reason=event.reason,
        refused=event.refused,
    )


def _venue_suspended(event: venue_health.VenueSuspended) -> None:
    log.error("venue_suspended", venue=event.venue, reason=event.reason)


def _venue_probed(event: venue_health.VenueProbed) -> None:
    log.warning("venue_probed", venue=event.venue, child=event.child_id)


def _venue_restored(event: venue_health.VenueRestored) -> None:
    log.warning(
        "venue_restored",
        venue=event.venue,
        child=event.child_id,
        operator=event.operator,
        reason=event.reason,
    )


def _child_unanswered(event: venue_health.ChildUnanswered) -> None:
    is_last = event.again_at is None
    named = {"venue": event.venue, "order": event.order_id, "child": event.child_id}
    if is_last:  # nobody but operators can find out what became of it
        log.critical("child_state_unknown", **named)
    else:
        log.error("child_unanswered", attempt=event.attempt, **named)


_TELLERS: dict[type, Callable[[Any], None]] = {
    ev.ChildReported: _child_reported,
    circumstances.ClientAwaited: _client_awaited,
    circumstances.ClientGivenUp: _client_given_up,
    circumstances.TradingStateChanged: _trading_state_changed,
    circumstances.LimitsBreached: _limits_breached,
    OrderOperated: _operated,
    ReviewOpened: _review_opened,
    ReviewDecided: _review_decided,
    ev.VenueReconciliationStarted: _started,
    ev.OrderStatusCompared: _compared,
    ev.VenueMessageIgnored: _ignored,
    ev.VenueReconciliationOverdue: _overdue,
    ev.VenueReconciled: _reconciled,
    venue_health.VenueSuspended: _venue_suspended,
    venue_health.VenueProbed: _venue_probed,
    venue_health.VenueRestored: _venue_restored,
    venue_health.ChildUnanswered: _child_unanswered,
}
