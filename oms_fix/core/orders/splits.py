"""Corporate actions: a venue restates an order of several days in other units, after a split.

Nothing is filled by it and no fill undone: what is filled is told in the new units, at prices that
make it cost what it did (matrix H.1.b). The venue's quantities are the order's where the order is
at this one venue as a whole. What is at several, or has a request pending, is in units of before
and after at once, and what an operator has undone may be in the venue's quantities: such an order
is left as it is, and somebody has to look at it.
"""

from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders import children, reports
from oms_fix.core.orders.order import ZERO, Child, Order
from oms_fix.core.orders.state_machine import transition
from oms_fix.core.orders.turn import Turn
from oms_fix.model.commands import VenueExecutionReport
from oms_fix.model.enums import ExecType

_RESTATED = ExecType.RESTATED
_CORPORATE_ACTION = 0  # ExecRestatementReason(378)


def restates(command: VenueExecutionReport) -> bool:
    """Whether a report puts an order into other units."""
    return command.exec_type is _RESTATED and command.exec_restatement_reason == _CORPORATE_ACTION


def filled_in_its_units(order: Order, command: VenueExecutionReport) -> Order:
    """Return the order with what is filled as a report has it, if that is in other units."""
    cum_qty = command.cum_qty
    if restates(command) and order.cum_qty and cum_qty is not None and cum_qty > 0:
        return order.in_units(cum_qty)
    return order


def is_clear(child: Child, command: VenueExecutionReport) -> bool:
    """Whether a venue's quantities do not count what only an operator has undone."""
    if child.taken_back is None or not restates(command):
        return True
    order_qty, cum_qty = command.order_qty or ZERO, command.cum_qty or ZERO
    return cum_qty * child.terms.order_qty == child.cum_qty * order_qty


def not_followed(turn: Turn, child: Child, command: VenueExecutionReport) -> None:
    """Leave an order as it is; somebody has to look at it."""
    text = "the venue restates the order after a corporate action; this is not followed, see to it"
    emit = children.emit_report
    emit(turn, child, command, child.status, child.cum_qty, discrepancy=text)


def book(turn: Turn, order: Order, child: Child, command: VenueExecutionReport) -> None:
    """Put a child and its order into the units of a venue's report, and tell the client."""
    problem = children.why_not(child, command, to_replace=False)
    if problem:
        children.ignored(turn, command, child.order_id, problem)
        return
    quantities = _quantities(order, child, command)
    if quantities is None:
        not_followed(turn, child, command)
        return
    order_qty, cum_qty = quantities
    status, race = transition(child.status, command.exec_type, cum_qty, order_qty)
    children.emit_report(turn, child, command, status, cum_qty, race, order_qty)
    after = order.in_units(cum_qty) if cum_qty else structs.replace(order)
    price = None if order.terms.price is None else command.price or order.terms.price
    after.terms = structs.replace(order.terms, order_qty=order_qty, price=price)
    after.status, _ = transition(order.status, command.exec_type, cum_qty, order_qty)
    report = structs.replace(
        reports.plain(turn, after, ExecType.RESTATED),
        exec_restatement_reason=_CORPORATE_ACTION,
        text=command.text,
    )
    reports.tell(turn, order, report)


def _quantities(
    order: Order, child: Child, command: VenueExecutionReport
) -> tuple[Decimal, Decimal] | None:
    """Return OrderQty(38) and CumQty(14) in the new units; None if they are not clear."""
    is_whole = order.children == [child] and child.terms.order_qty == order.terms.order_qty
    is_quiet = order.request is None and child.request is None and not child.estimates
    order_qty, cum_qty = command.order_qty, command.cum_qty or ZERO
    fits = order_qty is not None and order_qty > cum_qty and bool(cum_qty) == bool(order.cum_qty)
    if not (child.is_open and is_whole and is_quiet and fits):
        return None
    assert order_qty is not None, "it fits"
    return (order_qty, cum_qty) if is_clear(child, command) else None
