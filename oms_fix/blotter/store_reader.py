"""The message store, opened for reading only: committed events, commands and messages by id.

The store is in WAL mode, so reading never blocks the daemon and never waits for it; it works the
same while the daemon runs, after it stopped and after it was killed. When the daemon goes on in a
new file at the end of a trading day, so does the reader.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import Struct

from oms_fix.fix.outputs import Direction
from oms_fix.journal.carry import COUNTED, number_before
from oms_fix.journal.days import day_file, days_of, open_day, predecessor
from oms_fix.journal.reading import open_read_only
from oms_fix.journal.records import SessionNumbers, StoreError
from oms_fix.journal.rows import decode_command, decode_event
from oms_fix.journal.schema import check_version
from oms_fix.model.commands import Command
from oms_fix.model.events import Event, OrderCaptured

_DAYS_SHOWN = 5
_IN_LIST_MAX = 500  # SQLite's default limit of bound values is 999 in old versions

_MESSAGE_COLUMNS = """m.id, m.at, m.session, m.direction, m.msg_seq_num, m.msg_type,
    m.event_id, m.raw, b.released_at from messages m left join batches b on b.id = m.batch_id"""


class StoredEvent(Struct, frozen=True):
    """One decision of the core; ``at`` is when it was made (nanoseconds, UTC)."""

    id: int
    command_id: int
    at: int
    event: Event


class StoredCommand(Struct, frozen=True):
    """One input of the core; ``at`` is when the core handled it (nanoseconds, UTC)."""

    id: int
    at: int
    message_id: int | None
    command: Command


class StoredMessage(Struct, frozen=True):
    """One FIX message.

    Attributes:
        at: when it was read (in) or encoded (out), nanoseconds UTC.
        event_id: out only: the event it tells of.
        released_at: when its batch was handed to the sockets; None while that is not recorded.
    """

    id: int
    at: int
    session: str
    direction: Direction
    msg_seq_num: int
    msg_type: str
    event_id: int | None
    raw: bytes
    released_at: int | None


class _File:
    """One file of a store, opened.

    Attributes:
        before: the highest number of each table in the files before it.
        predecessor: name of the file before it, None if it is the first.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.before = {table: number_before(connection, table) for table in COUNTED}
        self.predecessor = predecessor(connection)


