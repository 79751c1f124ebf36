"""When children are overdue that venues have not answered, or not filled, in time."""

import asyncio
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from watched_desk import SECOND, WatchedDesk

from oms_fix.daemon import child_times
from oms_fix.daemon.child_times import ChildTimes
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.journal.records import Counters
from oms_fix.model.venue_health import ChildOverdue


class Watch:
    """A desk with an order at A, which is to answer in 10 seconds, and who watches that."""

    def __init__(self):
        self.desk = WatchedDesk(no_answer_seconds=10)
        self.desk.new()
        self.cut_off = False
        self.told = []
        self._times = ChildTimes(
            self.desk.state, lambda: self.desk.now, lambda: self.cut_off, self._overdue
        )

    def _overdue(self, child_id):
        self.told.append(child_id)
        self.desk.do(ChildOverdue(child_id))

    def after(self, seconds):
        """Look so many seconds later; return how often something was told so far."""
        self.desk.pass_time(seconds)
        self._times.look()
        return len(self.told)


def test_what_is_overdue_is_told():
    """When its time is over, and once for each time."""
    watch = Watch()
    assert [watch.after(9), watch.after(1), watch.after(1), watch.after(9)] == [0, 1, 1, 2]


def test_nothing_is_told_while_nothing_can_be_stored():
    """It is told once that is over."""
    watch = Watch()
    watch.cut_off = True
    assert watch.after(60) == 0
    watch.cut_off = False
    assert watch.after(0) == 1


def test_what_has_to_wait_is_told_later():
    """A venue that is not connected hears of nothing, and nothing is journaled meanwhile."""
    watch = Watch()
    watch.desk.state.sessions_logged_on.discard("A")
    assert watch.after(60) == 0
    watch.desk.state.sessions_logged_on.add("A")
    assert watch.after(0) == 1


def test_what_was_overdue_when_the_router_was_down_is_told_at_its_start():
    """Nobody has to send anything first; the question goes on record with the command."""
    desk = WatchedDesk(no_answer_seconds=10)
    desk.new()
    (child,) = desk.order().children
    batches = []
    store = SimpleNamespace(
        counters=lambda: Counters(0, 0, 0, 0),
        sessions=dict,
        commit=batches.append,
        sync=lambda: None,
        sent=lambda *_: [],
        sent_now=lambda *_: None,
        waits_for_disk=True,
        has_log_to_finish=False,
        checkpoint_is_due=False,
    )

    async def start():
        later = desk.now + 11 * SECOND
        sequencer = Sequencer(desk.state, store, lambda: later, pytest.fail)
        with patch.object(child_times, "_LOOK_SECONDS", 0):
            sequencer.watch_times()
            deadlines = desk.state.child_deadlines[child.child_id]
            while not deadlines.asked:  # noqa: ASYNC110  # the core tells nobody
                await asyncio.sleep(0)
        await sequencer.close()

    asyncio.run(start())
    commands = [each.command for batch in batches for each in batch.commands]
    assert commands == [ChildOverdue(child.child_id)]
