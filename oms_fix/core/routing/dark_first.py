"""Strategy ``dark_first``: Immediate Or Cancel to dark venues, one after the other, then on.

A venue that has had a child of the order, whatever became of it, has had its chance. Of a dark
book nothing is known: the limit is the order's, or the mid that such venues trade at for an order
without one.

``quantity_min`` is there lest small orders feel out what is left. A venue that takes no MinQty(110)
is passed over then: without it that is what the order would be open to.
"""

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing import whole
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.taking import AT_ONCE, as_taking, onward_of, takes
from oms_fix.core.routing.view import View, look_at
from oms_fix.model.routes import DarkFirst
from oms_fix.model.routing import Onward, RouteLeg
from oms_fix.model.venues import Feature


def plan(route: DarkFirst, demand: Demand) -> Plan:
    """Return a leg for every venue of the route, in its order."""
    if not takes(demand) or not demand.divisible:
        return whole.plan(route.venues, demand)
    views = look_at(route.venues, as_taking(demand))
    tried = {child.venue for child in demand.order.children}
    problems = {view.venue: _problem(view, route, tried) for view in views}
    left = [view for view in views if not problems[view.venue]]
    legs = [
        _first(view, route)
        if left[:1] == [view]
        else view.leg(ZERO, problems[view.venue] or "not needed yet")
        for view in views
    ]
    return Plan(tuple(legs), Onward(route.id) if len(left) > 1 else onward_of(route))


def _problem(view: View, route: DarkFirst, tried: set[str]) -> str:
    if view.venue in tried:
        return "has had its chance"
    if route.quantity_min is not None and Feature.MINIMUM_QUANTITY in view.terms.lacks:
        return f"lacks {Feature.MINIMUM_QUANTITY}, which {route.id} asks for"
    return view.can_have(view.demand.quantity)


def _first(view: View, route: DarkFirst) -> RouteLeg:
    demand = view.demand
    least = route.quantity_min
    if least is not None:
        least = min(least, demand.quantity)
    reason = "the first dark venue that has not had its chance"
    return view.leg(demand.quantity, reason, time_in_force=AT_ONCE, min_qty=least)
