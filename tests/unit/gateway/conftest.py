from decimal import Decimal
from functools import cache

import msgspec
import pytest

from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.message import Message
from oms_fix.fix.validation import ValidationOptions, Validator
from oms_fix.gateway.translator import DecodeError, translator
from oms_fix.model.enums import CxlRejResponseTo, ExecType, OrdStatus, OrdType, Side, TimeInForce
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildPlaced,
    ChildReplaceRequested,
    ChildStatusRequested,
    ExecutionUnknown,
    MassCancelReported,
    OrderMassStatusRequested,
    OrderReported,
    RequestRejected,
    TradeDoubted,
)
from oms_fix.model.orders import CancelReject, ExecutionReport, OrderTerms

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
NOW = 1_700_000_000_123_456_789  # 2023-11-14 22:13:20.123456789 UTC

PLAIN = OrderTerms(
    symbol="IBM",
    side=Side.BUY,
    order_qty=Decimal(100),
    ord_type=OrdType.LIMIT,
    price=Decimal("10.50"),
)
FULL = OrderTerms(
    symbol="T 4.25 11/34",
    side=Side.SELL,
    order_qty=Decimal(1_000_000),
    ord_type=OrdType.STOP_LIMIT,
    price=Decimal("99.25"),
    stop_px=Decimal("99.5"),
    time_in_force=TimeInForce.GOOD_TILL_DATE,
    account="ACC1",
    currency="USD",
    security_id="91282CLW9",
    security_id_source="1",
    security_type="GOVT",
    ex_destination="X",
    expire_date="20231201",
    expire_time="20231201-21:00:00",
    min_qty=Decimal(1000),
    max_floor=Decimal(5000),
    exec_inst="1",
    handl_inst="2",
    settl_type="6",
    settl_date="20231205",
    order_capacity="A",
    text="as agreed",
    peg_offset_value=Decimal("-0.05"),
)
REPORT = ExecutionReport(
    order_id="O1",
    exec_id="E1",
    cl_ord_id="C1",
    exec_type=ExecType.TRADE,
    ord_status=OrdStatus.PARTIALLY_FILLED,
    terms=PLAIN,
    cum_qty=Decimal(40),
    leaves_qty=Decimal(60),
    avg_px=Decimal("10.5"),
    last_qty=Decimal(40),
    last_px=Decimal("10.5"),
    last_mkt="XNAS",
)


HEADER = [(49, b"OMSFIX"), (56, b"PEER"), (34, b"1"), (52, b"20231114-22:13:20.123")]


@cache
def _validator(version):
    if version == "FIX.5.0SP2":
        return Validator(load_dictionary("FIXT.1.1", "9"), ValidationOptions())
    return Validator(load_dictionary(version), ValidationOptions())


def _assert_conforms(version, message):
    """The peer's dictionary finds no fault with the message."""
    whole = Message(message.msg_type, [*HEADER, *message.fields])
    assert _validator(version).check(whole) is None, message


def _report_events(terms):
    base = msgspec.structs.replace(REPORT, terms=terms)
    replace = msgspec.structs.replace
    zero, leaves = Decimal(0), terms.order_qty
    none = {"last_qty": None, "last_px": None, "last_mkt": None, "cum_qty": zero, "avg_px": zero}
    reports = [
        base,
        replace(base, exec_type=ExecType.TRADE_CORRECT, exec_ref_id="E0"),
        replace(base, exec_type=ExecType.TRADE_CANCEL, exec_ref_id="E0"),
        replace(base, exec_type=ExecType.RESTATED, text="restated"),
        replace(base, exec_type=ExecType.ORDER_STATUS, last_qty=None, last_px=None),
        replace(
            base,
            exec_type=ExecType.REPLACED,
            ord_status=OrdStatus.NEW,
            orig_cl_ord_id="C0",
            leaves_qty=leaves,
            **none,
        ),
        replace(
            base,
            exec_type=ExecType.REJECTED,
            ord_status=OrdStatus.REJECTED,
            leaves_qty=zero,
            ord_rej_reason=13,
            text="INVALID_QUANTITY: OrderQty(38) must be above zero",
            **none,
        ),
    ]
    for exec_type, ord_status in (
        (ExecType.NEW, OrdStatus.NEW),
        (ExecType.PENDING_NEW, OrdStatus.PENDING_NEW),
        (ExecType.PENDING_CANCEL, OrdStatus.PENDING_CANCEL),
        (ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE),
        (ExecType.CANCELED, OrdStatus.CANCELED),
        (ExecType.EXPIRED, OrdStatus.EXPIRED),
        (ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY),
        (ExecType.SUSPENDED, OrdStatus.SUSPENDED),
        (ExecType.STOPPED, OrdStatus.STOPPED),
    ):
        reports.append(
            replace(base, exec_type=exec_type, ord_status=ord_status, leaves_qty=leaves, **none)
        )
    return [OrderReported("O1", "CLIENT", report) for report in reports]


