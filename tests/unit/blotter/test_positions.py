from decimal import Decimal

import pytest

from oms_fix.blotter.positions import book
from oms_fix.blotter.rows import PositionRow


def booked(*trades, unit="1"):
    position = PositionRow(account="A", symbol="S", asset_class="equity", currency="USD")
    for quantity, price in trades:
        book(position, Decimal(quantity), Decimal(price), Decimal(unit))
    return position.quantity, position.average_cost, position.cost, position.realised


@pytest.mark.parametrize(
    ("trades", "expected"),
    [
        ([(100, 10), (100, 12)], (200, 11, 2200, 0)),
        ([(100, 10), (-40, 12)], (60, 10, 600, 80)),
        ([(100, 10), (-100, 9)], (0, 0, 0, -100)),
        ([(-100, 10), (40, 9)], (-60, 10, -600, 40)),
        ([(100, 10), (-150, 12)], (-50, 12, -600, 200)),
    ],
    ids=["adds", "reduces", "closes", "covers a short", "turns over"],
)
def test_average_cost(trades, expected):
    """A trade against the position realises a gain at average cost; the rest opens at its price."""
    assert booked(*trades) == expected


def test_percent_prices():
    """Bond prices are percent of par: a cost is quantity * price / 100, an average a price."""
    trades = [(100_000, "99.5"), (-50_000, "100")]
    assert booked(*trades, unit="0.01") == (50_000, Decimal("99.5"), 49_750, 250)
