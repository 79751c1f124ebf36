"""Checks of an order by itself: at the limit, just under it, just over it."""

from decimal import Decimal

import pytest
from msgspec import structs
from risk_desk import ACME, BOND, FUND, RiskDesk, numbers

from oms_fix.model import enums
from oms_fix.model import order_checks as checks
from oms_fix.model.enums import AssetClass, OrdType, Rating, Side, TimeInForce

DAY = 24 * 3600


def code(result):
    """The reason of a violation, or that it passes."""
    return result.code or result.outcome


def test_instrument_known():
    """What is not in instruments.csv is a violation."""
    desk = RiskDesk(checks.InstrumentKnown(id="c"))
    assert code(desk.send()) == "pass"
    said = desk.send(symbol="NOBODY")
    assert said.detail == "UNKNOWN_SYMBOL: instrument is not known here Symbol=NOBODY"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", "pass"),
        ("halted", "INSTRUMENT_NOT_ACTIVE"),
        ("suspended", "INSTRUMENT_NOT_ACTIVE"),
    ],
)
def test_instrument_status(status, expected):
    """Only what is active is traded; buys and sells alike."""
    desk = RiskDesk(checks.InstrumentStatus(id="c"))
    desk.load(structs.replace(ACME, status=enums.InstrumentStatus(status)))
    assert [code(desk.send()), code(desk.sell())] == [expected] * 2


@pytest.mark.parametrize(
    ("account", "client", "expected"),
    [
        ("FUND", "OTHER", "pass"),
        ("LONE", "CLIENT", "pass"),
        ("LONE", "OTHER", "UNKNOWN_ACCOUNT"),
        ("NOBODY", "CLIENT", "UNKNOWN_ACCOUNT"),
        (None, "CLIENT", "UNKNOWN_ACCOUNT"),
    ],
)
def test_account_known(account, client, expected):
    """An account is open to the clients that it names, or to all."""
    desk = RiskDesk(checks.AccountKnown(id="c"))
    assert code(desk.send(account=account, client=client)) == expected


def test_account_status():
    """A closed account does not even reduce."""
    desk = RiskDesk(checks.AccountStatus(id="c"))
    desk.bought(100)
    desk.load(structs.replace(FUND, status=enums.AccountStatus.CLOSED))
    assert code(desk.send(1)) == code(desk.sell(1)) == "ACCOUNT_CLOSED"


@pytest.mark.parametrize("is_long", [True, False])
def test_account_status_reduce_only(is_long):
    """What is held may be given up, to nothing and no further, all open orders counted."""
    desk = RiskDesk(checks.AccountStatus(id="c"))
    back, more = (desk.sell, desk.send) if is_long else (desk.send, desk.sell)
    (desk.bought if is_long else desk.sold)(100)
    desk.load(structs.replace(FUND, status=enums.AccountStatus.REDUCE_ONLY))
    assert code(more(1)) == "REDUCE_ONLY"
    assert code(back(101)) == "REDUCE_ONLY"
    assert code(back(60)) == "pass"
    assert code(back(41)) == "REDUCE_ONLY"
    assert code(back(40)) == "pass"
    assert code(back(1)) == "REDUCE_ONLY"


def test_account_status_reduce_only_of_what_is_replaced():
    """A replace of what reduces is judged without what it has open."""
    desk = RiskDesk(checks.AccountStatus(id="c"))
    desk.bought(100)
    desk.load(structs.replace(FUND, status=enums.AccountStatus.REDUCE_ONLY))
    desk.sell(60)
    assert code(desk.restate(101, orig="O2", side=Side.SELL)) == "REDUCE_ONLY"
    assert code(desk.restate(100, orig="O2", side=Side.SELL)) == "pass"


