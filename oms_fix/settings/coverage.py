"""Whether a rule takes all that a later one could: what its conditions ask follows from theirs."""

from collections.abc import Mapping
from typing import Any

from oms_fix.core.conditions import ConditionValue, Meaning, compare, meaning, problem_with

When = Mapping[str, ConditionValue]


def covers(earlier: When, later: When) -> bool:
    """Return whether every order that meets ``later`` meets ``earlier``, as far as they tell.

    Each condition of ``earlier`` has to follow from the one of ``later`` on the same field:
    ``'> 500'`` is within ``'> 100'``, ``A`` within ``[A, B]`` and within ``'!= X'``. Nothing is
    told of faulty conditions.
    """
    if any(problem_with(*entry) for when in (earlier, later) for entry in when.items()):
        return False
    return all(
        key in later and _is_within(meaning(key, later[key]), meaning(key, value))
        for key, value in earlier.items()
    )


def _is_within(inner: Meaning, outer: Meaning) -> bool:
    """Return whether all that meets ``inner`` meets ``outer``; what is not known meets != alone."""
    if inner.sign == "=":
        return all(_meets(value, outer) for value in inner.operands)
    if inner.sign == "!=" or outer.sign == "=":
        return inner == outer
    (bound,), (other,) = inner.operands, outer.operands
    if outer.sign == "!=":
        return not compare(inner.sign, other, bound)
    if inner.sign[0] != outer.sign[0]:
        return False
    return inner == outer or compare(outer.sign, bound, other)


def _meets(value: Any, asked: Meaning) -> bool:
    if asked.sign == "=":
        return value in asked.operands
    (operand,) = asked.operands
    return bool(value != operand) if asked.sign == "!=" else compare(asked.sign, value, operand)
