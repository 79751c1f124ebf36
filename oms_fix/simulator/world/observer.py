"""Watches what the router stores, batch by batch, with sums of its own.

It knows nothing of the core's state: what it adds up are the quantities that the events name.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from oms_fix.journal.records import Batch
from oms_fix.model import events as ev
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.operations import ChildForced, OrderOperated
from oms_fix.simulator.world.held_orders import HeldOrders
from oms_fix.simulator.world.held_stops import HeldStops
from oms_fix.simulator.world.placements import Placements
from oms_fix.simulator.world.scopes import TradingStates

ZERO = Decimal(0)
_LIVE = frozenset({OrdStatus.PENDING_NEW, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})


class ChildSums(Struct):
    """What a child may still take, as its events say."""

    quantity: Decimal
    requested: Decimal = ZERO
    cum_qty: Decimal = ZERO
    is_live: bool = True
    is_forced: bool = False

    @property
    def open_qty(self) -> Decimal:
        """What the venue may still fill of it."""
        if not self.is_live:
            return ZERO
        return max(max(self.quantity, self.requested) - self.cum_qty, ZERO)


class OrderSums(Struct):
    """What is left of an order, as its events say, and its children."""

    quantity: Decimal
    cum_qty: Decimal = ZERO
    is_live: bool = False
    children: dict[str, ChildSums] = field(default_factory=dict)

    @property
    def placed(self) -> Decimal:
        """What the venues may still fill of it."""
        return sum((child.open_qty for child in self.children.values()), ZERO)

    @property
    def in_force(self) -> Decimal:
        """What the venues may still fill of it by the terms that they have accepted."""
        live = [child for child in self.children.values() if child.is_live]
        return sum((max(child.quantity - child.cum_qty, ZERO) for child in live), ZERO)


class EventObserver:
    """Checks each event that is stored.

    Args:
        violate: hears of what must not happen.
        operated: hears of what operators did about orders.
        clock: returns the time of the world.
        worked: hears of direct orders that the router works, see ``HeldOrders``.

    Attributes:
        trading: the trading states in force.
        reviews: what is held for review.
        placements: where orders went, and why.
        exec_ids: of all reports about executions and changes.
    """

    def __init__(
        self,
        violate: Callable[..., None],
        operated: Callable[[OrderOperated], None],
        clock: Callable[[], float],
        worked: Callable[[str], None],
    ) -> None:
        self._violate = violate
        self._orders: dict[str, OrderSums] = {}
        self._direct: set[str] = set()  # of those with requests that were passed on
        self.trading = TradingStates(violate)
        self.reviews = HeldOrders(violate, clock, worked)
        self._stops = HeldStops(violate, self.trading)
        self.placements = Placements(violate, worked)
        self.exec_ids: set[str] = set()
        self._on: dict[type, Callable[[Any], None]] = {
            ev.OrderCaptured: self._captured,
            ev.ChildPlaced: self._placed,
            ev.ChildReplaceRequested: self._replace_requested,
            ev.ChildReported: self._child_reported,
            ev.ChildRequestRefused: self._request_refused,
            ev.OrderReported: self._reported,
            ev.RequestPassedOn: self._passed_on,
            ChildForced: self._child_forced,
            OrderOperated: operated,
        }

    def is_whole(self, order_id: str) -> bool:
        """Whether an order is, and was ever, at one venue, with all of its quantity."""
        order = self._orders[order_id]
        return [child.quantity for child in order.children.values()] == [order.quantity]

    @property
    def open(self) -> dict[str, Decimal]:
        """What may still be filled of each order, in the worst case: as asked, or at the venues."""
        found = self.trading.open
        for order_id, order in self._orders.items():
            # What venues have refused of direct orders is told of the order, not of its child.
            placed = order.in_force if order_id in self._direct else order.placed
            most = max(placed, found.get(order_id, ZERO))
            if most > 0:
                found[order_id] = most
        return found

    def check_waiting(self) -> None:
        """An open order that the router works is at a venue, a stop order, or at a desk.

        To be called when all was heard and answered, and nothing is halted or under review.
        """
        for order_id, order in self._orders.items():
            if not order.is_live or order_id in self._direct or order.placed:
                continue
            if not (self._stops.waits(order_id) or self.placements.is_left_alone(order_id)):
                left = order.quantity - order.cum_qty
                self._violate("{}: {} are left, nowhere, and nobody says why", order_id, left)

    def stored(self, batch: Batch) -> None:
        """Take note of a batch."""
        for record in batch.events:
            on = self._on.get(type(record.event))
            if on is not None:
                on(record.event)
        self._stops.stored(batch)
        self.placements.stored(batch)
        self.reviews.stored(batch)

    def _captured(self, event: ev.OrderCaptured) -> None:
        if event.order_id in self._orders:
            self._violate("OrderID {} was given out twice", event.order_id)
        self._orders[event.order_id] = OrderSums(event.terms.order_qty)

    def _placed(self, event: ev.ChildPlaced) -> None:
        order = self._orders[event.order_id]
        if event.child_id in order.children:
            self._violate("child {} was placed twice", event.child_id)
        order.children[event.child_id] = ChildSums(event.terms.order_qty)
        self._not_above(event.order_id, order)

    def _replace_requested(self, event: ev.ChildReplaceRequested) -> None:
        order = self._orders[event.order_id]
        order.children[event.child_id].requested = event.terms.order_qty

    def _not_above(self, order_id: str, order: OrderSums) -> None:
        leaves = order.quantity - order.cum_qty
        if order.placed > leaves:
            self._violate("{}: {} are placed, {} are left", order_id, order.placed, leaves)

    def _child_reported(self, event: ev.ChildReported) -> None:
        child = self._orders[event.order_id].children[event.child_id]
        child.cum_qty = event.cum_qty
        child.is_live = event.ord_status in _LIVE
        if event.exec_type is ExecType.REPLACED:
            child.quantity = child.requested
            child.requested = ZERO
        if event.order_qty is not None:
            child.quantity = event.order_qty
        if not child.is_live:
            child.requested = ZERO
        if event.discrepancy and not child.is_forced:
            self._violate("{} at {}: {}", event.child_id, event.venue, event.discrepancy)

    def _passed_on(self, event: ev.RequestPassedOn) -> None:
        self._direct.add(event.order_id)

    def _child_forced(self, event: ChildForced) -> None:
        child = self._orders[event.order_id].children[event.child_id]
        child.is_live = False
        child.is_forced = True
        child.requested = ZERO

    def _request_refused(self, event: ev.ChildRequestRefused) -> None:
        self._orders[event.order_id].children[event.child_id].requested = ZERO

    def _reported(self, event: ev.OrderReported) -> None:
        report = event.report
        order = self._orders[event.order_id]
        if report.exec_id in self.exec_ids:
            self._violate("ExecID {} was given out twice", report.exec_id)
        self.exec_ids.add(report.exec_id)
        order.cum_qty = report.cum_qty
        order.quantity = report.terms.order_qty
        order.is_live = is_live = report.ord_status in _LIVE
        if report.cum_qty + report.leaves_qty != order.quantity and (is_live or report.leaves_qty):
            self._violate(
                "{}: CumQty {} and LeavesQty {} of OrderQty {}",
                event.order_id, report.cum_qty, report.leaves_qty, order.quantity,
            )  # fmt: skip
