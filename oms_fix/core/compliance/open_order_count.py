"""Check ``open_order_count``: not too many orders are open."""

from decimal import Decimal

from oms_fix.core.compliance.figures import totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import OpenOrderCount
from oms_fix.model.reasons import Reasons


def measure(
    check: OpenOrderCount, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return how many orders are open; one that is replaced is open already."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    after = totals.open_orders + (0 if subject.own.quantity else 1)
    is_open = subject.own.quantity and (subject.let_go is None or subject.let_go.quantity)
    return Measure(Decimal(after - (0 if is_open else 1)), Decimal(after), limit)


RULE = Rule(
    kind=OpenOrderCount,
    reasons=(Reasons.OPEN_ORDERS,),
    source="good practice; SEC Rule 15c3-5(c)(1)(ii): orders over a short period of time",
    measure=measure,
    unit="orders",
    name="orders",
    keeps_digits=True,
)
