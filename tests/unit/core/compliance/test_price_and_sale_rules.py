"""Checks of prices, of short sales, and of orders that would meet our own."""

from decimal import Decimal

import pytest
from msgspec import structs
from risk_desk import ACME, HARD, RiskDesk, numbers

from oms_fix.model import commands as cmd
from oms_fix.model.check_base import Scope
from oms_fix.model.conduct_checks import SelfMatch
from oms_fix.model.enums import OrdType, PriceReference, Side
from oms_fix.model.order_checks import PriceCollar, ShortSale
from oms_fix.model.orders import OtherField

LOCATED = {"other_fields": (OtherField(114, "N"),)}
FIVE_PERCENT = PriceCollar(id="c", distance_max=Decimal(5))


def code(result):
    """The reason of a violation, or that it passes."""
    return result.code or result.outcome


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [
        (Side.BUY, "10.49", "pass"),
        (Side.BUY, "10.5", "pass"),
        (Side.BUY, "10.51", "PRICE_COLLAR"),
        (Side.BUY, "1", "pass"),
        (Side.SELL, "9.51", "pass"),
        (Side.SELL, "9.5", "pass"),
        (Side.SELL, "9.49", "PRICE_COLLAR"),
        (Side.SELL, "100", "pass"),
    ],
)
def test_price_collar(side, price, expected):
    """5 % of 10 to the wrong side: above for buys, below for sells."""
    assert code(RiskDesk(FIVE_PERCENT).send(1, price, side=side)) == expected


def test_price_collar_in_ticks():
    """Three ticks of 0.01."""
    desk = RiskDesk(PriceCollar(id="c", distance_max=Decimal(3), in_ticks=True))
    assert numbers(desk.send(1, "10.03")) == (0, 3, 3)
    said = desk.send(1, "10.04")
    assert said.detail == (
        "PRICE_COLLAR: the price is too far from the reference distance=4 distance_max=3"
    )


def test_price_collar_references():
    """The middle of bid and offer, else the last price, else the previous close."""
    desk = RiskDesk(FIVE_PERCENT)
    desk.last_price(20)
    assert [code(desk.send(1, price)) for price in (21, "21.01")] == ["pass", "PRICE_COLLAR"]
    desk.do(cmd.Quote("ACME", Decimal(29), Decimal(31), "feed"))
    assert [code(desk.send(1, price)) for price in ("31.5", "31.51")] == ["pass", "PRICE_COLLAR"]
    desk.end_day()
    assert [code(desk.send(1, price)) for price in ("10.5", "10.51")] == ["pass", "PRICE_COLLAR"]


def test_price_collar_without_a_reference():
    """Where there is none, the order violates the check."""
    only_last = structs.replace(FIVE_PERCENT, references=(PriceReference.LAST,))
    desk = RiskDesk(only_last)
    assert "distance=unknown" in desk.send(1, 10).detail
    desk.last_price(10)
    assert code(desk.send(1, 10)) == "pass"
    assert "distance=unknown" in desk.send(1, 10, symbol="NOBODY").detail


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"price": 0}, "pass"),
        ({"price": 0, "ord_type": OrdType.STOP, "stop_px": Decimal("10.5")}, "pass"),
        ({"price": 0, "ord_type": OrdType.STOP, "stop_px": Decimal("10.51")}, "PRICE_COLLAR"),
        (
            {"price": "10.4", "ord_type": OrdType.STOP_LIMIT, "stop_px": Decimal("10.51")},
            "PRICE_COLLAR",
        ),
        (
            {"price": "10.51", "ord_type": OrdType.STOP_LIMIT, "stop_px": Decimal("10.4")},
            "PRICE_COLLAR",
        ),
        (
            {"price": 0, "side": Side.SELL, "ord_type": OrdType.STOP, "stop_px": Decimal("9.49")},
            "PRICE_COLLAR",
        ),
    ],
)
def test_price_collar_of_stop_orders(order, expected):
    """By StopPx(99) and by the limit, whichever is farther off; a market order has neither."""
    assert code(RiskDesk(FIVE_PERCENT).send(1, **order)) == expected


def test_price_collar_of_a_replace():
    """A replace is judged by its new price."""
    desk = RiskDesk(FIVE_PERCENT)
    desk.send(1, 10)
    assert code(desk.restate(1, "10.51")) == "PRICE_COLLAR"


# --- short sales --------------------------------------------------------------------------------


def test_short_sale():
    """What is sold must be held, less what is being sold already; buys are not looked at."""
    desk = RiskDesk(ShortSale(id="c"))
    assert code(desk.bought(100)) == "pass"
    assert code(desk.sell(60)) == "pass"
    said = desk.sell(41)
    assert said.detail.endswith("because='not marked' Side=SELL short=1")
    assert code(desk.sell(40)) == "pass"
    assert code(desk.sell(1, symbol="NOBODY")) == "SHORT_SALE"


def test_short_sale_after_a_bust():
    """What was not bought after all is not held."""
    desk = RiskDesk(ShortSale(id="c"))
    desk.bought(100)
    desk.bust()
    assert code(desk.sell(1)) == "SHORT_SALE"


