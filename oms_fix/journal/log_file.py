"""The write-ahead log of a store as a file, to be synced apart from the commits that write to it.

What a sync that failed has left in the file can be read, but the operating system may not write it
any more, nor fail again (PostgreSQL wiki, "Fsync Errors"): after a loss of power the log would end
there, and all commits after it with it. So the next sync writes all of the log again, where it is.
"""

import os
from pathlib import Path

_CHUNK = 1 << 20


class LogFile:
    """The log of one store, of which nobody writes while it is synced.

    Args:
        store: the store's file.

    Attributes:
        is_ill: the disk may lack what is in it, though it was told to have it: the last sync
            failed, or there was none yet, and of the ones of an earlier process nothing is known.
    """

    def __init__(self, store: Path) -> None:
        self._path = f"{store}-wal"
        self._file: int | None = None
        self.is_ill = True

    def open(self) -> None:
        """Open the file that has the name now; OSError if there is none."""
        self.close()
        self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)

    def close(self) -> None:
        """Close it, if it is open."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def sync(self) -> None:
        """Wait until the disk has all of it; OSError if it may not."""
        assert self._file is not None, "it is open"
        if self.is_ill:
            _write_again(self._file)
        self.is_ill = True
        os.fdatasync(self._file)
        self.is_ill = False


def _write_again(file: int) -> None:
    offset = 0
    while chunk := os.pread(file, _CHUNK, offset):
        offset += os.pwrite(file, chunk, offset)
