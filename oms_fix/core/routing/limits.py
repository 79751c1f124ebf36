"""What holds for the children of every strategy: their sizes, and how many there are.

In one place, after a strategy has made its plan: what is cut follows later by the same route.
"""

from decimal import Decimal
from typing import Any

from msgspec import structs

from oms_fix.core.orders.books import own_side
from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.taking import AT_ONCE
from oms_fix.core.routing.view import look_at
from oms_fix.model.reasons import Reasons
from oms_fix.model.routes import Route
from oms_fix.model.routing import Onward, RouteLeg

_COSTS = ("expected_px", "fees", "cost_bp")


def applied(route: Route, demand: Demand, plan: Plan) -> Plan:
    """Return a plan within what its route and the protection of prices allow."""
    room = route.child_count_max - len(demand.order.children)
    if not _has_sizes(route) and room > len(plan.legs):
        return plan
    legs, is_cut = [], False
    for leg in plan.legs:
        kept = leg
        if leg.quantity:
            kept = _within(route, demand, leg) if room > 0 else _none_left(route, leg)
            is_cut = is_cut or kept.quantity < leg.quantity
            room -= bool(kept.quantity)
        legs.append(kept)
    is_placed = any(leg.quantity for leg in legs)
    onward = Onward(route.id) if is_cut and is_placed else plan.onward
    if not is_placed and room <= 0:
        onward = None
    return structs.replace(plan, legs=tuple(legs), onward=onward)


def _has_sizes(route: Route) -> bool:
    return route.child_size_max is not None or route.displayed_percent_max is not None


def _none_left(route: Route, leg: RouteLeg) -> RouteLeg:
    reason = Reasons.CHILD_COUNT.text(child_count_max=route.child_count_max)
    return of_quantity(leg, ZERO, reason)


def _within(route: Route, demand: Demand, leg: RouteLeg) -> RouteLeg:
    """Return a leg as large as may be."""
    if not _has_sizes(route):
        return leg
    at_most, why = leg.quantity, ""
    if route.child_size_max is not None and route.child_size_max < at_most:
        at_most, why = route.child_size_max, f"child_size_max: {route.child_size_max}"
    percent = route.displayed_percent_max
    shown = _shown(demand, leg) if percent is not None else None
    if percent is not None and shown is not None and shown * percent / 100 < at_most:
        at_most = shown * percent / 100
        why = f"displayed_percent_max: {percent} percent of {shown}"
    if not why:
        return leg
    if not demand.divisible:
        return of_quantity(leg, ZERO, f"may not be divided, {why}")
    terms = demand.venue(leg.venue)
    at_most -= at_most % (terms.lot_size or demand.lot_size)
    if terms.quantity_min is not None and at_most < terms.quantity_min:
        at_most = ZERO
    return _costed(demand, of_quantity(leg, at_most, f"{leg.reason}; {why}"))


def _shown(demand: Demand, leg: RouteLeg) -> Decimal | None:
    """Return what a venue displays: what is to be taken, or where the order is to stand."""
    if leg.time_in_force is AT_ONCE:
        return leg.displayed
    book = demand.book(leg.venue)
    if book is None:
        return None
    return sum((level.size for level in own_side(book, demand.order.terms.side)), ZERO)


def of_quantity(leg: RouteLeg, quantity: Decimal, reason: str) -> RouteLeg:
    """Return a leg that gets less, or nothing, and why."""
    changes: dict[str, Any] = dict.fromkeys(_COSTS)
    if not quantity:
        changes |= {"price": None, "time_in_force": None, "min_qty": None, "other_fields": ()}
    return structs.replace(leg, quantity=quantity, reason=reason, **changes)


def _costed(demand: Demand, leg: RouteLeg) -> RouteLeg:
    """Return a smaller leg with what it is expected to cost and the limit that it needs."""
    (view,) = look_at((leg.venue,), demand)
    if not leg.quantity or view.displayed is None or leg.quantity > view.displayed:
        return leg
    fresh = view.leg(leg.quantity, leg.reason)
    changes: dict[str, Any] = {name: getattr(fresh, name) for name in _COSTS}
    if leg.time_in_force is AT_ONCE and leg.price is not None:
        changes["price"] = view.pool.worst(leg.quantity)
    return structs.replace(leg, **changes)
