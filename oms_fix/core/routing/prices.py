"""The price that stands for the market, and prices on the ticks of venues."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from oms_fix.core.orders.state import State
from oms_fix.core.routing.decision import Demand
from oms_fix.core.routing.view import View

_WIDE = Context(prec=400)  # for the prices of a feed that lies


def reference(demand: Demand) -> Decimal | None:
    """Return the price that stands for the market: the mid, the last, or the previous close."""
    return reference_of(demand.state, demand.order.terms.symbol, demand.mid)


def reference_of(state: State, symbol: str, mid: Decimal | None) -> Decimal | None:
    """Return the price that stands for the market in an instrument with this mid, or None."""
    if mid is not None:
        return mid
    last = state.last_prices.get(symbol)
    if last is not None:
        return last
    instrument = state.instruments.get(symbol)
    return None if instrument is None else instrument.price


def on_tick(view: View, price: Decimal) -> Decimal:
    """Return the price on a venue's tick table that is next to a price, and no worse for us."""
    return rounded(view.demand, view.venue, price)


def rounded(demand: Demand, venue: str, price: Decimal) -> Decimal:
    """Return a price on the tick of a venue: of a purchase no higher, of a sale no lower."""
    tick = _tick(demand, venue, price)
    if tick is None or not _WIDE.remainder(price, tick):
        return price
    return inward(price, tick, demand.order.terms.side.sign)


def inward(price: Decimal, tick_size: Decimal, sign: int) -> Decimal:
    """Return the next multiple of a tick that is no worse than a price; ``sign``: of the side."""
    rounding = ROUND_FLOOR if sign > 0 else ROUND_CEILING
    return (price / tick_size).to_integral_value(rounding) * tick_size


def _tick(demand: Demand, venue: str, price: Decimal) -> Decimal | None:
    found = [each for each in demand.venue(venue).ticks if each.price_from <= price]
    if found:
        return found[-1].tick_size
    instrument = demand.instrument
    return None if instrument is None else instrument.tick_size
