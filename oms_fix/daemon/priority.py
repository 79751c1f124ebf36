"""Little processor time: what work beside the router has to do with."""

import os

_NICENESS = 19


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
