"""What the strategies that take liquidity at once have in common."""

from msgspec import structs

from oms_fix.core.routing.decision import Demand
from oms_fix.model.enums import OrdType, TimeInForce
from oms_fix.model.routes import Remainder, Taking
from oms_fix.model.routing import Onward

AT_ONCE = TimeInForce.IMMEDIATE_OR_CANCEL
_TAKING = frozenset({OrdType.MARKET, OrdType.LIMIT, OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT})
_AUCTIONS = frozenset({TimeInForce.AT_THE_OPENING, TimeInForce.AT_THE_CLOSE})


def takes(demand: Demand) -> bool:
    """Whether an order can take now: no stop that waits, no peg, nothing for an auction."""
    order = demand.order
    terms = order.at_venue(order.terms)
    return terms.ord_type in _TAKING and terms.time_in_force not in _AUCTIONS


def as_taking(demand: Demand) -> Demand:
    """Return a demand whose children are limit orders, Immediate Or Cancel."""
    terms = structs.replace(
        demand.order.terms, ord_type=OrdType.LIMIT, stop_px=None, time_in_force=AT_ONCE
    )
    return structs.replace(demand, terms=terms)


def onward_of(route: Taking) -> Onward:
    """Return how an order goes on with what a strategy leaves."""
    if route.then is not None:
        return Onward(route.then)
    return Onward(route.id, route.remainder or Remainder.CANCEL)
