"""What the simulated router is configured with: its clients and venues, and checks.

Three clients leave their orders to the router; two have direct access to each venue. No venue takes
stop orders. Routes and venues are in ``routes``.
"""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from oms_fix.daemon.configuration import DaemonConfiguration
from oms_fix.fix.overload_settings import OverloadSettings
from oms_fix.fix.settings import FIXT, ConnectionType, SessionSettings
from oms_fix.fix.validation import ValidationOptions
from oms_fix.model.check_base import Action, Scope
from oms_fix.model.checks import AtClose, Check, ReviewTerms
from oms_fix.model.conduct_checks import (
    CancelRatio,
    Conduct,
    DuplicateOrder,
    OrderRate,
    RepeatedExecution,
    SelfMatch,
)
from oms_fix.model.enums import AssetClass
from oms_fix.model.exposure_checks import (
    BuyingPower,
    Cash,
    DailyLoss,
    DailyTurnover,
    GrossExposure,
    NetExposure,
    OpenOrderCount,
    PositionLimit,
)
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.markets import Market
from oms_fix.model.order_checks import (
    AccountKnown,
    InstrumentKnown,
    OrderNotional,
    OrderQuantity,
    RestrictedList,
)
from oms_fix.model.rules import (
    Acknowledge,
    CancelOnDisconnect,
    ClientAgreement,
    DayOrders,
    GtOrders,
    ReferenceData,
    Rules,
)
from oms_fix.settings.configuration import Configuration, Durability, LogLevel
from oms_fix.settings.trading_day import Retention
from oms_fix.simulator.world.routes import (
    CLOSING,
    DIRECT_VERSIONS,
    PROTECTION_PERCENT,
    RESTRICTED,
    ROUTES,
    SYMBOLS,
    VENUES,
)

ROUTER = "router"
CLIENT_PORT = 9000
_VENUE_PORT = 9100
_HEARTBEAT_SECONDS = 5
_ADDRESS = "10.0.0.1"

CLIENT_VERSIONS = {"C42": "FIX.4.2", "C44": "FIX.4.4", "C50": "FIX.5.0SP2"}
VENUE_VERSIONS = {"V42": "FIX.4.2", "V44": "FIX.4.4", "V50": "FIX.5.0SP2"}

UNROUTED = "LOST"
QUANTITY_MAX = 5_000
_MARKET = Market(id="XSIM", time_zone="UTC", close="14:30:12", patience_seconds=4)
INSTRUMENTS = {
    symbol: Instrument(
        symbol=symbol,
        asset_class=AssetClass.EQUITY,
        currency="USD",
        price=Decimal(10),
        lot_size=Decimal(lot_size),
        market=market,
    )
    for symbol, lot_size, market in (
        ("DIRECT", 1, ""),
        ("SPLIT", 1, _MARKET.id),
        ("LOTS", 10, _MARKET.id),
        ("FALL", 1, ""),
        *((symbol, 1, _MARKET.id if symbol in CLOSING else "") for symbol in SYMBOLS),
        (RESTRICTED, 1, ""),
        (UNROUTED, 1, ""),
    )
}
TRADED = ("DIRECT", "SPLIT", "LOTS", "FALL", *SYMBOLS)
ACCOUNTS = ("ALPHA", "BETA")
DIRECT_ACCOUNT = "GAMMA"
WORKED_ACCOUNT = "DELTA"
"""For the stop orders of clients with direct access, which the router works."""

GROUPS = {"ALPHA": "FUNDS", "BETA": "FUNDS", DIRECT_ACCOUNT: "DESK", WORKED_ACCOUNT: "DESK"}
"""The group of each account."""

# Each is reached now and then.
_CHECKS: tuple[Check, ...] = (
    InstrumentKnown(id="instrument"),
    AccountKnown(id="account"),
    RestrictedList(id="restricted", symbols=(RESTRICTED,)),
    OrderQuantity(id="quantity", quantity_max=Decimal(QUANTITY_MAX)),
    OrderNotional(id="notable", notional_max=Decimal(4_000), action=Action.WARN),
    OrderNotional(id="large", notional_max=Decimal(5_000), action=Action.HOLD),
    PositionLimit(id="position", quantity_max=Decimal(3_000)),
    PositionLimit(id="long-position", quantity_max=Decimal(2_000), action=Action.HOLD),
    OpenOrderCount(id="open", orders_max=12),
    OrderRate(
        id="rate",
        per_second=Decimal(4),
        burst_max=10,
        per=Conduct.ACCOUNT,
        warn_at_percent=Decimal(80),
    ),
    GrossExposure(id="gross", notional_max=Decimal(40_000), per=Scope.FIRM, action=Action.WARN),
    NetExposure(id="net", notional_max=Decimal(15_000), per=Scope.GROUP, action=Action.WARN),
    BuyingPower(id="power", multiple_max=Decimal(2), action=Action.WARN),
    Cash(id="cash", cash_min=Decimal(5_000), action=Action.WARN),
    DailyTurnover(id="turnover", notional_max=Decimal(90_000), action=Action.WARN),
    DailyLoss(id="loss", loss_max=Decimal(300), per=Scope.GROUP, action=Action.WARN),
    SelfMatch(id="self", per=Scope.GROUP, action=Action.WARN),
    DuplicateOrder(id="again", seconds=5, action=Action.WARN),
    RepeatedExecution(id="repeated", executions_max=5, action=Action.HOLD),
    CancelRatio(id="ratio", percent_max=Decimal(60), orders_min=10, action=Action.WARN),
)
_REVIEWS = ReviewTerms(
    timeout_minutes=1,
    at_close=AtClose.REJECT,
    four_eyes_notional=Decimal(5_200),
    two_approvals_notional=Decimal(5_600),
)

