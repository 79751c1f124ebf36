"""A long history for a message store: orders that the real core decided on, in batches."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.fix.codec import encode
from oms_fix.journal.records import Batch, CommandRecord, EventRecord, MessageRecord, SessionNumbers
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model import commands as cmd
from oms_fix.model.enums import AssetClass, ExecType, OrdStatus, OrdType, Side
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.order_checks import InstrumentKnown, OrderQuantity
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routes import Direct
from oms_fix.model.rules import ReferenceData, Rules

_START = 1_767_000_000_000_000_000
_STEP_NS = 100_000
_BATCH_COMMANDS = 200
_SYMBOLS = [f"SYM{number}" for number in range(500)]
_ACCOUNTS = [f"FUND{number}" for number in range(50)]
CLIENTS, VENUE = ("BUYSIDE1", "BUYSIDE2", "BUYSIDE3"), "XNYS"


def write_history(
    path: Path, events: int, open_orders: int, progress: Callable[[int], None]
) -> None:
    """Write a store with at least so many events, in which so many orders are open.

    An open order has six events, one that was filled eight; they come mixed.

    Args:
        path: the store; made.
        events: at least six for each open order.
        open_orders: how many stay open.
        progress: told now and then how many events there are.
    """
    history = _History(path)
    history.begin()
    filled = max(events - 6 * open_orders, 0) // 8 + 1
    for number in range(open_orders + filled):
        is_filled = number * filled // (open_orders + filled) != (number + 1) * filled // (
            open_orders + filled
        )
        for command in _life(number, history.state, is_filled=is_filled):
            history.do(command)
        if number % 10_000 == 0:
            progress(history.events)
    history.end()


def _life(number: int, state: State, *, is_filled: bool) -> Iterator[cmd.Command]:
    client, cl_ord_id = CLIENTS[number % len(CLIENTS)], f"ORD-20260105-{number:07}"
    quantity, price = Decimal(100 + number % 900), Decimal(1000 + number % 5000) / 100
    yield cmd.NewOrderSingle(client, cl_ord_id, _terms(number, quantity, price))
    child = state.orders_by_cl_ord_id[client, cl_ord_id].children[0]
    report = cmd.VenueExecutionReport(
        session=VENUE,
        exec_id=f"NYA{number:09}",
        exec_type=ExecType.NEW,
        ord_status=OrdStatus.NEW,
        cl_ord_id=child.cl_ord_id,
        venue_order_id=f"NYO{number:09}",
        order_qty=quantity,
        cum_qty=Decimal(0),
        leaves_qty=quantity,
    )
    yield report
    if is_filled:
        yield cmd.VenueExecutionReport(
            session=VENUE,
            exec_id=f"NYF{number:09}",
            exec_type=ExecType.TRADE,
            ord_status=OrdStatus.FILLED,
            cl_ord_id=child.cl_ord_id,
            venue_order_id=f"NYO{number:09}",
            last_qty=quantity,
            last_px=price,
            cum_qty=quantity,
            leaves_qty=Decimal(0),
        )


def _terms(number: int, quantity: Decimal, price: Decimal) -> OrderTerms:
    return OrderTerms(
        symbol=_SYMBOLS[number % len(_SYMBOLS)],
        side=Side.BUY if number % 2 else Side.SELL,
        order_qty=quantity,
        ord_type=OrdType.LIMIT,
        price=price,
        account=_ACCOUNTS[number % len(_ACCOUNTS)],
        currency="USD",
        handl_inst="1",
        order_capacity="A",
    )


class _History:
    """Commands decided and stored, many in a batch."""

    def __init__(self, path: Path) -> None:
        self.state = State()
        self.events = 0
        self._journal = SqliteJournal(path, "normal")
        self._batch = Batch(1)
        self._commands = self._messages = 0
        self._numbers: dict[str, int] = {}

    def begin(self) -> None:
        """Load what orders are decided by."""
        instruments = tuple(
            Instrument(symbol, AssetClass.EQUITY, "USD", Decimal(30)) for symbol in _SYMBOLS
        )
        accounts = tuple(Account(account) for account in _ACCOUNTS)
        self.do(cmd.LoadReferenceData(ReferenceData("r1", instruments, accounts), "bench"))
        checks = (
            InstrumentKnown(id="known"),
            OrderQuantity(id="size", quantity_max=Decimal(10_000)),
        )
        self.do(cmd.LoadRules(Rules("c1", checks, (Direct(id="all", venue=VENUE),)), "bench"))
        self.do(cmd.SessionLoggedOn(VENUE))

    def do(self, command: cmd.Command) -> None:
        """Decide on a command; it is stored with the next batch."""
        now = _START + self._commands * _STEP_NS
        self._commands += 1
        message_id = None
        if isinstance(command, cmd.NewOrderSingle | cmd.VenueExecutionReport):
            message_id = self._message(command.session, "in", now, None)
        self._batch.commands.append(CommandRecord(self._commands, now, message_id, command))
        for event in handle(self.state, command, now):
            self.events += 1
            self._batch.events.append(EventRecord(self.events, self._commands, event))
            session = getattr(event, "session", None)
            if session is not None:
                self._message(session, "out", now, self.events)
        if len(self._batch.commands) >= _BATCH_COMMANDS:
            self._commit()

    def end(self) -> None:
        """Store the rest and close the store."""
        self._commit()
        self._journal.close()

    def _commit(self) -> None:
        batch = self._batch
        batch.sessions = {
            name: SessionNumbers(0, number, number) for name, number in self._numbers.items()
        }
        self._journal.commit(batch)
        self._batch = Batch(batch.id + 1, released=[(batch.id, _START)])

    def _message(self, session: str, direction: str, now: int, event_id: int | None) -> int:
        self._messages += 1
        number = self._numbers[session] = self._numbers.get(session, 0) + 1
        raw = encode("FIX.4.4", "8", [(34, b"%d" % number)], [(58, b"x" * 150)])
        record = MessageRecord(
            self._messages, now, session, 0, direction, number, "8", event_id, raw
        )
        self._batch.messages.append(record)
        return self._messages
