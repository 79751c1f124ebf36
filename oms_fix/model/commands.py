"""What can happen to the core: every input is one of these, journaled before it has effect.

``session`` is the name of the FIX session (``SessionName`` in the .cfg files) it came in on.
Identifiers are those of the sender.
"""

from decimal import Decimal

from msgspec import Struct

from oms_fix.model.enums import (
    ExecType,
    OrderOperation,
    OrderReconciliation,
    OrdStatus,
    SessionOperation,
    Side,
    TradingScope,
    TradingState,
)
from oms_fix.model.market_data import SeeMarket
from oms_fix.model.orders import OrderTerms, OtherField
from oms_fix.model.reviews import ReviewCommand
from oms_fix.model.rules import ReferenceData, Rules
from oms_fix.model.venue_health import HealthCommand


class NewOrderSingle(Struct, frozen=True, tag=True, omit_defaults=True):
    """NewOrderSingle(D) from a client."""

    session: str
    cl_ord_id: str
    terms: OrderTerms
    poss_resend: bool = False


class NewOrderSingleRefused(Struct, frozen=True, tag=True):
    """A NewOrderSingle(D) that could not be read, under the ClOrdID(11) of an order we have."""

    session: str
    cl_ord_id: str


class OrderCancelReplaceRequest(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderCancelReplaceRequest(G) from a client: ``terms`` restate the whole order.

    ``order_id`` is there where the order is named by our OrderID(37) alone (FIX 5.0SP2);
    ``orig_cl_ord_id`` is empty then.
    """

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    terms: OrderTerms
    poss_resend: bool = False
    order_id: str | None = None


class OrderCancelRequest(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderCancelRequest(F) from a client; ``order_id`` as in OrderCancelReplaceRequest."""

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    poss_resend: bool = False
    order_id: str | None = None


class OrderStatusRequest(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderStatusRequest(H) from a client; ``terms`` echo what the request said of the order.

    ``order_id`` is there where the order is named by our OrderID(37) alone (FIX 5.0SP2);
    ``cl_ord_id`` is empty then.
    """

    session: str
    cl_ord_id: str
    terms: OrderTerms
    order_id: str | None = None


class OrderMassCancelRequest(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderMassCancelRequest(q) from a client: ``request_type`` is MassCancelRequestType(530).

    Or OrderMassActionRequest(CA): ``action`` is MassActionType(1373), ``request_type``
    MassActionScope(1374), which has the same codes.
    """

    session: str
    cl_ord_id: str
    request_type: str
    symbol: str | None = None
    security_type: str | None = None
    side: Side | None = None
    action: str | None = None


class OrderMassStatusRequest(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderMassStatusRequest(AF) from a client: ``request_type`` is MassStatusReqType(585)."""

    session: str
    mass_status_req_id: str
    request_type: str
    symbol: str | None = None
    account: str | None = None
    side: Side | None = None


class DontKnowTrade(Struct, frozen=True, tag=True, omit_defaults=True):
    """DontKnowTrade(Q) from a client about a report of ours; ``dk_reason`` is DKReason(127)."""

    session: str
    order_id: str
    exec_id: str
    dk_reason: str
    text: str | None = None


class VenueExecutionReport(Struct, frozen=True, tag=True, omit_defaults=True):
    """ExecutionReport(8) from a venue, in the terms of FIX 4.4 whatever the venue speaks.

    ``cl_ord_id`` is ours (the child's, or of a request about it), ``venue_order_id`` the venue's
    OrderID(37). ``cum_qty`` and ``leaves_qty`` are what the venue says they are. ``ord_status`` is
    None where the venue's is none that we know: a fill does not depend on it. ``other_fields`` are
    user-defined and routing fields and Parties, which may go on to the client.
    """

    session: str
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus | None
    cl_ord_id: str
    symbol: str | None = None
    side: Side | None = None
    orig_cl_ord_id: str | None = None
    venue_order_id: str | None = None
    exec_ref_id: str | None = None
    order_qty: Decimal | None = None
    price: Decimal | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    cum_qty: Decimal | None = None
    leaves_qty: Decimal | None = None
    last_mkt: str | None = None
    ord_rej_reason: int | None = None
    exec_restatement_reason: int | None = None
    day_order_qty: Decimal | None = None
    day_cum_qty: Decimal | None = None
    day_avg_px: Decimal | None = None
    text: str | None = None
    other_fields: tuple[OtherField, ...] = ()


class VenueOrderStatus(Struct, frozen=True, tag=True, omit_defaults=True):
    """ExecutionReport(8) from a venue that only tells where an order stands: no execution.

    With ``ord_status`` Rejected the venue does not know the order, or has rejected it.
    ``mass_status_req_id`` is there on the answers to an OrderMassStatusRequest(AF), of which there
    are ``tot_num_reports``. ``poss_dup``: it is sent again, and was said on an earlier connection.
    """

    session: str
    ord_status: OrdStatus | None
    cl_ord_id: str
    orig_cl_ord_id: str | None = None
    venue_order_id: str | None = None
    symbol: str | None = None
    cum_qty: Decimal | None = None
    avg_px: Decimal | None = None
    mass_status_req_id: str | None = None
    tot_num_reports: int | None = None
    last_rpt_requested: bool = False
    text: str | None = None
    leaves_qty: Decimal | None = None
    poss_dup: bool = False


class VenueOrderCancelReject(Struct, frozen=True, tag=True, omit_defaults=True):
    """OrderCancelReject(9) from a venue."""

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str | None = None
    ord_status: OrdStatus | None = None
    cxl_rej_reason: int | None = None
    text: str | None = None


class VenueMessageReject(Struct, frozen=True, tag=True, omit_defaults=True):
    """Reject(3) or BusinessMessageReject(j) from a venue, of our message ``ref_seq_num``.

    ``cl_ord_id`` is the ClOrdID(11) of the message of ours that was refused; the gateway's host
    looks it up in the store, with its type; it is None where that message was not about an order.
    """

    session: str
    ref_seq_num: int
    ref_msg_type: str | None = None
    cl_ord_id: str | None = None
    text: str | None = None


class SessionLoggedOn(Struct, frozen=True, tag=True, omit_defaults=True):
    """A session, client's or venue's, is logged on; ``reconciliation`` is for venues."""

    session: str
    reconciliation: OrderReconciliation = OrderReconciliation.EACH


class SessionLoggedOut(Struct, frozen=True, tag=True, omit_defaults=True):
    """A session is not logged on any more; ``by_logout``: in good order, by Logout(5)."""

    session: str
    reason: str = ""
    by_logout: bool = False


class ClientOverdue(Struct, frozen=True, tag=True):
    """A client that was to be back by now, lest its orders be canceled, is not."""

    session: str


class VenueStatusOverdue(Struct, frozen=True, tag=True):
    """A venue that was asked where our orders stand has been silent for too long."""

    session: str


class SetTradingState(Struct, frozen=True, tag=True, omit_defaults=True):
    """An operator halts trading, has positions reduced only, or lets it go on, for ``reason``.

    ``name`` is the session, the account or the symbol that ``scope`` is about; empty for the firm.
    ``cancel_open``: what is open there is to be taken back.
    """

    scope: TradingScope
    name: str
    state: TradingState
    operator: str
    reason: str = ""
    cancel_open: bool = False


class LastPrice(Struct, frozen=True, tag=True):
    """An instrument was last traded at this price; ``source`` says so: an operator, or a feed."""

    symbol: str
    price: Decimal
    source: str


class Quote(Struct, frozen=True, tag=True):
    """An instrument is bid and offered at these prices; ``source`` says so."""

    symbol: str
    bid: Decimal
    offer: Decimal
    source: str


class LoadRules(Struct, frozen=True, tag=True):
    """Checks and routes are to be in force from now on; ``operator`` asked for it."""

    rules: Rules
    operator: str


class LoadReferenceData(Struct, frozen=True, tag=True):
    """Instruments and accounts are to be in force from now on."""

    reference: ReferenceData
    operator: str


class OperateSession(Struct, frozen=True, tag=True, omit_defaults=True):
    """An operator changes a session; what is done is in ``details`` where there is more to say.

    ``template`` names the template that an added session is of, if it is of one.
    """

    session: str
    operation: SessionOperation
    operator: str
    details: str = ""
    template: str = ""


class OperateOrder(Struct, frozen=True, tag=True, omit_defaults=True):
    """An operator intervenes in a client's order, for this ``reason``.

    ``exec_id`` is the execution that is busted or corrected, by our ExecID(17) or the venue's;
    ``quantity`` and ``price`` are what it is corrected to, None where that stays. ``venue`` is
    where an order that waits at a desk is placed, ``quantity`` how much; None for all that is left.
    """

    order_id: str
    operation: OrderOperation
    operator: str
    reason: str
    exec_id: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    venue: str = ""


class EnterOrder(Struct, frozen=True, tag=True):
    """An operator enters an order that a client gave by phone; ``cl_ord_id`` may be empty."""

    session: str
    cl_ord_id: str
    terms: OrderTerms
    operator: str
    reason: str


class SetAccepting(Struct, frozen=True, tag=True, omit_defaults=True):
    """The daemon can take new orders, or cannot, for this ``reason``."""

    accepting: bool
    reason: str = ""


class EndTradingDay(Struct, frozen=True, tag=True):
    """A trading day is over; ``day`` is its date, such as ``2026-11-23``."""

    day: str


class CloseMarket(Struct, frozen=True, tag=True):
    """A market has closed; ``day`` is the date of its trading day, such as ``2026-11-23``."""

    market: str
    day: str


class EndOrders(Struct, frozen=True, tag=True):
    """Venues have had their time to say how a market's orders ended that were to end by now."""

    market: str


class RenewOrders(Struct, frozen=True, tag=True):
    """A trading day begins: clients that want to hear of it are told what their orders come to."""


Command = (
    NewOrderSingle
    | NewOrderSingleRefused
    | OrderCancelReplaceRequest
    | OrderCancelRequest
    | OrderStatusRequest
    | OrderMassCancelRequest
    | OrderMassStatusRequest
    | DontKnowTrade
    | VenueExecutionReport
    | VenueOrderStatus
    | VenueOrderCancelReject
    | VenueMessageReject
    | SessionLoggedOn
    | SessionLoggedOut
    | ClientOverdue
    | VenueStatusOverdue
    | SetTradingState
    | LastPrice
    | Quote
    | SeeMarket
    | LoadRules
    | LoadReferenceData
    | OperateSession
    | OperateOrder
    | EnterOrder
    | SetAccepting
    | EndTradingDay
    | CloseMarket
    | EndOrders
    | RenewOrders
    | ReviewCommand
    | HealthCommand
)
