"""The port between sessions and whoever stores and hears what they put out."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

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
