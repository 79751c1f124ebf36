"""Files that are replaced as a whole or not at all, whenever the power goes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file, ``path`` with ``.new`` behind, that takes the place of ``path`` after the block.

    If the block raises, ``path`` stays as it is.

    Raises:
        OSError: it cannot be written, or another process is doing the same.
    """
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.truncate(0)  # what a process that was killed has left
        yield file
        file.flush()
        os.fsync(file.fileno())
        new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder, as they are now, on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
