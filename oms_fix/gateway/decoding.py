"""Messages to commands: what clients ask for, and what venues tell us."""

from collections.abc import Callable
from typing import Any, ClassVar

from oms_fix.fix.message import Message, readable
from oms_fix.gateway import others, tags, terms, values
from oms_fix.model.commands import (
    Command,
    DontKnowTrade,
    NewOrderSingle,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
    VenueExecutionReport,
    VenueMessageReject,
    VenueOrderCancelReject,
    VenueOrderStatus,
)
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.orders import OtherField

ORD_STATUSES = values.lookup(OrdStatus)

# Trade in a clearing hold, its release, locked, released: they tell where the order
# stands and change neither quantities nor what may be done with it.
_STATUS_ONLY = (b"J", b"K", b"M", b"N")
# 1 and 2 went with FIX 4.3, yet some venues still send them; a fill must not be lost for that.
EXEC_TYPES = (
    values.lookup(ExecType)
    | dict.fromkeys((b"1", b"2"), ExecType.TRADE)
    | dict.fromkeys(_STATUS_ONLY, ExecType.ORDER_STATUS)
)

_TRADES = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})

# Our messages whose BusinessRejectRefID(379) is the ClOrdID(11) (FIX 4.4, table of message j).
_REFERRED_BY_CL_ORD_ID = ("D", "F", "G")

Decode = Callable[[str, Message], Command | None]

# What a report may tell and booking does not need is taken if it can be read: a fill must not be
# lost over it.
_REPORTED: tuple[tuple[str, int, Callable[[bytes], Any]], ...] = (
    ("cl_ord_id", tags.ClOrdID, readable),
    ("symbol", tags.Symbol, readable),
    ("side", tags.Side, terms.SIDES.get),
    ("orig_cl_ord_id", tags.OrigClOrdID, readable),
    ("venue_order_id", tags.OrderID, readable),
    ("exec_ref_id", tags.ExecRefID, readable),
    ("order_qty", tags.OrderQty, values.readable_decimal_in),
    ("price", tags.Price, values.readable_decimal_in),
    ("cum_qty", tags.CumQty, values.readable_decimal_in),
    ("leaves_qty", tags.LeavesQty, values.readable_decimal_in),
    ("last_mkt", tags.LastMkt, readable),
    ("ord_rej_reason", tags.OrdRejReason, values.integer_in),
    ("exec_restatement_reason", tags.ExecRestatementReason, values.integer_in),
    ("day_order_qty", tags.DayOrderQty, values.readable_decimal_in),
    ("day_cum_qty", tags.DayCumQty, values.readable_decimal_in),
    ("day_avg_px", tags.DayAvgPx, values.readable_decimal_in),
    ("text", tags.Text, readable),
)


