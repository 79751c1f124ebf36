"""Processor time that nobody else wants: what work beside the router has to do with."""

import os

_NICENESS = 19


def take_what_is_left() -> None:
    """Have this process run only where no other wants to (SCHED_IDLE), or as nice as can be.

    Niceness alone makes others wait: who wakes up does not take the processor from a nice process
    before its turn of some milliseconds is over, but from one of SCHED_IDLE at once.
    """
    os.nice(_NICENESS)
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # not on Linux, or not allowed: nice it is
        return
