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
    if check.symbols and subject.terms.symbol in check.symbols:
        return _finding(check, "Symbol", subject.terms.symbol)
    if check.issuers and subject.issuer in check.issuers:
        return _finding(check, "issuer", subject.issuer)
    if check.sectors and subject.sector in check.sectors:
        return _finding(check, "sector", subject.sector)
    if check.countries and subject.country in check.countries:
        return _finding(check, "country", subject.country)
    return None


def _finding(check: RestrictedList, name: str, value: str | None) -> Finding:
    return Finding(Reasons.RESTRICTED, {name: value, "list": check.id})


RULE = Rule(
    kind=RestrictedList,
    reasons=(Reasons.RESTRICTED,),
    source="SEC Rule 15c3-5(c)(2)(ii): securities that a person is restricted from trading",
    examine=examine,
)
