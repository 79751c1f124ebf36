"""What can be relied on of the books of an instrument, over all venues."""

from collections.abc import Iterable
from decimal import Decimal

from oms_fix.model.enums import Side
from oms_fix.model.market_data import Level, MarketStatus, VenueBook

_BP = 10_000


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


def spread_bp(books: Iterable[VenueBook]) -> Decimal | None:
    """Return best offer less best bid of all usable books in basis points of the mid, or None."""
    known = tuple(books)
    bid, offer = best_bid(known), best_offer(known)
    if bid is None or offer is None or bid + offer <= 0:
        return None
    return (offer - bid) * _BP * 2 / (bid + offer)


def most_open(books: Iterable[VenueBook]) -> MarketStatus | None:
    """Return the state of the venue that is the most open one of those that are known, or None."""
    states = {book.status for book in books if not book.out}
    return next((each for each in MarketStatus if each in states), None)
