"""A venue of the world: an order desk that does everything a venue may do, at any moment.

It is honest: it fills no order that has ended, and its CumQty(14) is the sum of its executions. Its
book survives its death. What it will do next is decided anew at each look at an order, so that
nothing hangs on a timer that a death could take along.
"""

import asyncio
from decimal import Decimal
from typing import cast

from oms_fix.fix.link import Link, Ticker
from oms_fix.fix.message import Message
from oms_fix.fix.settings import SessionSettings
from oms_fix.simulator import terms
from oms_fix.simulator import venue_messages as fix
from oms_fix.simulator.terms import (
    CancelReject,
    CancelRequest,
    NewOrder,
    ReplaceRequest,
    Reply,
    Report,
    StatusRequest,
)
from oms_fix.simulator.world.liberties import take_a_liberty
from oms_fix.simulator.world.network import Endpoint
from oms_fix.simulator.world.peer import Peer, Surroundings
from oms_fix.simulator.world.venue_order import ZERO, VenueFill, VenueOrder, opened

_LOOK_SECONDS = 0.2
_LATE_CHANGE_CHANCE = 0.12
_STRANGER_CHANCE = 0.002
_SAID_AGAIN_CHANCE = 0.5
_SAID_AGAIN_SECONDS = 5
_LIBERTY_CHANCE = 0.05
_POSS_RESEND = (97, b"Y")
_AT_ONCE = ("3", "4")
_ENDS_WITH_FILLS = (terms.CANCELED, terms.EXPIRED, terms.DONE_FOR_DAY)
_ENDS = (*_ENDS_WITH_FILLS, terms.REJECTED)
_TOO_LATE, _UNKNOWN, _OTHER = 0, 1, 2


