"""Strategy ``manual``: to a trader's desk, where the order waits until somebody places it."""

from oms_fix.core.orders.order import Order
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.model.routes import Manual, Route


def plan(route: Manual, demand: Demand) -> Plan:
    """Return no leg, and whose it is."""
    del demand
    return Plan((), desk=route.desk)


def would_wait(order: Order, route: Route) -> bool:
    """Whether an order that is to be done at once would come to a desk, by what it goes on by."""
    return isinstance(route, Manual) and order.terms.time_in_force.is_at_once
