"""Makes checks ready to be asked, whenever rules are loaded."""

from datetime import datetime
from decimal import Decimal

from oms_fix.core.compliance.rules import RULES
from oms_fix.core.conditions import compile_condition
from oms_fix.core.orders.compiled import CompiledCheck
from oms_fix.model.check_base import LimitCheck
from oms_fix.model.checks import Check
from oms_fix.model.events import PASS, CheckResult

_ALWAYS = 1 << 63
_SECOND = 1_000_000_000
_MOST_SPECIFIC_FIRST = ("account", "strategy", "desk", "group", "client")


def compile_check(check: Check) -> CompiledCheck:
    """Return a check as it is asked for every order."""
    rule = RULES[type(check)]
    judge = rule.examine or rule.measure
    assert judge is not None, "a rule examines or measures"
    return CompiledCheck(
        check=check,
        applies=compile_condition(check.when) if check.when else None,
        passed=CheckResult(check.id, PASS),
        is_conditional=bool(check.when or check.effective_from or check.effective_until),
        starts=moment(check.effective_from, 0),
        ends=moment(check.effective_until, _ALWAYS),
        limit=_limit(check),
        near=check.warn_at_percent if isinstance(check, LimitCheck) else None,
        overrides=_overrides(check),
        keeps_digits=rule.keeps_digits,
        judge=judge,
    )


def moment(text: str | None, otherwise: int) -> int:
    """Return a time in nanoseconds since 1970 UTC."""
    return otherwise if text is None else int(datetime.fromisoformat(text).timestamp()) * _SECOND


def _limit(check: Check) -> Decimal | None:
    return Decimal(getattr(check, check.LIMIT)) if isinstance(check, LimitCheck) else None


def _overrides(check: Check) -> tuple[tuple[str, dict[str, Decimal]], ...]:
    if not isinstance(check, LimitCheck):
        return ()
    found = []
    for name in _MOST_SPECIFIC_FIRST:
        given = [each for each in check.overrides if getattr(each, name) is not None]
        if given:
            found.append((name, {getattr(each, name): each.limit for each in given}))
    return tuple(found)
