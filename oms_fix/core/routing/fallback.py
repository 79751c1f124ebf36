"""Strategy ``fallback``: all to the first venue of the list that can take it."""

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.model.events import RouteLeg
from oms_fix.model.routes import Fallback


def plan(route: Fallback, demand: Demand) -> Plan:
    """Return a leg for every venue of the list, in its order."""
    legs: list[RouteLeg] = []
    left = demand.quantity
    for place, venue in enumerate(route.venues, 1):
        obstacle = demand.obstacle(venue)
        if obstacle:
            legs.append(RouteLeg(venue, ZERO, obstacle))
        elif left:
            legs.append(RouteLeg(venue, left, f"number {place} of the list"))
            left = ZERO
        else:
            legs.append(RouteLeg(venue, ZERO, "not needed"))
    return Plan(tuple(legs))
