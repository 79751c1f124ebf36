"""The prices that child orders may have: within what protects the order, and on the tick."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from oms_fix.core.orders.order import PRICED, Order
from oms_fix.core.orders.state import State
from oms_fix.core.routing.decision import Demand
from oms_fix.core.routing.view import View
from oms_fix.model.enums import OrdType

_HUNDRED = Decimal(100)
_PROTECTED = frozenset({OrdType.MARKET, OrdType.LIMIT, OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT})


def limit_of(state: State, order: Order, mid: Decimal | None) -> Decimal | None:
    """Return the price that nothing may go beyond: the order's or the protection's."""
    terms = order.at_venue(order.terms)
    own = terms.price if terms.ord_type in PRICED else None
    percent = state.rules.protection_percent
    if percent is None or terms.ord_type not in _PROTECTED:
        return own
    around = _reference(state, terms.symbol, mid)
    if around is None:
        return own
    sign = terms.side.sign
    protected = around + sign * around * percent / _HUNDRED
    return protected if own is None or (own - protected) * sign > 0 else own


def reference(demand: Demand) -> Decimal | None:
    """Return the price that stands for the market: the mid, the last, or the previous close."""
    return _reference(demand.state, demand.order.terms.symbol, demand.mid)


def _reference(state: State, symbol: str, mid: Decimal | None) -> Decimal | None:
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
    if tick is None or not price % tick:
        return price
    rounding = ROUND_FLOOR if demand.order.terms.side.sign > 0 else ROUND_CEILING
    return (price / tick).to_integral_value(rounding) * tick


def _tick(demand: Demand, venue: str, price: Decimal) -> Decimal | None:
    found = [each for each in demand.venue(venue).ticks if each.price_from <= price]
    if found:
        return found[-1].tick_size
    instrument = demand.instrument
    return None if instrument is None else instrument.tick_size
