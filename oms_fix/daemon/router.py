"""The trading part of the daemon: what stands between a message store and the network.

Without signals and control socket, so that it runs as well on a simulated disk and network.
"""

import asyncio
from collections.abc import Callable, Iterable

from oms_fix.core.orders.state import State
from oms_fix.daemon.alarms import Alarms
from oms_fix.daemon.clock import SteadyClock
from oms_fix.daemon.configuration import DaemonConfiguration
from oms_fix.daemon.guard import Guard
from oms_fix.daemon.market import Market
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.daemon.sessions import (
    Accept,
    Sessions,
    used_by_open_orders,
    with_those_of_templates,
)
from oms_fix.fix.acceptor import Acceptor
from oms_fix.fix.settings import SessionSettings
from oms_fix.journal.records import Journal, StoreError
from oms_fix.journal.reserve import DiskReserve
from oms_fix.model.commands import LoadReferenceData, LoadRules, SessionLoggedOut

START_OPERATOR = "start"


class Router:
    """Orders in, orders out, on one store.

    Args:
        configuration: checked, with nothing wrong in it.
        state: as recovered from the journal.
        journal: opened.
        clock: of this host.
        reserve: of the store's disk.
        failed: called once with the error that stopped the flow; the router is to end then.
        accept: makes what listens for the clients.
        market: what is seen of the markets; None where there is no market data.

    Attributes:
        alarms: what keeps orders from being taken.
        sequencer: of all sessions.
        sessions: of the configuration; what is decided before they are up waits for them.

    Raises:
        StoreError: the store has open orders of sessions that are not configured.
    """

    def __init__(
        self,
        configuration: DaemonConfiguration,
        state: State,
        journal: Journal,
        clock: SteadyClock,
        reserve: DiskReserve,
        failed: Callable[[BaseException], None],
        accept: Accept = Acceptor,
        market: Market | None = None,
    ) -> None:
        self._configuration = configuration
        configured = (*configuration.clients, *configuration.venues)
        self._all_settings = with_those_of_templates(configured, state)
        _check_sessions(self._all_settings, state)
        self.alarms = Alarms(clock.now)
        self.sequencer = Sequencer(state, journal, clock.now, failed, market)
        self._guard = Guard(self.sequencer, reserve, clock, self.alarms)
        self.sessions = Sessions(self.sequencer, self._all_settings, accept)

    def load(self) -> None:
        """Bring the state up to the configuration, and to the fact that all is down.

        To be called once, before anything else.
        """
        state = self.sequencer.state
        for session in sorted(state.sessions_logged_on | state.clients_awaited.keys()):
            self.sequencer.execute(SessionLoggedOut(session, "restart"))
        settings = self._configuration.settings
        if state.reference_version != settings.reference.version:
            self.sequencer.execute(LoadReferenceData(settings.reference, START_OPERATOR))
        if state.rules.version != settings.rules.version:
            self.sequencer.execute(LoadRules(settings.rules, START_OPERATOR))

    async def start(self, ended: asyncio.Event) -> None:
        """Store what has begun, connect and listen; give up waiting once ``ended`` is set.

        Raises:
            StoreError: the store cannot be written.
            OSError: an address to listen on cannot be had.
        """
        await self.sequencer.committed()
        self.sequencer.watch_reviews()
        self.sequencer.watch_stops()
        await self._guard.start()
        await self.sessions.start(ended)

    async def stop(self) -> None:
        """Log out, close, and store what is left."""
        await self.sessions.stop()
        await self._guard.stop()
        await self.sequencer.close()


def _check_sessions(known: Iterable[SessionSettings], state: State) -> None:
    """Refuse to go on with open orders whose client or venue is not configured any more."""
    gone = used_by_open_orders(state) - {each.name for each in known}
    if gone:
        names = ", ".join(sorted(gone))
        raise StoreError(f"the store has open orders of sessions that are not there: {names}")
