"""How the events of reviews change the state: a part of ``core.apply``."""

from collections.abc import Callable
from typing import Any

from oms_fix.core import conduct
from oms_fix.core.apply_days import keep_expiry
from oms_fix.core.orders.order import Approval, Order, Request, Review
from oms_fix.core.orders.state import State
from oms_fix.model.enums import ExecType
from oms_fix.model.orders import ExecutionReport
from oms_fix.model.reviews import ReviewDecided, ReviewDecision, ReviewOpened, ReviewPassed


def _opened(state: State, event: ReviewOpened) -> None:
    order, review = state.orders[event.order_id], Review(event)
    state.reviews_count += 1
    if event.orig_cl_ord_id is None:
        order.review = review
        keep_expiry(state, order, is_set=True)
    else:
        order.waiting = order.without_request(event.cl_ord_id).waiting
        order.request = Request(
            event.cl_ord_id, event.terms, orig_cl_ord_id=event.orig_cl_ord_id, review=review
        )
        state.orders_by_cl_ord_id[order.session, event.cl_ord_id] = order
        state.first_users_of_cl_ord_id.setdefault(event.cl_ord_id, order)
    state.keep_review(order)


def _decided(state: State, event: ReviewDecided) -> None:
    if event.refused or event.decision is not ReviewDecision.APPROVE:
        return  # a rejection is what the client is told next
    review = state.orders[event.order_id].under_review
    assert review is not None, "only what is under review is approved"
    approval = Approval(event.operator, event.reason, event.decided_at)
    review.approvals = (*review.approvals, approval)


def _passed(state: State, event: ReviewPassed) -> None:
    order = state.orders[event.order_id]
    review = order.under_review
    assert review is not None, "what passes was under review"
    conduct.approved(state, order, review)
    if order.request is not None:
        order.request.review = None
    else:
        order.review = None
    state.keep_review(order)


def keep_review(state: State, order: Order, report: ExecutionReport) -> None:
    """The review of an order ends with the order, and with its terms; those of a replace passed."""
    if report.exec_type is ExecType.REPLACED or not order.is_open:
        order.review = None
    state.keep_review(order)


APPLY: dict[type, Callable[[State, Any], None]] = {
    ReviewOpened: _opened,
    ReviewDecided: _decided,
    ReviewPassed: _passed,
}
