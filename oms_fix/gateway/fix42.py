"""What FIX 4.2 writes differently from FIX 4.4.

* ExecTransType(20) says what an ExecutionReport(8) is for; ExecType(150) tells a partial from a
  last fill; a replaced order without fills has OrdStatus(39) Replaced.
* At the Close is an OrdType(40). With a stop order, which 4.2 cannot ask for at the close, the
  TimeInForce(59) of FIX 4.4 is sent as it is, for the venue to take or refuse.
* Rule80A(47) instead of OrderCapacity(528). A capacity that it has no code for goes to Text(58).
* HandlInst(21) must be there: 1 where the client gave none.
* Executions after a cancel are told under the ClOrdID(11) of the cancel.
* ExecBroker(76), ClientID(109) and ClearingFirm(439) instead of the Parties(453) with those roles
  (FIX 4.4 Volume 6, PartyRole); the model has Parties.
* SecurityType(167) has one class for all Treasuries but bills. Symbol(55) and SecurityID(48) tell
  which instrument it is.
* OrdRejReason(103) ends at 8, CxlRejReason(102) at 3, ExecRestatementReason(378) at 5: other
  reasons become Broker Option, with Text(58) saying what it was.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar

from oms_fix.fix.message import Field, Message
from oms_fix.gateway import others, tags, terms, values
from oms_fix.gateway.base import Translator
from oms_fix.gateway.terms import Writer
from oms_fix.model.enums import ExecType, OrdStatus, OrdType, TimeInForce
from oms_fix.model.orders import CancelReject, ExecutionReport, OrderTerms, OtherField

_AT_CLOSE_OF = {OrdType.MARKET: b"5", OrdType.LIMIT: b"B"}
_ORD_TYPE_AT_CLOSE = {code: ord_type for ord_type, code in _AT_CLOSE_OF.items()}

_CAPACITIES = {capacity.encode(): capacity for capacity in ("A", "I", "P", "W")}

# ExecInst(18) of FIX 4.2; what came later goes to Text(58).
_EXEC_INSTS = frozenset("0123456789ABCDEFGILMNOPRSTUVW")

_TREASURIES = ("UST", "TBOND", "TNOTE", "TIPS", "TINT", "TCAL", "TPRN")
_SECURITY_TYPES = dict.fromkeys(_TREASURIES, b"GOVT") | {"TBILL": b"USTB", "REPO": b"RP"}

_NEW, _CANCEL, _CORRECT, _STATUS = b"0", b"1", b"2", b"3"  # ExecTransType(20)
_TRANS_TYPES = {
    ExecType.TRADE_CANCEL: _CANCEL,
    ExecType.TRADE_CORRECT: _CORRECT,
    ExecType.ORDER_STATUS: _STATUS,
}
_EXEC_TYPE_OF_TRANS = {code: exec_type for exec_type, code in _TRANS_TYPES.items()}
_PARTIAL_FILL, _FILL = b"1", b"2"  # ExecType(150)
_REPLACED = b"5"  # OrdStatus(39)

_PARTIES, _PARTY_ID, _PARTY_ID_SOURCE, _PARTY_ROLE = 453, 448, 447, 452
_PARTY = (_PARTY_ID, _PARTY_ID_SOURCE, _PARTY_ROLE)
_CUSTOM_CODE = "D"  # PartyIDSource(447)
# ExecBroker(76), ClientID(109), ClearingFirm(439) to PartyRole(452).
_ROLES = {76: "1", 109: "3", 439: "4"}
_PASSED_BACK = others.PASSED_BACK.union(_ROLES)
_TAGS_OF_ROLES = {role: tag for tag, role in _ROLES.items()}

_ORD_BROKER_OPTION = 0
_CXL_BROKER_OPTION = 2
_RESTATEMENT_BROKER_OPTION = 4


def _ord_type(asked: OrderTerms) -> bytes:
    if asked.time_in_force is TimeInForce.AT_THE_CLOSE:
        return _AT_CLOSE_OF.get(asked.ord_type) or asked.ord_type.encode()
    return asked.ord_type.encode()


def _time_in_force(asked: OrderTerms) -> bytes | None:
    if asked.time_in_force is TimeInForce.AT_THE_CLOSE and asked.ord_type in _AT_CLOSE_OF:
        return None
    return asked.time_in_force.encode()


def _security_type(name: str) -> bytes:
    return _SECURITY_TYPES.get(name) or name.encode()


def _rule80a(order_capacity: str) -> bytes | None:
    capacity = order_capacity.encode()
    return capacity if capacity in _CAPACITIES else None


def _text(asked: OrderTerms) -> bytes | None:
    said = [] if asked.text is None else [asked.text]
    capacity = asked.order_capacity
    if capacity is not None and capacity.encode() not in _CAPACITIES:
        said.append(f"OrderCapacity(528)={capacity}")
    lacking = [code for code in (asked.exec_inst or "").split() if code not in _EXEC_INSTS]
    if lacking:
        said.append(f"ExecInst(18)={' '.join(lacking)}")
    return "; ".join(said).encode() or None


def _exec_inst(exec_inst: str) -> bytes | None:
    known = [code for code in exec_inst.split() if code in _EXEC_INSTS]
    return " ".join(known).encode() or None


def _handl_inst(asked: OrderTerms) -> bytes:
    return b"1" if asked.handl_inst is None else asked.handl_inst.encode()


def _with_parties(found: tuple[OtherField, ...]) -> tuple[OtherField, ...]:
    """Return fields with the parties that FIX 4.2 has fields for as the group of FIX 4.4."""
    members = [
        member
        for each in found
        if each.tag in _ROLES
        for member in zip(_PARTY, (each.value, _CUSTOM_CODE, _ROLES[each.tag]), strict=True)
    ]
    if not members:
        return found
    left = [each for each in found if each.tag not in _ROLES]
    count = str(len(members) // len(_PARTY))
    return (*left, OtherField(_PARTIES, count, tuple(members)))


def _without_parties(each: OtherField) -> list[OtherField]:
    """Return a field as it is; of the Parties those that FIX 4.2 has fields for, and the rest."""
    if each.tag != _PARTIES:
        return [each]
    said: dict[int, OtherField] = {}
    rest: list[list[tuple[int, str]]] = []
    for party in _each_party(each.members):
        told = dict(party)
        tag = _TAGS_OF_ROLES.get(told.get(_PARTY_ROLE, ""))
        if tag is None or tag in said or len(told) > len(_PARTY):
            rest.append(party)
        else:
            said[tag] = OtherField(tag, told[_PARTY_ID])
    left = tuple([member for party in rest for member in party])
    return [*said.values(), *([OtherField(_PARTIES, str(len(rest)), left)] if rest else [])]


def _each_party(members: tuple[tuple[int, str], ...]) -> list[list[tuple[int, str]]]:
    """Return the entries of a Parties group, each of which begins with PartyID(448)."""
    found: list[list[tuple[int, str]]] = []
    for member in members:
        if member[0] == _PARTY_ID or not found:
            found.append([])
        found[-1].append(member)
    return found


def _from_all(write: Callable[[OrderTerms], bytes | None]) -> Writer:
    return Writer("symbol", write, takes_all=True)  # which all orders have


class Fix42(Translator):
    """FIX 4.2."""

    application_version = "FIX.4.2"
    writers: ClassVar = {
        tag: writer
        for tag, writer in terms.WRITERS.items()
        if tag not in (tags.OrderCapacity, tags.Product)
    } | {
        tags.ExecInst: Writer("exec_inst", _exec_inst),
        tags.HandlInst: _from_all(_handl_inst),
        tags.OrdType: _from_all(_ord_type),
        tags.Rule80A: Writer("order_capacity", _rule80a),
        tags.SecurityType: Writer("security_type", _security_type),
        tags.Text: _from_all(_text),
        tags.TimeInForce: _from_all(_time_in_force),
    }
    reasons: ClassVar = {
        tags.OrdRejReason: (frozenset(range(9)), _ORD_BROKER_OPTION),
        tags.CxlRejReason: (frozenset(range(4)), _CXL_BROKER_OPTION),
        tags.ExecRestatementReason: (frozenset(range(6)), _RESTATEMENT_BROKER_OPTION),
    }

    def read_ord_type(self, message: Message) -> tuple[OrdType, TimeInForce]:
        """Return OrdType(40) and TimeInForce(59); on-close order types are At the Close."""
        at_close = _ORD_TYPE_AT_CLOSE.get(message.get(tags.OrdType) or b"")
        if at_close is not None:
            return at_close, TimeInForce.AT_THE_CLOSE
        return super().read_ord_type(message)

    def read_security_type(self, message: Message) -> str | None:
        """Return SecurityType(167), in the codes of FIX 4.4 where those are as exact."""
        name = message.text(tags.SecurityType)
        return "REPO" if name == "RP" else name

    def read_order_capacity(self, message: Message) -> str | None:
        """Return Rule80A(47), of which the model knows the codes that OrderCapacity(528) has."""
        if message.get(tags.Rule80A) is None:
            return None
        return values.choice(message, tags.Rule80A, _CAPACITIES)

    def venue_exec_type(self, message: Message) -> ExecType:
        """Return what a venue's report is for: ExecTransType(20), if it is not New."""
        corrected = _EXEC_TYPE_OF_TRANS.get(message.get(tags.ExecTransType) or _NEW)
        return super().venue_exec_type(message) if corrected is None else corrected

    def venue_ord_status(self, message: Message) -> OrdStatus | None:
        """Return OrdStatus(39); Replaced is New or Partially Filled, by CumQty(14)."""
        if message.get(tags.OrdStatus) == _REPLACED:
            filled = values.readable_decimal(message, tags.CumQty)
            return OrdStatus.PARTIALLY_FILLED if filled else OrdStatus.NEW
        return super().venue_ord_status(message)

    def other_fields(self, message: Message) -> tuple[OtherField, ...]:
        """Return what the model has no word for, with the Parties in those of FIX 4.4."""
        return _with_parties(super().other_fields(message))

    def fields_to_pass_back(self, message: Message) -> tuple[OtherField, ...]:
        """Return what of a report may go on to the client, with Parties as in FIX 4.4."""
        return _with_parties(others.of_report(message, self.application_version, _PASSED_BACK))

    def fitting(
        self, other_fields: Iterable[OtherField], msg_type: str
    ) -> tuple[list[Field], list[OtherField]]:
        """Return what a message has of the other fields, and what this version lacks."""
        said = [one for each in other_fields for one in _without_parties(each)]
        return super().fitting(said, msg_type)

    def report_cl_ord_id(self, report: ExecutionReport) -> str:
        """Return ClOrdID(11) of message 8: after a cancel that of the cancel (matrix D35)."""
        return report.cancel_cl_ord_id or report.cl_ord_id

    def reject_orig_cl_ord_id(self, reject: CancelReject) -> str:
        """Return OrigClOrdID(41) of message 9: that of the request, as FIX 4.2 has it."""
        return reject.requested_orig_cl_ord_id or reject.orig_cl_ord_id

    def exec_trans_type(self, exec_type: ExecType) -> bytes:
        """Return ExecTransType(20)."""
        return _TRANS_TYPES.get(exec_type, _NEW)

    def purpose(self, report: ExecutionReport) -> tuple[bytes, bytes]:
        """Return ExecType(150) and OrdStatus(39) of a report."""
        ord_status = report.ord_status.encode()
        match report.exec_type:
            case ExecType.TRADE | ExecType.TRADE_CORRECT:
                last = report.cum_qty >= report.terms.order_qty
                return _FILL if last else _PARTIAL_FILL, ord_status
            case ExecType.TRADE_CANCEL:
                return _PARTIAL_FILL, ord_status
            case ExecType.ORDER_STATUS:
                return ord_status, ord_status
            case ExecType.REPLACED if report.ord_status is OrdStatus.NEW:
                return _REPLACED, _REPLACED
            case _:
                return super().purpose(report)

    def refusal(self, exec_type: ExecType) -> bytes:
        """Return ExecType(150) of a report that refuses: a status reply too says Rejected."""
        del exec_type
        return ExecType.REJECTED.encode()
