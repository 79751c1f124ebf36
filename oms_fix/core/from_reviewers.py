"""What operators decide on orders and replaces that are held for review, and what time decides.

Each decision is on record with who took it and why, also where it is refused, and that is told to
nobody but the operator. An approval names what the operator has seen: the review, or the
ClOrdID(11) under review. If that is not what is under review now, it approves nothing; where terms
are under review again, for another reason, only the name of the review tells what was seen.

With the last approval everything is checked again, under the rules in force. What they reject is
rejected. What they hold for a reason that nobody has approved, or want more people to approve, is
held anew. All else goes on as what passed the checks when it came in. If an order cannot be taken
at the moment, since its instrument is halted or nothing is accepted, the approval is refused and
the order stays held.
"""

from datetime import date

from oms_fix.core import capture, from_clients, placing, stages
from oms_fix.core.orders import requests, reviews
from oms_fix.core.orders.order import Order, Review, Waiting
from oms_fix.core.orders.turn import Turn
from oms_fix.model.checks import AtClose
from oms_fix.model.reasons import Reasons, problem_of_reason
from oms_fix.model.reviews import (
    DecideReview,
    ReviewDecided,
    ReviewDecision,
    ReviewOverdue,
    ReviewPassed,
)

_MINUTE = 60_000_000_000


def decide(turn: Turn, command: DecideReview) -> None:
    """Approve or reject what is held of an order; or refuse to, saying why."""
    order = turn.state.orders.get(command.order_id)
    review = None if order is None else order.under_review
    problem = _problem(turn, order, review, command)
    is_approval = command.decision is ReviewDecision.APPROVE and problem is None
    approvals = 0 if review is None else len(review.approvals) + is_approval
    needed = 0 if review is None else review.opened.approvals_needed
    turn.emit(
        ReviewDecided(
            order_id="" if order is None else order.order_id,
            review=command.review,
            decision=command.decision,
            operator=command.operator,
            reason=command.reason,
            decided_at=turn.now,
            rules_version=turn.state.rules.version,
            approvals=approvals,
            approvals_needed=needed,
            refused="" if problem is None else problem[1],
        )
    )
    if problem is not None or order is None or review is None:
        return
    if command.decision is ReviewDecision.REJECT:
        reason = Reasons.REVIEW_REJECTED
        _refuse(turn, order, reason, reason.text(reason=repr(command.reason)))
    elif approvals >= needed:
        _pass(turn, order, review)


def _problem(
    turn: Turn, order: Order | None, review: Review | None, command: DecideReview
) -> capture.Refusal | None:
    """Return why a decision cannot be taken, or None."""
    text = problem_of_reason(command.reason)
    if text is not None:
        return Reasons.NO_REASON, text
    if order is None or review is None:
        return _refusal(Reasons.UNKNOWN_REVIEW, review=command.review)
    opened = review.opened
    names = {opened.review_id} if opened.again else {opened.review_id, opened.cl_ord_id}
    if command.review not in names:
        now = {"review": opened.review_id, "ClOrdID": opened.cl_ord_id}
        return _refusal(Reasons.REVIEW_CHANGED, **now)
    if command.decision is ReviewDecision.REJECT:
        return None
    if command.operator in review.approvers:
        return _refusal(Reasons.APPROVED_ALREADY, operator=command.operator)
    if opened.four_eyes and command.operator == order.entered_by:
        return _refusal(Reasons.OWN_ORDER, operator=command.operator)
    if len(review.approvals) + 1 < opened.approvals_needed:
        return None
    return _capture_problem(turn, order, review)


def _refusal(reason: Reasons, **details: object) -> capture.Refusal:
    return reason, reason.text(**details)


def _capture_problem(turn: Turn, order: Order, review: Review) -> capture.Refusal | None:
    """Return why what is held cannot be taken on at this moment, or None."""
    terms, problem = review.opened.terms, None
    if order.review is not None:  # nothing of the order was ever taken on
        problem = from_clients.order_problem(turn.state, order.session, terms, order)
        problem = problem or placing.problem(turn.state, order, turn.now)
    if problem is None and order.request is not None:
        problem = capture.replace_problem(turn.state, order, terms)
    return problem


def _pass(turn: Turn, order: Order, review: Review) -> None:
    """Have everything checked again; then on with what was held."""
    opened = review.opened
    verdict = stages.check(turn, order, opened.cl_ord_id, opened.terms, again=True)
    if verdict.rejects:
        _refuse(turn, order, verdict.rejects[0].reason, verdict.reject_text)
        return
    holds = stages.holds_of(verdict)
    if reviews.is_other(turn.state, order, review, holds):
        reviews.hold_again(turn, order, review, holds)
        return
    turn.emit(ReviewPassed(order.order_id, opened.review_id, turn.state.rules.version))
    if opened.orig_cl_ord_id is None:
        stages.admit(turn, order, verdict.warning_text)
        return
    asked = Waiting(opened.cl_ord_id, opened.orig_cl_ord_id, opened.terms)
    requests.accept_replace(turn, order, asked, opened.terms)
    stages.go_on(turn, order)


def _refuse(turn: Turn, order: Order, reason: Reasons, text: str) -> None:
    reviews.refuse(turn, order, reason, text)
    stages.go_on(turn, order)


def overdue(turn: Turn, command: ReviewOverdue) -> None:
    """Refuse what was not decided on in time."""
    order = turn.state.orders.get(command.order_id)
    review = None if order is None else order.under_review
    if order is None or review is None or turn.now < review.opened.until:
        return
    minutes = (review.opened.until - review.opened.opened_at) // _MINUTE
    reason = Reasons.REVIEW_OVERDUE
    _refuse(turn, order, reason, reason.text(timeout_minutes=minutes))


def market_closed(turn: Turn, market_id: str) -> None:
    """Refuse what was held before a market closed; unless that may stay."""
    state = turn.state
    market, day = state.markets.get(market_id), state.closed_on.get(market_id)
    if market is None or day is None or state.rules.reviews.at_close is AtClose.KEEP:
        return
    closed_at = market.closes_at(date.fromisoformat(day))
    text = Reasons.REVIEW_CLOSED.text(market=market.id, day=day)
    for order in state.held_for_review():
        if state.market_of(order.terms) is market:
            _refuse_all(turn, order, closed_at, text)


def day_ends(turn: Turn, day: str) -> None:
    """Refuse what is held of orders of the day that no market's calendar ends."""
    state = turn.state
    if state.rules.reviews.at_close is AtClose.KEEP:
        return
    text = Reasons.REVIEW_CLOSED.text(day=day)
    for order in state.held_for_review():
        is_of_the_day = not order.terms.time_in_force.is_good_till
        if is_of_the_day and state.market_of(order.terms) is None:
            _refuse_all(turn, order, turn.now + 1, text)


def _refuse_all(turn: Turn, order: Order, before: int, text: str) -> None:
    """Refuse what is held since before a time: a replace, then the order if it is held itself."""
    review = order.under_review
    while review is not None and review.opened.opened_at < before:
        _refuse(turn, order, Reasons.REVIEW_CLOSED, text)
        review = order.under_review
