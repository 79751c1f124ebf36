"""Opening a store for reading only, beside the daemon that writes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from oms_fix.journal.records import StoreError
from oms_fix.journal.schema import check_version

_BUSY_TIMEOUT_S = 10


def open_read_only(path: Path) -> sqlite3.Connection:
    """Connect to a store, or whatever else the file is.

    A WAL database needs its -shm file even for reading. Where that is missing and the folder does
    not let us make one, nobody has the store open; if there is no -wal file either, everything
    committed is in the main file and it can be read as one that does not change.
    """
    connection = _connect(path, "mode=ro")
    try:
        connection.execute("select 1 from sqlite_master").fetchone()
    except sqlite3.OperationalError:
        if path.with_name(f"{path.name}-wal").exists():
            return connection
        connection.close()
        return _connect(path, "mode=ro&immutable=1")
    except sqlite3.DatabaseError:
        return connection  # the first query of the reader says what is wrong with the file
    return connection


@contextmanager
def one_moment(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store for as long as the block runs; all that is read is of one moment.

    Raises:
        StoreError: there is none, or what the file holds cannot be read as one.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no message store here")
    with closing(open_read_only(path)) as store:
        try:
            store.execute("begin")
            check_version(store)
            yield store
        except (sqlite3.DatabaseError, StoreError) as error:
            raise StoreError(f"{path}: cannot be read as a message store: {error}") from error


def _connect(path: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?{options}",
        uri=True,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
    )
