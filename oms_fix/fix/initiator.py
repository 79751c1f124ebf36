"""Connects one session to its counterparty, again and again."""

import asyncio
from typing import cast

from oms_fix.fix.link import Link, Ticker, log, log_out_and_close

_CONNECT_TIMEOUT_SECONDS = 10.0


class Initiator:
    """Keeps one link connected; tries again ReconnectInterval after a failure or a loss.

    One timer ticks the link.
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
        """Log out, close, and connect no more."""
        await log_out_and_close([self._link], "")
        self._ticker.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _keep_connected(self) -> None:
        while True:
            await self._connect_once()
            await asyncio.sleep(self._link.session.settings.reconnect_interval)

    async def _connect_once(self) -> None:
        settings = self._link.session.settings
        host, port = settings.socket_connect_host, settings.socket_connect_port
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
                await loop.create_connection(lambda: _Connection(self._link), host, port)
        except (OSError, TimeoutError) as error:
            details = {"session": self._link.name, "address": f"{host}:{port}"}
            log.info("cannot connect", extra={**details, "reason": str(error) or "timed out"})
            return
        await self._link.gone.wait()


class _Connection(asyncio.Protocol):
    """One connection of the link."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._link.attach(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        self._link.received(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._link.detach()
