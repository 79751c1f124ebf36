"""A market for routers to trade in for a day: three lit books, a dark pool, a broker.

Everybody else is drawn from a seed, by instrument and step of the day, so that all routers meet the
same market: prices, books and what others trade. What a router takes is gone until the next step,
and moves the price of the instrument, by the square root of its share of the day's volume; half of
that is forgotten in every minute. Prices are counted in ticks.
"""

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from msgspec import Struct

from oms_fix.model.enums import AssetClass, OrdType, Side, TimeInForce
from oms_fix.model.instruments import Instrument
from oms_fix.model.market_data import Level, VenueBook
from oms_fix.model.orders import OrderTerms
from oms_fix.model.venues import Algorithm, FeeTier, Rate, VenueKind, VenueTerms

TICK = Decimal("0.01")
STEP_SECONDS = 10
STEPS = 2_340  # six and a half hours
ADV = 10_000_000
IMPACT_BP = 40
_FORGOTTEN_IN_A_STEP = 0.89
_DEPTH = 6
_LIT = ("XAAA", "XBBB", "XCCC")
DARK, BROKER = "DARK", "BRKR"
_WIDER_BY = {"XAAA": 0, "XBBB": 0, "XCCC": 1}
"""Ticks that a venue's best prices may be behind those of the market."""
_SIZES = {"XAAA": 500, "XBBB": 350, "XCCC": 250}


def _fees(maker: str, taker: str) -> tuple[FeeTier, ...]:
    return (FeeTier(maker=Rate(per_share=Decimal(maker)), taker=Rate(per_share=Decimal(taker))),)


VENUES = (
    VenueTerms(session="XAAA", fees=_fees("-0.0020", "0.0030")),
    VenueTerms(session="XBBB", fees=_fees("-0.0015", "0.0025")),
    VenueTerms(session="XCCC", fees=_fees("0.0010", "-0.0005")),
    VenueTerms(session=DARK, kind=VenueKind.DARK, fees=_fees("0.0010", "0.0010")),
    VenueTerms(
        session=BROKER,
        kind=VenueKind.BROKER,
        fees=(FeeTier(taker=Rate(basis_points=Decimal("0.5"))),),
        algorithms=(Algorithm(name="TWAP", target_strategy="1002"),),
    ),
)
LIT = _LIT


class Wish(Struct, frozen=True):
    """An order of a client: when it comes, and what it is."""

    number: int
    step: int
    terms: OrderTerms


class LitBook:
    """One venue's book of one instrument in one step: [tick, size] by side, the best first."""

    __slots__ = ("bids", "offers")

    def __init__(self, bids: list[list[int]], offers: list[list[int]]) -> None:
        self.bids = bids
        self.offers = offers

    def opposite(self, side: Side) -> list[list[int]]:
        """Return what an order of a side trades with."""
        return self.offers if side is Side.BUY else self.bids

    def take(self, side: Side, quantity: int, limit: int | None) -> list[tuple[int, int]]:
        """Take up to a quantity at up to a limit; return (tick, quantity) of each execution."""
        levels, found = self.opposite(side), []
        while levels and quantity and _reaches(side, limit, levels[0][0]):
            tick, size = levels[0]
            taken = min(size, quantity)
            found.append((tick, taken))
            quantity -= taken
            if taken == size:
                del levels[0]
            else:
                levels[0][1] -= taken
        return found

    def told(self, venue: str, at: int) -> VenueBook:
        """Return the book as market data has it."""
        bids, offers = (
            tuple(Level(price_of(tick), Decimal(size)) for tick, size in levels)
            for levels in (self.bids, self.offers)
        )
        return VenueBook(venue, bids, offers, at)


def _reaches(side: Side, limit: int | None, tick: int) -> bool:
    return limit is None or (tick <= limit if side is Side.BUY else tick >= limit)


def price_of(tick: int) -> Decimal:
    """Return the price that a number of ticks is."""
    return tick * TICK


def tick_of(price: Decimal) -> int:
    """Return how many ticks a price is."""
    return int(price / TICK)


