"""Check ``position_limit``: the position is at most so many units, long or short."""

from decimal import Decimal

from oms_fix.core.compliance.figures import at_stake, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import PositionLimit
from oms_fix.model.reasons import Reasons


def measure(
    check: PositionLimit, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return the largest position on the order's side."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    used, after = at_stake(totals, subject)
    return Measure(used, after, limit)


RULE = Rule(
    kind=PositionLimit,
    reasons=(Reasons.POSITION_LIMIT,),
    source="SEC Rule 15c3-5(c)(1)(i); RTS 6 Article 15(5); FIA: intraday position limits",
    measure=measure,
    unit="units",
    name="position",
)
