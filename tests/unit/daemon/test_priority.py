"""Work beside the router waits for those that serve orders."""

import platform
import subprocess
import sys

_TELL = """
import os, re
from oms_fix.daemon.priority import give_way
give_way()
print(os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0) == os.SCHED_BATCH)
print(*re.findall(r"se.slice +: +([0-9]+)", open("/proc/self/sched").read()))
"""


def _told() -> list[str]:
    """Return what a process that has given way tells of itself; ours would stay so."""
    command = [sys.executable, "-c", _TELL]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def test_is_as_nice_as_can_be_and_never_hasty() -> None:
    """A process that gives way has niceness 19 and is scheduled as a batch."""
    assert _told()[:2] == ["19", "True"]


def test_takes_long_turns() -> None:
    """Its turns are of 100 ms, so that whoever wakes goes first; before Linux 6.12 not."""
    version = tuple(int(each) for each in platform.release().split("-")[0].split(".")[:2])
    has_lengths = version >= (6, 12)
    assert ("100000000" in _told()) is has_lengths
