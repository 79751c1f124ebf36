"""Strategy ``fallback``: all to the first venue of the list that can take it."""

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.view import glance_at
from oms_fix.model.routes import Fallback
from oms_fix.model.routing import RouteLeg


def plan(route: Fallback, demand: Demand) -> Plan:
    """Return a leg for every venue of the list, in its order."""
    legs: list[RouteLeg] = []
    left = demand.quantity
    for place, view in enumerate(glance_at(route.venues, demand), 1):
        problem = view.can_have(demand.quantity)
        if problem:
            legs.append(view.leg(ZERO, problem))
        elif left:
            legs.append(view.leg(left, f"number {place} of the list"))
            left = ZERO
        else:
            legs.append(view.leg(ZERO, "not needed"))
    return Plan(tuple(legs))
