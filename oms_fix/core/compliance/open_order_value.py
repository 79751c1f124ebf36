"""Check ``open_order_value``: what is open is not worth too much."""

from decimal import Decimal

from oms_fix.core.compliance.figures import more_value, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import add
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import OpenOrderValue
from oms_fix.model.reasons import Reasons


def measure(
    check: OpenOrderValue, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return what open orders are worth."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    more = more_value(subject)
    if more is None:
        return None
    used = totals.open_value
    return Measure(used, add(used, more), limit)


RULE = Rule(
    kind=OpenOrderValue,
    reasons=(Reasons.OPEN_VALUE,),
    source="SEC Rule 15c3-5(c)(1)(i); RTS 6 Article 15(2): all orders sent count",
    measure=measure,
    unit="base currency",
    name="open",
    in_money=True,
)
