"""When the time is over that operators have to decide on what is held for review."""

import asyncio
from collections.abc import Callable

from oms_fix.core.orders.state import State

_LOOK_SECONDS = 1.0


class ReviewTimes:
    """Tells of each order of which something is overdue; looks only while anything is held.

    Args:
        state: the core's.
        clock: returns nanoseconds since 1970 UTC.
        cut_off: whether nothing can be stored now; it is told once it can.
        overdue: called with the OrderID(37).
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
        """Look, from now on, until nothing is held any more."""
        if self._next_look is None and self._state.reviews:
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(_LOOK_SECONDS, self._look_again)

    def stop(self) -> None:
        """Look no more."""
        if self._next_look is not None:
            self._next_look.cancel()

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
        now = self._clock()
        for order in self._state.held_for_review():
            review = order.under_review
            if review is not None and review.opened.until <= now:
                self._overdue(order.order_id)
