"""Numbers that several checks need, out of the running totals."""

from decimal import Decimal

from oms_fix.core.compliance.subject import NOTHING, Subject
from oms_fix.core.orders.exposure import ZERO, Holding, Totals, add, multiply, subtract
from oms_fix.core.orders.reducing import reduces
from oms_fix.core.orders.state import State
from oms_fix.model.check_base import Scope
from oms_fix.model.instruments import EXACT

_normalize = EXACT.normalize
_NO_HOLDING = Holding(ZERO)
_ACCOUNT, _FIRM = Scope.ACCOUNT, Scope.FIRM


def plain(value: Decimal) -> Decimal:
    """Return a number without needless zeros: how sums came about is not to be told by digits.

    They came about otherwise in a state from an image, and records are to be the same.
    """
    return add(_normalize(value), ZERO) if value else ZERO


def totals_of(subject: Subject, per: Scope) -> Totals | None:
    """Return the totals of a scope; None where the account is in no group."""
    if per is _ACCOUNT:
        return subject.totals
    return subject.firm_totals if per is _FIRM else subject.group_totals


def holding_of(totals: Totals, subject: Subject) -> Holding:
    """Return what there is of the order's instrument."""
    return totals.holdings.get(subject.terms.symbol, _NO_HOLDING)


def position(totals: Totals, subject: Subject) -> tuple[Decimal, Decimal]:
    """Return the largest position on the order's side, before and with it, in units.

    Buys make it long: below zero it is short even if all is filled. Of sales it is the other way.
    """
    holding = totals.holdings.get(subject.terms.symbol, _NO_HOLDING)
    used = holding.longest if subject.is_buy else -holding.shortest
    return used, add(used, more_quantity(subject))


def at_stake(totals: Totals, subject: Subject) -> tuple[Decimal, Decimal]:
    """Return the same, but 0 where the position is on the other side even so."""
    used, after = position(totals, subject)
    if used < ZERO:  # max() takes several times as long
        used = ZERO
    if after < ZERO:
        after = ZERO
    return used, after


def more_quantity(subject: Subject) -> Decimal:
    """Return how much more would be open."""
    own = subject.own
    return subject.open_qty if own is NOTHING else subtract(subject.open_qty, own.quantity)


def more_value(subject: Subject) -> Decimal | None:
    """Return how much more would be open in base currency; None if nobody knows."""
    value, own = subject.open_value, subject.own
    return value if value is None or own is NOTHING else subtract(value, own.value)


def more_at_reference(subject: Subject) -> Decimal | None:
    """Return how much more would be open, at the reference price; None if nobody knows."""
    if subject.unit is None:
        return None
    return multiply(more_quantity(subject), subject.unit)


def is_less(subject: Subject) -> bool:
    """Return whether an order that is at a venue is replaced by no more than it has open."""
    order = subject.order
    own = subject.own if subject.let_go is None else subject.let_go
    return order is not None and not order.is_unplaced and subject.open_qty <= own.quantity


def adds(state: State, subject: Subject) -> bool:
    """Return whether the order may add to its account's position; one replaced by less does not."""
    return not (is_less(subject) or reduces(state, subject.terms, subject.order))
