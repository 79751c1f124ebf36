"""When trading days end, and how long their files are kept: two keys of oms.yaml."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct


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
_CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"


class TradingDay(Struct, frozen=True, forbid_unknown_fields=True):
    """When a trading day ends."""

    end: Annotated[str, Meta(pattern=_CLOCK, description="Time of day, hh:mm:ss.")]
    time_zone: Annotated[
        str, Meta(min_length=1, description="IANA zone of that time, such as America/New_York.")
    ] = "UTC"
    weekdays: Annotated[
        tuple[Weekday, ...],
        Meta(min_length=1, description="Days on which one ends."),
    ] = _ALL[:5]

    def ends_on(self, weekday: int) -> bool:
        """Return whether a trading day ends on a day of the week, 0 for Monday."""
        return _ALL[weekday] in self.weekdays

    def problem(self) -> str | None:
        """Return what is wrong with the time zone and what is allowed, or None."""
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            text = f"time_zone {self.time_zone!r} is not known"
            return f"{text}; allowed: a name of the IANA database such as America/New_York"
        return None


class Retention(Struct, frozen=True, forbid_unknown_fields=True):
    """How long the files of earlier trading days are kept, in days since their end."""

    compress_after_days: Annotated[
        int, Meta(ge=1, le=36_500, description="Files older than this are compressed.")
    ] = 7
    delete_after_days: Annotated[
        int, Meta(ge=1, le=36_500, description="Files older than this are deleted.")
    ] = 3_653
