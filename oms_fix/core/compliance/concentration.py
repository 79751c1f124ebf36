"""Check ``concentration``: the position is not too much of the account's value."""

from decimal import Decimal

from oms_fix.core.compliance.figures import at_stake
from oms_fix.core.compliance.rule import Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import multiply
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import Concentration
from oms_fix.model.reasons import Reasons


def measure(
    _check: Concentration, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return what the position is worth, and what it may be; None without the account's value."""
    account, unit = subject.account, subject.unit
    if account is None or account.value is None or unit is None:
        return None
    used, after = at_stake(subject.totals, subject)
    most = account.value * limit / 100
    return Measure(multiply(used, unit), multiply(after, unit), most)


RULE = Rule(
    kind=Concentration,
    reasons=(Reasons.CONCENTRATION,),
    source="UCITS Directive 2009/65/EC Article 52; Investment Company Act Section 5(b)(1)",
    measure=measure,
    unit="percent of the account's value",
    name="worth",
    in_money=True,
)
