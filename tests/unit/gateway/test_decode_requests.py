"""What clients send, and what they get back for what cannot be taken on."""

from decimal import Decimal

import pytest

from oms_fix.fix.message import Message
from oms_fix.gateway.translator import DecodeError, translator
from oms_fix.model.commands import (
    DontKnowTrade,
    NewOrderSingle,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelRequest,
    OrderStatusRequest,
)
from oms_fix.model.enums import OrdStatus, OrdType, Side, TimeInForce
from oms_fix.model.events import ChildPlaced
from oms_fix.model.orders import OrderTerms

TIME = (60, b"20231114-22:13:20.123")
ORDER = {11: b"C1", 21: b"1", 55: b"IBM", 54: b"1", 60: b"x", 38: b"100", 40: b"2", 44: b"10.50"}
TERMS = OrderTerms(
    symbol="IBM",
    side=Side.BUY,
    order_qty=Decimal(100),
    ord_type=OrdType.LIMIT,
    price=Decimal("10.5"),
    handl_inst="1",
)


def message(msg_type, changes=None):
    fields = {34: b"7"} | ORDER | (changes or {})
    return Message(msg_type, [(tag, value) for tag, value in fields.items() if value is not None])


def refused(version, received, now, **known):
    with pytest.raises(DecodeError) as caught:
        translator(version).decode_from_client("CLIENT", received)
    return translator(version).refuse(received, caught.value, "O1", "E1", now, **known)


def test_new_order(version):
    """NewOrderSingle(D) becomes a command with the order's terms; no TimeInForce(59) means Day."""
    command = translator(version).decode_from_client("CLIENT", message("D"))
    assert command == NewOrderSingle("CLIENT", "C1", TERMS)
    assert command.terms.time_in_force is TimeInForce.DAY


def test_poss_resend(version):
    """PossResend(97) reaches the core, which decides by ClOrdID(11)."""
    command = translator(version).decode_from_client("CLIENT", message("D", {97: b"Y"}))
    assert command.poss_resend


def test_replace(version):
    """OrderCancelReplaceRequest(G) restates the order's terms."""
    command = translator(version).decode_from_client("CLIENT", message("G", {41: b"C0"}))
    assert command == OrderCancelReplaceRequest("CLIENT", "C1", "C0", TERMS)


def test_cancel(version):
    """OrderCancelRequest(F) names the order by OrigClOrdID(41)."""
    received = message("F", {41: b"C0", 40: None, 44: None})
    command = translator(version).decode_from_client("CLIENT", received)
    assert command == OrderCancelRequest("CLIENT", "C1", "C0", "IBM")


def test_status_request(version):
    """OrderStatusRequest(H) tells neither quantity nor type."""
    received = message("H", {38: None, 40: None, 44: None, 21: None})
    command = translator(version).decode_from_client("CLIENT", received)
    terms = OrderTerms(symbol="IBM", side=Side.BUY, order_qty=Decimal(0), ord_type=OrdType.MARKET)
    assert command == OrderStatusRequest("CLIENT", "C1", terms)


@pytest.mark.parametrize("msg_type", ["F", "G", "H"])
def test_the_order_id_alone_names_an_order_in_50sp2(msg_type):
    """OrigClOrdID(41), of H ClOrdID(11), may be left out; where both are, OrderID is extra."""
    left_out = {37: b"O1", 41: None} | ({11: None} if msg_type == "H" else {})
    decoded = translator("FIX.5.0SP2").decode_from_client("CLIENT", message(msg_type, left_out))
    named = decoded.cl_ord_id if msg_type == "H" else decoded.orig_cl_ord_id
    assert (named, decoded.order_id) == ("", "O1")
    both = message(msg_type, {37: b"O1", 41: b"C0"})
    assert translator("FIX.5.0SP2").decode_from_client("CLIENT", both).order_id is None


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4"])
def test_the_order_id_alone_is_not_enough_before_50sp2(version, now):
    """OrigClOrdID(41) is required there: the answer names it."""
    answer = refused(version, message("F", {37: b"O1", 41: None}), now)
    assert (answer.msg_type, b"OrigClOrdID(41)" in answer.get(58)) == ("9", True)


