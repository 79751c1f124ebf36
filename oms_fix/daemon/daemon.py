"""The daemon put together: the one place where everything meets everything.

client links  -.                                       .-> acceptor
>-- sequencer (core, gateway, journal) -
venue links   -'                                       '-> initiators
"""

import asyncio
import signal
from collections.abc import Iterable

import structlog

from oms_fix.core.orders.state import State
from oms_fix.daemon.alarms import Alarms
from oms_fix.daemon.clock import SteadyClock
from oms_fix.daemon.configuration import DaemonConfiguration
from oms_fix.daemon.control import ControlAnswer, ControlServer
from oms_fix.daemon.guard import Guard
from oms_fix.daemon.operations import Operations
from oms_fix.daemon.recovery import base_state, recover
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.daemon.sessions import Sessions, used_by_open_orders, with_those_of_templates
from oms_fix.daemon.snapshots import Snapshots
from oms_fix.daemon.trading_day import TradingDays
from oms_fix.fix.garbage import collect_rarely
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.journal.carry import carried_of
from oms_fix.journal.records import StoreError
from oms_fix.journal.reserve import MEGABYTE, DiskReserve
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.commands import LoadReferenceData, LoadRules, SessionLoggedOut

SIGHUP_OPERATOR = "SIGHUP"
START_OPERATOR = "start"

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
        configured = (*configuration.clients, *configuration.venues)
        all_settings = with_those_of_templates(configured, state)
        _check_sessions(all_settings, state)
        clock = SteadyClock(configuration.settings.clock_steady_seconds * NANOSECONDS)
        alarms = Alarms(clock.now)
        sequencer = Sequencer(state, journal, clock.now, self._failed)
        guard = Guard(sequencer, reserve, clock, alarms)
        days = TradingDays(configuration.settings, sequencer)
        await days.end_if_over(journal.began_at)
        self._load(sequencer, state)
        sessions = Sessions(sequencer, all_settings)
        await sequencer.committed()
        operations = Operations(configuration, sequencer, sessions, alarms)
        snapshots = Snapshots(store, sequencer, base.event_id)
        control = ControlServer(configuration.settings.control_socket, operations.handlers)
        self._on_signals(operations)
        collect_rarely()
        try:
            await control.start()
            await guard.start()
            await sessions.start(self._ended)
            snapshots.start()
            days.start()
            log.info("started", sessions=len(sequencer.members))
            await self._ended.wait()
        finally:
            sequencer.end_waiting()  # an operator's command may wait for the disk
            await days.stop()
            await control.stop()
            await operations.close()
            await sessions.stop()
            await guard.stop()
            await sequencer.close()
            await snapshots.stop()
        log.info("stopped")

    def _load(self, sequencer: Sequencer, state: State) -> None:
        """Bring the recovered state up to the configuration, and to the fact that all is down."""
        for session in sorted(state.sessions_logged_on):
            sequencer.execute(SessionLoggedOut(session, "restart"))
        settings = self._configuration.settings
        if state.reference_version != settings.reference.version:
            sequencer.execute(LoadReferenceData(settings.reference, START_OPERATOR))
        if state.rules.version != settings.rules.version:
            sequencer.execute(LoadRules(settings.rules, START_OPERATOR))

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


def _check_sessions(known: Iterable[SessionSettings], state: State) -> None:
    """Refuse to go on with open orders whose client or venue is not configured any more."""
    gone = used_by_open_orders(state) - {each.name for each in known}
    if gone:
        names = ", ".join(sorted(gone))
        raise StoreError(f"the store has open orders of sessions that are not there: {names}")
