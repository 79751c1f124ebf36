"""The end of each trading day: the store goes on in a new file, old files are compressed.

A trading day is called by the date of its last moment in its time zone. It begins where the one
before ended; a day on which none ends, such as a Sunday or a holiday of the market that the
configuration names, belongs to the next trading day.
"""

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from oms_fix.daemon.aside import run_aside
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.commands import RenewOrders
from oms_fix.settings.configuration import Configuration
from oms_fix.settings.trading_day import TradingDay

_NS_PER_S = 1_000_000_000
_LOOK_S_MAX = 60.0
"""How long to sleep at most: a clock that is set, or a machine that slept, is noticed soon."""

_ARCHIVE_S_MAX = 3_600.0

log = structlog.get_logger("oms_fix.trading_day")


def end_of_day(settings: TradingDay, now: int, holidays: tuple[str, ...] = ()) -> tuple[str, int]:
    """Return the trading day that a moment is in, and when it ends (nanoseconds since 1970 UTC).

    Args:
        settings: when days end.
        now: nanoseconds since 1970 UTC.
        holidays: dates on which none ends.
    """
    zone, at = ZoneInfo(settings.time_zone), time.fromisoformat(settings.end)
    date = datetime.fromtimestamp(now // _NS_PER_S, UTC).astimezone(zone).date()
    while True:
        end = datetime.combine(date, at, zone)
        last_moment = end - timedelta(microseconds=1)
        end_ns = int(end.timestamp()) * _NS_PER_S
        if end_ns > now and settings.is_one(last_moment.date(), holidays):
            return last_moment.date().isoformat(), end_ns
        date += timedelta(days=1)


class TradingDays:
    """Ends trading days when it is time.

    Args:
        configuration: says when that is, or that days do not end.
        sequencer: takes the command that ends a day.
    """

    def __init__(self, configuration: Configuration, sequencer: Sequencer) -> None:
        self._settings = configuration.trading_day
        self._holidays = configuration.holidays
        self._config = configuration.path
        self._sequencer = sequencer
        self._watch: asyncio.Task[None] | None = None

    async def end_if_over(self, began_at: int | None) -> None:
        """End the day in which the store's file was begun, if it ended while nobody was there.

        Args:
            began_at: when the first command in the file was handled, None if there is none.
        """
        if self._settings is None or began_at is None:
            return
        day, end = end_of_day(self._settings, began_at, self._holidays)
        if end <= self._sequencer.clock():
            await self._end(day)

    def start(self) -> None:
        """Watch the clock from now on."""
        if self._settings is not None:
            self._renew()  # the process may have ended between a day's end and this
            watch = self._keep_watch(self._settings)
            self._watch = asyncio.get_running_loop().create_task(watch)

    async def stop(self) -> None:
        """Watch it no more."""
        if self._watch is not None:
            self._watch.cancel()
            # What may have ended it, a store that cannot be written, is told elsewhere.
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _keep_watch(self, settings: TradingDay) -> None:
        day, end = end_of_day(settings, self._sequencer.clock(), self._holidays)
        while True:
            left = (end - self._sequencer.clock()) / _NS_PER_S
            if left > 0:
                await asyncio.sleep(min(left, _LOOK_S_MAX))
                continue
            await self._end(day)
            self._renew()
            day, end = end_of_day(settings, self._sequencer.clock(), self._holidays)
            await self._archive()

    async def _end(self, day: str) -> None:
        self._sequencer.end_trading_day(day)
        await self._sequencer.committed()
        orders = self._sequencer.state.orders
        log.info("trading_day_ended", day=day, carried_orders=len(orders))

    def _renew(self) -> None:
        """Have clients told of the orders that have gone into another day, if they are to be."""
        orders = self._sequencer.state.orders.values()
        if any(order.is_carried and order.is_open for order in orders):
            self._sequencer.execute(RenewOrders())

    async def _archive(self) -> None:
        """Have old files compressed, by a process of its own."""
        error = await run_aside(
            "archive", "--config", str(self._config), seconds_max=_ARCHIVE_S_MAX
        )
        if error is not None:
            log.warning("archive_failed", error=error)
