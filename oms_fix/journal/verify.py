"""``verify``: whether a store is as it was written, and says what the core would say again.

Five parts: the file, as SQLite sees it; the checksum chain; the session numbers, which are the sum
of what the batches set; the events, which the core must decide anew from the commands; and the
snapshot, which must be the state that this comes to. All from one moment, whatever is committed
meanwhile. Of the file of an earlier trading day, also what the next file goes on from.
"""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from oms_fix.core.image import difference
from oms_fix.core.orders.state import State
from oms_fix.journal.carry import carried_state, number_before
from oms_fix.journal.chain import BrokenChainError, check, last_checksum, sealed_batches
from oms_fix.journal.days import open_day, predecessor
from oms_fix.journal.reading import one_moment
from oms_fix.journal.records import StoreError
from oms_fix.journal.rerun import OtherDecisionError, decide_again, decisions
from oms_fix.journal.rows import RECORD_VERSION
from oms_fix.journal.schema import check_version
from oms_fix.journal.snapshot import NoSnapshotError, Snapshot, usable_snapshot

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and how far it will come."""

_PROGRESS_STEP = 10_000


class Problem(Struct, frozen=True):
    """What is wrong with one part.

    That is ``file``, ``chain``, ``sessions``, ``events``, ``snapshot`` or ``next``.
    """

    part: str
    text: str


class Verification(Struct, frozen=True):
    """What was looked at, and the first problem of each part.

    ``no_snapshot`` tells why there is no snapshot that a start would use; else that was looked at.
    """

    store: str
    batches: int
    commands: int
    events: int
    no_snapshot: str
    problems: tuple[Problem, ...]


def verify(path: Path, progress: Progress) -> Verification:
    """Verify the file of now of a store.

    Args:
        path: its file; a daemon may be writing to it.
        progress: called now and then.

    Raises:
        StoreError: it cannot be read as a message store at all.
    """
    with one_moment(path) as store:
        return _verify_last(path, store, progress)


def verify_all(path: Path, progress: Progress) -> list[Verification]:
    """Verify the files of all trading days that are there, the first one first.

    What each hands over must be what the next one begins with.

    Args, Raises: as for ``verify``.
    """
    with one_moment(path) as store, ExitStack() as opened:
        files = [(path.name, store)]
        try:
            while (name := predecessor(files[0][1])) is not None:
                before = opened.enter_context(open_day(path.with_name(name)))
                if before is None:
                    break
                check_version(before)
                files.insert(0, (name, before))
            found = [
                _verify(name, before, None, after, progress)
                for (name, before), (_, after) in pairwise(files)
            ]
        except (sqlite3.DatabaseError, OSError, StoreError) as error:
            raise StoreError(f"{path.with_name(str(name))}: {error}") from error
        return [*found, _verify_last(path, store, progress)]


def _verify_last(path: Path, store: sqlite3.Connection, progress: Progress) -> Verification:
    try:
        snapshot = usable_snapshot(path, store)
    except NoSnapshotError as reason:
        found = _verify(path.name, store, None, None, progress)
        return structs.replace(found, no_snapshot=str(reason))
    return _verify(path.name, store, snapshot, None, progress)


def _verify(
    name: str,
    store: sqlite3.Connection,
    snapshot: Snapshot | None,
    after: sqlite3.Connection | None,
    progress: Progress,
) -> Verification:
    found = [
        ("file", _check_file(store, progress)),
        ("chain", _check_chain(store, progress)),
        ("sessions", _check_sessions(store)),
        *_check_events(store, snapshot, after, progress).items(),
    ]
    return Verification(
        store=name,
        batches=_count(store, "batches"),
        commands=_count(store, "commands"),
        events=_count(store, "events"),
        no_snapshot="",
        problems=tuple(Problem(part, text) for part, text in found if text is not None),
    )


def _count(store: sqlite3.Connection, table: str) -> int:
    return int(store.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608  # our names


def _check_file(store: sqlite3.Connection, progress: Progress) -> str | None:
    progress("file", 0, 1)
    answer = str(store.execute("pragma integrity_check(1)").fetchone()[0])
    progress("file", 1, 1)
    return None if answer == "ok" else answer


def _check_chain(store: sqlite3.Connection, progress: Progress) -> str | None:
    total = _count(store, "batches")
    expected = number_before(store, "batches") + 1
    try:
        for done, batch in enumerate(sealed_batches(store), 1):
            batch_id, version, _ = batch.rows.header
            if batch_id != expected:
                return f"batch {expected} is missing"
            check(batch)
            if version > RECORD_VERSION:
                return f"batch {batch_id}: its records are of version {version}, later than ours"
            expected = batch_id + 1
            _tell(progress, "chain", done, total)
    except BrokenChainError as problem:
        return str(problem)
    return None


def _check_sessions(store: sqlite3.Connection) -> str | None:
    """Compare where the sessions stand with what the batches set, one after the other."""
    numbers: dict[str, list[int]] = {}
    carried = store.execute("select name, body from carried where kind = 'session'")
    numbers.update((name, msgspec.json.decode(body)) for name, body in carried)
    for (changed,) in store.execute("select sessions from batches order by id"):
        numbers.update(msgspec.json.decode(changed))
    rows = store.execute("select name, epoch, next_in, next_out from sessions")
    found = {name: list(each) for name, *each in rows}
    for name in sorted({*numbers, *found}):
        if numbers.get(name) != found.get(name):
            told = f"epoch, next in, next out are {found.get(name)}"
            return f"{name}: {told}, the last batch of it set {numbers.get(name)}"
    return None


def _check_events(
    store: sqlite3.Connection,
    snapshot: Snapshot | None,
    after: sqlite3.Connection | None,
    progress: Progress,
) -> dict[str, str | None]:
    """Decide all commands again; compare what this comes to with the snapshot and the next file."""
    state = carried_state(store)
    total = _count(store, "commands")
    found: dict[str, str | None] = {}
    try:
        for done, decision in enumerate(decisions(store), 1):
            if snapshot is not None and decision.batch_id > snapshot.batch_id:
                found["snapshot"] = _compare(snapshot, state)
                snapshot = None
            decide_again(state, decision)
            _tell(progress, "events", done, total)
    except OtherDecisionError as problem:
        return {"events": str(problem)}
    if snapshot is not None:
        found["snapshot"] = _compare(snapshot, state)
    if after is not None:
        found["next"] = _check_next(store, state, after)
    return found


def _check_next(store: sqlite3.Connection, state: State, after: sqlite3.Connection) -> str | None:
    """Compare the end of a file with what the next one says that it goes on from."""
    row = after.execute("select value from meta where key = 'previous_checksum'").fetchone()
    if row != (last_checksum(store),):
        return "the next file goes on from another checksum"
    sessions = "select name, json_array(epoch, next_in, next_out) from sessions order by name"
    carried = "select name, body from carried where kind = 'session' order by name"
    if after.execute(carried).fetchall() != store.execute(sessions).fetchall():
        return "the next file begins with other session numbers"
    other = difference(carried_state(after), state)
    return other and f"the next file begins with other {other}"


def _compare(snapshot: Snapshot, state: State) -> str | None:
    other = difference(snapshot.state(), state)
    return other and f"{other} at event {snapshot.event_id} is not what the events make of it"


def _tell(progress: Progress, part: str, done: int, total: int) -> None:
    if done % _PROGRESS_STEP == 0 or done == total:
        progress(part, done, total)
