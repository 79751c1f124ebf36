"""Check ``restricted_list``: the instrument, issuer, sector and country are not on the list."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import RestrictedList
from oms_fix.model.reasons import Reasons


def examine(check: RestrictedList, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None."""
    if check.sides and subject.terms.side not in check.sides:
        return None
    for name, value, listed in (
        ("Symbol", subject.terms.symbol, check.symbols),
        ("issuer", subject.issuer, check.issuers),
        ("sector", subject.sector, check.sectors),
        ("country", subject.country, check.countries),
    ):
        if value in listed:
            return Finding(Reasons.RESTRICTED, {name: value, "list": check.id})
    return None


RULE = Rule(
    kind=RestrictedList,
    reasons=(Reasons.RESTRICTED,),
    source="SEC Rule 15c3-5(c)(2)(ii): securities that a person is restricted from trading",
    examine=examine,
)