@pytest.mark.parametrize(
    ("allowed", "order", "name"),
    [
        ({"ord_types": (OrdType.LIMIT,)}, {"price": 0}, "OrdType=MARKET"),
        (
            {"times_in_force": (TimeInForce.DAY,)},
            {"time_in_force": TimeInForce.GOOD_TILL_CANCEL},
            "TimeInForce=GOOD_TILL_CANCEL",
        ),
        ({"security_types": ("CS",)}, {"security_type": "OPT"}, "SecurityType=OPT"),
        ({"venues": ("XACM",)}, {"ex_destination": "XBAD"}, "ExDestination=XBAD"),
        ({"asset_classes": (AssetClass.EQUITY,)}, {"symbol": "FUTURE"}, "asset_class=FUTURE"),
    ],
)
def test_permitted_orders(allowed, order, name):
    """Each field by itself; what an order does not say, and what is not ruled, is not looked at."""
    desk = RiskDesk(checks.PermittedOrders(id="c", **allowed))
    assert code(desk.send(security_type=None)) == "pass"
    said = desk.send(**order)
    assert code(said) == "NOT_PERMITTED"
    assert said.detail.endswith(f" {name} check=c")


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ({"symbols": ("ACME",)}, "Symbol=ACME"),
        ({"issuers": ("Acme Inc",)}, "issuer=Acme Inc"),
        ({"sectors": ("Tools",)}, "sector=Tools"),
        ({"countries": ("US",)}, "country=US"),
    ],
)
def test_restricted_list(listed, name):
    """By symbol, issuer, sector or country; other instruments are free."""
    desk = RiskDesk(checks.RestrictedList(id="c", **listed))
    assert code(desk.send(symbol="EURO")) == "pass"
    said = desk.send()
    assert said.detail == f"RESTRICTED: instrument is on the restricted list {name} list=c"


def test_restricted_list_of_one_side():
    """What may not be bought may be sold, where the list is of buys."""
    desk = RiskDesk(checks.RestrictedList(id="c", symbols=("ACME",), sides=(Side.BUY,)))
    assert [code(desk.send()), code(desk.sell())] == ["RESTRICTED", "pass"]


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("14:29:59.999", "MARKET_CLOSED"),
        ("14:30:00", "pass"),
        ("20:59:59.999", "pass"),
        ("21:00:00", "MARKET_CLOSED"),
    ],
)
def test_trading_hours(utc, expected):
    """From the open on, until the close (New York; 2025-12-29 is a Monday)."""
    desk = RiskDesk(checks.TradingHours(id="c"))
    hour, minute, second = utc.split(":")
    desk.now = 1_766_966_400_000_000_000  # midnight
    desk.after(int(hour) * 3600 + int(minute) * 60).after(second)
    assert code(desk.send()) == expected
    assert code(desk.send(time_in_force=TimeInForce.GOOD_TILL_CANCEL)) == "pass"
    assert code(desk.send(symbol="EURO")) == "pass"
    assert code(desk.send(time_in_force=TimeInForce.AT_THE_OPENING)) == "pass"


@pytest.mark.parametrize(("quantity", "expected"), [(99, "pass"), (100, "pass"), (101, "reject")])
def test_order_quantity(quantity, expected):
    """At most the limit, whatever the side and whatever else is open."""
    desk = RiskDesk(checks.OrderQuantity(id="c", quantity_max=Decimal(100)))
    desk.send(100)
    said = desk.sell(quantity)
    assert (said.outcome, *numbers(said)) == (expected, 0, quantity, 100)


def test_order_quantity_of_a_replace():
    """The whole order counts, with what is filled of it."""
    desk = RiskDesk(checks.OrderQuantity(id="c", quantity_max=Decimal(100)))
    desk.send(80)
    desk.fill(50, cl_ord_id="O1")
    said = desk.restate(101)
    assert said.detail == (
        "ORDER_QTY_LIMIT: order quantity is above the limit OrderQty=101 quantity_max=100"
    )


