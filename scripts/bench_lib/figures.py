"""Times as people compare them: half of all, 99 of 100, 999 of 1,000, and the longest."""

from collections.abc import Sequence
from statistics import median
from typing import TypeVar

import msgspec
from msgspec import Struct

_NS_PER_MS = 1_000_000
S = TypeVar("S", bound=Struct)


class Times(Struct):
    """A distribution, in milliseconds."""

    p50_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float

    def __str__(self) -> str:
        """Return all of it as ``p50 / p99 / p99.9``."""
        return f"{self.p50_ms:.3f} / {self.p99_ms:.3f} / {self.p999_ms:.3f}"


def times(nanoseconds: Sequence[int]) -> Times:
    """Return how long these took; there must be one at least."""
    ordered = sorted(nanoseconds)
    shares = [ordered[len(ordered) * share // 1000] for share in (500, 990, 999)]
    return Times(*(each / _NS_PER_MS for each in (*shares, ordered[-1])))


def medians(rounds: Sequence[S]) -> S:
    """Return one round whose every figure is the median of all rounds'; structs go deeper."""
    first = rounds[0]
    merged = [_merged(each) for each in zip(*map(msgspec.structs.astuple, rounds), strict=True)]
    return type(first)(*merged)


def _merged(values: Sequence[object]) -> object:
    first = values[0]
    if isinstance(first, Struct):
        return medians([each for each in values if isinstance(each, Struct)])
    if isinstance(first, int | float):
        return median([each for each in values if isinstance(each, int | float)])
    return first
