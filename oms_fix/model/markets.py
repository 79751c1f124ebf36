"""Calendars: on which days a market trades, and when each of them ends.

Their days are named, not computed by a library: what decides about orders is in the journal with
everything else, and a day can be run again years later.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

NANOSECONDS = 1_000_000_000
_MINUTE = 60
_ONE_DAY = timedelta(days=1)
# No market is closed for longer.
_SEARCH_DAYS_MAX = 400


class Weekday(StrEnum):
    """Days of the week, the first is Monday."""

    MON = "Mon"
    TUE = "Tue"
    WED = "Wed"
    THU = "Thu"
    FRI = "Fri"
    SAT = "Sat"
    SUN = "Sun"


_ALL = tuple(Weekday)
WORKING_DAYS = _ALL[:5]
CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

Clock = Annotated[str, Meta(pattern=CLOCK)]
Day = Annotated[str, Meta(pattern=DAY)]


class Market(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A market as orders see it: when its days end. Days are written ``2026-11-23``."""

    id: Annotated[
        str, Meta(min_length=1, description="Its MIC (ISO 10383), such as XNYS; once in the file.")
    ]
    time_zone: Annotated[
        str, Meta(min_length=1, description="IANA zone of its clock, such as America/New_York.")
    ]
    close: Annotated[Clock, Meta(description="Time of day at which it closes, hh:mm:ss.")]
    open: Annotated[
        Clock,
        Meta(
            description="Time of day at which it opens, hh:mm:ss; one that is not before the close "
            "is on the day before."
        ),
    ] = "00:00:00"
    weekdays: Annotated[
        tuple[Weekday, ...], Meta(min_length=1, description="Days of the week on which it trades.")
    ] = WORKING_DAYS
    holidays: Annotated[
        tuple[Day, ...], Meta(description="Dates on which it does not trade, yyyy-mm-dd.")
    ] = ()
    half_days: Annotated[
        dict[str, Clock],
        Meta(description="Dates on which it closes at another time, yyyy-mm-dd: hh:mm:ss."),
    ] = {}
    patience_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            description="Seconds that venues have, from the close or from an ExpireTime(126) on, "
            "to say themselves how an order has ended; then the router ends it.",
        ),
    ] = 300

    def trades_on(self, day: date) -> bool:
        """Return whether there is a trading day of this date."""
        return is_trading_day(day, self.weekdays, self.holidays)

    def last_close(self, now: int) -> tuple[str, int]:
        """Return the last trading day whose end has come, and when it ended.

        Args:
            now: nanoseconds since 1970 UTC, as is the end that is returned.
        """
        zone = ZoneInfo(self.time_zone)
        day = datetime.fromtimestamp(now // NANOSECONDS, UTC).astimezone(zone).date()
        for _ in range(_SEARCH_DAYS_MAX):
            if self.trades_on(day) and self.closes_at(day) <= now:
                return day.isoformat(), self.closes_at(day)
            day -= _ONE_DAY
        raise AssertionError(f"no trading day within {_SEARCH_DAYS_MAX} days: {self}")

    def closes_at(self, day: date) -> int:
        """Return when a trading day ends, in nanoseconds since 1970 UTC."""
        close = self.half_days.get(day.isoformat(), self.close) if self.half_days else self.close
        return _moment(day, close, self.time_zone)

    @property
    def hours(self) -> str:
        """When it is open, in words."""
        return f"{self.open}-{self.close} {self.time_zone}"

    def is_open(self, now: int) -> bool:
        """Return whether it trades at a moment, in nanoseconds since 1970 UTC."""
        day = _date_at(now // NANOSECONDS // _MINUTE, self.time_zone)
        if self._is_open_on(day, now):
            return True
        return self.open >= self.close and self._is_open_on(day + _ONE_DAY, now)

    def next_open(self, now: int) -> datetime:
        """Return when it opens next after a moment, by its own clock."""
        day = _date_at(now // NANOSECONDS // _MINUTE, self.time_zone)
        for _ in range(_SEARCH_DAYS_MAX):
            opens_at = self._opens_at(day)
            if opens_at > now and self.trades_on(day):
                return datetime.fromtimestamp(opens_at // NANOSECONDS, ZoneInfo(self.time_zone))
            day += _ONE_DAY
        raise AssertionError(f"no trading day within {_SEARCH_DAYS_MAX} days: {self}")

    def _is_open_on(self, day: date, now: int) -> bool:
        return self._opens_at(day) <= now < self.closes_at(day) and self.trades_on(day)

    def _opens_at(self, day: date) -> int:
        before = day - _ONE_DAY if self.open >= self.close else day
        return _moment(before, self.open, self.time_zone)

    def next_day(self, day: str) -> str:
        """Return the trading day after a date."""
        after = date.fromisoformat(day)
        for _ in range(_SEARCH_DAYS_MAX):
            after += _ONE_DAY
            if self.trades_on(after):
                return after.isoformat()
        raise AssertionError(f"no trading day within {_SEARCH_DAYS_MAX} days: {self}")


def is_trading_day(day: date, weekdays: tuple[Weekday, ...], holidays: tuple[str, ...]) -> bool:
    """Return whether a date is one of the weekdays and no holiday."""
    if _ALL[day.weekday()] not in weekdays:
        return False
    return not holidays or day.isoformat() not in holidays


def time_of_day(now: int, time_zone: str) -> time:
    """Return what a clock in a zone says, to the second, so many nanoseconds after 1970 began."""
    return datetime.fromtimestamp(now // NANOSECONDS, ZoneInfo(time_zone)).time()


@lru_cache(maxsize=1024)
def _date_at(minute: int, time_zone: str) -> date:
    """Return the date in a zone, so many minutes after 1970 began; no zone is off by less."""
    return datetime.fromtimestamp(minute * _MINUTE, UTC).astimezone(ZoneInfo(time_zone)).date()


@lru_cache(maxsize=1024)
def _moment(day: date, clock: str, time_zone: str) -> int:
    local = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(time_zone))
    return int(local.timestamp()) * NANOSECONDS
