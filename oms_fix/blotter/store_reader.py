"""The message store, opened for reading only: committed events, commands and messages by id.

The store is in WAL mode, so reading never blocks the daemon and never waits for it; it works the
same while the daemon runs, after it stopped and after it was killed.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import Struct

from oms_fix.fix.outputs import Direction
from oms_fix.journal.reading import open_read_only
from oms_fix.journal.records import SessionNumbers, StoreError
from oms_fix.journal.schema import check_version
from oms_fix.model.commands import Command
from oms_fix.model.events import Event

_IN_LIST_MAX = 500  # SQLite's default limit of bound values is 999 in old versions

_EVENTS = msgspec.json.Decoder(Event)
_COMMANDS = msgspec.json.Decoder(Command)

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


class StoreReader:
    """Reads one message store.

    Args:
        path: the store's file.

    Raises:
        StoreError: there is no such file, or it is no message store of this schema version. Every
            method may raise it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise StoreError(f"{path}: no message store here")
        self._connection = open_read_only(path)
        try:
            check_version(self._connection)
        except (sqlite3.DatabaseError, StoreError) as error:
            self.close()
            raise StoreError(f"{path}: cannot be read as a message store: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let everything read inside come from one moment, whatever is committed meanwhile."""
        self._connection.execute("begin")
        try:
            yield
        finally:
            self._connection.rollback()

    def events(self, after: int, limit: int) -> list[StoredEvent]:
        """Return events with an id above ``after``: ``limit`` or a few more.

        All events of one command come together, never half of them.
        """
        return self._events(
            """e.id > :after and e.command_id <= coalesce(
                   (select command_id from events where id > :after
                    order by id limit 1 offset :limit - 1),
                   9223372036854775807)""",
            {"after": after, "limit": limit},
        )

    def order_events(self, order_id: str) -> list[StoredEvent]:
        """Return all events about one client order, oldest first."""
        return self._events("e.order_id = :order_id", {"order_id": order_id})

    def mark(self, event_id: int) -> str | None:
        """Return what tells this event from the one with the same id in any other store.

        None if there is no such event. The time of its command, to the nanosecond, is part of it.
        """
        rows = self._rows(
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
        rows = self._rows_in(
            "select id, at, message_id, body from commands where id in ({})", list(ids)
        )
        return [
            StoredCommand(id=row[0], at=row[1], message_id=row[2], command=_COMMANDS.decode(row[3]))
            for row in rows
        ]

    def messages(self, ids: Iterable[int]) -> list[StoredMessage]:
        """Return the messages with these ids, oldest first."""
        return self._messages("m.id in ({})", list(ids))

    def messages_of_events(self, event_ids: Iterable[int]) -> list[StoredMessage]:
        """Return the messages that went out to tell of these events, oldest first."""
        return self._messages("m.event_id in ({})", list(event_ids))

    def session_numbers(self) -> dict[str, SessionNumbers]:
        """Return where every session stands, by name."""
        rows = self._rows("select name, epoch, next_in, next_out from sessions order by name")
        return {name: SessionNumbers(*numbers) for name, *numbers in rows}

    def _events(self, where: str, values: dict[str, Any]) -> list[StoredEvent]:
        rows = self._rows(
            f"""select e.id, e.command_id, coalesce(c.at, 0), e.body
                from events e left join commands c on c.id = e.command_id
                where {where} order by e.id""",  # noqa: S608  # where is one of ours
            values,
        )
        return [StoredEvent(row[0], row[1], row[2], self._decode(row[0], row[3])) for row in rows]

    def _decode(self, event_id: int, body: str) -> Event:
        try:
            event: Event = _EVENTS.decode(body)
        except msgspec.ValidationError as error:
            raise StoreError(
                f"{self.path}: event {event_id} was written by another version of oms-fix: {error}"
            ) from error
        return event

    def _messages(self, where: str, values: list[int]) -> list[StoredMessage]:
        rows = self._rows_in(f"select {_MESSAGE_COLUMNS} where {where}", values)
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

    def _rows_in(self, query: str, values: list[int]) -> list[tuple[Any, ...]]:
        """Run a query with ``in ({})`` in portions; rows sorted by their first column."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(values), _IN_LIST_MAX):
            portion = values[start : start + _IN_LIST_MAX]
            rows += self._rows(query.format(",".join("?" * len(portion))), portion)
        return sorted(rows, key=lambda row: int(row[0]))

    def _rows(
        self, query: str, values: Sequence[Any] | dict[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: cannot be read as a message store: {error}") from error
