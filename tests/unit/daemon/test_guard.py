"""The guard tells the core whether orders may be taken, by the disk, the store and the clock."""

import asyncio

from oms_fix.core.orders.state import State
from oms_fix.daemon.alarms import Alarms
from oms_fix.daemon.clock import SteadyClock
from oms_fix.daemon.committer import Outage
from oms_fix.daemon.guard import Guard
from oms_fix.model.commands import SetAccepting

SECOND = 1_000_000_000
MB = 1_000_000


class Reserve:
    """A reserve of 10 MB on a disk with this room left beside it."""

    def __init__(self):
        self.size = 10 * MB
        self.path = "oms.db.reserve"
        self.room = 100 * MB
        self.is_whole = False
        self.error = None

    def free_bytes(self):
        if self.error is not None:
            raise self.error
        return self.room

    def take(self):
        self.is_whole = True
        self.room -= self.size


class Sequencer:
    """Remembers what the core is told."""

    def __init__(self):
        self.state = State()
        self.outage = None
        self.told = []

    def check_store(self):
        pass

    def execute(self, command):
        self.told.append(command)
        self.state.not_accepting = None if command.accepting else command.reason


class Watched:
    """A guard, and what it watches."""

    def __init__(self):
        self.now = 0
        self.ahead = 0
        self.reserve = Reserve()
        self.sequencer = Sequencer()
        clock = SteadyClock(60 * SECOND, lambda: self.now + self.ahead, lambda: self.now)
        self.alarms = Alarms(clock.now)
        self.guard = Guard(self.sequencer, self.reserve, clock, self.alarms)

    def check(self, seconds=1):
        """Let time pass; return why nothing is taken, and the texts of the alarms."""
        for _ in range(seconds):
            self.now += SECOND
            asyncio.run(self.guard.check())
        return self.sequencer.state.not_accepting, [alarm.text for alarm in self.alarms.all]


def test_the_reserve_is_taken_at_the_start():
    """With room enough nothing is to be told."""
    watched = Watched()
    assert watched.check() == (None, [])
    assert watched.reserve.is_whole
    assert watched.sequencer.told == []


def test_an_alarm_of_others_stops_no_orders():
    """What somebody has to look at elsewhere is no reason to refuse what is new."""
    watched = Watched()
    watched.alarms.set("not_let_go", "an order")
    assert watched.check() == (None, ["an order"])
    assert watched.sequencer.told == []


def test_orders_stop_below_the_reserve_and_go_on_above_twice_of_it():
    """What lies between keeps the two from alternating."""
    watched = Watched()
    watched.check()
    found = []
    for room in (10, 9, 10, 19, 20, 10):
        watched.reserve.room = room * MB
        found.append(watched.check()[0])
    assert found == [None, "disk_low", "disk_low", "disk_low", None, None]
    no, yes = SetAccepting(accepting=False, reason="disk_low"), SetAccepting(accepting=True)
    assert watched.sequencer.told == [no, yes]


def test_a_reserve_that_was_given_up_is_taken_when_twice_of_it_stays_free():
    """Until then no orders are taken."""
    watched = Watched()
    watched.check()
    watched.reserve.is_whole = False
    watched.reserve.room = 5 * MB
    assert watched.check()[0] == "disk_low"
    watched.reserve.room = 29 * MB
    text = "29 MB free, the reserve of 10 is given up"
    assert watched.check() == ("disk_low", [text])
    watched.reserve.room = 30 * MB
    assert watched.check() == (None, [])
    assert watched.reserve.is_whole


def test_a_disk_that_does_not_answer_is_an_alarm():
    """Nobody knows whether there is room."""
    watched = Watched()
    watched.reserve.error = OSError(5, "Input/output error")
    assert watched.check() == ("disk_low", ["oms.db.reserve: Input/output error"])


def test_orders_go_on_five_seconds_after_an_outage():
    """A disk that failed is trusted again when it has been written for a while."""
    watched = Watched()
    watched.check()
    watched.sequencer.outage = Outage(0, "disk I/O error")
    assert watched.check() == ("store_unavailable", ["disk I/O error"])
    watched.sequencer.outage = None
    assert watched.check(4)[0] == "store_unavailable"
    assert watched.check() == (None, [])


def test_orders_go_on_after_an_outage_though_the_clock_was_set_back():
    """By an hour, and believed, while the store was not trusted yet: that ends all the same."""
    watched = Watched()
    watched.check()
    watched.ahead = -3600 * SECOND
    watched.check(58)
    watched.sequencer.outage = Outage(0, "disk I/O error")
    watched.check()
    watched.sequencer.outage = None
    assert watched.check(5)[0] == "store_unavailable"
    assert watched.check(5) == (None, [])


def test_all_reasons_are_told():
    """By the names of the alarms."""
    watched = Watched()
    watched.check()
    watched.reserve.room = 0
    watched.check()
    watched.ahead = -90 * SECOND
    reason, texts = watched.check()
    assert reason == "clock_leapt,disk_low"
    assert texts[-1] == "the system's clock has leapt back by 90.0 s"
