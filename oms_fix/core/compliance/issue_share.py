"""Check ``issue_share``: the position is not too much of what is outstanding."""

from decimal import Decimal

from oms_fix.core.compliance.figures import at_stake, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import IssueShare
from oms_fix.model.reasons import Reasons


def measure(check: IssueShare, subject: Subject, _state: State, limit: Decimal) -> Measure | None:
    """Return the position, and what it may be; None if nobody knows what is outstanding."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    instrument = subject.instrument
    if instrument is None or instrument.outstanding is None:
        return None
    used, after = at_stake(totals, subject)
    return Measure(used, after, instrument.outstanding * limit / 100)


RULE = Rule(
    kind=IssueShare,
    reasons=(Reasons.ISSUE_SHARE,),
    source="UCITS Directive 2009/65/EC Article 56(2); Exchange Act Section 13(d)",
    measure=measure,
    unit="percent of what is outstanding",
    name="position",
)
