"""One accepted connection: until its first message a stranger's, then a link's."""

import asyncio
import socket
import ssl
from typing import cast

from oms_fix.fix.admission import Address, LogonRefusedError
from oms_fix.fix.codec import Framer
from oms_fix.fix.link import Link
from oms_fix.fix.security import peer_address

# Before its Logon(A) a connection may take up this much, and no more.
_LOGON_SIZE_MAX_BYTES = 16 * 1024
_LINGER_SECONDS = 2.0


class AcceptedConnection(asyncio.Protocol):
    """Reads a first message and stops; goes on once the link is known.

    Attributes:
        peer: IP address of the other side.
        address: that it came in on.
        transport: None before ``open``.
        first_message: the bytes of the first message; LogonRefusedError if there will be none.
    """

    def __init__(
        self,
        accepted: socket.socket,
        peer: tuple[object, ...],
        address: Address,
        context: ssl.SSLContext | None,
    ) -> None:
        self.peer = peer_address(peer)
        self.address = address
        self.transport: asyncio.Transport | None = None
        self.first_message: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._socket = accepted
        self._context = context
        self._link: Link | None = None
        self._framer = Framer(_LOGON_SIZE_MAX_BYTES)
        self._unread = b""
        self._lost = False
        self._opened = False

    async def open(self, seconds: float) -> None:
        """Begin to read, after the TLS handshake if there is to be one.

        Raises:
            ssl.SSLError: the handshake failed.
            OSError: the connection broke, or the handshake took longer than this.
        """
        self._opened = True  # from here on the socket is the transport's, in success and failure
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: self,
            self._socket,
            ssl=self._context,
            ssl_handshake_timeout=seconds if self._context else None,
        )

    def hand_over(self, link: Link) -> None:
        """Give the connection, and what it has sent so far, to its link."""
        transport = self.transport
        assert transport is not None, "it has sent its first message"
        if self._lost or transport.is_closing():
            return
        self._link = link
        link.attach(transport)
        unread, self._unread = self._unread, b""
        link.received(unread)
        link.read_on()

    def close(self) -> None:
        """Close without an answer, which would tell a stranger too much."""
        if not self.first_message.cancel() and not self.first_message.cancelled():
            self.first_message.exception()  # looked at, lest asyncio miss it
        transport = self.transport
        if not self._opened:
            self._socket.close()
        elif transport is not None and not transport.is_closing():
            transport.close()
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, transport.abort)

    # --- what asyncio calls ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; with TLS, the handshake is done."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the stranger, or of the link's counterparty."""
        if self._link is not None:
            self._link.received(data)
        else:
            self._read_first(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Take note that nothing more will come."""
        self._lost = True
        self._refuse("closed before logon")
        if self._link is not None:
            self._link.detach()

    def _read_first(self, data: bytes) -> None:
        """Look for the first message; once it is there, what follows waits in the socket."""
        if self.first_message.cancelled():
            return
        self._unread += data
        if self.first_message.done():
            return
        found = self._framer.feed(data)
        garbled = self._framer.take_garbled()
        if found:
            self.first_message.set_result(found[0])
            if self.transport is not None:
                self.transport.pause_reading()
        elif garbled:
            self._refuse(f"garbled before logon: {garbled[0]}")
        elif len(self._unread) > _LOGON_SIZE_MAX_BYTES:
            self._refuse("too many bytes before logon")

    def _refuse(self, reason: str) -> None:
        if not self.first_message.done():
            self.first_message.set_exception(LogonRefusedError(reason))
