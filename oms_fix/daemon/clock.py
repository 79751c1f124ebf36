"""The one place where the daemon looks at the time.

The system's clock can be set, and then leaps; its monotonic clock cannot. The daemon goes by the
monotonic one, held to the system's as long as the two agree. When the system's clock leaps the
daemon's does not: it runs on until the two agree again, or until the system's clock has kept its
new time for so long that it is believed.
"""

import time
from collections.abc import Callable

from msgspec import Struct

from oms_fix.fix.timestamps import NANOSECONDS

LEAP_NS = NANOSECONDS
"""What the clocks may part by between two checks; NTP slews by less than a thousandth of it."""


class Leap(Struct, frozen=True):
    """The system's clock is ``by`` nanoseconds ahead of the daemon's; negative: behind."""

    by: int


class SteadyClock:
    """The daemon's clock.

    Args:
        steady_ns: how long the system's clock must keep a new time until it is believed.
        system: returns nanoseconds since 1970 UTC.
        monotonic: returns nanoseconds since some moment.
    """

    def __init__(
        self,
        steady_ns: int,
        system: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._steady_ns = steady_ns
        self._system = system
        self._monotonic = monotonic
        self._offset = system() - monotonic()
        self._found = self._offset  # what the offset was at the last check
        self._steady_since = 0

    def now(self) -> int:
        """Return nanoseconds since 1970-01-01 UTC."""
        return self._monotonic() + self._offset

    def check(self) -> Leap | None:
        """Follow the system's clock; tell if it has leapt. To be called once a second or so."""
        monotonic = self._monotonic()
        found = self._system() - monotonic
        if abs(found - self._found) >= LEAP_NS:
            self._steady_since = monotonic
        self._found = found
        leap = found - self._offset
        if abs(leap) < LEAP_NS or monotonic - self._steady_since >= self._steady_ns:
            self._offset = found
            return None
        return Leap(leap)
