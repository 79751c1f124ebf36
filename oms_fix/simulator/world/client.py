"""A client of the world: sends orders and requests, misbehaves, and believes nothing.

It keeps its own account of every order and holds each report against it.
"""

from collections import Counter
from decimal import Decimal

from msgspec import Struct, field

from oms_fix.fix.initiator import Initiator
from oms_fix.fix.message import Message
from oms_fix.fix.settings import SessionSettings
from oms_fix.simulator import client_messages as fix
from oms_fix.simulator import terms
from oms_fix.simulator.client_messages import Answer, Ticket
from oms_fix.simulator.world.configuration import (
    ACCOUNTS,
    DIRECT_ACCOUNT,
    DIRECT_VERSIONS,
    INSTRUMENTS,
    QUANTITY_MAX,
    RESTRICTED,
    TRADED,
    UNROUTED,
)
from oms_fix.simulator.world.peer import Peer, Surroundings

ZERO = Decimal(0)
_DUPLICATE_ORDER = 6
_ENDED = frozenset(
    {terms.FILLED, terms.CANCELED, terms.REJECTED, terms.EXPIRED, terms.DONE_FOR_DAY}
)
_NO_EXECUTION = "0"
_POSS_RESEND = (97, b"Y")
_SIDES = ("1", "2", "5")
_PENDING = frozenset({terms.PENDING_CANCEL, terms.PENDING_REPLACE, terms.PENDING_NEW})
_PENDING_STATUS = frozenset({terms.PENDING_CANCEL, terms.PENDING_REPLACE})
_FILLS = frozenset({terms.TRADE, terms.TRADE_CORRECT, terms.TRADE_CANCEL})
_KINDS = {
    terms.NEW: "new",
    terms.DONE_FOR_DAY: "done for day",
    terms.CANCELED: "canceled",
    terms.REPLACED: "replaced",
    terms.PENDING_CANCEL: "pending cancel",
    terms.REJECTED: "rejected",
    terms.EXPIRED: "expired",
    terms.RESTATED: "restated",
    terms.PENDING_REPLACE: "pending replace",
    terms.TRADE: "fill",
    terms.TRADE_CORRECT: "correction",
    terms.TRADE_CANCEL: "bust",
    terms.ORDER_STATUS: "status",
}


class Fill(Struct, frozen=True):
    """A fill as it stands: ExecID(17) of the report that brought it last, quantity, price."""

    exec_id: str
    quantity: Decimal
    price: Decimal


