"""Little processor time: what work beside the router has to do with."""

import ctypes
import os
import platform

_NICENESS = 19
_TURN_NS = 100_000_000  # no longer one is granted
# The system call sched_setattr, which neither Python nor every C library has.
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}


class _Attributes(ctypes.Structure):
    """What sched_setattr takes (Linux manual, sched_setattr(2)).

    For a process without deadlines ``runtime`` is the length of its turns in nanoseconds.
    """

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def give_way() -> None:
    """Have this process wait for those that serve orders: as nice as can be, and never hasty.

    Not SCHED_IDLE: with all processors busy nothing would be read for seconds, and books that are
    old would not be known to be.
    """
    os.nice(_NICENESS)
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except (AttributeError, OSError):  # not on Linux, or not allowed: nice it is
        return
    _take_long_turns()


def _take_long_turns() -> None:
    """Let whoever wakes go first, even when it is our turn and that is not over.

    One who wakes goes before one whose turns are longer; else it waits until the turn is over, some
    milliseconds. Before Linux 6.12 this has no effect (its change log, "sched/eevdf: Allow shorter
    slices to wakeup-preempt").
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if number is None:
        return
    wanted = _Attributes(
        ctypes.sizeof(_Attributes), os.SCHED_BATCH, 0, _NICENESS, 0, _TURN_NS, 0, 0
    )
    ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wanted), 0)  # refused: as it was
