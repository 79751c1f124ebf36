"""Limits that an order to buy 100 ACME at 10 for FUND uses up, one for each running total."""

from decimal import Decimal

from oms_fix.model import exposure_checks as exposure

UNITS, VALUE = Decimal(100), Decimal(1000)
FULL = {
    "position_limit": (exposure.PositionLimit(id="c", quantity_max=UNITS), UNITS),
    "concentration": (exposure.Concentration(id="c", percent_max=Decimal(1)), VALUE),
    "issue_share": (exposure.IssueShare(id="c", percent_max=Decimal("0.01")), UNITS),
    "volume_share": (exposure.VolumeShare(id="c", percent_max=Decimal(1)), UNITS),
    "gross_exposure": (exposure.GrossExposure(id="c", notional_max=VALUE), VALUE),
    "net_exposure": (exposure.NetExposure(id="c", notional_max=VALUE), VALUE),
    "buying_power": (exposure.BuyingPower(id="c", multiple_max=Decimal("0.1")), VALUE),
    "cash": (exposure.Cash(id="c", cash_min=Decimal(9000)), VALUE),
    "daily_turnover": (exposure.DailyTurnover(id="c", notional_max=VALUE), VALUE),
    "open_order_value": (exposure.OpenOrderValue(id="c", notional_max=VALUE), VALUE),
}
CODES = {
    "position_limit": "POSITION_LIMIT",
    "concentration": "CONCENTRATION",
    "issue_share": "ISSUE_SHARE",
    "volume_share": "VOLUME_SHARE",
    "gross_exposure": "GROSS_EXPOSURE",
    "net_exposure": "NET_EXPOSURE",
    "buying_power": "BUYING_POWER",
    "cash": "CASH",
    "daily_turnover": "DAILY_TURNOVER",
    "open_order_value": "OPEN_VALUE",
}
ONLY_OPEN = {"volume_share", "open_order_value"}
"""What is filled is no part of these."""
STAYS = {"daily_turnover"}
"""What was done stays done: a sale gives nothing back."""


def unit_of(name):
    """What one ACME at 10 is in the unit of the check."""
    return FULL[name][1] / 100


def is_let_pass(result):
    """Whether an order passes."""
    return result.outcome == "pass"


def room(desk, most=100):
    """Return how many ACME may be bought now, by what is said of one more and of just so many."""
    assert not is_let_pass(desk.send(most + 1))
    if most:
        assert is_let_pass(desk.send(most))
        assert not is_let_pass(desk.send(1))
    return most
