"""Checks as they are asked for every order: conditions, times and limits worked out once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec import Struct

from oms_fix.core.conditions import ConditionSubject
from oms_fix.model.checks import Check
from oms_fix.model.events import CheckResult

Applies = Callable[[ConditionSubject], bool]


class CompiledCheck(Struct, frozen=True):
    """A check, ready to be asked.

    Attributes:
        check: as operations wrote it.
        applies: whether its conditions hold; None where there are none.
        is_conditional: whether there are any, or it is not in force at all times.
        starts, ends: when it is in force, in nanoseconds since 1970 UTC.
        passed: the result of an order that passes it, where no numbers are told.
        limit: of a check that has one; ``near``: from which percentage of it on is warned of.
        overrides: by the order's field and its value, the most specific field first.
        keeps_digits: whether its number is told as the order has it.
        judge: what looks at an order; of ``core.compliance``.
    """

    check: Check
    applies: Applies | None
    passed: CheckResult
    is_conditional: bool
    starts: int
    ends: int
    limit: Decimal | None
    near: Decimal | None
    overrides: tuple[tuple[str, dict[str, Decimal]], ...]
    keeps_digits: bool
    judge: Callable[..., Any]
