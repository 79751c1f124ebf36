"""When the time is over that venues have to answer child orders, and to fill them."""

import asyncio
from collections.abc import Callable

from oms_fix.core.orders import deadlines
from oms_fix.core.orders.state import State

_LOOK_SECONDS = 1.0
_NANOSECONDS = 1_000_000_000


class ChildTimes:
    """Tells of each child order that is overdue; looks only while any is watched.

    It looks once a second, and at the next time that is over within the second.

    Args:
        state: the core's.
        clock: returns nanoseconds since 1970 UTC.
        cut_off: whether nothing can be stored now; it is told once it can.
        overdue: called with the name of the child order.
    """

    def __init__(
        self,
        state: State,
        clock: Callable[[], int],
        cut_off: Callable[[], bool],
        overdue: Callable[[str], None],
    ) -> None:
        self._state = state
        self._clock = clock
        self._cut_off = cut_off
        self._overdue = overdue
        self._next_look: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look, from now on, until no child order is watched any more."""
        if self._next_look is None and self._state.child_deadlines:
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(self._patience(), self._look_again)

    def stop(self) -> None:
        """Look no more."""
        if self._next_look is not None:
            self._next_look.cancel()

    def _patience(self) -> float:
        """Return in how many seconds to look; what is overdue and has to wait is no hurry."""
        at, now = deadlines.next_at(self._state), self._clock()
        if at is None or at <= now:
            return _LOOK_SECONDS
        return min((at - now) / _NANOSECONDS, _LOOK_SECONDS)

    def _look_again(self) -> None:
        self._next_look = None
        try:
            self.look()
        finally:
            self.watch()  # what fails once is not to be the last look

    def look(self) -> None:
        """Tell what is to be told by now."""
        if self._cut_off():
            return
        for child_id in list(deadlines.all_due(self._state, self._clock())):
            self._overdue(child_id)
