"""The default routes are an example that works: which orders each of them takes."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.daemon.configuration import load
from oms_fix.model import commands as cmd
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.model.market_data import Level, SeeMarket, VenueBook
from oms_fix.model.orders import OrderTerms

ROOT = Path(__file__).parents[2]
AT_ONCE = {"time_in_force": TimeInForce.IMMEDIATE_OR_CANCEL}


@pytest.fixture(scope="module")
def settings():
    return load(ROOT / "config" / "oms.yaml").settings


def route_of(settings, symbol, quantity, offer=None, at="14:00:00", **changes):
    """Return the route of a limit order on a Monday while AAPL is offered so; None: no data."""
    now = int(datetime.fromisoformat(f"2026-11-23T{at}-05:00").timestamp()) * 1_000_000_000
    state = State()
    handle(state, cmd.LoadReferenceData(settings.reference, "tester"), now)
    handle(state, cmd.LoadRules(settings.rules, "tester"), now)
    if offer is not None:
        bids, offers = ((Level(Decimal(price), Decimal(100)),) for price in ("228.50", offer))
        handle(state, SeeMarket("AAPL", (VenueBook("XNAS", bids, offers),)), now)
    terms = OrderTerms(
        symbol=symbol, side=Side.BUY, order_qty=Decimal(quantity), ord_type=OrdType.LIMIT,
        price=Decimal(229), account="FUND1", **changes,
    )  # fmt: skip
    subject = state.subject("BUYSIDE42", "X", terms, now)
    return next(route.id for route, applies in state.routes if applies(subject))


@pytest.mark.parametrize(
    ("symbol", "quantity", "expected"),
    [
        ("AAPL", 10_000, "equities"),
        ("AAPL", 10_001, "large-equities"),
        ("T33", 1_000, "treasuries"),
        ("JPM41", 1_000, "bonds"),
    ],
)
def test_without_market_data_orders_go_by_what_they_are(settings, symbol, quantity, expected):
    """Routes that ask for the market's state take nothing while nobody knows it."""
    assert route_of(settings, symbol, quantity) == expected


@pytest.mark.parametrize(
    ("quantity", "offer", "at", "expected"),
    [
        (100, "228.60", "14:00:00", "narrow-spread"),
        (100, "228.70", "14:00:00", "equities"),
        (250_001, "228.70", "15:29:59", "in-parts"),
        (250_001, "228.70", "15:30:00", "large-equities"),
    ],
)
def test_with_market_data_orders_go_by_the_moment_too(settings, quantity, offer, at, expected):
    """A narrow spread is crossed; what is large for a day's volume is shown in parts until late."""
    assert route_of(settings, "AAPL", quantity, offer, at) == expected


def test_orders_are_asked_for_by_their_clients(settings):
    """For a venue, for a currency, for a desk, for at once: the client's word goes first."""
    assert route_of(settings, "AAPL", 100, ex_destination="XNAS") == "asked-for-nasdaq"
    assert route_of(settings, "AZN.L", 300_000, currency="GBP") == "london"
    assert route_of(settings, "AAPL", 100, handl_inst="3") == "by-hand"
    assert route_of(settings, "AAPL", 100, "228.60", **AT_ONCE) == "immediate"
    assert route_of(settings, "AAPL", 100, **AT_ONCE) == "equities"
