"""Strategy ``split``: shares in whole lots, by percent, by what is displayed or was traded.

What the venues display counts within the order's limit; what was traded is what we traded there
today. Where nothing of that is known of any venue, the percentages of the route are gone by. The
share of a venue that cannot take the order goes to the others in proportion. An order that may not
be divided (Fill Or Kill, MinQty(110)) goes whole to one venue.
"""

from decimal import Decimal

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing import whole
from oms_fix.core.routing.allotment import in_proportion
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.view import View, look_at
from oms_fix.model.routes import Split, SplitBy
from oms_fix.model.routing import RouteLeg


def plan(route: Split, demand: Demand) -> Plan:
    """Return a leg for every venue of the route, in its order."""
    if not demand.divisible:
        return whole.plan_of_split(route.legs, demand)
    views = look_at((leg.venue for leg in route.legs), demand)
    usable = [view for view in views if not view.obstacle]
    by, weights = _weights(route, usable)
    shares: dict[str, Decimal] = {}
    while usable:
        lots = [view.pool.lot for view in usable]
        given = [weights[view.venue] for view in usable]
        divided = in_proportion(given, demand.quantity, lots) if any(given) else given
        shares = {view.venue: share for view, share in zip(usable, divided, strict=True)}
        able = [view for view in usable if not _too_small(view, shares)]
        if len(able) == len(usable) or not any(weights[view.venue] for view in able):
            break
        usable = able
    total = sum((weights[view.venue] for view in usable), ZERO)
    return Plan(tuple(_leg(view, shares, by, weights, total) for view in views))


def _too_small(view: View, shares: dict[str, Decimal]) -> str:
    share = shares[view.venue]
    return view.can_have(share) if share else ""


def _weights(route: Split, usable: list[View]) -> tuple[SplitBy, dict[str, Decimal]]:
    found: dict[str, Decimal] = {}
    if route.by is SplitBy.DISPLAYED:
        found = {view.venue: view.displayed or ZERO for view in usable}
    elif route.by is SplitBy.HISTORICAL:
        found = {view.venue: _traded(view) for view in usable}
    if any(found.values()):
        return route.by, found
    return SplitBy.PERCENT, {leg.venue: leg.percent for leg in route.legs}


def _traded(view: View) -> Decimal:
    """Return what was filled for us at a venue today and on the days before it that are kept."""
    state = view.demand.state
    days = (state.venue_volumes, *state.past_volumes)
    return sum((day.get(view.venue, ZERO) for day in days), ZERO)


def _leg(
    view: View,
    shares: dict[str, Decimal],
    by: SplitBy,
    weights: dict[str, Decimal],
    total: Decimal,
) -> RouteLeg:
    if view.obstacle:
        return view.leg(ZERO, view.obstacle)
    if view.venue not in shares:
        return view.leg(ZERO, f"takes no less than {view.terms.quantity_min}")
    share, weight = shares[view.venue], weights[view.venue]
    problem = _too_small(view, shares)
    if problem:
        return view.leg(ZERO, problem)
    if by is SplitBy.PERCENT:
        reason = f"{weight} percent"
        reason = reason if total == 100 else f"{reason} of the {total} that can take it"
    elif by is SplitBy.DISPLAYED:
        reason = f"{weight} of the {total} displayed"
    else:
        reason = f"{weight} of the {total} traded by us in the last days"
    return view.leg(share, reason)
