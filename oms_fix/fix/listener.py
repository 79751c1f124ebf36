"""The sockets of one listening address, and the loop that accepts from them.

Connections are accepted here, and not by a server of asyncio, so that they can be counted and
refused before the TLS handshake rather than after it.
"""

import asyncio
import socket
from collections.abc import Callable

from oms_fix.fix.accepted_connection import AcceptedConnection
from oms_fix.fix.admission import Address
from oms_fix.fix.link import log
from oms_fix.fix.security import SecuritySettings
from oms_fix.fix.tls import ServerContext

_BACKLOG = 512
# After a failure to accept, such as too many open files, which has to pass by itself.
_PAUSE_SECONDS = 0.5


class Listener:
    """Accepts connections at one address from ``open`` to ``close``.

    Attributes:
        security: what all sessions at this address have in common.
        port: listened on.
    """

    def __init__(
        self,
        address: Address,
        security: SecuritySettings,
        sockets: list[socket.socket],
        context: ServerContext | None,
        accepted: Callable[[AcceptedConnection], None],
    ) -> None:
        self.security = security
        self.port: int = sockets[0].getsockname()[1]
        self._address = address
        self._sockets = sockets
        self._context = context
        self._accepted = accepted
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._accept(each)) for each in sockets]

    @classmethod
    async def open(
        cls,
        address: Address,
        security: SecuritySettings,
        accepted: Callable[[AcceptedConnection], None],
    ) -> "Listener":
        """Listen at an address, on all that a host name stands for.

        Raises:
            OSError: the address cannot be had.
            TlsError: the TLS settings are of no use.
        """
        context = ServerContext(security) if security.socket_use_ssl else None
        host, port = address
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        sockets: list[socket.socket] = []
        try:
            for family, _, _, _, place in dict.fromkeys(found):
                sockets.append(_listening(family, place))
        except OSError as error:
            for each in sockets:
                each.close()
            raise OSError(error.errno, f"cannot listen on {host}:{port}: {error}") from error
        return cls(address, security, sockets, context, accepted)

    async def close(self) -> None:
        """Accept no more; what was accepted is not touched."""
        for task in self._tasks:
            task.cancel()
        # The loop has to have forgotten the sockets before their numbers are used again.
        await asyncio.wait(self._tasks)
        for each in self._sockets:
            each.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, peer = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("cannot accept", extra={"port": self.port, "reason": str(error)})
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            try:
                context = self._context.for_new_connection() if self._context else None
                self._accepted(AcceptedConnection(accepted, peer, self._address, context))
            except Exception:  # noqa: BLE001 - whatever it was, others have to be able to connect
                log.exception("connection dropped", extra={"port": self.port})
                accepted.close()


def _listening(family: int, place: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made
