"""Check ``daily_turnover``: what was traded today and is open is not worth too much."""

from decimal import Decimal

from oms_fix.core.compliance.figures import more_value, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import add
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import DailyTurnover
from oms_fix.model.reasons import Reasons


def measure(
    check: DailyTurnover, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return what was traded today and may be."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    more = more_value(subject)
    if more is None:
        return None
    used = add(totals.turnover, totals.open_value)
    return Measure(used, add(used, more), limit)


RULE = Rule(
    kind=DailyTurnover,
    reasons=(Reasons.DAILY_TURNOVER,),
    source="SEC Rule 15c3-5(c)(1)(i): credit and capital thresholds in the aggregate",
    measure=measure,
    unit="base currency",
    name="turnover",
    in_money=True,
)
