"""What a counterparty keeps on its disk: every message, each way, and its sequence numbers.

A message and the numbers after it are one transaction, so that a counterparty that is killed knows
afterwards what it has heard and what it has said, and nothing else; its ledger is read from here.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from oms_fix.fix import SequenceNumbers
from oms_fix.fix.outputs import Direction, Persist, Reset

_SCHEMA = """
create table if not exists sessions (
    name text primary key, next_in integer not null, next_out integer not null
) without rowid;
create table if not exists messages (
    id integer primary key, session text not null, direction text not null,
    msg_seq_num integer not null, msg_type text not null, raw blob not null,
    unique (session, direction, msg_seq_num)
);
"""
_ADMINISTRATIVE = "('0', '1', '2', '4', '5', 'A')"


class RecordStore:
    """The store of a counterparty's engine (the ``Store`` port); numbers are never reset."""

    def __init__(self, path):
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = normal")
        self._database.executescript(_SCHEMA)

    def numbers(self, session):
        """Return the stored numbers; 1 and 1 for a session never seen."""
        found = self._database.execute(
            "select next_in, next_out from sessions where name = ?", (session,)
        ).fetchone()
        return SequenceNumbers(*found) if found else SequenceNumbers()

    def save(self, session, outputs, numbers):
        """Store what came and what was sent, and the numbers, in one transaction."""
        assert not any(isinstance(output, Reset) for output in outputs), "numbers only go up"
        rows = [
            (session, each.direction.value, each.msg_seq_num, each.msg_type, each.data)
            for each in outputs
            if isinstance(each, Persist)
        ]
        with self.together():
            self._database.executemany(
                "insert into messages (session, direction, msg_seq_num, msg_type, raw)"
                " values (?, ?, ?, ?, ?)",
                rows,
            )
            self._database.execute(
                "insert or replace into sessions values (?, ?, ?)",
                (session, numbers.next_in, numbers.next_out),
            )

    @contextmanager
    def together(self):
        """Make one transaction of all that is saved inside."""
        if self._database.in_transaction:
            yield
            return
        self._database.execute("begin")
        yield
        self._database.execute("commit")

    def sent(self, session, begin, end):
        """Return our messages from ``begin`` to ``end``, both included, by ascending number."""
        return self._database.execute(
            "select msg_seq_num, raw from messages where session = ? and direction = ?"
            " and msg_seq_num between ? and ? order by msg_seq_num",
            (session, Direction.OUT.value, begin, end),
        ).fetchall()

    def tidy(self, _now):
        """Keep everything: the ledgers are compared in the end."""
        return False

    def close(self):
        """Close the file."""
        self._database.close()


def told(path, session) -> Iterator[tuple[bool, bytes]]:
    """Yield the messages of a session but for FIX's own, in order: whether it is ours, and raw."""
    with closing(sqlite3.connect(path)) as database:
        for direction, raw in database.execute(
            "select direction, raw from messages where session = ?"
            f" and msg_type not in {_ADMINISTRATIVE} order by id",
            (session,),
        ):
            yield direction == Direction.OUT.value, raw
