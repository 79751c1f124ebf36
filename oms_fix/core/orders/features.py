"""What an order needs of a venue that not every venue has, its trading hours among them."""

from oms_fix.core.orders.state import State
from oms_fix.model.enums import OrdType, TimeInForce
from oms_fix.model.orders import OrderTerms
from oms_fix.model.venues import Feature

_ORD_TYPES = {
    OrdType.STOP: Feature.STOP,
    OrdType.STOP_LIMIT: Feature.STOP_LIMIT,
    OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT: Feature.MARKET_TO_LIMIT,
    OrdType.PEGGED: Feature.PEGGED,
    OrdType.MARKET: Feature.MARKET,
}
_TIMES_IN_FORCE = {
    TimeInForce.AT_THE_OPENING: Feature.AT_THE_OPENING,
    TimeInForce.AT_THE_CLOSE: Feature.AT_THE_CLOSE,
    TimeInForce.IMMEDIATE_OR_CANCEL: Feature.IMMEDIATE_OR_CANCEL,
    TimeInForce.FILL_OR_KILL: Feature.FILL_OR_KILL,
    TimeInForce.GOOD_TILL_CANCEL: Feature.GOOD_TILL,
    TimeInForce.GOOD_TILL_DATE: Feature.GOOD_TILL,
}


def lacking(state: State, venue: str, terms: OrderTerms) -> Feature | None:
    """Return what an order with these terms needs and the venue lacks, or None."""
    described = state.venues.get(venue)
    if described is None or not described.lacks:
        return None
    needed = (
        _ORD_TYPES.get(terms.ord_type),
        _TIMES_IN_FORCE.get(terms.time_in_force),
        Feature.MINIMUM_QUANTITY if terms.min_qty else None,
    )
    return next((each for each in needed if each in described.lacks), None)


def takes_replaces(state: State, venue: str) -> bool:
    """Whether a venue changes orders in place; at one that does not they are placed anew."""
    described = state.venues.get(venue)
    return described is None or Feature.REPLACE not in described.lacks


def closed(state: State, venue: str, terms: OrderTerms, now: int) -> str | None:
    """Return until when a venue is closed to an order with these terms, or None if it is not.

    Orders that are for later, of several days or for the opening, go to closed venues too.
    """
    described = state.venues.get(venue)
    market = None if described is None else state.markets.get(described.market)
    if market is None or terms.time_in_force.may_come_early or market.is_open(now):
        return None
    return f"closed until {market.next_open(now):%Y-%m-%d %H:%M:%S} {market.time_zone}"
