"""A session and the socket that it has at the moment, if it has one."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress

from oms_fix.fix.host import Host
from oms_fix.fix.message import Message
from oms_fix.fix.session import Session

log = logging.getLogger("oms_fix.fix")

TICK_SECONDS = 0.2
# A peer that reads nothing may not keep a closed connection open longer than this.
_LINGER_SECONDS = 2.0
# A peer that reads nothing may not make us keep more than this for it; it will ask again.
_BACKLOG_BYTES_MAX = 64 * 1024 * 1024


class Link:
    """Feeds one session from a transport, and its outputs to the host.

    Nothing here raises because the peer is gone: that comes as ``detach``.

    Attributes:
        session: for as long as the process lives.
        host: carries out the session's outputs.
        transport: the connection, or None.
        gone: set while there is no connection.
    """

    def __init__(self, session: Session, host: Host) -> None:
        self.session = session
        self.host = host
        self.transport: asyncio.Transport | None = None
        self.gone = asyncio.Event()
        self.gone.set()

    @property
    def name(self) -> str:
        """SessionName."""
        return self.session.name

    def attach(self, transport: asyncio.Transport) -> None:
        """Begin with a new connection."""
        self.transport = transport
        self.gone.clear()
        self.host.perform(self, self.session.connected(self.host.clock()))

    def received(self, data: bytes) -> None:
        """Take bytes from the socket."""
        self.host.perform(self, self.session.received(data, self.host.clock()))

    def tick(self) -> None:
        """Let the session do what is due; to be called a few times a second."""
        outputs = self.session.tick(self.host.clock())
        if outputs:
            self.host.perform(self, outputs)

    def send(self, message: Message) -> None:
        """Send an application message, now or after the next logon."""
        self.host.perform(self, self.session.send(message, self.host.clock()))

    def logout(self, text: str) -> None:
        """End the connection in good order."""
        self.host.perform(self, self.session.logout(text, self.host.clock()))

    def retrieved(self, begin: int, end: int, messages: Iterable[tuple[int, bytes]]) -> None:
        """Answer a ``Retrieve`` of the session."""
        outputs = self.session.retrieved(begin, end, messages, self.host.clock())
        self.host.perform(self, outputs)

    def write(self, data: bytes) -> None:
        """Write to the socket; without one, nothing happens: the peer will ask again."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > _BACKLOG_BYTES_MAX:
            log.warning("slow reader cut off", extra={"session": self.name})
            transport.abort()
        else:
            transport.write(data)

    def close(self) -> None:
        """Close the connection once all that was written has gone out."""
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.close()
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, transport.abort)

    def detach(self) -> None:
        """Take note that the connection is gone."""
        self.transport = None
        self.gone.set()
        self.host.perform(self, self.session.disconnected(self.host.clock()))


async def log_out_and_close(links: list[Link], text: str) -> None:
    """End all live connections in good order, within the longest LogoutTimeout of them."""
    live = [link for link in links if link.transport is not None]
    for link in live:
        link.logout(text)
    patience = max((link.session.settings.logout_timeout for link in live), default=0)
    await _all_gone(live, patience)
    for link in live:
        if link.transport is not None:
            link.transport.abort()
    await _all_gone(live, _LINGER_SECONDS)


async def _all_gone(links: list[Link], seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for link in links:
                await link.gone.wait()


class Ticker:
    """Calls ``tick`` of every link a few times a second, from ``start`` to ``stop``."""

    def __init__(self, links: list[Link]) -> None:
        self._links = links
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._handle = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """End."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _tick(self) -> None:
        self.start()
        for link in self._links:
            if link.transport is not None:
                link.tick()
