"""Check ``gross_exposure``: all positions together are not worth too much."""

from decimal import Decimal

from oms_fix.core.compliance.figures import holding_of, more_quantity, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import add, multiply, subtract
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import GrossExposure
from oms_fix.model.reasons import Reasons


def measure(
    check: GrossExposure, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return what all positions are worth at their largest."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    if subject.unit is None:
        return None
    holding = holding_of(totals, subject)
    long, short = holding.longest, -holding.shortest
    before = max(long, short)
    if subject.is_buy:
        long = add(long, more_quantity(subject))
    else:
        short = add(short, more_quantity(subject))
    more = multiply(subtract(max(long, short), before), subject.unit)
    return Measure(totals.gross, add(totals.gross, more), limit)


RULE = Rule(
    kind=GrossExposure,
    reasons=(Reasons.GROSS_EXPOSURE,),
    source="SEC Rule 15c3-5(c)(1)(i): capital thresholds; RTS 6 Article 15(4) and (5)",
    measure=measure,
    unit="base currency",
    name="gross",
    in_money=True,
)
