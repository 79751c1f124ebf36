"""Strategy ``direct``: all to one venue."""

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand
from oms_fix.model.events import RouteLeg
from oms_fix.model.rules import Direct


def plan(route: Direct, demand: Demand) -> tuple[RouteLeg, ...]:
    """Return one leg."""
    obstacle = demand.obstacle(route.venue)
    if obstacle:
        return (RouteLeg(route.venue, ZERO, obstacle),)
    return (RouteLeg(route.venue, demand.quantity, "the route's venue"),)
