"""The simplest strategies that place orders in waves, in the place of the real ones."""

from decimal import Decimal

from oms_fix.core.routing import decide
from oms_fix.core.routing.decision import Plan
from oms_fix.model import routes
from oms_fix.model.enums import TimeInForce
from oms_fix.model.routing import Onward, RouteLeg

ZERO = Decimal(0)


def sweep(route, demand):
    """Equal shares to all venues at once, Immediate Or Cancel."""
    free = [venue for venue in route.venues if not demand.obstacle(venue)]
    share = demand.quantity // len(free) if free else ZERO
    legs = []
    for venue in route.venues:
        obstacle = demand.obstacle(venue)
        quantity = ZERO if obstacle else share
        if free and venue == free[0]:
            quantity = demand.quantity - share * (len(free) - 1)
        at_once = TimeInForce.IMMEDIATE_OR_CANCEL if quantity else None
        legs.append(RouteLeg(venue, quantity, obstacle or "swept", time_in_force=at_once))
    onward = Onward(route.then) if route.then else Onward(route.id, route.remainder)
    return Plan(tuple(legs), onward)


def _first(route, demand, quantity):
    legs, left = [], quantity
    for venue in route.venues:
        obstacle = demand.obstacle(venue)
        given = ZERO if obstacle else left
        left -= given
        legs.append(RouteLeg(venue, given, obstacle or "the first that can"))
    return tuple(legs)


def post(route, demand):
    """All to the first venue."""
    return Plan(_first(route, demand, demand.quantity))


def iceberg(route, demand):
    """A part to the first venue."""
    quantity = min(demand.quantity, route.display_quantity)
    return Plan(_first(route, demand, quantity), Onward(route.id))


def manual(route, _demand):
    """All to the desk."""
    return Plan((), desk=route.desk)


PLANS = {
    routes.Sweep: sweep,
    routes.Post: post,
    routes.Iceberg: iceberg,
    routes.Manual: manual,
}


def use(monkeypatch):
    """Have routes be planned by these."""
    for kind, plan in PLANS.items():
        monkeypatch.setitem(decide._PLAN, kind, plan)
