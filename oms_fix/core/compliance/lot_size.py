"""Check ``lot_size``: OrderQty(38) is a multiple of the lot."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import remainder
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import LotSize
from oms_fix.model.reasons import Reasons


def examine(_check: LotSize, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    instrument, quantity = subject.instrument, subject.terms.order_qty
    if instrument is None or not remainder(quantity, instrument.lot_size):
        return None
    return Finding(Reasons.LOT_SIZE, {"OrderQty": quantity, "lot_size": instrument.lot_size})


RULE = Rule(
    kind=LotSize,
    reasons=(Reasons.LOT_SIZE,),
    source="SEC Rule 15c3-5(c)(1)(ii): erroneous orders; the venues' rules",
    examine=examine,
)
