import shutil
import subprocess
import sys
from decimal import Decimal

import pytest

from oms_fix.blotter import read_model
from oms_fix.blotter.queries import Blotter, OrderFilter
from oms_fix.blotter.read_model import ReadModel, beside
from oms_fix.blotter.store_reader import StoreReader
from oms_fix.model import commands as cmd
from oms_fix.model import events as ev
from oms_fix.model.enums import ExecType, OrdStatus, OrdType, Side
from oms_fix.model.orders import OrderTerms

EVERYTHING = OrderFilter()


def content(path):
    """All rows of the read model, as far as one sees them through queries."""
    with Blotter.open(path) as blotter:
        tables = (table.select() for table in blotter.model.tables.all)
        return [sorted(rows, key=repr) for rows in tables]


def statuses(path):
    with Blotter.open(path) as blotter:
        return {row.order_id: row.ord_status for row in blotter.orders(EVERYTHING)}


def test_orders_are_as_last_reported(store):
    """An order's row is what its client was last told, and the route that was decided."""
    with Blotter.open(store) as blotter:
        order = blotter.find_order("T-1")
    assert (order.ord_status, order.cum_qty, order.leaves_qty) == ("FILLED", 1000, 0)
    assert (order.avg_px, order.route_id) == (Decimal("190.22"), "by-symbol")
    assert (order.asset_class, order.currency) == ("equity", "USD")


def test_children_are_as_last_reported(store):
    """A child's row is what its venue last reported; its average price is of its own fills."""
    with Blotter.open(store) as blotter:
        first, second = blotter.children("T-1")
        (canceled,) = blotter.children("T-3")
    assert (first.venue, first.ord_status, first.avg_px) == ("XNAS", "FILLED", Decimal("190.20"))
    assert (second.venue, second.order_qty, second.cum_qty) == ("XNYS", 400, 400)
    assert (canceled.ord_status, canceled.cum_qty, canceled.leaves_qty) == ("CANCELED", 50, 0)


def test_executions_name_their_venue(store):
    """An execution tells the client's terms and which venue's report it passes on."""
    with Blotter.open(store) as blotter:
        first, *_ = blotter.executions(EVERYTHING)
    assert (first.last_qty, first.last_px) == (600, Decimal("190.20"))
    assert (first.venue, first.child_id, first.venue_exec_id) == ("XNAS", "T-1.1", "XNAS-2")
    assert first.notional_base == 600 * Decimal("190.20")


def test_positions_follow_the_trades(store):
    """Fills of all orders of an account in a symbol make one position."""
    with Blotter.open(store) as blotter:
        (position,) = blotter.positions()
    assert (position.account, position.symbol, position.quantity) == ("ACC-1", "AAPL", 950)
    assert position.average_cost == Decimal("190.22")
    assert position.realised == 50 * (Decimal(191) - Decimal("190.22"))


def test_only_new_events_are_folded(store, store_builder, monkeypatch):
    """A refresh takes in what was committed since the last one, and asks for nothing older."""
    with Blotter.open(store) as blotter:
        last = blotter.model.last_event_id
    asked = []
    events = StoreReader.events
    monkeypatch.setattr(
        StoreReader,
        "events",
        lambda self, after, limit: asked.append(after) or events(self, after, limit),
    )
    store_builder.turn(cmd.SessionLoggedOut("XNAS"), ev.SessionChanged("XNAS", logged_on=False))
    with Blotter.open(store) as blotter:
        assert blotter.model.last_event_id == last + 1
        assert [row.name for row in blotter.sessions() if row.logged_on is False] == ["XNAS"]
    assert asked == [last]


def test_portions_make_no_difference(store, monkeypatch):
    """Folded event by event or all at once, the tables are the same."""
    at_once = content(store)
    beside(store).unlink()
    monkeypatch.setattr(read_model, "_PORTION_EVENTS", 1)
    assert content(store) == at_once


def test_rebuilt_for_another_schema_version(store, monkeypatch):
    """Tables of another schema version are made anew."""
    expected = content(store)
    monkeypatch.setattr(read_model, "SCHEMA_VERSION", read_model.SCHEMA_VERSION + 1)
    assert content(store) == expected


def test_rebuilt_for_another_store(store, store_builder, tmp_path):
    """A store that was replaced by another one, or restored, is folded from its beginning."""
    backup = tmp_path / "backup.db"
    store_builder.journal._writer.execute("pragma wal_checkpoint(truncate)")
    shutil.copy(store, backup)
    store_builder.turn(cmd.SessionLoggedOn("NEW"), ev.SessionChanged("NEW", logged_on=True))
    with Blotter.open(store) as blotter:
        assert "NEW" in [row.name for row in blotter.sessions()]
    store_builder.close()
    shutil.copy(backup, store)
    with Blotter.open(store) as blotter:
        assert "NEW" not in [row.name for row in blotter.sessions()]
        assert len(blotter.orders(EVERYTHING)) == 4


