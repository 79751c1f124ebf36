"""How events around orders change the state; a part of ``core.apply``."""

from collections.abc import Callable
from typing import Any

from oms_fix.core import totals
from oms_fix.core.orders import trading_states
from oms_fix.core.orders.state import State
from oms_fix.model import circumstances as ev
from oms_fix.model.enums import HeldStop, TradingState
from oms_fix.model.market_data import MarketSeen


def _client_awaited(state: State, event: ev.ClientAwaited) -> None:
    state.clients_awaited[event.session] = event


def _client_given_up(state: State, event: ev.ClientGivenUp) -> None:
    del state.clients_awaited[event.session]


def _trading_state_changed(state: State, event: ev.TradingStateChanged) -> None:
    if event.state is TradingState.ACTIVE:
        del state.trading_states[event.scope, event.name]
    else:
        state.trading_states[event.scope, event.name] = event
    if event.state is not TradingState.HALTED:
        for order in trading_states.no_longer_halted(state):
            order.suspended = False


def _acceptance_changed(state: State, event: ev.AcceptanceChanged) -> None:
    state.not_accepting = None if event.accepting else event.reason


def _last_price_told(state: State, event: ev.LastPriceTold) -> None:
    state.last_prices[event.symbol] = event.price
    totals.mark(state, event.symbol, event.price)


def _quote_told(state: State, event: ev.QuoteTold) -> None:
    state.quotes[event.symbol] = event


def _market_seen(state: State, event: MarketSeen) -> None:
    books = state.books.setdefault(event.symbol, {})
    books.update((book.venue, book) for book in event.books)
    if event.volume is not None:
        state.volumes[event.symbol] = event.volume
    if event.last is not None and state.last_prices.get(event.symbol) != event.last:
        state.last_prices[event.symbol] = event.last
        totals.mark(state, event.symbol, event.last)


def _limits_breached(_state: State, _event: ev.LimitsBreached) -> None:
    """Told for the record: nothing changes."""


def _stop_held(state: State, event: ev.StopHeld) -> None:
    order = state.orders[event.order_id]
    order.stop = HeldStop.HELD
    state.keep_stop(order)


def _stop_triggered(state: State, event: ev.StopTriggered) -> None:
    order = state.orders[event.order_id]
    order.stop = HeldStop.TRIGGERED
    state.keep_stop(order)


APPLY: dict[type, Callable[[State, Any], None]] = {
    ev.ClientAwaited: _client_awaited,
    ev.ClientGivenUp: _client_given_up,
    ev.AcceptanceChanged: _acceptance_changed,
    ev.TradingStateChanged: _trading_state_changed,
    ev.LastPriceTold: _last_price_told,
    ev.QuoteTold: _quote_told,
    MarketSeen: _market_seen,
    ev.LimitsBreached: _limits_breached,
    ev.StopHeld: _stop_held,
    ev.StopTriggered: _stop_triggered,
}
