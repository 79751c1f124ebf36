import json
import time

import pytest
from click.testing import CliRunner

from oms_fix.blotter.read_model import beside
from oms_fix.cli.main import main


@pytest.fixture
def run(store):
    """Run a command on the store; it must exit as expected. Returns what it wrote."""

    def call(*args, exit_code=0):
        result = CliRunner().invoke(main, [*args, "--store", str(store)])
        assert result.exit_code == exit_code, result.output
        return result.output

    return call


@pytest.fixture
def in_new_york(monkeypatch):
    """The user's zone is New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def cells(output, first):
    """The cells of the table row that starts with ``first``."""
    return next(line for line in output.splitlines() if line.startswith(first)).split()


def test_orders(run):
    """Orders are a table, one line each."""
    output = run("orders", "--status", "canceled")
    row = cells(output, "T-3")
    assert row[:4] == ["T-3", "C-4", "BUYSIDE44", "ACC-1"]
    assert row[4:10] == ["SELL", "200", "AAPL", "LIMIT", "191", "CANCELED"]
    assert row[10:13] == ["50", "0", "191"]
    assert "T-1" not in output
    assert "\n1 order. Times in " in output


def test_orders_json(run):
    """JSON has numbers as exact text and times in UTC."""
    (order,) = json.loads(run("orders", "--symbol", "AAPL", "--limit", "1", "--json"))
    assert (order["order_id"], order["ord_status"], order["cum_qty"]) == ("T-3", "CANCELED", "50")
    assert order["entered_at"] == "2026-03-02T14:30:00.012050000Z"


@pytest.mark.usefixtures("in_new_york")
def test_times_in_the_users_zone(run):
    """Tables show times in the zone that TZ names, JSON in UTC all the same."""
    output = run("orders", "--account", "ACC-1")
    assert "2026-03-02 09:30:00.006050" in output
    assert "Times in E" in output  # EST or EDT: the zone's name now
    (first, _) = json.loads(run("orders", "--account", "ACC-1", "--json"))
    assert first["entered_at"] == "2026-03-02T14:30:00.006050000Z"


@pytest.mark.usefixtures("in_new_york")
@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-03-02T09:30:00.012050", ["T-3", "T-4"]),
        ("2026-03-02T14:30:00.0181Z", []),
        ("2026-03-02", ["T-1", "T-2", "T-3", "T-4"]),
        ("1s", []),
    ],
)
def test_since(run, since, expected):
    """``--since`` is in the user's zone unless it names one, or counts back from now."""
    orders = json.loads(run("orders", "--since", since, "--json"))
    assert [order["order_id"] for order in orders] == expected


def test_time_of_day(run):
    """A time of day is one of today."""
    assert run("executions", "--since", "00:00") == "No executions.\n"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--since", "soon", "'soon' is no time; allowed: 2026-11-23"),
        ("--status", "done", "'done' is no order status; allowed: open, new, partially_filled"),
        ("--limit", "0", "0 is not in the range x>=1"),
    ],
)
def test_wrong_options(run, option, value, message):
    """A wrong value is refused, with what is allowed."""
    assert message in " ".join(run("orders", option, value, exit_code=2).split())


def test_order_show(run):
    """The biography has all sections, and each message pretty-printed."""
    output = run("order", "show", "T-3")
    assert output.startswith(
        "Order T-3  CANCELED\n  SELL 200 AAPL LIMIT at 191 DAY, account ACC-1\n"
    )
    for title in ("Steps", "Checks", "Routing", "Children", "Executions", "Messages"):
        assert f"\n{title}\n{'=' * len(title)}\n" in output
    assert "800 us  answered  [4] ExecutionReport(8) from XNAS" in output
    assert "rule by-symbol: its conditions hold; strategy split; version rules-1" in output
    assert "not connected" in output
    message = output.partition("\n[6] ")[2].partition("\n\n")[0].splitlines()
    assert message == [
        "2026-03-02 14:30:00.014000 from BUYSIDE44: OrderCancelRequest(F), FIX.4.4",
        "  8=FIX.4.4|9=17|35=F|34=3|11=C-4|10=008|",
        "      8 BeginString FIX.4.4",
        "      9 BodyLength  17",
        "     35 MsgType     F  OrderCancelRequest",
        "     34 MsgSeqNum   3",
        "     11 ClOrdID     C-4",
        "     10 CheckSum    008",
    ]


def test_order_show_of_a_rejected_order(run):
    """An order that was never routed says so, and which check refused it."""
    output = run("order", "show", "T-2")
    assert "RESTRICTED: instrument is on the restricted list list=cold" in output
    assert cells(output, "C-1") == ["C-1", "cold", "reject", "RESTRICTED", "list=cold"]
    assert "\nNot routed.\n" in output


