"""UTCTimestamp values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_fix.fix.timestamps import format_timestamp, parse_timestamp

NOON = 1_767_614_400_123_456_789  # 2026-01-05 12:00:00.123456789 UTC
MOMENTS = st.integers(0, 4_000_000_000_000_000_000)


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        (0, b"20260105-12:00:00"),
        (3, b"20260105-12:00:00.123"),
        (6, b"20260105-12:00:00.123456"),
        (9, b"20260105-12:00:00.123456789"),
    ],
)
def test_precision_cuts_off_what_is_finer(precision, expected):
    """TimestampPrecision is the number of digits after the second."""
    assert format_timestamp(NOON, precision) == expected


@given(MOMENTS)
def test_formatted_moment_is_read_back(now):
    """Nanoseconds survive the way there and back."""
    assert parse_timestamp(format_timestamp(now, 9)) == now


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"20260105",
        b"20260105 12:00:00",
        b"20260105-12:00",
        b"20261305-12:00:00",
        b"20260105-24:00:00",
        b"20260105-12:00:61",
        b"20260105-12:00:00.",
        b"20260105-12:00:00.12x",
        b"20260105-12:00:00+1",
        b"2026010\xb2-12:00:00",
    ],
)
def test_anything_else_is_no_timestamp(value):
    """None, and never an exception: the value came from the counterparty."""
    assert parse_timestamp(value) is None


def test_leap_second_is_read():
    """Second 60 exists in the specification."""
    assert parse_timestamp(b"20161231-23:59:60") == parse_timestamp(b"20161231-23:59:59")
