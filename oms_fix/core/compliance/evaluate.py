"""Pre-trade checks: every one that applies is evaluated, every violation is reported."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.core.compliance.figures import plain
from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.rules import RULES
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.compiled import CompiledCheck
from oms_fix.core.orders.state import State
from oms_fix.model.check_base import Action
from oms_fix.model.events import PASS, CheckResult
from oms_fix.model.reasons import Reasons

_GRAVEST_FIRST = (Action.REJECT, Action.HOLD, Action.WARN)


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
        if compiled.is_timed and not compiled.starts <= subject.now < compiled.ends:
            continue
        if compiled.limit is not None:
            result, finding = _measure(compiled, subject, state)
        elif (finding := compiled.judge(compiled.check, subject, state)) is None:
            result = compiled.passed
        else:
            result, finding = _violated(compiled, finding)
        results.append(result)
        if finding is not None:
            found.setdefault(Action(result.outcome), []).append(finding)
    if not found:
        return Verdict(tuple(results), (), (), ())
    rejects, holds, warnings = (tuple(found.get(each, ())) for each in _GRAVEST_FIRST)
    return Verdict(tuple(results), rejects, holds, warnings)


_Judged = tuple[CheckResult, Finding | None]


def _measure(compiled: CompiledCheck, subject: Subject, state: State) -> _Judged:
    """Return the result of a check that compares a number with a limit."""
    check = compiled.check
    limit = limit_of(compiled, subject) if compiled.overrides else compiled.limit
    measure = compiled.judge(check, subject, state, limit)
    if measure is NOT_CONCERNED:
        return compiled.passed, None
    if measure is None:
        rule = RULES[type(check)]
        details = {rule.name: "unknown", rule.limit_name: f"{limit:f}"}
        return _violated(compiled, Finding(rule.reasons[0], details))
    used, after, most = plain(measure.used), plain(measure.after), measure.limit
    if after > most and (after > used or measure.stands):
        measure = Measure(used, after, most)
        return _violated(compiled, _above(RULES[type(check)], measure, limit), measure)
    if compiled.near is not None and after and after * 100 >= compiled.near * most:
        return _near(compiled, Measure(used, after, most))
    return CheckResult(check.id, PASS, "", "", used, after, most), None


def limit_of(compiled: CompiledCheck, subject: Subject) -> Decimal | None:
    """Return the limit for an order: the most specific one of those given for it."""
    for name, limits in compiled.overrides:
        value = subject.terms.account if name == "account" else getattr(subject, name)
        if value in limits:
            return limits[value]
    return compiled.limit


def _violated(compiled: CompiledCheck, finding: Finding, measure: Measure | None = None) -> _Judged:
    check = compiled.check
    finding = Finding(finding.reason, finding.details, check.id, check.message)
    return _result(check.id, check.action, finding, measure), finding


def _result(
    check_id: str, action: Action, finding: Finding, measure: Measure | None
) -> CheckResult:
    code, text = finding.reason.code, finding.text
    if measure is None:
        return CheckResult(check_id, action, code, text)
    return CheckResult(check_id, action, code, text, measure.used, measure.after, measure.limit)


def _above(rule: Rule, measure: Measure, limit: Decimal | None) -> Finding:
    """Return the violation of a limit; where that is a share, what it comes to is told too."""
    details = {rule.name: shown(rule, measure.after), rule.limit_name: f"{limit:f}"}
    if measure.limit != limit:
        details["limit"] = shown(rule, measure.limit)
    return Finding(rule.reasons[0], details)


def _near(compiled: CompiledCheck, measure: Measure) -> _Judged:
    check = compiled.check
    rule = RULES[type(check)]
    details = {
        "check": check.id,
        rule.name: shown(rule, measure.after),
        "limit": shown(rule, measure.limit),
    }
    finding = Finding(Reasons.LIMIT_NEAR, details, check.id, check.message)
    return _result(check.id, Action.WARN, finding, measure), finding


def shown(rule: Rule, value: Decimal) -> str:
    """Return a number as people want to read it."""
    if rule.in_money:
        return f"{value:.2f}"
    whole = value.to_integral_value()
    return f"{whole:f}" if value == whole else f"{value:f}"
