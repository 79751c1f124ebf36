"""How commands write: tables for people, JSON for programs.

Tables show times in the user's zone (the TZ variable is respected); JSON has them in UTC, ISO 8601
with nanoseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from oms_fix.blotter.wording import number

_NS_PER_S = 1_000_000_000
_NS_PER_US = 1_000
_US_PER_MS = 1_000


def local_time(at: int | None) -> str:
    """Return a time (nanoseconds UTC) in the user's zone, to the microsecond; empty for None."""
    if at is None:
        return ""
    local = datetime.fromtimestamp(at // _NS_PER_S, UTC).astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}.{at % _NS_PER_S // _NS_PER_US:06d}"


def zone_note() -> str:
    """Return the line that tells which zone the times of a table are in."""
    return f"Times in {datetime.now(UTC).astimezone():%Z (UTC%z)}."


def counted(count: int, noun: str) -> str:
    """Return how many there are: ``1 order``, ``2 orders``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def utc_time(at: int) -> str:
    """Return a time (nanoseconds UTC) as ISO 8601: ``2026-11-23T09:30:00.000000001Z``."""
    whole = datetime.fromtimestamp(at // _NS_PER_S, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at % _NS_PER_S:09d}Z"


def duration(nanoseconds: int | None) -> str:
    """Return a duration with its unit, such as ``85 us`` or ``1.204 ms``; empty for None."""
    if nanoseconds is None:
        return ""
    if abs(nanoseconds) >= _NS_PER_S:
        return f"{nanoseconds / _NS_PER_S:.3f} s"
    microseconds = nanoseconds / _NS_PER_US
    if abs(microseconds) >= _US_PER_MS:
        return f"{microseconds / _US_PER_MS:.3f} ms"
    return f"{microseconds:.0f} us"


def echo_table(rows: Iterable[Sequence[Any]], headers: Sequence[str], empty: str) -> None:
    """Write a table, or the line ``empty`` if there are no rows.

    Decimals are written in full and to the right; None is left blank.
    """
    lines = [list(row) for row in rows]
    if not lines:
        click.echo(empty)
        return
    right = [any(isinstance(line[i], int | Decimal) for line in lines) for i in range(len(headers))]
    click.echo(
        tabulate(
            [[_cell(value) for value in line] for line in lines],
            headers=headers,
            tablefmt="simple",
            disable_numparse=True,  # identifiers such as 00012 or 1e5 are no numbers
            colalign=["right" if each else "left" for each in right],
        )
    )


def without_empty(
    rows: Iterable[Sequence[Any]], headers: Sequence[str]
) -> tuple[list[list[Any]], list[str]]:
    """Return a table without the columns in which no row has anything."""
    lines = [list(row) for row in rows]
    kept = [i for i in range(len(headers)) if any(line[i] not in (None, "") for line in lines)]
    return [[line[i] for i in kept] for line in lines], [headers[i] for i in kept]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return number(value) if isinstance(value, Decimal) else str(value)


def echo_json(value: Any) -> None:
    """Write a value as JSON: rows by field name, decimals as strings, times in UTC."""
    text = msgspec.json.format(msgspec.json.encode(plain(value)), indent=2)
    click.echo(text.decode())


def plain(value: Any) -> Any:
    """Return a value made of what JSON has; integers named ``at`` or ``..._at`` become times."""
    if isinstance(value, Struct):
        return plain(msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return {key: _plain_item(key, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


def _plain_item(key: str, value: Any) -> Any:
    is_time = (key == "at" or key.endswith("_at")) and isinstance(value, int)
    return utc_time(value) if is_time else plain(value)


def parse_time(value: str) -> int:
    """Return a time given on the command line, in nanoseconds UTC.

    Args:
        value: ``09:30`` or ``09:30:15`` today, a date, or date and time in ISO 8601, in the user's
            zone unless it names one; or so long ago: ``90s``, ``15m``, ``2h``, ``3d``.

    Raises:
        click.BadParameter: it is none of these.
    """
    moment = _ago(value) or _time_of_day(value) or _date(value)
    if moment is None:
        allowed = "2026-11-23, 2026-11-23T09:30, 09:30, or so long ago as 15m, 2h or 3d"
        raise click.BadParameter(f"{value!r} is no time; allowed: {allowed}")
    return round(moment.timestamp() * 1_000_000) * _NS_PER_US


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _ago(value: str) -> datetime | None:
    if value[-1:] not in _UNITS or not value[:-1].isdecimal():
        return None
    return datetime.now(UTC) - timedelta(**{_UNITS[value[-1]]: int(value[:-1])})


def _time_of_day(value: str) -> datetime | None:
    if ":" not in value or "-" in value:
        return None
    return _date(f"{datetime.now(UTC).astimezone():%Y-%m-%d}T{value}")


def _date(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone()
    except ValueError:
        return None
