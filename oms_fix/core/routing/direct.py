"""Strategy ``direct``: all to one venue."""

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.model.events import RouteLeg
from oms_fix.model.routes import Direct


def plan(route: Direct, demand: Demand) -> Plan:
    """Return one leg."""
    obstacle = demand.obstacle(route.venue)
    if obstacle:
        return Plan((RouteLeg(route.venue, ZERO, obstacle),))
    return Plan((RouteLeg(route.venue, demand.quantity, "the route's venue"),))
