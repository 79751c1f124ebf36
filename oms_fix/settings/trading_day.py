"""When trading days end, and how long their files are kept: two keys of oms.yaml."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from oms_fix.model.markets import WORKING_DAYS, Clock, Weekday, is_trading_day


class TradingDay(Struct, frozen=True, forbid_unknown_fields=True):
    """When a trading day ends."""

    end: Annotated[Clock, Meta(description="Time of day, hh:mm:ss.")]
    time_zone: Annotated[
        str, Meta(min_length=1, description="IANA zone of that time, such as America/New_York.")
    ] = "UTC"
    weekdays: Annotated[
        tuple[Weekday, ...],
        Meta(min_length=1, description="Days on which one ends."),
    ] = WORKING_DAYS
    market: Annotated[
        str | None,
        Meta(description="No trading day ends on the holidays of this market of markets.yaml."),
    ] = None

    def is_one(self, day: date, holidays: tuple[str, ...]) -> bool:
        """Return whether there is a trading day of this date; ``holidays`` are the market's."""
        return is_trading_day(day, self.weekdays, holidays)


def time_zone_problem(time_zone: str) -> str | None:
    """Return what is wrong with the name of a time zone and what is allowed, or None."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        text = f"time_zone {time_zone!r} is not known"
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
