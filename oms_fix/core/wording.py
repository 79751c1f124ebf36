"""How a report offers what is allowed: the likely meaning first, then the choices."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

_CHOICES_LISTED_MAX = 40
_LIKENESS_MIN = 0.6
_SAME_LETTERS = 0.2


def allowed(word: str, choices: Iterable[str], place: str = "", *, show: Sequence[str] = ()) -> str:
    """Return ``did you mean XNAS? allowed: XLON, XNAS``: what could have been meant by ``word``.

    Args:
        word: what was written.
        choices: what could have been written.
        place: where all choices are to be found, named instead of them when they are many.
        show: the choices as they are listed, where that differs from ``choices``.
    """
    known = sorted(set(choices))
    listed = show or known
    if not listed:
        text = f"none are in {place}" if place else "none"
    elif len(listed) > _CHOICES_LISTED_MAX and place:
        text = f"the {len(listed)} in {place}"
    else:
        text = ", ".join(listed)
    meant = _closest(word, known)
    return f"did you mean {meant}? allowed: {text}" if meant else f"allowed: {text}"


def _closest(word: str, known: list[str]) -> str | None:
    """Return the choice nearest to ``word``, capitals aside; None if nothing is near."""
    likeness, closest = max(
        ((_likeness(word.casefold(), choice.casefold()), choice) for choice in known),
        default=(0.0, None),
        key=lambda pair: pair[0],
    )
    return closest if likeness >= _LIKENESS_MIN else None


def _likeness(word: str, choice: str) -> float:
    """Return how alike two words are; letters that changed places are the likeliest mistake."""
    ratio = SequenceMatcher(None, word, choice).ratio()
    return ratio + _SAME_LETTERS if sorted(word) == sorted(choice) else ratio
