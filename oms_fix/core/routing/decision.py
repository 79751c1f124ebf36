"""A routing decision: which venue gets how much, and why."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.core.orders.features import lacking
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.trading_states import venue_obstacle
from oms_fix.model.events import RouteLeg
from oms_fix.model.rules import Feature


class Demand(Struct, frozen=True):
    """What a strategy decides on: how much of which order, over which venues.

    ``refused_by`` are the venues that rejected a child of this order: they get no other.
    """

    order: Order
    quantity: Decimal
    lot_size: Decimal
    state: State
    refused_by: frozenset[str]

    def lacking(self, venue: str) -> Feature | None:
        """Return what the order needs and a venue lacks, or None."""
        return lacking(self.state, venue, self.order.at_venue(self.order.terms))

    def obstacle(self, venue: str) -> str | None:
        """Return why a venue cannot take this order, or None."""
        feature = self.lacking(venue)
        if feature is not None:
            return f"lacks {feature}"
        if venue in self.refused_by:
            return "rejected this order"
        stopped = venue_obstacle(self.state, venue, self.order)
        if stopped is not None:
            return stopped
        if venue in self.state.sessions_disabled:
            return "disabled by an operator"
        if venue not in self.state.sessions_logged_on:
            return "not connected"
        if venue in self.state.reconciliations:
            return "reconciling"
        return None


class Decision(Struct, frozen=True):
    """The rule that matched, what its strategy made of it, and every venue it looked at.

    ``lacking`` are the venues that lack what the order needs.
    """

    route_id: str
    strategy: str
    reason: str
    legs: tuple[RouteLeg, ...]
    lacking: frozenset[str] = frozenset()

    @property
    def placements(self) -> list[RouteLeg]:
        """The legs that get something."""
        return [leg for leg in self.legs if leg.quantity]
