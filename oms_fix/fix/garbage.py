"""How often a program that runs the engine has Python's garbage collector look at its objects."""

import gc
import time
from collections import deque
from typing import Any, Literal

# Nearly all that comes and goes with a message is freed with its last reference, at once; what is
# left for the collector are exceptions and connections that are gone. A look at so many new objects
# takes a tenth of a millisecond.
_NEW_OBJECTS = 5_000
_NEVER = 1_000_000
_PAUSES_MAX = 10_000
_NS_PER_MS = 1_000_000


def collect_briefly() -> None:
    """Have the collector look at new objects only, each of them once, and at few at a time.

    To be called once by a program, not a library, when all has been loaded. What is there now, and
    what a look finds in use, such as open orders, is not looked at again: going through a million
    of them is a pause of a second for every session. It is still freed with its last reference;
    only what is in use at the look and refers to itself when it goes is not.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _NEVER, _NEVER)
    if _keep_what_is_left not in gc.callbacks:
        gc.callbacks.append(_keep_what_is_left)


def _keep_what_is_left(phase: Literal["start", "stop"], _figures: dict[str, int]) -> None:
    if phase == "stop":
        gc.freeze()


class GarbagePauses:
    """How long the collector has kept everything else waiting, the latest pauses of it."""

    def __init__(self) -> None:
        self._began_at = 0
        self._latest_ns: deque[int] = deque(maxlen=_PAUSES_MAX)

    def watch(self) -> None:
        """Take note of each pause from now on."""
        gc.callbacks.append(self._told)

    def stop(self) -> None:
        """Take no more notes."""
        gc.callbacks.remove(self._told)

    def _told(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._began_at = time.perf_counter_ns()
        else:
            self._latest_ns.append(time.perf_counter_ns() - self._began_at)

    def __str__(self) -> str:
        """Say how many there were, what 999 of 1,000 did not exceed, and the longest."""
        lengths = sorted(self._latest_ns)
        if not lengths:
            return "garbage collection: no pauses"
        most = lengths[len(lengths) * 999 // 1000] / _NS_PER_MS
        longest = lengths[-1] / _NS_PER_MS
        count = len(lengths)
        return f"garbage collection: {count} pauses, p99.9 {most:.3f} ms, longest {longest:.3f} ms"
