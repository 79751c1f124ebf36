"""What the core decided: the only thing that changes its state, and all that recovery needs.

Each event that a counterparty must hear of becomes exactly one FIX message; ``order_id`` is always
the client order's, so that its events read as its biography.
"""

from decimal import Decimal

from msgspec import Struct

from oms_fix.model.circumstances import Circumstance
from oms_fix.model.enums import (
    ExecType,
    OrderReconciliation,
    OrdStatus,
    SessionOperation,
    Side,
)
from oms_fix.model.market_data import MarketSeen
from oms_fix.model.operations import ChildForced, OrderOperated
from oms_fix.model.orders import CancelReject, ExecutionReport, OrderTerms
from oms_fix.model.reviews import ReviewEvent
from oms_fix.model.routing import OrderRouted
from oms_fix.model.rules import ReferenceData, Rules
from oms_fix.model.venue_health import Answer, HealthEvent


class StoreFounded(Struct, frozen=True, tag=True):
    """The first event of a store: what all identifiers given out from it begin with.

    Counters begin anew in a new store; with the prefix, its identifiers stay unique at the venues.
    """

    id_prefix: str


class OrderCaptured(Struct, frozen=True, tag=True):
    """A client's order has its OrderID(37) and a place in the book; nothing is decided yet."""

    order_id: str
    session: str
    cl_ord_id: str
    terms: OrderTerms


PASS = "pass"  # noqa: S105  # an outcome, no password


class CheckResult(Struct, frozen=True, omit_defaults=True):
    """One check's outcome: ``pass``, ``warn``, ``hold`` or ``reject``, with what was compared.

    Of a check with a limit: what was ``used`` of it before, what is ``after`` this order, and the
    ``limit``.
    """

    check_id: str
    outcome: str
    code: str = ""
    detail: str = ""
    used: Decimal | None = None
    after: Decimal | None = None
    limit: Decimal | None = None


class ChecksEvaluated(Struct, frozen=True, tag=True, omit_defaults=True):
    """All checks that apply to this order or replace, in the order of checks.yaml.

    ``at`` is when the client's message was taken up (nanoseconds since 1970 UTC); None where one
    that was held is looked at again.
    """

    order_id: str
    cl_ord_id: str
    rules_version: str
    results: tuple[CheckResult, ...]
    at: int | None = None


class ChildPlaced(Struct, frozen=True, tag=True, omit_defaults=True):
    """A child order goes out to a venue: NewOrderSingle(D) with ClOrdID(11) = ``cl_ord_id``.

    ``at``: when, where the health of the venue is kept. ``answer_by`` and ``fill_by``: by when the
    first word on it and the first fill are to come, if it is watched (nanoseconds since 1970 UTC).
    """

    order_id: str
    child_id: str
    cl_ord_id: str
    venue: str
    terms: OrderTerms
    at: int | None = None
    answer_by: int | None = None
    fill_by: int | None = None


class OrderPhoned(Struct, frozen=True, tag=True):
    """A venue reports an order that a client gave it by phone: it is booked as a direct one."""

    order_id: str
    child_id: str
    session: str
    venue: str
    venue_order_id: str
    terms: OrderTerms


