import asyncio
from datetime import datetime

import pytest
from desk import terms

from oms_fix.core.orders.order import Order
from oms_fix.daemon import trading_day
from oms_fix.daemon.trading_day import TradingDays, end_of_day
from oms_fix.journal.records import StoreError
from oms_fix.model.commands import RenewOrders
from oms_fix.settings.trading_day import TradingDay

NEW_YORK = TradingDay("17:00:00", "America/New_York")
MIDNIGHT = TradingDay("00:00:00")


def at(text):
    """Return a time, given in ISO 8601, in nanoseconds."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("settings", "now", "day", "end"),
    [
        (NEW_YORK, "2026-11-23T16:59:59-05:00", "2026-11-23", "2026-11-23T17:00:00-05:00"),
        (NEW_YORK, "2026-11-23T17:00:00-05:00", "2026-11-24", "2026-11-24T17:00:00-05:00"),
        (NEW_YORK, "2026-11-20T18:00:00-05:00", "2026-11-23", "2026-11-23T17:00:00-05:00"),
        (NEW_YORK, "2026-03-06T18:00:00-05:00", "2026-03-09", "2026-03-09T17:00:00-04:00"),
        (MIDNIGHT, "2026-11-23T12:00:00+00:00", "2026-11-23", "2026-11-24T00:00:00+00:00"),
        (MIDNIGHT, "2026-11-28T12:00:00+00:00", "2026-11-30", "2026-12-01T00:00:00+00:00"),
        (MIDNIGHT, "2026-11-28T00:00:00+00:00", "2026-11-30", "2026-12-01T00:00:00+00:00"),
        (NEW_YORK, "2026-11-25T17:00:00-05:00", "2026-11-27", "2026-11-27T17:00:00-05:00"),
        (MIDNIGHT, "2026-11-26T00:00:00+00:00", "2026-11-27", "2026-11-28T00:00:00+00:00"),
    ],
)
def test_a_day_is_called_by_its_last_moment(settings, now, day, end):
    """A day on which none ends belongs to the next trading day; daylight saving is heeded.

    2026-11-26, Thanksgiving, is a holiday.
    """
    assert end_of_day(settings, at(now), ("2026-11-26",)) == (day, at(end))


class House:
    """Stands for the sequencer, and for the configuration."""

    path = "oms.yaml"
    holidays = ("2026-11-26",)

    def __init__(self, settings, now):
        self.trading_day = settings
        self.now = at(now)
        self.ended = []
        self.renewed = 0
        self.state = self
        self.orders = {}

    def clock(self):
        return self.now

    def end_trading_day(self, day):
        self.ended.append(day)

    def execute(self, command):
        assert command == RenewOrders()
        self.renewed += 1

    async def committed(self):
        pass


@pytest.mark.parametrize(
    ("settings", "began", "ended"),
    [
        (NEW_YORK, "2026-11-23T12:00:00-05:00", []),
        (NEW_YORK, "2026-11-20T12:00:00-05:00", ["2026-11-20"]),
        (NEW_YORK, None, []),
        (None, "2026-11-20T12:00:00-05:00", []),
    ],
)
def test_a_day_that_ended_while_nobody_was_there_ends_at_the_start(settings, began, ended):
    """It is called by the day in which the file was begun, however long ago that is."""
    house = House(settings, "2026-11-23T13:00:00-05:00")
    asyncio.run(TradingDays(house, house).end_if_over(began and at(began)))
    assert house.ended == ended


def test_days_end_when_it_is_time(monkeypatch):
    """The clock is looked at again and again, since it may be set; each day ends once."""
    house = House(NEW_YORK, "2026-11-23T16:59:00-05:00")
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        house.now += int(seconds * 1e9)
        if len(house.ended) == 2:
            await asyncio.Future()

    async def archive(_self):
        house.now += int(86_400e9 - 30e9)

    async def run():
        days = TradingDays(house, house)
        days.start()
        while len(house.ended) < 2:
            await original(0)
        await days.stop()

    original = asyncio.sleep
    monkeypatch.setattr(trading_day.asyncio, "sleep", sleep)
    monkeypatch.setattr(TradingDays, "_archive", archive)
    asyncio.run(run())
    assert house.ended == ["2026-11-23", "2026-11-24"]
    assert slept[:2] == [60.0, 30.0]


def test_orders_that_were_carried_are_renewed_at_the_start(monkeypatch):
    """The process may have ended between the end of a day and the renewal; without any: nothing."""
    house = House(NEW_YORK, "2026-11-23T12:00:00-05:00")

    async def run():
        days = TradingDays(house, house)
        days.start()
        await days.stop()

    asyncio.run(run())
    assert house.renewed == 0
    monkeypatch.setattr(house, "orders", {"X": Order("X", "C", "X", "X", terms(), is_carried=True)})
    asyncio.run(run())
    assert house.renewed == 1


def test_a_store_that_fails_at_the_end_of_a_day_does_not_hinder_the_stop(monkeypatch):
    """The daemon hears of the failure from the committer; what is left to stop is stopped."""
    house = House(NEW_YORK, "2026-11-23T17:00:00-05:00")

    async def fail():
        raise StoreError("disk full")

    async def run():
        days = TradingDays(house, house)
        days.start()
        while not house.ended:  # noqa: ASYNC110  # the task that is tested sets it
            await asyncio.sleep(0)
        await days.stop()

    first = iter([house.now])
    monkeypatch.setattr(house, "clock", lambda: next(first, house.now + 86_400_000_000_000))
    monkeypatch.setattr(house, "committed", fail)
    asyncio.run(run())
    assert house.ended == ["2026-11-24"]