def test_place_that_cannot_be_written(store):
    """Where no file can be made beside the store, the model is kept in memory and says why."""
    beside(store).mkdir()
    with Blotter.open(store) as blotter:
        assert len(blotter.orders(EVERYTHING)) == 4
        assert "oms.db.blotter.db cannot be used" in blotter.model.fallback


def test_something_else_in_its_place(store):
    """A file that is no database is left alone; the model is kept in memory."""
    beside(store).write_text("no database " * 100)
    assert len(statuses(store)) == 4
    assert beside(store).read_text().startswith("no database")


def test_a_failed_refresh_leaves_no_trace(store, monkeypatch):
    """What could not be folded whole is not kept in part; the next refresh does it again."""
    with StoreReader(store) as reader, ReadModel(reader) as model:
        with monkeypatch.context() as broken:
            broken.setattr("oms_fix.blotter.trades.positions.book", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                model.refresh()
        model.refresh()
        assert len(model.tables.orders.select()) == 4


REFRESH_OFTEN = """
import sys
from pathlib import Path
from oms_fix.blotter.queries import Blotter, OrderFilter

for _ in range(5):
    with Blotter.open(Path(sys.argv[1])) as blotter:
        assert not blotter.model.fallback
        assert len(blotter.orders(OrderFilter())) == 4
"""


def test_several_processes_at_once(store):
    """Any number of commands may refresh the same model at the same time."""
    expected = content(store)
    beside(store).unlink()
    command = [sys.executable, "-c", REFRESH_OFTEN, str(store)]
    workers = [subprocess.Popen(command) for _ in range(4)]
    assert [worker.wait(60) for worker in workers] == [0] * 4
    assert content(store) == expected


# Corrections and busts: T-9 buys 100 AAPL and fills 60 at 10 and 40 at 11.

WANTED = OrderTerms(
    symbol="AAPL",
    side=Side.BUY,
    order_qty=Decimal(100),
    ord_type=OrdType.MARKET,
    account="ACC-9",
)


def told(builder, exec_type, status, cum, **more):
    event = builder.report(
        "T-9", "BUYSIDE44", "C-99", exec_type, status, WANTED, cum=cum, leaves=100 - cum, **more
    )
    booked = ev.ChildReported(
        "T-9",
        "T-9.1",
        "XNAS",
        event.venue_exec_id,
        exec_type,
        status,
        "T-9.1",
        Decimal(cum),
        Decimal(100 - cum),
    )
    builder.turn(
        cmd.VenueExecutionReport("XNAS", event.venue_exec_id, exec_type, status, "T-9.1"),
        booked,
        event,
    )
    return event.report.exec_id


@pytest.fixture
def filled(store_builder):
    store_builder.new("T-9", "BUYSIDE44", "C-99", WANTED, [("T-9.1", "XNAS", 100)])
    first = told(
        store_builder,
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        60,
        last_qty=Decimal(60),
        last_px=Decimal(10),
        child_id="T-9.1",
        venue_exec_id="X1",
    )
    told(
        store_builder,
        ExecType.TRADE,
        OrdStatus.FILLED,
        100,
        last_qty=Decimal(40),
        last_px=Decimal(11),
        child_id="T-9.1",
        venue_exec_id="X2",
    )
    return store_builder, first


def position_and_child(path):
    with Blotter.open(path) as blotter:
        (position,) = blotter.positions("ACC-9")
        (child,) = blotter.children("T-9")
        states = [row.state for row in blotter.executions(OrderFilter(order_id="T-9"))]
    return (position.quantity, position.cost), (child.cum_qty, child.avg_px), states


def test_bust(filled):
    """A busted execution stays to be seen, and counts no more."""
    builder, first = filled
    told(
        builder,
        ExecType.TRADE_CANCEL,
        OrdStatus.PARTIALLY_FILLED,
        40,
        exec_ref_id=first,
        child_id="T-9.1",
        venue_exec_id="X3",
    )
    assert position_and_child(builder.path) == ((40, 440), (40, 11), ["BUSTED", "LIVE"])


def test_correction(filled):
    """A corrected execution is replaced by the one that corrects it."""
    builder, first = filled
    position_and_child(builder.path)
    told(
        builder,
        ExecType.TRADE_CORRECT,
        OrdStatus.FILLED,
        100,
        exec_ref_id=first,
        last_qty=Decimal(60),
        last_px=Decimal(9),
        child_id="T-9.1",
        venue_exec_id="X3",
    )
    expected = ((100, 980), (100, Decimal("9.8")), ["CORRECTED", "LIVE", "LIVE"])
    assert position_and_child(builder.path) == expected
