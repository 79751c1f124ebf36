"""The read model: tables for people, folded from the committed events of one message store.

It lives in a database of its own beside the store, ``<store>.blotter.db``, and can be deleted at
any time: it is made again from the store. Each refresh folds only the events after the last one
folded. It is rebuilt when its schema is another version's, or when the last event folded is not in
the store any more as it was: then the store was replaced or restored.

Several processes may refresh at once: each portion of events is folded in one transaction, which
takes the write lock first and only then reads how far the model has come.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Self

from sqlite_utils import Database

from oms_fix.blotter.fold import Fold
from oms_fix.blotter.store_reader import StoreReader
from oms_fix.blotter.tables import Tables

# To be raised with every change of the rows or of what events do to them.
SCHEMA_VERSION = 2

_BUSY_TIMEOUT_S = 60
_PORTION_EVENTS = 10_000

Progress = Callable[[int], None]


class ReadModel:
    """The read model of one store.

    Attributes:
        tables: the tables, to be read.
        fallback: why the model is kept in memory instead of beside the store; empty if it is not.
    """

    def __init__(self, reader: StoreReader, path: Path | None = None) -> None:
        self._reader = reader
        self.path = path or beside(reader.path)
        self.fallback = ""
        try:
            connection = _writable(str(self.path))
        except sqlite3.DatabaseError as error:
            self.fallback = f"{self.path} cannot be used: {error}"
            connection = _connect(":memory:")
        self._db = Database(connection, execute_plugins=False)
        self.tables = Tables(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def refresh(self, progress: Progress | None = None) -> None:
        """Fold everything committed since the last refresh, by whomever.

        Args:
            progress: called with the id of the last event folded, while there are more.
        """
        while self._fold_portion() >= _PORTION_EVENTS:
            if progress is not None:
                progress(self.last_event_id)

    @property
    def last_event_id(self) -> int:
        """The id of the last event folded; 0 before the first."""
        return self._checkpoint()[0]

    def _fold_portion(self) -> int:
        """Fold the next events; return how many there were."""
        self._db.execute("begin immediate")
        try:
            last, mark = self._checkpoint()
            if mark is None or (last and self._reader.mark(last) != mark):
                last = 0
                self._rebuild()
            portion = self._reader.events(last, _PORTION_EVENTS)
            if portion:
                fold = Fold(self.tables)
                for stored in portion:
                    fold.apply(stored)
                fold.flush()
                self._save_checkpoint(portion[-1].id)
        except BaseException:
            self._db.rollback()
            for table in self.tables.all:
                table.forget()
            raise
        self._db.commit()
        return len(portion)

    def _checkpoint(self) -> tuple[int, str | None]:
        """Return the last event folded and its mark; no mark if there is nothing to go on from."""
        (version,) = self._db.execute("pragma user_version").fetchone()
        if version != SCHEMA_VERSION:
            return 0, None
        event_id, mark = self._db.execute("select event_id, mark from checkpoint").fetchone()
        return event_id, mark

    def _rebuild(self) -> None:
        for table in self.tables.all:
            table.create()
        checkpoint = self._db.table("checkpoint")
        checkpoint.drop(ignore=True)
        checkpoint.create({"event_id": int, "mark": str})
        checkpoint.insert({"event_id": 0, "mark": ""})
        self._db.execute(f"pragma user_version = {SCHEMA_VERSION}")

    def _save_checkpoint(self, event_id: int) -> None:
        self._db.execute(
            "update checkpoint set event_id = ?, mark = ?",
            (event_id, self._reader.mark(event_id)),
        )


def beside(store: Path) -> Path:
    """Return where the read model of a store is kept."""
    return store.with_name(f"{store.name}.blotter.db")


def _writable(path: str) -> sqlite3.Connection:
    """Connect, and find out now whether the file can be written."""
    connection = _connect(path)
    try:
        connection.execute("begin immediate")
        connection.rollback()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
