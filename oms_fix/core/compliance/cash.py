"""Check ``cash``: enough of the account's cash is left after all open buys."""

from decimal import Decimal

from oms_fix.core.compliance.figures import more_value
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import add
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import Cash
from oms_fix.model.reasons import Reasons


def measure(_check: Cash, subject: Subject, _state: State, limit: Decimal) -> Measure | None:
    """Return what buys cost, and what they may; None without the account's cash."""
    if not subject.is_buy:
        return NOT_CONCERNED
    account, more = subject.account, more_value(subject)
    if account is None or account.cash is None or more is None:
        return None
    totals = subject.totals
    used = add(totals.cost, totals.buys_cost)
    return Measure(used, add(used, more), account.cash - limit)


RULE = Rule(
    kind=Cash,
    reasons=(Reasons.CASH,),
    source="SEC Rule 15c3-5(c)(1)(i): credit thresholds",
    measure=measure,
    unit="base currency",
    name="cost",
    in_money=True,
)
