"""Check ``market_order``: the order has a limit."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.core.orders.worth import binding_price
from oms_fix.model.order_checks import MarketOrder
from oms_fix.model.reasons import Reasons


def examine(_check: MarketOrder, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None; an order of a kind that binds no price has no limit."""
    if binding_price(subject.terms) is not None:
        return None
    return Finding(Reasons.NO_MARKET_ORDERS, {"OrdType": subject.terms.ord_type.name})


RULE = Rule(
    kind=MarketOrder,
    reasons=(Reasons.NO_MARKET_ORDERS,),
    source="RTS 6 Article 15(1)(a): price collars; FIA: price tolerance",
    examine=examine,
)
