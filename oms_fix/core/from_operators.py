"""What operators do about orders: cancel, force-done, bust, correct, enter, place.

Theory of operation
-------------------
Each is on record with who did it and why, also where it is refused, and that is told to nobody but
the operator. The client hears of it as of anything that it did not ask for: under the order's own
ClOrdID(11), with Text(58) that begins with the code ``OPERATOR`` and has the reason.

A *cancel* takes the order back as a mass cancel does: the venues are asked, and the client is told
when they have answered. Of an order that was forced done, venues are asked again.

*Force-done* is for an order whose venue cannot be asked. It ends at once, what the client has asked
is answered, and nothing of it is routed again. Done For Day says what is known, that no more of it
is worked today, and not that a venue has canceled it; but an order of several days that is done for
the day goes on tomorrow, and the rest of one that is to be done at once is canceled, so these are
Canceled, as is an order that the client wanted canceled. A cancel goes out to each venue all the
same, for when it is back. Its children stay *forced* until their venues have said how they ended:
they are asked at the next logon, and a fill that comes after all is booked and passed on.

A *bust* or a *correction* is what the venue has said by phone, booked as if it had said it by FIX.
An execution that is busted is gone, and the venue's own bust of it changes no quantity; one that is
corrected keeps the venue's ExecID(17), so that the venue may still correct or bust it. What is
*taken back* in this way the venue's CumQty(14) may count or not, as its own book has it: neither is
a fill that got lost. Once it has said the CumQty that we have, it counts as we do.

An order that waits at a desk is *placed* by its trader: a child goes out to the venue that is
named, with the order's own terms, within its limit and what protects its price. What a venue gives
back of it waits at the desk again.

An order that is *entered* is the client's like any other, checked and routed. It is tried first, so
that the client hears only of what is taken.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from oms_fix.core import capture, from_clients, placing, stages
from oms_fix.core.compliance.evaluate import evaluate
from oms_fix.core.compliance.subject import subject_of
from oms_fix.core.orders import (
    children,
    direct,
    forced,
    reports,
    trading_states,
    withdrawal,
)
from oms_fix.core.orders.executions import Execution
from oms_fix.core.orders.order import ZERO, Child, Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.state_machine import transition
from oms_fix.core.orders.turn import Turn
from oms_fix.core.routing.decide import demand_of
from oms_fix.core.routing.protection import protect
from oms_fix.model.commands import (
    EnterOrder,
    NewOrderSingle,
    OperateOrder,
    VenueExecutionReport,
)
from oms_fix.model.enums import ExecType, OrderOperation, TimeInForce
from oms_fix.model.events import OrderWithdrawn
from oms_fix.model.operations import OrderOperated
from oms_fix.model.reasons import Reasons, problem_of_reason
from oms_fix.model.routing import RouteLeg

_BROKER_OPTION = 4  # ExecRestatementReason(378)
_FOR_THE_DAY = frozenset({TimeInForce.DAY, TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE})


class _Found(NamedTuple):
    """An execution with its child; ``venue_exec_id`` is the venue's ExecID(17) for it."""

    child: Child
    venue_exec_id: str
    execution: Execution


def operate(turn: Turn, command: OperateOrder) -> None:
    """Intervene in an order; or refuse to, saying why."""
    order = turn.state.orders.get(command.order_id)
    do = _OPERATIONS[command.operation]
    problem = _reason_problem(command.reason)
    if order is None:
        problem = problem or _refusal(Reasons.UNKNOWN_ORDER, OrderID=command.order_id)
    else:
        problem = problem or do.problem(turn, order, command)
    turn.emit(
        OrderOperated(
            order_id=command.order_id,
            operation=command.operation,
            operator=command.operator,
            reason=command.reason,
            details=_details(command),
            refused="" if problem is None else problem[1],
        )
    )
    if problem is None and order is not None:
        do.carry_out(turn, order, command)


