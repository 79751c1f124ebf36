"""A venue as a strategy sees it: what stands in its way, its book within the limit, its fees."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from typing import Any

from msgspec import Struct

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.costs import against_mid, rounded
from oms_fix.core.routing.crossing import Pool
from oms_fix.core.routing.decision import Demand
from oms_fix.core.routing.fees import fees_of, point_of, tier_at
from oms_fix.model.market_data import Level
from oms_fix.model.routing import RouteLeg
from oms_fix.model.venues import FeeTier, VenueTerms

_EXACT_ENOUGH = Decimal("0.000001")
_WIDE = Context(prec=400)  # for what the prices of a feed that lies come to


class View(Struct, frozen=True):
    """One venue, for one demand.

    Attributes:
        obstacle: why it gets nothing at all; empty if it can have something.
        problem: why its book is not relied on; empty if it is.
        best: its best price on the other side, within the limit or not.
        levels: the other side, the best first, as far as the limit goes; ``pool``: to take from.
        own: the side that an order would stand on.
        displayed: what could be taken; None where the book is not relied on.
    """

    venue: str
    demand: Demand
    obstacle: str
    problem: str
    best: Decimal | None
    levels: Sequence[Level]
    own: Sequence[Level]
    terms: VenueTerms
    fees: FeeTier
    pool: Pool
    displayed: Decimal | None

    @property
    def is_open(self) -> bool:
        """Whether something could be taken there."""
        return not self.obstacle and bool(self.levels)

    def can_have(self, quantity: Decimal) -> str:
        """Return why a child order of a quantity cannot go there; empty if it can."""
        if self.obstacle:
            return self.obstacle
        least = self.terms.quantity_min
        return f"takes no less than {least}" if least and quantity < least else ""

    def leg(
        self, quantity: Decimal, reason: str, amount: Decimal | None = None, **more: Any
    ) -> RouteLeg:
        """Return what the venue gets of an order, with what its book says of it.

        ``amount`` is what the quantity is traded for, where that has been worked out.
        """
        if quantity and self.displayed is not None and quantity <= self.displayed:
            more = self._taking(quantity, amount) | more
        return RouteLeg(
            self.venue, quantity, reason, best=self.best, displayed=self.displayed, **more
        )

    def _taking(self, quantity: Decimal, amount: Decimal | None) -> dict[str, Any]:
        """Return what taking a quantity is expected to cost."""
        pool = self.pool
        if amount is None:
            amount, _ = pool.taking(quantity)
        fees = fees_of(pool.rate, quantity, amount)
        price = amount / (quantity * pool.point)
        found = {"expected_px": plain(price), "fees": plain(fees)}
        cost = (pool.sign * amount + fees) / pool.point
        return found | cost_of(self.demand, cost, quantity, pool.sign)


def cost_of(demand: Demand, cost: Decimal, quantity: Decimal, sign: int) -> dict[str, Any]:
    """Return ``cost_bp`` of a leg, impact included; nothing where there is no mid."""
    if not demand.mid:
        return {}
    paid = against_mid(cost, quantity, demand.mid, sign)
    return {"cost_bp": rounded(paid + (demand.impact_bp or ZERO))}


def look_at(venues: Iterable[str], demand: Demand) -> list[View]:
    """Return the venues as they are for a demand."""
    point, sign = point_of(demand.instrument), demand.order.terms.side.sign
    return [_look_at(venue, demand, point, sign) for venue in venues]


def _look_at(venue: str, demand: Demand, point: Decimal, sign: int) -> View:
    limit, book = demand.limit, demand.book(venue)
    offered: Sequence[Level] = ()
    own: Sequence[Level] = ()
    if book is not None:
        offered, own = (book.offers, book.bids) if sign > 0 else (book.bids, book.offers)
    levels = offered
    if limit is not None and levels and (levels[-1].price - limit) * sign > 0:
        levels = [level for level in levels if (level.price - limit) * sign <= 0]
    terms = demand.venue(venue)
    fees = tier_at(demand.state, terms)
    lot = terms.lot_size or demand.lot_size
    pool = Pool(levels, fees.taker, sign, point, lot, terms.quantity_min or ZERO)
    return View(
        venue,
        demand,
        demand.obstacle(venue) or "",
        demand.book_problem(venue) if book is None else "",
        offered[0].price if offered else None,
        levels,
        own,
        terms,
        fees,
        pool,
        None if book is None else pool.displayed,
    )


def plain(number: Decimal) -> Decimal:
    """Return a number to six decimals without needless zeros, as it is told."""
    short = number.quantize(_EXACT_ENOUGH, context=_WIDE)
    whole = short.to_integral_value()
    return whole + ZERO if whole == short else short.normalize()
