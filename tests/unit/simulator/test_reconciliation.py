import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from importlib.resources import files

import pytest

from oms_fix.simulator.ledger import Entry, Ledger, LedgerReader
from oms_fix.simulator.reconciliation import Difference, Fills, reconcile
from oms_fix.simulator.summary import reconciliation_text


def fill(order, exec_id, qty="10", px="2.5"):
    return Entry(1, "fill", order, order, exec_id, "ABC", Decimal(qty), Decimal(px))


def reported(exec_id, qty="10", px="2.5"):
    report = {"exec_type": "F", "exec_id": exec_id, "last_qty": qty, "last_px": px}
    return {"type": "OrderReported", "order_id": "1", "report": report}


EVENTS = [
    {"type": "OrderCaptured", "order_id": "1", "session": "C", "cl_ord_id": "A"},
    {"type": "ChildPlaced", "order_id": "1", "venue": "V", "cl_ord_id": "X"},
    {
        "type": "OrderReported",
        "order_id": "1",
        "report": {"exec_type": "0", "exec_id": "0"},
    },
    reported("E1"),
    reported("E2", "5"),
]
VENUE = [fill("X", "V1"), fill("X", "V2", "5")]
CLIENT = [fill("A", "E1"), fill("A", "E2", "5")]


@pytest.fixture
def compare(tmp_path):
    """Compare a store of these events with the ledgers of venue V and client C."""

    def run(events=EVENTS, venue=VENUE, client=CLIENT):
        store = tmp_path / "store.db"
        with closing(sqlite3.connect(store)) as connection:
            connection.executescript(files("oms_fix.journal").joinpath("schema.sql").read_text())
            rows = [(e["type"], e.get("order_id"), json.dumps(e)) for e in events]
            connection.executemany(
                "insert into events (batch_id, command_id, kind, order_id, body)"
                " values (1, 1, ?, ?, ?)",
                rows,
            )
            connection.commit()
        ledgers = []
        for name, entries in (("V", venue), ("C", client)):
            with Ledger(tmp_path / f"{name}.jsonl") as ledger:
                for entry in entries:
                    ledger.write(entry)
            ledgers.append({name: ledger.path})
        return reconcile(store, *ledgers)

    return run


ALL = Fills(2, Decimal(15), Decimal("37.5"))


def test_equal_ledgers(compare):
    """Where all three agree on every order, the text says so with the numbers."""
    result = compare()

    assert result.is_equal
    assert (result.venues, result.store, result.clients, result.orders) == (ALL, ALL, ALL, 1)
    assert reconciliation_text(result).splitlines()[0] == "fills: venues 2 = store 2 = clients 2"


def test_fill_that_the_client_never_heard(compare):
    """A fill that is missing in one ledger is a difference of that order."""
    result = compare(client=CLIENT[:1])

    one = Fills(1, Decimal(10), Decimal("25.0"))
    assert result.differences == (Difference("1", ALL, ALL, one),)
    assert reconciliation_text(result).splitlines()[:2] == [
        "fills: venues 2 / store 2 / clients 1",
        "1 of 1 orders differ",
    ]


def test_same_sum_at_another_price_differs(compare):
    """Quantities alone are not enough: prices are compared too."""
    assert not compare(venue=[VENUE[0], fill("X", "V2", "5", "2.6")]).is_equal


def test_execution_booked_twice(compare):
    """An ExecID that comes twice is a fault even where all three agree on the sums."""
    result = compare(
        events=[*EVENTS, reported("E2", "5")],
        venue=[*VENUE, fill("X", "V2", "5")],
        client=[*CLIENT, fill("A", "E2", "5")],
    )

    assert not result.differences
    assert result.faults == (
        "store: ExecID E2 twice",
        "venue V: ExecID V2 twice",
        "client C: ExecID E2 twice",
    )


def test_fill_of_an_order_that_the_store_lacks(compare):
    """A venue's fill on an order that the store does not know is a difference of its own."""
    result = compare(venue=[*VENUE, fill("Y", "V3")])

    assert [each.order_id for each in result.differences] == ["V Y, which the store lacks"]


@pytest.mark.parametrize("kind", ["duplicate_fill", "unknown_order", "wrong_quantity"])
def test_fault_that_a_client_noted(compare, kind):
    """What a client found wrong by itself makes the comparison fail."""
    result = compare(client=[*CLIENT, Entry(1, kind, cl_ord_id="A", exec_id="E1")])

    assert result.faults == (f"client C: {kind} A E1",)


def test_trade_that_the_router_did_not_know(compare):
    """DontKnowTrade in a venue's ledger makes the comparison fail."""
    result = compare(venue=[*VENUE, Entry(1, "dont_know_trade", exec_id="V9", text="D")])

    assert result.faults == ("venue V: dont_know_trade  V9 D",)


def test_ledger_is_read_while_it_grows(tmp_path):
    """A reader gives whole lines only, each once; a line that is being written waits."""
    path = tmp_path / "ledger.jsonl"
    reader = LedgerReader(path)
    assert list(reader.new()) == []

    with Ledger(path) as ledger:
        ledger.write(CLIENT[0])
        assert list(reader.new()) == [CLIENT[0]]
        ledger.write(CLIENT[1])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])

    assert list(reader.new()) == [CLIENT[1]]
    assert list(reader.new()) == []
