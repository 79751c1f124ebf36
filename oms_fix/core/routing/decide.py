"""Routing: the first rule whose conditions hold decides, and says why."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.core.orders.features import lacking
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.routing import direct, fallback, split
from oms_fix.core.routing.decision import Decision, Demand, Plan
from oms_fix.core.routing.protection import limit_of, protect
from oms_fix.model import routes
from oms_fix.model.enums import OrdStatus
from oms_fix.model.routes import Remainder, Route, Taking

_PLAN: dict[type, Callable[[Any, Demand], Plan]] = {
    routes.Direct: direct.plan,
    routes.Split: split.plan,
    routes.Fallback: fallback.plan,
}


def decide(state: State, order: Order, quantity: Decimal, now: int) -> Decision | None:
    """Return where ``quantity`` of an order goes; None if no rule matches.

    Venues that refused a child of this order are passed over. An order that goes on by a route is
    decided on by that one, whatever the rules say by now.
    """
    route = _route_of(state, order)
    if route is None:
        return None
    demand = demand_of(state, order, quantity, now)
    plan = _PLAN[type(route)](route, demand)
    strategy = str(route.__struct_config__.tag)
    reason = f"rule {route.id}: its conditions hold" if route.when else f"rule {route.id}: for all"
    if order.onward is not None and order.onward.route_id == route.id:
        reason = f"rule {route.id}: the order goes on by it"
    return Decision(
        route.id,
        strategy,
        reason,
        protect(plan.legs, demand),
        _lacking(state, order, plan),
        onward=plan.onward,
        desk=plan.desk,
    )


def _route_of(state: State, order: Order) -> Route | None:
    """Return the route by which an order goes on, else the first whose conditions hold."""
    if order.onward is not None:
        onward = state.route(order.onward.route_id)
        if onward is not None:
            return _posting(onward) if order.onward.remainder is Remainder.POST else onward
    subject = state.subject(order.session, order.cl_ord_id, order.terms)
    return next((route for route, applies in state.routes if applies(subject)), None)


def _posting(route: Route) -> Route:
    """Return the route by which what another one has left is to stand in a book."""
    if not isinstance(route, Taking):
        return route
    most = route.child_count_max
    return routes.Post(id=route.id, venues=route.venues, child_count_max=most)


def demand_of(state: State, order: Order, quantity: Decimal, now: int) -> Demand:
    """Return what is to be decided: how much of which order, over which venues."""
    terms = order.terms
    instrument = state.instruments.get(terms.symbol)
    return Demand(
        order=order,
        quantity=quantity,
        lot_size=Decimal(1) if instrument is None else instrument.lot_size,
        state=state,
        refused_by=frozenset(
            child.venue
            for child in order.children
            if child.status is OrdStatus.REJECTED or child.unasked
        ),
        now=now,
        limit=limit_of(state, order.at_venue(terms)),
    )


def _lacking(state: State, order: Order, plan: Plan) -> frozenset[str]:
    """Return the venues of a plan that lack what the order needs."""
    if not state.venues:
        return frozenset()
    terms = order.at_venue(order.terms)
    return frozenset(leg.venue for leg in plan.legs if lacking(state, leg.venue, terms))
