"""The port between sessions and whoever stores and hears what they put out."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from oms_fix.fix.outputs import Output

if TYPE_CHECKING:
    from oms_fix.fix.link import Link


class Host(Protocol):
    """Carries out the outputs of sessions, and has the clock.

    Attributes:
        clock: returns nanoseconds since 1970-01-01 UTC.
    """

    @property
    def clock(self) -> Callable[[], int]:
        """Return the clock."""

    def perform(self, link: "Link", outputs: Sequence[Output]) -> None:
        """Carry out outputs in their order, after those of all earlier calls.

        What is persisted must be stored, together with both sequence numbers of ``link.session``,
        before ``link.write`` sees the bytes after it. ``Retrieve`` is answered through
        ``link.retrieved``, ``Disconnect`` through ``link.close``. May be called again from within.
        """


Thing = TypeVar("Thing")


class InTurn(Generic[Thing]):
    """Carries things out in the order in which they came up, those that come up meanwhile last.

    For hosts: the messages in outputs were numbered in that order, and have to leave in it. An
    error ends it for good, since what comes after it may depend on what was not done.
    """

    def __init__(self, carry_out: Callable[[Thing], None]) -> None:
        self._carry_out = carry_out
        self._waiting: deque[Thing] = deque()
        self._busy = False

    def add(self, thing: Thing) -> None:
        """Let a thing wait for its turn."""
        self._waiting.append(thing)

    def carry_out(self) -> None:
        """Carry out all that waits, unless that is under way further up the stack."""
        if self._busy:
            return
        self._busy = True
        while self._waiting:
            self._carry_out(self._waiting.popleft())
        self._busy = False
