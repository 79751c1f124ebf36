"""A buy-side client: one FIX session that sends the orders of an orders.csv and works them.

It goes on over lost connections: the session keeps its sequence numbers, so that nothing said in
the meantime is lost, and the trader pauses until it is logged on again.
"""

import asyncio
import csv
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random

from oms_fix.fix.engine import Engine
from oms_fix.fix.message import Message
from oms_fix.fix.store import MemoryStore
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.simulator.client_messages import Ticket
from oms_fix.simulator.configuration import SimulatorConfig, load_instruments, other_ends
from oms_fix.simulator.ledger import Entry, Ledger
from oms_fix.simulator.trader import Trader


def client_ledger(folder: Path, name: str) -> Path:
    """Return where a client's ledger is."""
    return folder / f"client-{name}.jsonl"


def read_tickets(path: Path) -> list[tuple[int, Ticket]]:
    """Read orders.csv: each order with its row number, from 1.

    Raises:
        KeyError: a column is missing, or a side, type or time in force is unknown.
    """
    with path.open(newline="") as file:
        return [(row, _ticket(cells)) for row, cells in enumerate(csv.DictReader(file), 1)]


def _ticket(cells: dict[str, str]) -> Ticket:
    return Ticket(
        client=cells["client"],
        cl_ord_id=cells["cl_ord_id"],
        account=cells["account"],
        symbol=cells["symbol"],
        side=Side[cells["side"]].value,
        order_qty=Decimal(cells["order_qty"]),
        ord_type=OrdType[cells["ord_type"]].value,
        price=Decimal(cells["price"]) if cells["price"] else None,
        time_in_force=TimeInForce[cells["time_in_force"]].value,
        group=cells["group"],
    )


class Client:
    """One client session and its trader.

    Args:
        name: The session's name in the router's file of client sessions.
        config: simulator.yaml.
        folder: The folder that its paths are relative to.
        orders: orders.csv; the rows of other clients are left out.
        ledgers: The folder for the ledger.
        clock: Nanoseconds since 1970 UTC.
    """

    def __init__(
        self,
        name: str,
        config: SimulatorConfig,
        folder: Path,
        orders: Path,
        ledgers: Path,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.name = name
        self._tick_seconds = config.tick_ms / 1000
        self._clock = clock
        (settings,) = other_ends(folder / config.client_sessions, [name])
        self._engine = Engine([settings], self, MemoryStore(), clock)
        self._ledger = Ledger(client_ledger(ledgers, name))
        self._is_logged_on = False
        self._trader = Trader(
            [(row, ticket) for row, ticket in read_tickets(orders) if ticket.client == name],
            load_instruments(folder / config.instruments),
            settings.load_dictionary().application_version,
            config.client,
            Random(f"{config.seed}-{name}"),  # noqa: S311 - a simulation, no secret
            self._ledger.write,
        )

    async def run(self, stop: asyncio.Event, timeout_seconds: float) -> bool:
        """Work the orders; return whether all became final before ``stop`` or the time is up."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_seconds
        await self._engine.start()
        try:
            while not (self._trader.finished or stop.is_set() or loop.time() > end):
                if self._is_logged_on:
                    for message in self._trader.tick(self._clock()):
                        self._engine.send(self.name, message)
                await asyncio.sleep(self._tick_seconds)
        finally:
            await self._engine.stop()
            self._ledger.close()
        return self._trader.finished

    def received(self, session: str, message: Message) -> None:  # noqa: ARG002 - there is one only
        """Take in a message of the router."""
        self._trader.received(message, self._clock())

    def logged_on(self, session: str) -> None:  # noqa: ARG002 - there is one only
        """The router is there."""
        self._is_logged_on = True
        self._ledger.write(Entry(self._clock(), "logged_on"))

    def logged_out(self, session: str, reason: str) -> None:  # noqa: ARG002 - there is one only
        """The router is gone; it is called again by the engine."""
        self._is_logged_on = False
        self._ledger.write(Entry(self._clock(), "logged_out", text=reason))
