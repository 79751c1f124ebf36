"""One tolerated difference."""

from collections.abc import Callable

from differential import Exchange
from msgspec import Struct

Predicate = Callable[[Exchange], bool]


def _never(exchange: Exchange) -> bool:  # noqa: ARG001 - a predicate
    return False


class Rule(Struct, frozen=True):
    """One tolerated difference.

    Attributes:
        name: in the page.
        reason: what we do, what QuickFIX does, and why.
        source: what backs us.
        shown: whether it is what the answers show.
        hidden: whether the engines are in different states from then on, whatever they answered.
        goes_on: after it was shown both engines are in the same state.
    """

    name: str
    reason: str
    source: str
    shown: Predicate = _never
    hidden: Predicate = _never
    goes_on: bool = False
