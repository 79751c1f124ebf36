"""Check ``order_quantity``: OrderQty(38) is at most the limit."""

from decimal import Decimal

from oms_fix.core.compliance.rule import Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.reasons import Reasons


def measure(
    _check: OrderQuantity, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return the quantity."""
    return Measure(ZERO, subject.terms.order_qty, limit)


RULE = Rule(
    kind=OrderQuantity,
    reasons=(Reasons.ORDER_QTY_LIMIT,),
    source="SEC Rule 15c3-5(c)(1)(ii); RTS 6 Article 15(1)(c): maximum order volumes",
    measure=measure,
    unit="units",
    name="OrderQty",
    keeps_digits=True,
)