@pytest.mark.parametrize(("code", "ord_type"), [(b"5", OrdType.MARKET), (b"B", OrdType.LIMIT)])
def test_on_close_types_of_42_are_at_the_close(code, ord_type):
    """OrdType(40) Market On Close and Limit On Close of FIX 4.2 are a TimeInForce later."""
    command = translator("FIX.4.2").decode_from_client("CLIENT", message("D", {40: code}))
    terms = command.terms
    assert (terms.ord_type, terms.time_in_force) == (ord_type, TimeInForce.AT_THE_CLOSE)


def test_rule80a_of_42_is_the_capacity():
    """Rule80A(47) of FIX 4.2 is OrderCapacity(528) later."""
    command = translator("FIX.4.2").decode_from_client("CLIENT", message("D", {47: b"P"}))
    assert command.terms.order_capacity == "P"


def test_product_alone_tells_the_class():
    """Product(460) Government without SecurityType(167) is the class that FIX 4.2 calls GOVT."""
    command = translator("FIX.4.4").decode_from_client("CLIENT", message("D", {460: b"6"}))
    assert command.terms.security_type == "GOVT"


def test_order_type_that_is_not_supported_is_rejected_as_an_order(now):
    """A field that the model has no word for gets an ExecutionReport Rejected that names it."""
    answer = refused("FIX.4.4", message("D", {40: b"I"}), now)
    field = "field=OrdType(40) value=I allowed=1,2,3,4,K,P"
    text = f"UNSUPPORTED_ORDER: not supported here {field}"
    assert answer == Message(
        "8",
        [
            (37, b"O1"),
            (11, b"C1"),
            (17, b"E1"),
            (150, b"8"),
            (39, b"8"),
            (103, b"11"),
            (55, b"IBM"),
            (54, b"1"),
            (38, b"100"),
            (40, b"I"),
            (44, b"10.50"),
            (151, b"0"),
            (14, b"0"),
            (6, b"0"),
            TIME,
            (58, text.encode()),
        ],
    )


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (54, b"8"),
        (59, b"5"),
        (40, b"9"),
        (38, b"1E9"),
        (38, b"NaN"),
        (38, b"--1"),
        (38, b"1" * 29),
        (44, b"1_0"),
        (38, None),
        (55, None),
        (11, b"\xe9"),
    ],
)
def test_what_cannot_be_represented_is_rejected_as_an_order(version, now, tag, value):
    """The client learns which field is at fault; nothing is dropped silently."""
    answer = refused(version, message("D", {tag: value}), now)
    assert (answer.msg_type, answer.get(150), answer.get(39)) == ("8", b"8", b"8")
    assert b"(%d)" % tag in answer.get(58)


def test_rule80a_code_without_a_capacity_is_rejected(now):
    """A Rule80A(47) code that OrderCapacity(528) does not have would be lost: it is refused."""
    answer = refused("FIX.4.2", message("D", {47: b"D"}), now)
    assert (answer.msg_type, answer.get(20), answer.get(103)) == ("8", b"0", b"0")
    assert answer.text(58).endswith("field=Rule80A(47) value=D allowed=A,I,P,W")


def test_missing_symbol_is_answered_with_the_symbol_for_none(now):
    """Symbol(55) is required on the answer; [N/A] stands where there is none."""
    assert refused("FIX.4.4", message("D", {55: None}), now).get(55) == b"[N/A]"


@pytest.mark.parametrize(("msg_type", "response_to"), [("F", b"1"), ("G", b"2")])
def test_request_that_cannot_be_taken_gets_a_cancel_reject(version, now, msg_type, response_to):
    """F and G are answered by OrderCancelReject(9) with the ids of the request."""
    changes = {41: b"C0", 55: None, 1: b"ACC1"}
    answer = refused(version, message(msg_type, changes), now, ord_status=OrdStatus.NEW)
    reason = b"2" if version == "FIX.4.2" else b"99"
    assert answer == Message(
        "9",
        [
            (37, b"O1"),
            (11, b"C1"),
            (41, b"C0"),
            (39, b"0"),
            (1, b"ACC1"),
            TIME,
            (434, response_to),
            (102, reason),
            (58, b"MISSING_FIELD: a field that this order needs is missing field=Symbol(55)"),
        ],
    )


@pytest.mark.parametrize(
    ("spoken", "purpose"), [("FIX.4.2", (b"3", b"8", b"8")), ("FIX.4.4", (None, b"I", b"8"))]
)
def test_status_request_that_cannot_be_taken_gets_a_rejected_status(now, spoken, purpose):
    """H in error is answered by a status report with OrdStatus(39) Rejected."""
    answer = refused(spoken, message("H", {54: b"8"}), now)
    assert (answer.get(20), answer.get(150), answer.get(39)) == purpose
    assert answer.get(17) == b"0"


