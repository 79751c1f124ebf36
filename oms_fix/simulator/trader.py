"""A client's trader: sends the orders of a list, follows each by its reports, works what rests.

Pure but for the ledger it is given: time is an argument, chance is seeded. The trader keeps its own
account of every order and holds each report against it, so that a fill that is lost, doubled or
miscounted on the way shows here as well as in the comparison of the ledgers.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from random import Random

from msgspec import Struct

from oms_fix.fix.message import Message
from oms_fix.model.instruments import Instrument
from oms_fix.simulator import client_messages as fix
from oms_fix.simulator import terms
from oms_fix.simulator.client_messages import Answer, Refused, Ticket
from oms_fix.simulator.configuration import ClientConfig
from oms_fix.simulator.ledger import Entry

_FINAL = frozenset({terms.FILLED, terms.CANCELED, terms.REJECTED, "3", "C"})
_STATUS_NAMES = {
    terms.FILLED: "filled",
    terms.CANCELED: "canceled",
    terms.REJECTED: "rejected",
    "3": "done for day",
    "C": "expired",
}
_DUPLICATE_ORDER = 6
_MS = 1_000_000

FAULTS = frozenset({"duplicate_fill", "unknown_order", "wrong_quantity", "message_rejected"})
"""Kinds of ledger entries that must never occur."""


class ClientOrder(Struct):
    """One order of the list as the client knows it. ``changed_at``: when it last asked for it.

    ``is_held``: somebody is to decide on it, for which its trader waits.
    """

    row: int
    ticket: Ticket
    cl_ord_id: str
    changed_at: int
    request_id: str | None = None
    requests: int = 0
    asked: bool = False
    worked: bool = False
    answered: bool = False
    is_final: bool = False
    is_held: bool = False
    cum_qty: Decimal = Decimal(0)


class Trader:
    """Works a list of orders on one session.

    Args:
        tickets: The orders with their row numbers; a ClOrdID(11) may come twice, by mistake.
        instruments: Reference prices and ticks, by symbol.
        version: The session's application version, such as ``FIX.4.4``.
        config: Pace and patience.
        random: Chooses which orders are canceled instead of worked.
        record: Takes ledger entries.
    """

    def __init__(
        self,
        tickets: Iterable[tuple[int, Ticket]],
        instruments: Mapping[str, Instrument],
        version: str,
        config: ClientConfig,
        random: Random,
        record: Callable[[Entry], None],
    ) -> None:
        self.config = config
        self._instruments = instruments
        self._version = version
        self._random = random
        self._record = record
        self._unsent = list(tickets)[::-1]
        self._count = len(self._unsent)
        self._started_at: int | None = None
        self._sent = 0
        self._by_id: dict[str, ClientOrder] = {}
        self._repeated: dict[str, list[ClientOrder]] = {}
        self._open: dict[int, ClientOrder] = {}
        self._exec_ids: set[str] = set()
        self._final = 0

    @property
    def finished(self) -> bool:
        """Whether every order of the list is final."""
        return self._final == self._count

    def tick(self, now: int) -> list[Message]:
        """Return what is to be sent now; to be called while logged on."""
        return [*self._next_orders(now), *self._work(now)]

    def received(self, message: Message, now: int) -> None:
        """Take in a message of the router."""
        if message.msg_type == "8":
            self._answer(fix.read_answer(message, self._version), now)
        elif message.msg_type == "9":
            self._refused(fix.read_refused(message), now)
        else:
            text = f"{message.msg_type}: {message.text(58) or ''}"
            self._record(Entry(now, "message_rejected", text=text))

    def _next_orders(self, now: int) -> list[Message]:
        """The orders that are due at the pace of the configuration."""
        if self._started_at is None:
            self._started_at = now
        elapsed = now - self._started_at
        due = 1 + elapsed * self.config.orders_per_second // 1_000_000_000
        messages: list[Message] = []
        # A pause (no connection) is not caught up with in one burst.
        burst = max(1, self.config.orders_per_second // 10)
        while self._unsent and self._sent < due and len(messages) < burst:
            row, ticket = self._unsent.pop()
            messages.append(self._first_message(row, ticket, now))
        return messages

    def _first_message(self, row: int, ticket: Ticket, now: int) -> Message:
        self._sent += 1
        order = ClientOrder(row, ticket, ticket.cl_ord_id, now)
        self._open[row] = order
        if ticket.cl_ord_id in self._by_id:
            self._repeated.setdefault(ticket.cl_ord_id, []).append(order)
        else:
            self._by_id[ticket.cl_ord_id] = order
        self._note(now, "sent", order)
        return fix.new_order(ticket, self._instruments.get(ticket.symbol), self._version, now)

    def _work(self, now: int) -> list[Message]:
        messages: list[Message] = []
        for order in self._open.values():
            if order.request_id is not None or order.is_held:
                continue
            message = self._next_step(order, (now - order.changed_at) // _MS, now)
            if message is not None:
                messages.append(message)
        return messages

    def _next_step(self, order: ClientOrder, age_ms: int, now: int) -> Message | None:
        """The one thing to do about an open order now, if there is one."""
        config = self.config
        if not order.answered:
            return self._ask(order, now) if age_ms >= config.give_up_after_ms else None
        if order.worked:
            return self._cancel(order, now) if age_ms >= config.give_up_after_ms else None
        if age_ms >= config.work_after_ms:
            order.worked = True
            return self._work_over(order, now)
        if age_ms >= config.work_after_ms * 3 // 4 and not order.asked:
            return self._ask(order, now)
        return None

    def _ask(self, order: ClientOrder, now: int) -> Message:
        order.asked = True
        if not order.answered:
            order.changed_at = now
        self._note(now, "status_asked", order)
        instrument = self._instruments.get(order.ticket.symbol)
        return fix.status_request(order.ticket, instrument, order.cl_ord_id)

    def _cancel(self, order: ClientOrder, now: int) -> Message:
        ids = self._request(order, now, "cancel_asked")
        instrument = self._instruments.get(order.ticket.symbol)
        return fix.cancel_request(order.ticket, instrument, ids, now)

    def _work_over(self, order: ClientOrder, now: int) -> Message:
        """Give an order that waited long enough a marketable price, or up."""
        instrument = self._instruments.get(order.ticket.symbol)
        gives_up = self._random.random() * 100 < self.config.cancel_percent
        if gives_up or instrument is None or order.ticket.ord_type != terms.LIMIT:
            return self._cancel(order, now)
        ids = self._request(order, now, "replace_asked")
        price = marketable(instrument, order.ticket.side, self.config.work_bp)
        return fix.replace_request(order.ticket, instrument, ids, price, self._version, now)

    def _request(self, order: ClientOrder, now: int, kind: str) -> tuple[str, str]:
        """Give a request its ClOrdID(11); it names the last one that was not refused."""
        order.requests += 1
        order.request_id = f"{order.ticket.cl_ord_id}-{order.requests}"
        order.changed_at = now
        self._by_id[order.request_id] = order
        self._note(now, kind, order)
        return order.request_id, order.cl_ord_id

    def _answer(self, answer: Answer, now: int) -> None:
        order = self._addressed(answer)
        if order is None:
            self._record(
                Entry(now, "unknown_order", cl_ord_id=answer.cl_ord_id, exec_id=answer.exec_id)
            )
            return
        self._answered(order, now)
        if order.is_held and answer.ord_status != terms.PENDING_NEW:
            order.changed_at = now  # from here on it is worked
        order.is_held = answer.ord_status == terms.PENDING_NEW
        if answer.exec_type == terms.TRADE:
            self._fill(order, answer, now)
        elif answer.exec_type in (terms.REPLACED, terms.CANCELED):
            order.cl_ord_id = answer.cl_ord_id
            order.request_id = None
        if answer.exec_type == terms.REJECTED or answer.ord_status in _FINAL:
            status = terms.REJECTED if answer.exec_type == terms.REJECTED else answer.ord_status
            self._finish(order, status, answer.text, now)

    def _addressed(self, answer: Answer) -> ClientOrder | None:
        """The order that a report is about; the refusal of a repeated one is about that."""
        repeated = self._repeated.get(answer.cl_ord_id)
        is_refusal = answer.exec_type == terms.REJECTED
        if repeated and is_refusal and answer.ord_rej_reason == _DUPLICATE_ORDER:
            return repeated.pop(0)
        return self._by_id.get(answer.cl_ord_id)

    def _answered(self, order: ClientOrder, now: int) -> None:
        if not order.answered:
            order.answered = True
            self._note(now, "answered", order)

    def _fill(self, order: ClientOrder, answer: Answer, now: int) -> None:
        entry = Entry(
            at=now,
            kind="fill",
            order=order.ticket.cl_ord_id,
            cl_ord_id=answer.cl_ord_id,
            exec_id=answer.exec_id,
            symbol=order.ticket.symbol,
            qty=answer.last_qty,
            px=answer.last_px,
            row=order.row,
        )
        if answer.exec_id in self._exec_ids:
            self._note(now, "duplicate_fill", order, answer.exec_id)
            return
        self._exec_ids.add(answer.exec_id)
        self._record(entry)
        order.cum_qty += answer.last_qty or 0
        if answer.cum_qty != order.cum_qty or order.cum_qty > order.ticket.order_qty:
            text = f"CumQty {answer.cum_qty}, fills {order.cum_qty}"
            self._note(now, "wrong_quantity", order, text)

    def _refused(self, refused: Refused, now: int) -> None:
        order = self._by_id.get(refused.cl_ord_id)
        if order is None:
            self._record(Entry(now, "unknown_order", cl_ord_id=refused.cl_ord_id))
            return
        self._note(now, "request_refused", order, refused.text)
        order.request_id = None
        order.changed_at = now
        if refused.ord_status in _FINAL:
            self._finish(order, refused.ord_status, refused.text, now)

    def _finish(self, order: ClientOrder, status: str, text: str, now: int) -> None:
        if order.is_final:
            return
        order.is_final = True
        self._final += 1
        del self._open[order.row]
        name = _STATUS_NAMES[status]
        self._note(now, "final", order, f"{name}: {text}" if text else name)

    def _note(self, now: int, kind: str, order: ClientOrder, text: str = "") -> None:
        ticket = order.ticket
        entry = Entry(
            at=now,
            kind=kind,
            order=ticket.cl_ord_id,
            cl_ord_id=order.request_id or order.cl_ord_id,
            symbol=ticket.symbol,
            qty=order.cum_qty if kind == "final" else None,
            text=text,
            row=order.row,
        )
        self._record(entry)


def marketable(instrument: Instrument, side: str, through_bp: Decimal) -> Decimal:
    """Return a price so many basis points through the reference price, rounded outwards."""
    sign = 1 if side == terms.BUY else -1
    price = instrument.price * (1 + sign * through_bp / 10_000)
    rounding = ROUND_CEILING if sign > 0 else ROUND_FLOOR
    return (price / instrument.tick_size).quantize(Decimal(1), rounding) * instrument.tick_size
