"""What one file of a store carries over from the one before: orders, state, session numbers.

In the next file it is readable like the rest: rows of ``carried`` with JSON bodies. ``meta`` says
which file was before, with which checksum it ended, and with which numbers of rows.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from oms_fix.core.image import StateImage, image_of, state_of
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.journal import schema
from oms_fix.journal.chain import last_checksum
from oms_fix.journal.days import name_of_day, next_path
from oms_fix.journal.records import Carried
from oms_fix.journal.replacing import sync_folder

_encode = msgspec.json.Encoder().encode
_decode_image = msgspec.json.Decoder(StateImage).decode
_decode_order = msgspec.json.Decoder(Order).decode

COUNTED = ("batches", "messages", "commands", "events")
"""The tables whose numbers go on from file to file."""


def carried_of(day: str, state: State) -> Carried:
    """Return what the file after a trading day is to begin with; encoded, the state may change."""
    orders = [("order", order.order_id, _text(order)) for order in state.orders.values()]
    return Carried(day, [("state", "", _text(image_of(state))), *orders])


def _text(value: object) -> str:
    return _encode(value).decode()


def carried_state(store: sqlite3.Connection) -> State:
    """Return the state that a file begins with; an empty one for the first."""
    row = store.execute("select body from carried where kind = 'state'").fetchone()
    return State() if row is None else state_of(_decode_image(row[0]), _orders(store))


def _orders(store: sqlite3.Connection) -> Iterator[Order]:
    for (body,) in store.execute("select body from carried where kind = 'order' order by id"):
        yield _decode_order(body)


def last_number(store: sqlite3.Connection, table: str) -> int:
    """Return the highest number given out in a table, in this file or the ones before."""
    (last,) = store.execute(f"select max(id) from {table}").fetchone()  # noqa: S608  # our names
    return number_before(store, table) if last is None else int(last)


def number_before(store: sqlite3.Connection, table: str) -> int:
    """Return the highest number given out in a table in the files before this one."""
    query = "select value from meta where key = ?"
    row = store.execute(query, (f"last_of_{table}",)).fetchone()
    return 0 if row is None else int(row[0])


def begin_next(path: Path, store: sqlite3.Connection, carried: Carried) -> None:
    """Make the file that follows, whole and on the disk.

    Args:
        path: the file of now.
        store: open on it; its last batch ends the day.
        carried: what goes over.
    """
    for written in (path, path.with_name(f"{path.name}-wal")):
        _sync(written)  # of what the next file goes on from nothing may be lost
    unfinished = path.with_name(f"{path.name}.next.new")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as begun:
        begun.execute("pragma journal_mode = off")  # it counts for nothing until it is renamed
        begun.execute("pragma synchronous = off")
        schema.create(begun)
        begun.execute("begin")
        _fill(begun, path, store, carried)
        begun.execute("commit")
    _sync(unfinished)
    unfinished.rename(next_path(path))
    sync_folder(path.parent)


def _fill(
    begun: sqlite3.Connection, path: Path, store: sqlite3.Connection, carried: Carried
) -> None:
    numbers = {f"last_of_{table}": str(last_number(store, table)) for table in COUNTED}
    said = {
        "predecessor": name_of_day(path, carried.day),
        "previous_checksum": last_checksum(store),
        **numbers,
    }
    begun.executemany("insert into meta values (?, ?)", said.items())
    sessions = store.execute("select name, epoch, next_in, next_out from sessions").fetchall()
    begun.executemany("insert into sessions values (?, ?, ?, ?)", sessions)
    rows = [("session", name, _text(numbers)) for name, *numbers in sessions] + carried.rows
    begun.executemany("insert into carried (kind, name, body) values (?, ?, ?)", rows)


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
