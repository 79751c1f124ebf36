"""What an order needs of a venue that not every venue has."""

from oms_fix.core.orders.state import State
from oms_fix.model.enums import OrdType, TimeInForce
from oms_fix.model.orders import OrderTerms
from oms_fix.model.rules import Feature

_ORD_TYPES = {
    OrdType.STOP: Feature.STOP,
    OrdType.STOP_LIMIT: Feature.STOP_LIMIT,
    OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT: Feature.MARKET_TO_LIMIT,
    OrdType.PEGGED: Feature.PEGGED,
}
_TIMES_IN_FORCE = {
    TimeInForce.AT_THE_OPENING: Feature.AT_THE_OPENING,
    TimeInForce.AT_THE_CLOSE: Feature.AT_THE_CLOSE,
}


def lacking(state: State, venue: str, terms: OrderTerms) -> Feature | None:
    """Return what an order with these terms needs and the venue lacks, or None."""
    if not state.rules.venues:
        return None
    needed = (_ORD_TYPES.get(terms.ord_type), _TIMES_IN_FORCE.get(terms.time_in_force))
    lacks = state.rules.lacks(venue)
    return next((each for each in needed if each in lacks), None)
