"""What becomes of an order, stage by stage, and how it goes on when a venue has answered.

In the order in which an order meets them: checks, routing, placement; then, after each answer,
whatever sees to it that exactly what is left of the order works.
"""

from oms_fix.core import capture, placing
from oms_fix.core.compliance.evaluate import Verdict, evaluate
from oms_fix.core.compliance.subject import subject_of
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders import (
    children,
    direct,
    halts,
    reports,
    requests,
    reviews,
    stops,
    withdrawal,
)
from oms_fix.core.orders.order import Child, Order, Waiting
from oms_fix.core.orders.turn import Turn
from oms_fix.model.check_base import Action
from oms_fix.model.commands import OrderCancelReplaceRequest, OrderCancelRequest
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.events import ChecksEvaluated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons
from oms_fix.model.reviews import Hold


def check(
    turn: Turn, order: Order, cl_ord_id: str, terms: OrderTerms, *, again: bool = False
) -> Verdict:
    """Have every check look at an order or a replace; the verdict is on record.

    ``again``: it was held, and is about to be released.
    """
    state, session, at = turn.state, order.session, None if again else turn.now
    subject = subject_of(state, session, cl_ord_id, terms, turn.now, order, again=again)
    verdict = evaluate(state, subject)
    results, version = verdict.results, state.rules.version
    turn.emit(ChecksEvaluated(order.order_id, cl_ord_id, version, results, at))
    return verdict


def holds_of(verdict: Verdict) -> tuple[Hold, ...]:
    """Return the violations that hold, with the check of each."""
    held = (each for each in verdict.results if each.outcome == Action.HOLD)
    return tuple(Hold(each.check_id, each.code, each.detail) for each in held)


def admit(
    turn: Turn, order: Order, text: str | None, subject: ConditionSubject | None = None
) -> None:
    """Route and place an order that passed, or hold it as a stop or for a desk, or reject it.

    ``subject`` is what checks have looked at just now.
    """
    decision = placing.route(turn, order, order.leaves_qty, subject=subject)
    if decision is None or not placing.is_placed(decision):
        if placing.can_hold(turn.state, order, decision):
            hold(turn, order, text)
            return
        reject(turn, order, *placing.no_venue(decision))
        return
    if order.direct is None:
        reports.accepted(turn, order, text)
    placing.place(turn, order, decision)


def hold(turn: Turn, order: Order, warning: str | None) -> None:
    """Take a stop order on that no venue of its route takes; it may be due at once."""
    reports.accepted(turn, order, warning)
    stops.hold(turn, order)
    go_on(turn, order)


def reject(turn: Turn, order: Order, reason: Reasons, text: str) -> None:
    """Reject an order."""
    reports.rejected(turn, order, text, reason.value.ord_rej_reason)


def take_on(turn: Turn, order: Order, asked: Waiting) -> None:
    """Take a request on whose turn it is: check a replace, then on to the venues with it."""
    if order.direct is not None and asked.terms is None:
        direct.pass_on(turn, order, asked.cl_ord_id, asked.orig_cl_ord_id, None)
    elif asked.terms is None:
        requests.accept_cancel(turn, order, asked)
    else:
        _take_replace_on(turn, order, asked, asked.terms)


def _take_replace_on(turn: Turn, order: Order, asked: Waiting, terms: OrderTerms) -> None:
    terms = capture.replace_terms(turn.state, order, terms)
    problem = capture.replace_problem(turn.state, order, terms)
    holds: tuple[Hold, ...] = ()
    warning: str | None = None
    if problem is None:
        verdict = check(turn, order, asked.cl_ord_id, terms)
        holds = holds_of(verdict)
        problem, warning = _problem_of(order, verdict), verdict.warning_text
    if problem is not None:
        refuse_request(turn, order, asked, terms, *problem)
    elif holds:
        reviews.hold_replace(turn, order, asked, terms, holds)
    elif order.direct is not None:
        direct.pass_on(turn, order, asked.cl_ord_id, asked.orig_cl_ord_id, terms)
    else:
        requests.accept_replace(turn, order, asked, terms, warning)


def _problem_of(order: Order, verdict: Verdict) -> capture.Refusal | None:
    """Return why a replace is neither made nor held, or None."""
    if verdict.rejects:
        return verdict.rejects[0].reason, verdict.reject_text
    if verdict.holds and order.direct is not None:  # its venue's word is the order's, not ours
        return verdict.holds[0].reason, verdict.hold_text
    if verdict.holds and order.cancel_waits:  # which is not to wait for a review
        reason = Reasons.SUPERSEDED
        return reason, reason.text(ClOrdID=order.waiting[-1].cl_ord_id)
    return None


def refuse_request(
    turn: Turn,
    order: Order,
    asked: OrderCancelRequest | OrderCancelReplaceRequest | Waiting,
    terms: OrderTerms | None,
    reason: Reasons,
    text: str,
) -> None:
    """Refuse a request, one that has waited or one that was never taken on."""
    orig, has_waited = asked.orig_cl_ord_id, asked in order.waiting
    reports.request_rejected(
        turn, order, asked.cl_ord_id, terms, reason, text, orig, ends_request=has_waited
    )


