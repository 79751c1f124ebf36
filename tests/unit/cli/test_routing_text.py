import json
import re
import time
from decimal import Decimal

import pytest
from click.testing import CliRunner
from msgspec import structs
from recorded_desk import RecordedDesk

from oms_fix.cli.main import main
from oms_fix.core.engine import handle
from oms_fix.core.orders.order import ZERO
from oms_fix.model.enums import TimeInForce
from oms_fix.model.routes import Fallback, Remainder
from oms_fix.model.routing import Onward, OrderRouted, RouteLeg

SWEPT = OrderRouted(
    order_id="",
    rules_version="rules-1",
    route_id="sweep",
    strategy="sweep",
    reason="rule sweep: its conditions hold",
    legs=(
        RouteLeg(
            "A",
            Decimal(60),
            "the best price after fees",
            price=Decimal("10.01"),
            time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
            best=Decimal("10.005"),
            displayed=Decimal(60),
            expected_px=Decimal("10.00666667"),
            fees=Decimal("-0.12"),
            cost_bp=Decimal("6.123456"),
            health="20 of 20 answered",
        ),
        RouteLeg("B", ZERO, "stale: 7 s old"),
    ),
    onward=Onward("sweep", Remainder.POST),
    mid=Decimal(10),
    impact_bp=Decimal("0.5"),
    cost_bp=Decimal("6.123456"),
)


@pytest.fixture
def show(tmp_path, monkeypatch):
    """Record an order, put other decisions in the place of its own, and show its routing."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    store = tmp_path / "oms.db"

    def call(*args, routed=()):
        desk = RecordedDesk(store, [Fallback(id="up", venues=("A", "B"))])
        monkeypatch.setattr("recorded_desk.handle", _handle_with(routed))
        desk.new()
        desk.close()
        result = CliRunner().invoke(main, ["order", "show", "X", "--store", str(store), *args])
        assert result.exit_code == 0, result.output
        return result.output

    yield call
    monkeypatch.undo()
    time.tzset()


def _handle_with(routed):
    """Return what decides as the core does, but has its routing decisions told by ``routed``."""

    def decide(state, command, now):
        told = []
        for event in handle(state, command, now):
            if isinstance(event, OrderRouted) and routed:
                told += [structs.replace(each, order_id=event.order_id) for each in routed]
            else:
                told.append(event)
        return told

    return decide


def section(output):
    """Return the lines about routing."""
    return output.partition("\nRouting\n=======\n")[2].partition("\n\nChildren\n")[0].splitlines()


def test_a_plain_route_is_short(show):
    """Columns without any value are left out, and so is an expected cost that nobody knows."""
    assert section(show()) == [
        "rule up: for all; strategy fallback; version rules-1 of the rules",
        "",
        "VENUE      QTY  WHY",
        "-------  -----  --------------------",
        "A          100  number 1 of the list",
        "B            0  not needed",
    ]


def test_all_that_a_decision_rests_on(show):
    """Each venue with its book, the terms of its child, expected price, fees, cost and health."""
    rule, _, headers, _, chosen, other, *more = section(show(routed=[SWEPT]))
    assert rule == "rule sweep: its conditions hold; strategy sweep; version rules-1 of the rules"
    assert cells(headers) == [
        "VENUE",
        "QTY",
        "PRICE",
        "TIF",
        "BEST",
        "DISPLAYED",
        "EXPECTED PX",
        "FEES",
        "COST BP",
        "HEALTH",
        "WHY",
    ]
    assert cells(chosen) == [
        "A",
        "60",
        "10.01",
        "IMMEDIATE_OR_CANCEL",
        "10.005",
        "60",
        "10.0067",
        "-0.12",
        "6.1235",
        "20 of 20 answered",
        "the best price after fees",
    ]
    assert cells(other) == ["B", "0", "stale: 7 s old"]
    assert more == [
        "",
        "Expected: cost 6.1235 bp, impact 0.5 bp, mid 10.",
        "What is left then: route sweep, post.",
    ]


def cells(line):
    """Return what stands in a line of a table."""
    return re.split("  +", line.strip())


def test_several_decisions_have_their_times(show):
    """One after the other, each with when it was made in the user's zone."""
    manual = OrderRouted("", "rules-1", "desk", "manual", "rule desk: for all", (), desk="credit")
    lines = section(show(routed=[SWEPT, manual]))
    heads = [line for line in lines if "; strategy " in line]
    assert heads == [
        (
            "2025-12-29 04:20:00.006000  rule sweep: its conditions hold; strategy sweep; "
            "version rules-1 of the rules"
        ),
        (
            "2025-12-29 04:20:00.006000  rule desk: for all; strategy manual; "
            "version rules-1 of the rules"
        ),
    ]
    assert lines[-4:] == ["", "No venues.", "", "Placed by desk credit."]


def test_json_has_all_of_it(show):
    """Numbers are exact, and nothing is left out."""
    (routing,) = json.loads(show("--json", routed=[SWEPT]))["routing"]
    assert (routing["mid"], routing["impact_bp"], routing["cost_bp"]) == ("10", "0.5", "6.123456")
    assert (routing["onward"], routing["desk"]) == ({"route_id": "sweep", "remainder": "post"}, "")
    chosen, other = routing["legs"]
    assert chosen["expected_px"] == "10.00666667"
    assert (chosen["time_in_force"], chosen["health"]) == ("3", "20 of 20 answered")
    assert (other["venue"], other["best"], other["reason"]) == ("B", None, "stale: 7 s old")
