"""Check ``permitted_orders``: the order is of a kind that is permitted."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import PermittedOrders
from oms_fix.model.reasons import Reasons


def examine(check: PermittedOrders, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None; fields that the order does not have are not looked at."""
    terms = subject.terms
    for name, value, permitted in (
        ("OrdType", terms.ord_type, check.ord_types),
        ("TimeInForce", terms.time_in_force, check.times_in_force),
        ("SecurityType", terms.security_type, check.security_types),
        ("ExDestination", terms.ex_destination, check.venues),
        ("asset_class", subject.asset_class, check.asset_classes),
    ):
        if permitted and value is not None and value not in permitted:
            shown = value if name in ("SecurityType", "ExDestination") else _word(value)
            return Finding(Reasons.NOT_PERMITTED, {name: shown, "check": check.id})
    return None


def _word(value: object) -> object:
    return getattr(value, "name", value)


RULE = Rule(
    kind=PermittedOrders,
    reasons=(Reasons.NOT_PERMITTED,),
    source="SEC Rule 15c3-5(c)(2)(i); RTS 6 Article 15(5); UCITS Directive Article 50: assets",
    examine=examine,
)
