"""The keys of a settings file that say when a session is open, and what they make together."""

from collections.abc import Collection, Iterator, Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from oms_fix.fix.schedule import DAYS, EVERY_DAY, Schedule, has_calendar

SCHEDULE_KEYS = (
    "StartTime",
    "EndTime",
    "StartDay",
    "EndDay",
    "Weekdays",
    "Holidays",
    "TimeZone",
    "NonStopSession",
)
_TIMES = ("StartTime", "EndTime")
_DAYS = ("StartDay", "EndDay")
_OF_DAILY = frozenset(("Weekdays", "Holidays"))
_WITH_TIMES = _OF_DAILY.union(_DAYS, ("TimeZone",))

_ABBREVIATION_SIZE_MIN = 2
_TIME_SIZE = len("hh:mm:ss")


def read_time(value: str) -> time:
    """Read ``hh:mm:ss``; ValueError if it is anything else."""
    if len(value) != _TIME_SIZE or not value.replace(":", "").isdecimal():
        raise ValueError(value)
    return time.fromisoformat(value)


def read_day(value: str) -> int:
    """Read a day of the week, or the beginning of its name, as 0 for Monday; or ValueError."""
    if len(value) < _ABBREVIATION_SIZE_MIN:
        raise ValueError(value)
    found = [number for number, day in enumerate(DAYS) if day.startswith(value.casefold())]
    (number,) = found
    return number


def read_days(value: str) -> frozenset[int]:
    """Read days of the week with commas between them; ValueError if one is none."""
    return frozenset(read_day(day.strip()) for day in value.split(","))


def read_time_zone(value: str) -> str:
    """Return the name of a time zone of the IANA database; ValueError if there is none of it."""
    try:
        return ZoneInfo(value).key
    except (KeyError, OSError) as error:  # OSError: a folder of zones, such as Europe
        raise ValueError(value) from error


def read_market(value: str) -> str:
    """Return the code of a market with a calendar of holidays; ValueError if there is none."""
    if not has_calendar(value):
        raise ValueError(value)
    return value


def misfits(given: Mapping[str, Any], own: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield keys that do not fit the others, each with what is wrong.

    Args:
        given: the values that hold for a session, by key.
        own: the keys of its own section. What is shared with other sessions may be without effect.
    """
    if given.get("NonStopSession"):
        for key in SCHEDULE_KEYS:
            if key in own and key != "NonStopSession":
                yield key, f"{key} means nothing with NonStopSession=Y"
        return
    for one, other in (_TIMES, _TIMES[::-1], _DAYS, _DAYS[::-1]):
        if one in given and other not in given:
            yield one, f"{one} without {other}"
    if given.keys().isdisjoint(_TIMES):
        for key in sorted(_WITH_TIMES.intersection(own)):
            yield key, f"{key} means nothing without StartTime and EndTime"
    if not given.keys().isdisjoint(_DAYS):
        for key in sorted(_OF_DAILY.intersection(given)):
            yield key, f"{key} means nothing for a session from StartDay to EndDay"


def schedule_of(given: Mapping[str, Any]) -> Schedule | None:
    """Return the schedule of a session; None if it never closes.

    Args:
        given: values that fit together, by key.
    """
    if given.get("NonStopSession") or "StartTime" not in given:
        return None
    start, end = given["StartTime"], given["EndTime"]
    time_zone = given.get("TimeZone", "UTC")
    if "StartDay" in given:
        return Schedule.weekly(given["StartDay"], start, given["EndDay"], end, time_zone=time_zone)
    return Schedule.daily(
        start,
        end,
        time_zone=time_zone,
        weekdays=given.get("Weekdays", EVERY_DAY),
        holidays=given.get("Holidays"),
    )
