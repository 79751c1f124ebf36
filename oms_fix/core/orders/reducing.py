"""Whether an order takes its account's position nearer to zero, and not through it."""

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
    totals = state.exposure.accounts.get(terms.account or _NO_ACCOUNT)
    holding = None if totals is None else totals.holdings.get(terms.symbol)
    if holding is None or holding.position * terms.side.sign >= 0:
        return False
    others = holding.open_buys if terms.side.sign > 0 else holding.open_sells
    wanted = terms.order_qty
    if own is not None:
        wanted = max(terms.order_qty - own.cum_qty, own.placed_qty)
        counted = state.exposure.open.get(own.order_id)
        others -= ZERO if counted is None else counted.quantity
    return wanted + others <= abs(holding.position)