def _client_events(version):
    reject = CancelReject(
        order_id="",
        cl_ord_id="C2",
        orig_cl_ord_id="C1",
        ord_status=OrdStatus.REJECTED,
        response_to=CxlRejResponseTo.ORDER_CANCEL_REQUEST,
        cxl_rej_reason=1,
        text="UNKNOWN_ORDER: no such order",
        account="ACC1",
    )
    return [
        *_report_events(PLAIN),
        *_report_events(FULL),
        RequestRejected("", "CLIENT", reject),
        RequestRejected("", "CLIENT", msgspec.structs.replace(reject, cxl_rej_reason=6)),
        *_later_events(version),
    ]


def _mass_actions(version):
    """What came with FIX 5.0SP2."""
    if version != "FIX.5.0SP2":
        return []
    return [
        MassCancelReported("CLIENT", "R1", "M1", "7", "7", 3, action="3"),
        MassCancelReported("CLIENT", "R1", "M1", "1", "0", 0, 1, "UNKNOWN_SYMBOL", "3"),
    ]


def _later_events(version):
    """What FIX 4.2 has no words for, and what only some orders have."""
    several_days = {"day_order_qty": Decimal(80), "day_cum_qty": Decimal(20)}
    cash = msgspec.structs.replace(PLAIN, cash_order_qty=Decimal(1050))
    reports = [
        msgspec.structs.replace(REPORT, **several_days, day_avg_px=Decimal("10.5")),
        msgspec.structs.replace(REPORT, terms=cash),
        msgspec.structs.replace(REPORT, cl_ord_id=""),
    ]
    events = [OrderReported("O1", "CLIENT", report) for report in reports]
    if version == "FIX.4.2":
        return events
    status = msgspec.structs.replace(
        REPORT,
        exec_type=ExecType.ORDER_STATUS,
        last_qty=None,
        last_px=None,
        mass_status_req_id="Q1",
        tot_num_reports=1,
        is_last_report=True,
    )
    return [
        *events,
        OrderReported("O1", "CLIENT", status),
        MassCancelReported("CLIENT", "R1", "M1", "7", "7", 3),
        MassCancelReported("CLIENT", "R1", "M1", "1", "0", 0, 1, "UNKNOWN_SYMBOL"),
        *_mass_actions(version),
    ]


def _venue_events(version):
    events = []
    for terms in (PLAIN, FULL):
        events += [
            ChildPlaced("O1", "O1.1", "V1", "XNAS", terms),
            ChildCancelRequested("O1", "O1.1", "V2", "V1", "XNAS", terms, "X1"),
            ChildReplaceRequested("O1", "O1.1", "V2", "V1", "XNAS", terms, "X1"),
            ChildStatusRequested("O1", "O1.1", "V2", "XNAS", terms, "X1"),
        ]
    trade = (Decimal(5), Decimal("10.25"))
    events.append(ExecutionUnknown("XNAS", "E9", "V9", "X9", "IBM", Side.BUY, *trade))
    events.append(ExecutionUnknown("XNAS", "E9", "", "", "IBM", Side.BUY))
    doubt = TradeDoubted("CLIENT", "O1", "E1", "D", "XNAS", "V1", "X1", PLAIN, *trade, "not ours")
    events.append(doubt)
    cash = msgspec.structs.replace(PLAIN, cash_order_qty=Decimal(1050))
    events.append(ChildPlaced("O1", "O1.1", "V1", "XNAS", cash))
    if version != "FIX.4.2":  # which has no such message
        events.append(OrderMassStatusRequested("XNAS", "S1"))
    return events


def _refusals(version):
    """Answers to each kind of message that a client can send."""
    error = DecodeError(5, 38, "MISSING_FIELD: field=OrderQty(38)")
    body = [
        (34, b"7"),
        (11, b"C1"),
        (41, b"C0"),
        (1, b"ACC1"),
        (55, b"IBM"),
        (54, b"8"),
        (60, b"x"),
    ]
    messages = [Message(msg_type, body) for msg_type in ("F", "G", "AE")]
    body = [*body[:2], *body[3:-2], (54, b"1"), (40, b"1")]
    messages += [Message(msg_type, body) for msg_type in ("D", "H")]
    return [translator(version).refuse(m, error, "O1", "E1", NOW) for m in messages]


@pytest.fixture(params=VERSIONS)
def version(request):
    return request.param


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def plain():
    return PLAIN


@pytest.fixture
def full():
    return FULL


@pytest.fixture
def report():
    return REPORT


@pytest.fixture
def assert_conforms():
    return _assert_conforms


@pytest.fixture
def to_clients(version):
    """Every message that we send to a client of this version."""
    sent = [translator(version).encode(event, NOW) for event in _client_events(version)]
    return [*sent, *_refusals(version)]


@pytest.fixture
def to_venues(version):
    """Every message that we send to a venue of this version, j included."""
    error = DecodeError(3, None, "Unsupported Message Type")
    unknown = translator(version).refuse(Message("B", [(34, b"7")]), error, "", "", NOW)
    return [*(translator(version).encode(event, NOW) for event in _venue_events(version)), unknown]