class _Connection(asyncio.Protocol):
    """A connection of the router, as long as it is the one of the link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._link.attach(self.transport)

    def data_received(self, data: bytes) -> None:
        if self._link.transport is self.transport:
            self._link.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._link.transport is self.transport:
            self._link.detach()


class Venue(Peer):
    """A venue over all its lives.

    Attributes:
        book: all orders by the ClOrdID(11) that they came with.
        strangers: ExecIDs(17) of fills of orders that are not the router's.
        doubted: ExecIDs(17) that a DontKnowTrade(Q) came for.
    """

    def __init__(self, settings: SessionSettings, around: Surroundings) -> None:
        self.book: dict[str, VenueOrder] = {}
        self.strangers: set[str] = set()
        self.doubted: set[str] = set()
        self._by_id: dict[str, VenueOrder] = {}
        self._working: list[VenueOrder] = []  # to be looked at
        self._executions = 0
        super().__init__(settings, around)

    def _begin(self) -> None:
        self.network.listen(self.settings.socket_accept_port, self.process, self._accept)
        Ticker([self.link]).start()
        self._look()

    def _accept(self, endpoint: Endpoint) -> None:
        before = self.link.transport
        if before is not None:
            if self.random.random() < 0.5:
                self.tell("refuses a second connection")
                endpoint.abort()
                return
            self.tell("takes a second connection for the first")
            before.abort()
            self.link.detach()
        endpoint.begin(_Connection(self.link))

    @property
    def has_open_orders(self) -> bool:
        """Whether anything may still be filled."""
        return any(order.is_open for order in self.book.values())

    # --- what it is asked -----------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """Take what the router says."""
        if message.msg_type == "AF":
            self._mass_status(message)
            return
        if message.msg_type in ("3", "j"):
            self.violate("a message of ours was rejected: {}", message.text(58))
            return
        request = fix.decode(message)
        match request:
            case NewOrder():
                self._new(request)
            case CancelRequest() | ReplaceRequest():
                self._asked(request)
            case StatusRequest():
                self._status(request)
            case fix.DontKnowTrade():
                self._doubted(request.exec_id)

    def _doubted(self, exec_id: str) -> None:
        """Hear that a trade is not known; bust it, or insist."""
        self.tell("hears that {} is not known", exec_id)
        self.doubted.add(exec_id)
        for order in self.book.values():
            for fill in order.fills:
                if fill.exec_id == exec_id and self._may_change(order):
                    self._change_fill(order, fill)
                    return

    def _new(self, request: NewOrder) -> None:
        self.tell(
            "gets order {}: side {}, {} {} at {}",
            request.cl_ord_id, request.side, request.order_qty, request.symbol, request.price,
        )  # fmt: skip
        self._see_type(request)
        known = self._by_id.get(request.cl_ord_id)
        if known is not None:
            if not request.poss_resend:
                self.violate("ClOrdID {} came twice", request.cl_ord_id)
            return
        order_id = f"{self.name}-{len(self.book) + 1}"
        order = opened(request, order_id, self.loop.now, self.worked)
        self.book[request.cl_ord_id] = self._by_id[request.cl_ord_id] = order
        self._working.append(order)
        while self.random.random() < 0.6 and order.is_open:
            self._look_at(order)

    def _see_type(self, request: NewOrder | ReplaceRequest) -> None:
        if request.ord_type not in (terms.MARKET, terms.LIMIT):
            self.violate("{} is no order that is taken here", request.cl_ord_id)

    def _asked(self, request: CancelRequest | ReplaceRequest) -> None:
        is_cancel = isinstance(request, CancelRequest)
        what = "cancel" if is_cancel else "replace"
        self.tell("is asked to {} {} by {}", what, request.orig_cl_ord_id, request.cl_ord_id)
        if request.cl_ord_id in self._by_id:
            self.violate("ClOrdID {} came twice", request.cl_ord_id)
            return
        order = self._by_id.get(request.orig_cl_ord_id)
        if order is None:
            self._refuse(None, request, _UNKNOWN)
            return
        self._by_id[request.cl_ord_id] = order
        is_bound = not (order.is_direct or order.of_order in self.forced)
        if order.requests and is_bound:
            self.violate("a second request about {}", order.cl_ord_id)
        if not order.is_open:
            self._refuse(order, request, _TOO_LATE)
            return
        if request.orig_cl_ord_id != order.cl_ord_id and is_bound:
            self.violate("{} goes by {}", request.orig_cl_ord_id, order.cl_ord_id)
        if isinstance(request, ReplaceRequest):
            self._see_type(request)
        order.requests.append(request)
        if self.random.random() < 0.5:
            self._look_at(order)

    def _status(self, request: StatusRequest) -> None:
        order = self._by_id.get(request.cl_ord_id)
        self.tell("is asked how {} is", request.cl_ord_id)
        if order is not None:
            self._send(order.report(terms.ORDER_STATUS, exec_id="0"))
            return
        self._send(
            Report(
                order_id="NONE",
                exec_id="0",
                exec_type=terms.ORDER_STATUS,
                ord_status=terms.REJECTED,
                cl_ord_id=request.cl_ord_id,
                symbol=request.symbol,
                side=request.side,
                order_qty=ZERO,
                cum_qty=ZERO,
                leaves_qty=ZERO,
                avg_px=ZERO,
                ord_rej_reason=5,
                text="no such order",
            )
        )

    def _mass_status(self, message: Message) -> None:
        """Tell of every open order; OrderMassStatusRequest(AF) from FIX 4.3 on."""
        open_orders = [order for order in self.book.values() if order.is_open]
        self.tell("is asked how all {} open orders are", len(open_orders))
        request_id = message.get(584) or b""
        for number, order in enumerate(open_orders, 1):
            report = order.report(terms.ORDER_STATUS, exec_id="0")
            encoded = fix.encode(report, self.version, self.clock())
            encoded.fields.extend(
                (
                    (584, request_id),
                    (911, b"%d" % len(open_orders)),
                    (912, b"Y" if number == len(open_orders) else b"N"),
                )
            )
            self.link.send(encoded)

    # --- what it does ---------------------------------------------------------------------------

    def _look(self) -> None:
        self.loop.call_later(_LOOK_SECONDS, self._look)
        self._working = [order for order in self._working if order.is_open or order.requests]
        for order in list(self._working):
            self._look_at(order)
        if not self.is_calm:
            self._surprise()

    def _surprise(self) -> None:
        """Now and then change a fill of an order that nobody thinks of any more."""
        number = self.random.random()
        if number < _LATE_CHANGE_CHANCE and self.book:
            order = self.random.choice(list(self.book.values()))
            if order.fills and self._may_change(order):
                self._change_fill(order, self.random.choice(order.fills))
        elif number > 1 - _STRANGER_CHANCE:
            self._speak_of_strangers()

    def _may_change(self, order: VenueOrder) -> bool:
        """Whether the router cannot have forgotten the order yet, and nobody talks about it."""
        is_known = order.ended_on is None or order.ended_on >= self.day - 1
        return is_known and not order.is_on_phone

    def _look_at(self, order: VenueOrder) -> None:
        """Do something about an open order, or nothing."""
        if order.is_on_phone:
            return
        if not order.status:
            self._acknowledge(order)
        elif order.requests and (self.is_calm or self.random.random() < 0.5):
            self._answer(order)
        elif order.is_open and not self.is_calm:
            self._trade(order)
        elif order.is_open and (order.terms.time_in_force in _AT_ONCE or order.is_argued_about):
            self._end(order, terms.CANCELED)  # somebody has called on the telephone by now

    def _acknowledge(self, order: VenueOrder) -> None:
        number = self.random.random()
        if self.is_calm or number < 0.55:
            self.tell_of(order, terms.NEW, status=order.by_quantity)
        elif number < 0.60:
            self.tell_of(order, terms.REJECTED, status=terms.REJECTED)
        elif number < 0.65:
            order.status = terms.PENDING_NEW
            self.tell_of(order, terms.PENDING_NEW)
            order.status = ""
        elif number < 0.70 and not order.terms.is_for_amount:  # that has to be New first
            self._fill(order)

    def _trade(self, order: VenueOrder) -> None:
        number = self.random.random()
        if order.is_direct and self.random.random() < _LIBERTY_CHANCE:
            take_a_liberty(order, self.random, self.tell_of)
        elif order.terms.time_in_force in _AT_ONCE and number < 0.4:
            self._end(order, terms.EXPIRED if number < 0.2 else terms.CANCELED)
        elif number < 0.12:
            self._fill(order)
        elif number < 0.125:
            status = self.random.choice(_ENDS_WITH_FILLS if order.fills else _ENDS)
            is_tomorrow = status == terms.DONE_FOR_DAY and order.lasts
            self._end(order, terms.CANCELED if is_tomorrow else status)
        elif number < 0.13 and order.fills:
            self._change_fill(order, self.random.choice(order.fills))
        elif number < 0.135:
            self._say_again(order)
        elif number < 0.137:
            self._decline_in_part(order)
        elif order.requests and not order.is_pending_told and number > 0.7:
            is_cancel = isinstance(order.requests[0], CancelRequest)
            kind = terms.PENDING_CANCEL if is_cancel else terms.PENDING_REPLACE
            order.is_pending_told = True
            self.tell_of(order, kind, cl_ord_id=order.requests[0].cl_ord_id)

    def _fill(self, order: VenueOrder) -> None:
        leaves = int(order.leaves_qty)
        if leaves <= 0:
            return
        whole = order.terms.time_in_force == terms.FILL_OR_KILL or self.random.random() < 0.4
        quantity = Decimal(leaves if whole else self.random.randrange(1, leaves + 1))
        price = order.terms.price or Decimal(self.random.randrange(990, 1010)) / 100
        exec_id = self._next_exec_id()
        order.fills.append(VenueFill(exec_id, quantity, price))
        order.status = order.by_quantity
        self.tell_of(order, terms.TRADE, exec_id=exec_id, last_qty=quantity, last_px=price)

    def _change_fill(self, order: VenueOrder, fill: VenueFill) -> None:
        """Bust a fill or correct it; a filled order is open again then, an ended one stays so."""
        ref, exec_id = fill.exec_id, self._next_exec_id()
        is_bust = self.random.random() < 0.5
        if is_bust:
            order.fills.remove(fill)
        else:
            fill.exec_id = exec_id
            fill.quantity = Decimal(self.random.randrange(1, int(fill.quantity) + 1))
            fill.price += Decimal(self.random.randrange(-5, 6)) / 100
        self._after_change(order)
        self.tell_of(
            order,
            terms.TRADE_CANCEL if is_bust else terms.TRADE_CORRECT,
            exec_id=exec_id,
            exec_ref_id=ref,
            last_qty=ZERO if is_bust else fill.quantity,
            last_px=ZERO if is_bust else fill.price,
        )

    def _after_change(self, order: VenueOrder) -> None:
        if order.status in (terms.FILLED, terms.PARTIALLY_FILLED):
            order.status = order.by_quantity
        if order.is_open and order not in self._working:
            self._working.append(order)

    # --- by telephone ---------------------------------------------------------------------------

    def call(self) -> tuple[VenueOrder, VenueFill] | None:
        """Speak of a fill to the router's operators; until ``hang_up`` its order stays as it is."""
        orders = [each for each in self.book.values() if each.fills and self._may_change(each)]
        if not orders:
            return None
        order = self.random.choice(orders)
        order.is_on_phone = True
        return order, self.random.choice(order.fills)

    def hang_up(self, order: VenueOrder) -> None:
        """Go on with an order."""
        order.is_on_phone = False

    def change_by_phone(
        self, order: VenueOrder, fill: VenueFill, quantity: Decimal, price: Decimal
    ) -> None:
        """Make of a fill what an operator has made of it; with quantity 0 it is undone.

        That it is undone is now and then said by FIX as well.
        """
        what = f"{quantity} at {price}" if quantity else "none"
        self.tell("calls {} of {} {}", fill.exec_id, order.first_cl_ord_id, what)
        fill.quantity, fill.price = quantity, price
        if not quantity:
            order.fills.remove(fill)
        self._after_change(order)
        self._note_end(order)
        is_said = not quantity and self.random.random() < _SAID_AGAIN_CHANCE
        if is_said and self.process.alive:
            at = self.loop.now + self.random.random() * _SAID_AGAIN_SECONDS
            self.loop.call_for(self.process, at, self._say_bust, order, fill.exec_id)

    def _say_bust(self, order: VenueOrder, exec_id: str) -> None:
        if self._may_change(order):
            self.tell_of(
                order, terms.TRADE_CANCEL, exec_ref_id=exec_id, last_qty=ZERO, last_px=ZERO
            )

    def _decline_in_part(self, order: VenueOrder) -> None:
        least = int(order.cum_qty) + 1
        if not order.requests and order.status and least < order.quantity:
            order.quantity = Decimal(self.random.randrange(least, int(order.quantity)))
            self.tell_of(order, terms.RESTATED)

    def _say_again(self, order: VenueOrder) -> None:
        """Send a report a second time, as some venues do."""
        if order.reports:
            report = self.random.choice(order.reports)
            self.tell("says again: {}", report.exec_id)
            message = fix.encode(report, self.version, self.clock())
            if self.random.random() < 0.5:
                message.fields.append(_POSS_RESEND)
            self.link.send(message)

    def _answer(self, order: VenueOrder) -> None:
        """Answer the first of its requests."""
        number = self.random.random()
        request = order.requests.pop(0)
        order.is_pending_told = False
        if not order.is_open:
            self._refuse(order, request, _TOO_LATE)
        elif not self.is_calm and number < 0.15:
            order.is_argued_about = True
            self._refuse(order, request, _OTHER)
        elif isinstance(request, CancelRequest):
            order.cl_ord_id = request.cl_ord_id
            self._end(order, terms.CANCELED, orig_cl_ord_id=request.orig_cl_ord_id)
        else:
            order.restate(request)
            self.tell_of(order, terms.REPLACED, orig_cl_ord_id=request.orig_cl_ord_id)

    def _end(self, order: VenueOrder, status: str, orig_cl_ord_id: str | None = None) -> None:
        requests, order.requests = order.requests, []
        order.is_pending_told = False
        self.tell_of(order, status, status=status, orig_cl_ord_id=orig_cl_ord_id)
        for request in requests:  # the order has ended before its request was answered
            self._refuse(order, request, _TOO_LATE)

    def _refuse(
        self,
        order: VenueOrder | None,
        request: CancelRequest | ReplaceRequest,
        reason: int,
    ) -> None:
        self.tell("refuses {}: {}", request.cl_ord_id, reason)
        self._send(
            CancelReject(
                order_id="NONE" if order is None else order.order_id,
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=request.orig_cl_ord_id,
                ord_status=terms.REJECTED if order is None else order.status or terms.PENDING_NEW,
                response_to="1" if isinstance(request, CancelRequest) else "2",
                cxl_rej_reason=reason,
                text=f"reason {reason}",
            )
        )

    def _speak_of_strangers(self) -> None:
        """Tell of a fill that is somebody else's."""
        exec_id = self._next_exec_id()
        self.strangers.add(exec_id)
        self.tell("tells of a stranger's fill {}", exec_id)
        one = Decimal(1)
        self._send(
            Report(
                order_id=f"{self.name}-X",
                exec_id=exec_id,
                exec_type=terms.TRADE,
                ord_status=terms.FILLED,
                cl_ord_id=f"STRANGER-{exec_id}",
                symbol="SPLIT",
                side=terms.BUY,
                order_qty=one,
                cum_qty=one,
                leaves_qty=ZERO,
                avg_px=one,
                last_qty=one,
                last_px=one,
            )
        )

    # --- what it says ---------------------------------------------------------------------------

    def _next_exec_id(self) -> str:
        self._executions += 1
        return f"{self.name}-E{self._executions}"

    def tell_of(
        self,
        order: VenueOrder,
        exec_type: str,
        *,
        status: str | None = None,
        exec_id: str | None = None,
        **more: object,
    ) -> None:
        """Report what has happened to an order, and put its status down."""
        if status is not None:
            order.status = status
        self._note_end(order)
        report = order.report(exec_type, exec_id or self._next_exec_id(), **more)
        order.reports.append(report)
        self.tell(
            "tells of {}: exec type {} status {} cum {} leaves {} last {} [{}]",
            report.cl_ord_id, exec_type, report.ord_status, report.cum_qty, report.leaves_qty,
            report.last_qty, report.exec_id,
        )  # fmt: skip
        self._send(report)

    def _note_end(self, order: VenueOrder) -> None:
        if order.is_open:
            order.ended_on = None
        elif order.ended_on is None:
            order.ended_on = self.day

    def _send(self, reply: Reply) -> None:
        self.link.send(fix.encode(reply, self.version, self.clock()))
