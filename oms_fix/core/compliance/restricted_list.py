"""Check ``restricted_list``: the instrument is not on the list."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.state import State
from oms_fix.model.checks import RestrictedList
from oms_fix.model.reasons import Reasons


def examine(check: RestrictedList, subject: ConditionSubject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    if subject.terms.symbol not in check.symbols:
        return None
    return Finding(Reasons.RESTRICTED, {"Symbol": subject.terms.symbol, "list": check.id})
