import json
import time

import pytest
from click.testing import CliRunner
from desk import terms
from live_router import Router
from recorded_desk import RecordedDesk

from oms_fix.cli.main import main

CHECKS = "checks: [{{id: size, check: order_quantity, quantity_max: {most}, action: {action}}}]\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Record a day with two orders and a replace; look at it under other checks."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    desk = RecordedDesk(tmp_path / "oms.db")
    for cl_ord_id, order_qty in (("SMALL", 50), ("LARGE", 100)):
        desk.new(cl_ord_id, terms(order_qty))
        desk.ack(cl_ord_id=cl_ord_id)
    desk.replace(terms(120), "MORE", "LARGE")
    desk.close()
    folder = tmp_path / "new"
    folder.mkdir()
    Router(folder)  # its files, no more
    instruments = "symbol,asset_class,currency,price\nACME,equity,USD,10\n"
    (folder / "instruments.csv").write_text(instruments)

    def call(*args, most=1000, action="reject", exit_code=0, checks=CHECKS):
        (folder / "checks.yaml").write_text(checks.format(most=most, action=action))
        command = ["whatif", "--config", str(folder), "--journal", str(tmp_path / "oms.db"), *args]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == exit_code, result.output
        return result.output

    yield call
    monkeypatch.undo()
    time.tzset()


def test_what_would_differ_is_a_table(run):
    """Each order with its terms, both outcomes and the reasons; then what all comes to."""
    table, _, summary = run(most=99).partition("\n\n")
    headers, _, row = table.splitlines()
    assert headers.split()[:6] == ["TIME", "ORDER", "CLIENT", "CLORDID", "WHAT", "NOTIONAL"]
    assert row.startswith("2025-12-29 04:20:00.0")
    assert "LARGE      BUY 100 ACME LIMIT 10 DAY account FUND" in row
    assert "1000  passed  rejected     size: ORDER_QTY_LIMIT: order quantity is above" in row
    first, not_judged, differ, *ways = summary.splitlines()
    assert first.startswith("2 orders and 0 replaces judged by rules ")
    assert not_judged == "1 replace of orders that were stopped before not judged."
    assert differ.startswith("1 differ. Times in E")
    assert ways == [
        "  newly rejected: 1, notional 1000 USD",
        "  newly held: 0, notional 0 USD",
        "  newly passed: 0, notional 0 USD",
        "  warned otherwise: 0, notional 0 USD",
    ]


def test_a_replace_says_that_it_is_one(run):
    """In words, with the terms that it asked for."""
    output = run(most=110, action="hold")
    assert "MORE       replace: BUY 120 ACME LIMIT 10 DAY account FUND" in output
    assert "newly held: 1, notional 1200 USD" in output


def test_nothing_differs(run):
    """That is said, and what was looked at."""
    lines = run().splitlines()
    assert lines[0] == "No differences."
    assert lines[2].startswith("2 orders and 1 replace judged by rules ")
    assert lines[3] == "0 differ."


def test_json(run):
    """For programs: times in UTC, numbers as exact text, every difference and the summary."""
    told = json.loads(run("--json", most=99))
    assert (told["orders"], told["replaces"], told["differing"]) == (2, 0, 1)
    assert told["base_currency"] == "USD"
    assert told["summary"]["newly_rejected"] == {"count": 1, "notional": "1000", "unknown": 0}
    (each,) = told["differences"]
    assert each["at"].startswith("2025-12-29T09:20:00.0")
    assert (each["cl_ord_id"], each["then"], each["now"]) == ("LARGE", "passed", "rejected")
    assert (each["notional"], each["terms"]["order_qty"]) == ("1000", "100")
    assert each["what"] == "BUY 100 ACME LIMIT 10 DAY account FUND"


def test_problems_of_the_configuration_are_told_as_by_check(run):
    """With file and line, and exit status 1."""
    output = run(checks="checks: [{{id: size, check: order_quantities}}]\n", exit_code=1)
    assert "checks.yaml:1: unknown check 'order_quantities'; did you mean order_quantity" in output
    told = run("--json", checks="checks: 1\n", exit_code=1)
    assert json.loads(told)["good"] is False


def test_a_day_that_is_not_there(run, tmp_path):
    """The error names the file."""
    output = run("--journal", str(tmp_path / "other.db"), exit_code=1)
    assert output == f"Error: {tmp_path / 'other.db'}: no message store here\n"
