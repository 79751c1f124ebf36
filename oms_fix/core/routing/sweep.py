"""Strategy ``sweep``: takes from all books at once, the best price after fees first.

One Immediate Or Cancel child order a venue, never a bare market order: its limit is the worst level
that is counted on there, so that it cannot trade deeper than was reckoned with.

What is cheapest with fees goes first, see ``crossing`` for how that is found, and
spec/decisions/0018-best-price-after-fees.md for why a displayed price that is better only before
fees may be left where it is. In whole lots; what is no whole lot goes with the largest share.

Locked and crossed books are books like any other: a level is an offer to trade, whatever another
venue bids. Only one side of each book is looked at, so nothing is bought to be sold.
"""

from decimal import Decimal

from msgspec import Struct

from oms_fix.core.routing import whole
from oms_fix.core.routing.crossing import allot
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.fees import all_in
from oms_fix.core.routing.taking import AT_ONCE, as_taking, onward_of, takes
from oms_fix.core.routing.view import View, look_at, plain
from oms_fix.model.routes import Sweep
from oms_fix.model.routing import RouteLeg

_Last = tuple[Decimal, str]


class _Taken(Struct, frozen=True, gc=False):
    """What is taken at a venue, for how much, the worst price there, and that after fees."""

    quantity: Decimal
    amount: Decimal
    worst: Decimal
    after_fees: Decimal


def plan(route: Sweep, demand: Demand) -> Plan:
    """Return a leg for every venue of the route, in its order."""
    if not takes(demand) or not demand.divisible:
        return whole.plan(route.venues, demand)
    views = look_at(route.venues, as_taking(demand))
    open_ones = [view for view in views if view.is_open]
    shares = allot([view.pool for view in open_ones], demand.quantity) if open_ones else []
    taken = {
        view.venue: _take(view, share)
        for view, share in zip(open_ones, shares, strict=True)
        if share
    }
    last = _last(taken, demand.order.terms.side.sign)
    legs = [
        _leg(view, taken[view.venue]) if view.venue in taken else _left(view, last, taken)
        for view in views
    ]
    return Plan(tuple(legs), onward_of(route))


def _take(view: View, quantity: Decimal) -> _Taken:
    amount, worst = view.pool.taking(quantity)
    return _Taken(quantity, amount, worst, _after_fees(view, worst))


def _leg(view: View, taken: _Taken) -> RouteLeg:
    quantity, worst = taken.quantity, taken.worst
    reason = (
        f"{quantity!s} of {view.displayed!s} displayed up to {worst!s}, "
        f"{plain(taken.after_fees)!s} after fees"
    )
    return view.leg(quantity, reason, taken.amount, price=worst, time_in_force=AT_ONCE)


def _left(view: View, last: _Last | None, taken: dict[str, _Taken]) -> RouteLeg:
    return view.leg(Decimal(0), view.obstacle or view.problem or _why_left(view, last, taken))


def _why_left(view: View, last: _Last | None, taken: dict[str, _Taken]) -> str:
    if view.best is None:
        return "nothing displayed"
    if not view.levels:
        return f"{view.best} is beyond the limit of {view.demand.limit}"
    least = max(view.pool.lot, view.pool.quantity_min)
    cost = _after_fees(view, view.levels[0].price)
    if last is not None and (cost - last[0]) * view.pool.sign > 0:
        return f"price {plain(cost)} after fees is worse than {plain(last[0])} at {last[1]}"
    if view.displayed is not None and view.displayed < least:
        return f"displays less than {least}"
    is_short = sum((each.quantity for each in taken.values()), Decimal(0)) < view.demand.quantity
    if is_short:
        return f"takes no part of {view.demand.quantity}"
    return "its fees for an order do not pay" if view.pool.is_all_or_none else "not needed"


def _last(taken: dict[str, _Taken], sign: int) -> _Last | None:
    """Return the worst price after fees that is counted on, and where."""
    worst = max if sign > 0 else min
    venue = worst(taken, key=lambda each: taken[each].after_fees, default=None)
    return None if venue is None else (taken[venue].after_fees, venue)


def _after_fees(view: View, price: Decimal) -> Decimal:
    pool = view.pool
    return all_in(pool.rate, price, pool.sign, pool.point)
