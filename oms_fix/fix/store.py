"""Where the engine alone keeps sequence numbers and the messages it may have to send again."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
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

    def together(self) -> AbstractContextManager[None]:
        """Make all that is saved inside one: it is stored at the end, or nothing of it is."""

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

    def together(self) -> AbstractContextManager[None]:
        """Do nothing: memory forgets all at once."""
        return nullcontext()

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
        rows: list[tuple[str, int, bytes]] = []
        is_reset = False
        for output in outputs:
            if type(output) is Reset:
                is_reset = True
                rows.clear()
            elif type(output) is Persist and output.direction is Direction.OUT:
                rows.append((session, output.msg_seq_num, mask_secrets(output.data)))
        last = (session, numbers.next_in, numbers.next_out)
        # One statement is a transaction by itself.
        is_alone = not (rows or is_reset or self._database.in_transaction)
        with nullcontext() if is_alone else self.together():
            self._write(last, rows, is_reset=is_reset)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make one transaction of all that is saved inside, also of what is together in there."""
        if self._database.in_transaction:
            yield
            return
        self._database.execute("begin")
        try:
            yield
            self._database.execute("commit")
        except BaseException:
            self._database.execute("rollback")
            raise

    def _write(
        self, last: tuple[str, int, int], rows: list[tuple[str, int, bytes]], *, is_reset: bool
    ) -> None:
        if is_reset:
            self._database.execute("delete from sent where session = ?", last[:1])
        if rows:
            self._database.executemany("insert into sent values (?, ?, ?)", rows)
        self._database.execute("insert or replace into sessions values (?, ?, ?)", last)

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
