"""An order in the book of a client of the world, with its fills."""

from decimal import Decimal

from msgspec import Struct, field

from oms_fix.simulator import terms
from oms_fix.simulator.client_messages import Ticket

ZERO = Decimal(0)
_ENDED = frozenset(
    {terms.FILLED, terms.CANCELED, terms.REJECTED, terms.EXPIRED, terms.DONE_FOR_DAY}
)


class Fill(Struct, frozen=True):
    """A fill as it stands: ExecID(17) of the report that brought it last, quantity, price."""

    exec_id: str
    quantity: Decimal
    price: Decimal


class ClientOrder(Struct):
    """One order as its client knows it.

    Attributes:
        ticket: what was asked for first.
        in_force: what was accepted last.
        cl_ord_id: the last id that the router has accepted.
        quantity: OrderQty(38) in force.
        order_id: the router's OrderID(37); empty until the first report.
        status: OrdStatus(39) of the last report; empty until then.
        leaves: LeavesQty(151) of the last report.
        lasts: it is done for a day and goes on on the next one.
        ended_on: the day on which it ended, as the client counts them.
        request: ClOrdID(11) of the last cancel or replace, if it is not answered yet.
        asked: what each replace asks for, by its ClOrdID(11).
        is_triggered: it was a stop order and is one no more.
        was_freed: a replace has made it an order that need not wait, if perhaps not the last one.
        fills: by the ExecID(17) of the report of each fill, as corrected since.
    """

    ticket: Ticket
    in_force: Ticket
    cl_ord_id: str
    quantity: Decimal
    order_id: str = ""
    status: str = ""
    leaves: Decimal = ZERO
    lasts: bool = False
    ended_on: int | None = None
    request: str = ""
    asked: dict[str, Ticket] = field(default_factory=dict)
    is_triggered: bool = False
    was_freed: bool = False
    fills: dict[str, Fill] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Whether it has ended, as far as is known."""
        if self.status == terms.CALCULATED:
            return not self.leaves
        goes_on = self.lasts and self.status == terms.DONE_FOR_DAY
        return self.status in _ENDED and not goes_on

    def in_units(self, cum_qty: Decimal) -> None:
        """Put its fills into the units after a corporate action: they cost what they did."""
        filled = self.filled
        for key, fill in self.fills.items():
            quantity, price = fill.quantity * cum_qty / filled, fill.price * filled / cum_qty
            self.fills[key] = Fill(fill.exec_id, quantity, price)

    @property
    def waits(self) -> bool:
        """Whether it is a stop order that has yet to be triggered."""
        return self.in_force.stop_px is not None and not self.is_triggered

    @property
    def waits_since_ever(self) -> bool:
        """Whether nobody may have filled it yet: it was never anything but a stop order."""
        return self.waits and self.ticket.stop_px is not None and not self.was_freed

    def is_reached_by(self, last_px: Decimal) -> bool:
        """Whether a price is at or beyond its StopPx(99)."""
        stop_px = self.in_force.stop_px
        if stop_px is None:
            return False
        return last_px >= stop_px if self.ticket.side == terms.BUY else last_px <= stop_px

    @property
    def filled(self) -> Decimal:
        """The sum of its fills."""
        return sum((fill.quantity for fill in self.fills.values()), ZERO)
