"""Listens for counterparties and leads each connection to the session that its Logon names."""

import asyncio
from functools import partial
from typing import cast

from oms_fix.fix.codec import Framer, parse
from oms_fix.fix.errors import FixError
from oms_fix.fix.link import Link, Ticker, log, log_out_and_close

# Before its Logon(A) a connection may take up this much, and no more.
_LOGON_SIZE_MAX_BYTES = 16 * 1024
_CONNECTIONS_BEFORE_LOGON_MAX = 100

_Address = tuple[str, int]


class Acceptor:
    """Listens on every address of its links' settings; one timer ticks all its links.

    The first message of a connection must be a Logon(A) that names one configured session which
    has no connection; any other connection is closed with a line in the log and without an answer.

    Attributes:
        ports: the ports listened on, in the order of the settings; known after ``start``.
        logon_timeout: seconds that a connection has for its first message: the longest
            LogonTimeout of the links.
    """

    def __init__(self, links: list[Link]) -> None:
        self._links = links
        self._by_identity = {_identity(link): link for link in links}
        self._ticker = Ticker(links)
        self._servers: list[asyncio.Server] = []
        self._strangers: set[_Connection] = set()
        self.ports: list[int] = []
        timeouts = (link.session.settings.logon_timeout for link in links)
        self.logon_timeout = max(timeouts, default=0)

    async def start(self) -> None:
        """Listen; OSError if an address cannot be had, and then on none."""
        loop = asyncio.get_running_loop()
        try:
            for address in dict.fromkeys(_address(link) for link in self._links):
                server = await loop.create_server(partial(_Connection, self, address), *address)
                self._servers.append(server)
                self.ports.append(server.sockets[0].getsockname()[1])
        except OSError:
            await self.stop()
            raise
        self._ticker.start()

    async def stop(self) -> None:
        """Listen no more, log out and close what is connected."""
        for server in self._servers:
            server.close()
        for connection in list(self._strangers):
            connection.refuse("the acceptor stops")
        await log_out_and_close(self._links, "")
        self._ticker.stop()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()
        self.ports.clear()

    def admit(self, connection: "_Connection") -> bool:
        """Take note of a connection without a session; False if there are too many of them."""
        if len(self._strangers) >= _CONNECTIONS_BEFORE_LOGON_MAX:
            return False
        self._strangers.add(connection)
        return True

    def dismiss(self, connection: "_Connection") -> None:
        """Take note that a connection has found its session or is gone."""
        self._strangers.discard(connection)

    def link_of(self, raw: bytes, address: _Address) -> Link:
        """Return the link that a first message at an address is for; FixError if there is none."""
        message = parse(raw, {})
        if message.msg_type != "A":
            raise FixError(f"first message is no Logon(A) but {message.msg_type}")
        begin_string = raw[2 : raw.index(b"\x01")].decode("latin-1")
        sender, target = message.text(49) or "", message.text(56) or ""
        link = self._by_identity.get((address, begin_string, target, sender))
        if link is None:
            raise FixError(f"no session {begin_string} {sender} to {target}")
        if link.transport is not None:
            raise FixError(f"second logon of live session {link.name}")
        return link


def _address(link: Link) -> _Address:
    settings = link.session.settings
    return settings.socket_accept_host, settings.socket_accept_port


def _identity(link: Link) -> tuple[_Address, str, str, str]:
    settings = link.session.settings
    return _address(link), settings.begin_string, settings.sender_comp_id, settings.target_comp_id


class _Connection(asyncio.Protocol):
    """One accepted connection: until its first message a stranger's, then a link's."""

    def __init__(self, acceptor: Acceptor, address: _Address) -> None:
        self._acceptor = acceptor
        self._address = address
        self._link: Link | None = None
        self._framer = Framer(_LOGON_SIZE_MAX_BYTES)
        self._unread = b""
        self._transport: asyncio.Transport | None = None
        self._timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        loop = asyncio.get_running_loop()
        seconds = self._acceptor.logon_timeout
        self._timeout = loop.call_later(seconds, self.refuse, "no Logon in time")
        if not self._acceptor.admit(self):
            self.refuse("too many connections before logon")

    def data_received(self, data: bytes) -> None:
        if self._link is not None:
            self._link.received(data)
        elif self._transport is not None and not self._transport.is_closing():
            self._first_message(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._settle()
        if self._link is not None:
            self._link.detach()

    def _first_message(self, data: bytes) -> None:
        self._unread += data
        found = self._framer.feed(data)
        garbled = self._framer.take_garbled()
        if found:
            self._log_on(found[0])
        elif garbled:
            self.refuse(f"garbled before logon: {garbled[0]}")
        elif len(self._unread) > _LOGON_SIZE_MAX_BYTES:
            self.refuse("too many bytes before logon")

    def _log_on(self, first: bytes) -> None:
        transport = self._transport
        assert transport is not None
        try:
            link = self._acceptor.link_of(first, self._address)
        except FixError as error:
            self.refuse(str(error))
            return
        self._settle()
        self._link = link
        link.attach(transport)
        link.received(self._unread)
        self._unread = b""

    def _settle(self) -> None:
        """Be no stranger any more."""
        self._acceptor.dismiss(self)
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    def refuse(self, reason: str) -> None:
        """Close without an answer, which would tell a stranger too much."""
        transport = self._transport
        if transport is not None:
            peer = transport.get_extra_info("peername")
            log.warning("connection refused", extra={"peer": str(peer), "reason": reason})
            transport.close()
        self._settle()
