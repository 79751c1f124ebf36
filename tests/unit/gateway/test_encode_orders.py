"""What venues are sent."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from oms_fix.fix.message import Message
from oms_fix.gateway.translator import addressee, translator
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildPlaced,
    ChildReplaceRequested,
    ChildStatusRequested,
    ExecutionUnknown,
    OrderMassStatusRequested,
    SessionChanged,
)

TIME = (60, b"20231114-22:13:20.123")


def test_new_order_single_has_every_term_in_the_order_of_the_specification(full, now):
    """A child's NewOrderSingle(D) in FIX 4.4 tells the venue all that the order's terms hold."""
    event = ChildPlaced("O1", "O1.1", "V1", "XNYS", full)
    assert translator("FIX.4.4").encode(event, now) == Message(
        "D",
        [
            (11, b"V1"),
            (1, b"ACC1"),
            (63, b"6"),
            (64, b"20231205"),
            (21, b"2"),
            (18, b"1"),
            (110, b"1000"),
            (111, b"5000"),
            (100, b"X"),
            (55, b"T 4.25 11/34"),
            (48, b"91282CLW9"),
            (22, b"1"),
            (460, b"6"),
            (54, b"2"),
            TIME,
            (38, b"1000000"),
            (40, b"4"),
            (44, b"99.25"),
            (99, b"99.5"),
            (15, b"USD"),
            (59, b"6"),
            (432, b"20231201"),
            (126, b"20231201-21:00:00"),
            (528, b"A"),
            (58, b"as agreed"),
            (211, b"-0.05"),
        ],
    )


def test_new_order_single_42_has_handl_inst_though_the_client_gave_none(plain, now):
    """FIX 4.2 requires HandlInst(21) on D: automated execution, no intervention."""
    event = ChildPlaced("O1", "O1.1", "V1", "XNAS", plain)
    assert translator("FIX.4.2").encode(event, now) == Message(
        "D",
        [
            (11, b"V1"),
            (21, b"1"),
            (55, b"IBM"),
            (54, b"1"),
            TIME,
            (38, b"100"),
            (40, b"2"),
            (44, b"10.5"),
            (59, b"0"),
        ],
    )


def test_new_order_single_44_has_no_handl_inst_where_the_client_gave_none(plain, now):
    """From FIX 4.3 on HandlInst(21) is the client's choice alone."""
    event = ChildPlaced("O1", "O1.1", "V1", "XNAS", plain)
    assert translator("FIX.4.4").encode(event, now).get(21) is None


def test_cancel_request_names_both_ids_and_the_order(plain, now):
    """OrderCancelRequest(F) identifies the child by OrigClOrdID(41) and the venue's OrderID(37)."""
    event = ChildCancelRequested("O1", "O1.1", "V2", "V1", "XNYS", plain, "X1")
    assert translator("FIX.4.4").encode(event, now) == Message(
        "F",
        [(41, b"V1"), (37, b"X1"), (11, b"V2"), (55, b"IBM"), (54, b"1"), TIME, (38, b"100")],
    )


def test_cancel_request_before_the_venue_answered_has_no_order_id(version, plain, now):
    """A child that the venue has not acknowledged has no OrderID(37) to name."""
    event = ChildCancelRequested("O1", "O1.1", "V2", "V1", "XNYS", plain)
    assert translator(version).encode(event, now).get(37) is None


def test_status_request_names_the_order_by_all_that_is_known(version, plain, now):
    """OrderStatusRequest(H): the venue's OrderID(37) once it is known, our ClOrdID(11)."""
    event = ChildStatusRequested("O1", "O1.1", "V1", "XNYS", plain, "X1")
    fields = [(37, b"X1"), (11, b"V1"), (55, b"IBM"), (54, b"1")]
    assert translator(version).encode(event, now) == Message("H", fields)


def test_mass_status_request_is_about_all_orders(now):
    """OrderMassStatusRequest(AF) with MassStatusReqType(585) 7."""
    message = translator("FIX.4.4").encode(OrderMassStatusRequested("XNYS", "S1"), now)
    assert message == Message("AF", [(584, b"S1"), (585, b"7")])


