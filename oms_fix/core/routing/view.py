"""A venue as a strategy sees it: what stands in its way, its book within the limit, its fees."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from oms_fix.core.orders import health
from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.costs import against_mid, rounded
from oms_fix.core.routing.crossing import Pool
from oms_fix.core.routing.decision import Demand, book_problem
from oms_fix.core.routing.fees import fees_of, point_of, tier_at
from oms_fix.model.market_data import Level, VenueBook
from oms_fix.model.routing import RouteLeg
from oms_fix.model.venues import FeeTier, VenueTerms

_EXACT_ENOUGH = Decimal("0.000001")
_WIDE = Context(prec=400)  # for what the prices of a feed that lies come to


class Blind(Struct, frozen=True, gc=False):
    """One venue, for one demand, and for a strategy that places without looking at books.

    Attributes:
        obstacle: why it gets nothing at all; empty if it can have something.
    """

    venue: str
    demand: Demand
    obstacle: str
    terms: VenueTerms

    def can_have(self, quantity: Decimal) -> str:
        """Return why a child order of a quantity cannot go there; empty if it can."""
        if self.obstacle:
            return self.obstacle
        least = self.terms.quantity_min
        return f"takes no less than {least}" if least and quantity < least else ""

    def leg(
        self, quantity: Decimal, reason: str, amount: Decimal | None = None, **more: Any
    ) -> RouteLeg:
        """Return what the venue gets of an order, as a View does whose book nobody has."""
        del amount
        words = health.words(self.demand.state, self.venue)
        return RouteLeg(self.venue, quantity, reason, health=words, **more)


class View(Blind, frozen=True, gc=False):
    """One venue, for one demand, with its book.

    Attributes:
        problem: why its book is not relied on; empty if it is.
        best: its best price on the other side, within the limit or not.
        levels: the other side, the best first, as far as the limit goes; ``pool``: to take from.
        own: the side that an order would stand on.
        displayed: what could be taken; None where the book is not relied on.
        health: how the venue has answered of late, in words.
    """

    problem: str
    best: Decimal | None
    levels: Sequence[Level]
    own: Sequence[Level]
    fees: FeeTier
    pool: Pool
    displayed: Decimal | None
    health: str

    @property
    def is_open(self) -> bool:
        """Whether something could be taken there."""
        return not self.obstacle and bool(self.levels)

    def leg(
        self, quantity: Decimal, reason: str, amount: Decimal | None = None, **more: Any
    ) -> RouteLeg:
        """Return what the venue gets of an order, with what its book says of it.

        ``amount`` is what the quantity is traded for, where that has been worked out.
        """
        displayed = self.displayed
        if quantity and displayed is not None and quantity <= displayed and "fees" not in more:
            more["expected_px"], more["fees"], more["cost_bp"] = self._taking(quantity, amount)
        return RouteLeg(
            self.venue,
            quantity,
            reason,
            best=self.best,
            displayed=displayed,
            health=self.health,
            **more,
        )

    def _taking(
        self, quantity: Decimal, amount: Decimal | None
    ) -> tuple[Decimal, Decimal, Decimal | None]:
        """Return the average price that is expected of taking a quantity, fees, and cost_bp."""
        pool, rate, sign, point = self.pool, self.pool.rate, self.pool.sign, self.pool.point
        if amount is None:
            amount, _ = pool.taking(quantity)
        fees = fees_of(rate, quantity, amount)
        cost = (amount + fees if sign > 0 else fees - amount) / point
        price = amount / (quantity * point)
        return plain(price), plain(fees), cost_bp(self.demand, cost, quantity, sign)


def cost_bp(demand: Demand, cost: Decimal, quantity: Decimal, sign: int) -> Decimal | None:
    """Return what a leg costs against the mid, impact included; None where there is no mid."""
    if not demand.mid:
        return None
    paid = against_mid(cost, quantity, demand.mid, sign)
    return rounded(paid + (demand.impact_bp or ZERO))


def glance_at(venues: Iterable[str], demand: Demand) -> Sequence[Blind]:
    """Return the venues for a strategy that asks no more than whether they can have the order."""
    if demand.books:
        return look_at(venues, demand)
    return [
        Blind(venue, demand, demand.obstacle(venue) or "", demand.venue(venue)) for venue in venues
    ]


def look_at(venues: Iterable[str], demand: Demand) -> list[View]:
    """Return the venues as they are for a demand."""
    point, sign, books = point_of(demand.instrument), demand.order.terms.side.sign, demand.books
    return [_look_at(venue, books.get(venue), demand, point, sign) for venue in venues]


def _look_at(venue: str, book: VenueBook | None, demand: Demand, point: Decimal, sign: int) -> View:
    limit, problem = demand.limit, book_problem(book)
    offered: Sequence[Level] = ()
    own: Sequence[Level] = ()
    if book is not None and not problem:
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
        terms,
        problem,
        offered[0].price if offered else None,
        levels,
        own,
        fees,
        pool,
        None if problem else pool.displayed,
        health.words(demand.state, venue),
    )


def plain(number: Decimal) -> Decimal:
    """Return a number to six decimals without needless zeros, as it is told."""
    try:
        return number.quantize(_EXACT_ENOUGH).normalize() + ZERO  # 1E+2 + 0 is 100
    except InvalidOperation:
        short = number.quantize(_EXACT_ENOUGH, context=_WIDE).normalize(_WIDE)
        return _WIDE.add(short, ZERO)
