import errno
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal

import pytest
from desk import terms

from oms_fix.journal import sqlite
from oms_fix.journal.days import sent_messages
from oms_fix.journal.records import (
    Batch,
    Carried,
    CommandRecord,
    Counters,
    EventRecord,
    MessageRecord,
    SessionNumbers,
    StoreError,
    StoreUnavailableError,
)
from oms_fix.journal.reserve import DiskReserve
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.commands import NewOrderSingle
from oms_fix.model.events import OrderCaptured


@pytest.fixture
def path(tmp_path):
    return tmp_path / "var" / "oms.db"


def sent(number, raw, record_id, epoch=0):
    return MessageRecord(record_id, 5, "CLIENT", epoch, "out", number, "8", None, raw)


def test_a_new_store_begins_at_nothing(path):
    """A store that is not there is made, empty."""
    journal = SqliteJournal(path)
    assert journal.counters() == Counters(0, 0, 0, 0)
    assert (journal.sessions(), list(journal.events())) == ({}, [])
    journal.close()


def test_a_batch_comes_back_after_reopening(path):
    """Events, counters and session numbers are those that were committed."""
    order = terms(price=Decimal("10.50"))
    event = OrderCaptured("T-1", "CLIENT", "X", order)
    journal = SqliteJournal(path)
    journal.commit(
        Batch(
            1,
            [MessageRecord(1, 5, "CLIENT", 0, "in", 2, "D", None, b"raw")],
            [CommandRecord(1, 6, 1, NewOrderSingle("CLIENT", "X", order))],
            [EventRecord(1, 1, event)],
            {"CLIENT": SessionNumbers(0, 3, 2)},
        )
    )
    journal.close()
    again = SqliteJournal(path)
    assert list(again.events()) == [event]
    assert again.counters() == Counters(1, 1, 1, 1)
    assert again.sessions() == {"CLIENT": SessionNumbers(0, 3, 2)}
    again.close()


def test_a_batch_that_cannot_be_stored_leaves_nothing(path):
    """All of a batch or nothing: a clash in one table undoes the others."""
    journal = SqliteJournal(path)
    journal.commit(Batch(1, [sent(1, b"one", 1)]))
    clash = Batch(2, [sent(2, b"two", 2), sent(3, b"three", 1)])
    with pytest.raises(StoreError, match="UNIQUE"):
        journal.commit(clash)
    assert journal.counters() == Counters(1, 1, 0, 0)
    assert journal.sent("CLIENT", 0, 1, 9) == [(1, b"one")]
    journal.close()


def test_messages_are_found_by_number_in_their_epoch(path):
    """After a reset the old messages of the same numbers are not resent."""
    journal = SqliteJournal(path)
    journal.commit(Batch(1, [sent(n, b"old%d" % n, n) for n in (1, 2, 3)]))
    journal.commit(Batch(2, [sent(1, b"new", 4, epoch=1)]))
    assert journal.sent("CLIENT", 0, 2, 9) == [(2, b"old2"), (3, b"old3")]
    assert journal.sent("CLIENT", 1, 1, 9) == [(1, b"new")]
    assert journal.sent_now("CLIENT", 1, 1) == b"new"
    assert journal.sent_now("CLIENT", 1, 2) is None
    journal.close()


@pytest.mark.parametrize("size", [1, 15, 16, 17, 48])
def test_a_batch_of_any_size_is_stored_whole_and_in_order(path, size):
    """However many rows go by one statement, none is lost, doubled or out of place."""
    journal = SqliteJournal(path)
    messages = [sent(number, b"raw%d" % number, number) for number in range(1, size + 1)]
    events = [EventRecord(n, 1, OrderCaptured(f"T-{n}", "C", "X", terms())) for n in range(size)]
    journal.commit(Batch(1, messages, events=events))
    stored = [(number, b"raw%d" % number) for number in range(1, size + 1)]
    assert journal.sent("CLIENT", 0, 1, size + 1) == stored
    assert [each.order_id for each in journal.events(-1)] == [f"T-{n}" for n in range(size)]
    journal.close()


