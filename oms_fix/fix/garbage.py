"""How often a program that runs the engine has Python's garbage collector look at its objects."""

import gc

# Nearly all that comes and goes with a message is freed with its last reference, at once; what is
# left for the collector are exceptions and connections that are gone. By default it looks after
# each 700 new objects, which costs more than it can find.
_NEW_OBJECTS = 50_000
_YOUNG_LOOKS = 20
_MIDDLE_LOOKS = 50


def collect_rarely() -> None:
    """Have the collector look rarely, and never at what there is now.

    To be called once by a program, not a library, when all has been loaded: dictionaries, settings
    and recovered orders stay, and looking through them is a pause for every session.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_LOOKS, _MIDDLE_LOOKS)
