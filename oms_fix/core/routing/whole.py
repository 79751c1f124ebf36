"""Orders that go to one venue as a whole: Fill Or Kill, MinQty(110), stop and auction orders.

To the venue that displays enough within the limit at the best cost, fees included; where none is
known to, to the one that the route puts first.
"""

from collections.abc import Iterable
from decimal import Decimal

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.taking import takes
from oms_fix.core.routing.view import View, look_at
from oms_fix.model.routes import SplitLeg

_UNDIVIDED = "an order that may not be divided goes to"


def plan(venues: Iterable[str], demand: Demand) -> Plan:
    """Return a leg for every venue, in their order."""
    return _plan(look_at(venues, demand), demand, "the first that can take it")


def plan_of_split(legs: Iterable[SplitLeg], demand: Demand) -> Plan:
    """Return a leg for every venue of a split, in its order."""
    percents = {leg.venue: leg.percent for leg in legs}
    views = look_at(percents, demand)
    by_share = sorted(views, key=lambda view: -percents[view.venue])
    return _plan(views, demand, "the largest share", by_share)


def _plan(
    views: list[View], demand: Demand, otherwise: str, preferred: list[View] | None = None
) -> Plan:
    quantity = demand.quantity
    problems = {view.venue: view.can_have(quantity) for view in views}
    able = [view for view in preferred or views if not problems[view.venue]]
    chosen, reason = able[0] if able else None, f"{_UNDIVIDED} {otherwise}"
    enough = [view for view in able if (view.displayed or ZERO) >= quantity]
    if enough and takes(demand):
        chosen = min(enough, key=lambda view: _cost(view, quantity))
        reason = f"{_UNDIVIDED} one venue: {quantity} displayed at the best cost"
    legs = (
        view.leg(
            quantity if view is chosen else ZERO,
            reason if view is chosen else problems[view.venue] or "not needed",
        )
        for view in views
    )
    return Plan(tuple(legs))


def _cost(view: View, quantity: Decimal) -> Decimal:
    return view.pool.cost(quantity)