def test_message_that_we_do_not_take_gets_a_business_reject(version, now):
    """A MsgType(35) that FIX knows and we do not take: j, BusinessRejectReason(380) 3."""
    assert refused(version, message("AE"), now) == Message(
        "j",
        [
            (45, b"7"),
            (372, b"AE"),
            (379, b"C1"),
            (380, b"3"),
            (58, b"Unsupported Message Type"),
        ],
    )


def test_order_without_id_gets_a_business_reject(version, now):
    """No specific reject can be built without ClOrdID(11): j, conditionally required field."""
    answer = refused(version, message("D", {11: None}), now)
    assert (answer.msg_type, answer.get(380), answer.get(379)) == ("j", b"5", None)


def test_application_that_is_not_available_is_a_business_reject(version, now):
    """A fault of no field, such as a stopped router, is answered by j whatever the message."""
    error = DecodeError(4, None, "Application not available")
    answer = translator(version).refuse(message("D"), error, "", "", now)
    assert (answer.msg_type, answer.get(380)) == ("j", b"4")


@pytest.mark.parametrize("msg_type", ["3", "j"])
def test_rejects_are_not_answered_by_rejects(version, msg_type):
    """A client's own reject asks for nothing: two sides must not reject each other for ever."""
    received = Message(msg_type, [(34, b"7"), (45, b"3"), (372, b"8"), (380, b"0")])
    assert translator(version).decode_from_client("CLIENT", received) is None


@pytest.mark.parametrize(("status", "asks"), [(b"0", False), (b"1", False), (b"2", True)])
def test_an_execution_ack_of_50sp2_is_a_doubt_or_nothing(status, asks):
    """ExecutionAcknowledgement(BN) with ExecAckStatus(1036) 2 is a DontKnowTrade(Q)."""
    received = Message("BN", [(37, b"O1"), (17, b"E1"), (54, b"1"), (1036, status), (127, b"D")])
    command = translator("FIX.5.0SP2").decode_from_client("CLIENT", received)
    assert command == (DontKnowTrade("CLIENT", "O1", "E1", "D") if asks else None)


def test_a_mass_action_of_50sp2_is_a_mass_cancel():
    """OrderMassActionRequest(CA); whether its MassActionType(1373) is one we do the core says."""
    received = Message("CA", [(11, b"M"), (60, b"x"), (1373, b"3"), (1374, b"7")])
    command = translator("FIX.5.0SP2").decode_from_client("CLIENT", received)
    assert command == OrderMassCancelRequest("CLIENT", "M", "7", action="3")


@pytest.mark.parametrize(("msg_type", "version"), [("CA", "FIX.4.4"), ("BN", "FIX.4.4")])
def test_what_came_with_50sp2_is_no_message_before(msg_type, version, now):
    """BusinessMessageReject(j) with BusinessRejectReason(380) 3."""
    answer = refused(version, Message(msg_type, [(34, b"7"), (11, b"M")]), now)
    assert (answer.msg_type, answer.get(380)) == ("j", b"3")


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_a_pegged_order_goes_on_as_it_is(version, now):
    """OrdType(40)=P with ExecInst(18) and PegOffsetValue(211), which may be negative."""
    asked = message("D", {40: b"P", 18: b"R", 211: b"-0.05"})
    terms = translator(version).decode_from_client("CLIENT", asked).terms
    assert (terms.ord_type, terms.peg_offset_value) == (OrdType.PEGGED, Decimal("-0.05"))
    placed = ChildPlaced("O1", "O1.1", "O1.1", "VENUE", terms)
    sent = translator(version).encode(placed, now)
    assert (sent.get(40), sent.get(18), sent.get(211)) == (b"P", b"R", b"-0.05")


@pytest.mark.parametrize("msg_type", ["q", "AF", "CA"])
def test_a_mass_request_for_a_side_that_we_do_not_have_is_refused(msg_type, now):
    """BusinessMessageReject(j): without the side it would be about more orders than was asked."""
    kinds = {530: b"7", 584: b"S1", 585: b"7", 1373: b"3", 1374: b"7"}
    received = Message(msg_type, [(34, b"7"), (11, b"M"), (54, b"8"), *kinds.items()])
    answer = refused("FIX.5.0SP2", received, now)
    assert (answer.msg_type, answer.get(372)) == ("j", msg_type.encode())
