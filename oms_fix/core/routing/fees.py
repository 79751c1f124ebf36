"""What executions are expected to cost at a venue, and prices with that in them.

Fees are those of the ``FeeTier`` that holds after what was traded there today. They are in the
currency of the instrument; a price is in that currency for one unit of most instruments, so
``point`` says what one unit at a price of 1 is worth (a bond's price is in percent of par, a future
has a multiplier).
"""

from decimal import Decimal

from oms_fix.core.orders.order import ZERO
from oms_fix.core.orders.state import State
from oms_fix.model.instruments import Instrument
from oms_fix.model.venues import FeeTier, Rate, VenueTerms

BASIS_POINTS = Decimal(10_000)
FREE = FeeTier()
_ONE = Decimal(1)


def tier_at(state: State, terms: VenueTerms) -> FeeTier:
    """Return the fees that hold at a venue now."""
    if not terms.fees:
        return FREE
    return terms.fee_tier(state.venue_volumes.get(terms.session, ZERO))


def point_of(instrument: Instrument | None) -> Decimal:
    """Return what one unit is worth at a price of 1, in the currency of the instrument."""
    if instrument is None:
        return _ONE
    if instrument.asset_class.price_is_percent:
        return instrument.multiplier / 100
    return instrument.multiplier


def fees_of(rate: Rate, quantity: Decimal, amount: Decimal) -> Decimal:
    """Return what one child order costs by which a quantity is traded for an amount."""
    if not quantity:
        return ZERO
    fees = quantity * rate.per_share + rate.per_order
    if rate.basis_points:
        fees += amount * rate.basis_points / BASIS_POINTS
    return fees if rate.minimum is None else max(fees, rate.minimum)


def all_in(rate: Rate, price: Decimal, sign: int, point: Decimal = _ONE) -> Decimal:
    """Return the price of one unit with what it costs: of a purchase above, of a sale below."""
    fee = rate.per_share / point
    if rate.basis_points:
        fee += price * rate.basis_points / BASIS_POINTS
    return price + fee if sign > 0 else price - fee
