"""Questions to the blotter: orders, executions, positions, sessions, and which order is meant."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from msgspec import Struct

from oms_fix.blotter.read_model import Progress, ReadModel
from oms_fix.blotter.rows import ChildRow, ExecutionRow, OrderRow, PositionRow
from oms_fix.blotter.store_reader import StoreReader
from oms_fix.blotter.trades import LIVE
from oms_fix.model.enums import OrdStatus

OPEN = "OPEN"
"""Stands for every OrdStatus(39) of an order that may still be filled."""

ENDED_STATUSES = (
    OrdStatus.FILLED.name,
    OrdStatus.DONE_FOR_DAY.name,
    OrdStatus.CANCELED.name,
    OrdStatus.REJECTED.name,
    OrdStatus.EXPIRED.name,
)

_NEAR_MATCHES_MAX = 5
_IDS_SEARCHED_MAX = 20_000


class OrderFilter(Struct, frozen=True, kw_only=True):
    """Which orders or executions are wanted; None means any.

    Attributes:
        status: names of OrdStatus(39), such as ``FILLED``, or ``OPEN``; orders only.
        client: the client's session name.
        order_id: our OrderID(37); executions only.
        since: entered or traded at this time or later (nanoseconds UTC).
        limit: at most so many, the newest.
    """

    status: tuple[str, ...] = ()
    account: str | None = None
    symbol: str | None = None
    client: str | None = None
    order_id: str | None = None
    since: int | None = None
    limit: int | None = None


class SessionView(Struct, frozen=True):
    """A session: its numbers from the store, its state as the core last heard of it.

    ``logged_on`` is None, and ``changed_at`` too, where the core never heard of it.
    """

    name: str
    logged_on: bool | None
    changed_at: int | None
    reason: str
    next_in: int | None
    next_out: int | None
    epoch: int | None


class UnknownOrderError(LookupError):
    """No order has this identifier; ``near`` are some that look like it."""

    def __init__(self, name: str, near: list[str]) -> None:
        super().__init__(f"no order has OrderID or ClOrdID {name!r}")
        self.near = near


class AmbiguousOrderError(LookupError):
    """Several orders have this ClOrdID(11): ``orders``."""

    def __init__(self, name: str, orders: list[OrderRow]) -> None:
        super().__init__(f"{len(orders)} orders have ClOrdID {name!r}")
        self.orders = orders


class Blotter:
    """The read side of one store, up to date as of ``open`` or the last ``refresh``.

    Attributes:
        reader: the store itself.
        model: the tables folded from it.
    """

    def __init__(self, reader: StoreReader, model: ReadModel) -> None:
        self.reader = reader
        self.model = model

    @classmethod
    def open(cls, store: Path, progress: Progress | None = None, day: str | None = None) -> Self:
        """Open a store and bring its read model up to date.

        Args:
            store: the store's file.
            progress: as in ``ReadModel.refresh``.
            day: only what is in the file of this earlier trading day; kept in memory.

        Raises:
            StoreError: there is no store there, or it cannot be read.
        """
        reader = StoreReader(store, day)
        model = ReadModel(reader, None if day is None else Path(":memory:"))
        blotter = cls(reader, model)
        try:
            model.refresh(progress)
        except BaseException:
            blotter.close()
            raise
        return blotter

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close both databases."""
        self.model.close()
        self.reader.close()

    def refresh(self) -> None:
        """Take in what was committed since."""
        self.model.refresh()

    def orders(self, wanted: OrderFilter) -> list[OrderRow]:
        """Return client orders, oldest first."""
        conditions = _conditions(wanted, "entered_at")
        if wanted.status:
            conditions.append(_status_condition(wanted.status))
        where, values = _joined(conditions)
        newest_first = self.model.tables.orders.select(
            where, values, order_by="event_id desc", limit=wanted.limit
        )
        return newest_first[::-1]

    def executions(self, wanted: OrderFilter) -> list[ExecutionRow]:
        """Return executions, oldest first, those corrected or busted since included."""
        where, values = _joined(_conditions(wanted, "traded_at"))
        newest_first = self.model.tables.executions.select(
            where, values, order_by="event_id desc", limit=wanted.limit
        )
        return newest_first[::-1]

    def live_executions(self, wanted: OrderFilter) -> list[ExecutionRow]:
        """Return the executions that count: neither corrected nor busted."""
        return [row for row in self.executions(wanted) if row.state == LIVE]

    def children(self, order_id: str) -> list[ChildRow]:
        """Return the child orders of a client order, oldest first."""
        return self.model.tables.children.select("order_id = ?", (order_id,), order_by="event_id")

    def all_children(self) -> list[ChildRow]:
        """Return every child order, oldest first."""
        return self.model.tables.children.select(order_by="event_id")

    def positions(self, account: str | None = None, symbol: str | None = None) -> list[PositionRow]:
        """Return positions by account and symbol, closed ones included."""
        where, values = _joined(_equal(account=account, symbol=symbol))
        return self.model.tables.positions.select(where, values, order_by="account, symbol")

    def sessions(self) -> list[SessionView]:
        """Return every session that the store knows, by name."""
        numbers = self.reader.session_numbers()
        states = {row.name: row for row in self.model.tables.sessions.select()}
        views = []
        for name in sorted(numbers.keys() | states.keys()):
            number, state = numbers.get(name), states.get(name)
            views.append(
                SessionView(
                    name=name,
                    logged_on=state.logged_on if state else None,
                    changed_at=state.changed_at if state else None,
                    reason=state.reason if state else "",
                    next_in=number.next_in if number else None,
                    next_out=number.next_out if number else None,
                    epoch=number.epoch if number else None,
                )
            )
        return views

    def find_order(self, name: str) -> OrderRow:
        """Return the order with this OrderID(37), or else the one with this ClOrdID(11).

        Raises:
            UnknownOrderError: there is none.
            AmbiguousOrderError: several clients used the ClOrdID.
        """
        orders = self.model.tables.orders
        found = orders.select("order_id = ?", (name,)) or orders.select(
            "order_id in (select order_id from cl_ord_ids where cl_ord_id = ?)",
            (name,),
            order_by="event_id",
        )
        if not found:
            raise UnknownOrderError(name, self._near(name))
        if len(found) > 1:
            raise AmbiguousOrderError(name, found)
        return found[0]

    def _near(self, name: str) -> list[str]:
        """Return identifiers that look like this one, among those of the newest orders."""
        newest = self.model.tables.orders.select(
            order_by="event_id desc", limit=_IDS_SEARCHED_MAX // 2
        )
        ids = dict.fromkeys(each for row in newest for each in (row.order_id, row.cl_ord_id))
        holding = [each for each in ids if name.lower() in each.lower()]
        close = get_close_matches(name, ids, n=_NEAR_MATCHES_MAX)
        return list(dict.fromkeys(close + holding))[:_NEAR_MATCHES_MAX]


Condition = tuple[str, list[Any]]


def _conditions(wanted: OrderFilter, time_column: str) -> list[Condition]:
    conditions = _equal(
        account=wanted.account,
        symbol=wanted.symbol,
        client=wanted.client,
        order_id=wanted.order_id,
    )
    if wanted.since is not None:
        conditions.append((f"{time_column} >= ?", [wanted.since]))
    return conditions


def _equal(**columns: str | None) -> list[Condition]:
    return [(f"{name} = ?", [value]) for name, value in columns.items() if value is not None]


def _status_condition(status: tuple[str, ...]) -> Condition:
    names = [name for name in status if name != OPEN]
    condition = f"ord_status in ({','.join('?' * len(names))})"
    if OPEN in status:
        ended = ",".join("?" * len(ENDED_STATUSES))
        return f"({condition} or ord_status not in ({ended}))", [*names, *ENDED_STATUSES]
    return condition, list(names)


def _joined(conditions: list[Condition]) -> tuple[str, list[Any]]:
    where = " and ".join(condition for condition, _ in conditions)
    return where, [value for _, values in conditions for value in values]
