"""Connects one session to its counterparty, again and again."""

import asyncio
import ssl
from typing import cast

from oms_fix.fix.errors import FixError
from oms_fix.fix.link import TICK_SECONDS, Link, Ticker, log, log_out_and_close
from oms_fix.fix.tls import PinError, check_pin, client_context, peer_certificate

_CONNECT_TIMEOUT_SECONDS = 10.0


class Initiator:
    """Keeps one link connected while its session is open.

    Tries again ReconnectInterval after a failure or a loss.

    Nothing that goes wrong with one attempt ends the next ones. One timer ticks the link.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._ticker = Ticker([link])
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._ticker.start()
        self._task = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Connect no more, log out, and close."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        await log_out_and_close([self._link], "")
        self._ticker.stop()

    async def _keep_connected(self) -> None:
        while True:
            await self._opening()
            try:
                await self._connect_once()
            except (OSError, TimeoutError, FixError) as error:
                log.info("cannot connect", extra={**self._details(), "reason": _reason(error)})
            except Exception:  # noqa: BLE001 - whatever it was, a session must not end in silence
                log.exception("cannot connect", extra=self._details())
            await asyncio.sleep(self._link.session.settings.reconnect_interval)

    async def _opening(self) -> None:
        """Wait until the session is open."""
        while not self._link.is_open:  # noqa: ASYNC110 - a clock tells nobody what time it is
            await asyncio.sleep(TICK_SECONDS)

    def _details(self) -> dict[str, str]:
        settings = self._link.session.settings
        address = f"{settings.socket_connect_host}:{settings.socket_connect_port}"
        return {"session": self._link.name, "address": address}

    async def _connect_once(self) -> None:
        """Connect and wait until the connection is gone.

        Raises:
            OSError: nobody is there, or TLS failed.
            TimeoutError: it took too long.
            FixError: the TLS settings are of no use, or the counterparty has another certificate.
        """
        settings = self._link.session.settings
        host, port = settings.socket_connect_host, settings.socket_connect_port
        loop = asyncio.get_running_loop()
        context = None
        if settings.security.socket_use_ssl:
            # Read anew each time, for renewed certificates; reading files takes its time.
            context = await loop.run_in_executor(None, client_context, settings.security)
        async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
            _, connection = await loop.create_connection(
                lambda: _Connection(self._link),
                host,
                port,
                ssl=context,
                server_hostname=(settings.security.sni_host_name or host) if context else None,
            )
        if connection.problem is not None:
            raise connection.problem
        await self._link.gone.wait()


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate refused: {error.verify_message}"
    return str(error) or "timed out"


class _Connection(asyncio.Protocol):
    """One connection of the link.

    Attributes:
        problem: the certificate is not the one that the session is pinned to.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._is_attached = False
        self.problem: PinError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._link.is_open:  # it was disabled, or its hours ended, while this was under way
            cast("asyncio.Transport", transport).abort()
            return
        try:
            check_pin(
                self._link.session.settings.security,
                peer_certificate(transport.get_extra_info("ssl_object")),
            )
        except PinError as error:
            self.problem = error
            cast("asyncio.Transport", transport).abort()
            return
        self._is_attached = True
        self._link.attach(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        if self._is_attached:
            self._link.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._is_attached:
            self._link.detach()
