"""An order in the book of a venue of the world, with its fills and what is said of it."""

from collections.abc import Container
from decimal import Decimal
from functools import partial

from msgspec import Struct, field, structs

from oms_fix.simulator import terms
from oms_fix.simulator.terms import CancelRequest, NewOrder, ReplaceRequest, Report
from oms_fix.simulator.world.configuration import DIRECT_ACCOUNT

ZERO = Decimal(0)
_ENDED = frozenset(
    {terms.FILLED, terms.CANCELED, terms.REJECTED, terms.EXPIRED, terms.DONE_FOR_DAY}
)


class VenueFill(Struct):
    """An execution as the venue has it: ExecID(17), corrected or not; none left if busted."""

    exec_id: str
    quantity: Decimal
    price: Decimal


class VenueOrder(Struct):
    """One order in the book.

    ``requests`` are asked for and not answered, one at a time unless it is direct; the first has
    its pending told or not. ``reports`` are all that were sent about it. It is argued about when a
    cancel was refused without need; ``ended_on`` is the trading day on which it ended. While the
    venue is on the telephone about it, nothing becomes of it. ``came_at`` is the time of the world.
    It is direct if a client has it here by direct access.
    """

    order_id: str
    first_cl_ord_id: str
    cl_ord_id: str
    terms: NewOrder
    quantity: Decimal
    came_at: float = 0
    is_direct: bool = False
    status: str = ""
    requests: list[CancelRequest | ReplaceRequest] = field(default_factory=list)
    is_pending_told: bool = False
    is_argued_about: bool = False
    is_on_phone: bool = False
    ended_on: int | None = None
    fills: list[VenueFill] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    @property
    def of_order(self) -> str:
        """OrderID(37) of the router's order that it is a child of."""
        return self.first_cl_ord_id.rpartition(".")[0]

    @property
    def cum_qty(self) -> Decimal:
        """The sum of its executions."""
        return sum((fill.quantity for fill in self.fills), ZERO)

    @property
    def is_open(self) -> bool:
        """Whether it may be filled."""
        return self.status not in _ENDED

    @property
    def lasts(self) -> bool:
        """Whether the end of a day is not its own."""
        return self.is_direct and self.terms.time_in_force == terms.GOOD_TILL_CANCEL

    @property
    def leaves_qty(self) -> Decimal:
        """What may be filled."""
        return self.quantity - self.cum_qty if self.is_open else ZERO

    @property
    def by_quantity(self) -> str:
        """OrdStatus(39) of a working order: New, Partially Filled or Filled."""
        if self.cum_qty >= self.quantity:
            return terms.FILLED
        return terms.PARTIALLY_FILLED if self.cum_qty else terms.NEW

    def restate(self, request: ReplaceRequest) -> None:
        """Put the terms of a replace in force; at or below CumQty(14) that is the quantity."""
        self.cl_ord_id = request.cl_ord_id
        self.quantity = max(request.order_qty, self.cum_qty)
        self.status = self.by_quantity
        self.terms = structs.replace(
            self.terms,
            order_qty=request.order_qty,
            ord_type=request.ord_type,
            price=request.price,
            time_in_force=request.time_in_force,
        )

    def in_units(self, shares: Decimal) -> None:
        """Put it into the units after a corporate action: so many shares for one of before."""
        self.quantity *= shares
        for fill in self.fills:
            fill.quantity *= shares
            fill.price /= shares
        if self.terms.price is not None:
            self.terms = structs.replace(self.terms, price=self.terms.price / shares)

    def report(self, exec_type: str, exec_id: str, **more: object) -> Report:
        """Return a report of the order as it is."""
        cum_qty = self.cum_qty
        value = sum((fill.quantity * fill.price for fill in self.fills), ZERO)
        of_report: dict[str, object] = {"cl_ord_id": self.cl_ord_id, **more}
        return partial(
            Report,
            order_id=self.order_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=self.status or terms.PENDING_NEW,
            symbol=self.terms.symbol,
            side=self.terms.side,
            order_qty=self.quantity,
            cum_qty=cum_qty,
            leaves_qty=self.leaves_qty,
            avg_px=round(value / cum_qty, 8) if cum_qty else ZERO,
        )(**of_report)  # type: ignore[arg-type]  # names and types are those of Report


def opened(request: NewOrder, order_id: str, came_at: float, worked: Container[str]) -> VenueOrder:
    """Return a new order; of those of clients with direct access the router works some itself."""
    order = VenueOrder(
        order_id=order_id,
        first_cl_ord_id=request.cl_ord_id,
        cl_ord_id=request.cl_ord_id,
        terms=request,
        quantity=request.order_qty,
        came_at=came_at,
    )
    order.is_direct = request.account == DIRECT_ACCOUNT and order.of_order not in worked
    return order
