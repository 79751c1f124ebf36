"""Where two values differ, for people."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec

_MISSING = "nothing"
_SHOWN_CHARACTERS = 200


def first_difference(stored: Any, computed: Any) -> str | None:
    """Return where two values differ first and what stands there; None if they are equal.

    Args:
        stored: a Struct, or anything made of Structs, mappings and sequences.
        computed: what it is compared with.
    """
    return next(_differences("", msgspec.to_builtins(stored), msgspec.to_builtins(computed)), None)


def _differences(path: str, stored: Any, computed: Any) -> Iterator[str]:
    if isinstance(stored, dict) and isinstance(computed, dict):
        for key in [*stored, *(key for key in computed if key not in stored)]:
            inner = stored.get(key, _MISSING), computed.get(key, _MISSING)
            yield from _differences(f"{path}.{key}" if path else str(key), *inner)
    elif isinstance(stored, list) and isinstance(computed, list):
        for place, inner in enumerate(zip_longest(stored, computed, fillvalue=_MISSING)):
            yield from _differences(f"{path}[{place}]", *inner)
    elif stored != computed:
        yield f"{path or 'it'} is {_shown(stored)} in the store, {_shown(computed)} computed now"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
