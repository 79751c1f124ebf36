import pytest

from oms_fix.blotter.queries import AmbiguousOrderError, Blotter, OrderFilter, UnknownOrderError
from oms_fix.blotter.read_model import beside


@pytest.fixture
def blotter(store):
    with Blotter.open(store) as opened:
        yield opened


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["T-1", "T-2", "T-3", "T-4"]),
        ({"status": ("FILLED",)}, ["T-1"]),
        ({"status": ("OPEN",)}, ["T-4"]),
        ({"status": ("OPEN", "REJECTED")}, ["T-2", "T-4"]),
        ({"account": "ACC-1"}, ["T-1", "T-3"]),
        ({"symbol": "UST10Y", "status": ("REJECTED",)}, ["T-2"]),
        ({"client": "BUYSIDE42"}, ["T-1"]),
        ({"limit": 2}, ["T-3", "T-4"]),
        ({"account": "none"}, []),
    ],
)
def test_order_filters(blotter, wanted, expected):
    """Every filter must hold; the newest come last, and a limit keeps the newest."""
    assert [row.order_id for row in blotter.orders(OrderFilter(**wanted))] == expected


def test_since(blotter):
    """``since`` takes in the order that was entered at that very nanosecond."""
    third = blotter.find_order("T-3")
    entered = blotter.orders(OrderFilter(since=third.entered_at))
    assert [row.order_id for row in entered] == ["T-3", "T-4"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["XNAS-2", "XNYS-2", "XNAS-3"]),
        ({"order_id": "T-1"}, ["XNAS-2", "XNYS-2"]),
        ({"client": "BUYSIDE44"}, ["XNAS-3"]),
        ({"limit": 1}, ["XNAS-3"]),
    ],
)
def test_execution_filters(blotter, wanted, expected):
    """Executions are filtered as orders are, and by order."""
    found = blotter.executions(OrderFilter(**wanted))
    assert [row.venue_exec_id for row in found] == expected


def test_find_by_any_name(blotter):
    """An order is found by its OrderID and by every ClOrdID of its chain."""
    for name in ("T-3", "C-3", "C-4"):
        assert blotter.find_order(name).order_id == "T-3"


def test_ambiguous_name(blotter):
    """A ClOrdID that two clients used names neither order."""
    with pytest.raises(AmbiguousOrderError) as caught:
        blotter.find_order("C-1")
    assert [row.order_id for row in caught.value.orders] == ["T-1", "T-2"]


def test_unknown_name(blotter):
    """An unknown identifier comes with those that look like it."""
    with pytest.raises(UnknownOrderError) as caught:
        blotter.find_order("t-4")
    assert caught.value.near[0] == "T-4"


def test_sessions(blotter):
    """Sessions have their numbers from the store and their state from the events."""
    sessions = {row.name: row for row in blotter.sessions()}
    assert (sessions["XNAS"].logged_on, sessions["XNAS"].next_in) == (True, 5)
    assert (sessions["DLR1"].logged_on, sessions["DLR1"].next_out) == (None, 2)


def test_tables_are_readable_by_any_sqlite_tool(blotter):
    """Numbers are kept exactly, as text, and enumerations by name."""
    row = blotter.model._db.execute(
        "select side, typeof(order_qty), order_qty, ord_status from orders where order_id = 'T-4'"
    ).fetchone()
    assert row == ("BUY", "text", "100000", "NEW")
    assert beside(blotter.reader.path).exists()
