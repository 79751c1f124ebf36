"""Fields that the model has no word for: read, carried to another version, and brought back."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from oms_fix.fix.message import Message
from oms_fix.gateway.others import back
from oms_fix.gateway.translator import translator
from oms_fix.model.enums import CxlRejResponseTo, OrdStatus
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildPlaced,
    ChildReplaceRequested,
    OrderReported,
    RequestRejected,
)
from oms_fix.model.orders import CancelReject, OtherField

BUY = [(11, b"C1"), (21, b"1"), (55, b"IBM"), (54, b"1"), (60, b"x"), (38, b"100"), (40, b"1")]
REPORT = [(37, b"V"), (11, b"C"), (17, b"E1"), (150, b"0"), (39, b"0"), (55, b"IBM"), (54, b"1")]
TWO_PARTIES = [
    (453, b"2"), (448, b"FUND7"), (447, b"D"), (452, b"3"),
    (448, b"TRADER"), (447, b"D"), (452, b"11"),
]  # fmt: skip
CLIENT_ID = OtherField(453, "1", ((448, "FUND7"), (447, "D"), (452, "3")))
PARTIES = OtherField(453, "2", (*CLIENT_ID.members, (448, "TRADER"), (447, "D"), (452, "11")))
LATER = ["FIX.4.4", "FIX.5.0SP2"]


def decode(version, *more):
    command = translator(version).decode_from_client("C", Message("D", [*BUY, *more]))
    return command.terms.other_fields


def place(version, plain, now, *others, text=None):
    terms = replace(plain, other_fields=others, text=text)
    event = ChildPlaced("O1", "O1.1", "O1.1", "V", terms)
    return translator(version).encode(event, now)


def test_an_order_that_says_no_more_has_no_other_fields(version):
    """What the model and the session know is not told twice."""
    assert decode(version, (34, b"7"), (49, b"C"), (97, b"Y"), (58, b"careful")) == ()


def test_user_defined_and_routing_fields_are_read_in_their_order(version):
    """OnBehalfOfCompID(115) of the header and 5001 of the body, as they were received."""
    assert decode(version, (115, b"FUND"), (5001, b"a=b")) == (
        OtherField(115, "FUND"),
        OtherField(5001, "a=b"),
    )


@pytest.mark.parametrize("version", LATER)
def test_a_repeating_group_is_one_field(version):
    """Parties(453) with all that is in it."""
    assert decode(version, *TWO_PARTIES, (5001, b"x")) == (PARTIES, OtherField(5001, "x"))


def test_client_id_of_42_is_a_party():
    """ClientID(109) and ExecBroker(76) are PartyRole(452) 3 and 1 (FIX 4.4 Volume 6)."""
    (parties,) = decode("FIX.4.2", (109, b"FUND7"), (76, b"BRKR"))
    assert parties == OtherField(
        453, "2", (*CLIENT_ID.members, (448, "BRKR"), (447, "D"), (452, "1"))
    )


@pytest.mark.parametrize("version", LATER)
def test_parties_go_to_versions_that_have_them(version, plain, now, assert_conforms):
    """The group as it was received; nothing of it is in Text(58)."""
    sent = place(version, plain, now, PARTIES)
    assert [field for field in sent.fields if field in TWO_PARTIES] == TWO_PARTIES
    assert sent.get(58) is None
    assert_conforms(version, sent)


def test_parties_that_42_has_no_field_for_are_told_as_text(plain, now, assert_conforms):
    """PartyRole(452) 3 is ClientID(109); the trader goes to Text(58), behind what stands there."""
    sent = place("FIX.4.2", plain, now, PARTIES, text="as agreed")
    assert sent.get(109) == b"FUND7"
    assert sent.get(58) == (
        b"as agreed; NoPartyIDs(453)=1 PartyID(448)=TRADER PartyIDSource(447)=D PartyRole(452)=11"
    )
    assert_conforms("FIX.4.2", sent)


@pytest.mark.parametrize(
    ("version", "field", "text"),
    [
        ("FIX.4.2", OtherField(1138, "50"), b"DisplayQty(1138)=50"),
        ("FIX.4.4", OtherField(1138, "50"), b"DisplayQty(1138)=50"),
        ("FIX.5.0SP2", OtherField(1138, "50"), None),
        ("FIX.4.2", OtherField(210, "50"), None),
        ("FIX.4.4", OtherField(210, "50"), None),
        ("FIX.4.2", OtherField(204, "1"), None),
        ("FIX.4.4", OtherField(204, "1"), b"CustomerOrFirm(204)=1"),
        ("FIX.5.0SP2", OtherField(204, "1"), b"CustomerOrFirm(204)=1"),
        ("FIX.4.2", OtherField(5001, "x"), None),
        ("FIX.5.0SP2", OtherField(5001, "x"), None),
    ],
)
def test_a_field_goes_as_it_is_or_as_text(version, field, text, plain, now):
    """It is never dropped: the message has it, it is user-defined, or Text(58) says it."""
    sent = place(version, plain, now, field)
    as_it_is = None if text else field.value.encode()
    assert (sent.get(58), sent.get(field.tag)) == (text, as_it_is)


def test_routing_fields_go_on_as_they_are(version, plain, now):
    """Where they are agreed to go on at all, which the core sees to."""
    sent = place(version, plain, now, OtherField(115, "FUND"), OtherField(116, "DESK"))
    assert (sent.get(115), sent.get(116), sent.get(128)) == (b"FUND", b"DESK", None)


def test_replace_and_cancel_bear_them_too(version, plain, now):
    """G as D; F has no Text(58), and says no more than its version has."""
    terms = replace(plain, other_fields=(PARTIES, OtherField(5001, "x")))
    for kind in (ChildReplaceRequested, ChildCancelRequested):
        sent = translator(version).encode(kind("O1", "O1.1", "O1.2", "O1.1", "V", terms), now)
        party = (109, b"FUND7") if version == "FIX.4.2" else (448, b"FUND7")
        assert party in sent.fields
        assert (5001, b"x") in sent.fields


def test_reports_bear_the_clients_fields_and_the_way_back(version, report, now):
    """OnBehalfOf a third party becomes DeliverTo it, and the other way round."""
    own = (OtherField(115, "FUND"), OtherField(128, "BRKR"), CLIENT_ID)
    terms = replace(report.terms, other_fields=own)
    event = OrderReported("O1", "CLIENT", replace(report, terms=terms))
    sent = translator(version).encode(event, now)
    assert (sent.get(128), sent.get(115)) == (b"FUND", b"BRKR")
    assert sent.get(109 if version == "FIX.4.2" else 448) == b"FUND7"


def test_a_venues_own_value_takes_the_place_of_the_clients(report, now):
    """One tag is there once."""
    terms = replace(report.terms, other_fields=(OtherField(5001, "asked"),))
    told = replace(report, terms=terms, other_fields=(OtherField(5001, "done"),))
    sent = translator("FIX.4.4").encode(OrderReported("O1", "CLIENT", told), now)
    assert [value for tag, value in sent.fields if tag == 5001] == [b"done"]


def test_a_refusal_finds_its_way_back(version, now):
    """OrderCancelReject(9) has the routing fields; Parties only in 5.0SP2."""
    reject = CancelReject(
        "O1", "C2", "C1", OrdStatus.NEW, CxlRejResponseTo.ORDER_CANCEL_REQUEST, 0, "no",
        other_fields=(OtherField(115, "FUND"), PARTIES),
    )  # fmt: skip
    sent = translator(version).encode(RequestRejected("O1", "CLIENT", reject), now)
    assert (sent.get(128), sent.get(115)) == (b"FUND", None)
    assert ((448, b"FUND7") in sent.fields) is (version == "FIX.5.0SP2")


def test_what_may_go_back_of_a_venues_report(version):
    """User-defined fields, routing fields and Parties; not its ExecutionReport's other fields."""
    party = [(109, b"FUND7")] if version == "FIX.4.2" else TWO_PARTIES[:4]
    party = party if version == "FIX.4.2" else [(453, b"1"), *party[1:]]
    more = [(75, b"20260101"), (128, b"FUND"), *party, (5001, b"x")]
    command = translator(version).decode_from_venue("V", Message("8", [*REPORT, *more]))
    assert {each.tag: each for each in command.other_fields} == {
        128: OtherField(128, "FUND"),
        453: CLIENT_ID,
        5001: OtherField(5001, "x"),
    }


