"""The sessions of the daemon: brought up together, changed one by one while the others go on."""

import asyncio
from collections.abc import Iterable

from oms_fix.core.orders.state import State
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.fix.acceptor import Acceptor
from oms_fix.fix.initiator import Initiator
from oms_fix.fix.link import Link
from oms_fix.fix.session import SequenceNumbers, Session
from oms_fix.fix.settings import ConnectionType, SessionSettings

_VENUES_WAIT_TICKS = 150
_TICK_S = 0.02


class Sessions:
    """Makes links of settings and keeps them connected: clients by one acceptor, venues each alone.

    Args:
        sequencer: hosts them.
        all_settings: of the sessions that are there from the start.
    """

    def __init__(self, sequencer: Sequencer, all_settings: Iterable[SessionSettings]) -> None:
        self._sequencer = sequencer
        links = [self._link(settings) for settings in all_settings]
        self._acceptor = Acceptor([link for link in links if _is_client(link)])
        self._initiators = {link.name: Initiator(link) for link in links if not _is_client(link)}

    def _link(self, settings: SessionSettings) -> Link:
        stored = self._sequencer.numbers(settings.name)
        numbers = SequenceNumbers(next_in=stored.next_in, next_out=stored.next_out)
        session = Session(settings, settings.load_dictionary(), numbers)
        link = Link(session, self._sequencer, self._sequencer.used_at(settings.name))
        link.enabled = settings.name not in self._sequencer.state.sessions_disabled
        self._sequencer.add(link)
        return link

    async def start(self, ended: asyncio.Event) -> None:
        """Connect to the venues, then listen for clients.

        The venues get a moment to log on, so that the first orders find them there.

        Raises:
            OSError: an address to listen on cannot be had.
        """
        for initiator in self._initiators.values():
            await initiator.start()
        for _ in range(_VENUES_WAIT_TICKS):
            if ended.is_set() or all(self.link(name).is_settled for name in self._initiators):
                break
            await asyncio.sleep(_TICK_S)
        await self._acceptor.start()

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
        if _is_client(link):
            await self._acceptor.add(link)
            return
        self._initiators[link.name] = Initiator(link)
        await self._initiators[link.name].start()

    async def remove(self, name: str) -> None:
        """Log a session out and forget it; its messages and numbers stay in the store."""
        link = self.link(name)
        if _is_client(link):
            await self._acceptor.remove(link)
        else:
            await self._initiators.pop(name).stop()
        await self._sequencer.committed()
        self._sequencer.remove(link)


def used_by_open_orders(state: State) -> set[str]:
    """Return the sessions, of clients and venues, that open orders need."""
    open_orders = [order for order in state.orders.values() if order.is_open]
    venues = {child.venue for order in open_orders for child in order.open_children}
    return venues | {order.session for order in open_orders}


def _is_client(link: Link) -> bool:
    return link.session.settings.connection_type is ConnectionType.ACCEPTOR
