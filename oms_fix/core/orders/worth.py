"""What an order is worth."""

from decimal import Decimal

from oms_fix.core.orders.order import PRICED, TRIGGERED_AS
from oms_fix.model.instruments import Instrument
from oms_fix.model.orders import OrderTerms


def binding_price(terms: OrderTerms) -> Decimal | None:
    """Return the price that binds an order, or None: a price counts only with some order types."""
    return terms.price if terms.ord_type in PRICED else None


def worth(instrument: Instrument, terms: OrderTerms, quantity: Decimal) -> Decimal:
    """Return what a quantity of an order amounts to at most, in base currency.

    Without a binding price it is valued at the reference price, or where it is triggered if that is
    above it; a sale, which may be done far above its limit, at the reference price at least.
    """
    price = binding_price(terms)
    if price is None:
        if terms.stop_px is not None and terms.ord_type in TRIGGERED_AS:
            price = max(terms.stop_px, instrument.price)
    elif terms.side.sign < 0:
        price = max(price, instrument.price)
    return instrument.notional(quantity, price)