def after_report(
    turn: Turn, order: Order, child: Child, text: str | None, *, was_open: bool = False
) -> None:
    """What a child that was open has given back is routed anew. Then on as always."""
    has_ended = was_open and not child.is_open
    is_free = has_ended and order.is_open and not order.awaits_answer
    if is_free and placing.is_given_back(turn.state, order, child, turn.now):
        problem = placing.place_back(turn, order, child)
        text = text if child.status is OrdStatus.REJECTED else problem or text
    go_on(turn, order, child, text)


def go_on(turn: Turn, order: Order, child: Child | None = None, text: str | None = None) -> None:
    """Answer the pending request if the venues have; see to it that exactly what is left works."""
    if order.direct is not None:
        return
    if order.request is not None and requests.answer(turn, order):
        text = placing.place_free(turn, order, order.leaves_qty) or text
    if order.waiting and order.request is None and _next_request(turn, order):
        go_on(turn, order, child, text)
        return
    if order.onward is not None and placing.wave_is_over(order, child):
        text = placing.go_onward(turn, order) or text
    if order.is_open and not (order.open_children or order.awaits_venue or _waits(order, child)):
        _end(turn, order, child, text)
        requests.answer(turn, order)
        requests.refuse_waiting(turn, order)
    elif order.awaits_answer:
        return
    elif order.withdrawn is not None:
        withdrawal.go_on(turn, order)
    else:
        _adjust(turn, order)


def _adjust(turn: Turn, order: Order) -> None:
    """See to it that what works is what is left of an order that nobody is about to change."""
    halts.call_back(turn, order)
    placed_qty, leaves_qty = order.placed_qty, order.leaves_qty
    if placed_qty > leaves_qty:
        children.call_back_excess(turn, order, leaves_qty)
    elif order.stop is not None and stops.is_due(turn.state, order):
        _trigger(turn, order)
    elif placed_qty == leaves_qty:
        return  # as nearly always
    elif order.free_qty and not order.rests and _waits_in_vain(order):
        reports.declined_in_part(turn, order)


def _waits(order: Order, child: Child | None) -> bool:
    """Whether an order waits here; what ended at a venue with its time is over, halted or not."""
    at_once = order.terms.time_in_force.is_at_once
    return order.rests and (child is None or at_once or not _ended_with_its_time(order, child))


def _ended_with_its_time(order: Order, child: Child) -> bool:
    """Whether a child has ended since its time was over, and that is its order's."""
    return child.status in _END_AS and child.terms.time_in_force is order.terms.time_in_force


def _trigger(turn: Turn, order: Order) -> None:
    stops.trigger(turn, order)
    place_again(turn, order)


def look_at_stops(turn: Turn, symbol: str) -> None:
    """Trigger the stop orders in an instrument that its last price has reached."""
    if symbol not in turn.state.held_stops:
        return
    for order in turn.state.stops_in(symbol):
        go_on(turn, order)


def _next_request(turn: Turn, order: Order) -> bool:
    """Take on what waits, or refuse it at the end; False while the order is being taken back."""
    asked = order.waiting[0]
    if not order.is_open:
        requests.refuse_waiting(turn, order)
    elif order.withdrawn is None or asked.terms is None:
        take_on(turn, order, asked)
    else:
        return False
    return True


def place_again(turn: Turn, order: Order) -> None:
    """Place what waited here; an order of which no venue takes anything ends."""
    leaves_qty = order.leaves_qty
    text = None if order.awaits_answer else placing.place_free(turn, order, leaves_qty)
    go_on(turn, order, None, text)


def _waits_in_vain(order: Order) -> bool:
    """Whether a part that no venue works would stay unseen; an IOC order ends at once anyway."""
    is_to_follow = order.onward is not None
    return not (order.awaits_venue or is_to_follow or order.terms.time_in_force.is_at_once)


def _end(turn: Turn, order: Order, child: Child | None, text: str | None) -> None:
    """No venue can fill the order any more: it ends as its last child did, or as it was to."""
    status = None if child is None else child.status
    if status is OrdStatus.REJECTED and not order.cum_qty:
        reason = Reasons.VENUE_REJECTED
        venue = "" if child is None else child.venue
        reject(turn, order, reason, reason.text(venue=venue, text=repr(text or "")))
        return
    exec_type = ExecType.CANCELED
    if child is not None and _ended_with_its_time(order, child):
        exec_type = _END_AS[child.status]
    if order.withdrawn is not None and order.withdrawn.ends_as is not ExecType.CANCELED:
        exec_type = order.withdrawn.ends_as
    reports.ended(turn, order, exec_type, text)


_END_AS: dict[OrdStatus, ExecType] = {
    OrdStatus.EXPIRED: ExecType.EXPIRED,
    OrdStatus.DONE_FOR_DAY: ExecType.DONE_FOR_DAY,
}
