"""The keys that say when a session is open, in a settings file."""

from datetime import time

import pytest

from oms_fix.fix import ConfigError, load_settings
from oms_fix.fix.schedule import Schedule

HEAD = """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=OMSFIX
SocketAcceptPort=9876
"""
SESSION = "[SESSION]\nBeginString=FIX.4.4\nTargetCompID=PEER\n"


@pytest.fixture
def schedule(tmp_path):
    """Return the schedule of a session with these lines, and with these in [DEFAULT]."""

    def schedule(lines, default=""):
        path = tmp_path / "clients.cfg"
        path.write_text(f"{HEAD}{default}\n{SESSION}{lines}\n")
        (settings,) = load_settings(path)
        return settings.schedule

    return schedule


@pytest.fixture
def problems(schedule):
    """Return what is wrong with lines of a session, as ``line: text``."""

    def problems(lines, default=""):
        with pytest.raises(ConfigError) as caught:
            schedule(lines, default)
        return [f"{problem.line}: {problem.text}" for problem in caught.value.problems]

    return problems


def test_without_hours_a_session_is_always_open(schedule):
    """No StartTime and EndTime, no schedule."""
    assert schedule("") is None


def test_daily_hours(schedule):
    """Times, zone, weekdays in any usual abbreviation, and holidays of a market."""
    lines = (
        "StartTime=08:30:00\nEndTime=17:00:05\nTimeZone=America/New_York\n"
        "Weekdays=Mon, tu,Wednesday\nHolidays=XNYS"
    )
    assert schedule(lines) == Schedule.daily(
        time(8, 30),
        time(17, 0, 5),
        time_zone="America/New_York",
        weekdays=frozenset((0, 1, 2)),
        holidays="XNYS",
    )


def test_weekly_hours(schedule):
    """StartDay and EndDay make one session of the week; the zone is UTC unless given."""
    lines = "StartDay=Sunday\nStartTime=17:00:00\nEndDay=fri\nEndTime=16:00:00"
    assert schedule(lines) == Schedule.weekly(6, time(17), 4, time(16))


def test_non_stop_session_overrides_the_default(schedule):
    """NonStopSession=Y takes a session out of the hours that [DEFAULT] gives to all."""
    default = "StartTime=08:00:00\nEndTime=17:00:00\nWeekdays=Mon"
    assert schedule("NonStopSession=Y", default) is None
    assert schedule("NonStopSession=N", default) is not None


def test_a_time_zone_for_all_needs_no_hours(schedule):
    """What [DEFAULT] shares may be without effect for a session that has no hours."""
    assert schedule("", "TimeZone=Europe/London") is None


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("StartTime=8:30:00", "a time of day as hh:mm:ss, such as 08:30:00"),
        ("StartTime=24:00:00", "a time of day as hh:mm:ss, such as 08:30:00"),
        ("EndTime=17:00", "a time of day as hh:mm:ss, such as 17:00:00"),
        ("StartDay=m", "a day of the week, such as Monday, Mon or mo"),
        ("EndDay=Mondays", "a day of the week, such as Monday, Mon or mo"),
        ("Weekdays=Mon,,Tue", "days of the week, such as Mon,Tue,Wed,Thu,Fri"),
        ("Holidays=XXXX", "a market with a calendar, such as XNYS or XLON"),
        ("TimeZone=Europe", "a zone such as America/New_York or UTC"),
        ("TimeZone=Europe/Lundon", "a zone such as America/New_York or UTC"),
        ("TimeZone=../etc/passwd", "a zone such as America/New_York or UTC"),
        ("NonStopSession=yes", "Y or N"),
    ],
)
def test_values_that_are_not_allowed(problems, line, allowed):
    """A value that cannot be read is reported with what is allowed."""
    assert problems(line)[0] == f"9: {line}: not allowed; {allowed}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("StartTime=08:00:00", ["9: StartTime without EndTime"]),
        ("EndTime=08:00:00", ["9: EndTime without StartTime"]),
        (
            "StartTime=08:00:00\nEndTime=17:00:00\nStartDay=Mon",
            ["11: StartDay without EndDay"],
        ),
        ("Weekdays=Mon", ["9: Weekdays means nothing without StartTime and EndTime"]),
        (
            "NonStopSession=Y\nStartTime=08:00:00",
            ["10: StartTime means nothing with NonStopSession=Y"],
        ),
        (
            "StartTime=08:00:00\nEndTime=17:00:00\nStartDay=Mon\nEndDay=Fri\nHolidays=XNYS",
            ["13: Holidays means nothing for a session from StartDay to EndDay"],
        ),
    ],
)
def test_keys_that_do_not_fit_together(problems, lines, expected):
    """A key without its other half, or without effect, is reported at its line."""
    assert problems(lines) == expected


def test_use_local_time_is_refused(problems):
    """Hours that depend on the machine are refused, and what to do instead is said."""
    (problem,) = problems("UseLocalTime=Y")
    assert problem == (
        "9: UseLocalTime is not taken: hours would depend on the machine; give the time zone by "
        "TimeZone, such as TimeZone=Europe/London"
    )
