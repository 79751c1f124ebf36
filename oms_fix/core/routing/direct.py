"""Strategy ``direct``: all to one venue."""

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.view import glance_at
from oms_fix.model.routes import Direct


def plan(route: Direct, demand: Demand) -> Plan:
    """Return one leg."""
    (view,) = glance_at((route.venue,), demand)
    problem = view.can_have(demand.quantity)
    if problem:
        return Plan((view.leg(ZERO, problem),))
    return Plan((view.leg(demand.quantity, "the route's venue"),))
