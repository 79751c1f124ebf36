"""Old files of a store: compressed after a while, deleted after a long while.

A file is compressed beside itself and only then removed, so that there is always one of them, or
for a moment both. Age is counted in days from the trading day in its name.
"""

import gzip
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from msgspec import Struct

from oms_fix.journal.days import BESIDE, COMPRESSED, day_file, days_of
from oms_fix.journal.reading import open_read_only
from oms_fix.journal.replacing import replacing

_DATE_CHARACTERS = 10


class Archived(Struct, frozen=True):
    """What was done: trading days by what became of their files."""

    compressed: tuple[str, ...]
    deleted: tuple[str, ...]


def archive(store: Path, today: date, compress_after_days: int, delete_after_days: int) -> Archived:
    """Compress and delete files of earlier trading days that are old enough.

    Args:
        store: the store's file, which is left alone.
        today: what ages are counted up to.
        compress_after_days: files of days longer ago are compressed.
        delete_after_days: files of days longer ago are deleted.

    Raises:
        OSError: a file could not be read, written or deleted; it is as it was.
        sqlite3.Error: a file is no database.
    """
    compressed, deleted = [], []
    for day in days_of(store):
        age_days = (today - date.fromisoformat(day[:_DATE_CHARACTERS])).days
        file = day_file(store, day)
        if age_days > delete_after_days:
            _remove(file)
            _packed(file).unlink(missing_ok=True)
            deleted.append(day)
        elif age_days > compress_after_days and file.exists():
            _compress(file)
            compressed.append(day)
    return Archived(tuple(compressed), tuple(deleted))


def _packed(file: Path) -> Path:
    return file.with_name(f"{file.name}{COMPRESSED}")


def _compress(file: Path) -> None:
    """Put a compressed copy in the place of a file; what SQLite has beside it is in the copy."""
    copy = file.with_name(f"{file.name}.copy")
    copy.unlink(missing_ok=True)  # what a process that was killed has left
    try:
        with closing(open_read_only(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("pragma journal_mode = delete")
        with (
            copy.open("rb") as plain,
            replacing(_packed(file)) as packed,
            gzip.open(packed, "wb") as compressing,
        ):
            shutil.copyfileobj(plain, compressing)
    finally:
        copy.unlink(missing_ok=True)
    _remove(file)


def _remove(file: Path) -> None:
    for name in ("", *BESIDE):
        file.with_name(f"{file.name}{name}").unlink(missing_ok=True)
