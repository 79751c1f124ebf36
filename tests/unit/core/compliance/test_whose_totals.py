"""What running totals are made of: whose orders, which sides, at which values."""

from decimal import Decimal

import pytest
from full_limits import CODES, FULL, ONLY_OPEN, STAYS, UNITS, VALUE, is_let_pass, room
from msgspec import structs
from order_lives import written_and_read
from risk_desk import ACME, FUND, LONE, RiskDesk, numbers

from oms_fix.core.image import difference
from oms_fix.model import exposure_checks as exposure
from oms_fix.model.check_base import Scope
from oms_fix.model.enums import Side


@pytest.fixture(params=list(FULL))
def name(request):
    """Each kind in turn."""
    return request.param


@pytest.fixture
def desk(name):
    """A desk with this one check."""
    return RiskDesk(FULL[name][0])


PER = {
    "position_limit": lambda per: exposure.PositionLimit(id="c", quantity_max=UNITS, per=per),
    "issue_share": lambda per: exposure.IssueShare(id="c", percent_max=Decimal("0.01"), per=per),
    "volume_share": lambda per: exposure.VolumeShare(id="c", percent_max=Decimal(1), per=per),
    "gross_exposure": lambda per: exposure.GrossExposure(id="c", notional_max=VALUE, per=per),
    "net_exposure": lambda per: exposure.NetExposure(id="c", notional_max=VALUE, per=per),
    "daily_turnover": lambda per: exposure.DailyTurnover(id="c", notional_max=VALUE, per=per),
    "open_order_value": lambda per: exposure.OpenOrderValue(id="c", notional_max=VALUE, per=per),
    "open_order_count": lambda per: exposure.OpenOrderCount(id="c", orders_max=1, per=per),
}


@pytest.mark.parametrize("kind", PER)
@pytest.mark.parametrize(
    ("per", "passing"),
    [
        (Scope.ACCOUNT, {"TWIN", "LONE"}),
        (Scope.GROUP, {"LONE"}),
        (Scope.FIRM, set()),
    ],
)
@pytest.mark.parametrize("is_filled", [False, True])
def test_whose_totals_count(kind, per, passing, is_filled):
    """The account's own, those of its group, or all: open orders and, but for those kinds, fills.

    An account of no group has no group's totals, and no limit of one.
    """
    desk = RiskDesk(PER[kind](per))
    desk.send(100)
    if is_filled:
        desk.fill(100, cl_ord_id="O1")
    if is_filled and kind in (*ONLY_OPEN, "open_order_count"):
        passing = {"FUND", "TWIN", "LONE"}
    passed = set()
    for account in ("FUND", "TWIN", "LONE"):
        if is_let_pass(desk.send(100, account=account)):
            passed.add(account)
            desk.take_back(desk.last_id)
    assert passed == passing


@pytest.mark.parametrize("kind", sorted(PER))
@pytest.mark.parametrize("per", [Scope.GROUP, Scope.FIRM])
def test_a_new_check_counts_what_came_before(kind, per):
    """Totals that no check has read so far are there for the first one that does."""
    desk = RiskDesk(PER[kind](Scope.ACCOUNT))
    desk.send(100)
    desk.change_checks(PER[kind](per))
    assert not is_let_pass(desk.send(1, account="TWIN"))


@pytest.mark.parametrize("kind", sorted(PER.keys() - ONLY_OPEN - {"open_order_count"}))
def test_a_new_group_counts_what_the_account_has(kind):
    """Where an account comes into another group, its totals go with it."""
    desk = RiskDesk(PER[kind](Scope.GROUP))
    desk.bought(60)
    desk.send(40)
    desk.load(*(structs.replace(each, group="beta") for each in (FUND, LONE)))
    assert is_let_pass(desk.send(100, account="TWIN"))
    assert not is_let_pass(desk.send(1, account="LONE"))


def test_other_instruments_count_where_values_do(name, desk):
    """Units are those of one instrument; values are of all."""
    is_of_one = name in {"position_limit", "concentration", "issue_share", "volume_share"}
    desk.send(100)
    desk.load(structs.replace(ACME, symbol="OTHER"))
    assert is_let_pass(desk.send(100, symbol="OTHER")) is is_of_one


NEED = {
    "concentration": {"value": None},
    "buying_power": {"cash": None},
    "cash": {"cash": None},
    "issue_share": {"outstanding": None},
    "volume_share": {"average_daily_volume": None},
}


