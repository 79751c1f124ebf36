"""Check ``instrument_status``: the instrument is active."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model import enums
from oms_fix.model.order_checks import InstrumentStatus
from oms_fix.model.reasons import Reasons

_ACTIVE = enums.InstrumentStatus.ACTIVE


def examine(_check: InstrumentStatus, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    instrument = subject.instrument
    if instrument is None or instrument.status is _ACTIVE:
        return None
    details = {"Symbol": instrument.symbol, "status": instrument.status.value}
    return Finding(Reasons.INSTRUMENT_NOT_ACTIVE, details)


RULE = Rule(
    kind=InstrumentStatus,
    reasons=(Reasons.INSTRUMENT_NOT_ACTIVE,),
    source="SEC Rule 15c3-5(c)(2)(i): requirements before order entry",
    examine=examine,
)
