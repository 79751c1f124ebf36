"""What an order asks for, and what a report tells of it: values that never change."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.model.enums import (
    CxlRejResponseTo,
    ExecType,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)

ROUTING_TAGS = frozenset({115, 116, 144, 128, 129, 145})
"""OnBehalfOf and DeliverTo CompID, SubID and LocationID: for whom a session's peer speaks."""


USER_DEFINED = 5000
"""Tags from here on mean what two parties agree on (FIX 4.4 Volume 1)."""
_BY_AGREEMENT = ROUTING_TAGS | {78, 453}


def needs_agreement(tag: int) -> bool:
    """Whether a field goes on only by agreement with the client.

    User-defined and routing fields and Parties(453) do, which are between two parties; NoAllocs(78)
    too, because its quantities are those of the whole order. All else is part of the order.
    """
    return tag >= USER_DEFINED or tag in _BY_AGREEMENT


class OtherField(Struct, frozen=True, omit_defaults=True, gc=False):
    """A field that the model has no word for, as it was received; of a group all that is in it."""

    tag: int
    value: str
    members: tuple[tuple[int, str], ...] = ()


class OrderTerms(Struct, frozen=True, omit_defaults=True, gc=False):
    """What the client asked for, by FIX name; a replace brings new terms.

    Quantities are in units of the instrument (shares, or par amount for bonds), prices in its
    currency or, for bonds, in percent of par. Everything that a venue is told of the order is here.
    ``cash_order_qty`` is what the client wants to spend, where it gave no quantity; ``order_qty``
    is what that comes to then. ``other_fields`` are those that go on to the venues, and the
    client's routing fields, which its reports bear in any case.
    """

    symbol: str
    side: Side
    order_qty: Decimal
    ord_type: OrdType
    price: Decimal | None = None
    stop_px: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    account: str | None = None
    currency: str | None = None
    security_id: str | None = None
    security_id_source: str | None = None
    security_type: str | None = None
    ex_destination: str | None = None
    expire_date: str | None = None
    expire_time: str | None = None
    min_qty: Decimal | None = None
    max_floor: Decimal | None = None
    exec_inst: str | None = None
    handl_inst: str | None = None
    settl_type: str | None = None
    settl_date: str | None = None
    order_capacity: str | None = None
    cash_order_qty: Decimal | None = None
    text: str | None = None
    other_fields: tuple[OtherField, ...] = ()
    peg_offset_value: Decimal | None = None


class ExecutionReport(Struct, frozen=True, omit_defaults=True):
    """What the client is told of its order, one purpose a report (FIX 4.4 Volume 4).

    ``order_qty`` = ``cum_qty`` + ``leaves_qty`` while the order lives. ``avg_px`` spans the whole
    chain of replaces; it is 0 while nothing is filled. The ``day`` fields are there for orders of
    more than one day; ``mass_status_req_id``, the number of reports that answer the request and
    whether this is the last one, for answers to OrderMassStatusRequest(AF). ``cancel_cl_ord_id`` is
    the ClOrdID(11) of the cancel that ended the order, on the executions that come after it: FIX
    4.2 reports them under it (matrix D35), later versions under ``cl_ord_id`` (J.1.b).
    ``other_fields`` are those of the venue's report that go on by agreement with the client.
    """

    order_id: str
    exec_id: str
    cl_ord_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    terms: OrderTerms
    cum_qty: Decimal
    leaves_qty: Decimal
    avg_px: Decimal
    orig_cl_ord_id: str | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    last_mkt: str | None = None
    exec_ref_id: str | None = None
    ord_rej_reason: int | None = None
    exec_restatement_reason: int | None = None
    day_order_qty: Decimal | None = None
    day_cum_qty: Decimal | None = None
    day_avg_px: Decimal | None = None
    mass_status_req_id: str | None = None
    tot_num_reports: int | None = None
    is_last_report: bool = False
    text: str | None = None
    cancel_cl_ord_id: str | None = None
    other_fields: tuple[OtherField, ...] = ()


class CancelReject(Struct, frozen=True, omit_defaults=True):
    """OrderCancelReject(9): ``ord_status`` is the status after the reject.

    ``orig_cl_ord_id`` is the last id that was accepted; ``requested_orig_cl_ord_id`` is what the
    request named, where that was another one (FIX 4.2 echoes it). ``other_fields`` as in the order.
    """

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    response_to: CxlRejResponseTo
    cxl_rej_reason: int
    text: str
    account: str | None = None
    requested_orig_cl_ord_id: str | None = None
    other_fields: tuple[OtherField, ...] = ()
