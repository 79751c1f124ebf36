"""Clients that are gone, and when their time to come back is over."""

import asyncio
from collections.abc import Callable

from oms_fix.core.orders.state import State

_NS_PER_S = 1_000_000_000
_LOOK_SECONDS_MIN = 0.05
_LOOK_SECONDS_MAX = 1.0
"""A clock that is set is noticed soon."""


class Absences:
    """Tells of each client that is not back in time; looks only while any is awaited.

    Args:
        state: the core's.
        clock: returns nanoseconds since 1970 UTC.
        overdue: called with the session of a client that was to be back by now.
    """

    def __init__(
        self, state: State, clock: Callable[[], int], overdue: Callable[[str], None]
    ) -> None:
        self._state = state
        self._clock = clock
        self._overdue = overdue
        self._next_look: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look, from now on, until no client is awaited any more."""
        awaited = self._state.clients_awaited.values()
        if self._next_look is None and awaited:
            left = (min(each.until for each in awaited) - self._clock()) / _NS_PER_S
            seconds = min(max(left, _LOOK_SECONDS_MIN), _LOOK_SECONDS_MAX)
            self._next_look = asyncio.get_running_loop().call_later(seconds, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._next_look is not None:
            self._next_look.cancel()

    def _look(self) -> None:
        self._next_look = None
        now, awaited = self._clock(), self._state.clients_awaited.values()
        for session in [each.session for each in awaited if each.until <= now]:
            self._overdue(session)
        self.watch()
