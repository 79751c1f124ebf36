"""Routing: the first rule whose conditions hold decides, and says why."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.routing import direct, fallback, split
from oms_fix.core.routing.decision import Decision, Demand
from oms_fix.model import rules
from oms_fix.model.enums import OrdStatus
from oms_fix.model.events import RouteLeg
from oms_fix.model.rules import Route

_PLAN: dict[type, Callable[[Any, Demand], tuple[RouteLeg, ...]]] = {
    rules.Direct: direct.plan,
    rules.Split: split.plan,
    rules.Fallback: fallback.plan,
}


def decide(state: State, order: Order, quantity: Decimal) -> Decision | None:
    """Return where ``quantity`` of an order goes; None if no rule matches.

    Venues that rejected a child of this order are passed over.
    """
    route = _route_of(state, order)
    if route is None:
        return None
    instrument = state.instruments.get(order.terms.symbol)
    demand = Demand(
        order=order,
        quantity=quantity,
        lot_size=Decimal(1) if instrument is None else instrument.lot_size,
        state=state,
        refused_by=frozenset(
            child.venue for child in order.children if child.status is OrdStatus.REJECTED
        ),
    )
    strategy = str(route.__struct_config__.tag)
    reason = f"rule {route.id}: its conditions hold" if route.when else f"rule {route.id}: for all"
    legs = _PLAN[type(route)](route, demand)
    if not state.rules.venues:
        return Decision(route.id, strategy, reason, legs)
    lacking = frozenset(leg.venue for leg in legs if demand.lacking(leg.venue))
    return Decision(route.id, strategy, reason, legs, lacking)


def _route_of(state: State, order: Order) -> Route | None:
    """Return the first route whose conditions hold; one without any asks nothing of the order."""
    subject: ConditionSubject | None = None
    for route, applies in state.routes:
        if not route.when:
            return route
        if subject is None:
            subject = state.subject(order.session, order.cl_ord_id, order.terms)
        if applies(subject):
            return route
    return None
