"""Faults of a process from outside: its disk refuses, its clock leaps, it dies at a chosen step.

The process runs with ``faults.c`` loaded before its C library, and a file that both share says what
is to go wrong at the moment. The program that is tested knows nothing of it.
"""

import atexit
import functools
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from enum import IntEnum
from pathlib import Path

_SOURCE = Path(__file__).with_name("faults.c")
_FIELDS = (
    "write_errno",
    "sync_errno",
    "open_errno",
    "capacity",
    "clock_ns",
    "kill_step",
    "kill_count",
    "kill_moment",
)
_FIELD = struct.Struct("q")


class Step(IntEnum):
    """What a process does between taking an order in and telling of it."""

    WRITE = 1
    SYNC = 2
    SEND = 3
    RECEIVE = 4


class Moment(IntEnum):
    """When in a step; within a write, half of it is done."""

    BEFORE = 0
    WITHIN = 1
    AFTER = 2


class Faults:
    """What goes wrong in processes that are started with ``environment``.

    Args:
        files: the beginning of the paths of the files that have faults.
        control: the file to share; made.
    """

    def __init__(self, files: Path, control: Path) -> None:
        control.write_bytes(bytes(_FIELD.size * len(_FIELDS)))
        with control.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.environment = {
            **os.environ,
            "LD_PRELOAD": str(_library()),
            "FAULTS": str(control),
            "FAULTS_FILES": str(files.resolve()),
        }

    def refuse(self, *, write: int = 0, sync: int = 0, opening: int = 0) -> None:
        """Have the disk answer with these errors from now on; 0: as it is."""
        self._set(write_errno=write, sync_errno=sync, open_errno=opening)

    def limit(self, capacity: int) -> None:
        """Have the disk no more room than this for all the files, in bytes; 0: as it is."""
        self._set(capacity=capacity)

    def leap(self, seconds: float) -> None:
        """Have the system's clock so much ahead of the time."""
        self._set(clock_ns=int(seconds * 1_000_000_000))

    def kill_at(self, step: Step, moment: Moment, count: int) -> None:
        """Have the process die at a step, at its ``count``-th occurrence from now, once."""
        self._set(kill_step=0)
        self._set(kill_count=count, kill_moment=moment)
        self._set(kill_step=step)

    def spare(self) -> None:
        """Have it live."""
        self._set(kill_step=0)

    def _set(self, **values: int) -> None:
        for name, value in values.items():
            _FIELD.pack_into(self._map, _FIELD.size * _FIELDS.index(name), value)


@functools.cache
def _library() -> Path:
    """Compile ``faults.c``, once a process."""
    folder = tempfile.mkdtemp(prefix="faults-")
    atexit.register(shutil.rmtree, folder)
    library = Path(folder) / "faults.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-o", library, _SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return library
