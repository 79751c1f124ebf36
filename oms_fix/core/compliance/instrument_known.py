"""Check ``instrument_known``: the instrument is in the instruments file."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import InstrumentKnown
from oms_fix.model.reasons import Reasons


def examine(_check: InstrumentKnown, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    if subject.instrument is not None:
        return None
    return Finding(Reasons.UNKNOWN_SYMBOL, {"Symbol": subject.terms.symbol})


RULE = Rule(
    kind=InstrumentKnown,
    reasons=(Reasons.UNKNOWN_SYMBOL,),
    source="RTS 6 Article 15(5): no permission to trade an instrument",
    examine=examine,
)
