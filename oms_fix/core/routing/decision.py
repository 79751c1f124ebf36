"""A routing decision: which venue gets how much, and why."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from oms_fix.core.orders import health
from oms_fix.core.orders.books import is_usable
from oms_fix.core.orders.features import closed, lacking
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.trading_states import venue_obstacle
from oms_fix.model.enums import TimeInForce
from oms_fix.model.instruments import Instrument
from oms_fix.model.market_data import VenueBook
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routing import Onward, RouteLeg
from oms_fix.model.venues import NO_TERMS, VenueTerms

_NO_BOOKS: Mapping[str, VenueBook] = {}


class Demand(Struct, frozen=True):
    """What a strategy decides on: how much of which order, over which venues.

    Attributes:
        order: of which something is to be placed, and ``quantity``: how much, in units.
        lot_size: of the instrument.
        state: all that is known.
        refused_by: the venues that rejected a child of this order, ended one unasked, or had one
            without a fill for too long: they get no other.
        now: nanoseconds since 1970 UTC.
        limit: the price that nothing may go beyond: the order's own, or what protects it from a
            price far off; None if there is none.
        mid: the price half-way between best bid and offer, or None.
        market: what is odd about the market, in words.
        impact_bp: what the whole is expected to move prices by, in basis points.
        terms: what children ask for.
    """

    order: Order
    quantity: Decimal
    lot_size: Decimal
    state: State
    refused_by: frozenset[str]
    terms: OrderTerms
    now: int = 0
    limit: Decimal | None = None
    mid: Decimal | None = None
    market: str = ""
    impact_bp: Decimal | None = None

    @property
    def instrument(self) -> Instrument | None:
        """What is traded; None if it is not known."""
        return self.state.instruments.get(self.order.terms.symbol)

    @property
    def divisible(self) -> bool:
        """Whether parts of the order may go to several venues."""
        terms = self.order.terms
        return terms.time_in_force is not TimeInForce.FILL_OR_KILL and not terms.min_qty

    @property
    def books(self) -> Mapping[str, VenueBook]:
        """What is known of the books of the instrument, by venue."""
        return self.state.books.get(self.order.terms.symbol, _NO_BOOKS)

    def book(self, venue: str) -> VenueBook | None:
        """Return a venue's book of the instrument if it can be relied on, else None."""
        book = self.books.get(venue)
        return book if book is not None and is_usable(book) else None

    def venue(self, venue: str) -> VenueTerms:
        """Return what venues.yaml says of a venue."""
        return self.state.venues.get(venue, NO_TERMS)

    def obstacle(self, venue: str) -> str | None:
        """Return why a venue cannot take this order, or None."""
        state = self.state
        described = self.venue(venue)
        feature = lacking(state, venue, self.terms) if described.lacks else None
        if feature is not None:
            return f"lacks {feature}"
        if venue in self.refused_by:
            return _refusal(self.order, venue)
        stopped = venue_obstacle(state, venue, self.order) if state.trading_states else None
        if stopped is None and described.market:
            stopped = closed(state, venue, self.terms, self.now)
        if stopped is not None:
            return stopped
        if venue in state.sessions_disabled:
            return "disabled by an operator"
        if venue not in state.sessions_logged_on:
            return "not connected"
        if venue in state.reconciliations:
            return "reconciling"
        return health.obstacle(state, venue, self.now, self.quantity)


def book_problem(book: VenueBook | None) -> str:
    """Return why a book is not relied on; empty if it is."""
    if book is None:
        return "no market data"
    return "" if is_usable(book) else book.out or f"market {book.status}"


def _refusal(order: Order, venue: str) -> str:
    at_venue = [child for child in order.children if child.venue == venue]
    if any(child.is_overdue for child in at_venue):
        return "has not filled this order in time"
    is_given_back = any(child.unasked for child in at_venue)
    return "gave this order back" if is_given_back else "rejected this order"


class Plan(Struct, frozen=True):
    """What a strategy makes of a demand: a leg for every venue it looked at, in its order.

    ``onward``: how the order goes on once that has ended; None: the rules decide afresh. ``desk``:
    whose it is to place it.
    """

    legs: tuple[RouteLeg, ...]
    onward: Onward | None = None
    desk: str = ""


class Decision(Struct, frozen=True):
    """The rule that matched, what its strategy made of it, and every venue it looked at.

    ``placements`` are the legs that get something, ``lacking`` the venues that lack what the order
    needs; the other fields as in OrderRouted.
    """

    route_id: str
    strategy: str
    reason: str
    legs: tuple[RouteLeg, ...]
    placements: tuple[RouteLeg, ...]
    lacking: frozenset[str] = frozenset()
    onward: Onward | None = None
    mid: Decimal | None = None
    impact_bp: Decimal | None = None
    cost_bp: Decimal | None = None
    desk: str = ""
