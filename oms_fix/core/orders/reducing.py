"""Whether an order takes its account's position nearer to zero, and not through it."""

from collections.abc import Iterator
from decimal import Decimal

from oms_fix.core.orders.order import ZERO, Order
from oms_fix.core.orders.state import State
from oms_fix.model.orders import OrderTerms

_NO_ACCOUNT = ""


def reduces(state: State, terms: OrderTerms, own: Order | None = None) -> bool:
    """Return whether an order with these terms only reduces the position of its account.

    So it does if the position, with all filled that is open on that side in the account and the
    instrument, this order included, has not gone through zero.

    Args:
        state: with the positions and the other orders.
        terms: what the order is to be.
        own: the order of which these are to be the terms, if there is one; it counts once.
    """
    account = terms.account or _NO_ACCOUNT
    position = state.positions.get((account, terms.symbol))
    if position is None or position.quantity * terms.side.sign >= 0:
        return False
    filled = ZERO if own is None else own.cum_qty
    wanted = max(terms.order_qty - filled, ZERO)
    if own is not None:
        wanted = max(wanted, own.placed_qty)
    others = sum((_open_qty(each) for each in _same_way(state, terms) if each is not own), ZERO)
    return wanted + others <= abs(position.quantity)


def _same_way(state: State, terms: OrderTerms) -> Iterator[Order]:
    """Yield the open orders on a side of an account and an instrument."""
    for order in state.orders.values():
        other = order.terms
        is_same = other.symbol == terms.symbol and other.account == terms.account
        if is_same and other.side.sign == terms.side.sign and order.is_open:
            yield order


def _open_qty(order: Order) -> Decimal:
    """Return what may still be filled of an order, and of what it is being replaced by."""
    asked = [each.terms for each in order.passed_on.values()]
    asked.append(None if order.request is None else order.request.terms)
    total = max(
        order.terms.order_qty, *(ZERO if terms is None else terms.order_qty for terms in asked)
    )
    return max(total - order.cum_qty, order.placed_qty)
