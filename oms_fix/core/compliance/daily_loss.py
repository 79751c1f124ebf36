"""Check ``daily_loss``: after too large a loss nothing more is added to positions today."""

from decimal import Decimal

from oms_fix.core.compliance.figures import adds, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import DailyLoss
from oms_fix.model.reasons import Reasons


def measure(check: DailyLoss, subject: Subject, state: State, limit: Decimal) -> Measure | None:
    """Return today's loss, whatever this order adds to it; what only reduces is not concerned."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    loss = -totals.profit if totals.profit < ZERO else ZERO
    if loss > limit and not adds(state, subject):
        return NOT_CONCERNED
    return Measure(loss, loss, limit, stands=True)


RULE = Rule(
    kind=DailyLoss,
    reasons=(Reasons.DAILY_LOSS,),
    source="RTS 6 Article 15(4): market and credit risk limits",
    measure=measure,
    unit="base currency",
    name="loss",
    in_money=True,
)
