import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from recorded_desk import RecordedDesk, a_day

from oms_fix.cli.main import main
from oms_fix.journal.chain import seal, sealed_batches
from oms_fix.journal.records import StoreError
from oms_fix.journal.snapshot import take_snapshot, write_snapshot
from oms_fix.journal.verify import verify

CHANGES = [
    ("update messages set raw = x'00' where id = 9", "batch 6: row 9 of messages is not as"),
    ("update messages set at = at + 1 where id = 9", "batch 6: row 9 of messages is not as"),
    ("update commands set at = at + 1 where id = 8", "batch 8: row 8 of commands is not as"),
    ("update events set order_id = 'X' where id = 9", "batch 6: row 9 of events is not as"),
    ("update batches set sessions = '{}' where id = 7", "batch 7: the batch itself or the one bef"),
    ("update batches set checksum = 'x' where id = 7", "batch 7: the batch itself or the one bef"),
    ("update batches set version = 9 where id = 7", "batch 7: the batch itself or the one bef"),
    ("delete from batches where id = 7", "batch 7 is missing"),
    (
        "delete from events where id = 7",
        "batch 6: 12 rows were stored, 11 are there; the first difference is at row 8 of events",
    ),
    (
        "delete from events where id = (select max(id) from events)",
        "batch 20: 3 rows were stored, 2 are there; the first difference is at its end",
    ),
    ("insert into events values (99, 99, 20, 'X', null, '{}')", "events 99 is of no batch"),
]


@pytest.fixture
def desk(tmp_path):
    """A desk with a day behind it."""
    recorded = RecordedDesk(tmp_path / "oms.db")
    a_day(recorded)
    yield recorded
    recorded.close()


def problems(path):
    """Return the problems of a store by part."""
    found = verify(path, lambda *_: None)
    return {problem.part: problem.text for problem in found.problems}


def change(path, sql):
    """Change a store by hand."""
    with closing(sqlite3.connect(path)) as store, store:
        store.execute(sql)


def seal_again(path):
    """Compute all checksums anew, as somebody who wants to hide a change would."""
    with closing(sqlite3.connect(path)) as store, store:
        checksum = ""
        for batch in list(sealed_batches(store)):
            row_checks, checksum = seal(checksum, batch.rows)
            row = row_checks, checksum, batch.rows.header[0]
            store.execute("update batches set row_checks = ?, checksum = ? where id = ?", row)


def test_a_store_verifies(desk):
    """What the daemon wrote is as it was written; it is counted, and progress is told."""
    told = []
    found = verify(desk.journal.path, lambda *progress: told.append(progress))
    assert (found.batches, found.commands, found.events) == (20, 20, 39)
    assert found.problems == ()
    assert told == [("file", 0, 1), ("file", 1, 1), ("chain", 20, 20), ("events", 20, 20)]


@pytest.mark.parametrize(("sql", "text"), CHANGES, ids=[sql for sql, _ in CHANGES])
def test_a_changed_row_is_named(desk, sql, text):
    """Whatever was changed by hand: the first batch and row that are wrong are named."""
    change(desk.journal.path, sql)
    assert problems(desk.journal.path)["chain"].startswith(text)


def test_session_numbers_are_those_that_the_batches_set(desk):
    """The table of sessions is no more than the sum of the batches."""
    change(desk.journal.path, "update sessions set next_in = 1 where name = 'A'")
    assert problems(desk.journal.path) == {
        "sessions": "A: epoch, next in, next out are [0, 1, 1], the last batch of it set [0, 8, 1]"
    }


def test_an_event_that_the_core_does_not_decide_is_named(desk):
    """A change that is hidden in the chain shows when the commands are run again."""
    sql = """update events set body = replace(body, '"40"', '"41"')
             where kind = 'OrderReported' and body like '%"last_qty":"40"%'"""
    change(desk.journal.path, sql)
    seal_again(desk.journal.path)
    event = "command 8 (VenueExecutionReport): event 14 (OrderReported)"
    difference = "report.cum_qty is '41' in the store, '40' computed now"
    assert problems(desk.journal.path) == {"events": f"{event}: {difference}"}


def test_a_command_that_is_decided_otherwise_is_named(desk):
    """A command that was changed leads to other events, or to none."""
    change(desk.journal.path, "update commands set body = replace(body, 'LAST', 'V1') where id = 9")
    seal_again(desk.journal.path)
    event = "command 9 (VenueExecutionReport): event 15 (VenueMessageIgnored): "
    assert problems(desk.journal.path)["events"].startswith(event)


def test_a_snapshot_is_compared_with_the_events(desk):
    """A snapshot that a start would use must be the state that the events make, at its event."""
    path = desk.journal.path
    taken = take_snapshot(path)
    desk.cancel("LATER", "OPEN")
    found = verify(path, lambda *_: None)
    assert (found.no_snapshot, found.problems) == ("", ())
    taken.image.executions_count += 1
    write_snapshot(path, taken)
    assert problems(path) == {
        "snapshot": "executions_count at event 39 is not what the events make of it"
    }


def test_verifies_beside_the_writer(desk):
    """One moment is looked at, whatever is committed meanwhile."""

    def commit(*_progress):
        desk.ask_status("OPEN")

    found = verify(desk.journal.path, commit)
    assert (found.batches, found.problems) == (20, ())
    assert verify(desk.journal.path, lambda *_: None).batches == 24


def test_what_is_no_store_cannot_be_verified(tmp_path):
    """A file that is not there, and one that is something else."""
    with pytest.raises(StoreError, match="no message store here"):
        verify(tmp_path / "none.db", lambda *_: None)
    (tmp_path / "other.db").write_text("something else, and longer than a header" * 50)
    with pytest.raises(StoreError, match="cannot be read as a message store"):
        verify(tmp_path / "other.db", lambda *_: None)


def test_command(desk):
    """``oms-fix verify`` says what it looked at; what is wrong ends it with status 1."""
    path = desk.journal.path
    done = CliRunner().invoke(main, ["verify", "--store", str(path)])
    assert done.output.splitlines() == [
        f"{path.name}: 20 batches, 20 commands, 39 events",
        "As it was written: file, chain, session numbers, events, snapshot.",
        "No snapshot that can be used: oms.db.snapshot: No such file or directory",
    ]
    change(path, "update messages set raw = x'00' where id = 9")
    done = CliRunner().invoke(main, ["verify", "--store", str(path)])
    assert done.exit_code == 1
    assert "WRONG chain: batch 6: row 9 of messages is not as it was stored\n" in done.output
    done = CliRunner().invoke(main, ["verify", "--store", str(path), "--json"])
    assert '"part": "chain"' in done.stdout
