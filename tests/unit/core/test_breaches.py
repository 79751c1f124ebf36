from decimal import Decimal
from typing import get_args

import pytest
from desk import CLIENT, Desk, terms

from oms_fix.core.compliance.breaches import OF_HOLDINGS, OF_SUMS, describe
from oms_fix.model import commands as cmd
from oms_fix.model import exposure_checks as exposure
from oms_fix.model.check_base import LimitCheck, Override, Scope
from oms_fix.model.checks import Check
from oms_fix.model.circumstances import LimitBreach, LimitsBreached
from oms_fix.model.conduct_checks import CancelRatio, OrderRate, RepeatedExecution
from oms_fix.model.enums import AssetClass, Side
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.order_checks import (
    CurrencyHedge,
    MaximumMaturity,
    OrderNotional,
    OrderQuantity,
    PriceCollar,
)
from oms_fix.model.routes import Direct
from oms_fix.model.rules import ReferenceData, Rules

OF_AN_ORDER = {
    OrderQuantity,
    OrderNotional,
    PriceCollar,
    MaximumMaturity,
    OrderRate,
    CancelRatio,
    RepeatedExecution,
}
INSTRUMENTS = (
    Instrument("ACME", AssetClass.EQUITY, "USD", Decimal(10), outstanding=Decimal(1000)),
    Instrument("BOND", AssetClass.TREASURY, "USD", Decimal(100)),
    Instrument(
        "EURUSD",
        AssetClass.FX,
        "USD",
        Decimal(1),
        hedges="EUR",
        average_daily_volume=Decimal(9),
    ),
)
ACCOUNTS = (
    Account("A1", value=Decimal(5000), cash=Decimal(3000), group="G", desk="D", clients=(CLIENT,)),
    Account("A2", value=Decimal(5000), cash=Decimal(3000), group="G", clients=(CLIENT,)),
    Account("A3", cash=Decimal(3000), clients=(CLIENT,)),
)


@pytest.fixture
def desk():
    """A1 holds 100 ACME and wants 50 more; A2 is short 30 ACME; A3 has 10 EURUSD sold openly."""
    busy = Desk()
    busy.do(cmd.LoadReferenceData(ReferenceData("reference-2", INSTRUMENTS, ACCOUNTS), "tester"))
    busy.new("1", terms(100, 10, account="A1"))
    busy.fill(100, cl_ord_id="1")
    busy.new("2", terms(50, 10, account="A1"))
    busy.new("3", terms(30, 10, account="A2", side=Side.SELL))
    busy.fill(30, cl_ord_id="3")
    busy.new("4", terms(10, 1, account="A3", symbol="EURUSD", side=Side.SELL))
    return busy


def load(desk, *checks):
    """Load checks; return what is told of breaches."""
    rules = Rules("rules-2", checks, (Direct(id="to-a", venue="A"),))
    events = desk.do(cmd.LoadRules(rules, "tester"))
    return [
        each for event in events if isinstance(event, LimitsBreached) for each in event.breaches
    ]


def told(desk, *checks):
    """Return (owner, symbol, used, limit) of each breach."""
    return [
        (each.name or each.scope.value, each.symbol, each.used, each.limit)
        for each in load(desk, *checks)
    ]


def test_every_limit_is_of_totals_or_of_an_order():
    """A new kind of limit has to be put into one of the lists."""
    limits = {kind for kind in get_args(Check) if issubclass(kind, LimitCheck)}
    assert limits == OF_HOLDINGS | OF_SUMS | OF_AN_ORDER
    assert not (OF_HOLDINGS | OF_SUMS) & OF_AN_ORDER


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (exposure.PositionLimit(id="c", quantity_max=Decimal(149)), [("A1", "ACME", 150, 149)]),
        (exposure.PositionLimit(id="c", quantity_max=Decimal(150)), []),
        (
            exposure.PositionLimit(id="c", quantity_max=Decimal(29), per=Scope.ACCOUNT),
            [("A1", "ACME", 150, 29), ("A2", "ACME", 30, 29)],
        ),
        (
            exposure.PositionLimit(id="c", quantity_max=Decimal(100), per=Scope.GROUP),
            [("G", "ACME", 120, 100)],
        ),
        (
            exposure.PositionLimit(id="c", quantity_max=Decimal(100), per=Scope.FIRM),
            [("firm", "ACME", 120, 100)],
        ),
        (exposure.PositionLimit(id="c", quantity_max=Decimal(125), per=Scope.FIRM), []),
        (exposure.Concentration(id="c", percent_max=Decimal(20)), [("A1", "ACME", 1500, 1000)]),
        (exposure.IssueShare(id="c", percent_max=Decimal(10)), [("firm", "ACME", 120, 100)]),
        (exposure.VolumeShare(id="c", percent_max=Decimal(100)), [("firm", "EURUSD", 10, 9)]),
        (CurrencyHedge(id="c", percent_max=Decimal(100)), [("A3", "EURUSD", 10, 0)]),
        (exposure.GrossExposure(id="c", notional_max=Decimal(1000)), [("A1", "", 1500, 1000)]),
        (
            exposure.GrossExposure(id="c", notional_max=Decimal(1000), per=Scope.FIRM),
            [("firm", "", 1210, 1000)],
        ),
        (
            exposure.NetExposure(id="c", notional_max=Decimal(200)),
            [("A1", "", 1500, 200), ("A2", "", 300, 200)],
        ),
        (exposure.BuyingPower(id="c", multiple_max=Decimal("0.4")), [("A1", "", 1500, 1200)]),
        (exposure.Cash(id="c", cash_min=Decimal(2000)), [("A1", "", 1500, 1000)]),
        (exposure.DailyTurnover(id="c", notional_max=Decimal(1000)), [("A1", "", 1500, 1000)]),
        (
            exposure.OpenOrderCount(id="c", orders_max=1, per=Scope.FIRM),
            [("firm", "", 2, 1)],
        ),
        (exposure.OpenOrderValue(id="c", notional_max=Decimal(499)), [("A1", "", 500, 499)]),
    ],
)
def test_what_is_above_a_limit_is_told(desk, check, expected):
    """Each totals check names whose totals are too large, by the totals that it is about."""
    assert told(desk, check) == expected


