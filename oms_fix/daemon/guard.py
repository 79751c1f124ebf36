"""The guard: looks once a second whether orders may be taken, and has the core told if not.

Three things stop new orders: the disk has no room to spare, the store cannot be written, the clock
has leapt. Each is an alarm. What is there already goes on: cancels, fills, reports. Once the last
of these is over, orders are taken again.
"""

import asyncio
from contextlib import suppress

import structlog

from oms_fix.daemon.alarms import Alarms
from oms_fix.daemon.clock import SteadyClock
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.journal.reserve import MEGABYTE, DiskReserve
from oms_fix.model.commands import SetAccepting

INTERVAL_S = 1.0
STORE_TRUSTED_AFTER_NS = 5 * NANOSECONDS
"""So long the store has to be written without a failure after one."""

_STOP_ORDERS = ("clock_leapt", "disk_low", "store_unavailable")
"""The guard's own alarms, in the order in which they are told as the reason."""

log = structlog.get_logger("oms_fix.guard")


class Guard:
    """Raises alarms and ends them; see the module.

    Args:
        sequencer: tells the core, and knows of outages of the store.
        reserve: of the store's disk.
        clock: of the daemon.
        alarms: to raise.
    """

    def __init__(
        self, sequencer: Sequencer, reserve: DiskReserve, clock: SteadyClock, alarms: Alarms
    ) -> None:
        self._sequencer = sequencer
        self._reserve = reserve
        self._clock = clock
        self._alarms = alarms
        self._failed_at: int | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look for the first time, and go on with it until ``stop``."""
        await self.check()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_S)
            try:
                await self.check()
            except Exception:
                log.exception("guard_failed")

    async def check(self) -> None:
        """Look once."""
        self._check_clock()
        self._check_store()
        self._tell()
        if self._sequencer.outage is None:  # else the disk is not to be asked for more
            is_low = "disk_low" in self._alarms
            problem = await asyncio.to_thread(_disk_problem, self._reserve, is_low=is_low)
            self._alarms.set("disk_low", problem)
            self._tell()

    def _check_clock(self) -> None:
        leap = self._clock.check()
        text = None
        if leap is not None:
            way = "ahead" if leap.by > 0 else "back"
            text = f"the system's clock has leapt {way} by {abs(leap.by) / NANOSECONDS:.1f} s"
        self._alarms.set("clock_leapt", text)

    def _check_store(self) -> None:
        self._sequencer.check_store()
        outage, now = self._sequencer.outage, self._clock.now()
        if outage is not None:
            self._failed_at = now
            self._alarms.set("store_unavailable", outage.error)
        elif self._failed_at is not None:
            self._failed_at = min(self._failed_at, now)  # the clock may have been set back
            if now - self._failed_at >= STORE_TRUSTED_AFTER_NS:
                self._failed_at = None
                self._alarms.set("store_unavailable", None)

    def _tell(self) -> None:
        """Have the core take orders, or not, if that is not what it does."""
        reason = ",".join(name for name in _STOP_ORDERS if name in self._alarms) or None
        if reason != self._sequencer.state.not_accepting:
            self._sequencer.execute(SetAccepting(accepting=reason is None, reason=reason or ""))


def _disk_problem(reserve: DiskReserve, *, is_low: bool) -> str | None:
    """Take the reserve again where there is room; return what is wrong with the disk, or None.

    All is well while the reserve is whole and its size once more is free. When that was not so, it
    has to be free twice, lest the two alternate.
    """
    enough = 2 * reserve.size if is_low else reserve.size
    try:
        if not reserve.is_whole and reserve.free_bytes() >= reserve.size + enough:
            reserve.take()
        free = reserve.free_bytes()
    except OSError as error:
        return f"{reserve.path}: {error.strerror}"
    if not reserve.is_whole:
        return f"{free // MEGABYTE} MB free, the reserve of {reserve.size // MEGABYTE} is given up"
    if free < enough:
        return f"{free // MEGABYTE} MB free beside the reserve of {reserve.size // MEGABYTE}"
    return None
