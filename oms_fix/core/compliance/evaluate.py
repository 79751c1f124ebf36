"""Pre-trade checks: every one that applies is evaluated, every violation is reported."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Measure, Rule
from oms_fix.core.compliance.rules import RULES
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.compiled import CompiledCheck
from oms_fix.core.orders.state import State
from oms_fix.model.check_base import Action, LimitCheck
from oms_fix.model.events import CheckResult
from oms_fix.model.reasons import Reasons

_GRAVEST_FIRST = (Action.REJECT, Action.HOLD, Action.WARN)
PASS = "pass"  # noqa: S105  # an outcome, no password
_CENT = Decimal("0.01")


class Verdict(Struct, frozen=True):
    """All results, and of the violations those that reject, that hold, and that only warn."""

    results: tuple[CheckResult, ...]
    rejects: tuple[Finding, ...]
    holds: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def warning_text(self) -> str | None:
        """The text that a passed order's New carries, if there is a warning."""
        return "; ".join(finding.text for finding in self.warnings) or None

    @property
    def hold_text(self) -> str:
        """The text of the Pending New of an order held for review: every violation that holds."""
        return "; ".join(finding.text for finding in self.holds)

    @property
    def reject_text(self) -> str:
        """The text of the reject: every violation that rejects."""
        return "; ".join(finding.text for finding in self.rejects)


def evaluate(state: State, subject: Subject) -> Verdict:
    """Evaluate every check whose conditions hold, in the order of checks.yaml."""
    results: list[CheckResult] = []
    found: dict[Action, list[Finding]] = {}
    for compiled in state.checks:
        if compiled.applies is not None and not compiled.applies(subject):
            continue
        if not compiled.starts <= subject.now < compiled.ends:
            continue
        result, action, finding = _judge(compiled, subject, state)
        results.append(result)
        if finding is not None:
            found.setdefault(action, []).append(finding)
    rejects, holds, warnings = (tuple(found.get(each, ())) for each in _GRAVEST_FIRST)
    return Verdict(tuple(results), rejects, holds, warnings)


_Judged = tuple[CheckResult, Action, Finding | None]


def _judge(compiled: CompiledCheck, subject: Subject, state: State) -> _Judged:
    """Return one check's result, and what is to be said of a violation."""
    check = compiled.check
    if compiled.limit is None:
        finding = compiled.judge(check, subject, state)
        if finding is None:
            return CheckResult(check.id, PASS), check.action, None
        return _violated(compiled, finding, None)
    limit = limit_of(compiled, subject)
    measure = compiled.judge(check, subject, state, limit)
    if measure is None:
        rule = RULES[type(check)]
        details = {rule.name: "unknown", rule.limit_name: f"{limit:f}"}
        return _violated(compiled, Finding(rule.reasons[0], details), None)
    used, after, most, stands = measure
    if after > most and (after > used or stands):
        return _violated(compiled, _above(RULES[type(check)], measure, limit), measure)
    if compiled.near is not None and after * 100 >= compiled.near * most and after:
        return _near(compiled, measure)
    if not most and not after:
        return CheckResult(check.id, PASS), check.action, None
    return CheckResult(check.id, PASS, "", "", used, after, most), check.action, None


def limit_of(compiled: CompiledCheck, subject: Subject) -> Decimal:
    """Return the limit for an order: the most specific one of those given for it."""
    assert compiled.limit is not None, "the check has a limit"
    for name, limits in compiled.overrides:
        value = subject.terms.account if name == "account" else getattr(subject, name)
        if value in limits:
            return limits[value]
    return compiled.limit


def _violated(compiled: CompiledCheck, finding: Finding, measure: Measure | None) -> _Judged:
    check = compiled.check
    finding = Finding(finding.reason, finding.details, check.id, check.message)
    numbers = (None, None, None) if measure is None else measure[:3]
    result = CheckResult(check.id, check.action, finding.reason.code, finding.text, *numbers)
    return result, check.action, finding


def _above(rule: Rule, measure: Measure, limit: Decimal) -> Finding:
    """Return the violation of a limit; where that is a share, what it comes to is told too."""
    details = {rule.name: _shown(measure.after), rule.limit_name: f"{limit:f}"}
    if measure.limit != limit:
        details["limit"] = _shown(measure.limit)
    return Finding(rule.reasons[0], details)


def _near(compiled: CompiledCheck, measure: Measure) -> _Judged:
    check = compiled.check
    rule = RULES[type(check)]
    details = {
        "check": check.id,
        rule.name: _shown(measure.after),
        "limit": _shown(measure.limit),
    }
    finding = Finding(Reasons.LIMIT_NEAR, details, check.id, check.message)
    result = CheckResult(check.id, Action.WARN, finding.reason.code, finding.text, *measure[:3])
    return result, Action.WARN, finding


def _shown(value: Decimal) -> str:
    """Return a number without more digits behind the point than anybody wants to read."""
    exponent = value.as_tuple().exponent
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}"
    if isinstance(exponent, int) and exponent < -2:
        value = value.quantize(_CENT) if abs(value) < _MUCH else value.to_integral_value()
    return f"{value:f}"


_MUCH = Decimal(10) ** 24


def is_limit(check: object) -> bool:
    """Return whether a check compares a number with a limit."""
    return isinstance(check, LimitCheck)
