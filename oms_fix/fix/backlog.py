"""When is a peer that does not read what we write too slow?"""

from enum import Enum

from oms_fix.fix.timestamps import NANOSECONDS


class Backlog(Enum):
    """What a connection's backlog calls for."""

    FINE = 0
    WARN = 1
    CUT = 2


class BacklogWatch:
    """Judges the backlog of one connection: what was written and has not left our memory.

    It warns once at half of a limit, and again only after the backlog was gone in between.

    Args:
        bytes_max: MaxBacklogBytes.
        seconds_max: MaxBacklogSeconds; how long a backlog may stand still.

    Attributes:
        reason: what the last judgement other than ``FINE`` goes by, in words.
    """

    def __init__(self, bytes_max: int, seconds_max: int) -> None:
        self._bytes_max = bytes_max
        self._nanoseconds_max = seconds_max * NANOSECONDS
        self._written = 0
        self._left = 0  # of what was written, so much has gone out
        self._since: int | None = None  # when the backlog last moved; None if there is none
        self._warned = False
        self.reason = ""

    def wrote(self, size: int) -> None:
        """Take note of bytes written."""
        self._written += size

    def judge(self, backlog: int, now: int) -> Backlog:
        """Judge a backlog in bytes at this time, nanoseconds since 1970."""
        left, before = self._written - backlog, self._left
        self._left = left
        if not backlog:
            self._since, self._warned = None, False
            return Backlog.FINE
        if self._since is None or left > before:
            self._since = now
        self._since = min(self._since, now)  # the clock may have been set back
        still = now - self._since
        seconds = still // NANOSECONDS
        self.reason = f"slow consumer: backlog of {backlog} bytes, {seconds} s without draining"
        if backlog > self._bytes_max or still >= self._nanoseconds_max:
            return Backlog.CUT
        half = 2 * backlog >= self._bytes_max or 2 * still >= self._nanoseconds_max
        if not half or self._warned:
            return Backlog.FINE
        self._warned = True
        return Backlog.WARN