def test_a_clash_among_many_rows_leaves_nothing(path):
    """The rows before it by other statements go, too, and the store can be used on."""
    journal = SqliteJournal(path)
    with pytest.raises(StoreError, match="UNIQUE"):
        journal.commit(Batch(1, [sent(n, b"raw", max(n, 2)) for n in range(40, 0, -1)]))
    assert journal.counters() == Counters(0, 0, 0, 0)
    journal.commit(Batch(1, [sent(1, b"one", 1)]))
    assert journal.sent("CLIENT", 0, 1, 9) == [(1, b"one")]
    journal.close()


@pytest.mark.parametrize(
    "index",
    [None, "(session, direction, epoch, msg_seq_num)"],
    ids=["now", "as stores have it from before"],
)
def test_our_messages_are_found_without_a_look_at_others(path, index):
    """A request to resend costs the messages it asks for, not the day's."""
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as store:
        if index is not None:
            store.execute("drop index messages_by_number")
            store.execute(f"create index messages_by_number on messages {index}")
        asked: list[str] = []
        store.set_trace_callback(asked.append)
        sent_messages(store, path.parent, "CLIENT", 0, 1, 9)
        store.set_trace_callback(None)
        (plan,) = store.execute(f"explain query plan {asked[0]}").fetchall()
    assert "SEARCH messages USING INDEX messages_by_number (session=?" in plan[3]


def test_release_times_are_written_with_a_later_batch(path):
    """A batch's release is known only after its commit, so the next one stores it."""
    journal = SqliteJournal(path)
    journal.commit(Batch(1))
    journal.commit(Batch(2, released=[(1, 77)]))
    journal.close()
    with sqlite3.connect(path) as store:
        rows = store.execute("select id, released_at from batches").fetchall()
    store.close()
    assert rows == [(1, 77), (2, None)]


def test_only_one_process_writes(path):
    """A store in use is refused, and free again when it is closed."""
    first = SqliteJournal(path)
    with pytest.raises(StoreError, match="in use by another process"):
        SqliteJournal(path)
    first.close()
    SqliteJournal(path).close()


def test_a_file_that_is_no_store_is_refused(path):
    """Nothing is done to a file of another kind."""
    path.parent.mkdir()
    path.write_text("no database, but longer than the header of one would be" * 40)
    with pytest.raises(StoreError, match="not a database"):
        SqliteJournal(path)


def test_a_store_of_another_schema_is_refused(path):
    """A store of a later version is not touched."""
    SqliteJournal(path).close()
    with sqlite3.connect(path) as store:
        store.execute("update meta set value = '99' where key = 'schema_version'")
    store.close()
    with pytest.raises(StoreError, match="version is 99; allowed: 2"):
        SqliteJournal(path)


@pytest.mark.parametrize(("durability", "waits"), [("full", True), ("normal", False)])
def test_durability(path, durability, waits):
    """Full has a sync follow on every commit, normal has not."""
    journal = SqliteJournal(path, durability)
    assert journal.waits_for_disk is waits
    journal.close()


def test_a_sync_is_one_of_the_log(path, monkeypatch):
    """What was committed stands there."""
    journal, synced = SqliteJournal(path), []
    journal.commit(Batch(1, [sent(1, b"x", 1)]))
    monkeypatch.setattr(os, "fdatasync", lambda file: synced.append(os.fstat(file)))
    journal.sync()
    log = path.with_name(f"{path.name}-wal").stat()
    assert [(each.st_ino, each.st_size) for each in synced] == [(log.st_ino, log.st_size)]
    journal.close()


def test_what_a_failed_sync_left_in_the_log_is_written_again(path, monkeypatch):
    """The operating system may never write it otherwise; what is in the log stays as it was."""
    journal = SqliteJournal(path)
    journal.commit(large(1))
    journal.sync()
    journal.commit(large(2))
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        with pytest.raises(StoreUnavailableError, match="Input/output error"):
            journal.sync()
    journal.commit(large(2))
    before, written = log_size(path), []
    write = os.pwrite
    monkeypatch.setattr(
        os, "pwrite", lambda *arguments: written.append(write(*arguments)) or written[-1]
    )
    journal.sync()
    assert sum(written) == before == log_size(path)
    journal.commit(large(3))
    journal.sync()
    assert sum(written) == before
    assert journal.counters() == Counters(3, 3, 0, 0)
    journal.close()


