"""Watches trading states: nothing new where trading is halted, nothing added where it reduces.

Only the order of the events counts: what was decided before a state was set may be under way.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.model import events as ev
from oms_fix.model.circumstances import StopTriggered, TradingStateChanged
from oms_fix.model.enums import ExecType, TradingScope, TradingState
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reviews import ReviewOpened, ReviewPassed

ZERO = Decimal(0)
_NO_VENUE = ""
_PENDING = frozenset(
    {
        ExecType.PENDING_NEW,
        ExecType.PENDING_CANCEL,
        ExecType.PENDING_REPLACE,
        ExecType.TRADE,
        ExecType.TRADE_CORRECT,
        ExecType.TRADE_CANCEL,
    }
)
"""What answers no request."""

_TAKEN_ON = frozenset({ExecType.NEW, ExecType.PENDING_NEW})

Scope = tuple[TradingScope, str]


def covers(scope: TradingScope, name: str, order: ev.OrderCaptured) -> bool:
    """Whether an order is of the firm, client, account or instrument that an operator named."""
    return (scope, name) in scopes_of(order)


def scopes_of(order: ev.OrderCaptured, venue: str = _NO_VENUE) -> tuple[Scope, ...]:
    """Return all that an operator may name to mean an order, if something of it is at a venue."""
    scopes = (
        (TradingScope.FIRM, ""),
        (TradingScope.CLIENT, order.session),
        (TradingScope.ACCOUNT, order.terms.account or ""),
        (TradingScope.INSTRUMENT, order.terms.symbol),
    )
    return (*scopes, (TradingScope.VENUE, venue)) if venue else scopes


class TradingStates:
    """Checks what is taken on and placed while operators have halted or reduce trading.

    Args:
        violate: hears of what must not happen.

    Attributes:
        in_force: what is not active, by scope and name.
        orders: as they came in, by OrderID(37).
    """

    def __init__(self, violate: Callable[..., None]) -> None:
        self.in_force: dict[Scope, TradingState] = {}
        self._violate = violate
        self.orders: dict[str, ev.OrderCaptured] = {}
        self._taken_on: set[str] = set()
        self._ended: set[str] = set()
        self._quantities: dict[str, Decimal] = {}
        self._cum_qty: dict[str, Decimal] = {}
        self._leaves: dict[str, Decimal] = {}  # of orders that are open
        self._positions: dict[tuple[str | None, str], Decimal] = {}
        self._on: dict[type, Callable[[Any], None]] = {
            TradingStateChanged: self._changed,
            ev.OrderCaptured: self._order_captured,
            ev.OrderReported: self._reported,
            ev.ChildPlaced: self._placed,
            ev.RequestAccepted: self._replace_taken_on,
            ev.RequestPassedOn: self._replace_taken_on,
            ev.RequestRejected: self._request_rejected,
            StopTriggered: self._triggered,
            ReviewOpened: self._review_opened,
            ReviewPassed: self._review_passed,
        }
        self._reviews: dict[str, ReviewOpened] = {}
        # What replaces that are pending ask for, by the order's id and their ClOrdID(11).
        self._asked: dict[str, dict[str, Decimal]] = {}

    def take(self, event: ev.Event) -> None:
        """Take note of an event."""
        on = self._on.get(type(event))
        if on is not None:
            on(event)

    def holds_back(self, order: ev.OrderCaptured) -> bool:
        """Whether an order may have to wait where it is."""
        return any(each in self.in_force for each in scopes_of(order))

    @property
    def open(self) -> dict[str, Decimal]:
        """What may still be filled of each order that has not ended, and of what it asks for."""
        found: dict[str, Decimal] = {}
        for order_id in self._taken_on - self._ended:
            asked = self._asked.get(order_id, {}).values()
            most = max(self._quantities[order_id], *asked, ZERO)
            found[order_id] = most - self._cum_qty.get(order_id, ZERO)
        return {order_id: quantity for order_id, quantity in found.items() if quantity > 0}

    def is_halted(self, order: ev.OrderCaptured) -> bool:
        """Whether nothing of an order may be placed or triggered."""
        return self._state(scopes_of(order)) is TradingState.HALTED

    def _state(self, scopes: tuple[Scope, ...]) -> TradingState:
        found = {self.in_force[each] for each in scopes if each in self.in_force}
        if TradingState.HALTED in found:
            return TradingState.HALTED
        return TradingState.REDUCING if found else TradingState.ACTIVE

    def _changed(self, event: TradingStateChanged) -> None:
        if event.state is TradingState.ACTIVE:
            self.in_force.pop((event.scope, event.name), None)
        else:
            self.in_force[event.scope, event.name] = event.state

    # --- orders ---------------------------------------------------------------------------------

    def _order_captured(self, event: ev.OrderCaptured) -> None:
        self.orders[event.order_id] = event
        self._quantities[event.order_id] = event.terms.order_qty

    def _reported(self, event: ev.OrderReported) -> None:
        order_id, report = event.order_id, event.report
        order = self.orders[order_id]
        self._quantities[order_id] = report.terms.order_qty
        if report.exec_type in _TAKEN_ON:
            self._take_on(order_id)
        before = self._cum_qty.get(order_id, ZERO)
        self._cum_qty[order_id] = report.cum_qty
        key = order.terms.account, order.terms.symbol
        bought = (report.cum_qty - before) * order.terms.side.sign
        self._positions[key] = self._positions.get(key, ZERO) + bought
        if report.exec_type not in _PENDING:
            self._asked.get(order_id, {}).pop(report.cl_ord_id, None)
        if report.leaves_qty:
            self._leaves[order_id] = report.leaves_qty
            self._ended.discard(order_id)
        else:
            self._leaves.pop(order_id, None)
            self._ended.add(order_id)

    def _take_on(self, order_id: str) -> None:
        """Judge an order once: when its client hears of it, or if direct, when it is placed."""
        if order_id not in self._taken_on:
            self._taken_on.add(order_id)
            self._judge("taken on", order_id)

    def _placed(self, event: ev.ChildPlaced) -> None:
        order = self.orders[event.order_id]
        self._take_on(event.order_id)
        if self._state(scopes_of(order, event.venue)) is TradingState.HALTED:
            self._violate("{} is placed at {}, and halted", event.order_id, event.venue)
        elif (TradingScope.VENUE, event.venue) in self.in_force and not self._reduces(
            event.order_id, self._quantities[event.order_id]
        ):
            self._violate("{} is placed at {}, which reduces", event.order_id, event.venue)

    def _triggered(self, event: StopTriggered) -> None:
        self._judge("triggered", event.order_id)

    def _review_opened(self, event: ReviewOpened) -> None:
        self._reviews[event.review_id] = event
        if event.orig_cl_ord_id is not None:
            self._ask(event.order_id, event.cl_ord_id, event.terms)

    def _ask(self, order_id: str, cl_ord_id: str, terms: OrderTerms) -> None:
        self._asked.setdefault(order_id, {})[cl_ord_id] = terms.order_qty

    def _request_rejected(self, event: ev.RequestRejected) -> None:
        if event.ends_request:
            self._asked.get(event.order_id, {}).pop(event.reject.cl_ord_id, None)

    def _review_passed(self, event: ReviewPassed) -> None:
        if self._reviews[event.review_id].orig_cl_ord_id is None:
            self._judge("released", event.order_id)

    def _replace_taken_on(self, event: ev.RequestAccepted | ev.RequestPassedOn) -> None:
        if event.terms is None:
            return
        self._ask(event.order_id, event.cl_ord_id, event.terms)
        adds = event.terms.order_qty > self._quantities[event.order_id]
        if adds or self.is_halted(self.orders[event.order_id]):
            self._judge("replaced", event.order_id, event.terms.order_qty)

    # --- judgement ------------------------------------------------------------------------------

    def _judge(self, what: str, order_id: str, quantity: Decimal | None = None) -> None:
        state = self._state(scopes_of(self.orders[order_id]))
        if state is TradingState.ACTIVE:
            return
        wanted = self._quantities[order_id] if quantity is None else quantity
        if state is TradingState.HALTED or not self._reduces(order_id, wanted):
            self._violate("{} is {} while {}", order_id, what, state.value)

    def _reduces(self, order_id: str, quantity: Decimal) -> bool:
        """Whether an order and all that is open on its side leave its account on the same side."""
        of_order = self.orders[order_id].terms
        position = self._positions.get((of_order.account, of_order.symbol), ZERO)
        wanted = quantity - self._cum_qty.get(order_id, ZERO)
        for other, leaves in self._leaves.items():
            its = self.orders[other].terms
            is_alike = (its.account, its.symbol) == (of_order.account, of_order.symbol)
            if other != order_id and is_alike and its.side.sign == of_order.side.sign:
                wanted += leaves
        return position * of_order.side.sign < 0 and wanted <= abs(position)
