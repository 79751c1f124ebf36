"""Pre-trade checks: every one that applies is evaluated, every violation is reported."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from oms_fix.core.compliance import (
    account_known,
    duplicate_cl_ord_id,
    instrument_known,
    order_notional,
    order_quantity,
    restricted_list,
)
from oms_fix.core.compliance.finding import Finding
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.state import State
from oms_fix.model import checks
from oms_fix.model.checks import Action
from oms_fix.model.events import CheckResult

_EXAMINE: dict[type, Callable[[Any, ConditionSubject, State], Finding | None]] = {
    checks.InstrumentKnown: instrument_known.examine,
    checks.AccountKnown: account_known.examine,
    checks.DuplicateClOrdID: duplicate_cl_ord_id.examine,
    checks.RestrictedList: restricted_list.examine,
    checks.OrderQuantity: order_quantity.examine,
    checks.OrderNotional: order_notional.examine,
}

_GRAVEST_FIRST = (Action.REJECT, Action.HOLD, Action.WARN)
PASS = "pass"  # noqa: S105  # an outcome, no password


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


def evaluate(state: State, subject: ConditionSubject) -> Verdict:
    """Evaluate every check whose conditions hold, in the order of checks.yaml."""
    results: list[CheckResult] = []
    found: dict[Action, list[Finding]] = {action: [] for action in Action}
    for check, applies in state.checks:
        if not applies(subject):
            continue
        finding = _EXAMINE[type(check)](check, subject, state)
        if finding is None:
            results.append(CheckResult(check.id, PASS))
            continue
        found[check.action].append(finding)
        results.append(CheckResult(check.id, check.action, finding.reason.code, finding.text))
    rejects, holds, warnings = (tuple(found[each]) for each in _GRAVEST_FIRST)
    return Verdict(tuple(results), rejects, holds, warnings)
