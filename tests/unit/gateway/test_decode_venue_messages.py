"""What venues send, in the terms of FIX 4.4 whatever they speak."""

from decimal import Decimal

import pytest

from oms_fix.fix.message import Message
from oms_fix.gateway.translator import DecodeError, translator
from oms_fix.model.commands import (
    VenueExecutionReport,
    VenueMessageReject,
    VenueOrderCancelReject,
    VenueOrderStatus,
)
from oms_fix.model.enums import ExecType, OrdStatus, Side

REPORT = {
    37: b"X1",
    11: b"V1",
    17: b"E1",
    20: b"0",
    150: b"1",
    39: b"1",
    55: b"IBM",
    54: b"1",
    38: b"100",
    44: b"10.5",
    32: b"40",
    31: b"10.25",
    30: b"XNAS",
    151: b"60",
    14: b"40",
    6: b"10.25",
    58: b"partly",
}


def decode(version, msg_type, fields):
    message = Message(
        msg_type, [(tag, value) for tag, value in fields.items() if value is not None]
    )
    return translator(version).decode_from_venue("XNAS", message)


def test_fill_of_a_42_venue():
    """A partial fill in FIX 4.2 is a Trade, with all that the venue says of it."""
    assert decode("FIX.4.2", "8", REPORT) == VenueExecutionReport(
        session="XNAS",
        exec_id="E1",
        exec_type=ExecType.TRADE,
        ord_status=OrdStatus.PARTIALLY_FILLED,
        cl_ord_id="V1",
        symbol="IBM",
        side=Side.BUY,
        venue_order_id="X1",
        order_qty=Decimal(100),
        price=Decimal("10.5"),
        last_qty=Decimal(40),
        last_px=Decimal("10.25"),
        cum_qty=Decimal(40),
        leaves_qty=Decimal(60),
        last_mkt="XNAS",
        text="partly",
    )


@pytest.mark.parametrize(
    ("trans_type", "code", "exec_type"),
    [
        (b"0", b"0", ExecType.NEW),
        (b"0", b"1", ExecType.TRADE),
        (b"0", b"2", ExecType.TRADE),
        (b"0", b"5", ExecType.REPLACED),
        (b"1", b"1", ExecType.TRADE_CANCEL),
        (b"2", b"2", ExecType.TRADE_CORRECT),
        # Absent though required: a fill must not be lost for that.
        (None, b"2", ExecType.TRADE),
    ],
)
def test_purpose_of_a_42_report(trans_type, code, exec_type):
    """ExecTransType(20) and ExecType(150) of FIX 4.2 together are the ExecType of 4.4."""
    assert decode("FIX.4.2", "8", REPORT | {20: trans_type, 150: code}).exec_type is exec_type


def test_status_of_an_order(version):
    """No execution: where the order stands, by OrdStatus, CumQty and AvgPx; no ExecID is needed."""
    fields = {20: b"3", 150: b"I", 17: None, 37: b"X1", 39: b"1", 14: b"40", 6: b"10.25"}
    assert decode(version, "8", REPORT | fields) == VenueOrderStatus(
        session="XNAS",
        ord_status=OrdStatus.PARTIALLY_FILLED,
        cl_ord_id="V1",
        venue_order_id="X1",
        symbol="IBM",
        cum_qty=Decimal(40),
        avg_px=Decimal("10.25"),
        leaves_qty=Decimal(60),
        text="partly",
    )


@pytest.mark.parametrize("later", ["FIX.4.4", "FIX.5.0SP2"])
def test_status_of_one_of_all_orders(later):
    """It names the request for all of them, how many there are, and whether it is the last."""
    fields = {150: b"I", 584: b"S1", 911: b"2", 912: b"Y", 58: b"as asked"}
    status = decode(later, "8", REPORT | fields)
    assert (status.mass_status_req_id, status.tot_num_reports) == ("S1", 2)
    assert (status.last_rpt_requested, status.text) == (True, "as asked")


@pytest.mark.parametrize(
    ("filled", "ord_status"),
    [(b"0", OrdStatus.NEW), (b"40", OrdStatus.PARTIALLY_FILLED), (None, OrdStatus.NEW)],
)
def test_replaced_status_of_42_is_told_by_the_fills(filled, ord_status):
    """OrdStatus(39) Replaced went with FIX 4.3."""
    report = decode("FIX.4.2", "8", REPORT | {150: b"5", 39: b"5", 14: filled})
    assert report.ord_status is ord_status


@pytest.mark.parametrize("later", ["FIX.4.4", "FIX.5.0SP2"])
@pytest.mark.parametrize("code", [b"F", b"1", b"2"])
def test_fill_codes_of_later_venues(later, code):
    """A fill is Trade from FIX 4.3 on; venues that still send the old codes lose no fill."""
    assert decode(later, "8", REPORT | {20: None, 150: code}).exec_type is ExecType.TRADE


def test_bust_names_the_execution_it_takes_back(version):
    """ExecRefID(19) of a bust is the ExecID(17) of the trade."""
    code = b"1" if version == "FIX.4.2" else b"H"
    report = decode(version, "8", REPORT | {20: b"1", 150: code, 17: b"E2", 19: b"E1"})
    assert (report.exec_type, report.exec_ref_id) == (ExecType.TRADE_CANCEL, "E1")


