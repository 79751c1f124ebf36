"""Stop orders that the router holds, because no venue of their route takes them.

Theory of operation
-------------------
The client is told New, and nothing is at a venue. When the last price of the instrument reaches
StopPx(99) (up to it for an order to buy, down to it for one to sell) the order is triggered: the
client is told so, and from then on it is a market or a limit order to the venues; to the client it
stays what it was. While trading is halted, or the order is suspended, nothing is triggered; while
positions are only to be reduced, nothing that does not (see ``trading_states``).

What the last price is, is told by fills of our own orders as their reports come in, and by the
command ``LastPrice``: an operator's word, or that of a feed. Prices of an earlier trading day do
not count. A held order may be replaced (a stop by another, which may be due at once, or by a limit
order, which is placed) and canceled; both are answered at once.
"""

from oms_fix.core.orders import reports, trading_states
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.circumstances import StopHeld, StopTriggered


def hold(turn: Turn, order: Order) -> None:
    """Keep a stop order here."""
    turn.emit(StopHeld(order.order_id))


def is_due(state: State, order: Order) -> bool:
    """Whether a held stop order is to be triggered now."""
    if not order.awaits_price or order.suspended:
        return False
    symbol, stop_px = order.terms.symbol, order.terms.stop_px
    last_px = state.last_prices.get(symbol)
    if last_px is None or stop_px is None:
        return False
    is_reached = last_px >= stop_px if order.terms.side.sign > 0 else last_px <= stop_px
    return is_reached and not trading_states.holds_back(state, order)


def trigger(turn: Turn, order: Order) -> None:
    """Take a stop order for what it is from now on, and tell the client."""
    last_px = turn.state.last_prices[order.terms.symbol]
    turn.emit(StopTriggered(order.order_id, last_px))
    reports.triggered(turn, order, f"triggered by last price {last_px}")
