"""Snapshots of the running daemon: taken by a process of its own, never on the way of an order.

That process folds the stored events again, from the snapshot before; it reads the store like any
other reader and runs at a low priority.
"""

import asyncio
from pathlib import Path

import structlog

from oms_fix.daemon.aside import run_aside
from oms_fix.daemon.sequencer import Sequencer

EVENTS_BETWEEN = 500_000
"""Events after which the next snapshot is taken: a start folds no more than about these."""
EVENTS_AT_STOP = 10_000
"""Events since the last snapshot from which one more is worth the time at an orderly stop."""
TAKE_S_MAX = 600.0
"""How long a snapshot may take beside the running daemon, in seconds."""
STOP_S_MAX = 60.0
"""How long an orderly stop waits for the last one, in seconds."""
LOOK_S = 5.0
"""How often the number of events is looked at, in seconds."""

log = structlog.get_logger("oms_fix.snapshots")


class Snapshots:
    """Has a snapshot taken now and then, and at the end.

    Args:
        store: the store's file.
        sequencer: knows the last event.
        taken_at: the last event in the snapshot that there is, 0 if there is none.
    """

    def __init__(self, store: Path, sequencer: Sequencer, taken_at: int) -> None:
        self._store = store
        self._sequencer = sequencer
        self._taken_at = taken_at
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watch the number of events from now on."""
        self._watch = asyncio.get_running_loop().create_task(self._keep_watch())

    async def stop(self) -> None:
        """Take one more, if it saves the next start some time; everything is stored by now."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._sequencer.last_event_id - self._taken_at >= EVENTS_AT_STOP:
            await self._take(STOP_S_MAX)

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self._sequencer.last_event_id - self._taken_at >= EVENTS_BETWEEN:
                await self._take(TAKE_S_MAX)

    async def _take(self, seconds_max: float) -> None:
        """Take one; if that fails, the next is taken after as many events as if it had not."""
        at_event = self._sequencer.last_event_id
        error = await run_aside("snapshot", "--store", str(self._store), seconds_max=seconds_max)
        self._taken_at = at_event
        if error is None:
            log.info("snapshot", at_event=at_event)
        else:
            log.warning("snapshot_failed", error=error)
