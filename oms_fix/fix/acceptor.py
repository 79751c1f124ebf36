"""Listens for counterparties and leads each connection to the session that its Logon names."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

from msgspec import Struct

from oms_fix.fix.accepted_connection import AcceptedConnection
from oms_fix.fix.admission import (
    Address,
    Admission,
    Candidate,
    LogonRefusedError,
    LogonRequest,
    read_request,
)
from oms_fix.fix.errors import LocalError
from oms_fix.fix.link import Link, Ticker, log, log_out_and_close
from oms_fix.fix.listener import Listener
from oms_fix.fix.pretty import redact
from oms_fix.fix.security import SecuritySettings
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.template import session_of
from oms_fix.fix.tls import peer_certificate
from oms_fix.fix.validation import compiled


class Limits(Struct, frozen=True):
    """How many connections may be without a session at a time, beyond one for each session.

    Attributes:
        spare_connections: from anywhere.
        spare_connections_per_address: from one IP address.
    """

    spare_connections: int = 100
    spare_connections_per_address: int = 20


class Acceptor:
    """Listens on every address of its links' settings; one timer ticks all its links.

    The first message of a connection must be a Logon(A) that names one session which has no
    connection, and proves what the settings of that session demand: address, certificate, password.
    Any other connection is closed with a line in the log and without an answer.

    Args:
        links: of the configured sessions.
        templates: settings of templates, for Logons that name none of the links.
        open_session: makes the link of a session of a template, whose counterparty has proved who
            it is; may raise LogonRefusedError. Needed where there are templates.
        limits: on connections without a session.
    """

    def __init__(
        self,
        links: list[Link],
        templates: Iterable[SessionSettings] = (),
        open_session: Callable[[SessionSettings], Link] | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self._links = list(links)
        self._by_identity = {_identity(link.session.settings): link for link in links}
        self._templates = list(templates)
        self._open_session = open_session
        self._admission = Admission(self._resolve)
        self._limits = limits
        self._ticker = Ticker(self._links)
        self._listeners: dict[Address, Listener] = {}
        self._pending: Counter[str] = Counter()
        self._connections: set[asyncio.Task[None]] = set()
        self._running = False

    @property
    def ports(self) -> list[int]:
        """Ports listened on, in the order of the settings; known after ``start``."""
        return [listener.port for listener in self._listeners.values()]

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: an address cannot be had; then none is listened on.
            LocalError: the TLS settings are of no use.
        """
        self._running = True
        for template in self._templates:
            compiled(template.load_dictionary())  # rather than when the first one logs on
        try:
            for settings in [*self._templates, *(link.session.settings for link in self._links)]:
                await self._listen(settings)
        except (OSError, LocalError):
            await self.stop()
            raise
        self._ticker.start()

    async def stop(self) -> None:
        """Listen no more, log out and close what is connected."""
        self._running = False
        for listener in list(self._listeners.values()):
            await listener.close()
        self._listeners.clear()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)
        await log_out_and_close(self._links, "")
        self._ticker.stop()
        self._admission.close()

    async def add(self, link: Link) -> None:
        """Take a session in, while running too; the others notice nothing.

        Raises:
            OSError: its address cannot be had.
            LocalError: its TLS settings are of no use, or others than those at the same address;
                or the session is here already.
        """
        if _identity(link.session.settings) in self._by_identity:
            raise LocalError(f"{link.name} is accepted already")
        if self._running:
            await self._listen(link.session.settings)
        self._take_in(link)

    async def remove(self, link: Link) -> None:
        """Log a session out, close it and forget it; ValueError if it is not here.

        An address that no other session has is listened on no more.
        """
        self._links.remove(link)
        del self._by_identity[_identity(link.session.settings)]
        address = _address(link.session.settings)
        if not self._at(address):
            listener = self._listeners.pop(address, None)
            if listener is not None:
                await listener.close()
        await log_out_and_close([link], "")

    def _take_in(self, link: Link) -> None:
        self._links.append(link)
        self._by_identity[_identity(link.session.settings)] = link

    async def _listen(self, settings: SessionSettings) -> None:
        address, security = _address(settings), settings.security
        listener = self._listeners.get(address)
        if listener is None:
            listener = await self.open_listener(address, security)
            self._listeners[address] = listener
        elif listener.security.of_listener != security.of_listener:
            raise LocalError(f"{settings.name}: another TLS setting than others at its address")

    async def open_listener(self, address: Address, security: SecuritySettings) -> Listener:
        """Listen at an address, for ``accepted``; on another network, in another way.

        Raises:
            OSError: the address cannot be had.
            LocalError: the TLS settings are of no use.
        """
        return await Listener.open(address, security, self.accepted)

    def _resolve(self, request: LogonRequest) -> Candidate | None:
        identity = (
            request.address,
            request.begin_string,
            request.target_comp_id,
            request.sender_comp_id,
        )
        link = self._by_identity.get(identity)
        if link is not None:
            return Candidate(link.session.settings, lambda: self._known(link))
        for template in self._templates:
            settings = session_of(template, request.sender_comp_id)
            if settings is not None and _identity(settings) == identity:
                return Candidate(settings, partial(self._new, settings))
        return None

    # Meanwhile a password was checked, and things may have changed.

    def _known(self, link: Link) -> Link:
        if self._by_identity.get(_identity(link.session.settings)) is not link:
            raise LogonRefusedError(f"{link.name} has been removed")
        return link

    def _new(self, settings: SessionSettings) -> Link:
        link = self._by_identity.get(_identity(settings))
        if link is None:
            assert self._open_session is not None, "there are templates"
            made = [each.session.settings.of_template for each in self._links]
            if made.count(settings.of_template) >= settings.max_template_sessions:
                raise LogonRefusedError(f"no more sessions of template {settings.of_template}")
            link = self._open_session(settings)
            self._take_in(link)
        return link

    def _at(self, address: Address) -> list[SessionSettings]:
        """Return the settings of all sessions and templates at an address."""
        here = [*(link.session.settings for link in self._links), *self._templates]
        return [settings for settings in here if _address(settings) == address]

    # --- a connection until it has its session ---------------------------------------------------

    def accepted(self, connection: AcceptedConnection) -> None:
        """Take a new connection, or close it at once."""
        reason = self._too_many(connection.peer)
        if not any(each.security.allows(connection.peer) for each in self._at(connection.address)):
            reason = "no session may connect from there"
        if reason is not None:
            _log_refused(connection, reason)
            connection.close()
            return
        self._pending[connection.peer] += 1
        task = asyncio.get_running_loop().create_task(self._attend(connection))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    def _too_many(self, peer: str) -> str | None:
        sessions = len(self._links)
        if self._pending[peer] >= sessions + self._limits.spare_connections_per_address:
            return "too many connections before logon from this address"
        if self._pending.total() >= sessions + self._limits.spare_connections:
            return "too many connections before logon"
        return None

    async def _attend(self, connection: AcceptedConnection) -> None:
        """Bring one connection to its session, or close it."""
        try:
            link = await self._admit(connection)
            connection.hand_over(link)
        except LogonRefusedError as error:
            _log_refused(connection, str(error))
            connection.close()
        except BaseException:
            connection.close()
            raise
        finally:
            self._pending[connection.peer] -= 1
            if not self._pending[connection.peer]:
                del self._pending[connection.peer]

    async def _admit(self, connection: AcceptedConnection) -> Link:
        here = self._at(connection.address)
        seconds = max((each.logon_timeout for each in here), default=0)
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            await connection.open(seconds)
            async with asyncio.timeout_at(deadline):
                raw = await connection.first_message
                request = self._request(raw, connection)
                has_credentials = any(each.security.credentials_file for each in here)
                return await self._admission.admit(request, has_credentials=has_credentials)
        except TimeoutError as error:
            raise LogonRefusedError("no Logon in time") from error
        except ssl.SSLError as error:
            raise LogonRefusedError(f"TLS: {error.reason or error}") from error
        except OSError as error:
            raise LogonRefusedError(f"connection lost before logon: {error}") from error

    @staticmethod
    def _request(raw: bytes, connection: AcceptedConnection) -> LogonRequest:
        log.debug("first message", extra={"peer": connection.peer, "fix": redact(raw)})
        assert connection.transport is not None
        certificate = peer_certificate(connection.transport.get_extra_info("ssl_object"))
        return read_request(raw, connection.address, connection.peer, certificate)


def _log_refused(connection: AcceptedConnection, reason: str) -> None:
    log.warning("connection refused", extra={"peer": connection.peer, "reason": reason})


def _address(settings: SessionSettings) -> Address:
    return settings.socket_accept_host, settings.socket_accept_port


def _identity(settings: SessionSettings) -> tuple[Address, str, str, str]:
    return (
        _address(settings),
        settings.begin_string,
        settings.sender_comp_id,
        settings.target_comp_id,
    )
