"""Strategy ``split``: shares by percent, in whole lots.

Lots are given out by largest remainder, so that the shares add up to the order. What is no whole
lot goes with the largest share. The share of a venue that cannot take the order goes to the others
in proportion. An order that may not be divided (Fill Or Kill, MinQty(110)) goes whole to the
largest share.
"""

from decimal import Decimal
from fractions import Fraction
from math import floor

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.model.enums import TimeInForce
from oms_fix.model.events import RouteLeg
from oms_fix.model.routes import Split, SplitLeg


def plan(route: Split, demand: Demand) -> Plan:
    """Return a leg for every venue of the route, in its order."""
    obstacles = {leg.venue: demand.obstacle(leg.venue) for leg in route.legs}
    usable = [leg for leg in route.legs if not obstacles[leg.venue]]
    shares = _shares(usable, demand) if usable else {}
    total = sum((leg.percent for leg in usable), ZERO)
    legs = (
        RouteLeg(
            leg.venue,
            shares.get(leg.venue, ZERO),
            obstacles[leg.venue] or _reason(leg, total, demand),
        )
        for leg in route.legs
    )
    return Plan(tuple(legs))


def _reason(leg: SplitLeg, total: Decimal, demand: Demand) -> str:
    if not _divisible(demand):
        return "an order that may not be divided goes to the largest share"
    reason = f"{leg.percent} percent"
    return reason if total == 100 else f"{reason} of the {total} that can take it"


def _divisible(demand: Demand) -> bool:
    terms = demand.order.terms
    return terms.time_in_force is not TimeInForce.FILL_OR_KILL and not terms.min_qty


def _shares(legs: list[SplitLeg], demand: Demand) -> dict[str, Decimal]:
    largest = max(legs, key=lambda leg: leg.percent)
    if not _divisible(demand):
        return {largest.venue: demand.quantity}
    lots = int(demand.quantity // demand.lot_size)
    odd = demand.quantity - lots * demand.lot_size
    total = sum(Fraction(leg.percent) for leg in legs)
    exact = {leg.venue: lots * Fraction(leg.percent) / total for leg in legs}
    given = {venue: floor(share) for venue, share in exact.items()}
    missing = lots - sum(given.values())
    # A stable sort: between equal remainders the earlier leg wins.
    by_remainder = sorted(exact, key=lambda venue: given[venue] - exact[venue])
    for venue in by_remainder[:missing]:
        given[venue] += 1
    shares = {venue: count * demand.lot_size for venue, count in given.items()}
    shares[largest.venue] += odd
    return shares
