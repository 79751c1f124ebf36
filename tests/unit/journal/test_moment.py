from datetime import date

import pytest
from recorded_desk import MS, RecordedDesk, a_day

from oms_fix.core.image import difference
from oms_fix.journal.archive import archive
from oms_fix.journal.days import BESIDE
from oms_fix.journal.moment import state_at
from oms_fix.journal.records import StoreError
from oms_fix.journal.snapshot import take_snapshot
from oms_fix.model.market_data import SeeMarket, VenueBook


@pytest.fixture
def desk(tmp_path):
    """Record a desk."""
    made = RecordedDesk(tmp_path / "oms.db")
    yield made
    made.close()


def orders(state):
    """Return the ClOrdIDs of the orders that are known, in their order."""
    return [order.first_cl_ord_id for order in state.orders.values()]


def test_after_all_that_is_stored(desk, tmp_path):
    """It is the state that the core is in, as of the last command; a snapshot saves time."""
    a_day(desk)
    for _ in range(2):
        state, at = state_at(tmp_path / "oms.db", None)
        assert (difference(state, desk.state), at) == (None, desk.now)
        take_snapshot(tmp_path / "oms.db")


def test_up_to_a_moment(desk, tmp_path):
    """A command that was handled at that moment counts, the next one does not."""
    desk.new("FIRST")
    then = desk.now
    desk.new("SECOND")
    assert orders(state_at(tmp_path / "oms.db", then)[0]) == ["FIRST"]
    assert orders(state_at(tmp_path / "oms.db", then + MS - 1)[0]) == ["FIRST"]
    assert orders(state_at(tmp_path / "oms.db", then + MS)[0]) == ["FIRST", "SECOND"]
    assert state_at(tmp_path / "oms.db", then - 1).at == then - 1


def test_a_snapshot_that_is_later_is_not_used(desk, tmp_path):
    """What it has of later cannot be taken out of it."""
    desk.new("FIRST")
    then = desk.now
    desk.new("SECOND")
    take_snapshot(tmp_path / "oms.db")
    assert orders(state_at(tmp_path / "oms.db", then)[0]) == ["FIRST"]
    desk.new("THIRD")
    assert orders(state_at(tmp_path / "oms.db", desk.now)[0]) == ["FIRST", "SECOND", "THIRD"]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_moment_of_an_earlier_day(desk, tmp_path, compressed):
    """It is found in the file of that day, compressed or not."""
    desk.new("FIRST")
    then = desk.now
    desk.do(SeeMarket("ACME", (VenueBook("A"),)))
    desk.end_day("2026-11-23")
    desk.new("SECOND")
    if compressed:
        assert archive(tmp_path / "oms.db", date(2026, 11, 30), 1, 30).compressed == ("2026-11-23",)
    state, at = state_at(tmp_path / "oms.db", then)
    assert (orders(state), at, state.books) == (["FIRST"], then, {})


def test_before_everything(desk, tmp_path):
    """There is no state before the first command; the error names the first file."""
    with pytest.raises(StoreError, match=r"oms\.db: nothing was stored by then"):
        state_at(tmp_path / "oms.db", desk.now - 10**9)


def test_nothing_is_written(desk, tmp_path):
    """The store is as it was, byte for byte, and there is no other file than what SQLite makes."""
    a_day(desk)
    desk.close()
    store = tmp_path / "oms.db"
    before = (store.read_bytes(), files(tmp_path))
    state_at(store, None)
    assert (store.read_bytes(), files(tmp_path)) == before


def files(folder):
    """Return the names of the files in a folder but for what SQLite has beside a database."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(BESIDE)}