def test_replace_request_restates_the_whole_order(plain, now):
    """OrderCancelReplaceRequest(G) carries all terms, not only the changed ones."""
    event = ChildReplaceRequested("O1", "O1.1", "V2", "V1", "XNAS", plain, "X1")
    assert translator("FIX.4.2").encode(event, now) == Message(
        "G",
        [
            (37, b"X1"),
            (41, b"V1"),
            (11, b"V2"),
            (21, b"1"),
            (55, b"IBM"),
            (54, b"1"),
            TIME,
            (38, b"100"),
            (40, b"2"),
            (44, b"10.5"),
            (59, b"0"),
        ],
    )


def test_dont_know_trade_says_no_matching_order(version, now):
    """An execution on an order that is not ours goes back as DontKnowTrade(Q), DKReason(127) D."""
    trade = (Decimal(5), Decimal("10.25"))
    event = ExecutionUnknown("XNAS", "E9", "V9", "X9", "IBM", Side.BUY, *trade)
    assert translator(version).encode(event, now) == Message(
        "Q",
        [
            (37, b"X9"),
            (17, b"E9"),
            (127, b"D"),
            (55, b"IBM"),
            (54, b"1"),
            (32, b"5"),
            (31, b"10.25"),
            (58, b"no such order: ClOrdID(11)=V9"),
        ],
    )


@pytest.mark.parametrize(
    ("ord_type", "code", "time_in_force"),
    [
        (OrdType.MARKET, b"5", None),
        (OrdType.LIMIT, b"B", None),
        # No such thing in 4.2: sent as 4.4 has it, for the venue to take or refuse.
        (OrdType.STOP, b"3", b"7"),
    ],
)
def test_at_the_close_is_an_order_type_in_42(plain, now, ord_type, code, time_in_force):
    """FIX 4.2 has no TimeInForce(59) At the Close; its OrdType(40) says it."""
    terms = replace(plain, ord_type=ord_type, time_in_force=TimeInForce.AT_THE_CLOSE)
    sent = translator("FIX.4.2").encode(ChildPlaced("O1", "O1.1", "V1", "XNAS", terms), now)
    assert (sent.get(40), sent.get(59)) == (code, time_in_force)


@pytest.mark.parametrize(
    ("capacity", "text", "rule80a", "said"),
    [
        ("A", None, b"A", None),
        ("A", "hi", b"A", b"hi"),
        ("R", None, None, b"OrderCapacity(528)=R"),
        ("R", "hi", None, b"hi; OrderCapacity(528)=R"),
    ],
)
def test_capacity_without_a_rule80a_code_goes_to_text(plain, now, capacity, text, rule80a, said):
    """OrderCapacity(528) is Rule80A(47) in FIX 4.2, and never lost where that has no code."""
    terms = replace(plain, order_capacity=capacity, text=text)
    sent = translator("FIX.4.2").encode(ChildPlaced("O1", "O1.1", "V1", "XNAS", terms), now)
    assert (sent.get(47), sent.get(58), sent.get(528)) == (rule80a, said, None)


@pytest.mark.parametrize(
    ("name", "code"),
    [("TNOTE", b"GOVT"), ("TBILL", b"USTB"), ("REPO", b"RP"), ("CORP", b"CORP")],
)
def test_security_types_that_42_lacks_become_their_class(plain, now, name, code):
    """A Treasury note is GOVT to a FIX 4.2 venue; the symbol tells which one."""
    terms = replace(plain, security_type=name)
    sent = translator("FIX.4.2").encode(ChildPlaced("O1", "O1.1", "V1", "XNAS", terms), now)
    assert sent.get(167) == code


def test_classes_that_only_42_has_become_a_product(plain, now):
    """GOVT of a FIX 4.2 client is Product(460) Government to later versions."""
    terms = replace(plain, security_type="GOVT")
    sent = translator("FIX.4.4").encode(ChildPlaced("O1", "O1.1", "V1", "XNAS", terms), now)
    assert (sent.get(460), sent.get(167)) == (b"6", None)


def test_addressee_is_the_session_that_must_hear(plain):
    """Events about a child go to its venue; events that nobody is told of to none."""
    assert addressee(ChildPlaced("O1", "O1.1", "V1", "XNAS", plain)) == "XNAS"
    assert addressee(SessionChanged("XNAS", logged_on=True)) is None


def test_no_translator_for_a_version_that_is_not_spoken():
    """A version that the gateway does not speak is refused at start, not at the first order."""
    with pytest.raises(KeyError):
        translator("FIX.4.1")
