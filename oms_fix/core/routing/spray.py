"""Strategy ``spray``: Immediate Or Cancel to all venues at once.

Each gets as much as it displays within the limit; together never more than is left of the order, so
in proportion where they display more. The limit of a child order is the worst level counted on.
"""

from decimal import Decimal

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing import whole
from oms_fix.core.routing.allotment import in_proportion
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.taking import AT_ONCE, as_taking, onward_of, takes
from oms_fix.core.routing.view import View, look_at
from oms_fix.model.routes import Spray
from oms_fix.model.routing import RouteLeg


def plan(route: Spray, demand: Demand) -> Plan:
    """Return a leg for every venue of the route, in its order."""
    if not takes(demand) or not demand.divisible:
        return whole.plan(route.venues, demand)
    views = look_at(route.venues, as_taking(demand))
    displayed = [view.pool.displayed if view.is_open else ZERO for view in views]
    shares = displayed
    total = sum(displayed, ZERO)
    if total:
        lots = [view.pool.lot for view in views]
        shares = in_proportion(displayed, min(demand.quantity, total), lots, displayed)
    legs = (_leg(view, share) for view, share in zip(views, shares, strict=True))
    return Plan(tuple(legs), onward_of(route))


def _leg(view: View, share: Decimal) -> RouteLeg:
    problem = view.obstacle or view.problem
    if not problem and not view.levels:
        problem = "nothing displayed within the limit"
    if not problem:
        problem = view.can_have(share) if share else "no whole lot of its share"
    if problem:
        return view.leg(ZERO, problem)
    worst = view.pool.worst(share)
    reason = f"{share} of {view.displayed} displayed up to {worst}"
    return view.leg(share, reason, price=worst, time_in_force=AT_ONCE)
