"""The markets of the world: each look at them finds other books, made of nothing but chance."""

from decimal import Decimal
from random import Random

from oms_fix.model.market_data import Level, MarketStatus, SeeMarket, VenueBook
from oms_fix.simulator.world.configuration import VENUE_VERSIONS

_NOTHING_NEW_SHARE = 0.3
_NOT_SEEN_SHARE = 0.25
_OUT_SHARE, _HALTED_SHARE = 0.1, 0.1
_EMPTY_SHARE = 0.12
_CROSSED_SHARE = 0.1
_LAST_SHARE = 0.05
_VOLUME_SHARE = 0.2
_DEPTH_MAX = 4


class WorldMarket:
    """What is seen of the markets: books without depth, crossed, stale, halted, or none.

    Args:
        random: a source of its own.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def begin_day(self) -> None:
        """Books know no day."""

    def see(self, symbol: str) -> SeeMarket | None:
        """Return books that differ from look to look, None where nothing is new."""
        if self._is(_NOTHING_NEW_SHARE):
            return None
        middle = self._random.randrange(970, 1031)
        books = [
            self._book(venue, middle) for venue in VENUE_VERSIONS if not self._is(_NOT_SEEN_SHARE)
        ]
        last = Decimal(middle) / 100 if self._is(_LAST_SHARE) else None
        volume = Decimal(self._random.randrange(1, 10_000)) if self._is(_VOLUME_SHARE) else None
        return SeeMarket(symbol, tuple(books), last, volume)

    def _is(self, share: float) -> bool:
        return self._random.random() < share

    def _book(self, venue: str, middle: int) -> VenueBook:
        if self._is(_OUT_SHARE):
            return VenueBook(venue, out=self._random.choice(("stale", "gap", "not connected")))
        status = MarketStatus.HALTED if self._is(_HALTED_SHARE) else MarketStatus.OPEN
        spread = self._random.randrange(-4, 0) if self._is(_CROSSED_SHARE) else self._away()
        bids = self._side(middle - spread, -1)
        return VenueBook(venue, bids, self._side(middle + spread, 1), status=status)

    def _away(self) -> int:
        return self._random.randrange(12)

    def _side(self, cents: int, step: int) -> tuple[Level, ...]:
        if self._is(_EMPTY_SHARE):
            return ()
        levels = []
        for _ in range(self._random.randrange(1, _DEPTH_MAX + 1)):
            size = self._random.randrange(1, 30) * self._random.choice((1, 10))
            levels.append(Level(Decimal(cents) / 100, Decimal(size)))
            cents += step * self._random.randrange(1, 15)
        return tuple(levels)
