"""What clients are sent."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from oms_fix.fix.message import Message
from oms_fix.gateway.translator import addressee, translator
from oms_fix.model.enums import CxlRejResponseTo, ExecType, OrdStatus
from oms_fix.model.events import MassCancelReported, OrderAnswered, OrderReported, RequestRejected
from oms_fix.model.orders import CancelReject

TIME = (60, b"20231114-22:13:20.123")
REJECT = CancelReject(
    order_id="O1",
    cl_ord_id="C2",
    orig_cl_ord_id="C1",
    ord_status=OrdStatus.FILLED,
    response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST,
    cxl_rej_reason=0,
    text="TOO_LATE: the order is not open any more",
)


def encode(version, report, now):
    return translator(version).encode(OrderReported("O1", "CLIENT", report), now)


def test_fill_in_44(report, now):
    """A fill is ExecType(150) Trade with the fill, the totals and the order's terms."""
    assert encode("FIX.4.4", report, now) == Message(
        "8",
        [
            (37, b"O1"),
            (11, b"C1"),
            (17, b"E1"),
            (150, b"F"),
            (39, b"1"),
            (55, b"IBM"),
            (54, b"1"),
            (38, b"100"),
            (40, b"2"),
            (44, b"10.5"),
            (59, b"0"),
            (32, b"40"),
            (31, b"10.5"),
            (30, b"XNAS"),
            (151, b"60"),
            (14, b"40"),
            (6, b"10.5"),
            TIME,
        ],
    )


def test_fill_in_42(report, now):
    """FIX 4.2 adds ExecTransType(20) New and calls the fill partial."""
    sent = encode("FIX.4.2", report, now)
    assert sent.fields[:6] == [
        (37, b"O1"),
        (11, b"C1"),
        (17, b"E1"),
        (20, b"0"),
        (150, b"1"),
        (39, b"1"),
    ]


CASES_42 = [
    # A last fill, also while a cancel is pending.
    (
        {"exec_type": ExecType.TRADE, "ord_status": OrdStatus.FILLED, "cum_qty": 100},
        b"0",
        b"2",
        b"2",
    ),
    (
        {"exec_type": ExecType.TRADE, "ord_status": OrdStatus.PENDING_CANCEL, "cum_qty": 100},
        b"0",
        b"2",
        b"6",
    ),
    ({"exec_type": ExecType.TRADE_CORRECT}, b"2", b"1", b"1"),
    (
        {"exec_type": ExecType.TRADE_CORRECT, "ord_status": OrdStatus.FILLED, "cum_qty": 100},
        b"2",
        b"2",
        b"2",
    ),
    ({"exec_type": ExecType.TRADE_CANCEL}, b"1", b"1", b"1"),
    ({"exec_type": ExecType.ORDER_STATUS}, b"3", b"1", b"1"),
    (
        {"exec_type": ExecType.REPLACED, "ord_status": OrdStatus.NEW, "cum_qty": 0},
        b"0",
        b"5",
        b"5",
    ),
    ({"exec_type": ExecType.REPLACED}, b"0", b"5", b"1"),
    ({"exec_type": ExecType.CANCELED, "ord_status": OrdStatus.CANCELED}, b"0", b"4", b"4"),
]


@pytest.mark.parametrize(("changes", "trans_type", "exec_type", "ord_status"), CASES_42)
def test_purpose_in_42(report, now, changes, trans_type, exec_type, ord_status):
    """FIX 4.2 says with ExecTransType(20), ExecType(150), OrdStatus(39) what a report is for."""
    changes = changes | {"cum_qty": Decimal(changes.get("cum_qty", 40))}
    sent = encode("FIX.4.2", replace(report, **changes), now)
    assert (sent.get(20), sent.get(150), sent.get(39)) == (trans_type, exec_type, ord_status)


@pytest.mark.parametrize("later", ["FIX.4.4", "FIX.5.0SP2"])
def test_purpose_from_44_on_is_exec_type_alone(report, now, later):
    """There is no ExecTransType(20) after FIX 4.2, and no OrdStatus(39) Replaced."""
    changed = replace(report, exec_type=ExecType.REPLACED, ord_status=OrdStatus.NEW)
    sent = encode(later, changed, now)
    assert (sent.get(20), sent.get(150), sent.get(39)) == (None, b"5", b"0")


def test_status_reply_has_exec_id_zero(version, report, now):
    """A status reply is no execution: ExecID(17) is 0 in all versions."""
    sent = encode(version, replace(report, exec_type=ExecType.ORDER_STATUS), now)
    assert sent.get(17) == b"0"


def test_status_of_an_unknown_order_reports_no_quantity_and_no_type(version, report, now):
    """A status request tells neither OrderQty(38) nor OrdType(40); its answer invents none."""
    zero = Decimal(0)
    terms = replace(report.terms, order_qty=zero, price=None)
    unknown = replace(
        report,
        order_id="",
        exec_type=ExecType.ORDER_STATUS,
        ord_status=OrdStatus.REJECTED,
        terms=terms,
        cum_qty=zero,
        leaves_qty=zero,
    )
    sent = translator(version).encode(OrderAnswered("", "CLIENT", unknown), now)
    assert [sent.get(tag) for tag in (37, 39, 55, 38, 40)] == [b"NONE", b"8", b"IBM", None, None]


