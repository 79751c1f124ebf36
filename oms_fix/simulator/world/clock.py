"""The clocks of the world: each process has its own, and it may jump."""

from oms_fix.simulator.world.loop import VirtualLoop

START = 1_772_461_800_000_000_000  # 2026-03-02 14:30:00 UTC
_NANOSECONDS = 1_000_000_000


class Clock:
    """Tells what one machine takes for the time.

    Attributes:
        offset_seconds: how far it is off.
    """

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.offset_seconds = 0.0

    def __call__(self) -> int:
        """Return nanoseconds since 1970 UTC."""
        return START + int((self._loop.now + self.offset_seconds) * _NANOSECONDS)
