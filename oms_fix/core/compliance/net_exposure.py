"""Check ``net_exposure``: long less short positions are not worth too much."""

from decimal import Decimal

from oms_fix.core.compliance.figures import more_at_reference, totals_of
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO, add, subtract
from oms_fix.core.orders.state import State
from oms_fix.model.exposure_checks import NetExposure
from oms_fix.model.reasons import Reasons


def measure(check: NetExposure, subject: Subject, _state: State, limit: Decimal) -> Measure | None:
    """Return the largest net worth on the order's side."""
    totals = totals_of(subject, check.per)
    if totals is None:
        return NOT_CONCERNED
    more = more_at_reference(subject)
    if more is None:
        return None
    if subject.is_buy:
        used = add(totals.net, totals.open_buys)
    else:
        used = subtract(totals.open_sells, totals.net)
    after = add(used, more)
    if used < ZERO:
        used = ZERO
    if after < ZERO:
        after = ZERO
    return Measure(used, after, limit)


RULE = Rule(
    kind=NetExposure,
    reasons=(Reasons.NET_EXPOSURE,),
    source="SEC Rule 15c3-5(c)(1)(i): capital thresholds; RTS 6 Article 15(4) and (5)",
    measure=measure,
    unit="base currency",
    name="net",
    in_money=True,
)
