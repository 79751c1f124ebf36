"""Numbers that several checks need, out of the running totals."""

from decimal import Decimal

from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO, Holding, Totals, add, multiply, subtract
from oms_fix.core.orders.reducing import reduces
from oms_fix.core.orders.state import State
from oms_fix.model.check_base import Scope
from oms_fix.model.instruments import EXACT

_add, _normal = EXACT.add, EXACT.normalize
_NO_HOLDING = Holding(ZERO)


def plain(value: Decimal) -> Decimal:
    """Return a number without needless zeros: how sums came about is not to be told by digits.

    They came about otherwise in a state from an image, and records are to be the same.
    """
    return _add(_normal(value), ZERO)


def totals_of(subject: Subject, per: Scope) -> Totals | None:
    """Return the totals of a scope; None where the account is in no group."""
    if per is Scope.ACCOUNT:
        return subject.totals
    return subject.firm_totals if per is Scope.FIRM else subject.group_totals


def holding_of(totals: Totals, subject: Subject) -> Holding:
    """Return what there is of the order's instrument."""
    return totals.holdings.get(subject.terms.symbol, _NO_HOLDING)


def position(totals: Totals, subject: Subject) -> tuple[Decimal, Decimal]:
    """Return the largest position on the order's side, before and with it, in units.

    Buys make it long: below zero it is short even if all is filled. Of sales it is the other way.
    """
    holding = holding_of(totals, subject)
    used = holding.longest if subject.is_buy else -holding.shortest
    return used, add(subtract(used, subject.own.quantity), subject.open_qty)


def more_value(subject: Subject) -> Decimal | None:
    """Return how much more would be open in base currency; None if nobody knows."""
    if subject.open_value is None:
        return None
    return subtract(subject.open_value, subject.own.value)


def more_at_reference(subject: Subject) -> Decimal | None:
    """Return how much more would be open, at the reference price; None if nobody knows."""
    if subject.unit is None:
        return None
    return multiply(subtract(subject.open_qty, subject.own.quantity), subject.unit)


def adds(state: State, subject: Subject) -> bool:
    """Return whether the order may add to its account's position; one replaced by less does not."""
    order = subject.order
    if order is not None and not order.is_unplaced and subject.open_qty <= subject.own.quantity:
        return False
    return not reduces(state, subject.terms, order)
