"""The daemon's clock follows the system's in small steps, and no leap of it."""

from oms_fix.daemon.clock import Leap, SteadyClock

SECOND = 1_000_000_000
STEADY = 60 * SECOND


class Times:
    """The system's clock and the monotonic one."""

    def __init__(self):
        self.passed = 5 * SECOND
        self.ahead = 1_000_000 * SECOND
        self.clock = SteadyClock(STEADY, lambda: self.passed + self.ahead, lambda: self.passed)

    def check_for(self, seconds):
        """Let time pass, with a check each second; return the last finding."""
        for _ in range(seconds):
            self.passed += SECOND
            found = self.clock.check()
        return found


def test_it_shows_the_systems_time():
    """Nanoseconds since 1970 UTC."""
    times = Times()
    assert times.clock.now() == times.passed + times.ahead


def test_small_steps_are_followed_at_the_next_check():
    """Half a second is no leap."""
    times = Times()
    times.ahead += SECOND // 2
    before = times.clock.now()
    assert times.check_for(1) is None
    assert times.clock.now() == before + SECOND + SECOND // 2


def test_a_leap_is_told_and_not_followed():
    """Time runs on as if nothing had happened, in either direction."""
    for leap in (3600 * SECOND, -3600 * SECOND):
        times = Times()
        before = times.clock.now()
        times.ahead += leap
        assert times.check_for(3) == Leap(leap)
        assert times.clock.now() == before + 3 * SECOND


def test_a_leap_that_is_taken_back_is_over():
    """The two agree again."""
    times = Times()
    times.ahead += 3600 * SECOND
    times.check_for(1)
    times.ahead -= 3600 * SECOND
    assert times.check_for(1) is None


def test_a_new_time_that_is_kept_is_believed():
    """For as long as is configured, and no sooner."""
    times = Times()
    times.ahead += 3600 * SECOND
    assert times.check_for(60) == Leap(3600 * SECOND)
    assert times.check_for(1) is None
    assert times.clock.now() == times.passed + times.ahead


def test_a_second_leap_begins_the_waiting_anew():
    """A clock that goes on leaping is not believed."""
    times = Times()
    times.ahead += 3600 * SECOND
    times.check_for(50)
    times.ahead += 3600 * SECOND
    assert times.check_for(60) == Leap(7200 * SECOND)
