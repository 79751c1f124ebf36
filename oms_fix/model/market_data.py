"""What is known of the markets: the books that orders are routed by.

Sizes are in units of the instrument, prices in its currency (in percent of par for bonds), as they
are in orders.
"""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class MarketStatus(StrEnum):
    """Whether an instrument is traded at a venue, as that says itself."""

    OPEN = "open"
    PRE_OPEN = "pre_open"
    AUCTION = "auction"
    HALTED = "halted"
    CLOSED = "closed"


class Level(Struct, frozen=True, array_like=True, gc=False):
    """A price, and what stands there."""

    price: Decimal
    size: Decimal


class VenueBook(Struct, frozen=True, array_like=True, gc=False):
    """One venue's book of one instrument, to the depth that is kept.

    Attributes:
        venue: SessionName of the venue that orders go to.
        bids, offers: the best price first; empty where there is nothing.
        at: when the last of it came in, nanoseconds since 1970 UTC.
        out: why it is left out (stale, a gap, not connected); empty while it can be relied on.
        status: as the venue says.
    """

    venue: str
    bids: tuple[Level, ...] = ()
    offers: tuple[Level, ...] = ()
    at: int = 0
    out: str = ""
    status: MarketStatus = MarketStatus.OPEN


class SeeMarket(Struct, frozen=True, tag=True, omit_defaults=True):
    """A command: what the books of an instrument are now, those that changed since it was told.

    It comes before the message that something is to be decided on. ``last`` is the price of the
    last trade and ``volume`` what was traded today over all sources; None where nobody has said so.
    """

    symbol: str
    books: tuple[VenueBook, ...]
    last: Decimal | None = None
    volume: Decimal | None = None


class MarketSeen(Struct, frozen=True, tag=True, omit_defaults=True):
    """An event: orders are decided on by these books from here on; the others are as they were."""

    symbol: str
    books: tuple[VenueBook, ...]
    last: Decimal | None = None
    volume: Decimal | None = None
