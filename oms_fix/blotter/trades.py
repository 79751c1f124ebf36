"""What trades, corrections and busts do to executions, children and positions."""

from decimal import Decimal

import msgspec

from oms_fix.blotter import positions
from oms_fix.blotter.rows import ZERO, ExecutionRow, OrderRow, PositionRow
from oms_fix.blotter.store_reader import StoredEvent
from oms_fix.blotter.tables import Tables
from oms_fix.model.enums import AssetClass, ExecType, Side
from oms_fix.model.events import OrderReported
from oms_fix.model.instruments import Instrument

LIVE = "LIVE"
CORRECTED = "CORRECTED"
BUSTED = "BUSTED"

_ONE = Decimal(1)
_PERCENT = Decimal("0.01")


class Trades:
    """Folds reports of trades; ExecRefID(19) names what a correction or a bust takes back."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def fold(self, order: OrderRow, event: OrderReported, stored: StoredEvent) -> None:
        """Book a report whose ExecType(150) is Trade, Trade Correct or Trade Cancel."""
        report = event.report
        undone = None
        if report.exec_type is not ExecType.TRADE and report.exec_ref_id is not None:
            undone = self._undo(report.exec_ref_id, report.exec_type)
        if report.exec_type is not ExecType.TRADE_CANCEL:
            execution = self._execution(order, event, stored)
            self._tables.executions.put(execution)
            self._book_on_child(execution, 1)
            if undone is None:
                self._book(execution)
        if undone is not None:
            self._book_anew(undone.account, undone.symbol)

    def _execution(
        self, order: OrderRow, event: OrderReported, stored: StoredEvent
    ) -> ExecutionRow:
        report = event.report
        last_qty, last_px = report.last_qty or ZERO, report.last_px or ZERO
        child = self._tables.children.get(event.child_id or "")
        instrument = find_instrument(self._tables, order.symbol)
        value = last_qty * last_px if instrument is None else instrument.notional(last_qty, last_px)
        return ExecutionRow(
            exec_id=report.exec_id,
            event_id=stored.id,
            exec_ref_id=report.exec_ref_id or "",
            order_id=order.order_id,
            client=order.client,
            cl_ord_id=report.cl_ord_id,
            account=order.account,
            symbol=order.symbol,
            asset_class=order.asset_class,
            currency=order.currency,
            side=report.terms.side.name,
            last_qty=last_qty,
            last_px=last_px,
            last_mkt=report.last_mkt or "",
            notional_base=value,
            venue="" if child is None else child.venue,
            child_id=event.child_id or "",
            venue_exec_id=event.venue_exec_id or "",
            traded_at=stored.at,
        )

    def _undo(self, exec_id: str, exec_type: ExecType) -> ExecutionRow | None:
        undone = self._tables.executions.get(exec_id)
        if undone is not None:
            undone.state = BUSTED if exec_type is ExecType.TRADE_CANCEL else CORRECTED
            self._tables.executions.put(undone)
            self._book_on_child(undone, -1)
        return undone

    def _book_on_child(self, execution: ExecutionRow, sign: int) -> None:
        """Keep the child's average price; its quantities come from the venue's report."""
        child = self._tables.children.get(execution.child_id)
        if child is not None:
            child.traded_value += sign * execution.last_qty * execution.last_px
            child.avg_px = child.traded_value / child.cum_qty if child.cum_qty else ZERO
            self._tables.children.put(child)

    def _book(self, execution: ExecutionRow) -> None:
        key = (execution.account, execution.symbol)
        position = self._tables.positions.get(*key) or _flat(execution)
        _add(position, execution)
        self._tables.positions.put(position)

    def _book_anew(self, account: str, symbol: str) -> None:
        """Make the position from all live executions: average cost depends on their order."""
        self._tables.executions.flush()
        executions = self._tables.executions.select(
            "account = ? and symbol = ?", (account, symbol), order_by="event_id"
        )
        position = _flat(executions[0])
        for execution in executions:
            if execution.state == LIVE:
                _add(position, execution)
        self._tables.positions.put(position)


def find_instrument(tables: Tables, symbol: str) -> Instrument | None:
    """Return the instrument as the reference data in force has it."""
    row = tables.instruments.get(symbol)
    return None if row is None else msgspec.json.decode(row.body, type=Instrument)


def _flat(execution: ExecutionRow) -> PositionRow:
    return PositionRow(
        account=execution.account,
        symbol=execution.symbol,
        asset_class=execution.asset_class,
        currency=execution.currency,
    )


def _add(position: PositionRow, execution: ExecutionRow) -> None:
    unit = _PERCENT if AssetClass(execution.asset_class).price_is_percent else _ONE
    signed_qty = execution.last_qty * Side[execution.side].sign
    positions.book(position, signed_qty, execution.last_px, unit)
    position.updated_at = execution.traded_at
