"""Check ``tick_size``: Price(44) and StopPx(99) are multiples of the tick."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import remainder
from oms_fix.core.orders.state import State
from oms_fix.core.orders.worth import binding_price
from oms_fix.model.order_checks import TickSize
from oms_fix.model.reasons import Reasons


def examine(_check: TickSize, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    instrument = subject.instrument
    if instrument is None:
        return None
    price, stop_px, tick_size = (
        binding_price(subject.terms),
        subject.terms.stop_px,
        instrument.tick_size,
    )
    if price is not None and remainder(price, tick_size):
        return Finding(Reasons.TICK_SIZE, {"Price": price, "tick_size": tick_size})
    if stop_px is not None and remainder(stop_px, tick_size):
        return Finding(Reasons.TICK_SIZE, {"StopPx": stop_px, "tick_size": tick_size})
    return None


RULE = Rule(
    kind=TickSize,
    reasons=(Reasons.TICK_SIZE,),
    source="Regulation NMS Rule 612; MiFID II Article 49: tick sizes",
    examine=examine,
)
