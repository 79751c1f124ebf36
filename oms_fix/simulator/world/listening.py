"""How the router listens on the simulated network: the acceptor's own rules, other sockets."""

import socket
from collections.abc import Callable
from typing import cast

from oms_fix.fix.accepted_connection import AcceptedConnection
from oms_fix.fix.acceptor import Acceptor
from oms_fix.fix.admission import Address
from oms_fix.fix.link import Link
from oms_fix.fix.listener import Listener
from oms_fix.fix.security import SecuritySettings
from oms_fix.fix.settings import SessionSettings
from oms_fix.simulator.world.loop import Process
from oms_fix.simulator.world.network import Endpoint, Network

_PEER_PORT = 40_000


class WorldListener(Listener):
    """A port of the simulated network."""

    def __init__(
        self,
        network: Network,
        owner: Process,
        address: Address,
        security: SecuritySettings,
        accepted: Callable[[AcceptedConnection], None],
    ) -> None:
        self.security = security
        self.port = address[1]
        self._network = network
        self._owner = owner
        self._place = address
        self._take = accepted
        network.listen(self.port, owner, self._endpoint)

    async def close(self) -> None:
        """Accept no more."""
        self._network.close_port(self.port, self._owner)

    def _endpoint(self, endpoint: Endpoint) -> None:
        peer = (endpoint.peer, _PEER_PORT)
        # An endpoint stands for the socket: it is only ever closed or handed to the loop.
        accepted = cast("socket.socket", endpoint)
        self._take(AcceptedConnection(accepted, peer, self._place, None))


class WorldAcceptor(Acceptor):
    """Listens on the simulated network."""

    def __init__(
        self,
        network: Network,
        owner: Process,
        links: list[Link],
        templates: list[SessionSettings],
        open_session: Callable[[SessionSettings], Link],
    ) -> None:
        super().__init__(links, templates, open_session)
        self._network = network
        self._owner = owner

    async def open_listener(self, address: Address, security: SecuritySettings) -> Listener:
        """Listen at an address."""
        return WorldListener(self._network, self._owner, address, security, self.accepted)
