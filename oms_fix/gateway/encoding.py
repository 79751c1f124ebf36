"""Events to messages: reports and rejects to clients, orders and requests to venues."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, ClassVar

from msgspec import structs

from oms_fix.fix.message import Field, Message
from oms_fix.fix.timestamps import format_timestamp
from oms_fix.gateway import others, tags, terms, values
from oms_fix.gateway.values import DecodeError
from oms_fix.model.enums import CxlRejResponseTo, ExecType, OrdStatus
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildPlaced,
    ChildReplaceRequested,
    ChildStatusRequested,
    Event,
    ExecutionUnknown,
    MassCancelReported,
    OrderAnswered,
    OrderMassStatusRequested,
    OrderReported,
    RequestRejected,
    TradeDoubted,
)
from oms_fix.model.orders import CancelReject, ExecutionReport, OrderTerms, OtherField

_UNDISCLOSED = b"7"  # Side(54) of a report that had none
_NO_ORDER = b"NONE"  # OrderID(37) of an order that is not known
_NO_SYMBOL = b"[N/A]"  # Symbol(55) where there is none (FIX 4.4 Volume 6)
_RESTATED = ExecType.RESTATED.encode()
_BROKER_OPTION = 4  # ExecRestatementReason(378)
_OTHER = 99
_NO_MATCHING_ORDER = b"D"  # DKReason(127)
_ALL_ORDERS = b"7"  # MassStatusReqType(585)


class Encoder:
    """Writes the messages of FIX 4.4; versions that differ replace single methods or writers.

    Fields stand in the order of the bodies in FIX 4.4 Volume 4; ``spec/rules_of_engagement.md``
    lists every tag of every message.

    Attributes:
        application_version: Such as ``"FIX.4.4"``.
        writers: How each field of the terms of an order is written; a tag that is not here is
            not written.
        lacks: The ExecType(150)s that this version has not; they are told as Restated.
        reasons: For each field that gives a reason, the codes it has, and that of all others.
    """

    application_version: ClassVar[str]
    writers: ClassVar[dict[int, terms.Writer]] = terms.WRITERS
    lacks: ClassVar[frozenset[ExecType]] = frozenset({ExecType.TRIGGERED})
    reasons: ClassVar[dict[int, tuple[frozenset[int], int]]] = {
        tags.OrdRejReason: (frozenset(range(16)) - {12} | {_OTHER}, _OTHER),
        tags.CxlRejReason: (frozenset(range(7)) | {_OTHER}, _OTHER),
        tags.ExecRestatementReason: (frozenset(range(11)) | {_OTHER}, _OTHER),
    }

    def __init__(self) -> None:
        self._order_head = terms.Table(terms.ORDER_HEAD, self.writers)
        self._order_tail = terms.Table(terms.ORDER_TAIL, self.writers)
        self._instrument = terms.Table(terms.CANCEL, self.writers)
        self._report_head = terms.Table(terms.REPORT_HEAD, self.writers | terms.REPORTED)
        self._report_tail = terms.Table(terms.REPORT_TAIL, self.writers)
        self._encoders: dict[type, Callable[[Any, int], Message]] = {
            ChildCancelRequested: self._order_cancel_request,
            ChildPlaced: self._new_order_single,
            ChildReplaceRequested: self._order_cancel_replace_request,
            ChildStatusRequested: self._order_status_request,
            ExecutionUnknown: self._unknown_trade,
            MassCancelReported: self._order_mass_cancel_report,
            OrderAnswered: self._execution_report,
            OrderMassStatusRequested: self._order_mass_status_request,
            OrderReported: self._execution_report,
            RequestRejected: self._order_cancel_reject,
            TradeDoubted: self._doubted_trade,
        }

    def encode(self, event: Event, now: int) -> Message:
        """Return the message that tells the ``addressee`` of an event, made at ``now``."""
        return self._encoders[type(event)](event, now)

    def refuse(
        self,
        message: Message,
        error: DecodeError,
        order_id: str,
        exec_id: str,
        now: int,
        ord_status: OrdStatus = OrdStatus.REJECTED,
    ) -> Message:
        """Return the answer to a message that could not be decoded (table of FIX 4.4, message j).

        ExecutionReport(8) for D and H, OrderCancelReject(9) for F and G. BusinessMessageReject(j)
        for all others, where those lack what they need, and where no field is at fault.

        Args:
            message: What was received.
            error: Why it was not decoded.
            order_id: OrderID(37); empty where there is no such order.
            exec_id: ExecID(17), for an ExecutionReport.
            now: TransactTime(60).
            ord_status: OrdStatus(39) after the refusal of F and G: the order's, if it is known.
        """
        msg_type, answer = message.msg_type, None
        if message.get(tags.ClOrdID) is not None and error.ref_tag is not None:
            if msg_type in ("D", "H") and message.get(tags.Side) is not None:
                answer = self._refused_order(message, error, order_id, exec_id, now)
            elif msg_type in ("F", "G"):
                answer = self._refused_request(message, error, order_id, now, ord_status)
        if answer is None:
            answer = _business_message_reject(message, error)
        answer.fields.extend(others.routed_back(message))
        return answer

    def exec_trans_type(self, exec_type: ExecType) -> bytes | None:
        """Return ExecTransType(20), which went with FIX 4.3."""
        del exec_type
        return None

    def purpose(self, report: ExecutionReport) -> tuple[bytes, bytes]:
        """Return ExecType(150) and OrdStatus(39) of a report."""
        exec_type = ExecType.RESTATED if report.exec_type in self.lacks else report.exec_type
        return exec_type.encode(), report.ord_status.encode()

    def refusal(self, exec_type: ExecType) -> bytes:
        """Return ExecType(150) of a report that refuses."""
        return exec_type.encode()

    def reason(self, tag: int, reason: int) -> bytes:
        """Return a reason code as this version has it: one it lacks becomes Other."""
        known, other = self.reasons[tag]
        return b"%d" % (reason if reason in known else other)

    # To clients.

    def _execution_report(self, event: OrderReported | OrderAnswered, now: int) -> Message:
        report = event.report
        fields = [(tags.OrderID, _order_id(report.order_id))]
        if report.cl_ord_id:  # an order that was given by phone has none
            fields.append((tags.ClOrdID, self.report_cl_ord_id(report).encode()))
        if report.orig_cl_ord_id is not None:
            fields.append((tags.OrigClOrdID, report.orig_cl_ord_id.encode()))
        if report.mass_status_req_id is not None:
            _write_mass_status(fields, report)
        self._write_purpose(fields, report)
        # An order that nobody knows has no quantity and no type to report.
        unknown = report.exec_type is ExecType.ORDER_STATUS and not report.terms.order_qty
        head = self._instrument if unknown else self._report_head
        head.write(fields, report.terms)
        if report.last_qty is not None:
            fields.append((tags.LastQty, values.number(report.last_qty)))
        if report.last_px is not None:
            fields.append((tags.LastPx, values.number(report.last_px)))
        if report.last_mkt is not None:
            fields.append((tags.LastMkt, report.last_mkt.encode()))
        _write_quantities(fields, report.leaves_qty, report.cum_qty, report.avg_px, now)
        if report.day_order_qty is not None:
            _write_day(fields, report)
        self._report_tail.write(fields, report.terms)
        text = self._text(report)
        if text:
            fields.append((tags.Text, text.encode()))
        if report.terms.other_fields or report.other_fields:
            told = {each.tag for each in report.other_fields}
            own = [each for each in others.back(report.terms.other_fields) if each.tag not in told]
            fields += self.fitting([*own, *report.other_fields], "8")[0]
        return Message("8", fields)

    def fitting(
        self, other_fields: Iterable[OtherField], msg_type: str
    ) -> tuple[list[Field], list[OtherField]]:
        """Return what a message has of the other fields, and what this version lacks."""
        return others.fitting(other_fields, msg_type, self.application_version)

    def _text(self, report: ExecutionReport) -> str:
        """Return Text(58): what is to say, and the ExecType(150) that this version has no code for.

        What is to say of a reason is said, so that a code for it can be spared.
        """
        if report.exec_type not in self.lacks:
            return report.text or self._lost_reasons(report)
        lost = f"ExecType(150)={report.exec_type} {report.exec_type.name}"
        return f"{lost}; {report.text}" if report.text else lost

    def _lost_reasons(self, report: ExecutionReport) -> str:
        if report.ord_rej_reason is None and report.exec_restatement_reason is None:
            return ""  # as in nearly all reports
        given = {
            tags.OrdRejReason: report.ord_rej_reason,
            tags.ExecRestatementReason: report.exec_restatement_reason,
        }
        return "; ".join(
            f"{tags.label(tag)}={reason}"
            for tag, reason in given.items()
            if reason is not None and reason not in self.reasons[tag][0]
        )

    def _write_purpose(self, fields: list[Field], report: ExecutionReport) -> None:
        exec_type, ord_status = self.purpose(report)
        self._write_transaction(fields, report.exec_type, report.exec_id)
        if report.exec_ref_id is not None:
            fields.append((tags.ExecRefID, report.exec_ref_id.encode()))
        fields.append((tags.ExecType, exec_type))
        fields.append((tags.OrdStatus, ord_status))
        if report.ord_rej_reason is not None:
            fields.append(
                (tags.OrdRejReason, self.reason(tags.OrdRejReason, report.ord_rej_reason))
            )
        reason = report.exec_restatement_reason
        if reason is None and exec_type == _RESTATED:
            reason = _BROKER_OPTION
        if reason is not None:
            fields.append(
                (tags.ExecRestatementReason, self.reason(tags.ExecRestatementReason, reason))
            )

    def _write_transaction(self, fields: list[Field], exec_type: ExecType, exec_id: str) -> None:
        # A status reply is no execution: its ExecID(17) is 0 in all versions.
        status = exec_type is ExecType.ORDER_STATUS
        fields.append((tags.ExecID, b"0" if status else exec_id.encode()))
        trans_type = self.exec_trans_type(exec_type)
        if trans_type is not None:
            fields.append((tags.ExecTransType, trans_type))

    def report_cl_ord_id(self, report: ExecutionReport) -> str:
        """Return ClOrdID(11) of message 8: after a cancel still the order's (matrix J.1.b)."""
        return report.cl_ord_id

    def reject_orig_cl_ord_id(self, reject: CancelReject) -> str:
        """Return OrigClOrdID(41) of message 9: the last accepted (FIX 4.4 Volume 4, matrix D.2)."""
        return reject.orig_cl_ord_id

    def _order_cancel_reject(self, event: RequestRejected, now: int) -> Message:
        reject = event.reject
        fields = [
            (tags.OrderID, _order_id(reject.order_id)),
            (tags.ClOrdID, reject.cl_ord_id.encode()),
        ]
        if reject.orig_cl_ord_id:  # one by OrderID(37) of an order that is not known has none
            fields.append((tags.OrigClOrdID, self.reject_orig_cl_ord_id(reject).encode()))
        fields.append((tags.OrdStatus, reject.ord_status.encode()))
        if reject.account is not None:
            fields.append((tags.Account, reject.account.encode()))
        fields.append((tags.TransactTime, format_timestamp(now)))
        fields.append((tags.CxlRejResponseTo, reject.response_to.encode()))
        fields.append((tags.CxlRejReason, self.reason(tags.CxlRejReason, reject.cxl_rej_reason)))
        fields.append((tags.Text, reject.text.encode()))
        if reject.other_fields:
            fields += self.fitting(others.back(reject.other_fields), "9")[0]
        return Message("9", fields)

    def _refused_order(
        self, message: Message, error: DecodeError, order_id: str, exec_id: str, now: int
    ) -> Message:
        status = message.msg_type == "H"
        exec_type = ExecType.ORDER_STATUS if status else ExecType.REJECTED
        fields = [(tags.OrderID, _order_id(order_id))]
        _copy(fields, message, (tags.ClOrdID,))
        self._write_transaction(fields, exec_type, exec_id)
        fields.append((tags.ExecType, self.refusal(exec_type)))
        fields.append((tags.OrdStatus, OrdStatus.REJECTED.encode()))
        fields.append(
            (tags.OrdRejReason, self.reason(tags.OrdRejReason, error.reason.value.ord_rej_reason))
        )
        if message.get(tags.Symbol) is None:
            fields.append((tags.Symbol, _NO_SYMBOL))
        _copy(fields, message, terms.REPORT_HEAD)
        _write_quantities(fields, Decimal(0), Decimal(0), Decimal(0), now)
        fields.append((tags.Text, error.text.encode()))
        return Message("8", fields)

    def _refused_request(
        self, message: Message, error: DecodeError, order_id: str, now: int, status: OrdStatus
    ) -> Message:
        response_to = (
            CxlRejResponseTo.ORDER_CANCEL_REQUEST
            if message.msg_type == "F"
            else CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST
        )
        fields = [(tags.OrderID, _order_id(order_id))]
        _copy(fields, message, (tags.ClOrdID, tags.OrigClOrdID))
        fields.append((tags.OrdStatus, status.encode()))
        _copy(fields, message, (tags.Account,))
        fields.append((tags.TransactTime, format_timestamp(now)))
        fields.append((tags.CxlRejResponseTo, response_to.encode()))
        fields.append(
            (tags.CxlRejReason, self.reason(tags.CxlRejReason, error.reason.value.cxl_rej_reason))
        )
        fields.append((tags.Text, error.text.encode()))
        return Message("9", fields)

    def _order_mass_cancel_report(self, event: MassCancelReported, now: int) -> Message:
        fields = [
            (tags.OrderID, event.report_id.encode()),
            (tags.ClOrdID, event.cl_ord_id.encode()),
            (tags.MassCancelRequestType, event.request_type.encode()),
            (tags.MassCancelResponse, event.response.encode()),
        ]
        if event.reject_reason is None:
            fields.append((tags.TotalAffectedOrders, b"%d" % event.affected))
        else:
            fields.append((tags.MassCancelRejectReason, b"%d" % event.reject_reason))
        fields.append((tags.TransactTime, format_timestamp(now)))
        if event.text is not None:
            fields.append((tags.Text, event.text.encode()))
        return Message("r", fields)

    # To venues.

    def _new_order_single(self, event: ChildPlaced, now: int) -> Message:
        fields = [(tags.ClOrdID, event.cl_ord_id.encode())]
        self._write_terms(fields, event.terms, "D", now)
        return Message("D", fields)

    def _write_terms(self, fields: list[Field], asked: OrderTerms, msg_type: str, now: int) -> None:
        """Write what an order asks for; of other fields what this version lacks into Text(58)."""
        sent: list[Field] = []
        if asked.other_fields:
            sent, lost = self.fitting(asked.other_fields, msg_type)
            said = [text for text in (asked.text, others.as_text(lost)) if text]
            asked = structs.replace(asked, text="; ".join(said) or None)
        self._order_head.write(fields, asked)
        fields.append((tags.TransactTime, format_timestamp(now)))
        self._order_tail.write(fields, asked)
        fields += sent

    def _order_cancel_replace_request(self, event: ChildReplaceRequested, now: int) -> Message:
        fields: list[Field] = []
        if event.venue_order_id is not None:
            fields.append((tags.OrderID, event.venue_order_id.encode()))
        fields.append((tags.OrigClOrdID, event.orig_cl_ord_id.encode()))
        fields.append((tags.ClOrdID, event.cl_ord_id.encode()))
        self._write_terms(fields, event.terms, "G", now)
        return Message("G", fields)

    def _order_cancel_request(self, event: ChildCancelRequested, now: int) -> Message:
        fields = [(tags.OrigClOrdID, event.orig_cl_ord_id.encode())]
        if event.venue_order_id is not None:
            fields.append((tags.OrderID, event.venue_order_id.encode()))
        fields.append((tags.ClOrdID, event.cl_ord_id.encode()))
        self._instrument.write(fields, event.terms)
        fields.append((tags.TransactTime, format_timestamp(now)))
        fields.append((tags.OrderQty, values.number(event.terms.order_qty)))
        if event.terms.other_fields:
            fields += self.fitting(event.terms.other_fields, "F")[0]
        return Message("F", fields)

    def _doubted_trade(self, event: TradeDoubted, now: int) -> Message:
        del now  # DontKnowTrade(Q) has no TransactTime(60)
        assert event.terms is not None, "a venue hears of its own fills only"
        fields = [
            (tags.OrderID, _order_id(event.venue_order_id)),
            (tags.ExecID, event.venue_exec_id.encode()),
            (tags.DKReason, event.dk_reason.encode()),
            (tags.Symbol, event.terms.symbol.encode()),
            (tags.Side, event.terms.side.encode()),
            (tags.OrderQty, values.number(event.terms.order_qty)),
        ]
        if event.last_qty is not None:
            fields.append((tags.LastQty, values.number(event.last_qty)))
        if event.last_px is not None:
            fields.append((tags.LastPx, values.number(event.last_px)))
        if event.text is not None:
            fields.append((tags.Text, event.text.encode()))
        return Message("Q", fields)

    def _order_status_request(self, event: ChildStatusRequested, now: int) -> Message:
        del now  # OrderStatusRequest(H) has no TransactTime(60)
        fields: list[Field] = []
        if event.venue_order_id is not None:
            fields.append((tags.OrderID, event.venue_order_id.encode()))
        fields.append((tags.ClOrdID, event.cl_ord_id.encode()))
        self._instrument.write(fields, event.terms)
        return Message("H", fields)

    def _order_mass_status_request(self, event: OrderMassStatusRequested, now: int) -> Message:
        del now  # OrderMassStatusRequest(AF) has no TransactTime(60)
        request_id = event.request_id.encode()
        return Message(
            "AF", [(tags.MassStatusReqID, request_id), (tags.MassStatusReqType, _ALL_ORDERS)]
        )

    def _unknown_trade(self, event: ExecutionUnknown, now: int) -> Message:
        del now  # DontKnowTrade(Q) has no TransactTime(60)
        fields = [
            (tags.OrderID, _order_id(event.venue_order_id)),
            (tags.ExecID, event.exec_id.encode()),
            (tags.DKReason, _NO_MATCHING_ORDER),
            (tags.Symbol, event.symbol.encode() if event.symbol else _NO_SYMBOL),
            (tags.Side, event.side.encode() if event.side is not None else _UNDISCLOSED),
        ]
        if event.last_qty is not None:
            fields.append((tags.LastQty, values.number(event.last_qty)))
        if event.last_px is not None:
            fields.append((tags.LastPx, values.number(event.last_px)))
        fields.append((tags.Text, f"no such order: ClOrdID(11)={event.cl_ord_id}".encode()))
        return Message("Q", fields)


