"""Check ``duplicate_cl_ord_id``: no other session has sent this ClOrdID(11) for this account.

A client that sends an order again over its second line must not trade twice.
"""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import DuplicateClOrdID
from oms_fix.model.reasons import Reasons


def examine(_check: DuplicateClOrdID, subject: Subject, state: State) -> Finding | None:
    """Return the violation, or None."""
    first = state.first_users_of_cl_ord_id.get(subject.cl_ord_id)
    if first is None or first.session == subject.client:
        return None
    if first.terms.account != subject.terms.account:
        return None
    return Finding(
        Reasons.DUPLICATE_CL_ORD_ID,
        {"ClOrdID": subject.cl_ord_id, "session": first.session, "OrderID": first.order_id},
    )


RULE = Rule(
    kind=DuplicateClOrdID,
    reasons=(Reasons.DUPLICATE_CL_ORD_ID,),
    source="SEC Rule 15c3-5(c)(1)(ii): duplicative orders",
    examine=examine,
)
