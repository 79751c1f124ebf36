"""What the demo tells of routing."""

import json
import sqlite3
from decimal import Decimal

import pytest

from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Instrument
from oms_fix.simulator.routed import read_routed, routed_text

INSTRUMENTS = {"ABC": Instrument("ABC", AssetClass.EQUITY, "USD", Decimal(100))}


def leg(venue, quantity, best=None):
    return {"venue": venue, "quantity": str(quantity), "reason": "", "best": best}


@pytest.fixture
def stored(tmp_path):
    """Return a function that keeps decisions, each with its order, and reads them back."""

    def store_of(*decisions):
        path = tmp_path / "oms.db"
        with sqlite3.connect(path) as database:
            database.execute("create table events (id integer primary key, kind, body)")
            for order_id in dict.fromkeys(each[0] for each in decisions):
                body = {"type": "OrderCaptured", "order_id": order_id, "terms": {"symbol": "ABC"}}
                keep(database, body)
            for order_id, strategy, legs, more in decisions:
                body = {"type": "OrderRouted", "order_id": order_id, "route_id": "r"}
                keep(database, body | {"strategy": strategy, "legs": legs} | more)
        database.close()
        return read_routed(path, INSTRUMENTS)

    return store_of


def keep(database, body):
    row = (body["type"], json.dumps(body))
    database.execute("insert into events (kind, body) values (?, ?)", row)


SWEPT = [leg("A", 300, "100"), leg("B", 100, "100")]
POSTED = [leg("A", 200, "100"), leg("B", 0, "100")]


def test_cost_is_weighted_by_value(stored):
    """Of what was placed on books: three parts in four at 1 bp, the fourth at 5 bp."""
    found = stored(
        ("1", "sweep", [leg("A", 300, "100")], {"mid": "100", "cost_bp": "1.00"}),
        ("2", "sweep", [leg("A", 100, "100")], {"mid": "100", "cost_bp": "5.00"}),
        ("3", "split", [leg("A", 700)], {}),
    )

    rows = [line.split() for line in routed_text(found).splitlines()]
    assert ["r", "sweep", "2", "2", "0.04", "2.00"] in rows
    assert ["r", "split", "1", "1", "-", "-"] in rows
    assert "2 of 3 orders were routed on live books." in routed_text(found)


def test_the_example_went_to_most_venues_and_then_on(stored):
    """An order that is swept and then posted shows more than one that is swept alone."""
    found = stored(
        ("1", "direct", [leg("A", 100, "100")], {}),
        ("2", "sweep", SWEPT, {}),
        ("3", "sweep", SWEPT, {}),
        ("3", "post", POSTED, {}),
    )

    assert found.example == "3"


def test_without_books_there_is_no_example(stored):
    """Nothing is said to have been decided by what nobody saw."""
    found = stored(("1", "split", [leg("A", 100), leg("B", 100)], {}))

    assert found.example is None
    assert "0 of 1 orders were routed on live books." in routed_text(found)
