"""What FIX 5.0SP2 writes differently from FIX 4.4.

OrderMassCancelReport(r) has an id of its own, there are more reasons, and ExecType(150) Triggered.
Cancel, replace and status requests may name the order by OrderID(37) alone.
"""

from typing import ClassVar

from oms_fix.fix.message import Message
from oms_fix.gateway import tags, values
from oms_fix.gateway.base import Translator
from oms_fix.model.events import MassCancelReported

_OTHER = 99


class Fix50SP2(Translator):
    """FIX 5.0SP2."""

    application_version = "FIX.5.0SP2"
    lacks: ClassVar = frozenset()
    reasons: ClassVar = {
        tags.OrdRejReason: (frozenset(range(30)) - {17} | {_OTHER}, _OTHER),
        tags.CxlRejReason: (frozenset(range(9)) | {18, _OTHER}, _OTHER),
        tags.ExecRestatementReason: (frozenset(range(21)) | {_OTHER}, _OTHER),
    }

    def names_order(self, message: Message, tag: int) -> tuple[str, str | None]:
        """Return the ClOrdID in ``tag`` or, where there is none, "" and OrderID(37)."""
        if message.get(tag) is None and message.get(tags.OrderID) is not None:
            return "", values.identifier(message, tags.OrderID)
        return super().names_order(message, tag)

    def _order_mass_cancel_report(self, event: MassCancelReported, now: int) -> Message:
        message = super()._order_mass_cancel_report(event, now)
        return Message("r", [*message.fields, (tags.MassActionReportID, event.report_id.encode())])
