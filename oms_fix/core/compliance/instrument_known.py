"""Check ``instrument_known``: the instrument is in the instruments file."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.state import State
from oms_fix.model.checks import InstrumentKnown
from oms_fix.model.reasons import Reasons


def examine(_check: InstrumentKnown, subject: ConditionSubject, state: State) -> Finding | None:
    """Return the violation, or None."""
    if subject.terms.symbol in state.instruments:
        return None
    return Finding(Reasons.UNKNOWN_SYMBOL, {"Symbol": subject.terms.symbol})
