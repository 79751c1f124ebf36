"""The demo from start to finish."""

from pathlib import Path

import pytest

from oms_fix.simulator.rebalance import RebalanceRun

SAMPLE = Path(__file__).parents[2] / "config" / "samples" / "rebalance"


@pytest.fixture
def run(tmp_path):
    """The demo, prepared; whatever of it runs at the end is stopped."""
    rebalance = RebalanceRun(SAMPLE, tmp_path / "run")
    rebalance.prepare()
    yield rebalance
    rebalance.stop()


# It takes some ten seconds, and several times that where other work takes the processors.
@pytest.mark.timeout(180)
def test_demo_ends_with_equal_ledgers(run):
    """Every order is answered and final; venues, dealers, store and clients agree on each.

    Of two that are held an operator approves one and rejects one; a tighter limit would have held
    more of them.
    """
    run.start_venues()
    run.start_daemon()
    run.wait_for_venues()
    assert run.wait_for_books() == 3 * 44
    run.start_clients()
    decided = run.decide_on_reviews()
    progress = run.wait()
    assert progress.sent == progress.answered == progress.final == progress.total
    ledgers = run.ledgers()
    assert (ledgers.differences, ledgers.faults) == ((), ())
    assert ledgers.orders > 800
    assert "RB42-0158" in decided
    assert "RB42-0327" in decided
    told = run.what_if()
    assert "held" in told