def test_the_log_of_a_process_that_was_killed_is_written_again(path, monkeypatch):
    """Its last sync may have failed."""
    killed = SqliteJournal(path)
    killed.commit(large(1))
    os.close(killed._lock)
    written = []
    write = os.pwrite
    monkeypatch.setattr(
        os, "pwrite", lambda *arguments: written.append(write(*arguments)) or written[-1]
    )
    journal = SqliteJournal(path)
    journal.commit(large(2))
    journal.sync()
    assert sum(written) == log_size(path)
    journal.close()
    killed._close()


def test_no_checkpoint_while_the_disk_may_lack_the_log(path, monkeypatch):
    """After a loss of power the file would have parts of what the log has not."""
    journal = SqliteJournal(path)
    journal.commit(Batch(1, [sent(n, b"x" * 999, n) for n in ids(1)]))
    before = pages_in_file(path)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        with pytest.raises(StoreUnavailableError):
            journal.sync()
    journal.checkpoint()
    assert pages_in_file(path) == before
    journal.sync()
    journal.checkpoint()
    assert pages_in_file(path) > before
    journal.close()


@pytest.mark.parametrize(("durability", "is_synced"), [("full", True), ("normal", False)])
def test_a_day_is_on_the_disk_before_its_next_file_is_begun(
    path, monkeypatch, durability, is_synced
):
    """The next file goes on from it."""
    journal = SqliteJournal(path, durability)
    steps = []
    monkeypatch.setattr(os, "fdatasync", lambda _: steps.append("sync"))
    monkeypatch.setattr(sqlite, "begin_next", lambda *_: steps.append("begin"))
    monkeypatch.setattr(SqliteJournal, "ended_day", "2026-01-09")
    journal.commit(Batch(1, [sent(1, b"x", 1)], carried=Carried("2026-01-09", [])))
    assert steps == ["sync", "begin"][not is_synced :]
    journal.close()


def fail_to_sync(_file):
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def pages_in_file(path):
    """Return how many pages the store's file has without its log."""
    return path.stat().st_size // 4096


def test_a_checkpoint_is_made_beside_the_commits(path):
    """When many rows have come; no commit copies the log before it is long."""
    journal = SqliteJournal(path, "normal")
    before = pages_in_file(path)
    for batch_id in range(1, 3):
        journal.commit(Batch(batch_id, [sent(n, b"x" * 999, n) for n in ids(batch_id)]))
        assert (journal.checkpoint_is_due, pages_in_file(path)) == (batch_id == 2, before)
    with ThreadPoolExecutor(1) as other:
        other.submit(journal.checkpoint).result()
    assert not journal.checkpoint_is_due
    assert pages_in_file(path) > 1_000
    journal.commit(Batch(3, [sent(9_999, b"y", 9_999)]))
    journal.close()


def log_size(path):
    """Return the bytes of the log's file, which stays as large as the log has ever been."""
    return path.with_name(f"{path.name}-wal").stat().st_size


def test_a_long_log_is_finished_by_a_commit(path, monkeypatch):
    """The log begins anew with the next."""
    monkeypatch.setattr(sqlite, "_LOG_PAGES_MAX", 1_000)
    journal = SqliteJournal(path, "normal")
    for batch_id in (1, 2):
        journal.commit(Batch(batch_id, [sent(n, b"x" * 999, n) for n in ids(batch_id)]))
    assert not journal.has_log_to_finish
    journal.checkpoint()
    assert journal.has_log_to_finish
    journal.commit(Batch(3, [sent(n, b"x" * 999, n) for n in ids(3)]))
    assert not journal.has_log_to_finish
    size = log_size(path)
    journal.commit(Batch(4, [sent(n, b"x" * 999, n) for n in ids(4)]))
    assert log_size(path) == size
    journal.close()


def test_no_checkpoint_begins_where_all_is_copied(path, monkeypatch):
    """What a commit has finished is left alone until there is more: the next one resets the log."""
    monkeypatch.setattr(sqlite, "_LOG_PAGES_MAX", 1_000)
    journal = SqliteJournal(path, "normal")
    for batch_id in (1, 2):
        journal.commit(Batch(batch_id, [sent(n, b"x" * 999, n) for n in ids(batch_id)]))
    journal.checkpoint()
    for batch_id in (3, 4):  # so many rows that one would be due
        journal.commit(Batch(batch_id, [sent(n, b"x" * 999, n) for n in ids(batch_id)]))
        assert not journal.checkpoint_is_due
    journal.commit(Batch(5, [sent(n, b"x" * 999, n) for n in ids(5)]))
    assert journal.checkpoint_is_due
    journal.close()


