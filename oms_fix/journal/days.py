"""The files of a store: one for each trading day, one after the other.

Theory of operation
-------------------
The store is one file, ``oms.db``, to which everything goes. The batch that ends a trading day is
the last one in it. Then the next file is begun, in which the checksum chain goes on and which has
what is carried over (``carry.py``), and the old one is given the name of its day:

1. the batch that ends the day is stored;
2. the next file is made, whole and on the disk, as ``oms.db.next``;
3. ``oms.db``, and what SQLite has beside it, is renamed to ``oms-2026-11-23.db``, which the next
   file names as its predecessor;
4. ``oms.db.next`` is renamed to ``oms.db``.

Wherever this ends, the next start goes on, or the next try of a commit that the disk refused:
``finish`` does what is left of steps 3 and 4 if there is an ``oms.db.next``; a store whose last
event is the end of a day has step 2 before it. A process that has the old file open goes on reading
it under its new name.
"""

import gzip
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from oms_fix.journal.reading import one_moment, open_read_only
from oms_fix.journal.records import StoreError
from oms_fix.journal.replacing import sync_folder
from oms_fix.journal.schema import check_version

COMPRESSED = ".gz"
_DAY = r"(\d{4}-\d{2}-\d{2}(?:-\d+)?)"
_AGAIN = tuple(f"-{count}" for count in range(2, 100))
BESIDE = ("-wal", "-shm")
"""What SQLite has beside the file of a database."""


def next_path(store: Path) -> Path:
    """Return where the next file is made."""
    return store.with_name(f"{store.name}.next")


def name_of_day(store: Path, day: str) -> str:
    """Return the name that a store's file gets when its day is over; no two get the same."""
    files = [day_file(store, f"{day}{again}") for again in ("", *_AGAIN)]
    return next(file.name for file in files if not _is_there(file))


def day_file(store: Path, day: str) -> Path:
    """Return the file of a trading day that is over, which may be compressed or not there."""
    return store.with_name(f"{store.stem}-{day}{store.suffix}")


def days_of(store: Path) -> list[str]:
    """Return the trading days of which there are files, the first one first."""
    pattern = re.escape(f"{store.stem}-") + _DAY + re.escape(store.suffix)
    names = (path.name.removesuffix(COMPRESSED) for path in store.parent.iterdir())
    return sorted({found[1] for found in (re.fullmatch(pattern, name) for name in names) if found})


def _is_there(file: Path) -> bool:
    return file.exists() or file.with_name(f"{file.name}{COMPRESSED}").exists()


def finish(store: Path) -> None:
    """Put the next file into the place of the old one, or do what is left of that."""
    new = next_path(store)
    if not new.exists():
        return
    with closing(open_read_only(new)) as begun:
        old = store.with_name(str(predecessor(begun)))
    if not old.exists():
        store.rename(old)
    for beside in BESIDE:
        with suppress(FileNotFoundError):  # none is left, or it is renamed already
            store.with_name(store.name + beside).rename(f"{old}{beside}")
    store.with_name(f"{store.name}.snapshot").unlink(missing_ok=True)  # it is of the old file
    sync_folder(store.parent)
    new.rename(store)
    sync_folder(store.parent)


def predecessor(store: sqlite3.Connection) -> str | None:
    """Return the name of the file before this one, None if this is the first."""
    row = store.execute("select value from meta where key = 'predecessor'").fetchone()
    return None if row is None else str(row[0])


@contextmanager
def open_day(file: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the file of an earlier day to read it; None if it is not there any more.

    One that was compressed is opened as it was before.
    """
    packed = file.with_name(f"{file.name}{COMPRESSED}")
    if file.exists():
        with closing(open_read_only(file)) as store:
            yield store
    elif packed.exists():
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
            unpacked = Path(folder) / file.name
            with gzip.open(packed) as source, unpacked.open("wb") as target:
                shutil.copyfileobj(source, target)
            with closing(open_read_only(unpacked)) as store:
                yield store
    else:
        yield None


@contextmanager
def one_day(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of a day, as of one moment; one that was compressed as it was before.

    Raises:
        StoreError: there is none, or what the file holds cannot be read as one.
    """
    file = path.with_name(path.name.removesuffix(COMPRESSED))
    if file.is_file() or not file.with_name(f"{file.name}{COMPRESSED}").is_file():
        with one_moment(file) as store:
            yield store
        return
    try:
        with open_day(file) as unpacked:
            assert unpacked is not None, "it is there"
            check_version(unpacked)
            yield unpacked
    except (sqlite3.DatabaseError, OSError, EOFError, StoreError) as error:
        raise StoreError(f"{path}: cannot be read as a message store: {error}") from error


def ended_day(store: sqlite3.Connection) -> str | None:
    """Return the trading day whose end is the last event of a file, None if it goes on."""
    row = store.execute(
        "select iif(kind = 'TradingDayEnded', json_extract(body, '$.day'), null)"
        " from events order by id desc limit 1"
    ).fetchone()
    return None if row is None else row[0]


def sent_messages(
    store: sqlite3.Connection, folder: Path, session: str, epoch: int, begin: int, end: int
) -> list[tuple[int, bytes]]:
    """Return (MsgSeqNum, raw) of our messages, in order, from as many files as it takes."""
    rows: list[tuple[int, bytes]] = store.execute(
        "select msg_seq_num, raw from messages where session = ? and direction = 'out'"
        " and epoch = ? and msg_seq_num between ? and ? order by msg_seq_num, id",
        (session, epoch, begin, end),
    ).fetchall()
    first, name = _first_number(store, session, epoch), predecessor(store)
    if begin >= first or name is None:
        return rows
    with open_day(folder / name) as before:
        if before is None:
            return rows
        earlier = sent_messages(before, folder, session, epoch, begin, min(end, first - 1))
    return earlier + rows


def _first_number(store: sqlite3.Connection, session: str, epoch: int) -> int:
    """Return the first MsgSeqNum(34) of ours that a file can have; the ones before are earlier."""
    row = store.execute(
        "select json_extract(body, '$[0]'), json_extract(body, '$[2]') from carried"
        " where kind = 'session' and name = ?",
        (session,),
    ).fetchone()
    return int(row[1]) if row is not None and row[0] == epoch else 1