def _business_message_reject(message: Message, error: DecodeError) -> Message:
    fields: list[Field] = []
    if (ref_seq_num := message.get(tags.MsgSeqNum)) is not None:
        fields.append((tags.RefSeqNum, ref_seq_num))
    fields.append((tags.RefMsgType, message.msg_type.encode()))
    if (cl_ord_id := message.get(tags.ClOrdID)) is not None:
        fields.append((tags.BusinessRejectRefID, cl_ord_id))
    fields.append((tags.BusinessRejectReason, b"%d" % error.business_reject_reason))
    fields.append((tags.Text, error.text.encode()))
    return Message("j", fields)


def _order_id(order_id: str) -> bytes:
    return order_id.encode() or _NO_ORDER


def _copy(fields: list[Field], message: Message, wanted: tuple[int, ...]) -> None:
    for tag in wanted:
        value = message.get(tag)
        if value is not None:
            fields.append((tag, value))


def _write_mass_status(fields: list[Field], report: ExecutionReport) -> None:
    """Write which of how many answers to an OrderMassStatusRequest(AF) this is."""
    fields.append((tags.MassStatusReqID, (report.mass_status_req_id or "").encode()))
    fields.append((tags.TotNumReports, b"%d" % (report.tot_num_reports or 0)))
    fields.append((tags.LastRptRequested, b"Y" if report.is_last_report else b"N"))


def _write_day(fields: list[Field], report: ExecutionReport) -> None:
    """Write what an order of more than one day comes to today."""
    for tag, value in (
        (tags.DayOrderQty, report.day_order_qty),
        (tags.DayCumQty, report.day_cum_qty),
        (tags.DayAvgPx, report.day_avg_px),
    ):
        if value is not None:
            fields.append((tag, values.number(value)))


def _write_quantities(
    fields: list[Field], leaves_qty: Decimal, cum_qty: Decimal, avg_px: Decimal, now: int
) -> None:
    fields.append((tags.LeavesQty, values.number(leaves_qty)))
    fields.append((tags.CumQty, values.number(cum_qty)))
    fields.append((tags.AvgPx, values.average(avg_px)))
    fields.append((tags.TransactTime, format_timestamp(now)))
