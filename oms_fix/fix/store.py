"""Where the engine alone keeps sequence numbers and the messages it may have to send again."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Literal, Protocol

from oms_fix.fix.outputs import OUT, Output, Persist, Reset
from oms_fix.fix.retention import SCHEMA, Retention
from oms_fix.fix.session import SequenceNumbers

RETENTION_DAYS = 7


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

    def tidy(self, now: int) -> bool:
        """Forget a little of what need not be kept any more; tell whether there may be more of it.

        Called now and then while there is nothing else to do, and soon again if there is more.
        """

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
            elif isinstance(output, Persist) and output.direction is OUT:
                sent[output.msg_seq_num] = output.data
        self._numbers[session] = numbers

    def together(self) -> AbstractContextManager[None]:
        """Do nothing: memory forgets all at once."""
        return nullcontext()

    def sent(self, session: str, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return our messages from ``begin`` to ``end``, both included, by ascending number."""
        sent = self._sent.get(session, {})
        return [(number, sent[number]) for number in range(begin, end + 1) if number in sent]

    def tidy(self, now: int) -> bool:  # noqa: ARG002 - the port's signature
        """Do nothing: a reset has forgotten all that came before it."""
        return False

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


_SCHEMA = """
create table if not exists sessions (
    name text primary key, next_in integer not null, next_out integer not null,
    trading_session integer not null
) without rowid;
create table if not exists sent (
    session text not null, trading_session integer not null, msg_seq_num integer not null,
    raw blob not null, primary key (session, trading_session, msg_seq_num)
) without rowid;
"""
_Row = tuple[str, int, int, bytes]
_INSERT = "insert into sent values (?, ?, ?, ?)"
# One statement for many rows costs a third less than one for each: all but the messages is bound
# once for all, where they are of one trading session and their numbers follow each other.
_ROWS_AT_ONCE = 50
_NUMBERED = [f"(?1, ?2, ?3 + {place}, ?{4 + place})" for place in range(_ROWS_AT_ONCE)]
_INSERT_AT_ONCE = f"insert into sent values {', '.join(_NUMBERED)}"  # noqa: S608 - numbers of ours


class SqliteStore:
    """One SQLite file.

    What was sent is kept by trading session, numbered from 0 for each FIX session: only messages of
    the present one are for resending, those of earlier ones are there for ``retention_days``.

    Args:
        path: the file; made if it is not there.
        durability: ``full``: synced before ``save`` returns. ``normal``: survives a crash of the
            process, and after a loss of power lacks the last messages.
        retention_days: see ``oms_fix.fix.retention``.
    """

    def __init__(
        self,
        path: Path,
        durability: Literal["full", "normal"] = "full",
        retention_days: int = RETENTION_DAYS,
    ) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute(f"pragma synchronous = {durability}")
        self._database.executescript(_SCHEMA + SCHEMA)
        self._retention = Retention(self._database, retention_days)
        self._trading_sessions: dict[str, int] = {}

    def numbers(self, session: str) -> SequenceNumbers:
        """Return the stored numbers; 1 and 1 for a session never seen."""
        found = self._database.execute(
            "select next_in, next_out, trading_session from sessions where name = ?", (session,)
        ).fetchone()
        next_in, next_out, self._trading_sessions[session] = found or (1, 1, 0)
        return SequenceNumbers(next_in, next_out)

    def _trading_session(self, session: str) -> int:
        """Return the number of the present one, as of the last look at the session's numbers."""
        if session not in self._trading_sessions:
            self.numbers(session)
        return self._trading_sessions[session]

    def save(self, session: str, outputs: Sequence[Output], numbers: SequenceNumbers) -> None:
        """Store what was sent, and the numbers, in one transaction."""
        rows: list[_Row] = []
        first = present = self._trading_session(session)
        for output in outputs:
            if type(output) is Reset:
                present += 1
            elif type(output) is Persist and output.direction is OUT:
                rows.append((session, present, output.msg_seq_num, output.data))
        last = (session, numbers.next_in, numbers.next_out, present)
        # One statement is a transaction by itself.
        is_alone = not (rows or present > first or self._database.in_transaction)
        with nullcontext() if is_alone else self.together():
            for ended in range(first, present):
                self._retention.ended(session, ended)
            self._write(last, rows)
        self._trading_sessions[session] = present

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
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._database.in_transaction:  # a full disk, for one, has ended it already
            self._database.execute("rollback")

    def _write(self, last: tuple[str, int, int, int], rows: list[_Row]) -> None:
        for at in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[at : at + _ROWS_AT_ONCE]
            if len(some) == _ROWS_AT_ONCE and _is_row(some):
                self._database.execute(_INSERT_AT_ONCE, [*some[0][:3], *[row[3] for row in some]])
            else:
                self._database.executemany(_INSERT, some)
        self._database.execute("insert or replace into sessions values (?, ?, ?, ?)", last)

    def sent(self, session: str, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return our messages from ``begin`` to ``end``, both included, by ascending number."""
        return self._database.execute(
            "select msg_seq_num, raw from sent where session = ? and trading_session = ? "
            "and msg_seq_num between ? and ? order by msg_seq_num",
            (session, self._trading_session(session), begin, end),
        ).fetchall()

    def tidy(self, now: int) -> bool:
        """Delete a few hundred messages that have been kept long enough."""
        with self.together():
            return self._retention.step(now)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _is_row(rows: list[_Row]) -> bool:
    """Tell whether messages of one save have numbers that follow each other, without a gap."""
    _, trading_session, first, _ = rows[0]
    numbers = [row[2] for row in rows]
    return rows[-1][1] == trading_session and numbers == list(range(first, first + len(rows)))