class Decoder(terms.Dialect):
    """Reads the messages of FIX 4.4; versions that differ replace single methods.

    Attributes:
        exec_types: A venue's ExecType(150) to ours.
    """

    exec_types: ClassVar[dict[bytes, ExecType]] = EXEC_TYPES

    def __init__(self) -> None:
        self._from_client: dict[str, Decode] = {
            "D": self._new_order,
            "F": self._cancel_request,
            "G": self._replace_request,
            "H": self._status_request,
            "Q": self._dont_know_trade,
            "q": self._mass_cancel_request,
            "AF": self._mass_status_request,
        }
        self._from_venue: dict[str, Decode] = {
            "8": self._venue_report,
            "9": self._venue_cancel_reject,
            "3": self._venue_session_reject,
            "j": self._venue_business_reject,
        }

    def decode_from_client(self, session: str, message: Message) -> Command | None:
        """Return what a client asks for.

        None for a Reject(3) or BusinessMessageReject(j), which is never answered by another, and
        for what asks for nothing.

        Raises:
            DecodeError: It cannot be taken on; ``refuse`` makes the answer.
        """
        if message.msg_type in ("3", "j"):
            return None
        decoder = self._from_client.get(message.msg_type)
        if decoder is None:
            raise values.unsupported_message()
        return decoder(session, message)

    def decode_from_venue(self, session: str, message: Message) -> Command | None:
        """Return what a venue tells us, in the terms of FIX 4.4.

        Raises:
            DecodeError: It cannot be understood; ``refuse`` makes the answer.
        """
        decoder = self._from_venue.get(message.msg_type)
        if decoder is None:
            raise values.unsupported_message()
        return decoder(session, message)

    def venue_exec_type(self, message: Message) -> ExecType:
        """Return what a venue's report is for.

        A report of a kind that nobody knows, with a quantity done and its price, is a fill.
        """
        exec_type = self.exec_types.get(message.get(tags.ExecType) or b"")
        if exec_type is None and values.readable_decimal(message, tags.LastQty):
            return ExecType.TRADE
        return exec_type or values.choice(message, tags.ExecType, self.exec_types)

    def venue_ord_status(self, message: Message) -> OrdStatus | None:
        """Return the OrdStatus(39) of a venue's report; None if it is none that we know."""
        return ORD_STATUSES.get(message.get(tags.OrdStatus) or b"")

    def fields_to_pass_back(self, message: Message) -> tuple[OtherField, ...]:
        """Return the fields of a venue's report that may go on to the client."""
        return others.of_report(message, self.application_version, others.PASSED_BACK)

    def names_order(self, message: Message, tag: int) -> tuple[str, str | None]:
        """Return the ClOrdID in ``tag`` that a request names its order by, and no OrderID(37)."""
        return values.identifier(message, tag), None

    def _new_order(self, session: str, message: Message) -> NewOrderSingle:
        return NewOrderSingle(
            session=session,
            cl_ord_id=values.identifier(message, tags.ClOrdID),
            terms=self.read_terms(message),
            poss_resend=message.get(tags.PossResend) == b"Y",
        )

    def _replace_request(self, session: str, message: Message) -> OrderCancelReplaceRequest:
        orig_cl_ord_id, order_id = self.names_order(message, tags.OrigClOrdID)
        return OrderCancelReplaceRequest(
            session=session,
            cl_ord_id=values.identifier(message, tags.ClOrdID),
            orig_cl_ord_id=orig_cl_ord_id,
            terms=self.read_terms(message),
            poss_resend=message.get(tags.PossResend) == b"Y",
            order_id=order_id,
        )

    def _cancel_request(self, session: str, message: Message) -> OrderCancelRequest:
        orig_cl_ord_id, order_id = self.names_order(message, tags.OrigClOrdID)
        return OrderCancelRequest(
            session=session,
            cl_ord_id=values.identifier(message, tags.ClOrdID),
            orig_cl_ord_id=orig_cl_ord_id,
            symbol=values.identifier(message, tags.Symbol),
            poss_resend=message.get(tags.PossResend) == b"Y",
            order_id=order_id,
        )

    def _status_request(self, session: str, message: Message) -> OrderStatusRequest:
        cl_ord_id, order_id = self.names_order(message, tags.ClOrdID)
        return OrderStatusRequest(
            session=session,
            cl_ord_id=cl_ord_id,
            terms=self.read_instrument(message),
            order_id=order_id,
        )

    def _mass_cancel_request(self, session: str, message: Message) -> OrderMassCancelRequest:
        return OrderMassCancelRequest(
            session=session,
            cl_ord_id=values.identifier(message, tags.ClOrdID),
            request_type=values.identifier(message, tags.MassCancelRequestType),
            symbol=values.text(message, tags.Symbol),
            security_type=self.read_security_type(message),
            side=values.choice_if_any(message, tags.Side, terms.SIDES),
        )

    def _mass_status_request(self, session: str, message: Message) -> OrderMassStatusRequest:
        return OrderMassStatusRequest(
            session=session,
            mass_status_req_id=values.identifier(message, tags.MassStatusReqID),
            request_type=values.identifier(message, tags.MassStatusReqType),
            symbol=values.text(message, tags.Symbol),
            account=values.text(message, tags.Account),
            side=values.choice_if_any(message, tags.Side, terms.SIDES),
        )

    def _dont_know_trade(self, session: str, message: Message) -> DontKnowTrade:
        return DontKnowTrade(
            session=session,
            order_id=values.identifier(message, tags.OrderID),
            exec_id=values.identifier(message, tags.ExecID),
            dk_reason=values.identifier(message, tags.DKReason),
            text=values.text(message, tags.Text),
        )

    def _venue_report(
        self, session: str, message: Message
    ) -> VenueExecutionReport | VenueOrderStatus:
        exec_type = self.venue_exec_type(message)
        if exec_type is ExecType.ORDER_STATUS:
            return self._venue_order_status(session, message)
        last = values.executed if exec_type in _TRADES else values.readable_decimal
        # Without ClOrdID(11) the report is about an order that did not come from us.
        told: dict[str, Any] = {"cl_ord_id": ""}
        by_tag = message.by_tag
        for name, tag, read in _REPORTED:
            value = by_tag.get(tag)
            if value is not None:
                told[name] = read(value)
        return VenueExecutionReport(
            session=session,
            exec_id=values.required(message, tags.ExecID).decode("latin-1"),
            exec_type=exec_type,
            ord_status=self.venue_ord_status(message),
            last_qty=last(message, tags.LastQty),
            last_px=last(message, tags.LastPx),
            other_fields=self.fields_to_pass_back(message),
            **told,
        )

    def _venue_order_status(self, session: str, message: Message) -> VenueOrderStatus:
        text, readable = message.text, values.readable_decimal
        return VenueOrderStatus(
            session=session,
            ord_status=self.venue_ord_status(message),
            cl_ord_id=text(tags.ClOrdID) or "",
            orig_cl_ord_id=text(tags.OrigClOrdID),
            venue_order_id=text(tags.OrderID),
            symbol=text(tags.Symbol),
            cum_qty=readable(message, tags.CumQty),
            avg_px=readable(message, tags.AvgPx),
            mass_status_req_id=text(tags.MassStatusReqID),
            tot_num_reports=values.integer(message, tags.TotNumReports),
            last_rpt_requested=message.get(tags.LastRptRequested) == b"Y",
            text=text(tags.Text),
            leaves_qty=readable(message, tags.LeavesQty),
            poss_dup=message.get(tags.PossDupFlag) == b"Y",
        )

    def _venue_cancel_reject(self, session: str, message: Message) -> VenueOrderCancelReject:
        return VenueOrderCancelReject(
            session=session,
            cl_ord_id=values.identifier(message, tags.ClOrdID),
            orig_cl_ord_id=message.text(tags.OrigClOrdID),
            ord_status=ORD_STATUSES.get(message.get(tags.OrdStatus) or b""),
            cxl_rej_reason=values.integer(message, tags.CxlRejReason),
            text=message.text(tags.Text),
        )

    def _venue_session_reject(self, session: str, message: Message) -> VenueMessageReject:
        return VenueMessageReject(
            session=session,
            ref_seq_num=values.integer(message, tags.RefSeqNum) or 0,
            ref_msg_type=message.text(tags.RefMsgType),
            text=_text_or(message, tags.SessionRejectReason, tags.RefTagID),
        )

    def _venue_business_reject(self, session: str, message: Message) -> VenueMessageReject:
        ref_msg_type = message.text(tags.RefMsgType)
        about_order = ref_msg_type in _REFERRED_BY_CL_ORD_ID
        return VenueMessageReject(
            session=session,
            ref_seq_num=values.integer(message, tags.RefSeqNum) or 0,
            ref_msg_type=ref_msg_type,
            cl_ord_id=message.text(tags.BusinessRejectRefID) if about_order else None,
            text=_text_or(message, tags.BusinessRejectReason),
        )


def _text_or(message: Message, *wanted: int) -> str | None:
    """Return Text(58); where it is absent, what the codes say."""
    text = message.text(tags.Text)
    if text is not None:
        return text
    found = [f"{tags.label(tag)}={message.text(tag)}" for tag in wanted if tag in message]
    return " ".join(found) or None
