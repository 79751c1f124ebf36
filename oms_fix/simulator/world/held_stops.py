"""Watches the stop orders that the router holds: none too early, none too late.

What they wait for is put together from the events, as everything that the observer knows.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.journal.records import Batch
from oms_fix.model import circumstances as around
from oms_fix.model import events as ev
from oms_fix.model.enums import ExecType, OrdStatus, OrdType, Side, TradingScope, TradingState
from oms_fix.model.orders import OrderTerms

_STOPS = frozenset({OrdType.STOP, OrdType.STOP_LIMIT})
_PENDING = frozenset({ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})
_ENDED = frozenset(
    {OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.DONE_FOR_DAY}
)


class HeldStops:
    """Checks what becomes of stop orders that are held.

    Args:
        violate: hears of what must not happen.
    """

    def __init__(self, violate: Callable[..., None]) -> None:
        self._violate = violate
        self._terms: dict[str, OrderTerms] = {}  # of what is held
        self._captured: dict[str, OrderTerms] = {}
        self._symbols: dict[str, str] = {}
        self._asked: dict[str, str] = {}  # ClOrdID(11) of a request, by the held order's id
        self._prices: dict[str, Decimal] = {}
        self._halted: set[str] = set()
        self._on: dict[type, Callable[[Any], None]] = {
            ev.OrderCaptured: self._order_captured,
            ev.RequestAccepted: self._requested,
            ev.RequestQueued: self._requested,
            ev.RequestRejected: self._request_rejected,
            ev.OrderReported: self._reported,
            ev.ChildPlaced: self._placed,
            ev.ChildReported: self._child_reported,
            ev.TradingDayEnded: self._day_ended,
            around.TradingStateChanged: self._trading_state_changed,
            around.LastPriceTold: self._price_told,
            around.StopHeld: self._held,
            around.StopTriggered: self._triggered,
        }

    def stored(self, batch: Batch) -> None:
        """Take note of a batch: after it nothing is left to be triggered or answered."""
        for record in batch.events:
            on = self._on.get(type(record.event))
            if on is not None:
                on(record.event)
        for order_id, cl_ord_id in self._asked.items():
            self._violate("{} is held, and {} is not answered at once", order_id, cl_ord_id)
        self._asked.clear()
        for order_id, terms in self._terms.items():
            if terms.symbol not in self._halted and self._is_reached(terms):
                last_px = self._prices[terms.symbol]
                self._violate("{} is not triggered by {}", order_id, last_px)

    def _waits(self, order_id: str) -> bool:
        terms = self._terms.get(order_id)
        return terms is not None and terms.ord_type in _STOPS

    def _is_reached(self, terms: OrderTerms) -> bool:
        last_px, stop_px = self._prices.get(terms.symbol), terms.stop_px
        if last_px is None or stop_px is None:
            return False
        return last_px >= stop_px if terms.side is Side.BUY else last_px <= stop_px

    # --- orders ---------------------------------------------------------------------------------

    def _order_captured(self, event: ev.OrderCaptured) -> None:
        self._captured[event.order_id] = event.terms
        self._symbols[event.order_id] = event.terms.symbol

    def _held(self, event: around.StopHeld) -> None:
        self._terms[event.order_id] = self._captured[event.order_id]

    def _triggered(self, event: around.StopTriggered) -> None:
        terms = self._terms.pop(event.order_id)
        last_px = self._prices.get(terms.symbol)
        is_halted = terms.symbol in self._halted
        if is_halted or last_px != event.last_px or not self._is_reached(terms):
            self._violate(
                "{} is triggered by {}: its StopPx is {}, the last price {}",
                event.order_id, event.last_px, terms.stop_px, last_px,
            )  # fmt: skip

    def _placed(self, event: ev.ChildPlaced) -> None:
        if self._waits(event.order_id) or event.terms.ord_type in _STOPS:
            self._violate("{} is a stop order, and placed at {}", event.order_id, event.venue)

    def _reported(self, event: ev.OrderReported) -> None:
        report = event.report
        if event.order_id not in self._terms or report.exec_type in _PENDING:
            return
        if self._asked.get(event.order_id) == report.cl_ord_id:
            del self._asked[event.order_id]
        self._terms[event.order_id] = report.terms
        if report.ord_status in _ENDED:
            del self._terms[event.order_id]

    def _requested(self, event: ev.RequestAccepted | ev.RequestQueued) -> None:
        if self._waits(event.order_id):
            self._asked[event.order_id] = event.cl_ord_id

    def _request_rejected(self, event: ev.RequestRejected) -> None:
        if self._asked.get(event.order_id) == event.reject.cl_ord_id:
            del self._asked[event.order_id]

    # --- prices ---------------------------------------------------------------------------------

    def _child_reported(self, event: ev.ChildReported) -> None:
        is_fill = event.exec_type is ExecType.TRADE and not event.estimated
        if is_fill and event.last_px is not None:
            self._prices[self._symbols[event.order_id]] = event.last_px

    def _price_told(self, event: around.LastPriceTold) -> None:
        self._prices[event.symbol] = event.price

    def _day_ended(self, _event: ev.TradingDayEnded) -> None:
        self._prices.clear()

    def _trading_state_changed(self, event: around.TradingStateChanged) -> None:
        assert event.scope is TradingScope.INSTRUMENT, "operators of the world halt nothing else"
        if event.state is TradingState.HALTED:
            self._halted.add(event.name)
        else:
            self._halted.discard(event.name)
