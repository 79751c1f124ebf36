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
    prices = {"Price": binding_price(subject.terms), "StopPx": subject.terms.stop_px}
    for name, price in prices.items():
        if price is not None and remainder(price, instrument.tick_size):
            return Finding(Reasons.TICK_SIZE, {name: price, "tick_size": instrument.tick_size})
    return None


RULE = Rule(
    kind=TickSize,
    reasons=(Reasons.TICK_SIZE,),
    source="Regulation NMS Rule 612; MiFID II Article 49: tick sizes",
    examine=examine,
)