class ChildCancelRequested(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderCancelRequest(F) goes out for a child."""

    order_id: str
    child_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    venue: str
    terms: OrderTerms
    venue_order_id: str | None = None


class ChildReplaceRequested(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderCancelReplaceRequest(G) goes out for a child: ``terms`` are the new ones."""

    order_id: str
    child_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    venue: str
    terms: OrderTerms
    venue_order_id: str | None = None


class ChildReported(Struct, frozen=True, tag=True, omit_defaults=True):
    """A venue's report is booked on the child; quantities and status are the child's after it.

    ``race`` says why a report that looks wrong was right (see ``core.orders.state_machine``),
    ``discrepancy`` where the venue's CumQty(14) is not what its executions add up to, or fills what
    an operator had closed. ``order_qty``
    is there where the venue has replaced the child, or restated it to less. ``estimated``: a fill
    that only the venue's order status tells of; the reports of its executions may still come.
    ``operated`` is the venue's ExecID(17) of what an operator has busted or corrected;
    ``undone_there``: by its CumQty(14) the venue has now undone such changes too. ``owed_qty``:
    what a venue that ends the child has filled, by its CumQty(14), beyond what it has reported.
    ``answer`` and ``latency_us`` are there with the first word on a child, where the venue's health
    is kept.
    """

    order_id: str
    child_id: str
    venue: str
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    cl_ord_id: str
    cum_qty: Decimal
    leaves_qty: Decimal
    order_qty: Decimal | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    last_mkt: str | None = None
    venue_order_id: str | None = None
    text: str | None = None
    race: str | None = None
    discrepancy: str | None = None
    estimated: bool = False
    operated: str | None = None
    undone_there: bool = False
    owed_qty: Decimal | None = None
    answer: Answer | None = None
    latency_us: int | None = None


class ChildRequestRefused(Struct, frozen=True, tag=True, omit_defaults=True):
    """The venue refused a cancel or replace of a child; the child works on as it was."""

    order_id: str
    child_id: str
    venue: str
    cl_ord_id: str
    text: str | None = None


class RequestAccepted(Struct, frozen=True, tag=True, omit_defaults=True):
    """A client's cancel (``terms`` None) or replace is taken on and pending at the venues.

    ``orig_cl_ord_id`` is what it named. ``withdraws``: the children are canceled, and what is left
    is routed anew.
    """

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    withdraws: bool
    terms: OrderTerms | None = None


class RequestQueued(Struct, frozen=True, tag=True, omit_defaults=True):
    """A client's cancel (``terms`` None) or replace waits until the one before it is answered."""

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    terms: OrderTerms | None = None


class RequestPassedOn(Struct, frozen=True, tag=True, omit_defaults=True):
    """A client's cancel (``terms`` None) or replace goes on to the venue, which is to decide.

    ``venue_cl_ord_id`` is the ClOrdID(11) under which the venue gets it.
    """

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    venue_cl_ord_id: str
    terms: OrderTerms | None = None


class OrderWithdrawn(Struct, frozen=True, tag=True, omit_defaults=True):
    """An order is taken back from the venues without a cancel of its own: ``text`` says why.

    ``cl_ord_id`` is that of the client's request that wanted it, if there was one. ``ends_as`` is
    what the client is told once no venue works it.
    """

    order_id: str
    text: str
    cl_ord_id: str = ""
    exec_restatement_reason: int | None = None
    ends_as: ExecType = ExecType.CANCELED


class MassCancelReported(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderMassCancelReport(r) goes to a client; of each order it hears by itself.

    ``response`` is MassCancelResponse(531), ``reject_reason`` MassCancelRejectReason(532). With
    ``action`` it is OrderMassActionReport(BZ), to an OrderMassActionRequest(CA).
    """

    session: str
    report_id: str
    cl_ord_id: str
    request_type: str
    response: str
    affected: int = 0
    reject_reason: int | None = None
    text: str | None = None
    action: str | None = None


class TradeDoubted(Struct, frozen=True, tag=True, omit_defaults=True):
    """A client does not know a trade: DontKnowTrade(Q) goes on to the venue that reported it.

    Without ``venue`` the client named no report of ours; nothing changes either way: a trade is
    undone by the venue's bust only (FIX 4.4 Volume 4, DontKnowTrade).
    """

    session: str
    order_id: str
    exec_id: str
    dk_reason: str
    venue: str = ""
    venue_exec_id: str = ""
    venue_order_id: str = ""
    terms: OrderTerms | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    text: str | None = None


class OrderReported(Struct, frozen=True, tag=True, omit_defaults=True):
    """The client hears of its order: ExecutionReport(8); the order is as the report says.

    A trade, a correction or a bust passes on what ``child_id``'s venue reported as
    ``venue_exec_id``.
    """

    order_id: str
    session: str
    report: ExecutionReport
    child_id: str | None = None
    venue_exec_id: str | None = None


class OrderAnswered(Struct, frozen=True, tag=True):
    """The client is told of an order that stays as it is: ExecutionReport(8).

    The answer to a status request, or the refusal of an order whose ClOrdID(11) was used before.
    ``order_id`` is empty where a status is asked of an order that is not there.
    """

    order_id: str
    session: str
    report: ExecutionReport


class RequestRejected(Struct, frozen=True, tag=True, omit_defaults=True):
    """A client's cancel or replace is refused: OrderCancelReject(9).

    ``order_id`` is empty where there is no such order. ``ends_request``: it is the pending request
    that is refused, and nothing is pending any more; else a request that was never taken on, though
    it may bear the ClOrdID(11) of the pending one.
    """

    order_id: str
    session: str
    reject: CancelReject
    ends_request: bool = False


class VenueMessageIgnored(Struct, frozen=True, tag=True, omit_defaults=True):
    """A venue's message changed nothing: a duplicate, or about nothing of ours. Says why."""

    venue: str
    reason: str
    cl_ord_id: str | None = None
    exec_id: str | None = None
    order_id: str = ""


class ExecutionUnknown(Struct, frozen=True, tag=True, omit_defaults=True):
    """A venue reports a trade on an order that is not ours: DontKnowTrade(Q) goes back."""

    venue: str
    exec_id: str
    cl_ord_id: str
    venue_order_id: str
    symbol: str | None = None
    side: Side | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None


class SessionChanged(Struct, frozen=True, tag=True, omit_defaults=True):
    """A session came or went."""

    session: str
    logged_on: bool
    reason: str = ""


class VenueReconciliationStarted(Struct, frozen=True, tag=True):
    """A venue is logged on; until it has said where ``children`` stand, it gets no orders."""

    venue: str
    reconciliation: OrderReconciliation
    children: int


class OrderMassStatusRequested(Struct, frozen=True, tag=True):
    """OrderMassStatusRequest(AF) goes out: where do all our orders stand?"""

    venue: str
    request_id: str


class ChildStatusRequested(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderStatusRequest(H) goes out: where does this child stand?"""

    order_id: str
    child_id: str
    cl_ord_id: str
    venue: str
    terms: OrderTerms
    venue_order_id: str | None = None


class OrderStatusCompared(Struct, frozen=True, tag=True, omit_defaults=True):
    """A venue's word on where an order stands, compared with ours.

    ``difference`` says how they differ, if they do. ``ord_status`` is None where the venue does not
    tell. ``order_id`` and ``child_id`` are empty where the order is not ours. ``request_id`` names
    the mass request that is answered, and ``completes_list`` that this was its last answer. Without
    ``settles`` the child is asked about again; ``is_late``: it was said on an earlier connection,
    and answers no question of this one. What is booked because of it follows as events of its own.
    """

    venue: str
    cl_ord_id: str = ""
    ord_status: OrdStatus | None = None
    cum_qty: Decimal | None = None
    order_id: str = ""
    child_id: str = ""
    difference: str | None = None
    request_id: str | None = None
    completes_list: bool = False
    settles: bool = True
    is_late: bool = False


class VenueReconciliationOverdue(Struct, frozen=True, tag=True):
    """The venue is silent about ``unanswered`` children: it gets no orders, and is asked again."""

    venue: str
    unanswered: int
    attempt: int


class VenueReconciled(Struct, frozen=True, tag=True):
    """The venue has said where all children stand: it gets orders again."""

    venue: str
    children: int
    differences: int


class SessionOperated(Struct, frozen=True, tag=True, omit_defaults=True):
    """An operator has changed a session; a disabled one stays so until it is enabled.

    ``template`` names the template that an added session is of, if it is of one.
    """

    session: str
    operation: SessionOperation
    operator: str
    details: str = ""
    template: str = ""


class RulesLoaded(Struct, frozen=True, tag=True):
    """These checks and routes are in force from here on."""

    rules: Rules
    operator: str


class ReferenceDataLoaded(Struct, frozen=True, tag=True):
    """These instruments and accounts are in force from here on."""

    reference: ReferenceData
    operator: str


class TradingDayEnded(Struct, frozen=True, tag=True):
    """The last event of a trading day: what ended on an earlier day is forgotten.

    Orders that ended on this day are kept for one more, so that late busts and corrections still
    find them; after that their ClOrdID(11)s are free again.
    """

    day: str


Event = (
    StoreFounded
    | OrderCaptured
    | ChecksEvaluated
    | OrderRouted
    | ChildPlaced
    | OrderPhoned
    | ChildCancelRequested
    | ChildReplaceRequested
    | ChildReported
    | ChildRequestRefused
    | RequestAccepted
    | RequestQueued
    | RequestPassedOn
    | OrderWithdrawn
    | MassCancelReported
    | TradeDoubted
    | OrderReported
    | OrderAnswered
    | RequestRejected
    | VenueMessageIgnored
    | ExecutionUnknown
    | SessionChanged
    | VenueReconciliationStarted
    | OrderMassStatusRequested
    | ChildStatusRequested
    | OrderStatusCompared
    | VenueReconciliationOverdue
    | VenueReconciled
    | SessionOperated
    | OrderOperated
    | ChildForced
    | RulesLoaded
    | ReferenceDataLoaded
    | TradingDayEnded
    | MarketSeen
    | Circumstance
    | ReviewEvent
    | HealthEvent
)
