"""The core: one command in, the events it leads to out.

``handle`` decides and applies; nothing else is needed to run a day again. The stages stand in the
order in which an order meets them: capture, compliance, routing, its life at the venues. Nothing
here waits, looks at a clock or speaks to anyone.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.core import capture
from oms_fix.core.apply import apply
from oms_fix.core.base36 import base36
from oms_fix.core.compliance.evaluate import Verdict, evaluate
from oms_fix.core.orders import (
    children,
    direct,
    mass,
    reconciliation,
    reports,
    requests,
    withdrawal,
)
from oms_fix.core.orders.state import Child, Order, State
from oms_fix.core.orders.turn import Turn
from oms_fix.core.routing.decide import decide
from oms_fix.core.routing.decision import Decision
from oms_fix.model import commands as cmd
from oms_fix.model.commands import Command
from oms_fix.model.enums import ExecType, OrdStatus, TimeInForce
from oms_fix.model.events import (
    AcceptanceChanged,
    ChecksEvaluated,
    ChildRequestRefused,
    Event,
    OrderCaptured,
    OrderRouted,
    ReferenceDataLoaded,
    RulesLoaded,
    SessionChanged,
    SessionOperated,
    StoreFounded,
    TradingDayEnded,
    VenueMessageIgnored,
)
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons

ClientRequest = cmd.OrderCancelRequest | cmd.OrderCancelReplaceRequest


class UndecidedError(Exception):
    """The core failed on a command before it decided anything."""


def handle(state: State, command: Command, now: int) -> list[Event]:
    """Decide on a command and apply what was decided.

    Args:
        state: changed by the events that are returned, and by nothing else.
        command: what happened.
        now: when, in nanoseconds since 1970 UTC.

    Raises:
        UndecidedError: an error of ours, before anything was decided: the state is as it was, and
            the command can be refused. Any other error leaves a state that is not to be trusted.
    """
    turn = Turn(state, apply)
    if not state.id_prefix:
        turn.emit(StoreFounded(base36(now // 1_000_000_000)))
    try:
        _HANDLE[type(command)](turn, command)
    except Exception as error:
        if turn.events:
            raise
        raise UndecidedError(f"{type(command).__name__}: {error!r}") from error
    return turn.events


# --- from clients -------------------------------------------------------------------------------


def _new_order(turn: Turn, command: cmd.NewOrderSingle) -> None:
    known = turn.state.orders_by_cl_ord_id.get((command.session, command.cl_ord_id))
    if known is not None:
        _known_again(turn, known, command)
        return
    order_id = turn.state.next_order_id()
    terms = capture.with_quantity(turn.state, command.terms)
    turn.emit(OrderCaptured(order_id, command.session, command.cl_ord_id, terms))
    order = turn.state.orders[order_id]
    problem = capture.acceptance_problem(turn.state, terms.order_qty)
    problem = problem or capture.order_problem(terms)
    if problem is not None:
        _reject(turn, order, *problem)
        return
    verdict = _check(turn, order, command.cl_ord_id, terms)
    if verdict.rejects:
        _reject(turn, order, verdict.rejects[0].reason, verdict.reject_text)
        return
    decision = _route(turn, order, order.leaves_qty)
    if decision is None or not decision.placements:
        _reject(turn, order, *_no_venue(decision))
        return
    if order.direct is None:
        reports.accepted(turn, order, verdict.warning_text)
    _place(turn, order, decision)


def _new_order_refused(turn: Turn, command: cmd.NewOrderSingleRefused) -> None:
    order = turn.state.orders_by_cl_ord_id[command.session, command.cl_ord_id]
    reports.duplicate(turn, order, command.cl_ord_id)


def _known_again(turn: Turn, order: Order, command: cmd.NewOrderSingle) -> None:
    """PossResend(97) of an order we have is a status request; else it is a duplicate (F.1.a, b)."""
    if command.poss_resend and capture.same_order(order, command.terms):
        reports.status(turn, order, command.cl_ord_id)
    else:
        reports.duplicate(turn, order, command.cl_ord_id)


def _replace(turn: Turn, command: cmd.OrderCancelReplaceRequest) -> None:
    order = _order_of_request(turn, command, command.terms)
    if order is None:
        return
    terms = capture.with_quantity(turn.state, capture.restated(order, command.terms))
    problem = capture.request_problem(order, command.orig_cl_ord_id)
    problem = problem or capture.replace_problem(turn.state, order, terms)
    if problem is None:
        verdict = _check(turn, order, command.cl_ord_id, terms)
        if verdict.rejects:
            problem = verdict.rejects[0].reason, verdict.reject_text
    if problem is not None:
        _refuse_request(turn, order, command, terms, *problem)
        return
    if order.direct is not None:
        direct.pass_on(turn, order, command.cl_ord_id, command.orig_cl_ord_id, terms)
        return
    requests.accept_replace(turn, order, command.cl_ord_id, terms)
    _go_on(turn, order)


def _cancel(turn: Turn, command: cmd.OrderCancelRequest) -> None:
    order = _order_of_request(turn, command, None)
    if order is None:
        return
    problem = capture.request_problem(order, command.orig_cl_ord_id)
    problem = problem or capture.cancel_problem(order, command.symbol)
    if problem is not None:
        _refuse_request(turn, order, command, None, *problem)
        return
    if order.direct is not None:
        direct.pass_on(turn, order, command.cl_ord_id, command.orig_cl_ord_id, None)
        return
    requests.accept_cancel(turn, order, command.cl_ord_id)
    _go_on(turn, order)


def _order_of_request(
    turn: Turn,
    command: ClientRequest,
    terms: OrderTerms | None,
) -> Order | None:
    """Return the order a request is about; None where the request is answered already."""
    known = turn.state.orders_by_cl_ord_id
    order = known.get((command.session, command.orig_cl_ord_id))
    of_id = known.get((command.session, command.cl_ord_id))
    if of_id is not None and command.poss_resend:
        reports.status(turn, of_id, command.cl_ord_id)
        return None
    if order is None:
        reports.request_unknown(
            turn, command.session, command.cl_ord_id, command.orig_cl_ord_id, terms
        )
        return None
    if of_id is not None:
        reason = Reasons.DUPLICATE_CL_ORD_ID
        text = reason.text(ClOrdID=command.cl_ord_id)
        _refuse_request(turn, order, command, terms, reason, text)
        return None
    return order


def _refuse_request(
    turn: Turn,
    order: Order,
    command: ClientRequest,
    terms: OrderTerms | None,
    reason: Reasons,
    text: str,
) -> None:
    orig = command.orig_cl_ord_id
    reports.request_rejected(turn, order, command.cl_ord_id, terms, reason, text, orig)


def _status(turn: Turn, command: cmd.OrderStatusRequest) -> None:
    order = turn.state.orders_by_cl_ord_id.get((command.session, command.cl_ord_id))
    if order is None:
        reports.status_unknown(turn, command)
    else:
        reports.status(turn, order, command.cl_ord_id)


def _mass_cancel(turn: Turn, command: cmd.OrderMassCancelRequest) -> None:
    for order in mass.cancel(turn, command):
        _go_on(turn, order)


def _mass_status(turn: Turn, command: cmd.OrderMassStatusRequest) -> None:
    mass.status(turn, command)


def _dont_know_trade(turn: Turn, command: cmd.DontKnowTrade) -> None:
    """Pass a client's doubt on to the venue whose fill it is; it will bust it, or insist."""
    turn.emit(reports.doubted(turn.state, command))


