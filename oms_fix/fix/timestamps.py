"""UTCTimestamp values: nanoseconds since 1970 to ``20260102-15:04:05.678`` and back."""

from datetime import UTC, datetime
from functools import lru_cache

NANOSECONDS = 1_000_000_000

_MILLISECONDS = tuple(b".%03d" % number for number in range(1_000))  # the usual precision
_WHOLE_SECONDS_SIZE = len("20260102-15:04:05")
_FRACTION_DIGITS_MAX = 9
_SIZE_MAX = _WHOLE_SECONDS_SIZE + 1 + 2 * _FRACTION_DIGITS_MAX


def format_timestamp(now: int, precision: int = 3) -> bytes:
    """Return a UTCTimestamp.

    Args:
        now: nanoseconds since 1970-01-01 UTC; what is finer than the precision is cut off.
        precision: digits after the second: 0, 3, 6 or 9 (TimestampPrecision).
    """
    second, fraction = divmod(now, NANOSECONDS)
    if precision == 3:
        return _format_second(second) + _MILLISECONDS[fraction // 1_000_000]
    if not precision:
        return _format_second(second)
    return b"%b.%b" % (_format_second(second), (b"%09d" % fraction)[:precision])


def parse_timestamp(value: bytes) -> int | None:
    """Return nanoseconds since 1970-01-01 UTC, or None if this is no UTCTimestamp."""
    return _parse(value) if len(value) <= _SIZE_MAX else None


# Messages that come together bear the same millisecond. What is longer than any timestamp never
# gets here: a peer may not choose how much is remembered.
@lru_cache(maxsize=1024)
def _parse(value: bytes) -> int | None:
    second = _parse_second(value[:_WHOLE_SECONDS_SIZE])
    if second is None:
        return None
    rest = value[_WHOLE_SECONDS_SIZE:]
    if not rest:
        return second * NANOSECONDS
    digits = rest[1:]
    if rest[:1] != b"." or not digits.isdigit():
        return None
    return second * NANOSECONDS + int(digits[:_FRACTION_DIGITS_MAX].ljust(9, b"0"))


# Almost every message of a session bears the second of the one before it.
@lru_cache(maxsize=64)
def _format_second(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%d-%H:%M:%S").encode()


@lru_cache(maxsize=1024)
def _parse_second(value: bytes) -> int | None:
    digits = value[:8] + value[9:11] + value[12:14] + value[15:17]
    separators = value[8:9] + value[11:12] + value[14:15]
    if len(digits) != 14 or not digits.isdigit() or separators != b"-::":
        return None
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:])
    try:
        # A leap second has the number 60; it is read as the last moment that datetime knows.
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return int(at.timestamp()) if second <= 60 else None
