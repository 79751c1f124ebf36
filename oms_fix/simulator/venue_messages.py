"""FIX to a venue's terms and back, for FIX 4.2, FIX 4.4 and FIX 5.0SP2.

The versions differ to a venue in this only: 4.2 writes fills as ExecType(150) 1 or 2 and needs
ExecTransType(20), knows OrdStatus(39) Replaced for an order without fills, and fewer reasons;
from 4.3 on a fill is ExecType F. Sources: FIX 4.2 and 4.4 Volume 4, FIX 5.0 SP2 Volume 4.

This is a counterparty's own reading of FIX: it shares no code with the router's gateway, so that a
misreading there cannot cancel out here.
"""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from oms_fix.fix.message import Field, Message
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

UNSUPPORTED_MESSAGE_TYPE = 3
REQUIRED_FIELD_MISSING = 5
_ALL_ORDERS = b"7"  # MassStatusReqType(585)


class RefusedMessageError(Exception):
    """A message that no venue's term stands for: it is answered by BusinessMessageReject(j).

    Args:
        reason: BusinessRejectReason(380).
        text: Text(58).
    """

    def __init__(self, reason: int, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class DontKnowTrade(Struct, frozen=True):
    """DontKnowTrade(Q): the counterparty does not accept a fill."""

    exec_id: str
    reason: str


def utc_timestamp(now: int) -> bytes:
    """Return a UTCTimestamp with milliseconds; ``now`` in nanoseconds since 1970 UTC."""
    moment = datetime.fromtimestamp(now // 1_000_000_000, UTC)
    return f"{moment:%Y%m%d-%H:%M:%S}.{now // 1_000_000 % 1000:03d}".encode()


def plain(number: Decimal) -> bytes:
    """Return a number as FIX writes it: no exponent."""
    return f"{number:f}".encode()


def decode(message: Message) -> Request | DontKnowTrade:
    """Read what the router asks for.

    Raises:
        RefusedMessageError: a type not served here, or a field is missing or no number.
    """
    try:
        match message.msg_type:
            case "D":
                return _new_order(message)
            case "F":
                return CancelRequest(_need(message, 11), _need(message, 41))
            case "G":
                return _replace_request(message)
            case "H":
                return StatusRequest(_need(message, 11), _need(message, 55), _need(message, 54))
            case "AF" if message.get(585) == _ALL_ORDERS:
                return MassStatusRequest(_need(message, 584))
            case "Q":
                return DontKnowTrade(_need(message, 17), _need(message, 127))
    except InvalidOperation as error:
        raise RefusedMessageError(REQUIRED_FIELD_MISSING, "a number is malformed") from error
    raise RefusedMessageError(UNSUPPORTED_MESSAGE_TYPE, f"{message.msg_type} is not served here")


def encode(reply: Reply, application_version: str, now: int) -> Message:
    """Write an answer as ExecutionReport(8) or OrderCancelReject(9) of that version."""
    if isinstance(reply, CancelReject):
        return _cancel_reject(reply, application_version, now)
    return _execution_report(reply, application_version, now)


def business_reject(message: Message, refused: RefusedMessageError) -> Message:
    """Return the BusinessMessageReject(j) to a message that could not be served."""
    number = message.get(34) or b"0"
    return Message(
        "j",
        [
            (45, number),
            (372, message.msg_type.encode()),
            (380, str(refused.reason).encode()),
            (58, refused.text.encode()),
        ],
    )


def _new_order(message: Message) -> NewOrder:
    return NewOrder(
        cl_ord_id=_need(message, 11),
        symbol=_need(message, 55),
        side=_need(message, 54),
        order_qty=_quantity(message),
        ord_type=_need(message, 40),
        price=message.decimal(44),
        time_in_force=message.text(59) or terms.DAY,
        account=message.text(1),
        poss_resend=message.get(97) == b"Y",
        is_for_amount=message.get(38) is None,
        min_qty=message.decimal(110),
        target_strategy=message.text(847),
    )


def _quantity(message: Message) -> Decimal:
    """Return OrderQty(38), or how many whole units CashOrderQty(152) buys at the limit."""
    amount, price = message.decimal(152), message.decimal(44)
    if message.get(38) is None and amount and price:
        return amount // price
    return _need_decimal(message, 38)


def _replace_request(message: Message) -> ReplaceRequest:
    return ReplaceRequest(
        cl_ord_id=_need(message, 11),
        orig_cl_ord_id=_need(message, 41),
        order_qty=_need_decimal(message, 38),
        ord_type=_need(message, 40),
        price=message.decimal(44),
        time_in_force=message.text(59) or terms.DAY,
    )


def _need(message: Message, tag: int) -> str:
    value = message.text(tag)
    if not value:
        raise RefusedMessageError(REQUIRED_FIELD_MISSING, f"tag {tag} is missing")
    return value


def _need_decimal(message: Message, tag: int) -> Decimal:
    return Decimal(_need(message, tag))


def _execution_report(report: Report, version: str, now: int) -> Message:
    old = version == "FIX.4.2"
    values: list[tuple[int, str | Decimal | int | None]] = [
        (37, report.order_id),
        (11, report.cl_ord_id),
        (41, report.orig_cl_ord_id),
        (17, report.exec_id),
        (19, report.exec_ref_id),
        (584, report.mass_status_req_id),
        (911, report.tot_num_reports),
        (912, report.last_rpt_requested),
        (20, _exec_trans_type(report) if old else None),
        (150, _exec_type_42(report) if old else report.exec_type),
        (39, _ord_status_42(report) if old else report.ord_status),
        (103, _ord_rej_reason(report.ord_rej_reason, old=old)),
        (378, report.exec_restatement_reason),
        (1, report.account),
        (55, report.symbol),
        (54, report.side),
        (38, report.order_qty),
        (40, report.ord_type),
        (44, report.price),
        (59, report.time_in_force),
        (32, report.last_qty),
        (31, report.last_px),
        (151, report.leaves_qty),
        (14, report.cum_qty),
        (6, report.avg_px),
    ]
    fields = [(tag, _value(value)) for tag, value in values if value is not None]
    fields.append((60, utc_timestamp(now)))
    if report.text is not None:
        fields.append((58, report.text.encode()))
    return Message("8", fields)


def _cancel_reject(reject: CancelReject, version: str, now: int) -> Message:
    reason = reject.cxl_rej_reason
    known = reason <= 3 or version != "FIX.4.2"
    fields: list[Field] = [
        (37, reject.order_id.encode()),
        (11, reject.cl_ord_id.encode()),
        (41, reject.orig_cl_ord_id.encode()),
        (39, reject.ord_status.encode()),
        (60, utc_timestamp(now)),
        (434, reject.response_to.encode()),
        (102, str(reason if known else 2).encode()),
        (58, reject.text.encode()),
    ]
    return Message("9", fields)


def _value(value: str | Decimal | int) -> bytes:
    return plain(value) if isinstance(value, Decimal) else str(value).encode()


_TRANS_TYPES_42 = {terms.TRADE_CANCEL: "1", terms.TRADE_CORRECT: "2", terms.ORDER_STATUS: "3"}
_EXEC_TYPE_IS_STATUS_42 = frozenset({terms.TRADE, *_TRANS_TYPES_42})


def _exec_trans_type(report: Report) -> str:
    """ExecTransType(20) of 4.2: 0 new, 1 bust, 2 correction, 3 the answer to a status request."""
    return _TRANS_TYPES_42.get(report.exec_type, "0")


def _exec_type_42(report: Report) -> str:
    return report.ord_status if report.exec_type in _EXEC_TYPE_IS_STATUS_42 else report.exec_type


def _ord_status_42(report: Report) -> str:
    """In 4.2 an order without fills says Replaced when it was (FIX 4.2, matrix D10)."""
    if report.exec_type == terms.REPLACED and report.ord_status == terms.NEW:
        return terms.REPLACED
    return report.ord_status


def _ord_rej_reason(reason: int | None, *, old: bool) -> int | None:
    """OrdRejReason(103); 4.2 knows 0 to 8 only, the others become 0, broker's option."""
    if reason is None:
        return None
    return 0 if old and reason > 8 else reason
