"""The state as it was at some moment, folded from the store; nothing is written."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

import msgspec

from oms_fix.core.apply import apply
from oms_fix.core.orders.state import State
from oms_fix.journal.carry import carried_state, number_before
from oms_fix.journal.days import COMPRESSED, one_day, predecessor
from oms_fix.journal.records import StoreError
from oms_fix.journal.rows import decode_event
from oms_fix.journal.snapshot import NoSnapshotError, usable_snapshot


class Moment(NamedTuple):
    """A state, and the moment at which it was so, in nanoseconds since 1970 UTC."""

    state: State
    at: int


def state_at(path: Path, at: int | None) -> Moment:
    """Return the state after all commands up to a moment, or after the last one that is stored.

    Args:
        path: the file of a day, that of now included; a daemon may be writing to it. Where the
            moment is before it, the files before it are looked into.
        at: nanoseconds since 1970 UTC; None: when the last command was handled.

    Raises:
        StoreError: a file is not there or cannot be read, or begins after that moment.
    """
    with one_day(path) as store:
        first = store.execute("select at from commands order by id limit 1").fetchone()
        before = predecessor(store)
        is_earlier = first is None or (at is not None and at < first[0])
        if not is_earlier:
            try:
                return _fold(path, store, at)
            except msgspec.DecodeError as error:
                raise StoreError(f"{path}: an event cannot be read: {error}") from error
    if before is None:
        raise StoreError(f"{path}: nothing was stored by then")
    return state_at(path.with_name(before), at)


def _fold(path: Path, store: sqlite3.Connection, at: int | None) -> Moment:
    """Fold all events of the commands before the first one that is later."""
    later = None
    if at is not None:
        (later,) = store.execute("select min(id) from commands where at > ?", (at,)).fetchone()
    last = "select id, at from commands where ? is null or id < ? order by id desc limit 1"
    command_id, last_at = store.execute(last, (later, later)).fetchone()
    query = "select max(id) from events where command_id <= ?"
    (last_event,) = store.execute(query, (command_id,)).fetchone()
    state, event_id = _base(path, store, last_event or 0)
    events = store.execute(
        "select body from events where id > ? and id <= ? order by id", (event_id, last_event)
    )
    for (text,) in events:
        apply(state, decode_event(text))
    return Moment(state, last_at if at is None else at)


def _base(path: Path, store: sqlite3.Connection, last_event: int) -> tuple[State, int]:
    """Return the state to fold from, and the last event in it: the latest that is not later."""
    try:
        file = path.with_name(path.name.removesuffix(COMPRESSED))
        snapshot = usable_snapshot(file, store)
    except NoSnapshotError:
        snapshot = None
    if snapshot is None or snapshot.event_id > last_event:
        return carried_state(store), number_before(store, "events")
    return snapshot.state(), snapshot.event_id