def test_a_checkpoint_that_cannot_be_made_is_left_to_a_commit(path, monkeypatch):
    """The log does not grow for ever because there is, say, no connection more to be had."""
    journal = SqliteJournal(path, "normal")
    journal.commit(Batch(1, [sent(n, b"x" * 999, n) for n in ids(1)]))
    before = pages_in_file(path)
    with monkeypatch.context() as broken:
        broken.setattr(sqlite, "_connect", lambda *_: sqlite3.connect(path / "none"))
        with pytest.raises(StoreError):
            journal.checkpoint()
    assert pages_in_file(path) == before
    journal.commit(Batch(2, [sent(9_999, b"y", 9_999)]))
    assert pages_in_file(path) > before
    journal.close()


def ids(batch_id):
    """Return the numbers of 3,000 messages of a batch."""
    return range(3_000 * (batch_id - 1) + 1, 3_000 * batch_id + 1)


def test_a_checkpoint_that_cannot_be_made_harms_nothing(path):
    """The log keeps what it has; commits go on."""
    journal = SqliteJournal(path, "normal")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("begin").execute("select count(*) from messages").fetchone()
        journal.commit(Batch(1, [sent(1, b"x", 1)]))
        journal.checkpoint()
        journal.commit(Batch(2, [sent(2, b"y", 2)]))
    assert journal.sent("CLIENT", 0, 1, 2) == [(1, b"x"), (2, b"y")]
    journal.close()


def fill_up(journal):
    """Leave SQLite no page more, until the connection is made anew."""
    pages = journal._writer.execute("pragma page_count").fetchone()[0]
    journal._writer.execute(f"pragma max_page_count = {pages}")


def large(batch_id):
    """Return a batch that needs new pages."""
    return Batch(batch_id, [sent(batch_id, b"x" * 50_000, batch_id)])


def test_a_batch_that_the_disk_refuses_can_be_stored_later(path):
    """A full disk may pass: the same batch is stored then, once, and the next one after it."""
    journal = SqliteJournal(path)
    journal.commit(large(1))
    fill_up(journal)
    with pytest.raises(StoreUnavailableError, match="SQLITE_FULL"):
        journal.commit(large(2))
    journal.commit(large(2))
    journal.commit(large(3))
    assert journal.counters() == Counters(3, 3, 0, 0)
    journal.close()


def test_a_batch_that_is_stored_after_all_is_not_stored_twice(path):
    """After a failed sync the whole of it may be on the disk: its number tells."""
    journal = SqliteJournal(path)
    fill_up(journal)
    with pytest.raises(StoreUnavailableError):
        journal.commit(large(1))
    with sqlite3.connect(path) as other:
        other.execute("insert into batches values (1, 1, '{}', x'', '', null)")
    journal.commit(large(1))
    journal.commit(large(2))
    assert journal.counters() == Counters(2, 2, 0, 0)
    journal.close()


def test_a_store_that_was_replaced_meanwhile_is_refused(path):
    """What is to be stored does not belong to another one."""
    journal = SqliteJournal(path)
    fill_up(journal)
    with pytest.raises(StoreUnavailableError):
        journal.commit(large(1))
    with sqlite3.connect(path) as other:
        other.execute("insert into batches values (7, 1, '{}', x'', '', null)")
    with pytest.raises(StoreError, match="has been replaced: its last batch is 7") as raised:
        journal.commit(large(1))
    assert not isinstance(raised.value, StoreUnavailableError)
    journal.close()


def test_the_reserve_is_given_up_for_a_commit_that_fails(path):
    """And the commit is made at once."""
    reserve = DiskReserve(path, 100_000)
    journal = SqliteJournal(path, reserve=reserve)
    reserve.take()
    fill_up(journal)
    journal.commit(large(1))
    assert journal.counters() == Counters(1, 1, 0, 0)
    assert not reserve.path.exists()
    journal.close()
