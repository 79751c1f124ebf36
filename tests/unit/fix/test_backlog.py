"""A peer that does not read is warned about at half of a limit, and cut off above it."""

from oms_fix.fix.backlog import Backlog, BacklogWatch

SECOND = 1_000_000_000


def verdicts(watch, *steps):
    """Judge one step after the other: bytes written, backlog, second."""
    found = []
    for written, backlog, second in steps:
        watch.wrote(written)
        found.append(watch.judge(backlog, second * SECOND).name)
    return found


def test_backlog_in_bytes():
    """One warning from half of MaxBacklogBytes on; at the limit itself it is still borne."""
    watch = BacklogWatch(100, 1000)
    steps = [(49, 49, 0), (1, 50, 0), (20, 70, 0), (30, 100, 0), (1, 101, 0)]
    assert verdicts(watch, *steps) == ["FINE", "WARN", "FINE", "FINE", "CUT"]
    assert watch.reason == "slow consumer: backlog of 101 bytes, 0 s without draining"


def test_backlog_that_moves_may_last():
    """However slowly it drains, and also while more is written."""
    watch = BacklogWatch(1000, 10)
    steps = [(100, 100, 0), (0, 99, 4), (50, 148, 8), (0, 147, 12), (0, 146, 16)]
    assert verdicts(watch, *steps) == ["FINE"] * 5


def test_backlog_that_stands_still_is_cut_off():
    """What is written meanwhile is no sign of life."""
    watch = BacklogWatch(1000, 10)
    steps = [(100, 100, 0), (10, 110, 5), (10, 120, 9), (10, 130, 10)]
    assert verdicts(watch, *steps) == ["FINE", "WARN", "FINE", "CUT"]


def test_time_counts_from_the_beginning_of_a_backlog():
    """A connection that was silent for hours owes nothing."""
    watch = BacklogWatch(1000, 10)
    assert verdicts(watch, (10, 0, 0), (10, 10, 5000), (0, 10, 5004)) == ["FINE"] * 3


def test_warns_again_after_the_backlog_was_gone():
    """Once for each time that it comes up."""
    watch = BacklogWatch(100, 10)
    assert verdicts(watch, (60, 60, 0), (0, 0, 1), (60, 60, 2)) == ["WARN", "FINE", "WARN"]


def test_clock_set_back_cuts_nobody_off():
    """What was noted lies in the future then, and is taken for this moment."""
    watch = BacklogWatch(1000, 10)
    steps = [(100, 100, 5000), (0, 100, 0), (0, 100, 4), (0, 100, 10)]
    assert verdicts(watch, *steps) == ["FINE", "FINE", "FINE", "CUT"]
    assert watch.judge(0, 0) is Backlog.FINE
