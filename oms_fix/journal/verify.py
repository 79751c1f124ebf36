"""``verify``: whether a store is as it was written, and says what the core would say again.

Four parts: the file, as SQLite sees it; the checksum chain; the session numbers, which are the sum
of what the batches set; and the events, which the core must decide anew from the commands. All
from one moment, whatever is committed meanwhile.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct

from oms_fix.core.orders.state import State
from oms_fix.journal.chain import BrokenChainError, check, sealed_batches
from oms_fix.journal.reading import open_read_only
from oms_fix.journal.records import StoreError
from oms_fix.journal.rerun import OtherDecisionError, decide_again, decisions
from oms_fix.journal.rows import RECORD_VERSION
from oms_fix.journal.schema import check_version

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and how far it will come."""

_PROGRESS_STEP = 10_000


class Problem(Struct, frozen=True):
    """What is wrong with one part: ``file``, ``chain``, ``sessions`` or ``events``."""

    part: str
    text: str


class Verification(Struct, frozen=True):
    """What was looked at, and the first problem of each part."""

    store: str
    batches: int
    commands: int
    events: int
    problems: tuple[Problem, ...]


def verify(path: Path, progress: Progress) -> Verification:
    """Verify a store.

    Args:
        path: its file; a daemon may be writing to it.
        progress: called now and then.

    Raises:
        StoreError: it cannot be read as a message store at all.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no message store here")
    with closing(open_read_only(path)) as store:
        try:
            store.execute("begin")
            check_version(store)
            return _verify(path, store, progress)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path}: cannot be read as a message store: {error}") from error


def _verify(path: Path, store: sqlite3.Connection, progress: Progress) -> Verification:
    found = [
        ("file", _check_file(store, progress)),
        ("chain", _check_chain(store, progress)),
        ("sessions", _check_sessions(store)),
        ("events", _check_events(store, progress)),
    ]
    return Verification(
        store=str(path),
        batches=_count(store, "batches"),
        commands=_count(store, "commands"),
        events=_count(store, "events"),
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
    expected: int | None = None
    try:
        for done, batch in enumerate(sealed_batches(store), 1):
            batch_id, version, _ = batch.rows.header
            if expected is not None and batch_id != expected:
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
    for (changed,) in store.execute("select sessions from batches order by id"):
        numbers.update(msgspec.json.decode(changed))
    rows = store.execute("select name, epoch, next_in, next_out from sessions")
    found = {name: list(each) for name, *each in rows}
    for name in sorted({*numbers, *found}):
        if numbers.get(name) != found.get(name):
            told = f"epoch, next in, next out are {found.get(name)}"
            return f"{name}: {told}, the last batch of it set {numbers.get(name)}"
    return None


def _check_events(store: sqlite3.Connection, progress: Progress) -> str | None:
    state = State()
    total = _count(store, "commands")
    try:
        for done, decision in enumerate(decisions(store), 1):
            try:
                decide_again(state, decision)
            except msgspec.DecodeError as error:
                return f"command {decision.command_id} or an event of it cannot be read: {error}"
            _tell(progress, "events", done, total)
    except OtherDecisionError as problem:
        return str(problem)
    return None


def _tell(progress: Progress, part: str, done: int, total: int) -> None:
    if done % _PROGRESS_STEP == 0 or done == total:
        progress(part, done, total)
