"""Three ledgers that know nothing of each other, compared order by order.

What the venues say they filled, what the store says the clients were told, and what the clients say
they heard. The store gives the links: which child order, at a venue under which ClOrdID(11),
belongs to which client order.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from oms_fix.simulator.ledger import Entry, read_ledger
from oms_fix.simulator.trader import FAULTS

_VENUE_FAULTS = frozenset({"dont_know_trade", "refused_message"})


class Fills(Struct, frozen=True):
    """What one ledger says of one order: how many fills, of how much, and the sum of qty * px."""

    count: int = 0
    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)

    def __add__(self, other: "Fills") -> "Fills":
        return Fills(
            self.count + other.count,
            self.quantity + other.quantity,
            self.amount + other.amount,
        )


class Difference(Struct, frozen=True):
    """An order that the three ledgers do not agree on."""

    order_id: str
    venues: Fills
    store: Fills
    clients: Fills


class Reconciliation(Struct, frozen=True):
    """The result: totals by ledger, the orders compared, and everything that is wrong."""

    venues: Fills
    store: Fills
    clients: Fills
    orders: int
    differences: tuple[Difference, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether every order is the same in all three, and nothing else is wrong."""
        return not self.differences and not self.faults


class StoreLinks(Struct):
    """What the store says of the orders.

    ``orders``: order by (client session, ClOrdID); ``children``: order by (venue, ClOrdID);
    ``fills``: by order; ``exec_ids``: of all fills.
    """

    orders: dict[tuple[str, str], str]
    children: dict[tuple[str, str], str]
    fills: dict[str, Fills]
    exec_ids: list[str]


def events(store: Path, *kinds: str) -> Iterator[dict[str, Any]]:
    """Yield the bodies of the stored events of some kinds, in order; the store is only read."""
    marks = ",".join("?" * len(kinds))
    query = f"select body from events where kind in ({marks}) order by id"  # noqa: S608 - marks
    with closing(connect(store)) as connection:
        for (body,) in connection.execute(query, kinds):
            yield json.loads(body)


def connect(store: Path) -> sqlite3.Connection:
    """Open the store for reading only."""
    return sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)


def read_store(store: Path) -> StoreLinks:
    """Read orders, children and fills from the store."""
    links = StoreLinks({}, {}, {}, [])
    kinds = ("OrderCaptured", "ChildPlaced", "ChildReplaceRequested", "OrderReported")
    for body in events(store, *kinds):
        match body["type"]:
            case "OrderCaptured":
                # A ClOrdID that came twice is the first order's.
                links.orders.setdefault((body["session"], body["cl_ord_id"]), body["order_id"])
            case "OrderReported":
                _book(links, body["order_id"], body["report"])
            case _:
                links.children[body["venue"], body["cl_ord_id"]] = body["order_id"]
    return links


def _book(links: StoreLinks, order_id: str, report: dict[str, Any]) -> None:
    if report["exec_type"] == "F":
        quantity, price = Decimal(report["last_qty"]), Decimal(report["last_px"])
        fill = Fills(1, quantity, quantity * price)
        links.fills[order_id] = links.fills.get(order_id, Fills()) + fill
        links.exec_ids.append(report["exec_id"])


def reconcile(
    store: Path, venue_ledgers: Mapping[str, Path], client_ledgers: Mapping[str, Path]
) -> Reconciliation:
    """Compare the ledgers of all venues and clients with the store.

    Args:
        store: The message store.
        venue_ledgers: The venues' ledgers by session name.
        client_ledgers: The clients' ledgers by session name.
    """
    links = read_store(store)
    faults = [f"store: ExecID {exec_id} twice" for exec_id in _repeated(links.exec_ids)]
    venues = _side("venue", venue_ledgers, links.children, _VENUE_FAULTS, faults)
    clients = _side("client", client_ledgers, links.orders, FAULTS, faults)
    orders = set(links.orders.values()) | venues.keys() | clients.keys() | links.fills.keys()
    none = Fills()
    compared = (
        Difference(
            order, venues.get(order, none), links.fills.get(order, none), clients.get(order, none)
        )
        for order in sorted(orders)
    )
    return Reconciliation(
        venues=sum(venues.values(), none),
        store=sum(links.fills.values(), none),
        clients=sum(clients.values(), none),
        orders=len(orders),
        differences=tuple(d for d in compared if not d.venues == d.store == d.clients),
        faults=tuple(faults),
    )


def _side(
    side: str,
    ledgers: Mapping[str, Path],
    links: Mapping[tuple[str, str], str],
    fault_kinds: frozenset[str],
    faults: list[str],
) -> dict[str, Fills]:
    """Sum the fills of one side's ledgers by order, and gather what is wrong in them."""
    fills: dict[str, Fills] = {}
    for name, path in ledgers.items():
        entries = read_ledger(path) if path.exists() else []
        faults += [
            f"{side} {name}: {entry.kind} {entry.cl_ord_id} {entry.exec_id} {entry.text}".rstrip()
            for entry in entries
            if entry.kind in fault_kinds
        ]
        filled = [entry for entry in entries if entry.kind == "fill"]
        for exec_id in _repeated(entry.exec_id for entry in filled):
            faults.append(f"{side} {name}: ExecID {exec_id} twice")
        for entry in filled:
            order = links.get((name, entry.order), f"{name} {entry.order}, which the store lacks")
            fills[order] = fills.get(order, Fills()) + _fill(entry)
    return fills


def _fill(entry: Entry) -> Fills:
    quantity, price = entry.qty or Decimal(0), entry.px or Decimal(0)
    return Fills(1, quantity, quantity * price)


def _repeated(exec_ids: Iterable[str]) -> list[str]:
    return [exec_id for exec_id, count in Counter(exec_ids).items() if count > 1]
