"""What the core knows: orders, children, positions, rules, reference data, sessions.

Only ``core.apply`` changes it, event by event, so that folding the stored events gives it back.
What there is of each order is kept small, because there are many: equal values are the same object
(see ``sharing``), and what most children have nothing of takes no room.
"""

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct, field, structs

from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.asked import Reconciliation
from oms_fix.core.orders.executions import Estimate, Execution, TakenBack, average
from oms_fix.core.orders.position import Position
from oms_fix.core.orders.state_machine import OPEN
from oms_fix.model.circumstances import ClientAwaited, InstrumentHalted
from oms_fix.model.enums import HeldStop, OrdStatus, OrdType
from oms_fix.model.events import OrderWithdrawn
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.markets import Market
from oms_fix.model.orders import OrderTerms, OtherField, needs_agreement
from oms_fix.model.rules import Check, Route, Rules

ZERO = Decimal(0)
PRICED = frozenset({OrdType.LIMIT, OrdType.STOP_LIMIT})
"""Order types that Price(44) binds."""
TRIGGERED_AS = {OrdType.STOP: OrdType.MARKET, OrdType.STOP_LIMIT: OrdType.LIMIT}
"""What a stop order is once it is triggered."""
STATUS_EXEC_ID = "0"
"""ExecID(17) of a status report, which is no execution (FIX 4.4 Volume 6, field 17)."""

Applies = Callable[[ConditionSubject], bool]

_FEW = 4
"""ExecIDs are searched one by one up to here; most children have one to three."""


class Request(Struct, gc=False, omit_defaults=True):
    """A client's cancel (``terms`` None) or replace that the venues have yet to answer.

    ``withdraws``: the children are canceled and the rest is routed anew, because there is more than
    one of them or nothing would be left. ``accepted``: the venue replaced the child in place.
    ``refused`` is the text of the first venue that refused. ``orig_cl_ord_id`` is what the client
    named; by then that need not be the last id that was accepted.
    """

    cl_ord_id: str
    terms: OrderTerms | None = None
    withdraws: bool = True
    accepted: bool = False
    refused: str | None = None
    orig_cl_ord_id: str | None = None

    @property
    def status(self) -> OrdStatus:
        """Return the OrdStatus(39) that shows while this is pending."""
        return OrdStatus.PENDING_CANCEL if self.terms is None else OrdStatus.PENDING_REPLACE


class Waiting(Struct, frozen=True, gc=False):
    """A client's cancel (``terms`` None) or replace that is taken on when it is its turn."""

    cl_ord_id: str
    orig_cl_ord_id: str
    terms: OrderTerms | None


class PassedOn(Struct, frozen=True, gc=False):
    """A client's request that went on to the venue of a direct order, unanswered.

    ``terms`` None: a cancel. ``told``: the venue has said that it is pending, and not since then
    how the order has ended.
    """

    cl_ord_id: str
    orig_cl_ord_id: str
    terms: OrderTerms | None
    told: bool = False


class Direct(Struct, gc=False, omit_defaults=True):
    """What a direct order has beside all others; see ``core.orders.direct``.

    ``passed_on`` are its unanswered requests by the ClOrdID(11) that the venue has, ``client_ids``
    the client's id for each id at the venue. ``standing`` is what the venue says beside the base
    status: Stopped, Suspended, Calculated, or Done For Day of an order that goes on tomorrow.
    """

    passed_on: dict[str, PassedOn] = field(default_factory=dict)
    client_ids: dict[str, str] = field(default_factory=dict)
    standing: OrdStatus | None = None

    @property
    def venue_ids(self) -> dict[str, str]:
        """The ids at the venue by the client's ids."""
        return {client: venue for venue, client in self.client_ids.items()}

    @property
    def pending(self) -> OrdStatus | None:
        """Pending Cancel or Pending Replace, if the venue has said so; a cancel ranks above."""
        told = [each.terms is None for each in self.passed_on.values() if each.told]
        if not told:
            return None
        return OrdStatus.PENDING_CANCEL if any(told) else OrdStatus.PENDING_REPLACE


