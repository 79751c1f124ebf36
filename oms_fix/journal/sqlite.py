"""The message store on SQLite, in WAL mode: one writer, any number of readers beside it.

Durability ``full`` syncs the write-ahead log at every commit: what was acknowledged survives a loss
of power. ``normal`` survives a crash of the process, and after a loss of power lacks the last
commits (SQLite documentation, PRAGMA synchronous).
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from oms_fix.journal import schema
from oms_fix.journal.chain import last_checksum, seal
from oms_fix.journal.migrations import migrate
from oms_fix.journal.records import Batch, Counters, SessionNumbers, StoreError
from oms_fix.journal.rows import decode_event, rows_of
from oms_fix.model.events import Event

Durability = Literal["full", "normal"]

_BUSY_TIMEOUT_S = 5.0


class SqliteJournal:
    """A store file, opened for writing; see ``records.Journal`` for the methods.

    Args:
        path: the file; made, with its folder, if it is not there.
        durability: ``full`` or ``normal``.

    Raises:
        StoreError: another process writes to it, it is no store, or its schema is one of a later
            version. One of an earlier version is migrated.
    """

    def __init__(self, path: Path, durability: Durability = "full") -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path)
        self._writer = _connect(path)
        self._reader = _connect(path)
        try:
            self._writer.execute("pragma journal_mode = wal")
            self._writer.execute(f"pragma synchronous = {durability}")
            _prepare(self._writer)
        except (sqlite3.Error, StoreError) as error:
            self.close()
            raise StoreError(f"{path}: {error}") from error

    @property
    def synchronous(self) -> int:
        """SQLite's synchronous setting: 2 syncs at each commit, 1 at checkpoints only."""
        return int(self._writer.execute("pragma synchronous").fetchone()[0])

    def counters(self) -> Counters:
        """Return the highest identifiers given out; 0 in a new store."""
        return Counters(
            *(
                self._writer.execute(f"select coalesce(max(id), 0) from {table}").fetchone()[0]  # noqa: S608  # our names
                for table in ("batches", "messages", "commands", "events")
            )
        )

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
        """Store a batch in one transaction."""
        try:
            with self._writer:
                self._writer.execute("begin immediate")
                self._write(batch)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}") from error

    def _write(self, batch: Batch) -> None:
        write = self._writer.executemany
        rows = rows_of(batch)
        self._writer.execute(
            "insert into batches values (?, ?, ?, ?, ?, null)",
            (*rows.header, *seal(last_checksum(self._writer), rows)),
        )
        write(
            "update batches set released_at = ? where id = ?",
            [(at, batch_id) for batch_id, at in batch.released],
        )
        write("insert into messages values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows.messages)
        write("insert into commands values (?, ?, ?, ?, ?, ?)", rows.commands)
        write("insert into events values (?, ?, ?, ?, ?, ?)", rows.events)
        write(
            "insert or replace into sessions values (?, ?, ?, ?)",
            [
                (name, numbers.epoch, numbers.next_in, numbers.next_out)
                for name, numbers in batch.sessions.items()
            ],
        )

    def sent(self, session: str, epoch: int, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return (MsgSeqNum, raw) of our messages ``begin`` to ``end``, in order."""
        return self._writer.execute(
            "select msg_seq_num, raw from messages where session = ? and direction = 'out'"
            " and epoch = ? and msg_seq_num between ? and ? order by msg_seq_num, id",
            (session, epoch, begin, end),
        ).fetchall()

    def sent_now(self, session: str, epoch: int, msg_seq_num: int) -> bytes | None:
        """Return one message of ours that is stored, by a connection of its own."""
        row = self._reader.execute(
            "select raw from messages where session = ? and direction = 'out'"
            " and epoch = ? and msg_seq_num = ?",
            (session, epoch, msg_seq_num),
        ).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        """Release the store and its lock."""
        self._reader.close()
        self._writer.close()
        os.close(self._lock)


def _lock(path: Path) -> int:
    """Take the lock that only one writing process can hold; it goes with the process."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StoreError(f"{path} is in use by another process") from error
    return descriptor


def _connect(path: Path) -> sqlite3.Connection:
    # The worker thread uses the connection that this thread made, never both at once.
    return sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _prepare(writer: sqlite3.Connection) -> None:
    if not writer.execute("select count(*) from sqlite_master").fetchone()[0]:
        schema.create(writer)
    migrate(writer)
    schema.check_version(writer)