def test_short_sale_that_is_not_located():
    """Easy to borrow, or located; a threshold security is to be located in any case."""
    desk = RiskDesk(ShortSale(id="c"))
    assert code(desk.sell(1, side=Side.SELL_SHORT)) == "pass"
    desk.load(structs.replace(ACME, easy_to_borrow=False))
    said = desk.sell(1, side=Side.SELL_SHORT)
    assert said.detail.endswith("because='not located' LocateReqd=N is missing threshold=False")
    assert code(desk.sell(1, side=Side.SELL_SHORT, **LOCATED)) == "pass"
    desk.load(structs.replace(ACME, threshold=True))
    assert code(desk.sell(1, side=Side.SELL_SHORT)) == "SHORT_SALE"
    assert code(desk.sell(1, side=Side.SELL_SHORT, **LOCATED)) == "pass"


def test_short_sale_of_an_unknown_instrument():
    """Nobody knows that it is easy to borrow: it is to be located."""
    desk = RiskDesk(ShortSale(id="c"))
    assert code(desk.sell(1, side=Side.SELL_SHORT, symbol="NOBODY")) == "SHORT_SALE"
    assert code(desk.sell(1, side=Side.SELL_SHORT, symbol="NOBODY", **LOCATED)) == "pass"


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [
        (Side.SELL_SHORT, "9.99", "SHORT_SALE"),
        (Side.SELL_SHORT, "10", "SHORT_SALE"),
        (Side.SELL_SHORT, "10.01", "pass"),
        (Side.SELL_SHORT, 0, "SHORT_SALE"),
        (Side.SELL_SHORT_EXEMPT, "9.99", "pass"),
    ],
)
def test_short_sale_and_the_uptick(side, price, expected):
    """Above the last price, while the price test is in force; what is exempt is exempt of that."""
    desk = RiskDesk(ShortSale(id="c"))
    assert code(desk.sell(1, 20, symbol="HARD", side=Side.SELL_SHORT, **LOCATED)) == "SHORT_SALE"
    desk.last_price(10, "HARD")
    assert code(desk.sell(1, price, symbol="HARD", side=side, **LOCATED)) == expected
    desk.load(structs.replace(HARD, uptick=False))
    assert code(desk.sell(1, price, symbol="HARD", side=side, **LOCATED)) == "pass"


def test_short_sale_and_the_bid():
    """Above the best bid, where one is known, whatever the last price is."""
    desk = RiskDesk(ShortSale(id="c"))
    desk.last_price(9, "HARD")
    desk.do(cmd.Quote("HARD", Decimal(10), Decimal("10.1"), "feed"))
    for price, expected in ((10, "SHORT_SALE"), ("10.01", "pass")):
        said = desk.sell(1, price, symbol="HARD", side=Side.SELL_SHORT, **LOCATED)
        assert code(said) == expected


# --- our own orders on the other side -----------------------------------------------------------


@pytest.mark.parametrize(
    ("resting", "price", "expected"),
    [
        (Side.SELL, "9.99", "pass"),
        (Side.SELL, "10", "SELF_MATCH"),
        (Side.SELL, "10.01", "SELF_MATCH"),
        (Side.SELL, 0, "SELF_MATCH"),
        (Side.BUY, "10.01", "pass"),
        (Side.BUY, "10", "SELF_MATCH"),
        (Side.BUY, "9.99", "SELF_MATCH"),
    ],
)
def test_self_match(resting, price, expected):
    """An order at the price of a resting one, or beyond it, would meet it."""
    desk = RiskDesk(SelfMatch(id="c"))
    desk.send(1, 10, side=resting)
    other = Side.BUY if resting is Side.SELL else Side.SELL
    said = desk.send(1, price, side=other)
    assert code(said) == expected
    assert expected == "pass" or "resting=10 Account=FUND" in said.detail


def test_self_match_with_what_is_no_more():
    """What is filled or canceled, of the own side or of another instrument, meets nothing."""
    desk = RiskDesk(SelfMatch(id="c"))
    desk.sold(1)
    desk.sell(1)
    desk.take_back("O2")
    desk.sell(1, symbol="HARD")
    desk.send(1, 11)
    assert code(desk.send(1, 12)) == "pass"
    desk.bust("O1")
    assert code(desk.send(1, 12)) == "SELF_MATCH"


def test_self_match_with_a_stop_order():
    """A stop order meets nothing, and nothing meets it, as long as it is one."""
    desk = RiskDesk(SelfMatch(id="c"))
    desk.sell(1, 0, ord_type=OrdType.STOP, stop_px=Decimal(9))
    assert code(desk.send(1, 12)) == "pass"
    assert code(desk.sell(1, 0, ord_type=OrdType.STOP, stop_px=Decimal(9))) == "pass"
    assert code(desk.sell(1, 0)) == "SELF_MATCH"


def test_self_match_while_a_replace_is_pending():
    """The more aggressive of both prices counts, until the request is answered."""
    desk = RiskDesk(SelfMatch(id="c"))
    desk.sell(1, 12)
    desk.restate(1, 11, side=Side.SELL)
    assert code(desk.send(1, 11)) == "SELF_MATCH"
    desk.refuse_request(cl_ord_id="O1")
    assert code(desk.send(1, 11)) == "pass"
    assert code(desk.restate(1, 12, orig=desk.last_id)) == "SELF_MATCH"


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        (Scope.ACCOUNT, {"FUND"}),
        (Scope.GROUP, {"FUND", "TWIN"}),
        (Scope.FIRM, {"FUND", "TWIN", "LONE"}),
    ],
)
def test_self_match_of_whom(per, expected):
    """Within the account, its group, or the firm."""
    desk = RiskDesk(SelfMatch(id="c", per=per))
    desk.sell(1, 10)
    said = {each: code(desk.send(1, 10, account=each)) for each in ("FUND", "TWIN", "LONE")}
    assert {each for each, found in said.items() if found == "SELF_MATCH"} == expected
