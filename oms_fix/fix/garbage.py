"""How often a program that runs the engine has Python's garbage collector look at its objects."""

import gc
from typing import Literal

# Nearly all that comes and goes with a message is freed with its last reference, at once; what is
# left for the collector are exceptions and connections that are gone. A look at so many new objects
# takes a tenth of a millisecond.
_NEW_OBJECTS = 5_000
_NEVER = 1_000_000


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