_RULES = Rules(
    version="world-1",
    checks=_CHECKS,
    reviews=_REVIEWS,
    routes=ROUTES,
    clients=(
        ClientAgreement(
            session="C42",
            cancel_on_disconnect=CancelOnDisconnect.CONNECTION_LOSS,
            disconnect_grace_seconds=2,
        ),
        ClientAgreement(
            session="C44", day_orders=DayOrders.DONE_FOR_DAY, gt_orders=GtOrders.RESTATE
        ),
        *(
            ClientAgreement(session=name, acknowledge=Acknowledge.ON_VENUE)
            for name in DIRECT_VERSIONS
        ),
    ),
    venues=VENUES,
    protection_percent=PROTECTION_PERCENT,
)


def _account(name: str, clients: Iterable[str]) -> Account:
    return Account(
        id=name,
        clients=tuple(clients),
        group=GROUPS[name],
        value=Decimal(100_000),
        cash=Decimal(20_000),
    )


_REFERENCE = ReferenceData(
    version="world-1",
    instruments=tuple(INSTRUMENTS.values()),
    accounts=(
        *(_account(each, CLIENT_VERSIONS) for each in ACCOUNTS),
        *(_account(each, DIRECT_VERSIONS) for each in (DIRECT_ACCOUNT, WORKED_ACCOUNT)),
    ),
    markets=(_MARKET,),
)

# What the daemon goes by where a .cfg file of venues says nothing else.
_OF_VENUES = ValidationOptions(
    allow_unknown_msg_fields=True, check_enumerations=False, validate_user_defined_fields=False
)


def _session(name: str, version: str, role: ConnectionType, port: int) -> SessionSettings:
    is_venue = role is ConnectionType.INITIATOR
    is_fixt = version == "FIX.5.0SP2"
    return SessionSettings(
        name=name,
        connection_type=role,
        begin_string=FIXT if is_fixt else version,
        default_appl_ver_id=version if is_fixt else None,
        sender_comp_id="OMS",
        target_comp_id=name,
        heart_bt_int=_HEARTBEAT_SECONDS,
        reconnect_interval=1,
        logon_timeout=5,
        socket_accept_host=_ADDRESS,
        socket_accept_port=0 if is_venue else port,
        socket_connect_host=_ADDRESS if is_venue else "",
        socket_connect_port=port if is_venue else 0,
        # One session each way brings what is missing unasked.
        send_next_expected_msg_seq_num=name in ("C50", "V44"),
        validation=_OF_VENUES if is_venue else ValidationOptions(),
        overload=OverloadSettings(
            max_backlog_seconds=10,
            # One client's messages wait if they are too many.
            max_messages_per_second=20 if name == "C44" else 0,
            # One venue's orders are not sent late.
            max_order_age_seconds=4 if name == "V50" else 0,
        ),
    )


_NOWHERE = Path("simulated")

CONFIGURATION = DaemonConfiguration(
    settings=Configuration(
        path=_NOWHERE,
        store=_NOWHERE,
        control_socket=_NOWHERE,
        durability=Durability.FULL,
        disk_reserve_mb=8,
        clock_steady_seconds=5,
        trading_day=None,
        retention=Retention(),
        log_level=LogLevel.INFO,
        base_currency="USD",
        checks_yaml=_NOWHERE,
        routing_yaml=_NOWHERE,
        instruments_csv=_NOWHERE,
        accounts_yaml=_NOWHERE,
        clients_cfg=_NOWHERE,
        venues_cfg=_NOWHERE,
        rules=_RULES,
        reference=_REFERENCE,
    ),
    clients=tuple(
        _session(name, version, ConnectionType.ACCEPTOR, CLIENT_PORT)
        for name, version in (CLIENT_VERSIONS | DIRECT_VERSIONS).items()
    ),
    venues=tuple(
        _session(name, version, ConnectionType.INITIATOR, _VENUE_PORT + number)
        for number, (name, version) in enumerate(VENUE_VERSIONS.items())
    ),
)
