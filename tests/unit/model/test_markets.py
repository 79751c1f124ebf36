"""Calendars of markets."""

from datetime import UTC, datetime

import pytest

from oms_fix.model.markets import Market, Weekday

NEW_YORK = Market(
    id="XNYS",
    time_zone="America/New_York",
    close="16:00:00",
    holidays=("2026-11-26", "2026-12-25"),
    half_days={"2026-11-27": "13:00:00"},
)
LONDON = Market(id="XLON", time_zone="Europe/London", close="16:35:00")
NIGHT = Market(id="NIGHT", time_zone="America/New_York", close="02:30:00", weekdays=tuple(Weekday))
OVERNIGHT = Market(id="XCME", time_zone="America/New_York", open="18:00:00", close="17:00:00")


def at(text):
    """Return a time, given in ISO 8601, in nanoseconds."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("market", "now", "day", "closed"),
    [
        (NEW_YORK, "2026-11-23T16:00:00-05:00", "2026-11-23", "2026-11-23T21:00:00+00:00"),
        (NEW_YORK, "2026-11-23T15:59:59-05:00", "2026-11-20", "2026-11-20T21:00:00+00:00"),
        (NEW_YORK, "2026-11-22T23:00:00-05:00", "2026-11-20", "2026-11-20T21:00:00+00:00"),
        (NEW_YORK, "2026-11-26T20:00:00-05:00", "2026-11-25", "2026-11-25T21:00:00+00:00"),
        (NEW_YORK, "2026-11-27T13:00:00-05:00", "2026-11-27", "2026-11-27T18:00:00+00:00"),
        (NEW_YORK, "2026-11-27T12:59:59-05:00", "2026-11-25", "2026-11-25T21:00:00+00:00"),
        (NEW_YORK, "2026-03-06T16:00:00-05:00", "2026-03-06", "2026-03-06T21:00:00+00:00"),
        (NEW_YORK, "2026-03-09T16:00:00-04:00", "2026-03-09", "2026-03-09T20:00:00+00:00"),
        (NEW_YORK, "2026-11-02T16:00:00-05:00", "2026-11-02", "2026-11-02T21:00:00+00:00"),
        (LONDON, "2026-03-27T16:35:00+00:00", "2026-03-27", "2026-03-27T16:35:00+00:00"),
        (LONDON, "2026-03-30T15:35:00+00:00", "2026-03-30", "2026-03-30T15:35:00+00:00"),
        # 02:30 does not exist on the night of the change, and is there twice on the other one.
        (NIGHT, "2026-03-08T12:00:00-04:00", "2026-03-08", "2026-03-08T07:30:00+00:00"),
        (NIGHT, "2026-11-01T12:00:00-05:00", "2026-11-01", "2026-11-01T07:30:00+00:00"),
    ],
)
def test_the_last_close(market, now, day, closed):
    """Of the last trading day whose end has come, in the market's zone; its moment counts."""
    found, moment = market.last_close(at(now))
    assert (found, datetime.fromtimestamp(moment // 1_000_000_000, UTC).isoformat()) == (
        day,
        closed,
    )


@pytest.mark.parametrize(
    ("day", "following"),
    [
        ("2026-11-23", "2026-11-24"),
        ("2026-11-20", "2026-11-23"),
        ("2026-11-25", "2026-11-27"),
        ("2026-12-24", "2026-12-28"),
    ],
)
def test_the_next_trading_day(day, following):
    """Weekends and holidays are none."""
    assert NEW_YORK.next_day(day) == following


@pytest.mark.parametrize(
    ("market", "now", "opens"),
    [
        (NEW_YORK, "2026-11-24T16:00:00-05:00", "2026-11-25T00:00:00-05:00"),
        (NEW_YORK, "2026-11-25T16:00:00-05:00", "2026-11-27T00:00:00-05:00"),
        (NEW_YORK, "2026-11-27T13:00:00-05:00", "2026-11-30T00:00:00-05:00"),
        (OVERNIGHT, "2026-11-20T18:00:00-05:00", "2026-11-22T18:00:00-05:00"),
        (OVERNIGHT, "2026-11-23T17:30:00-05:00", "2026-11-23T18:00:00-05:00"),
    ],
)
def test_the_next_opening(market, now, opens):
    """On the next trading day, by the market's own clock; on the day before where it is so set."""
    assert market.next_open(at(now)).isoformat() == opens
