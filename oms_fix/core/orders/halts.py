"""Trading halts: what becomes of open orders when an operator changes a trading state.

Theory of operation
-------------------
That trading is halted is an operator's word; what single venues do is theirs to tell. What a state
means for what is new, ``trading_states`` has. What becomes of an order that works while the firm,
its client, its account or its instrument is HALTED, is what its ExecInst(18) says (FIX 4.4
Volume 6, field 18):

* K, cancel on trading halt: it is taken back, and Canceled with ExecRestatementReason(378) 6.
* J, reinstate on trading halt: the client is told Suspended. The order stays where it is; whatever
  a venue gives back of it meanwhile waits here, but for what it ends with its day: that has ended.
  When no halt applies to it any more the client is told Restated, and what waited is placed.
* Neither: the venues treat it as they do.

A direct order lives by its venue's word in this too. A venue that is HALTED is no trading halt: its
orders stay with it, and others may trade.

With *cancel_open* all that is open in the scope is taken back, direct orders included. Of a venue
this means its children: each is called back for as long as the venue may not have it, and its
quantity routed anew; an order that no other venue of its route takes ends. A direct order, which is
not routed again, is taken back.
"""

from typing import NamedTuple

from oms_fix.core.orders import children, reports, trading_states, withdrawal
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.circumstances import TradingStateChanged
from oms_fix.model.commands import SetTradingState
from oms_fix.model.enums import TradingScope, TradingState
from oms_fix.model.events import OrderWithdrawn

_CANCEL, _REINSTATE = "K", "J"  # ExecInst(18)
_BROKER_OPTION, _TRADING_HALT = 4, 6  # ExecRestatementReason(378)


class Concerned(NamedTuple):
    """The orders that are to go on after a change: some taken back, some to be placed again."""

    taken_back: list[Order]
    reinstated: list[Order]


def is_news(state: State, command: SetTradingState) -> bool:
    """Whether a command changes anything; what is in a state can have its orders canceled yet."""
    there = state.trading_states.get((command.scope, command.name))
    if there is None:
        return command.state is not TradingState.ACTIVE
    return command.state is not there.state or command.cancel_open


def change(turn: Turn, command: SetTradingState) -> Concerned:
    """Change a trading state, and begin with what becomes of the orders."""
    suspended = [each for each in turn.state.orders.values() if each.suspended]
    event = TradingStateChanged(
        scope=command.scope,
        name=command.name,
        state=command.state,
        operator=command.operator,
        reason=command.reason,
        cancel_open=command.cancel_open,
    )
    turn.emit(event)
    reinstated = [each for each in suspended if not each.suspended]
    for order in reinstated:
        reports.reinstated(turn, order, f"{_place(event)} goes on")
    return Concerned(_take_back(turn, event), reinstated)


def _place(event: TradingStateChanged) -> str:
    """Return where trading goes on; an instrument's name says it to the client."""
    in_instrument = event.scope is TradingScope.INSTRUMENT
    return f"trading in {event.name}" if in_instrument else "trading"


def _take_back(turn: Turn, event: TradingStateChanged) -> list[Order]:
    """Take back what is to be; suspend what is to wait. Return what was taken back."""
    if event.state is not TradingState.HALTED and not event.cancel_open:
        return []
    orders = [
        order
        for order in turn.state.orders.values()
        if order.is_open
        and trading_states.covers(event.scope, event.name, order)
        and not withdrawal.is_under_way(order)
    ]
    if event.scope is TradingScope.VENUE:
        return _take_back_from_venue(turn, event, orders)
    if event.cancel_open:
        for order in orders:
            _withdraw(turn, order, event)
        return orders
    return _treat_as_instructed(turn, event, [each for each in orders if each.direct is None])


def _treat_as_instructed(
    turn: Turn, event: TradingStateChanged, orders: list[Order]
) -> list[Order]:
    """Do what ExecInst(18) says; return the orders that are taken back."""
    _, text = trading_states.refusal([event])
    taken_back = [order for order in orders if _asks_for(order, _CANCEL)]
    for order in orders:
        is_to_wait = _asks_for(order, _REINSTATE) and not _asks_for(order, _CANCEL)
        is_held = order.review is not None  # it is placed only once trading goes on
        if is_to_wait and not is_held and not order.suspended:
            reports.suspended(turn, order, text)
    for order in taken_back:
        _withdraw(turn, order, event, _TRADING_HALT)
    return taken_back


def _take_back_from_venue(
    turn: Turn, event: TradingStateChanged, orders: list[Order]
) -> list[Order]:
    """Return the orders whose children there are to be called back, direct ones withdrawn."""
    concerned = [
        order
        for order in orders
        if trading_states.is_to_be_called_back(turn.state, event.name, order)
    ]
    for order in concerned:
        if order.direct is not None:
            _withdraw(turn, order, event)
    return concerned


def call_back(turn: Turn, order: Order) -> None:
    """Call back, once each, the children of an order that operators want back from a venue."""
    if not turn.state.trading_states:
        return
    for child in order.open_children:
        if child.request is not None or child.called_back:
            continue
        if trading_states.is_to_be_called_back(turn.state, child.venue, order):
            children.request_cancel(turn, order, child)


def _withdraw(
    turn: Turn, order: Order, event: TradingStateChanged, reason: int | None = None
) -> None:
    if reason is None:
        is_halt = event.state is TradingState.HALTED and event.scope is TradingScope.INSTRUMENT
        reason = _TRADING_HALT if is_halt else _BROKER_OPTION
    _, text = trading_states.refusal([event])
    withdrawn = OrderWithdrawn(order.order_id, text, exec_restatement_reason=reason)
    withdrawal.withdraw(turn, withdrawn)


def _asks_for(order: Order, instruction: str) -> bool:
    at_once = order.terms.time_in_force.is_at_once
    return instruction in (order.terms.exec_inst or "").split() and not at_once