class StoreReader:
    """Reads one message store: the file of now, and those of earlier days where it takes them.

    Args:
        path: the store's file.
        day: read only the file of this earlier trading day, such as ``2026-11-23``.

    Raises:
        StoreError: there is no such file, or it is no message store of this schema version. Every
            method may raise it.
    """

    def __init__(self, path: Path, day: str | None = None) -> None:
        self.path = path
        self._day = day
        self._files: list[_File] = []  # the newest first
        self._opened = ExitStack()
        self._inode = 0
        if day is None:
            self._follow()
        elif not self._open(open_day(day_file(path, day))):
            known = ", ".join(days_of(path)[-_DAYS_SHOWN:]) or "none so far"
            raise StoreError(f"{path}: no file of the trading day {day}; the last ones: {known}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        self._opened.close()
        self._files = []

    def _follow(self) -> None:
        """Open the store, or open it again if it has gone on in a new file since."""
        if self._files and self._files[0].connection.in_transaction:
            return  # inside of ``snapshot`` the moment is that of its beginning
        try:
            inode = self.path.stat().st_ino
        except OSError as error:
            if self._files:
                return  # between two renames of the daemon
            raise StoreError(f"{self.path}: no message store here") from error
        if inode == self._inode:
            return
        self.close()
        self._opened = ExitStack()
        self._open(closing(open_read_only(self.path)))
        self._inode = inode

    def _open(self, file: AbstractContextManager[sqlite3.Connection | None]) -> bool:
        """Open one more file, an earlier one; tell whether it is there."""
        try:
            connection = self._opened.enter_context(file)
            if connection is None:
                return False
            check_version(connection)
            self._files.append(_File(connection))
        except (sqlite3.DatabaseError, OSError, StoreError) as error:
            self._opened.close()
            raise StoreError(f"{self.path}: cannot be read as a message store: {error}") from error
        return True

    def _go_back(self) -> bool:
        """Open the file before those that are open; tell whether there is one."""
        name = self._files[-1].predecessor
        if self._day is not None or name is None:
            return False
        return self._open(open_day(self.path.with_name(name)))

    def _file_of(self, table: str, number: int) -> _File:
        """Return the file that has a row of this number, if any has."""
        while self._files[-1].before[table] >= number and self._go_back():
            pass
        return next((each for each in self._files if each.before[table] < number), self._files[-1])

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let everything read inside come from one moment, whatever is committed meanwhile."""
        connection = self._files[0].connection
        connection.execute("begin")
        try:
            yield
        finally:
            connection.rollback()

    def events(self, after: int, limit: int) -> list[StoredEvent]:
        """Return events with an id above ``after``: ``limit`` or a few more.

        All events of one command come together, never half of them.
        """
        if self._day is None:
            self._follow()
        oldest = self._files.index(self._file_of("events", after + 1))
        found: list[StoredEvent] = []
        for file in reversed(self._files[: oldest + 1]):
            if len(found) >= limit:
                break
            found += self._events(
                file,
                """e.id > :after and e.command_id <= coalesce(
                       (select command_id from events where id > :after
                        order by id limit 1 offset :limit - 1),
                       9223372036854775807)""",
                {"after": after, "limit": limit - len(found)},
            )
        return found

    def order_events(self, order_id: str) -> list[StoredEvent]:
        """Return all events about one client order, oldest first, from its first day on."""
        found: list[StoredEvent] = []
        place = 0
        while place < len(self._files) or self._go_back():
            file = self._files[place]
            found = self._events(file, "e.order_id = :order_id", {"order_id": order_id}) + found
            if found and isinstance(found[0].event, OrderCaptured):
                break
            place += 1
        return found

    def mark(self, event_id: int) -> str | None:
        """Return what tells this event from the one with the same id in any other store.

        None if there is no such event. The time of its command, to the nanosecond, is part of it.
        """
        rows = self._rows(
            self._file_of("events", event_id),
            """select c.at, e.body from events e left join commands c on c.id = e.command_id
               where e.id = ?""",
            (event_id,),
        )
        if not rows:
            return None
        at, body = rows[0]
        return hashlib.sha256(f"{event_id} {at} {body}".encode()).hexdigest()

    def commands(self, ids: Iterable[int]) -> list[StoredCommand]:
        """Return the commands with these ids, oldest first."""
        query = "select id, at, message_id, body from commands where id in ({})"
        return [
            StoredCommand(id=row[0], at=row[1], message_id=row[2], command=decode_command(row[3]))
            for row in self._rows_in("commands", query, ids)
        ]

    def messages(self, ids: Iterable[int]) -> list[StoredMessage]:
        """Return the messages with these ids, oldest first."""
        return self._messages("messages", "m.id in ({})", ids)

    def messages_of_events(self, event_ids: Iterable[int]) -> list[StoredMessage]:
        """Return the messages that went out to tell of these events, oldest first."""
        return self._messages("events", "m.event_id in ({})", event_ids)

    def session_numbers(self) -> dict[str, SessionNumbers]:
        """Return where every session stands, by name."""
        query = "select name, epoch, next_in, next_out from sessions order by name"
        rows = self._rows(self._files[0], query)
        return {name: SessionNumbers(*numbers) for name, *numbers in rows}

    def _events(self, file: _File, where: str, values: dict[str, Any]) -> list[StoredEvent]:
        rows = self._rows(
            file,
            f"""select e.id, e.command_id, coalesce(c.at, 0), e.body
                from events e left join commands c on c.id = e.command_id
                where {where} order by e.id""",  # noqa: S608  # where is one of ours
            values,
        )
        return [StoredEvent(row[0], row[1], row[2], self._decode(row[0], row[3])) for row in rows]

    def _decode(self, event_id: int, body: str) -> Event:
        try:
            event: Event = decode_event(body)
        except msgspec.ValidationError as error:
            raise StoreError(
                f"{self.path}: event {event_id} was written by another version of oms-fix: {error}"
            ) from error
        return event

    def _messages(self, table: str, where: str, ids: Iterable[int]) -> list[StoredMessage]:
        rows = self._rows_in(table, f"select {_MESSAGE_COLUMNS} where {where}", ids)
        return [
            StoredMessage(
                id=row[0],
                at=row[1],
                session=row[2],
                direction=Direction(row[3]),
                msg_seq_num=row[4],
                msg_type=row[5],
                event_id=row[6],
                raw=bytes(row[7]),
                released_at=row[8],
            )
            for row in rows
        ]

    def _rows_in(self, table: str, query: str, ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """Run a query with ``in ({})`` in portions; rows sorted by their first column.

        Args:
            table: whose numbers the ids are.
            query: with ``{}`` for the ids.
            ids: of rows in whatever files.
        """
        rows: list[tuple[Any, ...]] = []
        by_number = sorted(ids)
        for file, of_file in groupby(by_number, lambda number: self._file_of(table, number)):
            values = list(of_file)
            for start in range(0, len(values), _IN_LIST_MAX):
                portion = values[start : start + _IN_LIST_MAX]
                rows += self._rows(file, query.format(",".join("?" * len(portion))), portion)
        return sorted(rows, key=lambda row: int(row[0]))

    def _rows(
        self, file: _File, query: str, values: Sequence[Any] | dict[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        try:
            return file.connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: cannot be read as a message store: {error}") from error