@pytest.mark.parametrize(
    "broken",
    [
        [(453, b"2"), (448, b"A"), (447, b"D"), (452, b"1")],
        [(453, b"1"), (447, b"D"), (448, b"A"), (452, b"1")],
        [(453, b"1"), (448, b"A"), (802, b"2"), (523, b"x"), (803, b"1")],
    ],
)
def test_a_broken_group_of_a_venue_stays_behind(broken):
    """The client would have to refuse the whole report, which may be a fill."""
    fields = [*REPORT, *broken, (5001, b"a"), (5001, b"b")]
    command = translator("FIX.4.4").decode_from_venue("V", Message("8", fields))
    assert command.other_fields == (OtherField(5001, "a"),)


def test_what_goes_back_keeps_all_but_the_direction():
    """Only routing fields change."""
    fields = (OtherField(129, "A"), OtherField(5001, "x"), PARTIES)
    assert back(fields) == [OtherField(116, "A"), *fields[1:]]


def test_an_answer_to_what_cannot_be_read_finds_its_way_back(version, now):
    """The reject of an order that came on behalf of a third party is to be delivered to it."""
    received = Message("D", [(115, b"FUND"), *BUY[:-1], (40, b"?")])
    with pytest.raises(Exception, match="OrdType") as caught:
        translator(version).decode_from_client("C", received)
    answer = translator(version).refuse(received, caught.value, "", "E1", now)
    assert (answer.msg_type, answer.get(128)) == ("8", b"FUND")


@pytest.fixture
def plain(report):
    return replace(report.terms, order_qty=Decimal(100))


def test_data_goes_on_with_its_length_and_as_text_without_a_field_of_its_own(plain, now):
    """Text(58) cannot hold SOH: a message with it could not be sent at all."""
    data = (OtherField(1184, "3"), OtherField(1185, "a\x01b"))
    sent = place("FIX.5.0SP2", plain, now, *data)
    assert (sent.get(1184), sent.get(1185)) == (b"3", b"a\x01b")
    sent = place("FIX.4.4", plain, now, *data)
    assert sent.get(58) == b"SecurityXMLLen(1184)=3; SecurityXML(1185)=a|b"


def test_data_by_a_clients_own_dictionary_goes_on_as_text(plain, now):
    """The venue would read it as fields of its own: user-defined data has a length only there."""
    sent = place("FIX.4.4", plain, now, OtherField(5001, "3"), OtherField(5002, "a\x01b"))
    assert (sent.get(5001), sent.get(5002), sent.get(58)) == (b"3", None, b"5002=a|b")
