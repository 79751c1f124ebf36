"""What every simulated venue does with its orders, however it trades them: the order desk.

A desk keeps the orders and their chains of ClOrdID(11), answers new orders, cancels, replaces and
status requests, and books fills; a subclass says how orders trade. The rules are those of FIX 4.4
Volume 4: every identifier is used once, a cancel or replace names the last accepted one, a refused
request changes nothing, one report has one purpose.

Time and randomness are arguments: ``now`` in nanoseconds, a seeded ``random.Random``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from random import Random

from msgspec import Struct, structs

from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.terms import (
    CancelReject,
    CancelRequest,
    MassStatusRequest,
    NewOrder,
    ReplaceRequest,
    Reply,
    Report,
    Request,
    StatusRequest,
)

# The reasons of a refused order, OrdRejReason(103), and of a refused request, CxlRejReason(102).
REJECTED_BY_VENUE = 0
UNKNOWN_SYMBOL = 1
NO_SUCH_ORDER = 5
DUPLICATE_ORDER = 6
UNSUPPORTED = 11
WRONG_QUANTITY = 13
OTHER = 99

TOO_LATE = 0
UNKNOWN_ORDER = 1
VENUE_OPTION = 2

_TIMES_IN_FORCE = frozenset(
    {terms.DAY, terms.GOOD_TILL_CANCEL, terms.IMMEDIATE_OR_CANCEL, terms.FILL_OR_KILL}
)


class Refusal(Struct, frozen=True):
    """Why an order is refused: OrdRejReason(103) and Text(58)."""

    reason: int
    text: str


class DeskOrder(Struct):
    """One order at the venue, over its whole chain of replaces."""

    order_id: str
    cl_ord_id: str
    symbol: str
    side: str
    order_qty: Decimal
    ord_type: str
    price: Decimal | None
    time_in_force: str
    account: str | None
    min_qty: Decimal | None = None
    target_strategy: str | None = None
    status: str = terms.NEW
    cum_qty: Decimal = Decimal(0)
    value: Decimal = Decimal(0)

    @property
    def leaves_qty(self) -> Decimal:
        """LeavesQty(151): 0 once the order is final."""
        return Decimal(0) if self.status in terms.FINAL else self.order_qty - self.cum_qty

    @property
    def avg_px(self) -> Decimal:
        """AvgPx(6) over the fills, to 8 places; 0 while there are none."""
        if not self.cum_qty:
            return Decimal(0)
        return (self.value / self.cum_qty).quantize(Decimal("1e-8")).normalize() + 0

    @property
    def is_open(self) -> bool:
        """Whether it can still trade."""
        return self.status not in terms.FINAL


class Desk(ABC):
    """The orders of one venue.

    Args:
        name: The venue's name; OrderID(37) and ExecID(17) begin with it.
        instruments: What is traded here, by Symbol(55).
        run: Makes identifiers of this run differ from those of an earlier one.
        random: The seeded source of everything that looks like chance.
        reject_percent: Share of new orders that are refused without a cause of their own.
    """

    def __init__(
        self,
        name: str,
        instruments: Mapping[str, Instrument],
        run: str,
        random: Random,
        reject_percent: Decimal = Decimal(0),
    ) -> None:
        self.name = name
        self.instruments = instruments
        self.random = random
        self._prefix = f"{name}-{run}-"
        self._reject_share = float(reject_percent) / 100
        self._order_count = 0
        self._exec_count = 0
        self._orders: dict[str, DeskOrder] = {}
        self._by_cl_ord_id: dict[str, DeskOrder] = {}

    def handle(self, request: Request, now: int) -> list[Reply]:
        """Act on one request and return what the venue answers, in order."""
        match request:
            case NewOrder():
                return self._new(request, now)
            case CancelRequest():
                return self._cancel(request)
            case ReplaceRequest():
                return self._replace(request, now)
            case StatusRequest():
                return [self._status(request)]
            case MassStatusRequest():
                return self._mass_status(request)

    @abstractmethod
    def tick(self, now: int) -> list[Reply]:
        """Let time pass: whatever happens at the venue without being asked for."""

    @abstractmethod
    def _refusal(self, symbol: str, order_qty: Decimal, price: Decimal | None) -> Refusal | None:
        """Return why this venue cannot take such an order, or None."""

    @abstractmethod
    def _enter(self, order: DeskOrder, now: int) -> list[Reply]:
        """Trade an order that was accepted or replaced a moment ago."""

    @abstractmethod
    def _withdraw(self, order: DeskOrder) -> None:
        """Take an order out of trading."""

    @abstractmethod
    def _amend(self, order: DeskOrder, request: ReplaceRequest, now: int) -> list[Reply]:
        """Give an open order its new terms, with the report first, then trade it."""

    def _new(self, request: NewOrder, now: int) -> list[Reply]:
        known = self._by_cl_ord_id.get(request.cl_ord_id)
        if known is not None:
            if request.poss_resend:
                return [self._report(known, terms.ORDER_STATUS, exec_id="0")]
            refusal = Refusal(DUPLICATE_ORDER, "ClOrdID was used before")
            return [self._rejection(known, request.cl_ord_id, refusal)]
        order = self._register(request)
        found = self._invalid(request) or self._by_chance()
        if found is not None:
            order.status = terms.REJECTED
            return [self._rejection(order, request.cl_ord_id, found)]
        return [self._report(order, terms.NEW), *self._enter(order, now)]

    def _register(self, request: NewOrder) -> DeskOrder:
        self._order_count += 1
        order = DeskOrder(
            order_id=f"{self._prefix}{self._order_count}",
            cl_ord_id=request.cl_ord_id,
            symbol=request.symbol,
            side=request.side,
            order_qty=request.order_qty,
            ord_type=request.ord_type,
            price=request.price,
            time_in_force=request.time_in_force,
            account=request.account,
            min_qty=request.min_qty,
            target_strategy=request.target_strategy,
        )
        self._orders[order.order_id] = order
        self._by_cl_ord_id[request.cl_ord_id] = order
        return order

    def _invalid(self, request: NewOrder) -> Refusal | None:
        if request.symbol not in self.instruments:
            return Refusal(UNKNOWN_SYMBOL, f"{request.symbol} is not traded here")
        if request.ord_type not in (terms.MARKET, terms.LIMIT):
            return Refusal(UNSUPPORTED, f"OrdType {request.ord_type} is not supported")
        if request.time_in_force not in _TIMES_IN_FORCE:
            return Refusal(UNSUPPORTED, f"TimeInForce {request.time_in_force} is not supported")
        if request.ord_type == terms.LIMIT and request.price is None:
            return Refusal(OTHER, "a limit order needs a Price")
        if request.min_qty is not None and not self._keeps_min_qty(request.time_in_force):
            return Refusal(UNSUPPORTED, "MinQty is taken of immediate-or-cancel orders only")
        price = request.price if request.ord_type == terms.LIMIT else None
        return self._refusal(request.symbol, request.order_qty, price)

    def _keeps_min_qty(self, time_in_force: str) -> bool:
        """Return whether MinQty(110) is heeded for as long as such an order lasts."""
        return time_in_force == terms.IMMEDIATE_OR_CANCEL

    def _by_chance(self) -> Refusal | None:
        if self.random.random() < self._reject_share:
            return Refusal(REJECTED_BY_VENUE, "refused at the venue's discretion")
        return None

    def _cancel(self, request: CancelRequest) -> list[Reply]:
        order = self._target(request, "1")
        if isinstance(order, CancelReject):
            return [order]
        self._withdraw(order)
        self._chain(order, request.cl_ord_id)
        order.status = terms.CANCELED
        return [self._report(order, terms.CANCELED, orig_cl_ord_id=request.orig_cl_ord_id)]

    def _replace(self, request: ReplaceRequest, now: int) -> list[Reply]:
        order = self._target(request, "2")
        if isinstance(order, CancelReject):
            return [order]
        refusal = self._invalid(
            NewOrder(
                cl_ord_id=request.cl_ord_id,
                symbol=order.symbol,
                side=order.side,
                order_qty=request.order_qty,
                ord_type=request.ord_type,
                price=request.price,
                time_in_force=request.time_in_force,
                min_qty=order.min_qty,
                target_strategy=order.target_strategy,
            )
        )
        if refusal is not None:
            self._by_cl_ord_id[request.cl_ord_id] = order
            return [self._cancel_reject(order, request, "2", VENUE_OPTION, refusal.text)]
        self._chain(order, request.cl_ord_id)
        if request.order_qty <= order.cum_qty:
            return [self._stop_executing(order, request)]
        return self._amend(order, request, now)

    def _stop_executing(self, order: DeskOrder, request: ReplaceRequest) -> Report:
        """A replace to no more than CumQty(14) stops the order (FIX 4.4 Volume 4, C.3.b, C.3.c)."""
        self._withdraw(order)
        order.order_qty = order.cum_qty
        order.status = terms.FILLED
        return self._report(order, terms.REPLACED, orig_cl_ord_id=request.orig_cl_ord_id)

    def _status(self, request: StatusRequest) -> Report:
        order = self._by_cl_ord_id.get(request.cl_ord_id)
        if order is not None:
            return self._report(order, terms.ORDER_STATUS, exec_id="0")
        return _no_order(request.cl_ord_id, request.symbol, request.side)

    def _mass_status(self, request: MassStatusRequest) -> list[Reply]:
        """Every order that is open; if none is, one report that says so."""
        reports = [
            self._report(order, terms.ORDER_STATUS, exec_id="0")
            for order in self._orders.values()
            if order.is_open
        ]
        total = len(reports)
        reports = reports or [_no_order("NONE", "[N/A]", terms.BUY)]
        return [
            structs.replace(
                report,
                mass_status_req_id=request.request_id,
                tot_num_reports=total,
                last_rpt_requested="Y" if number == len(reports) else "N",
            )
            for number, report in enumerate(reports, start=1)
        ]

    def _target(
        self, request: CancelRequest | ReplaceRequest, response_to: str
    ) -> DeskOrder | CancelReject:
        """Return the open order that a request is about, or the refusal."""
        order = self._by_cl_ord_id.get(request.orig_cl_ord_id)
        if order is None:
            return CancelReject(
                order_id="NONE",
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=request.orig_cl_ord_id,
                ord_status=terms.REJECTED,
                response_to=response_to,
                cxl_rej_reason=UNKNOWN_ORDER,
                text="no such order",
            )
        if request.cl_ord_id in self._by_cl_ord_id:
            text = "ClOrdID was used before"
            return self._cancel_reject(order, request, response_to, VENUE_OPTION, text)
        if not order.is_open:
            self._by_cl_ord_id[request.cl_ord_id] = order
            return self._cancel_reject(order, request, response_to, TOO_LATE, "order is not open")
        if request.orig_cl_ord_id != order.cl_ord_id:
            self._by_cl_ord_id[request.cl_ord_id] = order
            text = f"the order goes by {order.cl_ord_id} now"
            return self._cancel_reject(order, request, response_to, UNKNOWN_ORDER, text)
        return order

    def _chain(self, order: DeskOrder, cl_ord_id: str) -> None:
        order.cl_ord_id = cl_ord_id
        self._by_cl_ord_id[cl_ord_id] = order

    def _restate(self, order: DeskOrder, request: ReplaceRequest) -> Report:
        """Put the new terms in force and report it."""
        order.order_qty = request.order_qty
        order.ord_type = request.ord_type
        order.price = request.price
        order.time_in_force = request.time_in_force
        return self._report(order, terms.REPLACED, orig_cl_ord_id=request.orig_cl_ord_id)

    def _fill(self, order: DeskOrder, quantity: Decimal, price: Decimal) -> Report:
        """Book one fill and report it."""
        assert 0 < quantity <= order.leaves_qty, "a venue never overfills"
        order.cum_qty += quantity
        order.value += quantity * price
        done = order.cum_qty == order.order_qty
        order.status = terms.FILLED if done else terms.PARTIALLY_FILLED
        return self._report(order, terms.TRADE, last_qty=quantity, last_px=price)

    def _expire_rest(self, order: DeskOrder, text: str) -> Report:
        """Cancel what cannot trade: the rest of an IOC, FOK or market order."""
        order.status = terms.CANCELED
        return self._report(order, terms.CANCELED, text=text)

    def _rejection(self, order: DeskOrder, cl_ord_id: str, refusal: Refusal) -> Report:
        return self._report(
            order,
            terms.REJECTED,
            cl_ord_id=cl_ord_id,
            ord_rej_reason=refusal.reason,
            text=refusal.text,
        )

    def _cancel_reject(
        self,
        order: DeskOrder,
        request: CancelRequest | ReplaceRequest,
        response_to: str,
        reason: int,
        text: str,
    ) -> CancelReject:
        return CancelReject(
            order_id=order.order_id,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=order.cl_ord_id,
            ord_status=order.status,
            response_to=response_to,
            cxl_rej_reason=reason,
            text=text,
        )

    def _report(
        self,
        order: DeskOrder,
        exec_type: str,
        *,
        exec_id: str | None = None,
        cl_ord_id: str | None = None,
        orig_cl_ord_id: str | None = None,
        last_qty: Decimal | None = None,
        last_px: Decimal | None = None,
        ord_rej_reason: int | None = None,
        text: str | None = None,
    ) -> Report:
        if exec_id is None:
            self._exec_count += 1
            exec_id = f"{self._prefix}E{self._exec_count}"
        return Report(
            order_id=order.order_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=order.status,
            cl_ord_id=cl_ord_id or order.cl_ord_id,
            symbol=order.symbol,
            side=order.side,
            order_qty=order.order_qty,
            cum_qty=order.cum_qty,
            leaves_qty=order.leaves_qty,
            avg_px=order.avg_px,
            orig_cl_ord_id=orig_cl_ord_id,
            ord_type=order.ord_type,
            price=order.price,
            time_in_force=order.time_in_force,
            account=order.account,
            last_qty=last_qty,
            last_px=last_px,
            ord_rej_reason=ord_rej_reason,
            text=text,
        )


def _no_order(cl_ord_id: str, symbol: str, side: str) -> Report:
    """Return the status of an order that is not there."""
    zero = Decimal(0)
    return Report(
        order_id="NONE",
        exec_id="0",
        exec_type=terms.ORDER_STATUS,
        ord_status=terms.REJECTED,
        cl_ord_id=cl_ord_id,
        symbol=symbol,
        side=side,
        order_qty=zero,
        cum_qty=zero,
        leaves_qty=zero,
        avg_px=zero,
        ord_rej_reason=NO_SUCH_ORDER,
        text="no such order",
    )
