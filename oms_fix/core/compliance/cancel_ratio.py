"""Check ``cancel_ratio``: not too many of the day's orders are canceled or replaced."""

from decimal import Decimal

from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.conduct import key_of
from oms_fix.core.orders.state import State
from oms_fix.model.conduct_checks import CancelRatio
from oms_fix.model.reasons import Reasons


def measure(check: CancelRatio, subject: Subject, state: State, limit: Decimal) -> Measure | None:
    """Return the day's cancels and replaces in percent of the orders."""
    counts = state.today.counts.get(key_of(check.per, subject.client, subject.terms.account))
    if counts is None or counts.orders < check.orders_min:
        return NOT_CONCERNED
    percent = Decimal(counts.changes) * 100 / counts.orders
    return Measure(percent, percent, limit, stands=True)


RULE = Rule(
    kind=CancelRatio,
    reasons=(Reasons.CANCEL_RATIO,),
    source="RTS 9: the ratio of unexecuted orders to transactions that venues hold members to",
    measure=measure,
    unit="percent of the orders",
    name="percent",
)
