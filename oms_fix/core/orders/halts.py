"""Trading halts: what becomes of the orders in an instrument while it is not traded.

Theory of operation
-------------------
That an instrument is halted is an operator's word; what single venues do is theirs to tell. While
it is halted nothing in it is placed: new orders and replaces are refused, cancels go on. What
becomes of an order that works is what its ExecInst(18) says (FIX 4.4 Volume 6, field 18):

* K, cancel on trading halt: it is taken back, and Canceled with ExecRestatementReason(378) 6.
* J, reinstate on trading halt: the client is told Suspended. The order stays where it is; whatever
  a venue gives back of it meanwhile waits here, but for what it ends with its day: that has ended.
  When trading goes on the client is told Restated, and what waited is placed.
* Neither: the venues treat it as they do.

A direct order lives by its venue's word in this too.
"""

from oms_fix.core.orders import reports, withdrawal
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.circumstances import InstrumentHalted, InstrumentResumed
from oms_fix.model.commands import HaltInstrument, ResumeInstrument
from oms_fix.model.enums import TimeInForce
from oms_fix.model.events import OrderWithdrawn
from oms_fix.model.reasons import Reasons

_CANCEL, _REINSTATE = "K", "J"  # ExecInst(18)
_TRADING_HALT = 6  # ExecRestatementReason(378)
_AT_ONCE = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})


def begin(turn: Turn, command: HaltInstrument) -> list[Order]:
    """Halt an instrument; return the orders that are taken back."""
    symbol, reason = command.symbol, command.reason
    turn.emit(InstrumentHalted(symbol, reason, command.operator))
    text = Reasons.HALTED.text(Symbol=symbol, because=reason)
    orders = _working(turn.state, symbol)
    taken_back = [order for order in orders if _asks_for(order, _CANCEL)]
    for order in orders:
        works = order.review is None  # else it is placed only once trading goes on
        if works and _asks_for(order, _REINSTATE) and not _asks_for(order, _CANCEL):
            reports.suspended(turn, order, text)
    for order in taken_back:
        event = OrderWithdrawn(order.order_id, text, exec_restatement_reason=_TRADING_HALT)
        withdrawal.withdraw(turn, event)
    return taken_back


def end(turn: Turn, command: ResumeInstrument) -> list[Order]:
    """Resume an instrument; return the orders that were suspended, to be placed again."""
    symbol, orders = command.symbol, turn.state.orders.values()
    suspended = [each for each in orders if each.suspended and each.terms.symbol == symbol]
    turn.emit(InstrumentResumed(symbol, command.operator))
    for order in suspended:
        reports.reinstated(turn, order, f"trading in {symbol} goes on")
    return suspended


def _working(state: State, symbol: str) -> list[Order]:
    """Return the open orders in an instrument that are ours to work."""
    return [
        order
        for order in state.orders.values()
        if order.terms.symbol == symbol
        and order.is_open
        and order.direct is None
        and not withdrawal.is_under_way(order)
    ]


def _asks_for(order: Order, instruction: str) -> bool:
    at_once = order.terms.time_in_force in _AT_ONCE
    return instruction in (order.terms.exec_inst or "").split() and not at_once
