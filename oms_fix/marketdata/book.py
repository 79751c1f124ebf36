"""One venue's book of one instrument, made of the entries that its venue publishes.

Theory of operation
-------------------
The levels of a side are kept best first, at most ``DEPTH``. An entry names its level by
MDEntryPositionNo(290) or, without that, by its price. What falls off at the far end is forgotten,
as the venue does that was asked for this depth: a deleted level may leave fewer than there are, and
never one that is not there. A level that cannot be found for a change is new; for a deletion it has
gone already. A position that there cannot be shows that something was lost.
"""

from decimal import Decimal
from enum import IntEnum
from itertools import pairwise

from oms_fix.marketdata.entries import Action, Entry, EntryKind
from oms_fix.marketdata.numbers import Number, packed
from oms_fix.model.market_data import MarketStatus

DEPTH = 10

_BID, _OFFER = int(EntryKind.BID), int(EntryKind.OFFER)
_LEVELS = (_BID, _OFFER)
_TRADE, _VOLUME = int(EntryKind.TRADE), int(EntryKind.VOLUME)
_NEW, _CHANGE, _DELETE = int(Action.NEW), int(Action.CHANGE), int(Action.DELETE)
_THROUGH, _FROM = int(Action.DELETE_THROUGH), int(Action.DELETE_FROM)


class Out(IntEnum):
    """Why a book is left out, as it is written to the shared file."""

    NO = 0
    NOT_CONNECTED = 1
    AWAITING = 2
    GAP = 3
    STALE = 4
    LATE = 5
    REFUSED = 6
    UNREADABLE = 7


class Side:
    """The levels of one side, best first: prices, and the sizes that stand at them."""

    __slots__ = ("is_bid", "prices", "sizes")

    def __init__(self, is_bid: bool) -> None:
        self.is_bid = is_bid
        self.prices: list[Number] = []
        self.sizes: list[Number] = []

    def clear(self) -> None:
        """Forget all levels."""
        self.prices.clear()
        self.sizes.clear()

    def put(self, price: Number, size: Number) -> None:
        """Have a size stand at a price."""
        value, prices = price.value, self.prices
        place = 0
        for place, there in enumerate(prices):
            known = there.value
            if known == value:
                self.sizes[place] = size
                return
            if (known < value) is self.is_bid:
                break
        else:
            place = len(prices)
        self._insert(place, price, size)

    def _insert(self, place: int, price: Number, size: Number) -> None:
        self.prices.insert(place, price)
        self.sizes.insert(place, size)
        if len(self.prices) > DEPTH:
            del self.prices[DEPTH:], self.sizes[DEPTH:]

    def remove(self, price: Number) -> None:
        """Have nothing stand at a price."""
        value = price.value
        for place, there in enumerate(self.prices):
            if there.value == value:
                del self.prices[place], self.sizes[place]
                return

    def place(self, entry: Entry) -> bool:
        """Do what an entry with a position says; False if there is no such position."""
        place, action = entry.position - 1, entry.action
        if place >= DEPTH:
            return True
        prices, count = self.prices, len(self.prices)
        if action == _THROUGH or (action == _FROM and place < count):
            gone = slice(0, place + 1) if action == _THROUGH else slice(place, count)
            del prices[gone], self.sizes[gone]
            return True
        if action == _DELETE and place < count:
            del prices[place], self.sizes[place]
            return True
        price, size = entry.price, entry.size
        if size is None or not (place < count or (action == _NEW and place == count)):
            return False
        if action == _NEW:
            if price is None:
                return False
            self._insert(place, price, size)
        else:
            prices[place] = price or prices[place]
            self.sizes[place] = size
        return self._is_ordered(place)

    def _is_ordered(self, place: int) -> bool:
        around = [each.value for each in self.prices[max(place - 1, 0) : place + 2]]
        if not self.is_bid:
            around.reverse()
        return all(one > other for one, other in pairwise(around))


class Book:
    """A venue's book of one instrument, and what was last traded there.

    Attributes:
        place: number of its slot in the shared file.
        at: when the last of it came in, nanoseconds since 1970 UTC.
        out: why it is left out; ``out_ms`` says by how much, where that is to be said.
        last, last_at: of the last trade.
        volume: traded today, as the venue says, or the sum of the trades seen.
        rpt_seq: RptSeq(83) of the last entry; 0 where the venue gives none.
        asked_at: when a snapshot was last asked for.
        bar_volume, bar_turnover: of the trades since the last bar of history.
    """

    __slots__ = (
        "asked_at",
        "at",
        "bar_turnover",
        "bar_volume",
        "bids",
        "last",
        "last_at",
        "offers",
        "out",
        "out_ms",
        "place",
        "rpt_seq",
        "says_volume",
        "status",
        "symbol",
        "venue",
        "volume",
        "volume_at",
    )

    def __init__(self, symbol: str, venue: str, place: int) -> None:
        self.symbol = symbol
        self.venue = venue
        self.place = place
        self.bids = Side(is_bid=True)
        self.offers = Side(is_bid=False)
        self.at = 0
        self.out = Out.NOT_CONNECTED
        self.out_ms = 0
        self.status = MarketStatus.OPEN
        self.last: Number | None = None
        self.last_at = 0
        self.volume: Number | None = None
        self.volume_at = 0
        self.says_volume = False
        self.rpt_seq = 0
        self.asked_at = 0
        self.bar_volume = self.bar_turnover = Decimal(0)

    def clear(self) -> None:
        """Forget what stands in it."""
        self.bids.clear()
        self.offers.clear()
        self.rpt_seq = 0

    def take(self, entry: Entry, now: int, *, is_snapshot: bool = False) -> bool:
        """Do what an entry says; False if it does not fit, so that something must be missing."""
        kind = entry.kind
        if kind in _LEVELS:
            return self._level(self.bids if kind == _BID else self.offers, entry, is_snapshot)
        if kind == _TRADE:
            self._traded(entry, now, is_snapshot)
        elif kind == _VOLUME:
            if entry.size is not None:
                self.volume, self.volume_at, self.says_volume = entry.size, now, True
        else:
            self.clear()
        return True

    @staticmethod
    def _level(side: Side, entry: Entry, is_snapshot: bool) -> bool:
        if entry.position and not is_snapshot:
            return side.place(entry)
        price, size = entry.price, entry.size
        if price is None:
            return False
        if entry.action == _DELETE:
            side.remove(price)
        elif entry.action in (_THROUGH, _FROM) or size is None:
            return False
        elif size.value:
            side.put(price, size)
        else:
            side.remove(price)
        return True

    def _traded(self, entry: Entry, now: int, is_snapshot: bool) -> None:
        """Take note of a trade; one of a snapshot was before it, and is in no sum of ours.

        Nor does it say when it was: it may have been yesterday, and counts only if it is another
        than the one that we have seen ourselves.
        """
        price = entry.price
        if price is None or entry.action == _DELETE:
            return
        if not is_snapshot:
            self.last, self.last_at = price, now
            if entry.size is not None:
                self.bar_volume += entry.size.value
                self.bar_turnover += entry.size.value * price.value
            self._add(entry, now)
        elif self.last is not None and self.last.value != price.value:
            self.last, self.last_at = price, now

    def _add(self, entry: Entry, now: int) -> None:
        if self.says_volume or entry.size is None:
            return
        total = entry.size.value
        if self.volume is not None and _day(self.volume_at) == _day(now):
            total += self.volume.value
        self.volume, self.volume_at = Number(total, packed(total)), now


def _day(at: int) -> int:
    return at // 86_400_000_000_000
