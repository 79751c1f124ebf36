"""Watches what is held for review: nothing of it is placed before the rules or people release it.

Which review is open, and who has approved it, is put together from the events, as everything that
the observer knows.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from oms_fix.journal.records import Batch
from oms_fix.model import events as ev
from oms_fix.model.circumstances import TradingStateChanged
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, TradingScope
from oms_fix.model.operations import OrderOperated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reviews import ReviewDecided, ReviewDecision, ReviewOpened, ReviewPassed
from oms_fix.simulator.world.scopes import covers

_ENDED = frozenset(
    {
        OrdStatus.FILLED,
        OrdStatus.CANCELED,
        OrdStatus.REJECTED,
        OrdStatus.EXPIRED,
        OrdStatus.DONE_FOR_DAY,
    }
)


class Held(Struct):
    """A review as it was opened, and who has approved it."""

    opened: ReviewOpened
    approvers: list[str] = field(default_factory=list)


class HeldOrders:
    """Checks what becomes of orders and replaces that are held for review.

    Args:
        violate: hears of what must not happen.
        clock: returns the time of the world.
        worked: hears of orders that a replace has released: the router works them, whoever has
            direct access.

    Attributes:
        held: OrderIDs(37) of all orders that were ever held.
        released: when the first approval of an order that was held was on record, or its replace.
    """

    def __init__(
        self,
        violate: Callable[..., None],
        clock: Callable[[], float],
        worked: Callable[[str], None],
    ) -> None:
        self.held: set[str] = set()
        self.released: dict[str, float] = {}
        self._violate = violate
        self._clock = clock
        self._worked = worked
        self._captured: dict[str, ev.OrderCaptured] = {}
        self._entered_by: dict[str, str] = {}
        self._orders: dict[str, Held] = {}  # held themselves
        self._replaces: dict[str, Held] = {}  # with a replace that is held
        self._checked: dict[str, ev.ChecksEvaluated] = {}
        self._passed: dict[str, ReviewOpened] = {}
        self._to_end: dict[str, str] = {}  # reviews that are to be over, and why
        self._on: dict[type, Callable[[Any], None]] = {
            ev.OrderCaptured: self._order_captured,
            OrderOperated: self._operated,
            ev.ChecksEvaluated: self._evaluated,
            ReviewOpened: self._opened,
            ReviewDecided: self._decided,
            ReviewPassed: self._review_passed,
            ev.RequestAccepted: self._accepted,
            ev.RequestPassedOn: self._accepted,
            ev.RequestRejected: self._request_rejected,
            ev.OrderReported: self._reported,
            ev.ChildPlaced: self._placed,
            ev.ChildReplaceRequested: self._child_replace_requested,
            TradingStateChanged: self._trading_state_changed,
        }

    def stored(self, batch: Batch) -> None:
        """Take note of a batch: after it nothing is held that was refused or taken back."""
        for record in batch.events:
            on = self._on.get(type(record.event))
            if on is not None:
                on(record.event)
        open_reviews = {*map(_name, self._orders.values()), *map(_name, self._replaces.values())}
        for review_id, why in self._to_end.items():
            if review_id in open_reviews:
                self._violate("{} is held, and was {}", review_id, why)
        self._to_end.clear()

    def _order_captured(self, event: ev.OrderCaptured) -> None:
        self._captured[event.order_id] = event

    def _operated(self, event: OrderOperated) -> None:
        if event.operation is OrderOperation.ENTER and not event.refused:
            self._entered_by[event.order_id] = event.operator

    def _under_review(self, order_id: str) -> Held | None:
        return self._replaces.get(order_id) or self._orders.get(order_id)

    # --- decisions ------------------------------------------------------------------------------

    def _opened(self, event: ReviewOpened) -> None:
        if event.orig_cl_ord_id is None:
            self.held.add(event.order_id)
            self._orders[event.order_id] = Held(event)
        else:
            self._replaces[event.order_id] = Held(event)

    def _decided(self, event: ReviewDecided) -> None:
        if event.refused:
            return
        held = self._under_review(event.order_id)
        if held is None:
            self._violate("{} is decided on, and nothing is held", event.review)
            return
        opened = held.opened
        if event.review not in (opened.review_id, opened.cl_ord_id):
            self._violate("{} decides on {}", event.review, opened.review_id)
        if event.decision is ReviewDecision.REJECT:
            self._to_end[opened.review_id] = "rejected"
            return
        is_own = opened.four_eyes and event.operator == self._entered_by.get(event.order_id)
        if is_own or event.operator in held.approvers:
            self._violate("{} cannot approve {}", event.operator, opened.review_id)
        held.approvers.append(event.operator)
        self._checked.pop(event.order_id, None)

    def _evaluated(self, event: ev.ChecksEvaluated) -> None:
        self._checked[event.order_id] = event

    def _review_passed(self, event: ReviewPassed) -> None:
        """What passes was approved by enough people, and is looked at again after the last one."""
        held = self._under_review(event.order_id)
        if held is None or held.opened.review_id != event.review_id:
            self._violate("{} passes, and is not under review", event.review_id)
            return
        opened = held.opened
        if len(held.approvers) < opened.approvals_needed:
            self._violate("{} passes, approved by {}", event.review_id, held.approvers)
        checked = self._checked.get(event.order_id)
        approved = {(each.check_id, each.code) for each in opened.holds}
        if checked is None or checked.cl_ord_id != opened.cl_ord_id:
            self._violate("{} passes and was not checked again", event.review_id)
        elif any(
            each.outcome == "reject"
            or (each.outcome == "hold" and (each.check_id, each.code) not in approved)
            for each in checked.results
        ):
            self._violate("{} passes: {}", event.review_id, checked.results)
        self._passed[event.order_id] = opened
        if self._replaces.pop(event.order_id, None) is None:
            self._release(event.order_id)

    def _release(self, order_id: str) -> None:
        del self._orders[order_id]
        self.released.setdefault(order_id, self._clock())

    def _agrees(self, order_id: str, cl_ord_id: str, terms: OrderTerms | None) -> None:
        """What goes on is what was approved."""
        opened = self._passed.get(order_id)
        if opened is not None and opened.cl_ord_id == cl_ord_id:
            del self._passed[order_id]
            if terms is None or _essentials(terms) != _essentials(opened.terms):
                self._violate("{} goes on as {}, not {}", order_id, terms, opened.terms)

    def _accepted(self, event: ev.RequestAccepted | ev.RequestPassedOn) -> None:
        self._agrees(event.order_id, event.cl_ord_id, event.terms)

    # --- what becomes of it ---------------------------------------------------------------------

    def _request_rejected(self, event: ev.RequestRejected) -> None:
        held = self._replaces.get(event.order_id)
        is_of_it = held is not None and held.opened.cl_ord_id == event.reject.cl_ord_id
        if event.ends_request and is_of_it:
            del self._replaces[event.order_id]

    def _reported(self, event: ev.OrderReported) -> None:
        report, order_id = event.report, event.order_id
        if report.exec_type is ExecType.NEW:
            self._agrees(order_id, report.cl_ord_id, report.terms)
        if report.exec_type is ExecType.TRADE and order_id in self._orders:
            self._violate("{} is held, and filled", order_id)
        if report.ord_status in _ENDED and not report.leaves_qty:
            self._orders.pop(order_id, None)
        elif report.exec_type is ExecType.REPLACED and order_id in self._orders:
            self._release(order_id)
            self._worked(order_id)

    def _placed(self, event: ev.ChildPlaced) -> None:
        if event.order_id in self._orders:
            self._violate("{} is held, and placed at {}", event.order_id, event.venue)
        opened = self._passed.get(event.order_id)
        if opened is not None and opened.orig_cl_ord_id is None:
            del self._passed[event.order_id]
            ours, theirs = opened.terms, event.terms
            if _is_worse(theirs, ours) or ours.order_qty < theirs.order_qty:
                self._violate("{} is placed as {}, not {}", event.order_id, theirs, ours)

    def _child_replace_requested(self, event: ev.ChildReplaceRequested) -> None:
        if event.order_id in self._replaces:
            self._violate("a replace of {} is held, and sent to a venue", event.order_id)

    def _trading_state_changed(self, event: TradingStateChanged) -> None:
        """Nothing of what is held is at a venue: what is canceled of it ends at once."""
        if not event.cancel_open or event.scope is TradingScope.VENUE:
            return
        for order_id, held in self._orders.items():
            if covers(event.scope, event.name, self._captured[order_id]):
                self._to_end[held.opened.review_id] = "to be canceled with all that is open"


def _is_worse(placed: OrderTerms, approved: OrderTerms) -> bool:
    """Whether what is placed could be traded at a worse price than was approved."""
    if approved.price is None:
        return False
    sign = approved.side.sign
    return placed.price is None or (placed.price - approved.price) * sign > 0


def _name(held: Held) -> str:
    return held.opened.review_id


def _essentials(terms: OrderTerms) -> tuple[object, ...]:
    return (
        terms.symbol,
        terms.side,
        terms.order_qty,
        terms.ord_type,
        terms.price,
        terms.stop_px,
        terms.time_in_force,
        terms.account,
    )