# --- the stages ---------------------------------------------------------------------------------


def _check(turn: Turn, order: Order, cl_ord_id: str, terms: OrderTerms) -> Verdict:
    verdict = evaluate(turn.state, turn.state.subject(order.session, cl_ord_id, terms))
    version = turn.state.rules.version
    turn.emit(ChecksEvaluated(order.order_id, cl_ord_id, version, verdict.results))
    return verdict


def _route(turn: Turn, order: Order, quantity: Decimal) -> Decision | None:
    decision = decide(turn.state, order, quantity)
    if decision is not None:
        turn.emit(
            OrderRouted(
                order_id=order.order_id,
                rules_version=turn.state.rules.version,
                route_id=decision.route_id,
                strategy=decision.strategy,
                reason=decision.reason,
                legs=decision.legs,
                follows_venue=_follows_venue(turn, order, decision),
            )
        )
    return decision


def _follows_venue(turn: Turn, order: Order, decision: Decision) -> bool:
    """Whether the order is direct: by agreement, and as it goes to one venue as a whole."""
    is_whole = [leg.quantity for leg in decision.placements] == [order.terms.order_qty]
    return is_whole and turn.state.rules.follows_venue(order.session)


def _place(turn: Turn, order: Order, decision: Decision) -> None:
    for leg in decision.placements:
        children.place(turn, order, leg.venue, leg.quantity)