def test_order_show_json(run):
    """The biography as JSON, found by a ClOrdID of the chain."""
    story = json.loads(run("order", "show", "C-4", "--json"))
    assert story["order"]["order_id"] == "T-3"
    assert story["steps"][2] == {
        "at": "2026-03-02T14:30:00.012200000Z",
        "step": "sent",
        "took_ns": 150_000,
        "elapsed_ns": 200_000,
        "details": ["NewOrderSingle(D) to XNAS"],
        "message": 2,
        "recorded": True,
    }
    assert story["messages"][1]["content"]["fields"][2] == {
        "tag": 35,
        "name": "MsgType",
        "value": "D",
        "meaning": "NewOrderSingle",
    }


def test_order_show_ambiguous(run):
    """A ClOrdID of several orders lists them."""
    output = run("order", "show", "C-1", exit_code=1)
    assert output == (
        "Error: 2 orders have ClOrdID 'C-1'; name one by its OrderID:\n"
        "  T-1  BUYSIDE42  BUY AAPL  FILLED\n"
        "  T-2  BUYSIDE44  SELL UST10Y  REJECTED\n"
    )


def test_order_show_unknown(run):
    """An unknown identifier is an error, with those that look like it."""
    output = run("order", "show", "T-44", exit_code=1)
    assert output.startswith("Error: no order has OrderID or ClOrdID 'T-44'; did you mean T-4")
    assert run("order", "show", "qqq", exit_code=1) == (
        "Error: no order has OrderID or ClOrdID 'qqq'\n"
    )


def test_executions(run):
    """Executions are a table; the price is the one traded at."""
    row = cells(run("executions", "--order", "T-3"), "2026")
    assert row[2:7] == ["T-E6", "T-3", "BUYSIDE44", "ACC-1", "SELL"]
    assert row[7:] == ["50", "AAPL", "191", "USD", "XNAS", "XNAS-3", "LIVE"]


def test_executions_json(run):
    """Executions as JSON."""
    rows = json.loads(run("executions", "--client", "BUYSIDE42", "--json"))
    assert [(row["venue"], row["last_qty"], row["last_px"]) for row in rows] == [
        ("XNAS", "600", "190.20"),
        ("XNYS", "400", "190.25"),
    ]


def test_positions(run):
    """Positions are a table: quantity, average cost, cost, realised gain."""
    row = cells(run("positions"), "ACC-1")
    assert row == ["ACC-1", "AAPL", "950", "190.22", "180709", "39", "USD"]
    assert run("positions", "--account", "ACC-2") == "No positions.\n"


def test_positions_json(run):
    """Positions as JSON."""
    (row,) = json.loads(run("positions", "--symbol", "AAPL", "--json"))
    assert (row["quantity"], row["average_cost"], row["realised"]) == ("950", "190.22", "39.00")


def test_sessions(run):
    """Sessions are a table with state and sequence numbers."""
    output = run("sessions")
    assert cells(output, "XNAS")[1:3] == ["logged", "on"]
    assert cells(output, "XNAS")[-3:] == ["5", "4", "0"]
    assert cells(output, "DLR1") == ["DLR1", "never", "seen", "1", "2", "0"]


def test_sessions_json(run):
    """Sessions as JSON; what is not known is null."""
    rows = {row["name"]: row for row in json.loads(run("sessions", "--json"))}
    assert rows["DLR1"] == {
        "name": "DLR1",
        "logged_on": None,
        "changed_at": None,
        "reason": "",
        "next_in": 1,
        "next_out": 2,
        "epoch": 0,
    }


@pytest.mark.usefixtures("store")
def test_store_named_by_the_configuration(tmp_path):
    """``--config`` finds the store beside oms.yaml, whatever else is wrong in that."""
    (tmp_path / "oms.yaml").write_text("store: oms.db\nchecks: missing.yaml\n")
    result = CliRunner().invoke(main, ["orders", "--config", str(tmp_path / "oms.yaml")])
    assert result.exit_code == 0
    assert "T-4" in result.output


@pytest.mark.parametrize("text", [None, "venues: x.cfg\n", "store: [a]\n"])
def test_configuration_without_a_store(tmp_path, text):
    """A configuration that does not tell where the store is says what to do."""
    config = tmp_path / "oms.yaml"
    if text is not None:
        config.write_text(text)
    result = CliRunner().invoke(main, ["orders", "--config", str(config)])
    assert result.exit_code == 1
    assert str(config) in result.output
    assert result.output.endswith("or name the store itself: --store FILE\n")


def test_no_store(tmp_path):
    """Without a store the command fails with its path."""
    result = CliRunner().invoke(main, ["orders", "--store", str(tmp_path / "none.db")])
    assert result.exit_code == 1
    assert result.output.endswith("none.db: no message store here\n")


def test_read_into_memory(store):
    """Where nothing can be written beside the store, the command works and says so on stderr."""
    beside(store).mkdir()
    result = CliRunner().invoke(main, ["orders", "--json", "--store", str(store)])
    assert len(json.loads(result.stdout)) == 4
    assert "read into memory" in result.stderr
