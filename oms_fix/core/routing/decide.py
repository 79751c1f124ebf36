"""Routing: the first rule whose conditions hold decides, and says why."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.core.orders.features import lacking
from oms_fix.core.orders.order import PRICED, Order
from oms_fix.core.orders.state import State
from oms_fix.core.routing import direct, fallback, split
from oms_fix.core.routing.decision import Decision, Demand, Plan
from oms_fix.model import routes
from oms_fix.model.enums import OrdStatus
from oms_fix.model.routes import Route

_PLAN: dict[type, Callable[[Any, Demand], Plan]] = {
    routes.Direct: direct.plan,
    routes.Split: split.plan,
    routes.Fallback: fallback.plan,
}


def decide(state: State, order: Order, quantity: Decimal, now: int) -> Decision | None:
    """Return where ``quantity`` of an order goes; None if no rule matches.

    Venues that rejected a child of this order are passed over.
    """
    route = _route_of(state, order, now)
    if route is None:
        return None
    plan = _PLAN[type(route)](route, _demand(state, order, quantity, now))
    strategy = str(route.__struct_config__.tag)
    reason = f"rule {route.id}: its conditions hold" if route.when else f"rule {route.id}: for all"
    return Decision(
        route.id,
        strategy,
        reason,
        plan.legs,
        _lacking(state, order, plan),
        onward=plan.onward,
        desk=plan.desk,
    )


def _route_of(state: State, order: Order, now: int) -> Route | None:
    """Return the first route whose conditions hold."""
    subject = state.subject(order.session, order.cl_ord_id, order.terms, now)
    return next((route for route, applies in state.routes if applies(subject)), None)


def _demand(state: State, order: Order, quantity: Decimal, now: int) -> Demand:
    terms = order.terms
    instrument = state.instruments.get(terms.symbol)
    return Demand(
        order=order,
        quantity=quantity,
        lot_size=Decimal(1) if instrument is None else instrument.lot_size,
        state=state,
        refused_by=frozenset(
            child.venue for child in order.children if child.status is OrdStatus.REJECTED
        ),
        now=now,
        limit=terms.price if terms.ord_type in PRICED else None,
    )


def _lacking(state: State, order: Order, plan: Plan) -> frozenset[str]:
    """Return the venues of a plan that lack what the order needs."""
    if not state.venues:
        return frozenset()
    terms = order.at_venue(order.terms)
    return frozenset(leg.venue for leg in plan.legs if lacking(state, leg.venue, terms))