class ClientOrder(Struct):
    """One order as its client knows it.

    Attributes:
        ticket: what was asked for first.
        cl_ord_id: the last id that the router has accepted.
        quantity: OrderQty(38) in force.
        order_id: the router's OrderID(37); empty until the first report.
        status: OrdStatus(39) of the last report; empty until then.
        leaves: LeavesQty(151) of the last report.
        lasts: it is done for a day and goes on on the next one.
        ended_on: the day on which it ended, as the client counts them.
        request: ClOrdID(11) of the last cancel or replace, if it is not answered yet.
        fills: by the ExecID(17) of the report of each fill, as corrected since.
    """

    ticket: Ticket
    cl_ord_id: str
    quantity: Decimal
    order_id: str = ""
    status: str = ""
    leaves: Decimal = ZERO
    lasts: bool = False
    ended_on: int | None = None
    request: str = ""
    fills: dict[str, Fill] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Whether it has ended, as far as is known."""
        if self.status == terms.CALCULATED:
            return not self.leaves
        goes_on = self.lasts and self.status == terms.DONE_FOR_DAY
        return self.status in _ENDED and not goes_on

    @property
    def filled(self) -> Decimal:
        """The sum of its fills."""
        return sum((fill.quantity for fill in self.fills.values()), ZERO)


class Client(Peer):
    """A client over all its lives.

    Attributes:
        is_direct: whether it has direct access: what it hears is what a venue has said.
        orders: by the ClOrdID(11) that they began with.
        heard: of each OrderID(37), the ExecTypes(150) that came and that no sums show.
        exec_ids: all ExecIDs(17) that came.
        owed: how many answers each ClOrdID(11) still has to get.
    """

    def __init__(self, settings: SessionSettings, around: Surroundings) -> None:
        self.is_direct = settings.name in DIRECT_VERSIONS
        self.orders: dict[str, ClientOrder] = {}
        self.heard: dict[str, Counter[str]] = {}
        self.exec_ids: set[str] = set()
        self.owed: Counter[str] = Counter()
        self._by_id: dict[str, ClientOrder] = {}
        self._ids = 0
        super().__init__(settings, around)

    def _begin(self) -> None:
        initiator = Initiator(self.link)
        self.loop.create_task(initiator.start())

    def _next_id(self) -> str:
        self._ids += 1
        return f"{self.name}-{self._ids}"

    @property
    def is_content(self) -> bool:
        """Whether all it asked was answered, and all its orders have ended."""
        owes_nothing = not any(count > 0 for count in self.owed.values())
        return owes_nothing and all(order.is_final for order in self.orders.values())

    def names_of(self, order: ClientOrder) -> set[str]:
        """Return every ClOrdID(11) that was used for an order."""
        return {cl_ord_id for cl_ord_id, known in self._by_id.items() if known is order}

    # --- what it does ---------------------------------------------------------------------------

    def new_order(self) -> None:
        """Send an order; now and then one that cannot be taken."""
        cl_ord_id = self._next_id()
        ticket = self._ticket(cl_ord_id)
        self.orders[cl_ord_id] = self._by_id[cl_ord_id] = ClientOrder(
            ticket,
            cl_ord_id,
            ticket.order_qty,
            lasts=self.is_direct and ticket.time_in_force == terms.GOOD_TILL_CANCEL,
        )
        self._send_order(ticket, ())

    def _ticket(self, cl_ord_id: str) -> Ticket:
        random = self.random
        is_odd = random.random() < 0.06
        is_market = random.random() < 0.2
        symbol = random.choice(TRADED)
        quantity = random.randrange(1, 60) * random.choice((1, 10, 10))
        if is_odd:
            symbol = random.choice((symbol, RESTRICTED, UNROUTED, "NOSUCH"))
            quantity = random.choice((quantity, 0, QUANTITY_MAX + 1))
        account = DIRECT_ACCOUNT if self.is_direct else random.choice(ACCOUNTS)
        return Ticket(
            client=self.name,
            cl_ord_id=cl_ord_id,
            account="NOBODY" if is_odd and random.random() < 0.2 else account,
            symbol=symbol,
            side=random.choice(_SIDES),
            order_qty=Decimal(quantity),
            ord_type=terms.MARKET if is_market else terms.LIMIT,
            price=None if is_market else Decimal(random.randrange(900, 1100)) / 100,
            time_in_force=random.choice((terms.DAY, terms.DAY, terms.DAY, "1", "3", "4")),
        )

    def _send_order(self, ticket: Ticket, more: tuple[tuple[int, bytes], ...]) -> None:
        message = fix.new_order(ticket, INSTRUMENTS.get(ticket.symbol), self.version, self.clock())
        message.fields.extend(more)
        self.owed[ticket.cl_ord_id] += 1
        price = "market" if ticket.price is None else f"at {ticket.price}"
        what = "sends again" if more else "sends"
        self.tell(
            "{} order {}: side {}, {} {} {}, account {}",
            what, ticket.cl_ord_id, ticket.side, ticket.order_qty, ticket.symbol, price,
            ticket.account,
        )  # fmt: skip
        self.link.send(message)

    def touch(self) -> None:
        """Do something about one of its orders, or send nonsense."""
        number = self.random.random()
        working = [order for order in self.orders.values() if not order.is_final]
        order = self.random.choice(working or list(self.orders.values()) or [None])
        if order is None or number < 0.05:
            self._nonsense()
        elif number < 0.18 and order.ended_on in (None, self.day):  # else it may be forgotten
            self._send_order(order.ticket, (_POSS_RESEND,) if number < 0.12 else ())
        elif number < 0.25:
            self._ask(order)
        elif number < 0.60:
            self._cancel(order)
        else:
            self._replace(order)

    def cancel_all(self) -> None:
        """Cancel what is open and has no request that is to be answered."""
        for order in self.orders.values():
            if not order.is_final and not order.request and order.order_id:
                self._cancel(order)

    def _cancel(self, order: ClientOrder) -> None:
        ids = self._request(order)
        instrument = INSTRUMENTS.get(order.ticket.symbol)
        self.tell("asks to cancel {} by {}", *reversed(ids))
        self.link.send(fix.cancel_request(order.ticket, instrument, ids, self.clock()))

    def _replace(self, order: ClientOrder) -> None:
        quantity = max(1, int(order.quantity) + self.random.randrange(-100, 101))
        price = Decimal(self.random.randrange(900, 1100)) / 100
        ticket = Ticket(
            client=self.name,
            cl_ord_id=order.cl_ord_id,
            account=order.ticket.account,
            symbol=order.ticket.symbol,
            side=order.ticket.side,
            order_qty=Decimal(quantity),
            ord_type=terms.LIMIT,
            price=price,
            time_in_force=order.ticket.time_in_force,
        )
        ids = self._request(order)
        instrument = INSTRUMENTS.get(ticket.symbol)
        self.tell("asks to replace {} by {}: {} at {}", *reversed(ids), quantity, price)
        message = fix.replace_request(ticket, instrument, ids, price, self.version, self.clock())
        self.link.send(message)

    def _request(self, order: ClientOrder) -> tuple[str, str]:
        """Return the ids of a request: its own, and what it calls the order by."""
        cl_ord_id = self._next_id()
        orig = order.cl_ord_id
        if order.request and self.random.random() < 0.5:
            orig = order.request  # it goes on from the one that is pending
        self._by_id[cl_ord_id] = order
        self.owed[cl_ord_id] += 1
        order.request = cl_ord_id
        return cl_ord_id, orig

    def _ask(self, order: ClientOrder) -> None:
        self.tell("asks how {} is", order.cl_ord_id)
        instrument = INSTRUMENTS.get(order.ticket.symbol)
        self.link.send(fix.status_request(order.ticket, instrument, order.cl_ord_id))

    def _nonsense(self) -> None:
        what = self.random.randrange(4)
        self.tell("sends nonsense of kind {}", what)
        if what == 0:  # no such type here
            self.link.send(Message("R", [(131, b"Q"), (146, b"1"), (55, b"SPLIT")]))
        elif what == 1:  # a cancel of nothing
            fields = [(41, b"NONE"), (11, self._next_id().encode()), (55, b"SPLIT"), (54, b"1")]
            when = self.sent_value(next(iter(self.sent)), 52).encode() if self.sent else b"x"
            self.link.send(Message("F", [*fields, (60, when), (38, b"1")]))
        elif what == 2:  # an order without anything
            self.link.send(Message("D", [(58, b"nothing")]))
        else:  # bytes that are no FIX
            self.link.write(self.random.randbytes(40))

    # --- what it hears --------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """Take what the router says."""
        match message.msg_type:
            case "8":
                self._report(message)
            case "9":
                self._request_refused(message)
            case "3" | "j":
                self._message_refused(message)
            case other:
                self.violate("was sent a message of type {}", other)

    def _answered(self, cl_ord_id: str) -> None:
        if self.owed[cl_ord_id] > 0:
            self.owed[cl_ord_id] -= 1

    def _report(self, message: Message) -> None:
        answer = fix.read_answer(message, self.version)
        self.tell(
            "hears of {}: {} status {} cum {} leaves {} last {} at {} [{}] {}",
            answer.cl_ord_id, _KINDS.get(answer.exec_type, answer.exec_type), answer.ord_status,
            answer.cum_qty, answer.leaves_qty, answer.last_qty, answer.last_px, answer.exec_id,
            answer.text,
        )  # fmt: skip
        order = self._by_id.get(answer.cl_ord_id)
        if answer.exec_id == _NO_EXECUTION:
            self._status_told(order, answer.cl_ord_id)
            return
        if answer.exec_id in self.exec_ids:
            self.violate("ExecID {} came twice", answer.exec_id)
        self.exec_ids.add(answer.exec_id)
        if order is None:
            self.violate("a report of an order that it never sent: {}", answer.cl_ord_id)
            return
        if answer.exec_type == terms.REJECTED and answer.ord_rej_reason == _DUPLICATE_ORDER:
            self._answered(answer.cl_ord_id)
            return
        self._book(order, answer, message)

    def _status_told(self, order: ClientOrder | None, cl_ord_id: str) -> None:
        """An order sent again is answered under the ClOrdID(11) that it has by now."""
        if order is not None and not self.owed[cl_ord_id]:
            cl_ord_id = order.ticket.cl_ord_id
        self._answered(cl_ord_id)

    def _book(self, order: ClientOrder, answer: Answer, message: Message) -> None:
        order_id = message.text(37) or ""
        if order.order_id not in ("", order_id):
            self.violate("OrderID of {} was {}, is {}", order.cl_ord_id, order.order_id, order_id)
        order.order_id = order_id
        if not order.status:
            self._answered(order.ticket.cl_ord_id)
        order.status = answer.ord_status
        order.leaves = answer.leaves_qty
        order.quantity = message.decimal(38) or ZERO
        self.heard.setdefault(order_id, Counter())[answer.exec_type] += 1
        if answer.exec_type in _FILLS:
            self._fill(order, answer, message.text(19) or "")
        elif answer.exec_type not in _PENDING:
            order.cl_ord_id = answer.cl_ord_id
        is_request = answer.cl_ord_id != order.ticket.cl_ord_id
        if is_request and answer.exec_type not in (*_PENDING, *_FILLS):
            self._answered(answer.cl_ord_id)
        if order.request == answer.cl_ord_id and answer.exec_type not in (*_PENDING, *_FILLS):
            order.request = ""
        order.ended_on = self._day_of_end(order)
        self._judge(order, answer)

    def _day_of_end(self, order: ClientOrder) -> int | None:
        if not order.is_final:
            return None
        return self.day if order.ended_on is None else order.ended_on

    def _judge(self, order: ClientOrder, answer: Answer) -> None:
        """Hold a report against the account of the order."""
        if answer.cum_qty != order.filled:
            self.violate(
                "{}: CumQty is {}, the fills add up to {}",
                order.cl_ord_id, answer.cum_qty, order.filled,
            )  # fmt: skip
        if answer.cum_qty > order.quantity:
            self.violate("{}: CumQty {} of {}", order.cl_ord_id, answer.cum_qty, order.quantity)
        left = order.quantity - answer.cum_qty
        # What is pending may cover an order that has ended.
        possible = {ZERO} if order.is_final else {left}
        if answer.ord_status in _PENDING_STATUS:
            possible.add(ZERO)
        if answer.leaves_qty not in possible:
            self.violate(
                "{}: CumQty {} and LeavesQty {} of OrderQty {}",
                order.cl_ord_id, answer.cum_qty, answer.leaves_qty, order.quantity,
            )  # fmt: skip
        if order.status == terms.REJECTED and order.fills:
            self.violate("{} is rejected and has fills", order.cl_ord_id)

    def _fill(self, order: ClientOrder, answer: Answer, exec_ref_id: str) -> None:
        quantity, price = answer.last_qty or ZERO, answer.last_px or ZERO
        if answer.exec_type == terms.TRADE:
            order.fills[answer.exec_id] = Fill(answer.exec_id, quantity, price)
            return
        found = next((key for key, f in order.fills.items() if f.exec_id == exec_ref_id), None)
        if found is None:
            self.violate("{} changes {}, which is no fill", answer.exec_id, exec_ref_id)
        elif answer.exec_type == terms.TRADE_CANCEL:
            del order.fills[found]
        else:
            order.fills[found] = Fill(answer.exec_id, quantity, price)

    def _request_refused(self, message: Message) -> None:
        refused = fix.read_refused(message)
        self.tell("hears that {} is refused: {}", refused.cl_ord_id, refused.text)
        self._answered(refused.cl_ord_id)
        order = self._by_id.get(refused.cl_ord_id)
        if order is None:
            return
        if order.request == refused.cl_ord_id:
            order.request = ""
        if message.text(37) == order.order_id:
            order.status = refused.ord_status
            order.ended_on = self._day_of_end(order)

    def _message_refused(self, message: Message) -> None:
        number = message.integer(45) or 0
        cl_ord_id = self.sent_value(number, 11)
        self.tell("hears that message {} is refused: {}", number, message.text(58))
        self._answered(cl_ord_id)
        order = self.orders.get(cl_ord_id)
        if order is not None and not order.status:
            order.status = terms.REJECTED
