"""Positions per account and symbol, kept as running totals."""

from decimal import Decimal

from oms_fix.core.orders.order import Order
from oms_fix.core.orders.position import Position
from oms_fix.core.orders.state import State

NO_ACCOUNT = ""


def book(state: State, order: Order, quantity: Decimal, price: Decimal) -> None:
    """Count an execution of ``order`` into its account's position (negative: out again)."""
    key = (order.terms.account or NO_ACCOUNT, order.terms.symbol)
    position = state.positions.get(key)
    if position is None:
        position = state.positions[key] = Position()
    position.book(order.terms.side, quantity, price)
