"""Check ``maximum_maturity``: a bond that is bought is not due too late."""

from datetime import UTC, date, datetime
from decimal import Decimal

from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import MaximumMaturity
from oms_fix.model.reasons import Reasons

_SECOND = 1_000_000_000


def measure(
    check: MaximumMaturity, subject: Subject, _state: State, limit: Decimal
) -> Measure | None:
    """Return the days until it is due; None if the instruments file does not say."""
    instrument = subject.instrument
    if instrument is None or not subject.is_buy or not instrument.asset_class.price_is_percent:
        return NOT_CONCERNED
    if not instrument.maturity:
        return None
    since = datetime.fromtimestamp(subject.now // _SECOND, UTC).date()
    if check.counted_from is not None:
        since = date.fromisoformat(check.counted_from)
    days = (date.fromisoformat(instrument.maturity) - since).days
    return Measure(ZERO, Decimal(max(days, 0)), limit)


RULE = Rule(
    kind=MaximumMaturity,
    reasons=(Reasons.MATURITY,),
    source="the client's mandate; of money market funds, Investment Company Act Rule 2a-7(d)(1)",
    measure=measure,
    unit="days",
    name="days",
)
