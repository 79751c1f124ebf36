"""How fast a counterparty may send: a token bucket, and messages that wait for their token."""

from collections import deque
from collections.abc import Iterable, Iterator

from oms_fix.fix.session_messages import is_application
from oms_fix.fix.timestamps import NANOSECONDS


class TokenBucket:
    """Holds the tokens of one second, and fills up evenly; full at first.

    Args:
        rate: tokens a second, above 0.
    """

    __slots__ = ("_full_at", "_interval")

    def __init__(self, rate: int) -> None:
        self._interval = NANOSECONDS // rate
        self._full_at = 0  # nanoseconds since 1970; that it lies ahead says how much is missing

    def take(self, now: int) -> bool:
        """Take one token at this time, nanoseconds since 1970; tell whether there was one."""
        if self.wait(now):
            return False
        self._full_at = max(self._full_at, now) + self._interval
        return True

    def wait(self, now: int) -> int:
        """Return the nanoseconds until there is a token; 0 if there is one."""
        # No more than all can be missing, also where the clock was set back.
        self._full_at = min(self._full_at, now + NANOSECONDS)
        return max(0, max(self._full_at, now) + self._interval - now - NANOSECONDS)


class Pace:
    """Keeps messages, in their order, until there are tokens for them.

    Administrative messages need none, but they do not overtake.

    Args:
        rate: application messages a second, above 0.
    """

    def __init__(self, rate: int) -> None:
        self._bucket = TokenBucket(rate)
        self._waiting: deque[bytes] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def due(self, raws: Iterable[bytes], now: int) -> Iterator[bytes]:
        """Yield what may be taken in now, of what waits and of these behind it."""
        waiting = self._waiting
        waiting.extend(raws)
        while waiting and (not is_application(waiting[0]) or self._bucket.take(now)):
            yield waiting.popleft()

    def wait(self, now: int) -> int:
        """Return the nanoseconds until the first may be taken in, at least 1; 0 if none waits."""
        return max(1, self._bucket.wait(now)) if self._waiting else 0

    def clear(self) -> None:
        """Keep nothing; the tokens stay as they are."""
        self._waiting.clear()
