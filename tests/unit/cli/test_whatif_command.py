import json
import re
import time
from decimal import Decimal

import pytest
from click.testing import CliRunner
from desk import terms
from live_router import Router
from recorded_desk import RecordedDesk

from oms_fix.cli.main import main
from oms_fix.model.market_data import Level, SeeMarket, VenueBook

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
    checks, _, _ = run(most=99).partition("\n\nRouting\n=======\n")
    table, _, summary = checks.partition("\n\n")
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


@pytest.fixture
def run_routed(tmp_path, monkeypatch):
    """Record a day on which all went to A, with a market; look at it under other routes."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    desk = RecordedDesk(tmp_path / "oms.db")
    desk.do(SeeMarket("ACME", (book("A", "10.02", 100), book("B", "10.00", 60))))
    for cl_ord_id, order_qty in (("SMALL", 60), ("LARGE", 1000)):
        desk.new(cl_ord_id, terms(order_qty, "10.02"))
    desk.close()
    folder = tmp_path / "new"
    folder.mkdir()
    Router(folder)  # its files, no more
    (folder / "checks.yaml").write_text("checks: []\n")
    instruments = "symbol,asset_class,currency,price\nACME,equity,USD,10\n"
    (folder / "instruments.csv").write_text(instruments)
    cfg = (folder / "venues.cfg").read_text()
    (folder / "venues.cfg").write_text(
        f"{cfg}[SESSION]\nTargetCompID=A\n[SESSION]\nTargetCompID=B\n"
    )

    def call(routes, *args):
        (folder / "routing.yaml").write_text(f"routes: [{routes}]\n")
        command = ["whatif", "--config", str(folder), "--journal", str(tmp_path / "oms.db"), *args]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
        return result.output

    yield call
    monkeypatch.undo()
    time.tzset()


def book(venue, offer, size):
    """Return a book with a bid of 9.98 and an offer."""
    bid, offers = Level(Decimal("9.98"), Decimal(500)), Level(Decimal(offer), Decimal(size))
    return VenueBook(venue, (bid,), (offers,))


ROUTES = (
    "{id: small, when: {OrderQty: '< 100'}, strategy: direct, venue: B},"
    "{id: rest, strategy: fallback, venues: [VENUE, B]}"
)


def test_what_would_be_routed_otherwise_is_a_table(run_routed):
    """Each order with both decisions and their expected cost; then what all comes to."""
    routing = run_routed(ROUTES).partition("\n\nRouting\n=======\n")[2]
    headers, _, small, large, _, compared, *costs = map(cells, routing.splitlines())
    assert headers == [
        "TIME",
        "ORDER",
        "CLIENT",
        "CLORDID",
        "WHAT",
        "THEN",
        "BP",
        "COST",
        "UNDER NEW",
        "BP",
        "COST",
    ]
    assert [small[0], *small[2:]] == [
        "2025-12-29 04:20:00.007000",
        "CLIENT",
        "SMALL",
        "BUY 60 ACME LIMIT 10.02 DAY account FUND",
        "to-a (direct): A 60",
        "30.03",
        "1.8",
        "small (direct): B 60",
        "10.01",
        "0.6",
    ]
    assert large[5:] == ["to-a (direct): A 1000", "rest (fallback): B 1000"]
    assert compared[0].startswith(
        "2 orders compared by where each was first routed; 2 otherwise. Times in E"
    )
    cost = "30.03 bp, 1.8 USD then; 10.01 bp, 0.6 USD under new; not known of 1"
    assert costs == [[f"expected cost of all: {cost}"], [f"expected cost of those: {cost}"]]


def cells(line):
    """Return what stands in a line of a table."""
    return re.split("  +", line.strip())


def test_nothing_would_be_routed_otherwise(run_routed):
    """That is said, with what is expected of the whole day."""
    output = run_routed("{id: to-a, strategy: direct, venue: A}")
    assert output.partition("\n\nRouting\n=======\n")[2].splitlines() == [
        "No order would be routed otherwise.",
        "",
        "2 orders compared by where each was first routed; 0 otherwise.",
        (
            "  expected cost of all: 30.03 bp, 1.8 USD then; 30.03 bp, 1.8 USD under new;"
            " not known of 1"
        ),
    ]


def test_orders_that_would_go_nowhere(run_routed):
    """Why is told in place of the venues."""
    output = run_routed("{id: never, when: {OrderQty: '< 1'}, strategy: direct, venue: B}")
    assert output.count("to-a (direct): A 60    30.03     1.8  nowhere (no rule matches)") == 1
    assert output.endswith(
        "  expected cost of all: not known\n  expected cost of those: not known\n"
    )


def test_json_of_routing(run_routed):
    """For programs: both decisions of each order with all that they place, and the sums."""
    told = json.loads(run_routed(ROUTES, "--json"))["routing"]
    assert (told["orders"], told["rerouted"]) == (2, 2)
    sums = {"orders": 1, "unknown": 1, "notional_then": "599.40", "cost_now": "0.59999940"}
    assert sums.items() <= told["cost"].items()
    assert told["cost"] == told["cost_of_rerouted"]
    small, large = told["differences"]
    assert small["at"] == "2025-12-29T09:20:00.007000000Z"
    assert (small["then"]["cost_bp"], small["then"]["cost"]) == ("30.03", "1.79999820")
    (leg,) = small["now"]["placed"]
    assert (leg["venue"], leg["quantity"], leg["best"]) == ("B", "60", "10.00")
    assert (large["now"]["route_id"], large["now"]["cost"]) == ("rest", None)
