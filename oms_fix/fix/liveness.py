"""Is the other side still there? The timing of Heartbeat(0) and TestRequest(1)."""

from enum import Enum

# The specification grants HeartBtInt(108) plus "some reasonable transmission time": a fifth of it.
_PATIENCE_TENTHS = 12


class Due(Enum):
    """What the clock asks for."""

    NOTHING = 0
    HEARTBEAT = 1
    TEST_REQUEST = 2
    DISCONNECT = 3


class Liveness:
    """Clock times of one connection, in nanoseconds.

    Attributes:
        interval: HeartBtInt(108); 0 asks for no heartbeats at all.
    """

    __slots__ = ("_heard", "_spoke", "_tested", "interval")

    def __init__(self, interval: int, now: int) -> None:
        self.interval = interval
        self._heard = self._spoke = now
        self._tested: int | None = None

    def heard(self, now: int) -> None:
        """Take note of a message from the other side, whatever it was."""
        self._heard = now
        self._tested = None

    def spoke(self, now: int) -> None:
        """Take note of a message from us."""
        self._spoke = now

    def tested(self, now: int) -> None:
        """Take note of a TestRequest(1) from us: the next message heard answers it."""
        self._spoke = self._tested = now

    def due(self, now: int) -> Due:
        """Return what is to be done now.

        While a TestRequest is open there are no heartbeats: it says that we live, too. Where the
        clock was set back, what was noted lies in the future and is taken for this moment.
        """
        self._heard, self._spoke = min(self._heard, now), min(self._spoke, now)
        if self._tested is not None:
            self._tested = min(self._tested, now)
        patience = self.interval * _PATIENCE_TENTHS // 10
        if not self.interval:
            return Due.NOTHING
        if self._tested is not None:
            return Due.DISCONNECT if now - self._tested >= patience else Due.NOTHING
        if now - self._heard >= patience:
            return Due.TEST_REQUEST
        return Due.HEARTBEAT if now - self._spoke >= self.interval else Due.NOTHING

    def due_at(self) -> int | None:
        """Return when there will be something to do, if nobody says anything until then."""
        if not self.interval:
            return None
        patience = self.interval * _PATIENCE_TENTHS // 10
        if self._tested is not None:
            return self._tested + patience
        return min(self._spoke + self.interval, self._heard + patience)
