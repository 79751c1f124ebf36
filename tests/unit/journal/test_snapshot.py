import asyncio
import hashlib
import sqlite3
from contextlib import closing

import msgspec
import pytest
from click.testing import CliRunner
from recorded_desk import RecordedDesk, a_day

from oms_fix.cli.main import main
from oms_fix.core.image import difference
from oms_fix.core.orders.state import State
from oms_fix.daemon import aside, snapshots
from oms_fix.daemon.recovery import base_state, recover
from oms_fix.daemon.snapshots import Snapshots
from oms_fix.journal.records import StoreError
from oms_fix.journal.replacing import replacing
from oms_fix.journal.snapshot import base_of, snapshot_path, take_snapshot, write_snapshot
from oms_fix.journal.sqlite import SqliteJournal


@pytest.fixture
def desk(tmp_path):
    """A desk with a day behind it."""
    recorded = RecordedDesk(tmp_path / "oms.db")
    a_day(recorded)
    yield recorded
    recorded.close()


@pytest.fixture
def path(desk):
    """The store of the desk, of which there is a snapshot."""
    take_snapshot(desk.journal.path)
    return desk.journal.path


def why_not(path):
    """Return why a start would not use a snapshot; it begins at nothing then."""
    state, event_id, why = base_of(path)
    assert (event_id, difference(state, State())) == (0, None)
    return why


def test_a_start_folds_only_what_came_after_the_snapshot(desk, path):
    """Snapshot and tail come to the same state as all events."""
    desk.fill(20, cl_ord_id="OPEN")
    base = base_state(path)
    assert (base.event_id, base.why) == (39, "")
    folded = []
    journal = desk.journal
    desk.journal.events = lambda after: folded.append(after) or SqliteJournal.events(journal, after)
    assert difference(recover(desk.journal, base), desk.state) is None
    assert folded == [39]


def test_a_snapshot_goes_on_from_the_one_before(desk, path):
    """The next snapshot is the first one and what came since."""
    desk.fill(20, cl_ord_id="OPEN")
    assert take_snapshot(path).event_id == 41
    assert difference(base_of(path).state, desk.state) is None


def test_no_snapshot(desk):
    """Without one a start folds everything, and says so."""
    assert why_not(desk.journal.path) == "oms.db.snapshot: No such file or directory"


@pytest.mark.parametrize("at", [0, 70, -1])
def test_a_damaged_snapshot_is_not_used(path, at):
    """One byte that is wrong, or a file that is cut short."""
    snapshot = snapshot_path(path)
    content = bytearray(snapshot.read_bytes())
    content[at] ^= 1
    snapshot.write_bytes(content)
    assert why_not(path) == "oms.db.snapshot is damaged"
    snapshot.write_bytes(b"")
    assert why_not(path) == "oms.db.snapshot is damaged"


def test_a_snapshot_of_another_store_is_not_used(path, tmp_path):
    """A store that was replaced has other checksums, whatever its events are called."""
    other = RecordedDesk(tmp_path / "other.db")
    other.now += 1
    a_day(other)
    other.close()
    snapshot_path(path).rename(snapshot_path(tmp_path / "other.db"))
    assert why_not(tmp_path / "other.db") == "other.db.snapshot is of another store"


def test_a_snapshot_of_another_core_is_not_used(path):
    """Another version may come to another state from the same events."""
    body = msgspec.msgpack.encode({"core": "another", "batch": "laid out otherwise"})
    digest = hashlib.sha256(body).hexdigest().encode()
    snapshot_path(path).write_bytes(digest + b"\n" + body)
    assert why_not(path) == "oms.db.snapshot is of another version of oms-fix"
    taken = take_snapshot(path)
    write_snapshot(path, msgspec.structs.replace(taken, core="another"))
    assert why_not(path) == "oms.db.snapshot is of another version of oms-fix"


def test_a_snapshot_that_cannot_be_finished_leaves_the_one_before(path):
    """It takes the place of the old one as a whole or not at all; so does the next one."""
    before = snapshot_path(path).read_bytes()

    def fail():
        with replacing(snapshot_path(path)) as file:
            file.write(b"half of it")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert snapshot_path(path).read_bytes() == before
    take_snapshot(path)
    assert base_of(path).event_id == 39


def test_one_snapshot_at_a_time(path):
    """Two processes do not write into the same file."""
    taken = take_snapshot(path)
    with replacing(snapshot_path(path)), pytest.raises(BlockingIOError):
        write_snapshot(path, taken)


def test_an_empty_store_has_nothing_to_take(tmp_path):
    """A store without a batch has no snapshot."""
    SqliteJournal(tmp_path / "new.db").close()
    with pytest.raises(StoreError, match="nothing is stored yet"):
        take_snapshot(tmp_path / "new.db")


def test_command(desk):
    """``oms-fix snapshot`` says up to which event."""
    done = CliRunner().invoke(main, ["snapshot", "--store", str(desk.journal.path)])
    path = snapshot_path(desk.journal.path)
    assert done.output == f"{path}: the state at event 39\n"
    assert base_of(desk.journal.path).event_id == 39


class At:
    """Stands for the sequencer: where it is."""

    last_event_id = 39


@pytest.mark.parametrize(("since", "is_taken"), [(1, True), (0, False)])
def test_daemon_takes_one_at_the_end(desk, monkeypatch, since, is_taken):
    """An orderly stop leaves a snapshot, if enough has happened since the last one."""
    monkeypatch.setattr(snapshots, "EVENTS_AT_STOP", 40 - since)
    path = desk.journal.path
    asyncio.run(Snapshots(path, At(), 0).stop())
    assert snapshot_path(path).exists() is is_taken


def test_daemon_goes_on_where_no_process_can_be_started(desk, monkeypatch, tmp_path):
    """For want of memory, say; an orderly stop stays one."""
    monkeypatch.setattr(snapshots, "EVENTS_AT_STOP", 1)
    monkeypatch.setattr(aside.sys, "executable", str(tmp_path / "none"))
    path = desk.journal.path
    asyncio.run(Snapshots(path, At(), 0).stop())
    assert not snapshot_path(path).exists()


def test_one_that_a_stop_interrupts_is_taken_at_the_stop(desk, monkeypatch):
    """What was under way is not counted as taken."""
    monkeypatch.setattr(snapshots, "EVENTS_BETWEEN", 39)
    monkeypatch.setattr(snapshots, "EVENTS_AT_STOP", 39)
    monkeypatch.setattr(snapshots, "LOOK_S", 0)
    path = desk.journal.path

    async def run():
        taking = Snapshots(path, At(), 0)
        taking.start()
        await asyncio.sleep(0.05)
        await taking.stop()

    asyncio.run(run())
    assert base_of(path).event_id == 39


def test_daemon_takes_one_now_and_then(desk, monkeypatch):
    """Beside the running daemon, by another process, as soon as there are so many new events."""
    monkeypatch.setattr(snapshots, "EVENTS_BETWEEN", 39)
    monkeypatch.setattr(snapshots, "LOOK_S", 0.01)
    path = desk.journal.path

    async def run():
        taking = Snapshots(path, At(), 0)
        taking.start()
        while not snapshot_path(path).exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.01)
        await taking.stop()

    asyncio.run(asyncio.wait_for(run(), 30))
    assert base_of(path).event_id == 39
    with closing(sqlite3.connect(path)) as store:
        assert store.execute("select count(*) from batches").fetchone() == (20,)
