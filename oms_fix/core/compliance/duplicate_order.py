"""Check ``duplicate_order``: no order alike came shortly before."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.conduct import recent_key
from oms_fix.core.orders.state import State
from oms_fix.model.conduct_checks import DuplicateOrder
from oms_fix.model.reasons import Reasons

_SECOND = 1_000_000_000


def examine(check: DuplicateOrder, subject: Subject, state: State) -> Finding | None:
    """Return the violation, or None; a replace of what is at a venue repeats nothing."""
    order = subject.order
    if order is not None and not order.is_unplaced:
        return None
    before = state.today.recent.get(recent_key(subject.terms))
    if before is None or subject.now - before.at > check.seconds * _SECOND:
        return None
    if order is not None and before.order_id == order.order_id:
        return None
    ago = f"{(subject.now - before.at) / _SECOND:.3f}"
    return Finding(
        Reasons.DUPLICATE_ORDER,
        {"OrderID": before.order_id, "seconds_ago": ago, "seconds": check.seconds},
    )


RULE = Rule(
    kind=DuplicateOrder,
    reasons=(Reasons.DUPLICATE_ORDER,),
    source="SEC Rule 15c3-5(c)(1)(ii): duplicative orders",
    examine=examine,
)
