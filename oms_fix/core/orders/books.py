"""What can be relied on of the books of an instrument, over all venues."""

from collections.abc import Iterable
from decimal import Decimal

from oms_fix.model.enums import Side
from oms_fix.model.market_data import Level, MarketStatus, VenueBook


def is_usable(book: VenueBook) -> bool:
    """Whether orders may be routed by a book: it is up to date, and its venue trades."""
    return not book.out and book.status is MarketStatus.OPEN


def best_bid(books: Iterable[VenueBook]) -> Decimal | None:
    """Return the highest bid of all usable books, or None."""
    return max((b.bids[0].price for b in books if b.bids and is_usable(b)), default=None)


def best_offer(books: Iterable[VenueBook]) -> Decimal | None:
    """Return the lowest offer of all usable books, or None."""
    return min((b.offers[0].price for b in books if b.offers and is_usable(b)), default=None)


def opposite(book: VenueBook, side: Side) -> tuple[Level, ...]:
    """Return what an order of a side trades with, the best price first."""
    return book.offers if side.sign > 0 else book.bids


def own_side(book: VenueBook, side: Side) -> tuple[Level, ...]:
    """Return what an order of a side stands beside, the best price first."""
    return book.bids if side.sign > 0 else book.offers
