"""What a child's reports make of its estimates, and of what operators have undone."""

from msgspec import structs

from oms_fix.core.orders.executions import Estimate, TakenBack
from oms_fix.core.orders.order import ZERO, Child
from oms_fix.model.enums import ExecType
from oms_fix.model.events import ChildReported

CHANGES_A_TRADE = frozenset({ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})


def keep_taken_back(child: Child, event: ChildReported) -> None:
    """What an operator undoes of a trade, its venue may still count, until it shows otherwise."""
    if event.undone_there:
        child.taken_back = None
    if event.operated is None:
        return
    undone, before = child.executions[event.operated], child.taken_back or TakenBack(ZERO, ZERO)
    quantity, price = event.last_qty or ZERO, event.last_px or ZERO
    child.taken_back = TakenBack(
        before.quantity + undone.quantity - quantity,
        before.value + undone.quantity * undone.price - quantity * price,
    )


def keep_estimates(child: Child, event: ChildReported) -> None:
    """An estimate covers the CumQty(14) up to that of its time, or what a bust has left of it.

    As the venue counts, and thus with what only operators have undone.
    """
    if not (event.estimated or child.estimates):
        return
    to_qty = event.cum_qty + child.undone_qty
    if event.estimated:
        # A venue may not count yet what an operator has added.
        taken_back = ZERO if child.taken_back is None else child.taken_back.quantity
        estimate = Estimate(event.exec_id, child.cum_qty + taken_back, to_qty)
        child.estimates = (*child.estimates, estimate)
    elif event.exec_type in CHANGES_A_TRADE and event.exec_id not in child.executions:
        child.estimates = tuple(
            structs.replace(each, to_qty=min(each.to_qty, to_qty)) for each in child.estimates
        )
