"""The message store on SQLite, in WAL mode: one writer, any number of readers beside it.

A commit writes to the log and waits for nothing: it survives a crash of the process, and after a
loss of power the store lacks the last commits (SQLite documentation, PRAGMA synchronous, NORMAL).
Durability ``full`` has a sync of the log follow, so that what was acknowledged survives that, too.
SQLite could make it part of the commit; apart from it, it can be waited for on another thread.

A commit that fails for want of a disk that can be written, or whose sync does, is made again, with
the same batch, on a new connection: what SQLite has of the first attempt in memory counts for
nothing. In the file there may be all of it; the number of the batch tells.

The write-ahead log is copied into the file beside the commits, by ``checkpoint``: a commit that did
it would take many times as long as others. What is added meanwhile keeps SQLite from beginning the
log anew, so one that has become very long is finished by a commit after all, which finds little
left to copy (SQLite documentation, Write-Ahead Logging, "Checkpointing"). No checkpoint begins
while all of the log is copied already: it would look at a log that the next commit begins anew at
that moment, a race that damages the file, if rarely (SQLite up to 3.51.2, "The WAL-reset bug").
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from functools import cache
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Literal

from oms_fix.journal import schema
from oms_fix.journal.carry import COUNTED, begin_next, last_number
from oms_fix.journal.chain import last_checksum, seal
from oms_fix.journal.days import ended_day, finish, next_path, sent_messages
from oms_fix.journal.log_file import LogFile
from oms_fix.journal.migrations import migrate
from oms_fix.journal.records import (
    Batch,
    Carried,
    Counters,
    SessionNumbers,
    StoreError,
    StoreUnavailableError,
)
from oms_fix.journal.reserve import DiskReserve
from oms_fix.journal.rows import Row, decode_event, rows_of
from oms_fix.model.events import Event

Durability = Literal["full", "normal"]

_BUSY_TIMEOUT_S = 5.0

_ROWS_AT_ONCE = 16

_CHECKPOINT_ROWS = 5_000
"""A checkpoint is due after so many rows; an order makes some 17."""

_LOG_PAGES_MAX = 8_192
"""A log that has had more pages of 4 KiB at a checkpoint is finished by a commit."""

_CACHE_KIB = 64 * 1024
"""What the writer keeps in memory: enough for all pages that indexes of a day are changed in."""

# Primary result codes of what may pass by itself (SQLite documentation, Result and Error Codes).
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
_DAMAGE = frozenset({sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_DATA})


class SqliteJournal:
    """A store file, opened for writing; see ``records.Journal`` for the methods.

    Args:
        path: the file; made, with its folder, if it is not there.
        durability: ``full`` or ``normal``.
        reserve: given up when a commit fails, so that it can be made after all.

    Raises:
        StoreError: another process writes to it, it is no store, or its schema is one of a later
            version. One of an earlier version is migrated.
    """

    def __init__(
        self, path: Path, durability: Durability = "full", reserve: DiskReserve | None = None
    ) -> None:
        self.path = path
        self._durability = durability
        self._reserve = reserve
        self._goes_over = False  # to the next file, and is not there yet
        self._in_doubt = False  # the last commit failed: what SQLite has in memory is of no use
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path)
        # Always one connection more, lest SQLite, at the first that opens again, take up from the
        # write-ahead log what was written there by a commit whose sync failed.
        self._anchor: sqlite3.Connection | None = None
        self._log = LogFile(path)
        self._reading = Lock()  # sent_now may come from another thread while files are changed
        self._copying = Lock()  # and so may a checkpoint
        self._rows_count = 0
        self._rows_copied = 0  # of them, when the last checkpoint ended
        self._log_is_long = False  # the next commit is to finish it
        try:
            finish(path)
            self._open()
        except (sqlite3.Error, OSError, StoreError) as error:
            os.close(self._lock)
            raise StoreError(f"{path}: {error}") from error

    def _open(self, mode: str = "rwc") -> None:
        self._writer = _connect(self.path, mode)
        self._reader = _connect(self.path, mode)
        try:
            self._writer.execute("pragma journal_mode = wal")
            self._set_up_writer()
            _prepare(self._writer)
            if self._anchor is None:
                self._anchor = _connect(self.path, mode)
                self._anchor.execute("select count(*) from meta").fetchone()  # opens the log, too
            self._log.open()
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        self._log.close()
        self._reader.close()
        self._writer.close()

    def _weigh_anchor(self) -> None:
        if self._anchor is not None:
            self._anchor.close()
            self._anchor = None

    @property
    def waits_for_disk(self) -> bool:
        """Whether each commit is to be followed by ``sync``."""
        return self._durability == "full"

    @property
    def has_log_to_finish(self) -> bool:
        """Whether the next commit copies what is left of a long log, and waits for the disk."""
        return self._log_is_long

    def counters(self) -> Counters:
        """Return the highest identifiers given out; 0 in a new store."""
        return Counters(*(last_number(self._writer, table) for table in COUNTED))

    def sessions(self) -> dict[str, SessionNumbers]:
        """Return where each session stands."""
        rows = self._writer.execute("select name, epoch, next_in, next_out from sessions")
        return {name: SessionNumbers(*numbers) for name, *numbers in rows}

    def events(self, after: int = 0) -> Iterator[Event]:
        """Return the events with an id above ``after``, in the order in which they happened."""
        query = "select body from events where id > ? order by id"
        for (body,) in self._writer.execute(query, (after,)):
            yield decode_event(body)

    def commit(self, batch: Batch) -> None:
        """Store a batch in one transaction; once, however often it is called with it."""
        try:
            self._commit_or_again(batch)
        except (sqlite3.Error, OSError) as error:
            raise self._failure(error) from error

    def sync(self) -> None:
        """Wait until the disk has the write-ahead log."""
        self._in_doubt = True
        try:
            self._log.sync()
        except OSError as error:
            raise self._failure(error) from error
        self._in_doubt = False

    def _commit_or_again(self, batch: Batch) -> None:
        """Commit; if that fails and there is a reserve, give it up and do it again at once."""
        try:
            self._commit(batch)
        except (sqlite3.Error, OSError) as error:
            if not _may_pass(error) or self._reserve is None or not self._reserve.is_whole:
                raise
            with suppress(OSError):  # a file system that takes nothing at all
                self._reserve.give_up()
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        is_stored, finishes_log = False, self._log_is_long
        if self._in_doubt:
            self._reopen()
            is_stored = self._has(batch)
        self._in_doubt = True
        if not is_stored:
            with self._writer:
                self._writer.execute("begin immediate")
                self._write(batch)
        if batch.carried is not None and self.ended_day is not None:
            self._begin_next(batch.carried)
        self._in_doubt = False
        if finishes_log:
            self._finish_log()

    def _reopen(self) -> None:
        """Go on with a new connection to the store that is there; none is made.

        The reader stays: with the last connection SQLite would forget that the last commit failed,
        and find its pages in the log, synced or not.
        """
        if self._goes_over:
            self._go_over()
            return
        self._writer.close()
        self._writer = _connect(self.path, "rw")
        self._set_up_writer()
        self._log.open()

    def _begin_next(self, carried: Carried) -> None:
        if self.waits_for_disk:
            self._log.sync()
        begin_next(self.path, self._writer, carried)
        self._go_over()

    def _go_over(self) -> None:
        """Go on in the next file, which is there; of the old one everything is synced."""
        self._goes_over = True
        with self._copying, self._reading:
            self._close()
            if next_path(self.path).exists():
                self._weigh_anchor()
                finish(self.path)
            self._open("rw")
        self._goes_over = False

    def _set_up_writer(self) -> None:
        self._writer.execute("pragma synchronous = normal")
        self._writer.execute("pragma wal_autocheckpoint = 0")
        self._writer.execute(f"pragma cache_size = -{_CACHE_KIB}")

    @property
    def checkpoint_is_due(self) -> bool:
        """Whether ``checkpoint`` is to be called, on whatever thread."""
        return self._rows_count - self._rows_copied > _CHECKPOINT_ROWS and not self._log_is_long

    def checkpoint(self) -> None:
        """Copy what is in the write-ahead log into the store's file, beside the commits.

        Raises:
            StoreError: the file cannot be written; the log keeps everything.
        """
        if self.waits_for_disk and self._log.is_ill:
            return  # a loss of power would find less in the log than the file has of it
        with self._copying:
            is_long = True  # if this cannot do it, a commit may
            try:
                with closing(_connect(self.path, "rw")) as store:
                    is_long = _copy_log(store) > _LOG_PAGES_MAX
            except sqlite3.Error as error:
                raise self._failure(error) from error
            finally:
                self._log_is_long, self._rows_copied = is_long, self._rows_count

    def _finish_log(self) -> None:
        """Copy what is left of a long log, so that the next commit begins it anew."""
        with self._copying, suppress(sqlite3.Error):  # the log keeps everything
            self._log_is_long, self._rows_copied = False, self._rows_count
            _copy_log(self._writer)

    def _has(self, batch: Batch) -> bool:
        """Tell whether a batch is stored after all; StoreError if this is another store now."""
        last = last_number(self._writer, "batches")
        if last not in (batch.id - 1, batch.id):
            text = f"its last batch is {last} where {batch.id} was to be stored"
            raise StoreError(f"{self.path} has been replaced: {text}")
        return last == batch.id

    def _failure(self, error: sqlite3.Error | OSError) -> StoreError:
        kind = StoreUnavailableError if _may_pass(error) else StoreError
        return kind(f"{self.path}: {error} ({getattr(error, 'sqlite_errorname', 'no code')})")

    @property
    def ended_day(self) -> str | None:
        """The trading day that has ended without a next file, because the process did, too."""
        return ended_day(self._writer)

    @property
    def began_at(self) -> int | None:
        """When the first command in the file was handled; None if there is none yet."""
        row = self._writer.execute("select at from commands order by id limit 1").fetchone()
        return None if row is None else int(row[0])

    def begin_next_file(self, carried: Carried) -> None:
        """Leave the file to its day, which has ended, and go on in a new one; see ``days``.

        For a start that finds a day ended and no more; in ``commit`` it is part of the batch.

        Raises:
            StoreError: that could not be done, or only in part; the next start does it.
        """
        try:
            self._begin_next(carried)
        except (sqlite3.Error, OSError) as error:
            raise self._failure(error) from error

    def _write(self, batch: Batch) -> None:
        write = self._writer.executemany
        rows = rows_of(batch)
        self._rows_count += len(rows.messages) + len(rows.commands) + len(rows.events)
        self._writer.execute(
            "insert into batches values (?, ?, ?, ?, ?, null)",
            (*rows.header, *seal(last_checksum(self._writer), rows)),
        )
        write(
            "update batches set released_at = ? where id = ?",
            [(at, batch_id) for batch_id, at in batch.released],
        )
        _insert(self._writer, "messages", rows.messages)
        _insert(self._writer, "commands", rows.commands)
        _insert(self._writer, "events", rows.events)
        write(
            "insert or replace into sessions values (?, ?, ?, ?)",
            [
                (name, numbers.epoch, numbers.next_in, numbers.next_out)
                for name, numbers in batch.sessions.items()
            ],
        )

    def sent(self, session: str, epoch: int, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return (MsgSeqNum, raw) of our messages ``begin`` to ``end``, in order."""
        return sent_messages(self._writer, self.path.parent, session, epoch, begin, end)

    def sent_now(self, session: str, epoch: int, msg_seq_num: int) -> bytes | None:
        """Return one message of ours that is stored, by a connection of its own."""
        folder, number = self.path.parent, msg_seq_num
        with self._reading:
            found = sent_messages(self._reader, folder, session, epoch, number, number)
        return found[0][1] if found else None

    def close(self) -> None:
        """Release the store and its lock."""
        with self._copying:
            self._close()
            self._weigh_anchor()
        os.close(self._lock)


