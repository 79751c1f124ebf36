"""What each event does to the read model.

``OrderReported`` tells of an order all that its client knows, so the order's row just takes it;
the other events add what the client is not told: the route, the children, who is logged on.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from oms_fix.blotter.rows import ZERO, ChildRow, ClOrdIdRow, InstrumentRow, OrderRow, SessionRow
from oms_fix.blotter.store_reader import StoredEvent
from oms_fix.blotter.tables import Tables
from oms_fix.blotter.trades import Trades, find_instrument
from oms_fix.model import events
from oms_fix.model.enums import AssetClass, ExecType, OrdStatus
from oms_fix.model.operations import ChildForced, OrderOperated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routing import OrderRouted

# A pending report names the request; until that is accepted the order keeps its ClOrdID(11).
_PENDING = frozenset({ExecType.PENDING_NEW, ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})
_OF_A_TRADE = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})


class Fold:
    """Applies events to tables; ``flush`` writes what they changed."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._trades = Trades(tables)
        self._handlers: dict[type[Struct], Callable[[Any, StoredEvent], None]] = {
            events.OrderCaptured: self._order_captured,
            OrderRouted: self._order_routed,
            events.ChildPlaced: self._child_placed,
            events.OrderPhoned: self._order_phoned,
            events.ChildReplaceRequested: self._child_replace_requested,
            events.ChildReported: self._child_reported,
            ChildForced: self._child_forced,
            events.ChildRequestRefused: self._child_request_refused,
            events.RequestAccepted: self._request_named,
            events.RequestQueued: self._request_named,
            events.RequestPassedOn: self._request_named,
            events.RequestRejected: self._request_rejected,
            events.OrderReported: self._order_reported,
            OrderOperated: self._order_operated,
            events.SessionChanged: self._session_changed,
            events.ReferenceDataLoaded: self._reference_data_loaded,
        }

    def apply(self, stored: StoredEvent) -> None:
        """Apply one event; those that change nothing here are passed over."""
        handler = self._handlers.get(type(stored.event))
        if handler is not None:
            handler(stored.event, stored)

    def flush(self) -> None:
        """Write the rows that changed."""
        for table in self._tables.all:
            table.flush()

    def _order_captured(self, event: events.OrderCaptured, stored: StoredEvent) -> None:
        terms = event.terms
        asset_class, currency = self._kind(terms)
        self._tables.orders.put(
            OrderRow(
                order_id=event.order_id,
                event_id=stored.id,
                client=event.session,
                cl_ord_id=event.cl_ord_id,
                account=terms.account or "",
                symbol=terms.symbol,
                asset_class=asset_class,
                currency=currency,
                side=terms.side.name,
                order_qty=terms.order_qty,
                ord_type=terms.ord_type.name,
                price=terms.price,
                time_in_force=terms.time_in_force.name,
                ord_status=OrdStatus.PENDING_NEW.name,
                leaves_qty=terms.order_qty,
                entered_at=stored.at,
                updated_at=stored.at,
            )
        )
        self._named(event.session, event.cl_ord_id, event.order_id)

    def _order_routed(self, event: OrderRouted, stored: StoredEvent) -> None:
        order = self._order(event.order_id)
        if order is not None:
            order.route_id = event.route_id
            order.updated_at = stored.at

    def _child_placed(self, event: events.ChildPlaced, stored: StoredEvent) -> None:
        self._tables.children.put(
            ChildRow(
                child_id=event.child_id,
                event_id=stored.id,
                order_id=event.order_id,
                venue=event.venue,
                cl_ord_id=event.cl_ord_id,
                order_qty=event.terms.order_qty,
                price=event.terms.price,
                ord_status=OrdStatus.PENDING_NEW.name,
                leaves_qty=event.terms.order_qty,
                placed_at=stored.at,
                updated_at=stored.at,
            )
        )

    def _order_phoned(self, event: events.OrderPhoned, stored: StoredEvent) -> None:
        captured = events.OrderCaptured(event.order_id, event.session, "", event.terms)
        self._order_captured(captured, stored)
        self._child_placed(
            events.ChildPlaced(event.order_id, event.child_id, "", event.venue, event.terms), stored
        )

    def _child_replace_requested(
        self, event: events.ChildReplaceRequested, stored: StoredEvent
    ) -> None:
        child = self._child(event.child_id)
        if child is not None:
            child.pending_qty = event.terms.order_qty
            child.pending_price = event.terms.price
            child.updated_at = stored.at

    def _child_reported(self, event: events.ChildReported, stored: StoredEvent) -> None:
        child = self._child(event.child_id)
        if child is None:
            return
        if event.exec_type is ExecType.REPLACED:
            _replaced(child)
        child.order_qty = event.order_qty or child.order_qty
        child.cl_ord_id = event.cl_ord_id
        child.venue_order_id = event.venue_order_id or child.venue_order_id
        child.ord_status = event.ord_status.name
        child.cum_qty = event.cum_qty
        child.leaves_qty = event.leaves_qty
        child.text = event.text or ""
        child.updated_at = stored.at

    def _child_forced(self, event: ChildForced, stored: StoredEvent) -> None:
        child = self._child(event.child_id)
        if child is not None:
            child.ord_status = event.ord_status.name
            child.leaves_qty = ZERO
            child.pending_qty = child.pending_price = None
            child.text = "closed by an operator"
            child.updated_at = stored.at

    def _child_request_refused(
        self, event: events.ChildRequestRefused, stored: StoredEvent
    ) -> None:
        child = self._child(event.child_id)
        if child is not None:
            child.pending_qty = child.pending_price = None
            child.text = event.text or ""
            child.updated_at = stored.at

    def _request_named(
        self,
        event: events.RequestAccepted | events.RequestQueued | events.RequestPassedOn,
        _: StoredEvent,
    ) -> None:
        order = self._order(event.order_id)
        if order is not None:
            self._named(order.client, event.cl_ord_id, event.order_id)

    def _request_rejected(self, event: events.RequestRejected, _: StoredEvent) -> None:
        order = self._order(event.order_id)
        if order is not None:
            # OrdStatus(39) of an OrderCancelReject is the order's after it (FIX 4.4 Volume 4).
            order.ord_status = event.reject.ord_status.name
            self._named(event.session, event.reject.cl_ord_id, event.order_id)

    def _order_reported(self, event: events.OrderReported, stored: StoredEvent) -> None:
        report, terms = event.report, event.report.terms
        order = self._order(event.order_id)
        if order is None:
            return
        if report.exec_type not in _PENDING:
            order.cl_ord_id = report.cancel_cl_ord_id or report.cl_ord_id
        order.account = terms.account or ""
        order.order_qty = terms.order_qty
        order.ord_type = terms.ord_type.name
        order.price = terms.price
        order.time_in_force = terms.time_in_force.name
        order.ord_status = report.ord_status.name
        order.cum_qty = report.cum_qty
        order.leaves_qty = report.leaves_qty
        order.avg_px = report.avg_px
        self._named(event.session, report.cl_ord_id, event.order_id)
        order.text = report.text or ""
        order.updated_at = stored.at
        if report.exec_type in _OF_A_TRADE:
            self._trades.fold(order, event, stored)

    def _order_operated(self, event: OrderOperated, _: StoredEvent) -> None:
        order = None if event.refused else self._order(event.order_id)
        if order is not None:
            order.operator = event.operator

    def _session_changed(self, event: events.SessionChanged, stored: StoredEvent) -> None:
        self._tables.sessions.put(
            SessionRow(
                name=event.session,
                logged_on=event.logged_on,
                reason=event.reason,
                changed_at=stored.at,
            )
        )

    def _reference_data_loaded(self, event: events.ReferenceDataLoaded, _: StoredEvent) -> None:
        self._tables.instruments.clear()
        for instrument in event.reference.instruments:
            body = msgspec.json.encode(instrument).decode()
            self._tables.instruments.put(InstrumentRow(symbol=instrument.symbol, body=body))

    def _kind(self, terms: OrderTerms) -> tuple[str, str]:
        """Return asset class and currency; an unknown instrument is priced like an equity."""
        instrument = find_instrument(self._tables, terms.symbol)
        if instrument is None:
            return AssetClass.EQUITY.value, terms.currency or ""
        return instrument.asset_class.value, instrument.currency

    def _order(self, order_id: str) -> OrderRow | None:
        """Return the order's row, to be changed."""
        order = self._tables.orders.get(order_id)
        if order is not None:
            self._tables.orders.put(order)
        return order

    def _child(self, child_id: str) -> ChildRow | None:
        """Return the child's row, to be changed."""
        child = self._tables.children.get(child_id)
        if child is not None:
            self._tables.children.put(child)
        return child

    def _named(self, client: str, cl_ord_id: str, order_id: str) -> None:
        row = ClOrdIdRow(client=client, cl_ord_id=cl_ord_id, order_id=order_id)
        self._tables.cl_ord_ids.put(row)


def _replaced(child: ChildRow) -> None:
    """Take over what the replace asked for, which the venue has now agreed to."""
    if child.pending_qty is not None:
        child.order_qty = child.pending_qty
        child.price = child.pending_price
    child.pending_qty = child.pending_price = None