def test_a_loss_is_told_though_nothing_is_held_any_more(desk):
    """A limit on sums concerns accounts without holdings too."""
    desk.new("5", terms(100, 7, account="A2"))
    desk.fill(30, 7, cl_ord_id="5")
    desk.cancel("6", "5")
    desk.do(cmd.LastPrice("ACME", Decimal(6), "tester"))
    limit = exposure.DailyLoss(id="loss", loss_max=Decimal(100))
    assert told(desk, limit) == [("A1", "", 400, 100)]


def test_an_override_holds_for_whom_it_is_given(desk):
    """That of the account comes before that of its desk."""
    overrides = (Override(limit=Decimal(200), desk="D"), Override(limit=Decimal(20), account="A2"))
    limit = exposure.PositionLimit(id="c", quantity_max=Decimal(1000), overrides=overrides)
    assert told(desk, limit) == [("A2", "ACME", 30, 20)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"Account": "A2"}, ["A2"]),
        ({"Desk": "D", "AssetClass": "EQUITY"}, ["A1"]),
        ({"AssetClass": "TREASURY"}, []),
        ({"Symbol": ["ACME"], "Group": "G"}, ["A1", "A2"]),
        ({"Side": "BUY"}, []),
        ({"Client": CLIENT}, []),
    ],
)
def test_conditions_on_holder_and_instrument_count(desk, when, expected):
    """A check with conditions that only an order meets is about no holding."""
    position = exposure.PositionLimit(id="c", quantity_max=Decimal(1), when=when)
    gross = exposure.GrossExposure(id="c", notional_max=Decimal(1), when=when)
    assert [name for name, *_ in told(desk, position) if name != "A3"] == expected
    assert [name for name, *_ in told(desk, gross) if name != "A3"] == expected


def test_a_check_that_is_not_in_force_is_not_asked(desk):
    """What holds from another day on is above nothing today."""
    limit = exposure.PositionLimit(
        id="c", quantity_max=Decimal(1), effective_from="2099-01-01T00:00:00Z"
    )
    assert told(desk, limit) == []


def test_reference_data_can_break_limits_too(desk):
    """With another price the same position is worth more."""
    assert load(desk, exposure.GrossExposure(id="c", notional_max=Decimal(1500))) == []
    dearer = (Instrument("ACME", AssetClass.EQUITY, "USD", Decimal(11)), *INSTRUMENTS[1:])
    events = desk.do(cmd.LoadReferenceData(ReferenceData("3", dearer, ACCOUNTS), "tester"))
    assert events[1:] == [
        LimitsBreached(
            (LimitBreach("c", Scope.ACCOUNT, "A1", "", "gross", Decimal(1650), Decimal(1500)),)
        )
    ]


def test_a_long_list_is_cut(desk):
    """A hundred are told, and how many more there are."""
    checks = [
        exposure.PositionLimit(id=f"c{number}", quantity_max=Decimal(100)) for number in range(103)
    ]
    rules = Rules("rules-2", tuple(checks), (Direct(id="to-a", venue="A"),))
    _, event = desk.do(cmd.LoadRules(rules, "tester"))
    lines = list(describe(event))
    assert (len(event.breaches), event.more, len(lines)) == (100, 3, 101)
    assert lines[0] == "check c0: account A1 ACME: position 150, limit 100"
    assert lines[-1] == "and 3 more"


def test_orders_that_are_there_stay(desk):
    """The limit judges the next order; what works goes on."""
    load(desk, exposure.OpenOrderCount(id="c", orders_max=1, per=Scope.FIRM))
    assert [order.is_open for order in map(desk.order, "24")] == [True, True]
    desk.new("5", terms(1, 10, account="A1"))
    assert not desk.order("5").is_open
