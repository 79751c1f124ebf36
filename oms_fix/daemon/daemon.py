"""The daemon put together: the one place where everything meets everything.

client links  -.                                       .-> acceptor
>-- sequencer (core, gateway, journal) -
venue links   -'                                       '-> initiators
"""

import asyncio
import signal
import time

import structlog

from oms_fix.daemon.clock import SteadyClock
from oms_fix.daemon.closings import Closings
from oms_fix.daemon.configuration import DaemonConfiguration
from oms_fix.daemon.control import ControlAnswer, ControlServer
from oms_fix.daemon.feed import books_path
from oms_fix.daemon.feed_process import FeedProcess
from oms_fix.daemon.market import MappedMarket
from oms_fix.daemon.operations import Operations
from oms_fix.daemon.recovery import base_state, recover
from oms_fix.daemon.router import Router
from oms_fix.daemon.snapshots import Snapshots
from oms_fix.daemon.trading_day import TradingDays
from oms_fix.fix.garbage import GarbagePauses, collect_briefly
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.journal.carry import carried_of
from oms_fix.journal.reserve import MEGABYTE, DiskReserve
from oms_fix.journal.sqlite import SqliteJournal

SIGHUP_OPERATOR = "SIGHUP"

log = structlog.get_logger("oms_fix.daemon")


class Daemon:
    """A router on one store, from start to stop.

    Args:
        configuration: checked, with nothing wrong in it.
    """

    def __init__(self, configuration: DaemonConfiguration) -> None:
        self._configuration = configuration
        self._ended: asyncio.Event = asyncio.Event()
        self._error: BaseException | None = None

    async def run(self) -> None:
        """Run until a signal or an error that is none of the disk's.

        Raises:
            StoreError: the store could not be opened or used; nothing unstored was released.
            OSError: an address or the control socket could not be had.
        """
        settings = self._configuration.settings
        reserve = DiskReserve(settings.store, settings.disk_reserve_mb * MEGABYTE)
        journal = SqliteJournal(settings.store, settings.durability.value, reserve)
        try:
            await self._run_on(journal, reserve)
        finally:
            journal.close()
        if self._error is not None:
            raise self._error

    async def _run_on(self, journal: SqliteJournal, reserve: DiskReserve) -> None:
        configuration = self._configuration
        store = configuration.settings.store
        base = base_state(store)
        state = recover(journal, base)
        if journal.ended_day is not None:
            journal.begin_next_file(carried_of(journal.ended_day, state))
        clock = SteadyClock(configuration.settings.clock_steady_seconds * NANOSECONDS)
        feed = FeedProcess(configuration.settings.path) if configuration.market_data else None
        market = None
        if feed is not None:
            # What was traded before a file without a beginning may be of any day.
            began_at = journal.began_at or time.time_ns()
            market = MappedMarket(books_path(configuration), state, time.time_ns, began_at)
        router = Router(configuration, state, journal, clock, reserve, self._failed, market=market)
        days = TradingDays(configuration.settings, router.sequencer)
        await days.end_if_over(journal.began_at)
        router.load()
        closings = Closings(router.sequencer, router.alarms)
        closings.look()
        pauses = GarbagePauses()
        operations = Operations(
            configuration,
            router.sequencer,
            router.sessions,
            router.alarms,
            lambda: [str(pauses)],
        )
        snapshots = Snapshots(store, router.sequencer, base.event_id)
        control = ControlServer(configuration.settings.control_socket, operations.handlers)
        self._on_signals(operations)
        collect_briefly()
        pauses.watch()
        try:
            await control.start()
            await router.start(self._ended)
            snapshots.start()
            days.start()
            closings.start()
            if feed is not None:
                feed.start()
            log.info("started", sessions=len(router.sequencer.members))
            await self._ended.wait()
        finally:
            pauses.stop()
            router.sequencer.end_waiting()  # an operator's command may wait for the disk
            if feed is not None:
                await feed.stop()
            await closings.stop()
            await days.stop()
            await control.stop()
            await operations.close()
            await router.stop()
            await snapshots.stop()
        log.info("stopped")

    def _on_signals(self, operations: Operations) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._ended.set)
        reloads: set[asyncio.Task[ControlAnswer]] = set()

        def reload() -> None:
            task = loop.create_task(operations.reload(SIGHUP_OPERATOR))
            reloads.add(task)  # the loop keeps no strong reference of its own
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)

    def _failed(self, error: BaseException) -> None:
        self._error = error
        self._ended.set()
