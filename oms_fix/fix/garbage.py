"""How often a program that runs the engine has Python's garbage collector look at its objects."""

import gc
import time
from collections import deque
from typing import Any

# Nearly all that comes and goes with a message is freed with its last reference, at once; what is
# left for the collector are exceptions and connections that are gone. By default it looks after
# each 700 new objects, which costs more than it can find.
_NEW_OBJECTS = 50_000
_YOUNG_LOOKS = 20
_MIDDLE_LOOKS = 50
_PAUSES_MAX = 10_000
_NS_PER_MS = 1_000_000


def collect_rarely() -> None:
    """Have the collector look rarely, and never at what there is now.

    To be called once by a program, not a library, when all has been loaded: dictionaries, settings
    and recovered orders stay, and looking through them is a pause for every session.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_LOOKS, _MIDDLE_LOOKS)


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
