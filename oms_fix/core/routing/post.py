"""Strategy ``post``: all into the book of the venue with the best expected cost.

The model, see spec/routing_costs.md: the order stands at a price behind what stands there already,
at that price or a better one. Its chance of a fill is its share of that queue. If it is filled it
costs the maker's fee (below 0 a rebate) and gains what the price is better than the mid; if it is
not, it is taken to pay the best price on the other side in the end, and the taker's fee.

Where the book is stale or none is known, nobody knows the queue: such a venue comes after all those
whose books are known, and is no cheaper than they are for that. Among such venues the fees decide.

Where the venue displays all of it at that price or a better one it does not stand: it is taken at
once, and costs what that does. So it is when the market comes towards a limit after a sweep.

The price is the order's own, or, of a market order, the best price on the near side. It is put on
the venue's tick table, never towards the other side.
"""

from decimal import Decimal
from typing import Any

from oms_fix.core.orders.order import PRICED, ZERO
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.fees import fees_of
from oms_fix.core.routing.prices import on_tick, reference
from oms_fix.core.routing.taking import AT_ONCE, takes
from oms_fix.core.routing.view import View, cost_bp, look_at, plain
from oms_fix.model.enums import OrdType, TimeInForce
from oms_fix.model.reasons import Reasons
from oms_fix.model.routes import Post
from oms_fix.model.routing import RouteLeg

_AT_ONCE = frozenset({AT_ONCE, TimeInForce.FILL_OR_KILL})
_IN_FULL = Decimal(1)


def plan(route: Post, demand: Demand) -> Plan:
    """Return a leg for every venue of the route, in its order."""
    return plan_over(route.venues, demand)


def plan_over(venues: tuple[str, ...], demand: Demand) -> Plan:
    """Return the plan for some venues."""
    views = look_at(venues, demand)
    return Plan(tuple(legs_of(views, demand, demand.quantity)))


def legs_of(views: list[View], demand: Demand, quantity: Decimal) -> list[RouteLeg]:
    """Return a leg for every venue: all of a quantity goes to the best."""
    touch = _touch(views, demand)
    problems = {view.venue: _problem(view, quantity, touch) for view in views}
    posts = {
        view.venue: _expected(view, quantity, touch, _far(views))
        for view in views
        if not problems[view.venue] and touch is not None
    }
    unknown = {view.venue: view.problem for view in views if view.problem}
    best = min(posts, key=lambda venue: (venue in unknown, posts[venue][0]), default=None)
    if best is None and not takes(demand):  # a stop or a peg, which has no price to stand at yet
        best = next((view.venue for view in views if not view.can_have(quantity)), None)
        posts = {} if best is None else {best: (ZERO, {}, "the first that can take it")}
        problems = {view.venue: view.can_have(quantity) or "not needed" for view in views}
    return [
        view.leg(quantity, posts[best][2], **posts[best][1])
        if best == view.venue
        else view.leg(ZERO, problems[view.venue] or _worse(posts, unknown, view.venue, best))
        for view in views
    ]


def _problem(view: View, quantity: Decimal, price: Decimal | None) -> str:
    if view.demand.order.terms.time_in_force in _AT_ONCE:
        return "an order that is to be filled at once is not posted"
    problem = view.can_have(quantity)
    if problem or price is None:
        return problem or "no price to stand at"
    stands_at = on_tick(view, price)
    return "" if stands_at > 0 else Reasons.INVALID_PRICE.text(Price=stands_at)


def _touch(views: list[View], demand: Demand) -> Decimal | None:
    """Return the price that the order is to stand at; None where none is known, or none binds."""
    terms = demand.order.at_venue(demand.order.terms)
    if not takes(demand):
        return terms.price if terms.ord_type in PRICED else None
    sign, limit = terms.side.sign, demand.limit
    if terms.ord_type is OrdType.LIMIT:
        return limit
    near = [view.own[0].price * sign for view in views if view.own]
    price = max(near) * sign if near else reference(demand)
    if price is not None and limit is not None and (price - limit) * sign > 0:
        return limit
    return price


def _far(views: list[View]) -> Decimal | None:
    """Return the best price on the other side of all the books, or None."""
    found = [view.best * view.pool.sign for view in views if view.best is not None]
    return min(found) * views[0].pool.sign if found else None


def _expected(
    view: View, quantity: Decimal, touch: Decimal, far: Decimal | None
) -> tuple[Decimal, dict[str, Any], str]:
    """Return what posting costs in units of price, what its leg says of it, and why."""
    pool, demand = view.pool, view.demand
    price = on_tick(view, touch)
    own = demand.order.terms.price if demand.order.terms.ord_type in PRICED else None
    given: dict[str, Any] = {} if price == own else {"price": price}
    if _is_taken(view, quantity, price):
        cost = pool.cost(quantity) / pool.point
        given["cost_bp"] = cost_bp(demand, cost, quantity, pool.sign)
        return cost, given, f"to be filled at once within {price}"
    if view.problem:
        return _behind_unknown(view, quantity, price, given)
    ahead = sum((each.size for each in view.own if (each.price - price) * pool.sign >= 0), ZERO)
    chance = quantity / (quantity + ahead) if quantity else _IN_FULL
    amount = quantity * price * pool.point
    maker = fees_of(view.fees.maker, quantity, amount)
    filled = pool.sign * amount + maker
    missed = _missed(view, quantity, price if far is None else far)
    cost = (chance * filled + (1 - chance) * missed) / pool.point
    more = {"expected_px": plain(price), "fees": plain(maker)} | given
    more["cost_bp"] = cost_bp(demand, cost, quantity, pool.sign)
    reason = f"to stand at {price}, {ahead} ahead, fees {plain(maker)}: the best expected cost"
    return cost, more, reason


def _behind_unknown(
    view: View, quantity: Decimal, price: Decimal, given: dict[str, Any]
) -> tuple[Decimal, dict[str, Any], str]:
    """Return what is known of standing where the queue is not: the price and the fees.

    What that costs is good for a comparison with the like of it only, so it is not told.
    """
    amount = quantity * price * view.pool.point
    maker = fees_of(view.fees.maker, quantity, amount)
    more = {"expected_px": plain(price), "fees": plain(maker)} | given
    reason = f"to stand at {price}, queue unknown ({view.problem}), fees {plain(maker)}"
    cost = (view.pool.sign * amount + maker) / view.pool.point
    return cost, more, f"{reason}: no venue whose queue is known can take it"


def _is_taken(view: View, quantity: Decimal, price: Decimal) -> bool:
    """Whether a venue displays all of a quantity at a price or a better one."""
    pool = view.pool
    if not quantity or quantity > pool.displayed:
        return False
    return (pool.worst(quantity) - price) * pool.sign <= 0


def _missed(view: View, quantity: Decimal, price: Decimal) -> Decimal:
    amount = quantity * price * view.pool.point
    return view.pool.sign * amount + fees_of(view.fees.taker, quantity, amount)


def _worse(
    posts: dict[str, tuple[Decimal, dict[str, Any], str]],
    unknown: dict[str, str],
    venue: str,
    best: str | None,
) -> str:
    if best is None or venue not in posts:
        return "not needed"
    if venue in unknown and best not in unknown:
        return f"queue unknown ({unknown[venue]}): after venues whose queue is known"
    mine, other = posts[venue], posts[best]
    if mine[0] == other[0]:
        return f"no better than {best}"
    if mine[1].get("cost_bp") is not None:
        found = f"{mine[1]['cost_bp']} bp is worse than {other[1]['cost_bp']} bp at {best}"
        return f"expected cost of {found}"
    return f"worse than {best}"