def _no_venue(decision: Decision | None) -> capture.Refusal:
    if decision is None:
        return Reasons.NO_ROUTE, Reasons.NO_ROUTE.text()
    venues = ",".join(f"{leg.venue}({leg.reason})" for leg in decision.legs)
    return Reasons.VENUES_DOWN, Reasons.VENUES_DOWN.text(route=decision.route_id, venues=venues)


def _reject(turn: Turn, order: Order, reason: Reasons, text: str) -> None:
    reports.rejected(turn, order, text, reason.value.ord_rej_reason)


# --- from venues --------------------------------------------------------------------------------


def _venue_report(turn: Turn, command: cmd.VenueExecutionReport) -> None:
    child = children.find(turn, command.session, command.cl_ord_id, command.orig_cl_ord_id)
    if child is None and not command.cl_ord_id:
        child = direct.phoned(turn, command)
    if child is None:
        children.unknown(turn, command)
    elif children.rejects_no_order(child, command):
        _venue_cancel_reject(turn, _refusal_of_request(command))
    else:
        _book(turn, child, command)


def _refusal_of_request(command: cmd.VenueExecutionReport) -> cmd.VenueOrderCancelReject:
    return cmd.VenueOrderCancelReject(
        session=command.session,
        cl_ord_id=command.cl_ord_id,
        orig_cl_ord_id=command.orig_cl_ord_id,
        ord_status=command.ord_status,
        text=command.text,
    )


def _book(turn: Turn, child: Child, command: cmd.VenueExecutionReport) -> None:
    order = turn.state.orders[child.order_id]
    command = children.told_apart(child, command)
    if order.direct is not None:
        direct.follow(turn, order, child, command)
    elif children.book(turn, order, child, command):
        _after_report(turn, order, child, command.text)


def _venue_order_status(turn: Turn, command: cmd.VenueOrderStatus) -> None:
    child = children.find(turn, command.session, command.cl_ord_id, command.orig_cl_ord_id)
    outcome = reconciliation.compare(turn, child, command)
    if child is not None and outcome.text:
        _after_report(turn, turn.state.orders[child.order_id], child, outcome.text)
    if child is not None and child.request is not None and outcome.refused:
        _request_refused(turn, child, child.request.cl_ord_id, outcome.refused)
    reconciliation.go_on(turn, command.session)


def _venue_cancel_reject(turn: Turn, command: cmd.VenueOrderCancelReject) -> None:
    child = children.find(turn, command.session, command.cl_ord_id)
    if child is not None and _refused_directly(turn, child, command):
        return
    if child is None or child.request is None or child.request.cl_ord_id != command.cl_ord_id:
        _ignore(turn, command.session, command.cl_ord_id, child, "no such request is pending")
        return
    _request_refused(turn, child, command.cl_ord_id, command.text)


