"""Routing: the first rule whose conditions hold decides, and says why.

An order that has an ``onward`` goes on by that: the route it names, or what that route says of what
is left. A strategy that finds nothing to take hands over at once, so that a decision is made of
several steps where it needs them; what each venue was passed over for stays in its leg.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import Struct, structs

from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.books import is_usable
from oms_fix.core.orders.features import lacking
from oms_fix.core.orders.order import ZERO, Order
from oms_fix.core.orders.state import State
from oms_fix.core.routing import (
    broker_algo,
    costs,
    dark_first,
    direct,
    fallback,
    iceberg,
    limits,
    manual,
    post,
    split,
    spray,
    sweep,
)
from oms_fix.core.routing.decision import Decision, Demand, Plan
from oms_fix.core.routing.protection import limit_of, protect
from oms_fix.core.routing.taking import AT_ONCE
from oms_fix.model import routes
from oms_fix.model.enums import OrdStatus, TimeInForce
from oms_fix.model.routes import Remainder, Route, Taking
from oms_fix.model.routing import Onward, RouteLeg

_PLAN: dict[type, Callable[[Any, Demand], Plan]] = {
    routes.Direct: direct.plan,
    routes.Split: split.plan,
    routes.Fallback: fallback.plan,
    routes.Sweep: sweep.plan,
    routes.Spray: spray.plan,
    routes.DarkFirst: dark_first.plan,
    routes.Post: post.plan,
    routes.Iceberg: iceberg.plan,
    routes.BrokerAlgo: broker_algo.plan,
    routes.Manual: manual.plan,
}
_NONE: frozenset[str] = frozenset()
_AT_ONCE = frozenset({AT_ONCE, TimeInForce.FILL_OR_KILL})


class _Step(Struct, frozen=True):
    """A route, and what of it: its strategy, or what it says of what is left."""

    route: Route
    remainder: Remainder | None
    reason: str

    @property
    def strategy(self) -> str:
        """The name of the strategy that is followed."""
        return str(self.remainder or strategy_of(self.route))


def strategy_of(route: Route) -> str:
    """Return the name of the strategy of a route."""
    return str(route.__struct_config__.tag)


def decide(
    state: State,
    order: Order,
    quantity: Decimal,
    now: int,
    passed_over: frozenset[str] = frozenset(),
    subject: ConditionSubject | None = None,
) -> Decision | None:
    """Return where ``quantity`` of an order goes; None if no rule matches.

    Venues are passed over that refused a child of this order or did not fill it in time, and those
    that are named here. An order that goes on by a route is decided on by that one, whatever the
    rules say by now. ``subject`` is the order as conditions look at it, where checks just have.
    """
    step = _first_step(state, order, now, subject)
    if step is None:
        return None
    demand = demand_of(state, order, quantity, now, passed_over)
    plan = _plan(step, demand)
    if plan.onward is not None:
        step, plan = _handed_over(state, step, plan, demand)
    legs = protect(plan.legs, demand)
    return Decision(
        step.route.id,
        step.strategy,
        step.reason + demand.market,
        legs,
        tuple([leg for leg in legs if leg.quantity]),
        _lacking(state, order, plan),
        onward=plan.onward,
        mid=demand.mid,
        impact_bp=demand.impact_bp,
        cost_bp=costs.weighted(legs),
        desk=plan.desk,
    )


def _handed_over(state: State, step: _Step, plan: Plan, demand: Demand) -> tuple[_Step, Plan]:
    """Return what a strategy that finds nothing to take hands over to, and its plan."""
    seen = {(step.route.id, step.remainder)}
    while plan.onward is not None and not any(leg.quantity for leg in plan.legs):
        following = _following(state, plan.onward, f"{step.reason}; nothing to take, then ")
        if following is None or (following.route.id, following.remainder) in seen:
            break
        if manual.would_wait(demand.order, following.route):
            reason = f"{following.reason}: an order to be done at once does not wait there"
            step = structs.replace(step, reason=reason)
            break
        step = following
        seen.add((step.route.id, step.remainder))
        plan = _after(plan, _plan(step, demand))
    return step, plan


def _first_step(
    state: State, order: Order, now: int, subject: ConditionSubject | None
) -> _Step | None:
    """Return where an order goes on, or the first route whose conditions hold."""
    if order.onward is not None:
        going_on = _following(state, order.onward, "goes on by ")
        if going_on is not None:
            return going_on
    route = _route_of(state, order, now, subject)
    if route is None:
        return None
    why = "its conditions hold" if route.when else "for all"
    return _Step(route, None, f"rule {route.id}: {why}")


def _route_of(
    state: State, order: Order, now: int, subject: ConditionSubject | None
) -> Route | None:
    """Return the first route whose conditions hold; one without any asks nothing of the order."""
    for route, applies in state.routes:
        if not route.when:
            return route
        if subject is None:
            subject = state.subject(order.session, order.cl_ord_id, order.terms, now)
        if applies(subject):
            return route
    return None


def _following(state: State, onward: Onward, reason: str) -> _Step | None:
    """Return the step that an order goes on by; None if its route is gone."""
    route = state.route(onward.route_id)
    if route is None:
        return None
    remainder = onward.remainder if isinstance(route, Taking) else None
    what = f"rule {route.id}" + (f": remainder {remainder}" if remainder else "")
    return _Step(route, remainder, reason + what)


def _plan(step: _Step, demand: Demand) -> Plan:
    route, remainder = step.route, step.remainder
    if remainder is None or not isinstance(route, Taking):
        plan = _PLAN[type(route)](route, demand)
    elif remainder is Remainder.POST and demand.order.terms.time_in_force not in _AT_ONCE:
        plan = post.plan_over(route.venues, demand)
    else:
        reason = f"what rule {route.id} leaves is canceled"
        plan = Plan(tuple(RouteLeg(venue, ZERO, reason) for venue in route.venues))
    return _timed(route, limits.applied(route, demand, plan))


def _timed(route: Route, plan: Plan) -> Plan:
    """Return a plan with how long its route gives each child that is to stand to be filled."""
    seconds = route.no_fill_seconds
    if seconds is None:
        return plan
    legs = (
        structs.replace(leg, no_fill_seconds=seconds)
        if leg.quantity and leg.time_in_force is not AT_ONCE
        else leg
        for leg in plan.legs
    )
    return structs.replace(plan, legs=tuple(legs))


def _after(before: Plan, plan: Plan) -> Plan:
    """Return a plan with what was found out by the one before it, which placed nothing."""
    earlier = {leg.venue: leg for leg in before.legs}
    legs = []
    for leg in plan.legs:
        known = earlier.pop(leg.venue, None)
        if known is None or known.reason == leg.reason:
            legs.append(leg)
            continue
        changes: dict[str, Any] = {"reason": f"{known.reason}; {leg.reason}"}
        if leg.best is None:
            changes |= {"best": known.best, "displayed": known.displayed}
        legs.append(structs.replace(leg, **changes))
    return structs.replace(plan, legs=(*earlier.values(), *legs))


def demand_of(
    state: State,
    order: Order,
    quantity: Decimal,
    now: int,
    passed_over: frozenset[str] = frozenset(),
) -> Demand:
    """Return what is to be decided: how much of which order, over which venues."""
    symbol = order.terms.symbol
    instrument = state.instruments.get(symbol)
    terms = order.at_venue(order.terms)
    mid, market = _market(state, symbol)
    return Demand(
        order=order,
        quantity=quantity,
        lot_size=Decimal(1) if instrument is None else instrument.lot_size,
        state=state,
        refused_by=_passed_over(order, passed_over),
        terms=terms,
        now=now,
        limit=limit_of(state, terms, mid),
        mid=mid,
        market=market,
        impact_bp=costs.impact(state.rules.impact, instrument, quantity),
    )


def _passed_over(order: Order, named: frozenset[str]) -> frozenset[str]:
    """Return the venues that get none of an order, those that are named included."""
    if not order.children:
        return named
    return named.union(
        child.venue
        for child in order.children
        if child.status is OrdStatus.REJECTED or child.unasked or child.is_overdue
    )


def _market(state: State, symbol: str) -> tuple[Decimal | None, str]:
    """Return the mid, and in words whether the market is locked or crossed."""
    books = state.books.get(symbol)
    if not books:
        return state.mid_price(symbol), ""
    usable = [book for book in books.values() if is_usable(book)]
    bid = max([book.bids[0].price for book in usable if book.bids], default=None)
    offer = min([book.offers[0].price for book in usable if book.offers], default=None)
    if bid is None or offer is None:
        return state.mid_price(symbol), ""
    mid = (bid + offer) / 2
    if bid < offer:
        return mid, ""
    name = "locked" if bid == offer else "crossed"
    return mid, f"; the market is {name}: bid {bid}, offer {offer}"


def _lacking(state: State, order: Order, plan: Plan) -> frozenset[str]:
    """Return the venues of a plan that lack what the order needs."""
    if not state.venues:
        return _NONE
    terms = order.at_venue(order.terms)
    return frozenset(leg.venue for leg in plan.legs if lacking(state, leg.venue, terms))