@pytest.mark.parametrize("kind", NEED)
def test_what_is_not_known_fails_closed(kind):
    """Without what the limit is a share of, the order violates the check, and the text says so."""
    desk = RiskDesk(FULL[kind][0])
    kept = ACME if kind in {"issue_share", "volume_share"} else FUND
    desk.load(structs.replace(kept, **NEED[kind]))
    unknown = desk.send(1)
    assert (unknown.outcome, unknown.code, *numbers(unknown)) == (
        "reject", CODES[kind], None, None, None,
    )  # fmt: skip
    assert "=unknown " in unknown.detail


def test_an_instrument_that_is_not_known_fails_closed(name, desk):
    """What cannot be valued violates every limit; only units are known without its data."""
    said = desk.send(1, symbol="NOBODY")
    assert is_let_pass(said) is (name == "position_limit")
    assert is_let_pass(said) or "=unknown " in said.detail


def test_an_account_that_is_not_known_fails_closed(name, desk):
    """Where the limit is a share of the account's, an account that is not known has none."""
    said = desk.send(1, account="NOBODY")
    assert is_let_pass(said) is (name not in {"concentration", "buying_power", "cash"})


def test_sells_alone(name, desk):
    """Short positions count as long ones do; of cash only buys take."""
    said = desk.sell(101)
    is_free = name in {"buying_power", "cash"}
    assert is_let_pass(said) is is_free
    assert is_let_pass(desk.sell(100))


def test_buys_and_sells_that_are_open(name, desk):
    """The worst case: open sells make no room for buys, nor the other way round."""
    desk.sell(100)
    said = desk.send(100)
    together = name in {"volume_share", "daily_turnover", "open_order_value"}
    assert is_let_pass(said) is not together
    assert not is_let_pass(desk.send(1))


def test_a_sale_that_is_done_makes_room(name, desk):
    """What was sold can be bought again, but of the day's turnover nothing comes back."""
    desk.bought(100)
    if name in STAYS:
        assert not is_let_pass(desk.sell(1))
    else:
        desk.sold(60)
        free = 100 if name in ONLY_OPEN else 60
        assert room(desk, free) == free


@pytest.mark.parametrize("kind", ["position_limit", "concentration", "issue_share", "net_exposure"])
def test_a_short_position_makes_room_for_buys(kind):
    """From 100 short one may buy 200: it is long 100 then."""
    desk = RiskDesk(FULL[kind][0])
    desk.sold(100)
    assert room(desk, 200) == 200


def test_gross_exposure_of_a_short_position():
    """Long or short, whichever is larger."""
    desk = RiskDesk(FULL["gross_exposure"][0])
    desk.sold(100)
    assert numbers(desk.send(200)) == (VALUE, VALUE, VALUE)
    assert numbers(desk.send(1)) == (VALUE, Decimal(1010), VALUE)


@pytest.mark.parametrize(
    ("symbol", "quantity", "price", "value"),
    [
        ("ACME", 100, 10, "1000"),
        ("BOND", 2000, "98.5", "1970"),
        ("EURO", 50, 20, "1100"),
        ("FUTURE", 2, 100, "10000"),
    ],
)
@pytest.mark.parametrize(
    "kind",
    [
        "gross_exposure",
        "net_exposure",
        "daily_turnover",
        "open_order_value",
        "buying_power",
        "concentration",
    ],
)
@pytest.mark.parametrize("is_filled", [False, True])
def test_values_are_in_base_currency(kind, symbol, quantity, price, value, is_filled):
    """A bond's price is in percent, a future is of so many units, euros are turned into dollars."""
    kind_of_check, limit = type(FULL[kind][0]), 100 if kind == "concentration" else 10**6
    desk = RiskDesk(kind_of_check(id="c", **{kind_of_check.LIMIT: Decimal(limit)}))
    assert desk.send(quantity, price, symbol=symbol).after == Decimal(value)
    if is_filled:
        desk.fill(quantity, price, cl_ord_id="O1")
    again = desk.send(quantity, price, symbol=symbol)
    is_gone = is_filled and kind in ONLY_OPEN
    assert again.used == (0 if is_gone else Decimal(value))
    assert difference(desk.state, written_and_read(desk.state)) is None


@pytest.mark.parametrize("kind", sorted(FULL.keys() - {"buying_power", "cash"}))
def test_sides_of_selling_count_alike(kind):
    """Sell, sell short, sell plus: each takes from the position."""
    desk = RiskDesk(FULL[kind][0])
    desk.sell(40)
    desk.sell(30, side=Side.SELL_SHORT)
    assert is_let_pass(desk.sell(30, side=Side.SELL_PLUS))
    assert not is_let_pass(desk.sell(1, side=Side.SELL_SHORT_EXEMPT))