def _venue_message_reject(turn: Turn, command: cmd.VenueMessageReject) -> None:
    """The venue could not even read a message of ours: the order or request in it is refused."""
    child = children.find(turn, command.session, command.cl_ord_id)
    if command.ref_msg_type in reconciliation.QUESTIONS:
        reconciliation.refused(turn, child, command)
        return
    if child is None:
        _ignore(turn, command.session, command.cl_ord_id, child, "reject of no order of ours")
        return
    reject = cmd.VenueOrderCancelReject(command.session, command.cl_ord_id or "", text=command.text)
    if _refused_directly(turn, child, reject):
        return
    if child.request is not None and child.request.cl_ord_id == command.cl_ord_id:
        _request_refused(turn, child, child.request.cl_ord_id, command.text)
        return
    if child.status is not OrdStatus.PENDING_NEW or command.cl_ord_id != child.child_id:
        # The reject of a request that was answered already, or of an order that is known to work.
        _ignore(turn, command.session, command.cl_ord_id, child, "reject of nothing unanswered")
        return
    refusal = cmd.VenueExecutionReport(
        session=command.session,
        exec_id=f"reject-of-{command.ref_seq_num}",
        exec_type=ExecType.REJECTED,
        ord_status=OrdStatus.REJECTED,
        cl_ord_id=child.cl_ord_id,
        text=command.text,
    )
    _book(turn, child, refusal)


def _refused_directly(turn: Turn, child: Child, command: cmd.VenueOrderCancelReject) -> bool:
    """Whether it was a request about a direct order, and is answered now."""
    order = turn.state.orders[child.order_id]
    if direct.refused(turn, order, command):
        return True
    if order.direct is None or command.cl_ord_id in order.direct.client_ids:
        return False
    if order.withdrawn is not None:
        _request_refused(turn, child, command.cl_ord_id, command.text)
        return True
    return False


def _request_refused(turn: Turn, child: Child, cl_ord_id: str, text: str | None) -> None:
    withdrawn = turn.state.orders[child.order_id].withdrawn
    is_cancel = child.request is None or child.request.terms is None
    asked_by = withdrawn.cl_ord_id if withdrawn is not None and is_cancel else ""
    turn.emit(
        ChildRequestRefused(
            order_id=child.order_id,
            child_id=child.child_id,
            venue=child.venue,
            cl_ord_id=cl_ord_id,
            text=text,
        )
    )
    order = turn.state.orders[child.order_id]
    withdrawal.refused(turn, order, asked_by, text)
    _go_on(turn, order)


def _ignore(turn: Turn, venue: str, cl_ord_id: str | None, child: Child | None, why: str) -> None:
    order_id = "" if child is None else child.order_id
    turn.emit(VenueMessageIgnored(venue, why, cl_ord_id=cl_ord_id, order_id=order_id))


def _after_report(turn: Turn, order: Order, child: Child, text: str | None) -> None:
    """What a child gave back by a reject or a call-back is routed anew. Then on as always."""
    gave_back = child.status is OrdStatus.REJECTED or (
        child.status is OrdStatus.CANCELED and child.called_back
    )
    if gave_back and order.is_open and order.request is None:
        _place_free(turn, order, child.terms.order_qty - child.cum_qty)
    _go_on(turn, order, child, text)


def _go_on(turn: Turn, order: Order, child: Child | None = None, text: str | None = None) -> None:
    """Answer the pending request if the venues have; see to it that exactly what is left works."""
    if order.direct is not None:
        return
    if requests.answer(turn, order):
        _place_free(turn, order, order.leaves_qty)
    if order.is_open and not order.open_children and not order.awaits_venue:
        _end(turn, order, child, text)
        requests.answer(turn, order)
    elif order.request is not None:
        return
    elif order.withdrawn is not None:
        withdrawal.go_on(turn, order)
    elif order.placed_qty > order.leaves_qty:
        children.call_back_excess(turn, order)
    elif order.placed_qty < order.leaves_qty and _waits_in_vain(order):
        reports.declined_in_part(turn, order)


