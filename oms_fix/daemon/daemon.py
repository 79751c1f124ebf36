"""The daemon put together: the one place where everything meets everything.

client links  -.                                       .-> acceptor
>-- sequencer (core, gateway, journal) -
venue links   -'                                       '-> initiators
"""

import asyncio
import signal

import structlog

from oms_fix.core.orders.state import State
from oms_fix.daemon import clock
from oms_fix.daemon.configuration import DaemonConfiguration, load_rules
from oms_fix.daemon.control import ControlAnswer, ControlServer
from oms_fix.daemon.recovery import recover
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.fix.acceptor import Acceptor
from oms_fix.fix.initiator import Initiator
from oms_fix.fix.link import Link
from oms_fix.fix.session import SequenceNumbers, Session
from oms_fix.fix.settings import SessionSettings
from oms_fix.journal.records import Journal, StoreError
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.commands import LoadReferenceData, LoadRules, SessionLoggedOut

TICK_S = 0.02
VENUES_WAIT_TICKS = 150
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
        """Run until a signal or a failed commit.

        Raises:
            StoreError: the store could not be opened or written; nothing unstored was released.
        """
        settings = self._configuration.settings
        journal = SqliteJournal(settings.store, settings.durability.value)
        try:
            await self._run_on(journal)
        finally:
            journal.close()
        if self._error is not None:
            raise self._error

    async def _run_on(self, journal: Journal) -> None:
        state = recover(journal)
        self._check_sessions(state)
        sequencer = Sequencer(state, journal, clock.now, self._failed)
        self._load(sequencer, state)
        clients = self._links(sequencer, self._configuration.clients)
        venues = self._links(sequencer, self._configuration.venues)
        await sequencer.committed()
        acceptor = Acceptor(clients)
        initiators = [Initiator(link) for link in venues]
        control = ControlServer(
            self._configuration.settings.control_socket,
            {
                "reload": lambda operator: self._reload(sequencer, operator),
                "status": lambda _operator: _status(sequencer),
            },
        )
        self._on_signals(sequencer)
        try:
            await control.start()
            for initiator in initiators:
                await initiator.start()
            await self._venues_up(venues)
            await acceptor.start()
            log.info("started", clients=len(clients), venues=len(venues))
            await self._ended.wait()
        finally:
            await control.stop()
            # Clients first: an order that crosses our Logout still finds its venues there.
            await acceptor.stop()
            await asyncio.gather(*(initiator.stop() for initiator in initiators))
            await sequencer.close()
        log.info("stopped")

    async def _venues_up(self, venues: list[Link]) -> None:
        """Give the venues a moment to log on, so that the first orders find them there."""
        for _ in range(VENUES_WAIT_TICKS):
            if self._ended.is_set() or all(link.session.logged_on for link in venues):
                return
            await asyncio.sleep(TICK_S)

    def _load(self, sequencer: Sequencer, state: State) -> None:
        """Bring the recovered state up to the configuration, and to the fact that all is down."""
        for session in sorted(state.sessions_logged_on):
            sequencer.execute(SessionLoggedOut(session, "restart"))
        settings = self._configuration.settings
        if state.reference_version != settings.reference.version:
            sequencer.execute(LoadReferenceData(settings.reference, START_OPERATOR))
        if state.rules.version != settings.rules.version:
            sequencer.execute(LoadRules(settings.rules, START_OPERATOR))

    def _check_sessions(self, state: State) -> None:
        """Refuse to go on with open orders whose client or venue is not configured any more."""
        known = {each.name for each in (*self._configuration.clients, *self._configuration.venues)}
        open_orders = [order for order in state.orders.values() if order.is_open]
        used = {order.session for order in open_orders}
        used |= {child.venue for order in open_orders for child in order.open_children}
        if used - known:
            names = ", ".join(sorted(used - known))
            raise StoreError(f"the store has open orders of sessions that are not there: {names}")

    def _links(self, sequencer: Sequencer, all_settings: tuple[SessionSettings, ...]) -> list[Link]:
        links = []
        for settings in all_settings:
            stored = sequencer.numbers(settings.name)
            numbers = SequenceNumbers(next_in=stored.next_in, next_out=stored.next_out)
            session = Session(settings, settings.load_dictionary(), numbers)
            link = Link(session, sequencer, sequencer.used_at(settings.name))
            sequencer.add(link)
            links.append(link)
        return links

    async def _reload(self, sequencer: Sequencer, operator: str) -> ControlAnswer:
        """Load checks and routes anew: all or nothing."""
        loaded = await asyncio.to_thread(load_rules, self._configuration)
        if isinstance(loaded, list):
            log.error("reload_refused", operator=operator, problems=[str(each) for each in loaded])
            kept = f"the rules {sequencer.state.rules.version} stay in force"
            return ControlAnswer(done=False, lines=[*(str(each) for each in loaded), kept])
        if loaded.version == sequencer.state.rules.version:
            return ControlAnswer(done=True, lines=[f"unchanged: rules {loaded.version}"])
        sequencer.execute(LoadRules(loaded, operator))
        await sequencer.committed()
        log.info("reloaded", operator=operator, version=loaded.version)
        checks, routes = len(loaded.checks), len(loaded.routes)
        line = f"in force: rules {loaded.version} ({checks} checks, {routes} routes)"
        return ControlAnswer(done=True, lines=[line])

    def _on_signals(self, sequencer: Sequencer) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._ended.set)
        reloads: set[asyncio.Task[ControlAnswer]] = set()

        def reload() -> None:
            task = loop.create_task(self._reload(sequencer, SIGHUP_OPERATOR))
            reloads.add(task)  # the loop keeps no strong reference of its own
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)

    def _failed(self, error: BaseException) -> None:
        self._error = error
        self._ended.set()


async def _status(sequencer: Sequencer) -> ControlAnswer:
    """What one wants to know first of a running daemon."""
    state = sequencer.state
    open_orders = sum(order.is_open for order in state.orders.values())
    lines = [
        f"rules {state.rules.version}, reference data {state.reference_version}",
        f"orders {len(state.orders)}, of them open {open_orders}",
    ]
    for name, member in sorted(sequencer.members.items()):
        session = member.link.session
        role = "client" if member.is_client else "venue"
        logged_on = "logged on" if session.logged_on else "not logged on"
        lines.append(
            f"{role} {name}: {logged_on}, next in {session.next_in}, next out {session.next_out}"
        )
    return ControlAnswer(done=True, lines=lines)