@pytest.mark.parametrize("code", [b"J", b"K", b"M", b"N"])
def test_reports_of_50sp2_that_only_tell_where_the_order_stands(code):
    """Locked, released and the like change no quantity: they are read as a status."""
    status = decode("FIX.5.0SP2", "8", REPORT | {150: code, 39: b"0"})
    assert isinstance(status, VenueOrderStatus)


def test_report_without_our_id_is_about_no_order_of_ours(version):
    """ClOrdID(11) may be absent from a report about an order placed otherwise."""
    assert decode(version, "8", REPORT | {11: None}).cl_ord_id == ""


def test_report_that_cannot_be_understood_is_refused(version, now):
    """An unknown ExecType(150) without a fill goes back as BusinessMessageReject(j)."""
    message = Message("8", list((REPORT | {34: b"9", 150: b"?", 32: b"0"}).items()))
    with pytest.raises(DecodeError) as caught:
        translator(version).decode_from_venue("XNAS", message)
    answer = translator(version).refuse(message, caught.value, "", "", now)
    assert (answer.msg_type, answer.get(45), answer.get(372)) == ("j", b"9", b"8")


def test_cancel_reject(version):
    """OrderCancelReject(9) names our request and the status after it."""
    fields = {37: b"X1", 11: b"V2", 41: b"V1", 39: b"2", 434: b"1", 102: b"0", 58: b"too late"}
    assert decode(version, "9", fields) == VenueOrderCancelReject(
        "XNAS", "V2", "V1", OrdStatus.FILLED, 0, "too late"
    )


def test_cancel_reject_with_a_status_we_do_not_know_is_still_a_reject(version):
    """The refusal counts, whatever the status beside it."""
    reject = decode(version, "9", {37: b"X1", 11: b"V2", 41: b"V1", 39: b"5", 434: b"1"})
    assert (reject.ord_status, reject.cxl_rej_reason) == (None, None)


def test_session_reject_names_our_message(version):
    """Reject(3) has the number of our message; the host looks up what that was."""
    fields = {45: b"12", 372: b"D", 371: b"40", 373: b"5"}
    assert decode(version, "3", fields) == VenueMessageReject(
        "XNAS", 12, "D", None, "SessionRejectReason(373)=5 RefTagID(371)=40"
    )


@pytest.mark.parametrize(("ref_msg_type", "cl_ord_id"), [("D", "V1"), ("F", "V1"), ("Q", None)])
def test_business_reject_names_our_order(version, ref_msg_type, cl_ord_id):
    """BusinessRejectRefID(379) is the ClOrdID(11) where our message was about an order."""
    fields = {45: b"12", 372: ref_msg_type.encode(), 379: b"V1", 380: b"4", 58: b"down"}
    assert decode(version, "j", fields) == VenueMessageReject(
        "XNAS", 12, ref_msg_type, cl_ord_id, "down"
    )


def test_other_messages_of_a_venue_are_not_taken(version):
    """A venue's message that we do not take is refused as an unsupported type."""
    with pytest.raises(DecodeError) as caught:
        decode(version, "B", {148: b"News"})
    assert caught.value.business_reject_reason == 3


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
@pytest.mark.parametrize(
    ("tag", "value"), [(39, b"Q"), (38, b"many"), (44, b"1e3"), (14, b""), (151, b"-"), (54, b"?")]
)
def test_a_fill_is_taken_whatever_else_is_wrong_with_the_report(version, tag, value):
    """Booking needs ExecID, LastQty and LastPx: a fault elsewhere never costs a fill."""
    purpose = {150: b"2" if version == "FIX.4.2" else b"F"}
    report = decode(version, "8", {**REPORT, **purpose, tag: value})
    assert (report.exec_type, report.exec_id) == (ExecType.TRADE, "E1")
    assert (report.last_qty, report.last_px) == (Decimal(40), Decimal("10.25"))


def test_a_report_of_an_unknown_kind_with_a_fill_in_it_is_a_fill():
    """An ExecType(150) of the venue's own never costs a fill."""
    report = decode("FIX.4.4", "8", {**REPORT, 150: b"Z"})
    assert (report.exec_type, report.last_qty) == (ExecType.TRADE, Decimal(40))


@pytest.mark.parametrize(
    ("tag", "value"),
    [(31, b"100.09999999999999"), (31, b"99.1234567890123456789"), (17, b"E" * 70), (17, b"\xe9")],
)
def test_a_fill_is_taken_however_many_digits_it_has(tag, value):
    """A venue's prices and ExecIDs are as long as it likes."""
    report = decode("FIX.4.4", "8", {**REPORT, 150: b"F", tag: value})
    assert report.exec_type is ExecType.TRADE
    assert report.last_px == Decimal(value.decode()) if tag == 31 else report.exec_id


@pytest.mark.parametrize("value", [b"", b"NaN", b"1" * 20])
def test_the_end_of_an_order_does_not_depend_on_a_price(value):
    """LastPx(31) of a report that is no fill is not needed."""
    report = decode("FIX.4.4", "8", {**REPORT, 150: b"4", 39: b"4", 31: value, 32: b"0"})
    assert (report.exec_type, report.last_px) == (ExecType.CANCELED, None)


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_triggered_is_no_fill(version):
    """ExecType(150) L may repeat the last fill's quantity: it is no trade in any version."""
    assert decode(version, "8", {**REPORT, 150: b"L"}).exec_type is ExecType.TRIGGERED