def _place_free(turn: Turn, order: Order, at_most: Decimal) -> None:
    """Route what of the order is at no venue."""
    quantity = min(at_most, order.leaves_qty - order.placed_qty)
    is_wanted = quantity > 0 and order.withdrawn is None
    decision = _route(turn, order, quantity) if is_wanted else None
    if decision is not None:
        _place(turn, order, decision)


def _waits_in_vain(order: Order) -> bool:
    """Whether a part that no venue works would stay unseen; an IOC order ends at once anyway."""
    return not order.awaits_venue and order.terms.time_in_force not in _AT_ONCE


def _end(turn: Turn, order: Order, child: Child | None, text: str | None) -> None:
    """No venue can fill the order any more: it ends as its last child did."""
    status = None if child is None else child.status
    if status is OrdStatus.REJECTED and not order.cum_qty:
        reason = Reasons.VENUE_REJECTED
        venue = "" if child is None else child.venue
        _reject(turn, order, reason, reason.text(venue=venue, text=repr(text or "")))
        return
    exec_type = _END_AS.get(status, ExecType.CANCELED)
    reports.ended(turn, order, exec_type, text)


_AT_ONCE = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})
_END_AS: dict[OrdStatus | None, ExecType] = {
    OrdStatus.EXPIRED: ExecType.EXPIRED,
    OrdStatus.DONE_FOR_DAY: ExecType.DONE_FOR_DAY,
}


# --- sessions and operators ---------------------------------------------------------------------


def _session_logged_on(turn: Turn, command: cmd.SessionLoggedOn) -> None:
    turn.emit(SessionChanged(command.session, logged_on=True))
    reconciliation.start(turn, command.session, command.reconciliation)


def _session_logged_out(turn: Turn, command: cmd.SessionLoggedOut) -> None:
    turn.emit(SessionChanged(command.session, logged_on=False, reason=command.reason))


def _load_rules(turn: Turn, command: cmd.LoadRules) -> None:
    turn.emit(RulesLoaded(command.rules, command.operator))


def _load_reference_data(turn: Turn, command: cmd.LoadReferenceData) -> None:
    turn.emit(ReferenceDataLoaded(command.reference, command.operator))


def _operate_session(turn: Turn, command: cmd.OperateSession) -> None:
    turn.emit(
        SessionOperated(
            session=command.session,
            operation=command.operation,
            operator=command.operator,
            details=command.details,
            template=command.template,
        )
    )


def _set_accepting(turn: Turn, command: cmd.SetAccepting) -> None:
    turn.emit(AcceptanceChanged(command.accepting, command.reason))


def _end_trading_day(turn: Turn, command: cmd.EndTradingDay) -> None:
    turn.emit(TradingDayEnded(command.day))


_HANDLE: dict[type, Callable[[Turn, Any], None]] = {
    cmd.NewOrderSingle: _new_order,
    cmd.NewOrderSingleRefused: _new_order_refused,
    cmd.OrderCancelReplaceRequest: _replace,
    cmd.OrderCancelRequest: _cancel,
    cmd.OrderStatusRequest: _status,
    cmd.OrderMassCancelRequest: _mass_cancel,
    cmd.OrderMassStatusRequest: _mass_status,
    cmd.DontKnowTrade: _dont_know_trade,
    cmd.VenueExecutionReport: _venue_report,
    cmd.VenueOrderStatus: _venue_order_status,
    cmd.VenueStatusOverdue: reconciliation.overdue,
    cmd.VenueOrderCancelReject: _venue_cancel_reject,
    cmd.VenueMessageReject: _venue_message_reject,
    cmd.SessionLoggedOn: _session_logged_on,
    cmd.SessionLoggedOut: _session_logged_out,
    cmd.LoadRules: _load_rules,
    cmd.LoadReferenceData: _load_reference_data,
    cmd.OperateSession: _operate_session,
    cmd.SetAccepting: _set_accepting,
    cmd.EndTradingDay: _end_trading_day,
}
