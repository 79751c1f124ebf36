"""Schedules: when a session is open, and which trading session a moment belongs to."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from oms_fix.fix.schedule import Schedule, has_calendar

MONDAY, TUESDAY, FRIDAY, SUNDAY = 0, 1, 4, 6
WEEKDAYS = frozenset(range(5))
SECOND = 1_000_000_000


def at(text, zone="UTC", fold=0):
    """Return the moment at which the clock of a zone shows ``2026-03-09 08:00``."""
    shown = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(shown.timestamp()) * SECOND


def utc(moment):
    """Return a moment as text in UTC."""
    return datetime.fromtimestamp(moment // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")


def openings(schedule, first, count):
    """Return the openings and closings after a moment, in UTC."""
    found = []
    stretch = schedule.at(first)
    while len(found) < count:
        stretch = schedule.at(stretch.end)
        if stretch.is_open:
            found.append((utc(stretch.begin), utc(stretch.end)))
    return found


def test_the_opening_is_in_the_session_and_the_closing_is_not():
    """A session from 08:00 to 17:00 is open at 08:00:00 and closed at 17:00:00."""
    schedule = Schedule.daily(time(8), time(17))
    moments = ("07:59:59", "08:00:00", "16:59:59", "17:00:00")
    is_open = [schedule.is_open(at(f"2026-03-09 {moment}")) for moment in moments]
    assert is_open == [False, True, True, False]


def test_an_open_stretch_runs_to_the_closing():
    """While open, the stretch is the trading session from its opening to its closing."""
    stretch = Schedule.daily(time(8), time(17)).at(at("2026-03-09 12:00"))
    assert (utc(stretch.begin), utc(stretch.end)) == ("2026-03-09 08:00:00", "2026-03-09 17:00:00")
    assert stretch.session == stretch.begin


def test_a_closed_stretch_belongs_to_the_session_before():
    """After the closing, the numbers are those of the session that was on, until the next opens."""
    stretch = Schedule.daily(time(8), time(17)).at(at("2026-03-09 20:00"))
    assert (utc(stretch.begin), utc(stretch.end)) == ("2026-03-09 17:00:00", "2026-03-10 08:00:00")
    assert utc(stretch.session) == "2026-03-09 08:00:00"


def test_a_session_may_end_before_it_starts():
    """From 17:00 to 16:00 means the next day's 16:00, all of it one trading session."""
    schedule = Schedule.daily(time(17), time(16))
    evening, morning = at("2026-03-09 23:00"), at("2026-03-10 09:00")
    assert schedule.is_open(evening)
    assert schedule.is_open(morning)
    assert schedule.is_same_session(evening, morning)
    assert not schedule.is_open(at("2026-03-10 16:30"))
    assert not schedule.is_same_session(morning, at("2026-03-10 17:00"))


def test_equal_times_make_a_session_of_a_whole_day():
    """From 00:00 to 00:00 is always open, and is another trading session each day."""
    schedule = Schedule.daily(time(0), time(0))
    before, after = at("2026-03-09 23:59:59"), at("2026-03-10 00:00")
    assert schedule.is_open(before)
    assert schedule.is_open(after)
    assert not schedule.is_same_session(before, after)


def test_weekdays_are_the_days_on_which_a_session_opens():
    """An overnight session of Fridays is open on Saturday morning, and not again until Friday."""
    schedule = Schedule.daily(time(17), time(9), weekdays=frozenset((FRIDAY,)))
    assert openings(schedule, at("2026-03-09 12:00"), 2) == [
        ("2026-03-13 17:00:00", "2026-03-14 09:00:00"),
        ("2026-03-20 17:00:00", "2026-03-21 09:00:00"),
    ]


def test_a_session_of_the_week_is_one_trading_session():
    """From Sunday 17:00 to Friday 16:00, nights included, the numbers are the same."""
    schedule = Schedule.weekly(SUNDAY, time(17), FRIDAY, time(16))
    assert openings(schedule, at("2026-03-07 12:00"), 2) == [
        ("2026-03-08 17:00:00", "2026-03-13 16:00:00"),
        ("2026-03-15 17:00:00", "2026-03-20 16:00:00"),
    ]
    assert schedule.is_same_session(at("2026-03-09 03:00"), at("2026-03-13 15:59"))


@pytest.mark.parametrize(
    ("end", "closing"),
    [
        (time(17), "2026-03-09 17:00:00"),
        (time(8), "2026-03-16 08:00:00"),
        (time(7), "2026-03-16 07:00:00"),
    ],
)
def test_a_session_of_the_week_that_ends_on_its_first_day(end, closing):
    """From Monday to Monday it ends the same day if the time is later, else a week after."""
    schedule = Schedule.weekly(MONDAY, time(8), MONDAY, end)
    assert utc(schedule.at(at("2026-03-09 08:00")).end) == closing