def enter(turn: Turn, command: EnterOrder) -> None:
    """Take an order on for a client; ClOrdID(11) is the OrderID(37) where none is given."""
    order_id = turn.state.next_order_id()
    cl_ord_id = command.cl_ord_id or order_id
    new_order = NewOrderSingle(command.session, cl_ord_id, command.terms)
    problem = _reason_problem(command.reason) or _entry_problem(turn.state, new_order, turn.now)
    operation, operator, reason = OrderOperation.ENTER, command.operator, command.reason
    if problem is not None:
        details = f"{cl_ord_id} for {command.session}"
        turn.emit(OrderOperated("", operation, operator, reason, details, refused=problem[1]))
        return
    entered = OrderOperated(order_id, operation, operator, reason)
    from_clients.new_order(turn, new_order, entered)


def _reason_problem(reason: str) -> capture.Refusal | None:
    """Return why a reason is none that can be told and kept, or None."""
    text = problem_of_reason(reason)
    return None if text is None else (Reasons.NO_REASON, text)


def _details(command: OperateOrder) -> str:
    to = {"quantity": command.quantity, "price": command.price}
    given = ", ".join(f"{name} {value}" for name, value in to.items() if value is not None)
    if command.operation is OrderOperation.PLACE:
        return f"{given} to {command.venue}".lstrip()
    return f"{command.exec_id} to {given}" if given else command.exec_id


def _text(command: OperateOrder) -> str:
    """Return what the client is told."""
    return Reasons.OPERATOR.text(reason=repr(command.reason))


def _refusal(reason: Reasons, **details: object) -> capture.Refusal:
    return reason, reason.text(**details)


# --- cancel -------------------------------------------------------------------------------------


def _cancel_problem(_turn: Turn, order: Order, _command: OperateOrder) -> capture.Refusal | None:
    if not order.is_open and not forced.at_venues(order):
        return _refusal(Reasons.TOO_LATE, OrdStatus=order.status.name)
    if order.is_open and withdrawal.is_under_way(order):
        return _refusal(Reasons.ALREADY_PENDING, OrderID=order.order_id)
    return None


def _cancel(turn: Turn, order: Order, command: OperateOrder) -> None:
    for child in forced.at_venues(order):
        forced.cancel_again(turn, order, child)
    if not order.is_open:
        return
    text = _text(command)
    event = OrderWithdrawn(order.order_id, text, exec_restatement_reason=_BROKER_OPTION)
    withdrawal.withdraw(turn, event)
    stages.go_on(turn, order)


# --- force-done ---------------------------------------------------------------------------------


def _force_problem(_turn: Turn, order: Order, _command: OperateOrder) -> capture.Refusal | None:
    if order.is_unanswered:
        return None
    return _refusal(Reasons.TOO_LATE, OrdStatus=order.status.name)


def _force_done(turn: Turn, order: Order, command: OperateOrder) -> None:
    exec_type, text = ExecType.CANCELED, _text(command)
    reason: int | None = _BROKER_OPTION
    if order.terms.time_in_force in _FOR_THE_DAY and not withdrawal.is_wanted(order):
        exec_type, reason = ExecType.DONE_FOR_DAY, None
    unanswered = [child for child in order.children if child.is_unanswered]
    for child in unanswered:
        _ask_to_cancel(turn, order, child)
    if order.is_open:
        turn.emit(
            OrderWithdrawn(order.order_id, text, exec_restatement_reason=reason, ends_as=exec_type)
        )
    for child in unanswered:
        status = child.status
        if child.is_open:
            status, _ = transition(status, exec_type, child.cum_qty, child.terms.order_qty)
        forced.close(turn, order, child, status)
    if order.direct is not None:
        direct.end(turn, order, exec_type, text)
    else:
        stages.go_on(turn, order, unanswered[-1] if unanswered else None, text)


def _ask_to_cancel(turn: Turn, order: Order, child: Child) -> None:
    """Ask the venue to cancel what it may still fill, if it was not asked before."""
    if order.direct is not None:
        is_asked = withdrawal.is_under_way(order)
    else:
        is_asked = child.request is not None and child.request.terms is None
    if child.is_open and not is_asked:
        children.request_cancel(turn, order, child)


