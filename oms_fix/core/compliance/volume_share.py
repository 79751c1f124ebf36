"""Check ``volume_share``: open orders are not too much of the average daily volume."""

from decimal import Decimal

from oms_fix.core.compliance.figures import holding_of, more_quantity, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import add
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import VolumeShare
from oms_fix.model.reasons import Reasons


def measure(check: VolumeShare, subject: Subject, _state: State, limit: Decimal) -> Measure | None:
    """Return what is open on both sides, and what may be; None if nobody knows the volume."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    instrument = subject.instrument
    if instrument is None or instrument.average_daily_volume is None:
        return None
    holding = holding_of(totals, subject)
    used = add(holding.open_buys, holding.open_sells)
    after = add(used, more_quantity(subject))
    return Measure(used, after, instrument.average_daily_volume * limit / 100)


RULE = Rule(
    kind=VolumeShare,
    reasons=(Reasons.VOLUME_SHARE,),
    source="SEC Rule 15c3-5(c)(1)(ii): size parameters; FIA: maximum order size",
    measure=measure,
    unit="percent of the average daily volume",
    name="open",
)
