"""The router is killed again and again while it trades; see ``scripts/crash-test``."""

from random import Random

import pytest
from crash_run import CrashRun

ORDERS = 1_200
KILLS = 10
REFUSALS = 2


@pytest.fixture
def run(tmp_path):
    """Everything for a run of a new seed; stopped at the end."""
    crash_run = CrashRun(tmp_path / "run", ORDERS, Random().randrange(1_000_000))
    yield crash_run
    crash_run.stop()


# Every restart takes some seconds, and several times that where other work takes the processors.
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_by_kills_and_refusals(run):
    """Every order becomes final; venues, store and clients agree on each fill.

    No MsgSeqNum(34) is left out or used twice, no ExecID(17) is used twice, no order reaches a
    venue twice, and the state that is folded from the store is what the clients believe.
    """
    run.trade(KILLS, REFUSALS)
    run.stop()
    comparison, faults = run.judge()
    assert (comparison.differences, comparison.faults, faults) == ((), (), []), run.seed
    assert comparison.orders == ORDERS
    assert run.done["kills of router"] >= KILLS
