"""Check ``order_quantity``: OrderQty(38) is at most the limit."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.state import State
from oms_fix.model.checks import OrderQuantity
from oms_fix.model.reasons import Reasons


def examine(check: OrderQuantity, subject: ConditionSubject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    quantity = subject.terms.order_qty
    if quantity <= check.quantity_max:
        return None
    return Finding(
        Reasons.ORDER_QTY_LIMIT, {"OrderQty": quantity, "quantity_max": check.quantity_max}
    )