def test_us_clocks_change_weeks_before_those_of_the_eu():
    """In New York 09:30 is 13:30 UTC from 8 March 2026 on, in London 08:00 moves on 29 March."""
    weekdays = frozenset((FRIDAY, MONDAY))
    new_york = Schedule.daily(
        time(9, 30), time(16), time_zone="America/New_York", weekdays=weekdays
    )
    london = Schedule.daily(time(8), time(16, 30), time_zone="Europe/London", weekdays=weekdays)
    found = [opening for opening, _ in openings(new_york, at("2026-03-06 00:00"), 2)]
    assert found == ["2026-03-06 14:30:00", "2026-03-09 13:30:00"]
    found = [opening for opening, _ in openings(london, at("2026-03-06 00:00"), 2)]
    assert found == ["2026-03-06 08:00:00", "2026-03-09 08:00:00"]
    found = [opening for opening, _ in openings(london, at("2026-03-27 00:00"), 2)]
    assert found == ["2026-03-27 08:00:00", "2026-03-30 07:00:00"]


def test_eu_clocks_go_back_a_week_before_those_of_the_us():
    """On 25 October 2026 London is back at UTC, on 1 November New York is five hours behind."""
    weekdays = frozenset((FRIDAY, MONDAY))
    new_york = Schedule.daily(
        time(9, 30), time(16), time_zone="America/New_York", weekdays=weekdays
    )
    london = Schedule.daily(time(8), time(16, 30), time_zone="Europe/London", weekdays=weekdays)
    found = [opening for opening, _ in openings(london, at("2026-10-23 00:00"), 2)]
    assert found == ["2026-10-23 07:00:00", "2026-10-26 08:00:00"]
    found = [opening for opening, _ in openings(new_york, at("2026-10-30 00:00"), 2)]
    assert found == ["2026-10-30 13:30:00", "2026-11-02 14:30:00"]


def test_a_session_over_a_change_of_the_clock_is_an_hour_shorter_or_longer():
    """A session of a whole day has 23 hours on 8 March and 25 on 1 November 2026 in New York."""
    schedule = Schedule.daily(time(0), time(0), time_zone="America/New_York")
    for day, hours in (("2026-03-08", 23), ("2026-03-09", 24), ("2026-11-01", 25)):
        stretch = schedule.at(at(f"{day} 12:00", "America/New_York"))
        assert stretch.end - stretch.begin == hours * 3600 * SECOND


def test_a_time_that_the_clock_leaps_over_is_reached_at_the_leap():
    """There is no 02:30 in New York on 8 March 2026: the session opens when it gets 03:00."""
    schedule = Schedule.daily(time(2, 30), time(17), time_zone="America/New_York")
    leap = at("2026-03-08 07:00")
    assert not schedule.is_open(leap - 1)
    assert schedule.at(leap).begin == leap


def test_a_session_in_the_leap_does_not_take_place():
    """A session from 02:15 to 02:45 is left out on the day that has no such times."""
    schedule = Schedule.daily(time(2, 15), time(2, 45), time_zone="America/New_York")
    assert openings(schedule, at("2026-03-07 12:00"), 1) == [
        ("2026-03-09 06:15:00", "2026-03-09 06:45:00")
    ]


def test_what_has_closed_does_not_open_again_when_the_clock_goes_back():
    """London shows 01:30 twice on 25 October 2026: a session that ends then ends the first time."""
    schedule = Schedule.daily(time(20), time(1, 30), time_zone="Europe/London")
    assert schedule.is_open(at("2026-10-25 01:29", "Europe/London"))
    assert not schedule.is_open(at("2026-10-25 01:30", "Europe/London"))
    assert not schedule.is_open(at("2026-10-25 01:15", "Europe/London", fold=1))


@pytest.mark.parametrize(
    ("market", "holiday"),
    [
        ("XNYS", "2026-11-26"),  # Thanksgiving
        ("XNYS", "2026-07-03"),  # Independence Day, observed
        ("XLON", "2026-08-31"),  # Summer Bank Holiday
        ("XETR", "2026-05-01"),  # Labour Day
    ],
)
def test_no_session_opens_on_a_holiday(market, holiday):
    """On a holiday of the market the session stays closed all day."""
    schedule = Schedule.daily(time(0), time(0), weekdays=WEEKDAYS, holidays=market)
    noon = at(f"{holiday} 12:00")
    assert not schedule.is_open(noon)
    assert schedule.is_open(at("2026-11-25 12:00"))
    assert Schedule.daily(time(0), time(0), weekdays=WEEKDAYS).is_open(noon)


def test_a_session_that_opened_the_evening_before_goes_on_into_the_holiday():
    """Holidays are about the day of the opening."""
    schedule = Schedule.daily(time(17), time(16), time_zone="America/Chicago", holidays="XNYS")
    assert schedule.is_open(at("2026-11-26 09:00", "America/Chicago"))
    assert not schedule.is_open(at("2026-11-26 18:00", "America/Chicago"))


@pytest.mark.parametrize(
    ("market", "known"), [("XNYS", True), ("XLON", True), ("XNAS", True), ("XXXX", False)]
)
def test_markets_with_a_calendar(market, known):
    """The calendars are those of markets, by MIC or common name."""
    assert has_calendar(market) is known
