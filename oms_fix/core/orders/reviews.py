"""Orders and replaces that are held for review: what is kept of them, and what clients are told.

Theory of operation
-------------------
A check may *hold* what violates it until operators have decided. A new order that is held is told
Pending New, with the codes; it is open, is at no venue and *rests*: nothing places, triggers or
suspends it, and whoever wants it back has it at once. A replace that is held is told Pending
Replace; it is pending like any other, but that no venue is asked: the order goes on as if it were
not there, and what the client asks after it waits for it. A cancel does not wait: the replace makes
way. A replace that is held of an order that is held itself is what operators decide on first; if
they reject it, the order stays held under its old terms, with the approvals it had.

Each time anything is held a new review is opened, with a name of its own and no approvals. What is
not approved in time, or by the close, is refused.
"""

from msgspec import Struct, structs

from oms_fix.core.orders import reports
from oms_fix.core.orders.order import Order, Review, Waiting
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons
from oms_fix.model.reviews import Hold, ReviewOpened

_MINUTE = 60_000_000_000


class Demands(Struct, frozen=True):
    """What the rules in force demand of a review."""

    approvals: int
    four_eyes: bool


def hold_order(
    turn: Turn,
    order: Order,
    holds: tuple[Hold, ...],
    text: str | None = None,
    *,
    again: bool = False,
) -> None:
    """Hold a new order; the client is told why, or ``text``."""
    _open(turn, order, order.cl_ord_id, order.terms, holds, again=again)
    reports.pending_new(turn, order, text or _text(holds))


def hold_replace(
    turn: Turn,
    order: Order,
    asked: Waiting,
    terms: OrderTerms,
    holds: tuple[Hold, ...],
    *,
    again: bool = False,
) -> None:
    """Hold a replace; the client is told why, and the order goes on."""
    _open(turn, order, asked.cl_ord_id, terms, holds, asked.orig_cl_ord_id, again=again)
    reports.pending(turn, order, structs.replace(asked, terms=terms), _text(holds))


def hold_again(turn: Turn, order: Order, review: Review, holds: tuple[Hold, ...]) -> None:
    """Open another review of what is held: the approvals were of something else."""
    opened = review.opened
    if opened.orig_cl_ord_id is None:
        hold_order(turn, order, holds, again=True)
    else:
        asked = Waiting(opened.cl_ord_id, opened.orig_cl_ord_id, opened.terms)
        hold_replace(turn, order, asked, opened.terms, holds, again=True)


def _text(holds: tuple[Hold, ...]) -> str:
    return "; ".join(each.text for each in holds)


def _open(
    turn: Turn,
    order: Order,
    cl_ord_id: str,
    terms: OrderTerms,
    holds: tuple[Hold, ...],
    orig_cl_ord_id: str | None = None,
    *,
    again: bool,
) -> None:
    rules = turn.state.rules
    needed = demands(turn.state, order, cl_ord_id, terms)
    turn.emit(
        ReviewOpened(
            order_id=order.order_id,
            review_id=turn.state.next_review_id(order),
            cl_ord_id=cl_ord_id,
            terms=terms,
            holds=holds,
            notional=turn.state.subject(order.session, cl_ord_id, terms).notional,
            rules_version=rules.version,
            opened_at=turn.now,
            until=turn.now + rules.reviews.timeout_minutes * _MINUTE,
            approvals_needed=needed.approvals,
            four_eyes=needed.four_eyes,
            orig_cl_ord_id=orig_cl_ord_id,
            again=again,
        )
    )


def demands(state: State, order: Order, cl_ord_id: str, terms: OrderTerms) -> Demands:
    """Return what the rules in force demand of a review of these terms."""
    notional = state.subject(order.session, cl_ord_id, terms).notional
    needs_two = state.rules.reviews.needs_two(notional)
    return Demands(
        2 if needs_two else 1, needs_two or state.rules.reviews.needs_four_eyes(notional)
    )


def is_other(state: State, order: Order, review: Review, holds: tuple[Hold, ...]) -> bool:
    """Whether what is to be approved now is not what was: by other checks, or by more people."""
    opened = review.opened
    approved = {(each.check_id, each.code) for each in opened.holds}
    now = demands(state, order, opened.cl_ord_id, opened.terms)
    more_eyes = now.four_eyes and order.entered_by in review.approvers
    is_new = any((each.check_id, each.code) not in approved for each in holds)
    return is_new or more_eyes or now.approvals > len(review.approvals)


def refuse(turn: Turn, order: Order, reason: Reasons, text: str) -> None:
    """Refuse what is under review: the order, or the replace."""
    request = order.request
    if request is None or request.review is None:
        reports.rejected(turn, order, text, reason.value.ord_rej_reason)
        return
    orig = request.orig_cl_ord_id
    reports.request_rejected(
        turn, order, request.cl_ord_id, request.terms, reason, text, orig, ends_request=True
    )


def makes_way(turn: Turn, order: Order, asked: Waiting) -> bool:
    """Whether a held replace was pending and has made way for a cancel, with what waited for it."""
    if order.request is None or not order.request.held or asked.terms is not None:
        return False
    reason = Reasons.SUPERSEDED
    text = reason.text(ClOrdID=asked.cl_ord_id)
    refuse(turn, order, reason, text)
    for each in order.waiting:
        reports.request_rejected(
            turn,
            order,
            each.cl_ord_id,
            each.terms,
            reason,
            text,
            each.orig_cl_ord_id,
            ends_request=True,
        )
    return True
