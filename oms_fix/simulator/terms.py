"""A venue's own terms: what it is asked and what it answers, whatever FIX version is spoken.

A venue is an independent counterparty of the router, so these are not the router's commands and
events; only FIX's own letters are common. ExecType(150) and OrdStatus(39) are those of FIX 4.4.
"""

from decimal import Decimal

from msgspec import Struct

BUY = "1"
SELL = "2"

MARKET = "1"
LIMIT = "2"
STOP = "3"
STOP_LIMIT = "4"

DAY = "0"
GOOD_TILL_CANCEL = "1"
IMMEDIATE_OR_CANCEL = "3"
FILL_OR_KILL = "4"

NEW = "0"
PARTIALLY_FILLED = "1"
FILLED = "2"
DONE_FOR_DAY = "3"
CANCELED = "4"
REPLACED = "5"
PENDING_CANCEL = "6"
STOPPED = "7"
REJECTED = "8"
SUSPENDED = "9"
PENDING_NEW = "A"
CALCULATED = "B"
EXPIRED = "C"
RESTATED = "D"
PENDING_REPLACE = "E"
TRADE = "F"
TRADE_CORRECT = "G"
TRADE_CANCEL = "H"
ORDER_STATUS = "I"
TRIGGERED = "L"

FINAL = frozenset({FILLED, CANCELED, REJECTED})


class NewOrder(Struct, frozen=True):
    """NewOrderSingle(D); the quantity of an order for an amount is what that comes to."""

    cl_ord_id: str
    symbol: str
    side: str
    order_qty: Decimal
    ord_type: str = LIMIT
    price: Decimal | None = None
    time_in_force: str = DAY
    account: str | None = None
    poss_resend: bool = False
    is_for_amount: bool = False
    min_qty: Decimal | None = None
    target_strategy: str | None = None


class CancelRequest(Struct, frozen=True):
    """OrderCancelRequest(F)."""

    cl_ord_id: str
    orig_cl_ord_id: str


class ReplaceRequest(Struct, frozen=True):
    """OrderCancelReplaceRequest(G): ``order_qty`` is the total, filled part included."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: Decimal
    ord_type: str = LIMIT
    price: Decimal | None = None
    time_in_force: str = DAY


class StatusRequest(Struct, frozen=True):
    """OrderStatusRequest(H)."""

    cl_ord_id: str
    symbol: str
    side: str


class MassStatusRequest(Struct, frozen=True):
    """OrderMassStatusRequest(AF) for all orders."""

    request_id: str


Request = NewOrder | CancelRequest | ReplaceRequest | StatusRequest | MassStatusRequest


class Report(Struct, frozen=True):
    """ExecutionReport(8): one purpose a report; the quantities are those after it."""

    order_id: str
    exec_id: str
    exec_type: str
    ord_status: str
    cl_ord_id: str
    symbol: str
    side: str
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    avg_px: Decimal
    orig_cl_ord_id: str | None = None
    ord_type: str | None = None
    price: Decimal | None = None
    time_in_force: str | None = None
    account: str | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    exec_ref_id: str | None = None
    ord_rej_reason: int | None = None
    exec_restatement_reason: int | None = None
    mass_status_req_id: str | None = None
    tot_num_reports: int | None = None
    last_rpt_requested: str | None = None
    text: str | None = None


class CancelReject(Struct, frozen=True):
    """OrderCancelReject(9); ``response_to`` is CxlRejResponseTo(434): 1 cancel, 2 replace."""

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: str
    response_to: str
    cxl_rej_reason: int
    text: str


Reply = Report | CancelReject
