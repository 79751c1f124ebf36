"""Watches where orders go: within their limits, to venues that may have them, and by whom.

Limits, routes and venues are those of the configuration; all else is put together from the events,
as everything that the observer knows.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from oms_fix.journal.records import Batch
from oms_fix.model import events as ev
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, OrdType
from oms_fix.model.markets import NANOSECONDS
from oms_fix.model.operations import ChildForced, OrderOperated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routing import OrderRouted
from oms_fix.model.venue_health import VenueProbed, VenueRestored, VenueSuspended
from oms_fix.simulator.world.routes import PROTECTION_PERCENT, ROUTES, VENUES

_LIVE = frozenset({OrdStatus.PENDING_NEW, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})
_RESTATING = frozenset({ExecType.NEW, ExecType.REPLACED, ExecType.RESTATED, ExecType.TRIGGERED})
_ENDING = frozenset({ExecType.CANCELED, ExecType.EXPIRED})
_LIMITED = frozenset({OrdType.LIMIT, OrdType.STOP_LIMIT})
_TERMS = {each.session: each for each in VENUES}
_CHILD_COUNT_MAX = {each.id: each.child_count_max for each in ROUTES}


class Placed(Struct):
    """An order, and where it was placed.

    It goes on if more is to follow what was placed. ``terms`` are those in force, ``asked`` those
    of the last replace that was taken on; it is wanted back if a cancel was, or an operator, a halt
    or the calendar has taken it back. ``routed_by`` and ``placed_by_hand`` are the commands of the
    last decision and of an operator's last hand, ``ended_last`` is the child that has ended
    last, as it was placed.
    """

    terms: OrderTerms
    asked: OrderTerms | None = None
    children: int = 0
    desk: str = ""
    is_direct: bool = False
    goes_on: bool = False
    is_wanted_back: bool = False
    ended_last: OrderTerms | None = None
    routed: OrderRouted | None = None
    routed_by: int = 0
    placed_by_hand: int = 0


class AtVenue(Struct):
    """What a venue has, and whether it may have more.

    ``probed`` is a child that was placed while the venue was suspended, and not called a probe yet.
    """

    live: set[str] = field(default_factory=set)
    second: int = 0
    placed: int = 0
    suspended_until: int | None = None
    probe: str = ""
    probed: str = ""


class Placements:
    """Checks each child that is placed.

    Args:
        violate: hears of what must not happen.
        worked: hears of orders that the router works, whoever has direct access.
    """

    def __init__(self, violate: Callable[..., None], worked: Callable[[str], None]) -> None:
        self._violate = violate
        self._worked = worked
        self._orders: dict[str, Placed] = {}
        self._venues = {each.session: AtVenue() for each in VENUES}
        self._children: dict[str, OrderTerms] = {}  # as they were placed
        self._command = 0
        self._on: dict[type, Callable[[Any], None]] = {
            ev.OrderCaptured: self._captured,
            ev.RequestAccepted: self._accepted,
            ev.RequestPassedOn: self._accepted,
            ev.OrderWithdrawn: self._withdrawn,
            ev.OrderReported: self._reported,
            ev.ChildPlaced: self._placed,
            ev.ChildReplaceRequested: self._replace_requested,
            ev.ChildReported: self._child_reported,
            OrderRouted: self._routed,
            OrderOperated: self._operated,
            ChildForced: self._forced,
            VenueSuspended: self._suspended,
            VenueProbed: self._probed,
            VenueRestored: self._restored,
        }

    def stored(self, batch: Batch) -> None:
        """Take note of a batch: after it nothing is at a suspended venue but what is a probe."""
        for record in batch.events:
            self._command = record.command_id
            on = self._on.get(type(record.event))
            if on is not None:
                on(record.event)
        for name, venue in self._venues.items():
            if venue.probed:
                self._violate("{} is placed at {}, which is suspended", venue.probed, name)
                venue.probed = ""

    def is_left_alone(self, order_id: str) -> bool:
        """Whether an order waits for somebody to place it, or for its venue to go on with it."""
        order = self._orders[order_id]
        return bool(order.desk) or order.is_direct

    # --- orders ---------------------------------------------------------------------------------

    def _captured(self, event: ev.OrderCaptured) -> None:
        self._orders[event.order_id] = Placed(event.terms)

    def _accepted(self, event: ev.RequestAccepted | ev.RequestPassedOn) -> None:
        order = self._orders[event.order_id]
        if event.terms is None:
            order.is_wanted_back = True
        else:
            order.asked = event.terms

    def _withdrawn(self, event: ev.OrderWithdrawn) -> None:
        self._orders[event.order_id].is_wanted_back = True

    def _reported(self, event: ev.OrderReported) -> None:
        order, report = self._orders[event.order_id], event.report
        if report.exec_type in _RESTATING:
            order.terms = report.terms
        if report.exec_type in _ENDING and not report.text:
            self._judge_end(event.order_id, order)
        has_ended = not report.leaves_qty and report.ord_status is not OrdStatus.FILLED
        if report.exec_type is ExecType.REPLACED or has_ended:
            order.goes_on = False  # what a bust gives back of a filled order goes on

    def _judge_end(self, order_id: str, order: Placed) -> None:
        """An order that is to go on does not end with what was to be done at once."""
        child = order.ended_last
        is_wave = child is not None and child.time_in_force.is_at_once
        is_to_stand = not order.terms.time_in_force.is_at_once
        if is_wave and is_to_stand and order.goes_on and not order.is_wanted_back:
            self._violate("{} ends with its wave, and nobody says why", order_id)

    def _routed(self, event: OrderRouted) -> None:
        order = self._orders[event.order_id]
        order.routed, order.routed_by = event, self._command
        order.desk = event.desk or order.desk
        order.is_direct = order.is_direct or event.follows_venue
        if not (event.desk or any(leg.quantity for leg in event.legs)):
            return
        order.goes_on = event.onward is not None
        if not order.is_direct:
            self._worked(event.order_id)

    def _operated(self, event: OrderOperated) -> None:
        if event.operation is OrderOperation.PLACE and not event.refused:
            self._orders[event.order_id].placed_by_hand = self._command

    # --- children -------------------------------------------------------------------------------

    def _placed(self, event: ev.ChildPlaced) -> None:
        order = self._orders[event.order_id]
        order.children += 1
        self._children[event.child_id] = event.terms
        by_hand = order.placed_by_hand == self._command
        if order.desk and not by_hand:
            self._violate("{} is at a desk, and nobody has placed it", event.order_id)
        if _is_beyond(event.terms, order.terms):
            self._violate("{} is placed at {}", event.child_id, event.terms.price)
        if not by_hand:
            self._judge_by_route(event, order)
        self._judge_venue(event)

    def _judge_by_route(self, event: ev.ChildPlaced, order: Placed) -> None:
        routed = order.routed
        if routed is None or order.routed_by != self._command:
            self._violate("{} is placed, and no route says so", event.child_id)
            return
        if (event.venue, event.terms.order_qty) not in {
            (leg.venue, leg.quantity) for leg in routed.legs
        }:
            self._violate("{} is placed otherwise than its route has it", event.child_id)
        most = _CHILD_COUNT_MAX[routed.route_id]
        if order.children > most:
            self._violate("{} has {} children", event.order_id, order.children)
        if routed.mid is not None:
            sign, price = event.terms.side.sign, event.terms.price
            farthest = routed.mid * (1 + sign * PROTECTION_PERCENT / 100)
            if price is None or (price - farthest) * sign > 0:
                self._violate("{} is unprotected, at {}", event.child_id, price)

    def _replace_requested(self, event: ev.ChildReplaceRequested) -> None:
        order = self._orders[event.order_id]
        allowed = [each for each in (order.terms, order.asked) if each is not None]
        if all(_is_beyond(event.terms, each) for each in allowed):
            self._violate("{} is to be replaced at {}", event.child_id, event.terms.price)

    # --- venues ---------------------------------------------------------------------------------

    def _judge_venue(self, event: ev.ChildPlaced) -> None:
        venue, terms = self._venues[event.venue], _TERMS[event.venue]
        venue.live.add(event.child_id)
        if terms.open_orders_max is not None and len(venue.live) > terms.open_orders_max:
            self._violate("{} is one too many at {}", event.child_id, event.venue)
        assert event.at is not None, "the venue is described"
        second = event.at // NANOSECONDS
        venue.placed = venue.placed + 1 if second == venue.second else 1
        venue.second = second
        most = terms.orders_per_second_max
        if most is not None and venue.placed > most:
            self._violate("{} is one too many for {} in a second", event.child_id, event.venue)
        if venue.suspended_until is not None:
            if venue.probe or venue.probed or event.at < venue.suspended_until:
                self._violate("{} is placed at {}, suspended", event.child_id, event.venue)
            venue.probed = event.child_id

    def _child_reported(self, event: ev.ChildReported) -> None:
        live = self._venues[event.venue].live
        if event.ord_status in _LIVE:
            live.add(event.child_id)
        else:
            live.discard(event.child_id)
            self._orders[event.order_id].ended_last = self._children[event.child_id]

    def _forced(self, event: ChildForced) -> None:
        for venue in self._venues.values():
            venue.live.discard(event.child_id)
            if venue.probe == event.child_id:
                venue.probe = ""

    def _suspended(self, event: VenueSuspended) -> None:
        venue = self._venues[event.venue]
        venue.suspended_until, venue.probe = event.until, ""

    def _probed(self, event: VenueProbed) -> None:
        venue = self._venues[event.venue]
        if venue.probed != event.child_id:
            self._violate("{} is no probe of {}", event.child_id, event.venue)
        venue.probe, venue.probed = event.child_id, ""

    def _restored(self, event: VenueRestored) -> None:
        venue = self._venues[event.venue]
        venue.suspended_until, venue.probe = None, ""


def _is_beyond(terms: OrderTerms, limit: OrderTerms) -> bool:
    """Whether terms could trade at a worse price than an order with a limit may."""
    if limit.ord_type not in _LIMITED or limit.price is None:
        return False
    return terms.price is None or (terms.price - limit.price) * terms.side.sign > 0
