"""Check ``order_notional``: the order's value in base currency is at most the limit.

An order without a price is valued at the instrument's reference price. An order whose value cannot
be told, because its instrument is not known, violates the check.
"""

from decimal import Decimal

from oms_fix.core.compliance.rule import Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import OrderNotional
from oms_fix.model.reasons import Reasons


def measure(
    _check: OrderNotional, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return the value of the whole order."""
    return None if subject.notional is None else Measure(ZERO, subject.notional, limit)


RULE = Rule(
    kind=OrderNotional,
    reasons=(Reasons.ORDER_NOTIONAL_LIMIT,),
    source="SEC Rule 15c3-5(c)(1)(ii); RTS 6 Article 15(1)(b): maximum order values",
    measure=measure,
    unit="base currency",
    name="notional",
    in_money=True,
)
