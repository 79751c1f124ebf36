"""A reserve of disk space beside the store: a file that holds the place of what is yet to come.

While it is whole, what an order needs to be ended in good order (its fills, its cancel, their
reports) has room even when the disk is full: a commit that fails gives the reserve up and is made
again. It is taken again once there is room.
"""

import os
from pathlib import Path

MEGABYTE = 1_000_000


class DiskReserve:
    """One file of a fixed size.

    Safe to be given up on one thread and taken on another: the file is all that there is of it.

    Args:
        store: the store's file; the reserve is made beside it, by the name ``<store>.reserve``.
        size: of the reserve in bytes.
    """

    def __init__(self, store: Path, size: int) -> None:
        self.path = store.with_name(f"{store.name}.reserve")
        self.size = size

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there."""
        try:
            return self.path.stat().st_size == self.size
        except OSError:
            return False

    def free_bytes(self) -> int:
        """Return what the disk has free for us beside the reserve; OSError if it does not say."""
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize

    def take(self) -> None:
        """Make it whole; OSError, and nothing is taken, if that cannot be."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            os.ftruncate(file, 0)
            _allocate(file, self.size)
        finally:
            os.close(file)

    def give_up(self) -> None:
        """Let go of the space; the file goes too. OSError if it cannot be."""
        self.path.unlink(missing_ok=True)


def _allocate(file: int, size: int) -> None:
    """Allocate blocks, not only a length (posix_fallocate(3)); none if there are too few."""
    try:
        os.posix_fallocate(file, 0, size)
    except OSError:
        os.ftruncate(file, 0)
        raise