# --- bust and correct ---------------------------------------------------------------------------


def _bust_problem(_turn: Turn, order: Order, command: OperateOrder) -> capture.Refusal | None:
    found = _find(order, command.exec_id)
    if not found:
        return _refusal(Reasons.UNKNOWN_EXECUTION, ExecID=command.exec_id)
    if len(found) > 1:
        ours = ",".join(each.execution.exec_id for each in found)
        return _refusal(Reasons.AMBIGUOUS, ExecID=command.exec_id, name_one_of=ours)
    return None


def _correct_problem(turn: Turn, order: Order, command: OperateOrder) -> capture.Refusal | None:
    problem = _bust_problem(turn, order, command)
    if problem is not None:
        return problem
    child, _, execution = _find(order, command.exec_id)[0]
    quantity, price = _corrected(execution, command)
    if quantity <= 0 or price <= 0:
        return _refusal(Reasons.INVALID_CORRECTION, LastQty=quantity, LastPx=price)
    if (quantity, price) == (execution.quantity, execution.price):
        return _refusal(Reasons.INVALID_CORRECTION, because="it is so already")
    left = child.terms.order_qty - child.cum_qty
    if order.direct is None and not child.forced:  # else its venue may have more than its client
        left = min(left, order.terms.order_qty - order.cum_qty)
    quantity_max = execution.quantity + max(left, ZERO)  # left is below 0 of what is overfilled
    if quantity > quantity_max:
        return _refusal(Reasons.INVALID_CORRECTION, LastQty=quantity, quantity_max=quantity_max)
    return None


def _find(order: Order, exec_id: str) -> list[_Found]:
    """Return the execution of our ExecID(17), or those of a venue's; they are unique at a venue."""
    live = [
        _Found(child, key, execution)
        for child in order.children
        for key, execution in child.executions.items()
    ]
    ours = [each for each in live if each.execution.exec_id == exec_id]
    return ours or [each for each in live if each.venue_exec_id == exec_id]


def _corrected(execution: Execution, command: OperateOrder) -> tuple[Decimal, Decimal]:
    quantity = execution.quantity if command.quantity is None else command.quantity
    return quantity, execution.price if command.price is None else command.price


def _change_trade(turn: Turn, order: Order, command: OperateOrder) -> None:
    found = _find(order, command.exec_id)[0]
    child, undone = found.child, found.execution
    quantity, price, exec_type = ZERO, ZERO, ExecType.TRADE_CANCEL
    if command.operation is OrderOperation.CORRECT:
        exec_type = ExecType.TRADE_CORRECT
        quantity, price = _corrected(undone, command)
    by_phone = VenueExecutionReport(
        session=child.venue,
        exec_id=f"OPERATOR-{turn.state.next_exec_id()}",
        exec_type=exec_type,
        ord_status=None,
        cl_ord_id=child.cl_ord_id,
        exec_ref_id=found.venue_exec_id,
        last_qty=quantity,
        last_px=price,
        text=_text(command),
    )
    cum_qty = child.cum_qty + quantity - undone.quantity
    status, race = transition(child.status, exec_type, cum_qty, child.terms.order_qty)
    operated = found.venue_exec_id
    children.emit_report(turn, child, by_phone, status, cum_qty, race, operated=operated)
    report = reports.trade_changed(turn, order, undone, quantity, price)
    report = structs.replace(report, text=by_phone.text)
    reports.tell_of_trade(turn, order, child, found.venue_exec_id, report)
    stages.after_report(turn, order, child, by_phone.text)
    if child.is_left_to_venue:  # it may fill again what it has undone
        forced.cancel_again(turn, order, child)


# --- place --------------------------------------------------------------------------------------


