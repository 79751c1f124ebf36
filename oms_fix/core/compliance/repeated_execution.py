"""Check ``repeated_execution``: not too many orders alike were filled today."""

from decimal import Decimal

from oms_fix.core.compliance.rule import Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.conduct import executed_key
from oms_fix.core.orders.state import State
from oms_fix.model.conduct_checks import RepeatedExecution
from oms_fix.model.reasons import Reasons

_ONE = Decimal(1)


def measure(
    _check: RepeatedExecution, subject: Subject, state: State, limit: Decimal
) -> Measure | None:
    """Return how many orders of the account, instrument and side were filled, with this one."""
    used = Decimal(state.today.executed.get(executed_key(subject.terms), 0))
    is_counted = subject.order is not None and bool(subject.order.day_cum_qty)
    return Measure(used, used if is_counted else used + _ONE, limit)


RULE = Rule(
    kind=RepeatedExecution,
    reasons=(Reasons.REPEATED_EXECUTION,),
    source="RTS 6 Article 15(3): repeated automated execution throttles",
    measure=measure,
    unit="orders",
    name="orders",
    keeps_digits=True,
)
