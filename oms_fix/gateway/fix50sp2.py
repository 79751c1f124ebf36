"""What FIX 5.0SP2 writes differently from FIX 4.4.

OrderMassCancelReport(r) has an id of its own, there are more reasons, and ExecType(150) Triggered.
Cancel, replace and status requests may name the order by OrderID(37) alone. There are
OrderMassActionRequest(CA), which is a mass cancel with a report of its own, BZ, and
ExecutionAcknowledgement(BN), which asks for something only where it is a DontKnowTrade(Q).
"""

from typing import ClassVar

from oms_fix.fix.message import Message
from oms_fix.fix.timestamps import format_timestamp
from oms_fix.gateway import tags, terms, values
from oms_fix.gateway.base import Translator
from oms_fix.model.commands import DontKnowTrade, OrderMassCancelRequest
from oms_fix.model.events import MassCancelReported

_OTHER = 99
_EXEC_ACK_STATUSES = {b"0": "received", b"1": "accepted", b"2": "don't know"}
_DONT_KNOW = b"2"
_REJECTED, _ACCEPTED = b"0", b"1"  # MassActionResponse(1375)


class Fix50SP2(Translator):
    """FIX 5.0SP2."""

    application_version = "FIX.5.0SP2"
    lacks: ClassVar = frozenset()
    reasons: ClassVar = {
        tags.OrdRejReason: (frozenset(range(30)) - {17} | {_OTHER}, _OTHER),
        tags.CxlRejReason: (frozenset(range(9)) | {18, _OTHER}, _OTHER),
        tags.ExecRestatementReason: (frozenset(range(21)) | {_OTHER}, _OTHER),
    }

    def __init__(self) -> None:
        super().__init__()
        self._from_client |= {"BN": self._execution_ack, "CA": self._mass_action_request}

    def _execution_ack(self, session: str, message: Message) -> DontKnowTrade | None:
        values.choice(message, tags.ExecAckStatus, _EXEC_ACK_STATUSES)
        if message.get(tags.ExecAckStatus) != _DONT_KNOW:
            return None
        return self._dont_know_trade(session, message)

    def _mass_action_request(self, session: str, message: Message) -> OrderMassCancelRequest:
        return OrderMassCancelRequest(
            session=session,
            cl_ord_id=values.identifier(message, tags.ClOrdID),
            request_type=values.identifier(message, tags.MassActionScope),
            symbol=values.text(message, tags.Symbol),
            security_type=self.read_security_type(message),
            side=values.choice_if_any(message, tags.Side, terms.SIDES),
            action=values.identifier(message, tags.MassActionType),
        )

    def names_order(self, message: Message, tag: int) -> tuple[str, str | None]:
        """Return the ClOrdID in ``tag`` or, where there is none, "" and OrderID(37)."""
        if message.get(tag) is None and message.get(tags.OrderID) is not None:
            return "", values.identifier(message, tags.OrderID)
        return super().names_order(message, tag)

    def _order_mass_cancel_report(self, event: MassCancelReported, now: int) -> Message:
        if event.action is not None:
            return self._order_mass_action_report(event, event.action, now)
        message = super()._order_mass_cancel_report(event, now)
        return Message("r", [*message.fields, (tags.MassActionReportID, event.report_id.encode())])

    def _order_mass_action_report(
        self, event: MassCancelReported, action: str, now: int
    ) -> Message:
        rejected = event.reject_reason is not None
        fields = [
            (tags.ClOrdID, event.cl_ord_id.encode()),
            (tags.MassActionReportID, event.report_id.encode()),
            (tags.MassActionType, action.encode()),
            (tags.MassActionScope, event.request_type.encode()),
            (tags.MassActionResponse, _REJECTED if rejected else _ACCEPTED),
        ]
        if event.reject_reason is None:
            fields.append((tags.TotalAffectedOrders, b"%d" % event.affected))
        else:
            fields.append((tags.MassActionRejectReason, b"%d" % event.reject_reason))
        fields.append((tags.TransactTime, format_timestamp(now)))
        if event.text is not None:
            fields.append((tags.Text, event.text.encode()))
        return Message("BZ", fields)
