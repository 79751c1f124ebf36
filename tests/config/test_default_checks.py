"""The default checks are an example that works: ordinary orders pass, and each limit is met."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.daemon.configuration import load
from oms_fix.model import commands as cmd
from oms_fix.model.enums import OrdType, Side
from oms_fix.model.events import ChecksEvaluated
from oms_fix.model.orders import OrderTerms

ROOT = Path(__file__).parents[2]
MONDAY = "2026-11-23T10:00:00-05:00"


@pytest.fixture(scope="module")
def settings():
    return load(ROOT / "config" / "oms.yaml").settings


def moment(text):
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


def told(settings, order, at=MONDAY):
    """Return what checks say of an order in an empty book: those that are violated, and how."""
    quantity, symbol, price, account, side, client = order
    state, now = State(), moment(at)
    handle(state, cmd.LoadReferenceData(settings.reference, "tester"), now)
    handle(state, cmd.LoadRules(settings.rules, "tester"), now)
    for venue in ("XNAS", "XNYS", "XLON", "DLR1"):
        handle(state, cmd.SessionLoggedOn(venue), now)
    terms = OrderTerms(
        symbol=symbol, side=side, order_qty=Decimal(quantity), ord_type=OrdType.LIMIT,
        price=Decimal(price), account=account,
    )  # fmt: skip
    events = handle(state, cmd.NewOrderSingle(client, "X", terms, False), now)
    evaluated = next(event for event in events if isinstance(event, ChecksEvaluated))
    return {each.check_id: each.outcome for each in evaluated.results if each.outcome != "pass"}


def buy(quantity, symbol, price, account="FUND1", client="BUYSIDE42"):
    return quantity, symbol, price, account, Side.BUY, client


@pytest.mark.parametrize(
    "order",
    [
        buy(1_000, "AAPL", "228.50"),
        buy(50_000, "AZN.L", "121.44"),
        buy(2_000_000, "T33", "98.828125"),
        buy(500_000, "MSFT50", "67", "PENSION1", "BUYSIDE44"),
        buy(1_000, "KO", "71", "HOUSE", "BUYSIDE44"),
        (1_000, "AAPL", "228", "FUND1", Side.SELL, "BUYSIDE42"),
    ],
)
def test_an_ordinary_order_passes_all_default_checks(settings, order):
    """Nothing is said of orders of an ordinary size at the market's price while it is open."""
    assert told(settings, order) == {}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (buy(100, "XOM", "117"), {"restricted": "reject"}),
        (buy(1_000, "KO", "79"), {"equity-collar": "reject"}),
        (buy(1_000, "KO", "75", "FUND2"), {"equity-collar": "reject"}),
        ((100, "KO", "71", "HOUSE", Side.SELL, "BUYSIDE42"), {"short-sales": "reject"}),
        (buy(10_000, "JPM41", "106", "PENSION1", "BUYSIDE44"), {"pension-ratings": "reject"}),
        (buy(50_000, "KO", "71", "PENSION1", "BUYSIDE44"), {"concentration": "warn"}),
        (buy(65_000, "KO", "71", "PENSION1", "BUYSIDE44"), {"concentration": "reject"}),
        (buy(35_000, "KO", "71", "HOUSE"), {"concentration": "warn"}),
        (buy(400_000, "AZN.L", "100"), {
            "large-order": "warn", "order-limit": "reject", "concentration": "reject",
            "share-of-volume": "warn", "cash-left": "reject",
        }),
    ],
)  # fmt: skip
def test_default_limits_are_met(settings, order, expected):
    """Limits, also those of strategies, groups and accounts, do what the file says."""
    assert told(settings, order) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T08:00:00-05:00", {"opening-hours": "warn"}),
        ("2026-12-23T15:59:59-05:00", {}),
        ("2026-12-24T10:00:00-05:00", {"year-end": "reject"}),
        ("2027-01-04T10:00:00-05:00", {}),
    ],
)
def test_default_checks_of_times(settings, at, expected):
    """One check warns while the market is closed, one is in force for some days only."""
    assert told(settings, buy(30_000, "AAPL", "228"), at) == expected
