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
        cut_off: whether nobody can come back now, since nothing can be stored.
        overdue: called with the session of a client that was to be back by now.
        anew: called with that of one whose time is to begin anew, since it was cut off.
    """

    def __init__(
        self,
        state: State,
        clock: Callable[[], int],
        cut_off: Callable[[], bool],
        overdue: Callable[[str], None],
        anew: Callable[[str], None],
    ) -> None:
        self._state = state
        self._clock = clock
        self._cut_off = cut_off
        self._overdue = overdue
        self._anew = anew
        self._were_cut_off: set[str] = set()
        self._next_look: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look, from now on, until no client is awaited any more."""
        awaited = self._state.clients_awaited.values()
        if self._next_look is None and awaited:
            left = (min(each.until for each in awaited) - self._clock()) / _NS_PER_S
            seconds = min(max(left, _LOOK_SECONDS_MIN), _LOOK_SECONDS_MAX)
            self._next_look = asyncio.get_running_loop().call_later(seconds, self._look_again)

    def stop(self) -> None:
        """Look no more."""
        if self._next_look is not None:
            self._next_look.cancel()

    def _look_again(self) -> None:
        self._next_look = None
        self.look()
        self.watch()

    def look(self) -> None:
        """Tell what is to be told by now."""
        awaited = self._state.clients_awaited
        if self._cut_off():
            self._were_cut_off |= awaited.keys()
            return
        for session in sorted(self._were_cut_off & awaited.keys()):
            self._anew(session)
        self._were_cut_off.clear()
        now = self._clock()
        for session in [each.session for each in awaited.values() if each.until <= now]:
            self._overdue(session)
