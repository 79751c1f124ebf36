"""Check ``buying_power``: buys cost at most a multiple of the account's cash.

The cash is that at the start of the day; sales of the day count back. Sales are not concerned.
"""

from decimal import Decimal

from oms_fix.core.compliance.figures import more_value
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import add
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import BuyingPower
from oms_fix.model.reasons import Reasons


def measure(_check: BuyingPower, subject: Subject, _state: State, limit: Decimal) -> Measure | None:
    """Return what buys cost, and what they may; None without the account's cash."""
    if not subject.is_buy:
        return NOT_CONCERNED
    account, more = subject.account, more_value(subject)
    if account is None or account.cash is None or more is None:
        return None
    totals = subject.totals
    used = add(totals.cost, totals.buys_cost)
    return Measure(used, add(used, more), account.cash * limit)


RULE = Rule(
    kind=BuyingPower,
    reasons=(Reasons.BUYING_POWER,),
    source="SEC Rule 15c3-5(c)(1)(i): credit thresholds; Regulation T",
    measure=measure,
    unit="times the account's cash",
    name="cost",
    in_money=True,
)
