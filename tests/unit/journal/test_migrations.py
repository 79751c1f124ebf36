import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from recorded_desk import RecordedDesk, a_day

from oms_fix.journal import migrations
from oms_fix.journal.earlier_records import as_told_by
from oms_fix.journal.records import StoreError
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.journal.verify import verify
from oms_fix.model.commands import Command
from oms_fix.model.events import Event

STORE_OF_VERSION_1 = Path(__file__).parent / "store_of_version_1.sql"


@pytest.fixture
def old_store(tmp_path):
    """A store as version 1 of the schema had it, written by oms-fix then."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as store:
        store.executescript(STORE_OF_VERSION_1.read_text())
    return path


def query(path, sql):
    """Return rows of a store."""
    with closing(sqlite3.connect(path)) as store:
        return store.execute(sql).fetchall()


def meaning(row):
    """Return a row with its body as what it says: fields that came later have their defaults."""
    body = row[-1]
    if not isinstance(body, str):
        return row
    return (*row[:-1], as_told_by(1, msgspec.json.decode(body, type=Command | Event)))


def test_a_store_of_version_1_is_migrated_and_verifies(old_store):
    """It is brought up when it is opened for writing; events and numbers are those it had."""
    before = query(old_store, "select id, body from events order by id")
    numbers = query(old_store, "select * from sessions order by name")
    SqliteJournal(old_store).close()
    assert query(old_store, "select id, body from events order by id") == before
    assert query(old_store, "select * from sessions order by name") == numbers
    found = verify(old_store, lambda *_: None)
    assert (found.batches, found.events, found.problems) == (20, 39, ())


def test_what_is_migrated_is_what_is_written_now(old_store, tmp_path):
    """A day recorded now is, row by row, the same day recorded then and migrated.

    All but the session numbers of each batch, which version 1 did not keep.
    """
    SqliteJournal(old_store).close()
    desk = RecordedDesk(tmp_path / "new.db")
    a_day(desk)
    desk.close()
    for table in ("messages", "commands", "events", "sessions"):
        rows = f"select * from {table}"
        now = tmp_path / "new.db"
        assert list(map(meaning, query(old_store, rows))) == list(map(meaning, query(now, rows)))
    schema = "select name, replace(sql, '\"', '') from sqlite_master order by name"
    assert query(old_store, schema) == query(tmp_path / "new.db", schema)


def test_a_migration_that_fails_leaves_the_store_as_it_was(old_store, monkeypatch):
    """All of it or nothing: the next start migrates it."""

    def fail(_store):
        raise sqlite3.OperationalError("disk full")

    before = query(old_store, "select sql from sqlite_master")
    with monkeypatch.context() as patched:
        patched.setitem(migrations._STEPS, "1", ("2", fail))
        with pytest.raises(StoreError, match="disk full"):
            SqliteJournal(old_store)
    assert query(old_store, "select sql from sqlite_master") == before
    assert query(old_store, "select value from meta") == [("1",)]
    SqliteJournal(old_store).close()
    assert verify(old_store, lambda *_: None).problems == ()
