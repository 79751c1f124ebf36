from decimal import Decimal

import pytest

from oms_fix.fix.codec import encode as to_wire
from oms_fix.fix.codec import parse
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.message import Message
from oms_fix.fix.validation import ValidationOptions, Validator
from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Instrument
from oms_fix.simulator import client_messages as client
from oms_fix.simulator import venue_messages as venue
from oms_fix.simulator.terms import (
    CancelReject,
    CancelRequest,
    MassStatusRequest,
    NewOrder,
    ReplaceRequest,
    Report,
    StatusRequest,
)

NOW = 1_700_000_000_123_000_000
VERSIONS = ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"]
TICKET = client.Ticket(
    client="C",
    cl_ord_id="1",
    account="A",
    symbol="ABC",
    side="1",
    order_qty=Decimal(100),
    ord_type="2",
    price=Decimal("10.50"),
)
SHARE = Instrument(
    "ABC", AssetClass.EQUITY, "USD", Decimal(10),
    security_id="US0378331005", security_id_source="4",
)  # fmt: skip
HEADER = [(49, b"A"), (56, b"B"), (34, b"7"), (52, b"20231114-22:13:20.123")]


def over_the_wire(message, version):
    """The message as its receiver has it, after checking it with the version's dictionary."""
    begin = "FIXT.1.1" if version == "FIX.5.0SP2" else version
    dictionary = load_dictionary(begin, version if begin == "FIXT.1.1" else None)
    received = parse(to_wire(begin, message.msg_type, HEADER, message.fields), dictionary.data_tags)
    assert Validator(dictionary, ValidationOptions()).check(received) is None
    return received


def report(exec_type, ord_status, **more):
    return Report(
        order_id="V1", exec_id="E1", exec_type=exec_type, ord_status=ord_status, cl_ord_id="1",
        symbol="ABC", side="1", order_qty=Decimal(100), cum_qty=Decimal(40),
        leaves_qty=Decimal(60), avg_px=Decimal("10.5"), ord_type="2", price=Decimal("10.50"),
        time_in_force="0", account="A", **more,
    )  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_venue_reads_what_a_client_writes(version):
    """Every request is valid in its version and means to the venue what the client meant."""
    ids = ("2", "1")
    messages = [
        client.new_order(TICKET, SHARE, version, NOW),
        client.cancel_request(TICKET, SHARE, ids, NOW),
        client.replace_request(TICKET, SHARE, ids, Decimal("10.60"), version, NOW),
        client.status_request(TICKET, SHARE, "1"),
    ]

    read = [venue.decode(over_the_wire(message, version)) for message in messages]

    assert read == [
        NewOrder("1", "ABC", "1", Decimal(100), "2", Decimal("10.50"), "0", "A"),
        CancelRequest("2", "1"),
        ReplaceRequest("2", "1", Decimal(100), "2", Decimal("10.60"), "0"),
        StatusRequest("1", "ABC", "1"),
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("exec_type", "ord_status", "more"),
    [
        ("0", "0", {}),
        ("F", "1", {"last_qty": Decimal(40), "last_px": Decimal("10.5")}),
        ("F", "2", {"last_qty": Decimal(40), "last_px": Decimal("10.5")}),
        ("4", "4", {"orig_cl_ord_id": "0"}),
        ("5", "1", {"orig_cl_ord_id": "0"}),
        ("8", "8", {"ord_rej_reason": 1, "text": "no"}),
        ("I", "1", {}),
    ],
)
def test_client_reads_what_a_venue_writes(version, exec_type, ord_status, more):
    """Every report is valid in its version and comes back as the same ExecType of FIX 4.4."""
    message = venue.encode(report(exec_type, ord_status, **more), version, NOW)

    answer = client.read_answer(over_the_wire(message, version), version)

    assert (answer.exec_type, answer.ord_status) == (exec_type, ord_status)
    assert (answer.cum_qty, answer.leaves_qty) == (40, 60)
    assert answer.last_qty == more.get("last_qty")
    assert answer.ord_rej_reason == more.get("ord_rej_reason")


def test_fix42_writes_fills_status_and_replaced_its_own_way():
    """4.2: ExecType 1 or 2 for a fill, ExecTransType 3 for a status, OrdStatus 5 unfilled."""
    fill = venue.encode(report("F", "2"), "FIX.4.2", NOW)
    status = venue.encode(report("I", "1"), "FIX.4.2", NOW)
    replaced = venue.encode(report("5", "0"), "FIX.4.2", NOW)
    other = venue.encode(report("8", "8", ord_rej_reason=99), "FIX.4.2", NOW)

    assert [(m.text(20), m.text(150), m.text(39)) for m in (fill, status, replaced)] == [
        ("0", "2", "2"),
        ("3", "1", "1"),
        ("0", "5", "5"),
    ]
    assert other.text(103) == "0"


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
def test_mass_status(version):
    """The request is read in the versions that have it, and each answer names it."""
    request = Message("AF", [(584, b"S1"), (585, b"7")])
    answer = report("I", "1", mass_status_req_id="S1", tot_num_reports=1, last_rpt_requested="Y")

    assert venue.decode(over_the_wire(request, version)) == MassStatusRequest("S1")
    received = over_the_wire(venue.encode(answer, version, NOW), version)
    assert [received.text(tag) for tag in (584, 911, 912)] == ["S1", "1", "Y"]


@pytest.mark.parametrize("version", VERSIONS)
def test_cancel_reject(version):
    """A refused request is a valid OrderCancelReject; 4.2 knows fewer reasons."""
    reject = CancelReject("V1", "2", "1", "0", "1", 6, "twice")

    received = over_the_wire(venue.encode(reject, version, NOW), version)

    assert client.read_refused(received) == client.Refused("2", "0", "twice")
    assert received.text(102) == ("2" if version == "FIX.4.2" else "6")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Message("E", [(66, b"L")]), venue.UNSUPPORTED_MESSAGE_TYPE),
        (Message("D", [(11, b"1")]), venue.REQUIRED_FIELD_MISSING),
        (
            Message("D", [(11, b"1"), (55, b"A"), (54, b"1"), (38, b"x"), (40, b"1")]),
            venue.REQUIRED_FIELD_MISSING,
        ),
    ],
)
def test_message_that_the_venue_cannot_serve(message, reason):
    """It is answered by BusinessMessageReject, which names its type and number."""
    received = Message(message.msg_type, [(34, b"9"), *message.fields])
    with pytest.raises(venue.RefusedMessageError) as caught:
        venue.decode(received)

    answer = venue.business_reject(received, caught.value)

    assert answer.msg_type == "j"
    assert (answer.text(45), answer.text(372)) == ("9", message.msg_type)
    assert answer.integer(380) == reason


def test_dont_know_trade_is_read():
    """DontKnowTrade(Q) tells the venue which execution is not accepted."""
    assert venue.decode(Message("Q", [(17, b"E1"), (127, b"D")])) == venue.DontKnowTrade("E1", "D")
