"""One turn of the core: a command comes in, events go out, each applied as it is emitted."""

from collections.abc import Callable

from oms_fix.core.orders.state import State
from oms_fix.model.events import Event


class Turn:
    """What the stages share while one command is handled.

    Attributes:
        now: when the command is handled, in nanoseconds since 1970 UTC.
        state: the state, as of the last event emitted.
        events: what was emitted so far, in order.
    """

    __slots__ = ("_apply", "events", "now", "state")

    def __init__(self, state: State, apply: Callable[[State, Event], None], now: int) -> None:
        self.now = now
        self.state = state
        self.events: list[Event] = []
        self._apply = apply

    def emit(self, event: Event) -> None:
        """Apply an event to the state and keep it for the journal."""
        # First on record: if applying it fails half-way, something was decided.
        self.events.append(event)
        self._apply(self.state, event)
