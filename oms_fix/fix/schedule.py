"""When a session is open, and which trading session a moment belongs to.

Theory of operation
===================
A trading session runs from an opening to the closing after it, both given as times on the clock of
a time zone. It belongs to the day it opens on: ``Weekdays`` and ``Holidays`` are about that day,
also for a session that ends the day after. The moment of the opening is in the session, that of the
closing is not. Sequence numbers belong to a trading session too: to the one that is on or, between
two of them, to the one that was on last; when another one opens, both numbers go back to 1.

A clock that people read is set forward and back. A time of day is reached at the first moment at
which the clock shows it or a later time of that day:

* a time that the clock leaps over, such as 02:30 on the night that skips from 02:00 to 03:00, is
  reached at the leap;
* of a time that the clock shows twice, the first counts: what has opened or closed by then does not
  do so again.

So openings and closings never change their order, and a session that would lie in a leap as a whole
does not take place. Nothing here looks up a time: ``now`` is nanoseconds since 1970-01-01 UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

from oms_fix.fix.timestamps import NANOSECONDS

if TYPE_CHECKING:
    from holidays import HolidayBase

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EVERY_DAY = frozenset(range(len(DAYS)))

_ONE_DAY = timedelta(days=1)
_WEEK = len(DAYS)
# No market is closed for longer, so the session before and the one after are nearer.
_SEARCH_DAYS_MAX = 400


class Stretch(Struct, frozen=True):
    """A stretch of time in which the answers of a schedule stay the same.

    Attributes:
        begin: its first moment.
        end: the first moment after it: the next closing, or while closed the next opening.
        is_open: messages may flow.
        session: opening of the trading session that is on, or was on last.
    """

    begin: int
    end: int
    is_open: bool
    session: int


class Schedule(Struct, frozen=True, kw_only=True):
    """Openings and closings; made by ``daily`` or ``weekly``.

    Attributes:
        start_time: of the opening, on the clock of ``time_zone``.
        end_time: of the closing, likewise.
        days: how many days after its opening day a session closes.
        weekdays: days on which a session opens; 0 is Monday.
        time_zone: a name of the IANA database.
        holidays: a market, such as ``XNYS``, on whose holidays no session opens; or None.
    """

    start_time: time
    end_time: time
    days: int
    weekdays: frozenset[int]
    time_zone: str
    holidays: str | None

    @classmethod
    def daily(
        cls,
        start_time: time,
        end_time: time,
        *,
        time_zone: str = "UTC",
        weekdays: frozenset[int] = EVERY_DAY,
        holidays: str | None = None,
    ) -> "Schedule":
        """Return a schedule with a session a day.

        It closes on the next day if ``end_time`` is not the later one: equal times make a session
        of a whole day.
        """
        return cls(
            start_time=start_time,
            end_time=end_time,
            days=int(end_time <= start_time),
            weekdays=weekdays,
            time_zone=time_zone,
            holidays=holidays,
        )

    @classmethod
    def weekly(
        cls,
        start_day: int,
        start_time: time,
        end_day: int,
        end_time: time,
        *,
        time_zone: str = "UTC",
    ) -> "Schedule":
        """Return a schedule with a session a week; at most a whole one, from Monday 0 to Sunday 6.

        Holidays are none of its business: a holiday on its first day would take away a week.
        """
        days = (end_day - start_day) % _WEEK
        return cls(
            start_time=start_time,
            end_time=end_time,
            days=days or _WEEK * (end_time <= start_time),
            weekdays=frozenset((start_day,)),
            time_zone=time_zone,
            holidays=None,
        )

    def at(self, now: int) -> Stretch:
        """Return what holds at a moment, and for how long."""
        today = _local_date(now, self.time_zone)
        opening, closing = next(self._sessions(today + _ONE_DAY, -_ONE_DAY, now))
        if now < closing:
            return Stretch(opening, closing, is_open=True, session=opening)
        following = next(self._sessions(today - _ONE_DAY, _ONE_DAY, now))
        return Stretch(closing, following[0], is_open=False, session=opening)

    def is_open(self, now: int) -> bool:
        """Tell whether messages may flow (QuickFIX: ``isSessionTime``)."""
        return self.at(now).is_open

    def is_same_session(self, one: int, other: int) -> bool:
        """Tell whether two moments belong to one trading session (QuickFIX: ``isSameSession``)."""
        return self.at(one).session == self.at(other).session

    def _sessions(self, day: date, step: timedelta, now: int) -> Iterator[tuple[int, int]]:
        """Yield sessions day by day: forward those that open after ``now``, backward the others."""
        forward = step > timedelta()
        for _ in range(_SEARCH_DAYS_MAX):
            if day.weekday() in self.weekdays and not _is_holiday(day, self.holidays):
                opening, closing = self._session_of(day)
                if opening < closing and (opening > now) is forward:
                    yield opening, closing
            day += step
        raise AssertionError(f"no session within {_SEARCH_DAYS_MAX} days: {self}")

    def _session_of(self, day: date) -> tuple[int, int]:
        last = day + self.days * _ONE_DAY
        return (
            _reached(datetime.combine(day, self.start_time), self.time_zone),
            _reached(datetime.combine(last, self.end_time), self.time_zone),
        )


def has_calendar(market: str) -> bool:
    """Tell whether there is a calendar of this market, such as ``XNYS`` or ``XLON``."""
    # Imported where needed, since most programs have no holidays, and it takes long.
    from holidays import list_supported_financial

    return market in list_supported_financial(include_aliases=True)


def _is_holiday(day: date, market: str | None) -> bool:
    return market is not None and day in _calendar(market)


@lru_cache
def _calendar(market: str) -> "HolidayBase":
    from holidays import financial_holidays

    return financial_holidays(market)


def _local_date(now: int, time_zone: str) -> date:
    return datetime.fromtimestamp(now // NANOSECONDS, ZoneInfo(time_zone)).date()


@lru_cache(maxsize=1024)
def _reached(local: datetime, time_zone: str) -> int:
    """Return the first moment at which the clock of a zone shows this time, or leaps over it."""
    zone = ZoneInfo(time_zone)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        moment = _leap(local, zone)
    return int(moment.timestamp()) * NANOSECONDS


def _leap(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which the clock is set forward over a time that it never shows."""
    # Read by the offset after the leap the time is before it; by the offset before it, after it.
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late