def test_restatement_says_why(version, report, now):
    """ExecType(150) Restated needs ExecRestatementReason(378)."""
    assert encode(version, replace(report, exec_type=ExecType.RESTATED), now).get(378) == b"4"


@pytest.mark.parametrize(
    ("reason", "code"), [(0, b"0"), (1, b"1"), (8, b"8"), (11, b"0"), (13, b"0"), (99, b"0")]
)
def test_order_reject_reasons_that_42_lacks_are_broker_option(report, now, reason, code):
    """OrdRejReason(103) ends at 8 in FIX 4.2."""
    rejected = replace(
        report, exec_type=ExecType.REJECTED, ord_status=OrdStatus.REJECTED, ord_rej_reason=reason
    )
    assert encode("FIX.4.2", rejected, now).get(103) == code
    assert encode("FIX.4.4", rejected, now).get(103) == b"%d" % reason


def test_average_price_that_does_not_end_is_cut_to_fifteen_digits(version, report, now):
    """A float field of FIX holds fifteen significant digits."""
    third = replace(report, avg_px=Decimal(100) / Decimal(3))
    assert encode(version, third, now).get(6) == b"33.3333333333333"


def test_text_of_a_report_is_the_reports_own(version, report, now):
    """Text(58) says why; what the client wrote on the order is not sent back as if it did."""
    terms = replace(report.terms, text="from the client")
    assert encode(version, replace(report, terms=terms), now).get(58) is None
    assert encode(version, replace(report, terms=terms, text="why"), now).get(58) == b"why"


def test_cancel_reject(version, now):
    """OrderCancelReject(9) has both ids, the status after it, what it answers and why."""
    sent = translator(version).encode(RequestRejected("O1", "CLIENT", REJECT), now)
    assert sent == Message(
        "9",
        [
            (37, b"O1"),
            (11, b"C2"),
            (41, b"C1"),
            (39, b"2"),
            TIME,
            (434, b"1"),
            (102, b"0"),
            (58, b"TOO_LATE: the order is not open any more"),
        ],
    )


def test_cancel_reject_of_an_unknown_order_has_order_id_none(version, now):
    """OrderID(37) is NONE where there is no such order."""
    event = RequestRejected("", "CLIENT", replace(REJECT, order_id="", cxl_rej_reason=1))
    assert translator(version).encode(event, now).get(37) == b"NONE"


@pytest.mark.parametrize(("reason", "code"), [(3, b"3"), (6, b"2"), (99, b"2")])
def test_cancel_reject_reasons_that_42_lacks_are_broker_option(now, reason, code):
    """CxlRejReason(102) ends at 3 in FIX 4.2."""
    event = RequestRejected("O1", "CLIENT", replace(REJECT, cxl_rej_reason=reason))
    assert translator("FIX.4.2").encode(event, now).get(102) == code
    assert translator("FIX.4.4").encode(event, now).get(102) == b"%d" % reason


def test_reports_go_to_the_client(report):
    """The client's session hears of its order and of its requests."""
    assert addressee(OrderReported("O1", "CLIENT", report)) == "CLIENT"
    assert addressee(OrderAnswered("O1", "CLIENT", report)) == "CLIENT"
    assert addressee(RequestRejected("O1", "CLIENT", REJECT)) == "CLIENT"


def test_cancel_reject_in_42_names_what_the_request_named(now):
    """FIX 4.2 echoes the request's OrigClOrdID(41); later versions have the last accepted one."""
    event = RequestRejected("O1", "CLIENT", replace(REJECT, requested_orig_cl_ord_id="C0"))
    assert translator("FIX.4.2").encode(event, now).get(41) == b"C0"
    assert translator("FIX.4.4").encode(event, now).get(41) == b"C1"


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
@pytest.mark.parametrize(
    ("exec_type", "ord_status", "reason"),
    [
        (ExecType.RESTATED, OrdStatus.PARTIALLY_FILLED, 1),
        (ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY, None),
    ],
)
def test_an_order_of_several_days_at_the_roll(version, report, now, exec_type, ord_status, reason):
    """GT renewal and Done For Day have LeavesQty and the day's quantities in every version."""
    rolled = replace(
        report,
        exec_type=exec_type,
        ord_status=ord_status,
        last_qty=None,
        last_px=None,
        exec_restatement_reason=reason,
        day_order_qty=Decimal(60),
        day_cum_qty=Decimal(0),
        day_avg_px=Decimal(0),
    )
    sent = encode(version, rolled, now)
    assert [sent.text(tag) for tag in (150, 39, 151, 14, 424, 425, 426)] == [
        exec_type.value,
        ord_status.value,
        *("60", "40", "60", "0", "0"),
    ]
    assert sent.text(378) == (None if reason is None else "1")


