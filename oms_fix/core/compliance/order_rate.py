"""Check ``order_rate``: orders and replaces do not come too fast."""

from decimal import Decimal

from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.conduct import bucket_key, tokens
from oms_fix.core.orders.state import State
from oms_fix.model.conduct_checks import OrderRate
from oms_fix.model.reasons import Reasons

_ONE = Decimal(1)


def measure(check: OrderRate, subject: Subject, state: State, limit: Decimal) -> Measure | None:
    """Return how many tokens are taken from the bucket; looking again at an order takes none."""
    if subject.again:
        return NOT_CONCERNED
    key = bucket_key(check, subject.client, subject.terms.account)
    used = limit - tokens(state, check, key, limit, subject.now)
    return Measure(used, used + _ONE, limit, stands=True)


RULE = Rule(
    kind=OrderRate,
    reasons=(Reasons.ORDER_RATE,),
    source="SEC Rule 15c3-5(c)(1)(ii); RTS 6 Article 15(1)(d): maximum messages limits",
    measure=measure,
    unit="messages at once",
    name="messages",
)
