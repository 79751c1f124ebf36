"""Price protection: no child order goes out at a price far from where the instrument trades.

The reference is the mid, else the last price of the day, else the previous close. A market order
goes to its venue as a limit order at the protected price; a limit order whose limit is beyond that
price gets it for a limit. A stop order that its venue is to trigger goes as it is: nobody knows the
reference of that moment.

Of an instrument that trades below a tick the price on that tick may be 0, and a feed may say
anything: at a price that is not above 0 nothing is sent, whatever it comes from.
"""

from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders.order import PRICED, ZERO
from oms_fix.core.orders.state import State
from oms_fix.core.routing.decision import Demand
from oms_fix.core.routing.limits import of_quantity
from oms_fix.core.routing.prices import inward, reference_of, rounded
from oms_fix.model.enums import OrdType
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons
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
    """Return the legs of a plan, none of them beyond the limit of its demand or at no price."""
    limit, own = demand.limit, demand.order.terms.price
    if limit is not None and limit is not own:
        terms = demand.order.at_venue(demand.order.terms)
        if limit != terms.price and terms.ord_type in _PROTECTED:
            legs = tuple([_within(leg, limit, demand) for leg in legs])
    if any(leg.price is not None and leg.price <= 0 for leg in legs):
        return tuple([_priced(leg) for leg in legs])
    return legs


def _priced(leg: RouteLeg) -> RouteLeg:
    """Return a leg that gets nothing if what it would get is at no price above 0."""
    if not leg.quantity or leg.price is None or leg.price > 0:
        return leg
    return of_quantity(leg, ZERO, Reasons.INVALID_PRICE.text(Price=leg.price))


def _within(leg: RouteLeg, limit: Decimal, demand: Demand) -> RouteLeg:
    sign = demand.order.terms.side.sign
    if not leg.quantity or (leg.price is not None and (leg.price - limit) * sign <= 0):
        return leg
    return structs.replace(leg, price=rounded(demand, leg.venue, limit))
