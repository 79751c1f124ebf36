"""A client's order, its children at the venues, and what is asked of both.

Only ``core.apply`` changes them. What there is of each is kept small, because there are many: equal
values are the same object (see ``sharing``), and what most children have nothing of takes no room.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct, field, structs

from oms_fix.core.orders.executions import Estimate, Execution, TakenBack, average
from oms_fix.core.orders.state_machine import OPEN
from oms_fix.model.enums import HeldStop, OrdStatus, OrdType
from oms_fix.model.events import OrderWithdrawn
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reviews import ReviewOpened
from oms_fix.model.routing import Onward

ZERO = Decimal(0)
PRICED = frozenset({OrdType.LIMIT, OrdType.STOP_LIMIT})
"""Order types that Price(44) binds."""
TRIGGERED_AS = {OrdType.STOP: OrdType.MARKET, OrdType.STOP_LIMIT: OrdType.LIMIT}
"""What a stop order is once it is triggered."""
STATUS_EXEC_ID = "0"
"""ExecID(17) of a status report, which is no execution (FIX 4.4 Volume 6, field 17)."""

_FEW = 4
"""ExecIDs are searched one by one up to here; most children have one to three."""
_PENDING_NEW = OrdStatus.PENDING_NEW


class Approval(Struct, frozen=True, gc=False):
    """Who has approved what is held for review, why and when."""

    operator: str
    reason: str
    at: int


class Review(Struct, gc=False, omit_defaults=True):
    """What is held for review, and who has approved it so far; see ``core.orders.reviews``."""

    opened: ReviewOpened
    approvals: tuple[Approval, ...] = ()

    @property
    def approvers(self) -> set[str]:
        """The operators who have approved."""
        return {each.operator for each in self.approvals}


class Request(Struct, gc=False, omit_defaults=True):
    """A client's cancel (``terms`` None) or replace that the venues have yet to answer.

    ``withdraws``: the children are canceled and the rest is routed anew, because there is more than
    one of them or nothing would be left. ``accepted``: the venue replaced the child in place.
    ``refused`` is the text of the first venue that refused. ``orig_cl_ord_id`` is what the client
    named; by then that need not be the last id that was accepted. ``review`` is there while it is
    held: no venue has been asked.
    """

    cl_ord_id: str
    terms: OrderTerms | None = None
    withdraws: bool = True
    accepted: bool = False
    refused: str | None = None
    orig_cl_ord_id: str | None = None
    review: Review | None = None

    @property
    def held(self) -> bool:
        """Whether it is a replace that is held for review."""
        return self.review is not None

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
    ``apart``: its route gave it terms that are not its order's, a limit of its own or Immediate Or
    Cancel. ``unasked``: it was to stand, and its venue has ended it without our asking.
    ``owed_qty``: what its venue, as it ended it, had filled beyond what we know of.
    ``is_overdue``: it was called back since it had no fill in time; its order goes elsewhere.
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
    apart: bool = False
    unasked: bool = False
    owed_qty: Decimal = ZERO
    is_overdue: bool = False

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
        if self.status not in OPEN:
            return ZERO
        total = self.terms.order_qty
        if self.request is not None and self.request.terms is not None:
            total = max(total, self.request.terms.order_qty)
        left = total - self.cum_qty
        if left < ZERO:  # max() takes several times as long
            return ZERO
        return left


class Order(Struct, gc=False, omit_defaults=True):
    """A client's order. ``value`` is the sum of quantity times price over its live executions.

    ``cl_ord_id`` is the last one that was accepted, ``orig_cl_ord_id`` the one accepted before it,
    ``first_cl_ord_id`` that of the order itself.

    ``earlier_qty`` and ``earlier_value`` are what of ``cum_qty`` and ``value`` is of earlier days.
    ``is_due``: its market has closed, and it is to end with the day. ``is_carried``: it has gone
    into another one, and its client is yet to hear so.

    ``waiting`` are the requests that came while ``request`` was pending, the first that came first;
    after a cancel none is let in. ``direct`` is there for direct orders only. ``withdrawn``: it is
    being taken back, see ``core.orders.withdrawal``. ``suspended``: see ``core.orders.halts``.
    ``id_before_cancel``: the last id that was accepted before the cancel that ended it; executions
    after it bear that one (matrix J.1.b). ``entered``: by an operator, as the client had phoned.
    ``stop`` is there for stop orders that the router holds or held, see ``core.orders.stops``.
    ``is_kept``: its time is over, and a venue has refused to let go of it. ``review`` is there
    while the order itself is held, ``entered_by`` says which operator. ``onward``: by which route
    what is left goes on once nothing of it is placed; None: the rules decide. ``route_id`` is the
    route that placed it last, if that has a say in how it goes on; ``desk``: who places the rest.
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
    review: Review | None = None
    entered_by: str = ""
    onward: Onward | None = None
    route_id: str = ""
    desk: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it may still be filled."""
        return self.status in OPEN

    @property
    def is_unplaced(self) -> bool:
        """Whether no venue ever had any of it, and its client has not been told New."""
        return not self.children and self.status is _PENDING_NEW

    @property
    def rests(self) -> bool:
        """Whether what of it is at no venue waits here to be placed."""
        waits = self.suspended or self.awaits_price or self.review is not None or self.desk != ""
        return waits and self.withdrawn is None

    @property
    def under_review(self) -> Review | None:
        """What operators are to decide on: a replace that is held, else the order if it is."""
        if self.request is not None and self.request.review is not None:
            return self.request.review
        return self.review

    @property
    def awaits_answer(self) -> bool:
        """Whether a request of the client's is with the venues; one that is held is not."""
        return self.request is not None and not self.request.held

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
        if not self.suspended:
            return self.status
        return OrdStatus.SUSPENDED if self.is_open else self.status

    @property
    def cancel_waits(self) -> bool:
        """Whether a cancel waits; the client has been told that it is pending (matrix D.2.b)."""
        return bool(self.waiting) and self.waiting[-1].terms is None

    def in_units(self, cum_qty: Decimal) -> "Order":
        """Return the order with what is filled in the units of a corporate action."""
        earlier = self.earlier_qty * cum_qty / self.cum_qty
        return structs.replace(self, cum_qty=cum_qty, earlier_qty=earlier)

    def expires_by(self, expiries: Mapping[str, int], now: int) -> bool:
        """Whether its ExpireTime(126), if it has one, is past."""
        return expiries.get(self.order_id, now + 1) <= now

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
        if self.status not in OPEN:
            return ZERO
        left = self.terms.order_qty - self.cum_qty
        if left < ZERO:
            return ZERO
        return left

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
        return [child for child in self.children if child.status in OPEN]

    @property
    def awaits_venue(self) -> bool:
        """Whether a venue has yet to answer a request about one of the children."""
        return any(child.request is not None for child in self.children)

    @property
    def placed_qty(self) -> Decimal:
        """What the venues may still fill of it; never placed above ``leaves_qty``."""
        return sum([child.open_qty for child in self.children], ZERO) if self.children else ZERO

    @property
    def owed_qty(self) -> Decimal:
        """What venues have filled of it by their own account, and have not reported."""
        return sum((child.owed_qty for child in self.children), ZERO)

    @property
    def free_qty(self) -> Decimal:
        """What of it certainly nobody fills: all that may be placed."""
        return max(self.leaves_qty - self.placed_qty - self.owed_qty, ZERO)


_NO_EXECUTIONS: Mapping[str, Execution] = MappingProxyType({})


def as_triggered(terms: OrderTerms) -> OrderTerms:
    """Return what the terms of a stop order are once it is triggered."""
    ord_type = TRIGGERED_AS.get(terms.ord_type)
    if ord_type is None:
        return terms
    return structs.replace(terms, ord_type=ord_type, stop_px=None)