class ChildRequest(Struct, frozen=True, gc=False):
    """Our cancel (``terms`` None) or replace of a child, unanswered."""

    cl_ord_id: str
    terms: OrderTerms | None


class Child(Struct, gc=False, omit_defaults=True):
    """An order of ours at a venue; ``cl_ord_id`` is the last one the venue accepted.

    ``called_back``: we asked to cancel it without the client's asking, because more was at the
    venues than the order had left. ``exec_ids`` are the ExecID(17) of all reports that were booked,
    ``fills`` those executions that count; None if there never were any. ``given_up`` is the last
    replace that was refused or that we no longer expected: the venue may make it all the same.
    ``forced``: an operator has closed it, and its venue has yet to say how it ended.
    """

    child_id: str
    order_id: str
    venue: str
    cl_ord_id: str
    terms: OrderTerms
    status: OrdStatus = OrdStatus.PENDING_NEW
    cum_qty: Decimal = ZERO
    venue_order_id: str | None = None
    request: ChildRequest | None = None
    called_back: bool = False
    exec_ids: Collection[str] = ()
    fills: dict[str, Execution] | None = None
    estimates: tuple[Estimate, ...] = ()
    given_up: ChildRequest | None = None
    forced: bool = False
    taken_back: TakenBack | None = None

    @property
    def undone_qty(self) -> Decimal:
        """What the venue's CumQty(14) may be above ours since operators have changed trades."""
        return ZERO if self.taken_back is None else max(self.taken_back.quantity, ZERO)

    def agrees(self, told: Decimal, cum_qty: Decimal) -> bool:
        """Whether a CumQty(14) of the venue is right where ours is ``cum_qty``."""
        taken_back = ZERO if self.taken_back is None else self.taken_back.quantity
        return told in (cum_qty, cum_qty + taken_back)

    @property
    def executions(self) -> Mapping[str, Execution]:
        """The executions that count, by the venue's ExecID(17)."""
        return _NO_EXECUTIONS if self.fills is None else self.fills

    def count_in(self, exec_id: str, execution: Execution) -> None:
        """Keep an execution."""
        if self.fills is None:
            self.fills = {}
        self.fills[exec_id] = execution

    def count_out(self, own_exec_id: str | None) -> Execution:
        """Return the execution that we reported under an ExecID(17), and keep it no more."""
        assert self.fills, "it was counted in"
        key = next(key for key, done in self.fills.items() if done.exec_id == own_exec_id)
        return self.fills.pop(key)

    def remember(self, *exec_ids: str) -> None:
        """Keep ExecID(17)s: a report that bears one again is a duplicate."""
        if isinstance(self.exec_ids, set):
            self.exec_ids.update(exec_ids)
        else:
            together = (*self.exec_ids, *exec_ids)
            self.exec_ids = together if len(together) <= _FEW else set(together)

    def replace_of(self, cl_ord_id: str) -> ChildRequest | None:
        """Return the replace that a Replaced with a ClOrdID(11) is the answer to, or None.

        It answers the pending one, whatever ClOrdID it bears, unless it names the one given up.
        """
        if self.given_up is not None and self.given_up.cl_ord_id == cl_ord_id:
            return self.given_up
        is_pending = self.request is not None and self.request.terms is not None
        return self.request if is_pending else None

    @property
    def is_open(self) -> bool:
        """Whether the venue may still fill it."""
        return self.status in OPEN

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is expected of the venue; one by phone it cannot be asked about."""
        return not self.cl_ord_id or not (self.is_unanswered or self.is_left_to_venue)

    @property
    def is_left_to_venue(self) -> bool:
        """Whether an operator has closed it, and its venue may still fill some of it."""
        return self.forced and self.cum_qty < self.terms.order_qty

    @property
    def is_unanswered(self) -> bool:
        """Whether the venue may still fill it, or has a request about it unanswered."""
        return self.is_open or self.request is not None

    @property
    def open_qty(self) -> Decimal:
        """What the venue may still fill; the larger quantity while a replace is pending."""
        if not self.is_open:
            return ZERO
        total = self.terms.order_qty
        if self.request is not None and self.request.terms is not None:
            total = max(total, self.request.terms.order_qty)
        return max(total - self.cum_qty, ZERO)


class Order(Struct, gc=False, omit_defaults=True):
    """A client's order. ``value`` is the sum of quantity times price over its live executions.

    ``cl_ord_id`` is the last one that was accepted, ``orig_cl_ord_id`` the one accepted before it,
    ``first_cl_ord_id`` that of the order itself.

    ``earlier_qty`` and ``earlier_value`` are what of ``cum_qty`` and ``value`` is of earlier days;
    it is kept for orders of several days. ``is_due``: its market has closed, and it is to end with
    the day. ``is_carried``: it has gone into another one, and its client is yet to hear so.

    ``waiting`` are the requests that came while ``request`` was pending, the first that came first;
    after a cancel none is let in. ``direct`` is there for direct orders only. ``withdrawn``: it is
    being taken back, see ``core.orders.withdrawal``. ``suspended``: see ``core.orders.halts``.
    ``id_before_cancel``: the last id that was accepted before the cancel that ended it; executions
    after it bear that one (matrix J.1.b). ``entered``: by an operator, as the client had phoned.
    ``stop`` is there for stop orders that the router holds or held, see ``core.orders.stops``.
    ``is_kept``: its time is over, and a venue has refused to let go of it.
    """

    order_id: str
    session: str
    first_cl_ord_id: str
    cl_ord_id: str
    terms: OrderTerms
    status: OrdStatus = OrdStatus.PENDING_NEW
    cum_qty: Decimal = ZERO
    value: Decimal = ZERO
    request: Request | None = None
    children: list[Child] = field(default_factory=list)
    ids_given: int = 0
    orig_cl_ord_id: str | None = None
    direct: Direct | None = None
    withdrawn: OrderWithdrawn | None = None
    waiting: tuple[Waiting, ...] = ()
    earlier_qty: Decimal = ZERO
    earlier_value: Decimal = ZERO
    is_due: bool = False
    is_carried: bool = False
    suspended: bool = False
    id_before_cancel: str | None = None
    stop: HeldStop | None = None
    entered: bool = False
    is_kept: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may still be filled."""
        return self.status in OPEN

    @property
    def rests(self) -> bool:
        """Whether what of it is at no venue waits here to be placed."""
        return (self.suspended or self.awaits_price) and self.withdrawn is None

    @property
    def awaits_price(self) -> bool:
        """Whether the router holds it as a stop order; a replace may have made another of it."""
        return self.stop is HeldStop.HELD and self.terms.ord_type in TRIGGERED_AS

    def at_venue(self, terms: OrderTerms) -> OrderTerms:
        """Return terms of the order as venues get them: triggered, it is a stop order no more."""
        return as_triggered(terms) if self.stop is HeldStop.TRIGGERED else terms

    @property
    def is_over(self) -> bool:
        """Whether nothing is expected of it any more, by the client or from a venue."""
        is_left = any(child.is_left_to_venue for child in self.children)
        return not (self.is_unanswered or is_left)

    @property
    def is_unanswered(self) -> bool:
        """Whether it is open, or the client or a child of it waits for an answer."""
        asked = self.is_open or self.request is not None or bool(self.passed_on)
        return asked or any(child.is_unanswered for child in self.children)

    @property
    def ord_status(self) -> OrdStatus:
        """OrdStatus(39): a pending request covers the base status (see ``state_machine``)."""
        if self.waiting and self.cancel_waits:
            return OrdStatus.PENDING_CANCEL
        if self.request is not None:
            return self.request.status
        if self.direct is not None:
            return self.direct.pending or self.direct.standing or self.status
        return OrdStatus.SUSPENDED if self.suspended and self.is_open else self.status

    @property
    def cancel_waits(self) -> bool:
        """Whether a cancel waits; the client has been told that it is pending (matrix D.2.b)."""
        return bool(self.waiting) and self.waiting[-1].terms is None

    def in_units(self, cum_qty: Decimal) -> "Order":
        """Return the order with what is filled in the units of a corporate action."""
        earlier = self.earlier_qty * cum_qty / self.cum_qty
        return structs.replace(self, cum_qty=cum_qty, earlier_qty=earlier)

    def without_request(self, cl_ord_id: str) -> "Order":
        """Return the order as it is once its pending or waiting request is refused."""
        left = tuple(each for each in self.waiting if each.cl_ord_id != cl_ord_id)
        return structs.replace(self, request=None, waiting=left)

    @property
    def passed_on(self) -> Mapping[str, PassedOn]:
        """The requests of a direct order that its venue has not answered."""
        return {} if self.direct is None else self.direct.passed_on

    @property
    def newest_cl_ord_id(self) -> str:
        """The last id of the chain that was not refused: what the next request follows."""
        asked = [each.cl_ord_id for each in self.passed_on.values()]
        asked += [each.cl_ord_id for each in self.waiting]
        if asked:
            return asked[-1]
        return self.cl_ord_id if self.request is None else self.request.cl_ord_id

    @property
    def leaves_qty(self) -> Decimal:
        """LeavesQty(151): 0 once the order has ended."""
        return max(self.terms.order_qty - self.cum_qty, ZERO) if self.is_open else ZERO

    @property
    def avg_px(self) -> Decimal:
        """AvgPx(6) over the chain of replaces, to 8 decimals; 0 while nothing is filled."""
        return average(self.value, self.cum_qty)

    @property
    def day_order_qty(self) -> Decimal:
        """DayOrderQty(424): OrderQty(38) without what was filled on earlier days."""
        return self.terms.order_qty - self.earlier_qty

    @property
    def day_cum_qty(self) -> Decimal:
        """DayCumQty(425): what was filled today."""
        return self.cum_qty - self.earlier_qty

    @property
    def day_avg_px(self) -> Decimal:
        """DayAvgPx(426): of what was filled today."""
        return average(self.value - self.earlier_value, self.day_cum_qty)

    @property
    def open_children(self) -> list[Child]:
        """The children that may still be filled."""
        return [child for child in self.children if child.is_open]

    @property
    def awaits_venue(self) -> bool:
        """Whether a venue has yet to answer a request about one of the children."""
        return any(child.request is not None for child in self.children)

    @property
    def placed_qty(self) -> Decimal:
        """What the venues may still fill of it; never placed above ``leaves_qty``."""
        return sum((child.open_qty for child in self.children), ZERO)


