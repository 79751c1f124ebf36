"""Watches the stop orders that the router holds: none too early, none too late.

What they wait for is put together from the events, as everything that the observer knows.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.journal.records import Batch
from oms_fix.model import circumstances as around
from oms_fix.model import events as ev
from oms_fix.model.enums import ExecType, OrdStatus, OrdType, Side
from oms_fix.model.market_data import MarketSeen
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reviews import ReviewOpened, ReviewPassed
from oms_fix.simulator.world.scopes import TradingStates

_STOPS = frozenset({OrdType.STOP, OrdType.STOP_LIMIT})
_PENDING = frozenset({ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})
_ENDED = frozenset(
    {OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.DONE_FOR_DAY}
)


class HeldStops:
    """Checks what becomes of stop orders that are held.

    Args:
        violate: hears of what must not happen.
        trading: the trading states; they hear of each event after the stops do.
    """

    def __init__(self, violate: Callable[..., None], trading: TradingStates) -> None:
        self._violate = violate
        self._trading = trading
        self._terms: dict[str, OrderTerms] = {}  # of what is held
        self._captured: dict[str, ev.OrderCaptured] = {}
        self._in_force: dict[str, OrderTerms] = {}  # where it was replaced, of all orders
        self._asked: dict[str, str] = {}  # ClOrdID(11) of a request, by the held order's id
        self._prices: dict[str, Decimal] = {}
        self._reviewed: set[str] = set()  # held orders with a replace that is under review
        self._on: dict[type, Callable[[Any], None]] = {
            ev.OrderCaptured: self._order_captured,
            ev.RequestAccepted: self._requested,
            ev.RequestQueued: self._requested,
            ev.RequestRejected: self._request_rejected,
            ev.OrderReported: self._reported,
            ev.ChildPlaced: self._placed,
            ev.ChildReported: self._child_reported,
            ev.TradingDayEnded: self._day_ended,
            around.LastPriceTold: self._price_told,
            MarketSeen: self._market_seen,
            around.StopHeld: self._held,
            around.StopTriggered: self._triggered,
            ReviewOpened: self._review_opened,
            ReviewPassed: self._review_passed,
        }

    def stored(self, batch: Batch) -> None:
        """Take note of a batch: after it nothing is left to be triggered or answered."""
        for record in batch.events:
            on = self._on.get(type(record.event))
            if on is not None:
                on(record.event)
            self._trading.take(record.event)
        for order_id, cl_ord_id in self._asked.items():
            self._violate("{} is held, and {} is not answered at once", order_id, cl_ord_id)
        self._asked.clear()
        for order_id, terms in self._terms.items():
            if self._is_reached(terms) and not self._trading.holds_back(self._captured[order_id]):
                last_px = self._prices[terms.symbol]
                self._violate("{} is not triggered by {}", order_id, last_px)

    def waits(self, order_id: str) -> bool:
        """Whether a stop order is held."""
        terms = self._terms.get(order_id)
        return terms is not None and terms.ord_type in _STOPS

    def _is_reached(self, terms: OrderTerms) -> bool:
        last_px, stop_px = self._prices.get(terms.symbol), terms.stop_px
        if last_px is None or stop_px is None:
            return False
        return last_px >= stop_px if terms.side is Side.BUY else last_px <= stop_px

    # --- orders ---------------------------------------------------------------------------------

    def _order_captured(self, event: ev.OrderCaptured) -> None:
        self._captured[event.order_id] = event

    def _held(self, event: around.StopHeld) -> None:
        captured = self._captured[event.order_id].terms
        self._terms[event.order_id] = self._in_force.get(event.order_id, captured)

    def _triggered(self, event: around.StopTriggered) -> None:
        terms = self._terms.pop(event.order_id)
        last_px = self._prices.get(terms.symbol)
        is_halted = self._trading.is_halted(self._captured[event.order_id])
        if is_halted or last_px != event.last_px or not self._is_reached(terms):
            self._violate(
                "{} is triggered by {}: its StopPx is {}, the last price {}",
                event.order_id, event.last_px, terms.stop_px, last_px,
            )  # fmt: skip

    def _placed(self, event: ev.ChildPlaced) -> None:
        if self.waits(event.order_id) or event.terms.ord_type in _STOPS:
            self._violate("{} is a stop order, and placed at {}", event.order_id, event.venue)

    def _reported(self, event: ev.OrderReported) -> None:
        report = event.report
        if report.exec_type is ExecType.REPLACED:
            self._in_force[event.order_id] = report.terms
        if event.order_id not in self._terms or report.exec_type in _PENDING:
            return
        if self._asked.get(event.order_id) == report.cl_ord_id:
            del self._asked[event.order_id]
        self._terms[event.order_id] = report.terms
        if report.ord_status in _ENDED:
            del self._terms[event.order_id]

    def _requested(self, event: ev.RequestAccepted | ev.RequestQueued) -> None:
        if self.waits(event.order_id) and event.order_id not in self._reviewed:
            self._asked[event.order_id] = event.cl_ord_id

    def _review_opened(self, event: ReviewOpened) -> None:
        """What is under review is answered once it is decided, and what comes after it."""
        if event.orig_cl_ord_id is not None:
            self._reviewed.add(event.order_id)
            self._asked.pop(event.order_id, None)

    def _review_passed(self, event: ReviewPassed) -> None:
        self._reviewed.discard(event.order_id)

    def _request_rejected(self, event: ev.RequestRejected) -> None:
        if event.ends_request:
            self._reviewed.discard(event.order_id)
        if self._asked.get(event.order_id) == event.reject.cl_ord_id:
            del self._asked[event.order_id]

    # --- prices ---------------------------------------------------------------------------------

    def _child_reported(self, event: ev.ChildReported) -> None:
        is_fill = event.exec_type is ExecType.TRADE and not event.estimated
        if is_fill and event.last_px is not None:
            self._prices[self._captured[event.order_id].terms.symbol] = event.last_px

    def _price_told(self, event: around.LastPriceTold) -> None:
        self._prices[event.symbol] = event.price

    def _market_seen(self, event: MarketSeen) -> None:
        if event.last is not None:
            self._prices[event.symbol] = event.last

    def _day_ended(self, _event: ev.TradingDayEnded) -> None:
        self._prices.clear()
