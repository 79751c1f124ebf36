"""The feed process as the daemon's child: started, started again when it dies, ended."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from contextlib import suppress
from pathlib import Path

import structlog

_BACKOFF_SECONDS_MAX = 30.0
_GOOD_SECONDS = 60.0  # one that has run for so long starts at once when it dies
_END_SECONDS = 5.0

log = structlog.get_logger("oms_fix.feed")


class FeedProcess:
    """Keeps the feed process of a configuration running from ``start`` to ``stop``.

    Args:
        config: oms.yaml.
    """

    def __init__(self, config: Path) -> None:
        self._config = config
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep it running."""
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """End it."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        backoff = 1.0
        while True:
            began = loop.time()
            log.warning("market_data_process_ended", reason=await self._run(), again_in_s=backoff)
            if loop.time() - began > _GOOD_SECONDS:
                backoff = 1.0
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, _BACKOFF_SECONDS_MAX)

    async def _run(self) -> str:
        """Run it once; return how it ended."""
        arguments = ("marketdata", "--config", str(self._config), "--parent", str(os.getpid()))
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "oms_fix", *arguments, stdin=DEVNULL
            )
        except OSError as error:
            return str(error)
        log.info("market_data_process_started", process=process.pid)
        try:
            return f"exit status {await process.wait()}"
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _END_SECONDS)
            return