@pytest.mark.parametrize(
    ("version", "reason"), [("FIX.4.2", b"4"), ("FIX.4.4", b"99"), ("FIX.5.0SP2", b"12")]
)
def test_a_cancel_on_connection_loss_says_so(version, reason, report, now):
    """ExecRestatementReason(378)=12 where the version has it, Text(58) everywhere."""
    text = "canceled on connection loss"
    canceled = replace(report, exec_type=ExecType.CANCELED, exec_restatement_reason=12, text=text)
    sent = encode(version, canceled, now)
    assert (sent.get(378), sent.get(58)) == (reason, text.encode())


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_suspended_is_told_in_every_version(version, report, now):
    """ExecType(150) and OrdStatus(39) 9."""
    suspended = replace(
        report, exec_type=ExecType.SUSPENDED, ord_status=OrdStatus.SUSPENDED, text="halted"
    )
    sent = encode(version, suspended, now)
    assert (sent.get(150), sent.get(39), sent.get(58)) == (b"9", b"9", b"halted")


@pytest.mark.parametrize(
    ("version", "reason"), [("FIX.4.2", b"4"), ("FIX.4.4", b"6"), ("FIX.5.0SP2", b"6")]
)
def test_a_cancel_on_trading_halt_says_so(version, reason, report, now):
    """ExecRestatementReason(378)=6, which FIX 4.2 has not."""
    canceled = replace(
        report, exec_type=ExecType.CANCELED, exec_restatement_reason=6, text="halted"
    )
    sent = encode(version, canceled, now)
    assert (sent.get(378), sent.get(58)) == (reason, b"halted")


@pytest.mark.parametrize(
    ("version", "cl_ord_id"), [("FIX.4.2", b"C2"), ("FIX.4.4", b"C1"), ("FIX.5.0SP2", b"C1")]
)
def test_an_execution_after_a_cancel_bears_the_id_of_the_version(report, version, cl_ord_id, now):
    """FIX 4.2 matrix D35 has the cancel's ClOrdID(11), J.1.b of later versions the order's."""
    sent = encode(version, replace(report, cancel_cl_ord_id="C2"), now)
    assert sent.get(11) == cl_ord_id


def test_a_refusal_of_a_request_by_an_unknown_order_id_names_no_id(now):
    """OrigClOrdID(41) is left out, not sent empty."""
    reject = replace(REJECT, order_id="", orig_cl_ord_id="")
    sent = translator("FIX.5.0SP2").encode(RequestRejected("", "CLIENT", reject), now)
    assert (sent.get(37), sent.get(41)) == (b"NONE", None)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ({"affected": 3}, [(1375, b"1"), (533, b"3")]),
        ({"reject_reason": 0, "text": "no"}, [(1375, b"0"), (1376, b"0"), (58, b"no")]),
    ],
)
def test_a_mass_action_is_reported_in_its_own_message(outcome, told, now):
    """OrderMassActionReport(BZ) for OrderMassActionRequest(CA)."""
    event = MassCancelReported("CLIENT", "E1", "M", "7", "7", action="3", **outcome)
    sent = translator("FIX.5.0SP2").encode(event, now)
    expected = {(11, b"M"), (1369, b"E1"), (1373, b"3"), (1374, b"7"), TIME, *told}
    assert (sent.msg_type, set(sent.fields)) == ("BZ", expected)


@pytest.mark.parametrize(
    ("version", "exec_type", "reason", "text"),
    [
        ("FIX.4.2", b"D", b"4", b"ExecType(150)=L TRIGGERED; triggered by last price 12"),
        ("FIX.4.4", b"D", b"4", b"ExecType(150)=L TRIGGERED; triggered by last price 12"),
        ("FIX.5.0SP2", b"L", None, b"triggered by last price 12"),
    ],
)
def test_what_triggered_an_order_is_told_in_every_version(
    version, exec_type, reason, text, report, now
):
    """ExecType(150)=L came with FIX 5.0; before it is Restated, and Text(58) has both."""
    triggered = replace(
        report,
        exec_type=ExecType.TRIGGERED,
        ord_status=OrdStatus.NEW,
        text="triggered by last price 12",
    )
    sent = encode(version, triggered, now)
    assert (sent.get(150), sent.get(378), sent.get(58)) == (exec_type, reason, text)


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_pending_new_says_why_an_order_is_held(version, report, now):
    """ExecType(150) and OrdStatus(39) A in all versions; in FIX 4.2 a new transaction."""
    held = replace(
        report,
        exec_type=ExecType.PENDING_NEW,
        ord_status=OrdStatus.PENDING_NEW,
        cum_qty=Decimal(0),
        leaves_qty=Decimal(100),
        avg_px=Decimal(0),
        last_qty=None,
        last_px=None,
        last_mkt=None,
        text="ORDER_QTY_LIMIT: order quantity is above the limit",
    )
    sent = encode(version, held, now)
    shown = {tag: sent.get(tag) for tag in (150, 39, 20, 151, 14, 58)}
    assert shown == {
        150: b"A",
        39: b"A",
        20: b"0" if version == "FIX.4.2" else None,
        151: b"100",
        14: b"0",
        58: b"ORDER_QTY_LIMIT: order quantity is above the limit",
    }
