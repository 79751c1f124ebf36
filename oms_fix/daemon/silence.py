"""Venues that were asked where our orders stand, and are silent."""

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from oms_fix.core.orders.asked import Reconciliation
from oms_fix.core.orders.state import State

_LOOK_SECONDS = 0.2
_DOUBLINGS_MAX = 5


class _Seen(NamedTuple):
    """How far a reconciliation had come, and since when it has not come further."""

    under_way: Reconciliation
    answers: int
    attempts: int
    since: float


class Silence:
    """Tells of each reconciliation without an answer; looks at them only while there are any.

    Args:
        state: the core's.
        timeout: returns the OrderStatusTimeout of a venue, in seconds. It doubles with each silence
            after another, up to 32 times.
        overdue: called with the name of a venue that has been silent for as long.
    """

    def __init__(
        self, state: State, timeout: Callable[[str], int], overdue: Callable[[str], None]
    ) -> None:
        self._state = state
        self._timeout = timeout
        self._overdue = overdue
        self._seen: dict[str, _Seen] = {}
        self._next_look: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look, from now on, until nothing is awaited any more."""
        if self._next_look is None:
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(_LOOK_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._next_look is not None:
            self._next_look.cancel()

    def _look(self) -> None:
        self._next_look = None
        for venue in list(self.silent(asyncio.get_running_loop().time())):
            self._overdue(venue)
        if self._state.reconciliations:
            self.watch()

    def silent(self, now: float) -> Iterator[str]:
        """Yield the venues that are silent for too long; ``now`` in seconds of any clock."""
        seen, self._seen = self._seen, {}
        for venue, under_way in self._state.reconciliations.items():
            before = seen.get(venue)
            fresh = _Seen(under_way, under_way.answers, under_way.attempts, now)
            if before is None or before.under_way is not under_way or before[1:3] != fresh[1:3]:
                before = fresh
            self._seen[venue] = before
            patience = self._timeout(venue) << min(under_way.attempts, _DOUBLINGS_MAX)
            if now - before.since >= patience:
                yield venue