@pytest.mark.parametrize(
    ("order", "value"),
    [
        ({"quantity": 100, "price": 10}, "1000"),
        ({"quantity": 100, "price": 0}, "1000"),
        ({"quantity": 100, "price": "9.99"}, "999.00"),
        ({"quantity": 100, "price": 9, "side": Side.SELL}, "1000"),
        ({"quantity": 100, "price": 11, "side": Side.SELL}, "1100"),
        ({"quantity": 1000, "price": "99.5", "symbol": "BOND"}, "995.0"),
        ({"quantity": 100, "price": 21, "symbol": "EURO"}, "2310.0"),
        ({"quantity": 3, "price": 101, "symbol": "FUTURE"}, "15150"),
        ({"quantity": 100, "price": 0, "ord_type": OrdType.STOP, "stop_px": Decimal(12)}, "1200"),
        ({"quantity": 100, "price": 0, "ord_type": OrdType.STOP, "stop_px": Decimal(8)}, "1000"),
        (
            {"quantity": 100, "price": 13, "ord_type": OrdType.STOP_LIMIT, "stop_px": Decimal(12)},
            "1300",
        ),
    ],
)
def test_order_notional(order, value):
    """In base currency at the limit; else at the reference price, or where a stop is triggered.

    A sale may be done above its limit, so it is worth the reference price at least.
    """
    value = Decimal(value)
    at, under = (
        checks.OrderNotional(id="c", notional_max=value - cut) for cut in (0, Decimal("0.001"))
    )
    desk = RiskDesk(at)
    said = desk.send(**order)
    assert (said.outcome, *numbers(said)) == ("pass", 0, value, value)
    desk.change_checks(under)
    assert code(desk.send(**order)) == "ORDER_NOTIONAL_LIMIT"


def test_order_notional_of_an_unknown_instrument():
    """What cannot be valued is a violation."""
    desk = RiskDesk(checks.OrderNotional(id="c", notional_max=Decimal(10**9)))
    said = desk.send(symbol="NOBODY")
    assert said.detail == (
        "ORDER_NOTIONAL_LIMIT: order value is above the limit notional=unknown "
        "notional_max=1000000000"
    )


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(999, "LOT_SIZE"), (1000, "pass"), (1001, "LOT_SIZE"), (2000, "pass")],
)
def test_lot_size(quantity, expected):
    """A multiple of the lot, at first and when it is replaced."""
    desk = RiskDesk(checks.LotSize(id="c"))
    assert code(desk.send(quantity, 98, symbol="BOND")) == expected
    desk.send(3000, 98, symbol="BOND", cl_ord_id="X")
    assert code(desk.restate(quantity, 98, "X", symbol="BOND")) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"price": "10.01"}, "pass"),
        ({"price": "10.010"}, "pass"),
        ({"price": "10.011"}, "TICK_SIZE"),
        ({"price": 0}, "pass"),
        ({"price": 0, "ord_type": OrdType.STOP, "stop_px": Decimal("10.01")}, "pass"),
        ({"price": 0, "ord_type": OrdType.STOP, "stop_px": Decimal("10.015")}, "TICK_SIZE"),
        (
            {"price": "10.01", "ord_type": OrdType.STOP_LIMIT, "stop_px": Decimal("10.001")},
            "TICK_SIZE",
        ),
    ],
)
def test_tick_size(order, expected):
    """Price(44) and StopPx(99) are multiples of the tick."""
    assert code(RiskDesk(checks.TickSize(id="c")).send(**order)) == expected


def test_lots_and_ticks_of_the_longest_numbers():
    """Fifteen digits against the smallest lot and tick that there may be are no trouble."""
    desk = RiskDesk(checks.TickSize(id="t"), checks.LotSize(id="l"))
    smallest = Decimal("0.00000000000001")
    desk.load(structs.replace(ACME, lot_size=smallest, tick_size=smallest))
    assert code(desk.send(999_999_999_999_999, 999_999_999_999_999)) == "pass"


def test_market_order():
    """Without a limit nothing is taken, be it a stop order; a price that binds nothing is none."""
    desk = RiskDesk(checks.MarketOrder(id="c"))
    assert code(desk.send(price=10)) == "pass"
    assert code(desk.send(price=0)) == "NO_MARKET_ORDERS"
    assert code(desk.send(price=10, ord_type=OrdType.MARKET)) == "NO_MARKET_ORDERS"
    stop = {"stop_px": Decimal(10)}
    assert code(desk.send(price=0, ord_type=OrdType.STOP, **stop)) == "NO_MARKET_ORDERS"
    assert code(desk.send(price=10, ord_type=OrdType.STOP_LIMIT, **stop)) == "pass"


