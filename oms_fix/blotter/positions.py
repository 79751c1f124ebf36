"""Average-cost arithmetic: what one trade does to a position."""

from decimal import Decimal

from oms_fix.blotter.rows import ZERO, PositionRow


def book(position: PositionRow, signed_qty: Decimal, price: Decimal, unit: Decimal) -> None:
    """Add a trade to a position.

    A trade against the position first closes it at average cost, which realises a gain; what is
    left of it opens the other side at its own price.

    Args:
        position: changed in place.
        signed_qty: above zero when bought, below when sold.
        price: as the instrument is quoted.
        unit: money of a quantity of 1 at a price of 1: 1, or 0.01 where prices are percent of par.
    """
    closing = _closing(position.quantity, signed_qty)
    if closing:
        released = position.cost * -closing / position.quantity
        position.realised += -closing * price * unit - released
        position.cost -= released
    position.cost += (signed_qty - closing) * price * unit
    position.quantity += signed_qty
    if position.quantity:
        position.average_cost = position.cost / position.quantity / unit
    else:
        position.cost = position.average_cost = ZERO


def _closing(quantity: Decimal, signed_qty: Decimal) -> Decimal:
    """Return the part of the trade that reduces the position, with the trade's sign."""
    if quantity * signed_qty >= 0:
        return ZERO
    size = min(abs(quantity), abs(signed_qty))
    return size if signed_qty > 0 else -size