def _copy_log(store: sqlite3.Connection) -> int:
    """Copy the write-ahead log into the file, as far as readers let it; return its pages.

    Below 0 if another checkpoint is under way.
    """
    return int(store.execute("pragma wal_checkpoint(passive)").fetchone()[1])


def _insert(writer: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows, many by one statement.

    Each statement lets the interpreter's lock go and takes it again, and others go on meanwhile:
    one for each row would cost more than the rows.
    """
    if not rows:
        return
    columns = len(rows[0])
    whole = len(rows) - len(rows) % _ROWS_AT_ONCE
    many = _insertion(table, columns, _ROWS_AT_ONCE)
    for begin in range(0, whole, _ROWS_AT_ONCE):
        values = tuple(chain.from_iterable(rows[begin : begin + _ROWS_AT_ONCE]))
        writer.execute(many, values)
    writer.executemany(_insertion(table, columns, 1), rows[whole:])


@cache  # of the three tables, for one row and for many
def _insertion(table: str, columns: int, rows: int) -> str:
    """Return the statement that inserts so many rows.

    A row that fails ends the whole transaction, as it is to be: to undo one statement alone, SQLite
    would put all that it changes aside first.
    """
    row = f"({', '.join('?' * columns)})"
    places = ", ".join([row] * rows)
    return f"insert or rollback into {table} values {places}"  # noqa: S608  # our names


def _lock(path: Path) -> int:
    """Take the lock that only one writing process can hold; it goes with the process."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StoreError(f"{path} is in use by another process") from error
    return descriptor


def _connect(path: Path, mode: str = "rwc") -> sqlite3.Connection:
    # The worker thread uses the connection that this thread made, never both at once.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        uri=True,
    )


def _may_pass(error: sqlite3.Error | OSError) -> bool:
    """Tell an error of the disk, which may pass, from one of the store or of ours."""
    if isinstance(error, OSError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _PASSING and code not in _DAMAGE


def _prepare(writer: sqlite3.Connection) -> None:
    if not writer.execute("select count(*) from sqlite_master").fetchone()[0]:
        schema.create(writer)
    migrate(writer)
    schema.check_version(writer)
