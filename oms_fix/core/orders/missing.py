"""What a fill is booked at that only a status tells of."""

from decimal import Decimal

from oms_fix.core.orders.order import PRICED, ZERO, Child
from oms_fix.core.orders.state import State
from oms_fix.model.commands import VenueOrderStatus

_PRICE_STEP = Decimal("0.00000001")
_PRICE_MAX = Decimal(10) ** 15  # beyond it an average price is none


def price_of_missing(
    state: State, child: Child, command: VenueOrderStatus, missing: Decimal
) -> Decimal:
    """Return the price that makes our average that of the venue; else the best that is known."""
    if command.avg_px and command.cum_qty:
        known = sum((each.quantity * each.price for each in child.executions.values()), ZERO)
        if child.taken_back is not None:  # as the venue counts it
            known += child.taken_back.value
            missing -= min(child.taken_back.quantity, ZERO)
        price = (command.avg_px * command.cum_qty - known) / missing
        if ZERO < price < _PRICE_MAX:
            return price.quantize(_PRICE_STEP).normalize() + 0
    terms = child.terms
    if terms.price is not None and terms.ord_type in PRICED:
        return terms.price
    instrument = state.instruments.get(terms.symbol)
    return ZERO if instrument is None else instrument.price