@pytest.mark.parametrize(
    ("least", "expected"), [("BBB-", "pass"), ("BBB", "pass"), ("BBB+", "RATING")]
)
def test_minimum_rating(least, expected):
    """A bond that is bought is rated so or better; what is sold, and no bond, is not looked at."""
    desk = RiskDesk(checks.MinimumRating(id="c", rating_min=Rating(least)))
    assert code(desk.send(1000, 98, symbol="BOND")) == expected
    assert code(desk.sell(1000, 98, symbol="BOND")) == "pass"
    assert code(desk.send()) == "pass"


def test_minimum_rating_of_a_bond_without_one():
    """No rating is below every rating."""
    desk = RiskDesk(checks.MinimumRating(id="c", rating_min=Rating.D))
    said = desk.send(1000, 40, symbol="JUNK")
    assert said.detail == (
        "RATING: the rating is below what the mandate allows rating=none rating_min=D"
    )


@pytest.mark.parametrize(("days", "expected"), [(29, "MATURITY"), (30, "pass"), (31, "pass")])
def test_maximum_maturity(days, expected):
    """Counted from the day of the order (2025-12-29): 2026-01-28 is 30 days off."""
    desk = RiskDesk(checks.MaximumMaturity(id="c", days_max=days))
    said = desk.send(1000, 98, symbol="BOND")
    assert (code(said), *numbers(said)) == (expected, 0, 30, days)
    assert code(desk.sell(1000, 98, symbol="BOND")) == code(desk.send()) == "pass"


def test_maximum_maturity_from_a_day():
    """A mandate may count from the day on which it began; what has no maturity is a violation."""
    check = checks.MaximumMaturity(id="c", days_max=10, counted_from="2026-01-18")
    desk = RiskDesk(check)
    assert numbers(desk.send(1000, 98, symbol="BOND")) == (0, 10, 10)
    assert "days=unknown" in desk.send(1000, 40, symbol="JUNK").detail
    desk.load(structs.replace(BOND, maturity="2026-01-01"))
    assert desk.send(1000, 98, symbol="BOND").after == 0


@pytest.mark.parametrize(("quantity", "expected"), [(1000, "pass"), (1001, "HEDGE_ONLY")])
@pytest.mark.parametrize("is_open", [True, False])
def test_currency_hedge(quantity, expected, is_open):
    """50 EURO at 20 are worth 1100 dollars: half of that may be sold forward, at 1.1 each.

    Half of it is sold already, openly or done.
    """
    desk = RiskDesk(checks.CurrencyHedge(id="c", percent_max=Decimal(100)))
    desk.bought(50, 20, symbol="EURO")
    desk.sell(500, "1.1", symbol="FORWARD")
    if not is_open:
        desk.fill(500, "1.1", cl_ord_id=desk.last_id)
    said = desk.sell(quantity - 500, "1.1", symbol="FORWARD")
    assert (code(said), said.used, said.limit) == (expected, 550, 1100)


def test_currency_hedge_of_what_is_not_held():
    """Without holdings there is nothing to hedge, and a long hedge is a bet.

    What was sold too much may be bought back.
    """
    desk = RiskDesk(checks.CurrencyHedge(id="c", percent_max=Decimal(100)))
    assert code(desk.sell(1, "1.1", symbol="FORWARD")) == "HEDGE_ONLY"
    assert code(desk.send(1, "1.1", symbol="FORWARD")) == "HEDGE_ONLY"
    assert code(desk.send(1)) == "pass"
    desk.bought(50, 20, symbol="EURO")
    desk.sold(1000, "1.1", symbol="FORWARD")
    desk.sold(50, 20, symbol="EURO")
    assert code(desk.send(1000, "1.1", symbol="FORWARD")) == "pass"
    assert code(desk.send(1, "1.1", symbol="FORWARD")) == "HEDGE_ONLY"
