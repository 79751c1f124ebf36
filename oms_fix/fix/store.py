"""Where the engine alone keeps sequence numbers and the messages it may have to send again."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from oms_fix.fix.outputs import Direction, Output, Persist, Reset
from oms_fix.fix.pretty import mask_secrets
from oms_fix.fix.session import SequenceNumbers


class Store(Protocol):
    """Sequence numbers and sent messages of several sessions, by SessionName."""

    def numbers(self, session: str) -> SequenceNumbers:
        """Return the stored numbers; 1 and 1 for a session never seen."""

    def save(self, session: str, outputs: Sequence[Output], numbers: SequenceNumbers) -> None:
        """Store what ``Persist`` and ``Reset`` among the outputs say, and the numbers, as one."""

    def sent(self, session: str, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return our messages from ``begin`` to ``end``, both included, by ascending number."""

    def close(self) -> None:
        """Let go of files."""


class MemoryStore:
    """Lasts as long as the process."""

    def __init__(self) -> None:
        self._numbers: dict[str, SequenceNumbers] = {}
        self._sent: dict[str, dict[int, bytes]] = {}

    def numbers(self, session: str) -> SequenceNumbers:
        """Return the stored numbers; 1 and 1 for a session never seen."""
        return self._numbers.get(session, SequenceNumbers())

    def save(self, session: str, outputs: Sequence[Output], numbers: SequenceNumbers) -> None:
        """Keep what was sent, and the numbers."""
        sent = self._sent.setdefault(session, {})
        for output in outputs:
            if isinstance(output, Reset):
                sent.clear()
            elif isinstance(output, Persist) and output.direction is Direction.OUT:
                sent[output.msg_seq_num] = output.data
        self._numbers[session] = numbers

    def sent(self, session: str, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return our messages from ``begin`` to ``end``, both included, by ascending number."""
        sent = self._sent.get(session, {})
        return [(number, sent[number]) for number in range(begin, end + 1) if number in sent]

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


_SCHEMA = """
create table if not exists sessions (
    name text primary key, next_in integer not null, next_out integer not null
) without rowid;
create table if not exists sent (
    session text not null, msg_seq_num integer not null, raw blob not null,
    primary key (session, msg_seq_num)
) without rowid;
"""


class SqliteStore:
    """One SQLite file. Secrets in messages are not stored.

    Args:
        path: the file; made if it is not there.
        durability: ``full``: synced before ``save`` returns. ``normal``: survives a crash of the
            process, and after a loss of power lacks the last messages.
    """

    def __init__(self, path: Path, durability: Literal["full", "normal"] = "full") -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute(f"pragma synchronous = {durability}")
        self._database.executescript(_SCHEMA)

    def numbers(self, session: str) -> SequenceNumbers:
        """Return the stored numbers; 1 and 1 for a session never seen."""
        found = self._database.execute(
            "select next_in, next_out from sessions where name = ?", (session,)
        ).fetchone()
        return SequenceNumbers(*found) if found else SequenceNumbers()

    def save(self, session: str, outputs: Sequence[Output], numbers: SequenceNumbers) -> None:
        """Store what was sent, and the numbers, in one transaction."""
        database = self._database
        database.execute("begin")
        try:
            for output in outputs:
                if isinstance(output, Reset):
                    database.execute("delete from sent where session = ?", (session,))
                elif isinstance(output, Persist) and output.direction is Direction.OUT:
                    row = (session, output.msg_seq_num, mask_secrets(output.data))
                    database.execute("insert into sent values (?, ?, ?)", row)
            last = (session, numbers.next_in, numbers.next_out)
            database.execute("insert or replace into sessions values (?, ?, ?)", last)
            database.execute("commit")
        except sqlite3.Error:
            database.execute("rollback")
            raise

    def sent(self, session: str, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return our messages from ``begin`` to ``end``, both included, by ascending number."""
        return self._database.execute(
            "select msg_seq_num, raw from sent where session = ? and msg_seq_num between ? and ? "
            "order by msg_seq_num",
            (session, begin, end),
        ).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._database.close()
