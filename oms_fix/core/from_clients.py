"""What clients send: orders, cancels, replaces, and questions about them."""

from oms_fix.core import capture, stages
from oms_fix.core.orders import mass, reports, requests, reviews, trading_states
from oms_fix.core.orders.order import Order, Waiting
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model import commands as cmd
from oms_fix.model.events import OrderCaptured
from oms_fix.model.operations import OrderOperated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons

ClientRequest = cmd.OrderCancelRequest | cmd.OrderCancelReplaceRequest


def new_order(
    turn: Turn, command: cmd.NewOrderSingle, entered: OrderOperated | None = None
) -> None:
    """Capture an order, have it checked and routed, and place it; or reject it, saying why.

    ``entered``: an operator has entered it for the client.
    """
    known = turn.state.orders_by_cl_ord_id.get((command.session, command.cl_ord_id))
    if known is not None:
        _known_again(turn, known, command)
        return
    order_id = turn.state.next_order_id()
    terms = capture.with_quantity(turn.state, command.session, command.terms)
    terms = capture.with_agreed_fields(turn.state, command.session, terms)
    turn.emit(OrderCaptured(order_id, command.session, command.cl_ord_id, terms))
    if entered is not None:
        turn.emit(entered)
    order = turn.state.orders[order_id]
    problem = order_problem(turn.state, command.session, terms, order)
    if problem is not None:
        stages.reject(turn, order, *problem)
        return
    verdict = stages.check(turn, order, command.cl_ord_id, terms)
    if verdict.rejects:
        stages.reject(turn, order, verdict.rejects[0].reason, verdict.reject_text)
        return
    if verdict.holds:
        text = _said_of(entered, verdict.hold_text)
        reviews.hold_order(turn, order, stages.holds_of(verdict), text)
        return
    stages.admit(turn, order, _said_of(entered, verdict.warning_text), verdict.subject)


def order_problem(
    state: State, session: str, terms: OrderTerms, own: Order | None = None
) -> capture.Refusal | None:
    """Return why an order cannot be taken before any check is asked, or None; see ``capture``.

    ``own`` is the order, once it is captured.
    """
    return (
        capture.acceptance_problem(state, terms.order_qty)
        or trading_states.order_problem(state, session, terms, own)
        or capture.order_problem(terms)
    )


def _said_of(entered: OrderOperated | None, warning: str | None) -> str | None:
    """Return what New says beside: why an operator entered it, and what a check warns of."""
    if entered is None:
        return warning
    text = Reasons.OPERATOR.text(reason=repr(entered.reason))
    return text if warning is None else f"{text}; {warning}"


def new_order_refused(turn: Turn, command: cmd.NewOrderSingleRefused) -> None:
    """Answer an order that could not be read, under the ClOrdID(11) of one we have."""
    order = turn.state.orders_by_cl_ord_id[command.session, command.cl_ord_id]
    reports.duplicate(turn, order, command.cl_ord_id)


def _known_again(turn: Turn, order: Order, command: cmd.NewOrderSingle) -> None:
    """PossResend(97) of an order we have is a status request; else it is a duplicate (F.1.a, b)."""
    differs = capture.differences(order, command.terms)
    if not command.poss_resend:
        reports.duplicate(turn, order, command.cl_ord_id)
    elif differs:
        reports.duplicate(turn, order, command.cl_ord_id, differs=",".join(differs))
    else:
        reports.status(turn, order, command.cl_ord_id)


def replace(turn: Turn, command: cmd.OrderCancelReplaceRequest) -> None:
    """Take a replace on, let it wait, or refuse it: the whole order is restated."""
    order = _order_of_request(turn, command, command.terms)
    if order is not None:
        asked = Waiting(command.cl_ord_id, _orig(order, command), command.terms)
        _request(turn, order, asked, None)


def cancel(turn: Turn, command: cmd.OrderCancelRequest) -> None:
    """Take a cancel on, let it wait, or refuse it."""
    order = _order_of_request(turn, command, None)
    if order is not None:
        asked = Waiting(command.cl_ord_id, _orig(order, command), None)
        _request(turn, order, asked, capture.cancel_problem(order, command.symbol))


def _request(turn: Turn, order: Order, asked: Waiting, problem: capture.Refusal | None) -> None:
    """Take a request on; while another one is pending, let it wait."""
    is_cancel, orig = asked.terms is None, asked.orig_cl_ord_id
    problem = capture.request_problem(order, orig, is_cancel=is_cancel) or problem
    if problem is not None:
        stages.refuse_request(turn, order, asked, asked.terms, *problem)
    elif order.request is not None and not reviews.makes_way(turn, order, asked):
        requests.queue(turn, order, asked)
    else:
        stages.take_on(turn, order, asked)
        stages.go_on(turn, order)


def _orig(order: Order, command: ClientRequest) -> str:
    """Return the id that a request follows: where it names only the order, the newest one."""
    return command.orig_cl_ord_id if command.order_id is None else order.newest_cl_ord_id


def _order_of_request(
    turn: Turn,
    command: ClientRequest,
    terms: OrderTerms | None,
) -> Order | None:
    """Return the order a request is about; None where the request is answered already."""
    order = _named(turn, command.session, command.orig_cl_ord_id, command.order_id)
    of_id = _named(turn, command.session, command.cl_ord_id, None)
    if of_id is not None and command.poss_resend:
        reports.status(turn, of_id, command.cl_ord_id)
        return None
    if order is None:
        reports.request_unknown(turn, command, terms)
        return None
    if of_id is not None:
        reason = Reasons.DUPLICATE_CL_ORD_ID
        text = reason.text(ClOrdID=command.cl_ord_id)
        stages.refuse_request(turn, order, command, terms, reason, text)
        return None
    return order


def status(turn: Turn, command: cmd.OrderStatusRequest) -> None:
    """Say where an order stands; that it is not known, if so."""
    order = _named(turn, command.session, command.cl_ord_id, command.order_id)
    if order is None:
        reports.status_unknown(turn, command)
    else:
        cl_ord_id = command.cl_ord_id or order.cl_ord_id
        reports.status(turn, order, cl_ord_id, command.terms.other_fields)


def _named(turn: Turn, session: str, cl_ord_id: str, order_id: str | None) -> Order | None:
    """Return a client's order by one of its ids or, where that is given, by our OrderID(37)."""
    if order_id is None:
        return turn.state.orders_by_cl_ord_id.get((session, cl_ord_id))
    order = turn.state.orders.get(order_id)
    return order if order is not None and order.session == session else None


def mass_cancel(turn: Turn, command: cmd.OrderMassCancelRequest) -> None:
    """Take many orders back at once."""
    for order in mass.cancel(turn, command):
        stages.go_on(turn, order)


def mass_status(turn: Turn, command: cmd.OrderMassStatusRequest) -> None:
    """Say where many orders stand."""
    mass.status(turn, command)


def dont_know_trade(turn: Turn, command: cmd.DontKnowTrade) -> None:
    """Pass a client's doubt on to the venue whose fill it is; it will bust it, or insist."""
    turn.emit(reports.doubted(turn.state, command))
