"""Pre-trade checks: every one that applies is evaluated, every violation is reported."""

from decimal import Decimal

from msgspec import Struct, structs

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

ZERO = Decimal(0)
_HUNDRED = Decimal(100)
_GRAVEST_FIRST = (Action.REJECT, Action.HOLD, Action.WARN)


class Verdict(Struct, frozen=True):
    """All results, and of the violations those that reject, that hold, and that only warn.

    ``subject`` is what was looked at.
    """

    results: tuple[CheckResult, ...]
    rejects: tuple[Finding, ...]
    holds: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    subject: Subject | None = None

    @property
    def warning_text(self) -> str | None:
        """The text that a passed order's New carries, if there is a warning."""
        return "; ".join([finding.text for finding in self.warnings]) if self.warnings else None

    @property
    def hold_text(self) -> str:
        """The text of the Pending New of an order held for review: every violation that holds."""
        return "; ".join(finding.text for finding in self.holds)

    @property
    def reject_text(self) -> str:
        """The text of the reject: every violation that rejects."""
        return "; ".join(finding.text for finding in self.rejects)


_Found = dict[Action, list[Finding]]
"""The violations so far, by what is done about them."""


def evaluate(state: State, subject: Subject) -> Verdict:
    """Evaluate every check whose conditions hold, in the order of checks.yaml."""
    results: list[CheckResult] = []
    found: _Found = {}
    for compiled in state.checks:
        if compiled.is_conditional and not _is_concerned(compiled, subject):
            continue
        if compiled.limit is not None:
            results.append(_measure(compiled, subject, state, found))
        elif (finding := compiled.judge(compiled.check, subject, state)) is None:
            results.append(compiled.passed)
        else:
            results.append(_violated(compiled, finding, found))
    if not found:
        return Verdict(tuple(results), (), (), (), subject)
    rejects, holds, warnings = (tuple(found.get(each, ())) for each in _GRAVEST_FIRST)
    return Verdict(tuple(results), rejects, holds, warnings, subject)


def _is_concerned(compiled: CompiledCheck, subject: Subject) -> bool:
    """Whether a check's conditions hold, and it is in force."""
    if compiled.applies is not None and not compiled.applies(subject):
        return False
    return compiled.starts <= subject.now < compiled.ends


def _measure(compiled: CompiledCheck, subject: Subject, state: State, found: _Found) -> CheckResult:
    """Return the result of a check that compares a number with a limit."""
    limit = limit_of(compiled, subject) if compiled.overrides else compiled.limit
    measure = compiled.judge(compiled.check, subject, state, limit)
    if measure is NOT_CONCERNED:
        return compiled.passed
    if measure is None:
        return _unknown(compiled, limit, found)
    used, after, most = measure.used, measure.after, measure.limit
    if subject.let_go is not None and after > most:
        used = _used_before(compiled, subject, state, limit, used)
    if not compiled.keeps_digits:
        used, after = plain(used) if used else ZERO, plain(after)
    if after > most and (after > used or measure.stands):
        told = Measure(used, after, most)
        above = _above(RULES[type(compiled.check)], told, limit)
        return _violated(compiled, above, found, told)
    if compiled.near is not None and after and after * _HUNDRED >= compiled.near * most:
        return _near(compiled, Measure(used, after, most), found)
    return CheckResult(compiled.check.id, PASS, "", "", used, after, most)


def _unknown(compiled: CompiledCheck, limit: Decimal | None, found: _Found) -> CheckResult:
    """Return that nobody knows the number."""
    rule = RULES[type(compiled.check)]
    details = {rule.name: "unknown", rule.limit_name: f"{limit:f}"}
    return _violated(compiled, Finding(rule.reasons[0], details), found)


def _used_before(
    compiled: CompiledCheck, subject: Subject, state: State, limit: Decimal | None, used: Decimal
) -> Decimal:
    """Return what is used without what is held of the order, which is part of all totals."""
    let_go = subject.let_go
    assert let_go is not None, "something of it is held"
    value = None if subject.open_value is None else let_go.value
    without = structs.replace(subject, open_qty=let_go.quantity, open_value=value)
    measure = compiled.judge(compiled.check, without, state, limit)
    return used if measure is None else min(used, measure.after)


def limit_of(compiled: CompiledCheck, subject: Subject) -> Decimal | None:
    """Return the limit for an order: the most specific one of those given for it."""
    for name, limits in compiled.overrides:
        value = subject.terms.account if name == "account" else getattr(subject, name)
        if value in limits:
            return limits[value]
    return compiled.limit


def _violated(
    compiled: CompiledCheck, finding: Finding, found: _Found, measure: Measure | None = None
) -> CheckResult:
    check = compiled.check
    finding = Finding(finding.reason, finding.details, check.id, check.message)
    return _result(check.action, finding, found, measure)


def _result(
    action: Action, finding: Finding, found: _Found, measure: Measure | None
) -> CheckResult:
    found.setdefault(action, []).append(finding)
    check_id, code, text = finding.check_id, finding.reason.code, finding.text
    if measure is None:
        return CheckResult(check_id, action, code, text)
    return CheckResult(check_id, action, code, text, measure.used, measure.after, measure.limit)


def _above(rule: Rule, measure: Measure, limit: Decimal | None) -> Finding:
    """Return the violation of a limit; where that is a share, what it comes to is told too."""
    details = {rule.name: shown(rule, measure.after), rule.limit_name: f"{limit:f}"}
    if measure.limit != limit:
        details["limit"] = shown(rule, measure.limit)
    return Finding(rule.reasons[0], details)


def _near(compiled: CompiledCheck, measure: Measure, found: _Found) -> CheckResult:
    check = compiled.check
    rule = RULES[type(check)]
    details = {
        "check": check.id,
        rule.name: shown(rule, measure.after),
        "limit": shown(rule, measure.limit),
    }
    finding = Finding(Reasons.LIMIT_NEAR, details, check.id, check.message)
    return _result(Action.WARN, finding, found, measure)


def shown(rule: Rule, value: Decimal) -> str:
    """Return a number as people want to read it."""
    return f"{value:.2f}" if rule.in_money else f"{value:f}"
