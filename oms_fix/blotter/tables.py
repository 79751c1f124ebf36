"""Tables of the read model, made from the row types and read and written as such rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct
from sqlite_utils import Database
from sqlite_utils.db import Table as SqlTable

from oms_fix.blotter.rows import (
    ChildRow,
    ClOrdIdRow,
    ExecutionRow,
    InstrumentRow,
    OrderRow,
    PositionRow,
    SessionRow,
)

Row = TypeVar("Row", bound=Struct)


class Table(Generic[Row]):
    """One table of rows of one type.

    ``get`` and ``put`` work on a cache, so that a row that many events touch is read once and
    written once; ``flush`` writes it.

    Args:
        db: where the table is.
        name: its name.
        row_type: its columns.
        key: the primary key's columns.
        indexes: one more index for each tuple of columns.
    """

    def __init__(
        self,
        db: Database,
        name: str,
        row_type: type[Row],
        key: tuple[str, ...],
        indexes: Sequence[tuple[str, ...]] = (),
    ) -> None:
        self._db = db
        self._table: SqlTable = db.table(name)
        self._row_type = row_type
        self._key = key
        self._indexes = indexes
        self._cache: dict[tuple[str, ...], Row] = {}
        self._changed: set[tuple[str, ...]] = set()

    def create(self) -> None:
        """Make the table anew, empty."""
        self.forget()
        self._table.drop(ignore=True)
        columns = {
            field.name: _column(field.type) for field in msgspec.structs.fields(self._row_type)
        }
        self._table.create(columns, pk=self._key)
        for index in self._indexes:
            self._table.create_index(index)

    def clear(self) -> None:
        """Remove all rows."""
        self.forget()
        self._table.delete_where()

    def get(self, *key: str) -> Row | None:
        """Return the row with this key, or None; a change to it needs ``put`` to last."""
        row = self._cache.get(key)
        if row is None:
            where = " and ".join(f"{column} = ?" for column in self._key)
            for row in self.select(where, key):
                self._cache[key] = row
        return row

    def put(self, row: Row) -> None:
        """Have ``flush`` write the row as it is then."""
        key = tuple(getattr(row, column) for column in self._key)
        self._cache[key] = row
        self._changed.add(key)

    def flush(self) -> None:
        """Write all rows that were put."""
        if self._changed:
            rows = [_to_columns(self._cache[key]) for key in self._changed]
            self._table.insert_all(rows, pk=self._key, replace=True)
        self.forget()

    def select(
        self,
        where: str = "",
        values: Sequence[Any] = (),
        *,
        order_by: str | None = None,
        limit: int | None = None,
    ) -> list[Row]:
        """Return the written rows for which the condition holds."""
        rows = self._table.rows_where(where or None, values, order_by=order_by, limit=limit)
        # Lax, because a Decimal is kept as text and a bool as a number.
        return [msgspec.convert(row, self._row_type, strict=False) for row in rows]

    def forget(self) -> None:
        """Drop what was put and not flushed."""
        self._cache.clear()
        self._changed.clear()


class Tables:
    """All tables of the read model."""

    def __init__(self, db: Database) -> None:
        self.orders = Table(db, "orders", OrderRow, ("order_id",), [("cl_ord_id",), ("event_id",)])
        self.children = Table(db, "children", ChildRow, ("child_id",), [("order_id",)])
        self.executions = Table(
            db,
            "executions",
            ExecutionRow,
            ("exec_id",),
            [("order_id",), ("event_id",), ("account", "symbol")],
        )
        self.positions = Table(db, "positions", PositionRow, ("account", "symbol"))
        self.sessions = Table(db, "sessions", SessionRow, ("name",))
        self.cl_ord_ids = Table(
            db, "cl_ord_ids", ClOrdIdRow, ("client", "cl_ord_id", "order_id"), [("cl_ord_id",)]
        )
        self.instruments = Table(db, "instruments", InstrumentRow, ("symbol",))

    @property
    def all(self) -> tuple[Table[Any], ...]:
        """Every table."""
        return (
            self.orders,
            self.children,
            self.executions,
            self.positions,
            self.sessions,
            self.cl_ord_ids,
            self.instruments,
        )


def _column(field_type: Any) -> type:
    """Quantities and prices are text: SQLite has no decimal numbers, and binary ones round."""
    return int if field_type in (int, bool) else str


def _to_columns(row: Struct) -> dict[str, Any]:
    columns = msgspec.structs.asdict(row)
    for name, value in columns.items():
        if isinstance(value, Decimal):
            columns[name] = f"{value:f}"
    return columns
