"""Check ``self_match``: the order does not cross a resting one of ours on the other side.

The cost grows with the prices at which there are orders in this instrument, not with the orders.
"""

from collections.abc import Iterator
from decimal import Decimal

from oms_fix.core.compliance.figures import plain
from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.order import TRIGGERED_AS
from oms_fix.core.orders.state import State
from oms_fix.core.orders.worth import binding_price
from oms_fix.model.check_base import Scope
from oms_fix.model.conduct_checks import SelfMatch
from oms_fix.model.reasons import Reasons

_FIRST = Decimal("-Infinity")


def examine(check: SelfMatch, subject: Subject, state: State) -> Finding | None:
    """Return the violation, or None; an order without a price crosses every other.

    A stop order crosses nothing as long as it is one. Of several orders that are crossed the one
    is named that would be matched first.
    """
    terms = subject.terms
    if terms.ord_type in TRIGGERED_AS:
        return None
    resting = state.exposure.resting.get((terms.symbol, -terms.side.sign))
    if not resting:
        return None
    price, sign = binding_price(terms), terms.side.sign
    crossed = [
        (_distance(other, sign), account, other)
        for account in _accounts(check, subject, state, resting)
        for other in resting[account]
        if _crosses(price, other, sign)
    ]
    if not crossed:
        return None
    _, account, other = min(crossed, key=_first)
    shown = None if other is None else plain(other)
    return Finding(Reasons.SELF_MATCH, {"Price": price, "resting": shown, "Account": account})


def _distance(other: Decimal | None, sign: int) -> Decimal:
    """Return what puts prices into the order in which they are matched; without one comes first."""
    return _FIRST if other is None else other * sign


def _first(crossed: tuple[Decimal, str, Decimal | None]) -> tuple[Decimal, str]:
    return crossed[:2]


def _accounts(
    check: SelfMatch, subject: Subject, state: State, resting: dict[str, dict[Decimal | None, int]]
) -> Iterator[str]:
    """Yield the accounts with resting orders that are ours in the check's sense."""
    own = subject.terms.account or ""
    if check.per is Scope.ACCOUNT:
        if own in resting:
            yield own
        return
    for account in resting:
        known = state.accounts.get(account)
        in_group = known is not None and known.group == subject.group
        if account == own or check.per is Scope.FIRM or (in_group and subject.group is not None):
            yield account


def _crosses(price: Decimal | None, other: Decimal | None, sign: int) -> bool:
    if price is None or other is None:
        return True
    return price >= other if sign > 0 else price <= other


RULE = Rule(
    kind=SelfMatch,
    reasons=(Reasons.SELF_MATCH,),
    source="FINRA Rule 5210.02: self-trades; MAR Article 12(1)(a) and Annex I A(c)",
    examine=examine,
)
