"""Check ``order_notional``: the order's value in base currency is at most the limit.

An order without a price is valued at the instrument's reference price. An order whose value cannot
be told, because its instrument is not known, violates the check.
"""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.state import State
from oms_fix.model.checks import OrderNotional
from oms_fix.model.reasons import Reasons


def examine(check: OrderNotional, subject: ConditionSubject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    if subject.notional is None:
        value = "unknown"
    elif subject.notional > check.notional_max:
        value = f"{subject.notional:.2f}"
    else:
        return None
    return Finding(
        Reasons.ORDER_NOTIONAL_LIMIT, {"notional": value, "notional_max": check.notional_max}
    )
