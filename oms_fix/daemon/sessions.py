"""The sessions of the daemon: brought up together, changed one by one while the others go on."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from oms_fix.core.orders.state import State
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.fix.acceptor import Acceptor
from oms_fix.fix.admission import LogonRefusedError
from oms_fix.fix.initiator import Initiator
from oms_fix.fix.link import Link
from oms_fix.fix.session import SequenceNumbers
from oms_fix.fix.session_port import open_session
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.template import comp_id_in, session_of
from oms_fix.model.commands import OperateSession
from oms_fix.model.enums import SessionOperation

TEMPLATE_OPERATOR = "template"
_VENUES_WAIT_TICKS = 150
_TICK_S = 0.02


Accept = Callable[[list[Link], list[SessionSettings], Callable[[SessionSettings], Link]], Acceptor]
"""Makes what listens for clients, out of links, templates, and what opens their sessions."""


class Sessions:
    """Makes links of settings and keeps them connected: clients by one acceptor, venues each alone.

    Args:
        sequencer: hosts them.
        all_settings: of the sessions that are there from the start, and of templates.
        accept: makes what listens for the clients.
    """

    def __init__(
        self,
        sequencer: Sequencer,
        all_settings: Iterable[SessionSettings],
        accept: Accept = Acceptor,
    ) -> None:
        self._sequencer = sequencer
        templates: list[SessionSettings] = []
        links: list[Link] = []
        for settings in all_settings:
            if settings.acceptor_template:
                templates.append(settings)
            else:
                links.append(self._link(settings))
        clients = [link for link in links if _is_client(link)]
        self._acceptor = accept(clients, templates, self._open)
        self._initiators = {link.name: Initiator(link) for link in links if not _is_client(link)}

    def _link(self, settings: SessionSettings) -> Link:
        stored = self._sequencer.numbers(settings.name)
        numbers = SequenceNumbers(next_in=stored.next_in, next_out=stored.next_out)
        session = open_session(settings, numbers)
        link = Link(session, self._sequencer, self._sequencer.used_at(settings.name))
        link.enabled = settings.name not in self._sequencer.state.sessions_disabled
        self._sequencer.add(link)
        return link

    def _open(self, settings: SessionSettings) -> Link:
        """Make a session of a template; it is there again after a restart."""
        name, template = settings.name, settings.of_template
        assert template is not None, "it is of one"
        if name in self._sequencer.members:
            raise LogonRefusedError(f"another session is called {name}")
        add = SessionOperation.ADD
        self._sequencer.execute(OperateSession(name, add, TEMPLATE_OPERATOR, template=template))
        return self._link(settings)

    async def start(self, ended: asyncio.Event) -> None:
        """Connect to the venues, then listen for clients.

        The venues get a moment to log on and to say where our orders stand, so that the first new
        ones find them there.

        Raises:
            OSError: an address to listen on cannot be had.
        """
        for initiator in self._initiators.values():
            await initiator.start()
        for _ in range(_VENUES_WAIT_TICKS):
            if ended.is_set() or all(self._is_ready(name) for name in self._initiators):
                break
            await asyncio.sleep(_TICK_S)
        await self._acceptor.start()

    def _is_ready(self, venue: str) -> bool:
        """Whether a venue can have orders, or need not be waited for."""
        under_way = self._sequencer.state.reconciliations
        return self.link(venue).is_settled and venue not in under_way

    async def stop(self) -> None:
        """Log out and close; clients first: what crosses our Logout still finds its venues."""
        await self._acceptor.stop()
        await asyncio.gather(*(initiator.stop() for initiator in self._initiators.values()))

    def link(self, name: str) -> Link:
        """Return the link of a session; KeyError if there is none of this name."""
        return self._sequencer.members[name].link

    async def add(self, settings: SessionSettings) -> None:
        """Bring a session up; its numbers go on where the store has them.

        Raises:
            FixError: its dictionary or its TLS settings are of no use.
            OSError: its address cannot be had.
        """
        link = self._link(settings)
        try:
            await self._bring_up(link)
        except BaseException:
            self._sequencer.remove(link.name)
            raise

    async def change(self, settings: SessionSettings) -> None:
        """Put a session with other settings in the place of the one of its name.

        Meanwhile it numbers and stores what is sent as if logged out. On an error it is as it was.

        Raises:
            FixError, OSError: as in ``add``.
        """
        settings.load_dictionary()
        before = self.link(settings.name)
        await self._take_down(before)
        try:
            await self._bring_up(self._link(settings))
        except BaseException:
            await self._bring_up(self._link(before.session.settings))
            raise

    async def remove(self, name: str) -> bool:
        """Log a session out and forget it; its messages and numbers stay in the store.

        Returns:
            False if it is needed after all, because orders came in until it was logged out: then it
            is there as before.
        """
        link = self.link(name)
        await self._take_down(link)
        if name in used_by_open_orders(self._sequencer.state):
            await self._bring_up(link)
            return False
        self._sequencer.remove(name)
        return True

    async def _bring_up(self, link: Link) -> None:
        if _is_client(link):
            await self._acceptor.add(link)
            return
        self._initiators[link.name] = Initiator(link)
        await self._initiators[link.name].start()

    async def _take_down(self, link: Link) -> None:
        """Log a session out; in an outage of the store it hears only afterwards that it is gone."""
        if _is_client(link):
            await self._acceptor.remove(link)
        else:
            await self._initiators.pop(link.name).stop()
        await self._sequencer.committed()


def with_those_of_templates(
    configured: Sequence[SessionSettings], state: State
) -> list[SessionSettings]:
    """Return the configured settings, and those of the sessions that templates have made so far.

    What is configured now comes first: a session whose name or CompIDs have a section of their own
    meanwhile is the one of that section; one whose template is gone is gone with it.
    """
    templates = {each.name: each for each in configured if each.acceptor_template}
    taken = {each.name for each in configured} | {_identity(each) for each in configured}
    found = list(configured)
    for name, template_name in state.templates_by_session.items():
        template = templates.get(template_name)
        settings = session_of(template, comp_id_in(template, name)) if template else None
        if settings is not None and not taken & {settings.name, _identity(settings)}:
            found.append(settings)
    return found


def _identity(settings: SessionSettings) -> tuple[str, str, str]:
    return settings.begin_string, settings.sender_comp_id, settings.target_comp_id


def used_by_open_orders(state: State) -> set[str]:
    """Return the sessions, of clients and venues, that some order still needs.

    An order that has ended may have a child that a bust has opened again.
    """
    used: set[str] = set()
    for order in state.orders.values():
        venues = {child.venue for child in order.children if child.is_open or child.request}
        if order.is_open or venues:
            used |= venues | {order.session}
    return used


def _is_client(link: Link) -> bool:
    return link.session.settings.connection_type is ConnectionType.ACCEPTOR