class DayMarket:
    """What happens in a day, whoever trades; ``shifts`` is what a router itself has moved.

    Args:
        seed: of all that is drawn.
        instruments: how many there are.
    """

    def __init__(self, seed: int, instruments: int) -> None:
        self._seed = seed
        self.symbols = [f"SYM{number}" for number in range(instruments)]
        self._walks = {symbol: self._walk(symbol) for symbol in self.symbols}
        self._shifts: dict[str, float] = {}
        self._step = 0
        self._books: dict[str, dict[str, LitBook]] = {}
        self._hidden: dict[tuple[str, Side], int] = {}

    def instruments(self) -> tuple[Instrument, ...]:
        """Return the reference data."""
        return tuple(
            Instrument(
                symbol=symbol,
                asset_class=AssetClass.EQUITY,
                currency="USD",
                price=price_of(walk[0]),
                tick_size=TICK,
                average_daily_volume=Decimal(ADV),
            )
            for symbol, walk in self._walks.items()
        )

    def wishes(self, count: int) -> list[Wish]:
        """Return the orders of the day, in the order in which they come."""
        random = self._random("orders")
        return [self._wish(random, number, count) for number in range(count)]

    def _wish(self, random: Random, number: int, count: int) -> Wish:
        step = number * (STEPS - 60) // count
        symbol = random.choice(self.symbols)
        side = random.choice((Side.BUY, Side.SELL))
        patience = random.choice((0, 3, 5, 8))  # ticks from the mid, to the worse
        quantity = min(int(random.lognormvariate(6.4, 1.2)) // 10 * 10 + 10, 40_000)
        limit = self._walks[symbol][step] + side.sign * patience
        terms = OrderTerms(
            symbol=symbol,
            side=side,
            order_qty=Decimal(quantity),
            ord_type=OrdType.LIMIT,
            price=price_of(limit),
            time_in_force=TimeInForce.DAY,
        )
        return Wish(number, step, terms)

    def begin(self, step: int) -> None:
        """Let others do what they do in a step."""
        self._step = step
        self._books.clear()
        self._hidden.clear()
        self._shifts = {
            symbol: shift * _FORGOTTEN_IN_A_STEP
            for symbol, shift in self._shifts.items()
            if abs(shift) > 0.1
        }

    def mid(self, symbol: str) -> Decimal:
        """Return what the price is to others; what the router itself has moved is not in it."""
        return price_of(self._walks[symbol][self._step])

    def middle(self, symbol: str) -> Decimal:
        """Return the price that all books lie around now."""
        return price_of(self._middle(symbol))

    def _middle(self, symbol: str) -> int:
        return self._walks[symbol][self._step] + round(self._shifts.get(symbol, 0.0))

    def books(self, symbol: str) -> dict[str, LitBook]:
        """Return the books of the lit venues as they are now."""
        known = self._books.get(symbol)
        if known is None:
            known = self._books[symbol] = {venue: self._book(symbol, venue) for venue in _LIT}
        return known

    def others(self, symbol: str, venue: str) -> int:
        """Return how much others trade with what stands at a venue's best price in this step."""
        random = self._random(symbol, self._step, venue, "flow")
        return int(random.expovariate(1 / _SIZES[venue]))

    def hidden(self, symbol: str, side: Side, quantity: int) -> int:
        """Take up to a quantity at the mid in the dark; return how much."""
        key = (symbol, side)
        if key not in self._hidden:
            random = self._random(symbol, self._step, side.name, "dark")
            there = 0 if random.random() < 0.6 else int(random.expovariate(1 / 800))
            self._hidden[key] = there
        taken = min(self._hidden[key], quantity)
        self._hidden[key] -= taken
        return taken

    def moved(self, symbol: str, side: Side, quantity: int) -> None:
        """Have what was taken move the price against who took it."""
        share: float = (quantity / ADV) ** 0.5
        ticks = self._walks[symbol][self._step] * IMPACT_BP / 10_000 * share
        self._shifts[symbol] = self._shifts.get(symbol, 0.0) + side.sign * ticks

    def _random(self, *parts: object) -> Random:
        return Random(f"{self._seed}-{parts}")  # noqa: S311 - a simulation, no secret

    def _walk(self, symbol: str) -> list[int]:
        random = self._random(symbol, "walk")
        tick = random.randrange(2_000, 20_000)
        walk = []
        for _ in range(STEPS):
            walk.append(tick)
            tick = max(500, tick + random.choice((-1, 0, 0, 0, 1)))
        return walk

    def _book(self, symbol: str, venue: str) -> LitBook:
        random = self._random(symbol, self._step, venue)
        middle = self._middle(symbol)
        behind = _WIDER_BY[venue]
        bid = middle - 1 - random.randint(0, 1 + behind)
        offer = middle + 1 + random.randint(0, 1 + behind)
        bids = [[bid - level, self._size(random, venue)] for level in range(_DEPTH)]
        return LitBook(
            bids, [[offer + level, self._size(random, venue)] for level in range(_DEPTH)]
        )

    def _size(self, random: Random, venue: str) -> int:
        return int(random.expovariate(1 / _SIZES[venue])) // 10 * 10 + 50


def all_levels(books: dict[str, LitBook], side: Side) -> Iterator[tuple[int, int]]:
    """Yield what an order of a side could take at all venues, the best price first."""
    levels = (level for book in books.values() for level in book.opposite(side))
    yield from sorted(
        ((tick, size) for tick, size in levels), key=lambda level: level[0] * side.sign
    )
