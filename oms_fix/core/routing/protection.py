"""Price protection: no child order goes out at a price far from where the instrument trades.

The reference is the mid, else the last price of the day, else the previous close. A market order
goes to its venue as a limit order at the protected price; a limit order whose limit is beyond that
price gets it for a limit. A stop order that its venue is to trigger goes as it is: nobody knows the
reference of that moment.
"""

from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders.order import PRICED
from oms_fix.core.orders.state import State
from oms_fix.core.routing.decision import Demand
from oms_fix.core.routing.prices import inward, reference_of, rounded
from oms_fix.model.enums import OrdType
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routing import RouteLeg

_PROTECTED = frozenset({OrdType.MARKET, OrdType.LIMIT, OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT})


def _protected_price(state: State, terms: OrderTerms, mid: Decimal | None) -> Decimal | None:
    """Return the price that nothing of an order goes beyond at this moment, or None."""
    percent = state.rules.protection_percent
    if percent is None or terms.ord_type not in _PROTECTED:
        return None
    reference = reference_of(state, terms.symbol, mid)
    if reference is None:
        return None
    sign = terms.side.sign
    price = reference + sign * reference * percent / 100
    instrument = state.instruments.get(terms.symbol)
    return price if instrument is None else inward(price, instrument.tick_size, sign)


def limit_of(state: State, terms: OrderTerms, mid: Decimal | None) -> Decimal | None:
    """Return the stricter of an order's own limit and its protected price, or None."""
    own = terms.price if terms.ord_type in PRICED else None
    protected = _protected_price(state, terms, mid)
    if own is None or protected is None:
        return protected if own is None else own
    return min(own, protected) if terms.side.sign > 0 else max(own, protected)


def protect(legs: tuple[RouteLeg, ...], demand: Demand) -> tuple[RouteLeg, ...]:
    """Return the legs of a plan, none of them beyond the limit of its demand."""
    limit = demand.limit
    if limit is None or limit is demand.order.terms.price:
        return legs
    terms = demand.order.at_venue(demand.order.terms)
    if limit == terms.price or terms.ord_type not in _PROTECTED:
        return legs
    return tuple(_within(leg, limit, demand) for leg in legs)


def _within(leg: RouteLeg, limit: Decimal, demand: Demand) -> RouteLeg:
    sign = demand.order.terms.side.sign
    if not leg.quantity or (leg.price is not None and (leg.price - limit) * sign <= 0):
        return leg
    return structs.replace(leg, price=rounded(demand, leg.venue, limit))