def _place_problem(turn: Turn, order: Order, command: OperateOrder) -> capture.Refusal | None:
    if not order.is_open:
        return _refusal(Reasons.TOO_LATE, OrdStatus=order.status.name)
    if order.awaits_answer or withdrawal.is_under_way(order):
        return _refusal(Reasons.ALREADY_PENDING, OrderID=order.order_id)
    if not order.desk or order.review is not None:
        return _refusal(Reasons.NOT_AT_DESK, OrderID=order.order_id)
    halted = trading_states.halt_problem(turn.state, order)
    quantity = order.free_qty if command.quantity is None else command.quantity
    return (
        halted
        or _quantity_problem(turn.state, order, quantity)
        or _venue_problem(turn, order, quantity, command.venue)
    )


def _quantity_problem(state: State, order: Order, quantity: Decimal) -> capture.Refusal | None:
    """Return why a quantity cannot be placed, or None: it is free, in whole lots or all."""
    if not 0 < quantity <= order.free_qty:
        return _refusal(Reasons.INVALID_VALUE, quantity=quantity, quantity_max=order.free_qty)
    if quantity == order.free_qty:
        return None
    instrument = state.instruments.get(order.terms.symbol)
    if instrument is not None and quantity % instrument.lot_size:
        return _refusal(Reasons.INVALID_VALUE, quantity=quantity, lot_size=instrument.lot_size)
    if order.terms.time_in_force is TimeInForce.FILL_OR_KILL or order.terms.min_qty:
        because = "'an order that may not be divided'"
        return _refusal(Reasons.INVALID_VALUE, quantity=quantity, because=because)
    return None


def _venue_problem(
    turn: Turn, order: Order, quantity: Decimal, venue: str
) -> capture.Refusal | None:
    """Return why a venue cannot get it, or None; one that refused it before may."""
    demand = demand_of(turn.state, order, quantity, turn.now)
    obstacle = structs.replace(demand, refused_by=frozenset()).obstacle(venue)
    if obstacle is not None:
        return _refusal(Reasons.VENUES_DOWN, venue=f"{venue}({obstacle})")
    (leg,) = protect((RouteLeg(venue, quantity, ""),), demand)
    return None if leg.quantity else (Reasons.INVALID_PRICE, leg.reason)


def _place(turn: Turn, order: Order, command: OperateOrder) -> None:
    quantity = order.free_qty if command.quantity is None else command.quantity
    leg = RouteLeg(command.venue, quantity, f"placed by {command.operator}")
    demand = demand_of(turn.state, order, quantity, turn.now)
    children.place(turn, order, protect((leg,), demand)[0])


# --- enter --------------------------------------------------------------------------------------


def _entry_problem(state: State, command: NewOrderSingle, now: int) -> capture.Refusal | None:
    """Return why an order would be rejected, or None."""
    session, cl_ord_id, terms = command.session, command.cl_ord_id, command.terms
    if (session, cl_ord_id) in state.orders_by_cl_ord_id:
        return _refusal(Reasons.DUPLICATE_CL_ORD_ID, ClOrdID=cl_ord_id)
    problem = from_clients.order_problem(state, session, terms)
    if problem is not None:
        return problem
    verdict = evaluate(state, subject_of(state, session, cl_ord_id, terms, now))
    if verdict.rejects:
        return verdict.rejects[0].reason, verdict.reject_text
    if verdict.holds:
        return None  # it is routed once it is approved
    order = Order(state.next_order_id(), session, cl_ord_id, cl_ord_id, terms)
    return placing.problem(state, order, now)


class _Operation(NamedTuple):
    """Why an operation makes no sense for an order, if so, and what it does."""

    problem: Callable[[Turn, Order, OperateOrder], capture.Refusal | None]
    carry_out: Callable[[Turn, Order, OperateOrder], None]


_OPERATIONS = {
    OrderOperation.CANCEL: _Operation(_cancel_problem, _cancel),
    OrderOperation.FORCE_DONE: _Operation(_force_problem, _force_done),
    OrderOperation.BUST: _Operation(_bust_problem, _change_trade),
    OrderOperation.CORRECT: _Operation(_correct_problem, _change_trade),
    OrderOperation.PLACE: _Operation(_place_problem, _place),
}
