"""Schedules agree with an oracle that walks a year minute by minute, looking at the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from oms_fix.fix.schedule import EVERY_DAY, Schedule

MINUTE = timedelta(minutes=1)
MINUTES_OF_YEAR = 365 * 24 * 60
NS_OF_MINUTE = 60_000_000_000
YEAR_START = datetime(2026, 1, 1, tzinfo=UTC)

# Clocks change by an hour on different Sundays in the US and the EU; at midnight in Santiago and
# Beirut; by half an hour at Lord Howe; in the southern summer in Santiago and Sydney; never in UTC.
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "America/Santiago",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Australia/Sydney",
)

times = st.one_of(
    st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 30, 59))),
    st.builds(time, st.integers(0, 3), st.integers(0, 59)),  # where clocks change
)
weekdays = st.frozensets(st.integers(0, 6), min_size=1)
daily = st.builds(
    Schedule.daily,
    times,
    times,
    time_zone=st.sampled_from(ZONES),
    weekdays=weekdays | st.just(EVERY_DAY),
)
weekly = st.builds(
    Schedule.weekly,
    st.integers(0, 6),
    times,
    st.integers(0, 6),
    times,
    time_zone=st.sampled_from(ZONES),
)


def oracle(schedule):
    """Yield, minute by minute, the naive opening of the session that is on, or None.

    The clock is that on the wall, but when it is set back it stands still until it goes on.
    """
    sessions = list(sessions_of(schedule))
    shown = datetime.combine(date.min, time.min)
    for wall in wall_clock(schedule.time_zone):
        shown = max(shown, wall)
        while sessions and sessions[0][1] <= shown:
            sessions.pop(0)
        yield sessions[0][0] if sessions and sessions[0][0] <= shown else None


def sessions_of(schedule):
    """Yield naive openings and closings around the year, the time zone left aside."""
    day = date(2025, 12, 1)
    while day < date(2027, 2, 1):
        if day.weekday() in schedule.weekdays:
            closing_day = day + timedelta(days=schedule.days)
            yield (
                datetime.combine(day, schedule.start_time),
                datetime.combine(closing_day, schedule.end_time),
            )
        day += timedelta(days=1)


def wall_clock(time_zone):
    """Yield what the clock of a zone shows in each minute of the year."""
    zone = ZoneInfo(time_zone)
    for minute in range(MINUTES_OF_YEAR):
        yield (YEAR_START + minute * MINUTE).astimezone(zone).replace(tzinfo=None)


def answers(schedule):
    """Yield, minute by minute, the opening of the session that is on, or None."""
    begin = int(YEAR_START.timestamp()) * 1_000_000_000
    stretch = schedule.at(begin)
    for minute in range(MINUTES_OF_YEAR):
        now = begin + minute * NS_OF_MINUTE
        if now >= stretch.end:
            assert stretch.end == now
            stretch = schedule.at(now)
            assert stretch.begin == now
        yield stretch.session if stretch.is_open else None


@settings(max_examples=8, deadline=None)
@given(daily | weekly)
@example(Schedule.daily(time(2, 30), time(2, 30), time_zone="America/New_York"))
@example(Schedule.daily(time(22), time(1, 30), time_zone="Europe/London"))
@example(Schedule.daily(time(0), time(0, 30), time_zone="Asia/Beirut"))
def test_schedule_agrees_with_the_clock_on_the_wall(schedule):
    """In every minute of a year the session is open if the clock says so, and is the same one."""
    openings = {None: None}
    for found, expected in zip(answers(schedule), oracle(schedule), strict=True):
        assert openings.setdefault(expected, found) == found
    assert len(set(openings.values())) == len(openings)