_NO_EXECUTIONS: Mapping[str, Execution] = MappingProxyType({})


def as_triggered(terms: OrderTerms) -> OrderTerms:
    """Return what the terms of a stop order are once it is triggered."""
    ord_type = TRIGGERED_AS.get(terms.ord_type)
    if ord_type is None:
        return terms
    return structs.replace(terms, ord_type=ord_type, stop_px=None)


class State:
    """All that the core decides from."""

    def __init__(self) -> None:
        self.id_prefix = ""
        self.orders_count = 0
        self.executions_count = 0
        self.orders: dict[str, Order] = {}
        self.orders_by_cl_ord_id: dict[tuple[str, str], Order] = {}
        self.first_users_of_cl_ord_id: dict[str, Order] = {}
        self.children: dict[str, Child] = {}  # by every ClOrdID(11) that they ever had
        self.phoned: dict[tuple[str, str], Child] = {}
        self.ended_before: set[str] = set()  # over when the last trading day ended, OrderIDs
        self.positions: dict[tuple[str, str], Position] = {}
        self.sessions_logged_on: set[str] = set()
        self.clients_awaited: dict[str, ClientAwaited] = {}  # lest their orders be canceled
        self.halts: dict[str, InstrumentHalted] = {}  # in force, by symbol
        self.last_prices: dict[str, Decimal] = {}  # of this trading day, by symbol
        self.held_stops: dict[str, dict[str, Order]] = {}  # open ones, by symbol and OrderID
        self.loss_sessions: set[str] = set()  # that ever asked for it by ExecInst(18) o
        self.sessions_disabled: set[str] = set()
        self.templates_by_session: dict[str, str] = {}  # names, of both
        self.not_accepting: str | None = None  # why nothing new is taken; None: it is
        self.unsettled_children: dict[str, Child] = {}
        self.reconciliations: dict[str, Reconciliation] = {}  # under way, by venue
        self.last_reconciliations: dict[str, Reconciliation] = {}
        self.mass_requests_count = 0
        self.rules = Rules(version="")
        self.checks: list[tuple[Check, Applies]] = []
        self.routes: list[tuple[Route, Applies]] = []
        self.reference_version = ""
        self.instruments: dict[str, Instrument] = {}
        self.accounts: dict[str, Account] = {}
        self.markets: dict[str, Market] = {}
        self.closed_on: dict[str, str] = {}  # the last trading day that is over, by market
        self.expiries: dict[str, int] = {}  # ExpireTime(126) of open orders that we end, by OrderID

    def keep_stop(self, order: Order) -> None:
        """Keep a stop order where the prices of its instrument find it, as long as it is held."""
        of_symbol = self.held_stops.setdefault(order.terms.symbol, {})
        if order.stop is HeldStop.HELD and order.is_open:
            of_symbol[order.order_id] = order
        else:
            of_symbol.pop(order.order_id, None)
        if not of_symbol:
            del self.held_stops[order.terms.symbol]

    def next_order_id(self) -> str:
        """Return the OrderID(37) of the next order; unique over the store's life."""
        return f"{self.id_prefix}-{self.orders_count + 1}"

    def next_exec_id(self) -> str:
        """Return the ExecID(17) of the next report."""
        return f"{self.id_prefix}-E{self.executions_count + 1}"

    def child_at(self, venue: str, cl_ord_id: str) -> Child | None:
        """Return the child at a venue that ever had a ClOrdID(11); they are ours, and unique."""
        child = self.children.get(cl_ord_id)
        return child if child is not None and child.venue == venue else None

    def keep_unsettled(self, child: Child) -> None:
        """Keep a child of which something is expected where it is soon found, and no other."""
        if child.is_settled:
            self.unsettled_children.pop(child.child_id, None)
        else:
            self.unsettled_children[child.child_id] = child

    def unsettled_at(self, venue: str) -> list[str]:
        """Return the children of which something is expected of a venue, the oldest first."""
        found = [key for key, child in self.unsettled_children.items() if child.venue == venue]
        # The order of the dictionary is not that of a state from a snapshot.
        return sorted(found, key=lambda child_id: (len(child_id), child_id))

    def next_mass_request_id(self) -> str:
        """Return the MassStatusReqID(584) of the next OrderMassStatusRequest(AF)."""
        return f"{self.id_prefix}-S{self.mass_requests_count + 1}"

    def market_of(self, terms: OrderTerms) -> Market | None:
        """Return the market whose calendar an order goes by, or None."""
        instrument = self.instruments.get(terms.symbol)
        return None if instrument is None else self.markets.get(instrument.market)

    def agreed_fields(self, session: str, others: tuple[OtherField, ...]) -> tuple[OtherField, ...]:
        """Return what of other fields goes on to the venues or, if they said it, back."""
        agreed = self.rules.passed_through(session)
        return tuple(one for one in others if one.tag in agreed or not needs_agreement(one.tag))

    def subject(self, session: str, cl_ord_id: str, terms: OrderTerms) -> ConditionSubject:
        """Return what checks and the conditions of checks and routes look at."""
        instrument = self.instruments.get(terms.symbol)
        return ConditionSubject(
            terms=terms,
            client=session,
            asset_class=None if instrument is None else instrument.asset_class,
            notional=None if instrument is None else _notional(instrument, terms),
            cl_ord_id=cl_ord_id,
        )


def _notional(instrument: Instrument, terms: OrderTerms) -> Decimal:
    """Return what an order amounts to at most, in base currency.

    A price counts only where the order type is bound by it. A sale may be done far above its limit:
    it is valued at the reference price at least.
    """
    price = terms.price if terms.ord_type in PRICED else None
    if price is not None and terms.side.sign < 0:
        price = max(price, instrument.price)
    return instrument.notional(terms.order_qty, price)
