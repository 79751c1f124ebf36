"""A client of the world: sends orders and requests, misbehaves, and believes nothing.

It keeps its own account of every order and holds each report against it.
"""

import re
from collections import Counter
from decimal import Decimal

from msgspec import structs

from oms_fix.fix.initiator import Initiator
from oms_fix.fix.message import Message
from oms_fix.fix.settings import SessionSettings
from oms_fix.simulator import client_messages as fix
from oms_fix.simulator import terms
from oms_fix.simulator.client_messages import Answer, Ticket
from oms_fix.simulator.world.client_order import ZERO, ClientOrder, Fill
from oms_fix.simulator.world.configuration import (
    DIRECT_ACCOUNT,
    INSTRUMENTS,
    TRADED,
)
from oms_fix.simulator.world.peer import Peer, Surroundings
from oms_fix.simulator.world.routes import DIRECT_VERSIONS
from oms_fix.simulator.world.tickets import another, ticket_of

_CALL = re.compile(r"'(call \d+)'")  # in Text(58), of an operator
_DUPLICATE_ORDER = 6
_NO_EXECUTION = "0"
_CORPORATE_ACTION = 0  # ExecRestatementReason(378)
_POSS_RESEND = (97, b"Y")
_CANCEL_ON_HALT, _REINSTATE_ON_HALT = "K", "J"  # ExecInst(18)
_TRIGGERED_AS_TEXT = "ExecType(150)=L TRIGGERED"
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
    terms.TRIGGERED: "triggered",
}


class Client(Peer):
    """A client over all its lives.

    Attributes:
        is_direct: whether it has direct access: what it hears is what a venue has said.
        orders: by the ClOrdID(11) that they began with.
        doubted: ExecIDs(17) that it has called into question.
        heard: of each OrderID(37), the ExecTypes(150) that came and that no sums show.
        exec_ids: all ExecIDs(17) that came.
        owed: how many answers each ClOrdID(11) still has to get.
        calls: how often an operator's reason came with an ExecType(150).
    """

    def __init__(self, settings: SessionSettings, around: Surroundings) -> None:
        is_new = settings.begin_string != "FIX.4.2"
        self._on_halt = ("", "", _CANCEL_ON_HALT, _REINSTATE_ON_HALT) if is_new else ("",)
        self.is_direct = settings.name in DIRECT_VERSIONS
        self.orders: dict[str, ClientOrder] = {}
        self.doubted: set[str] = set()
        self.heard: dict[str, Counter[str]] = {}
        self.exec_ids: set[str] = set()
        self.owed: Counter[str] = Counter()
        self.calls: Counter[tuple[str, str]] = Counter()
        self._by_id: dict[str, ClientOrder] = {}
        self._by_phone: dict[str, Ticket] = {}
        self._ids = 0
        self._mass_cancels: dict[str, str | None] = {}
        self._told: Counter[str] = Counter()  # reports in answer to each mass status request
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
        ticket = self._ticket()
        self._book_order(ticket)
        self._send_order(ticket, ())

    def order_by_phone(self) -> Ticket:
        """Return an order that is given to an operator; it is one when it is heard of."""
        ticket = structs.replace(self._ticket(), exec_inst="", cash_order_qty=None)
        self.tell("gives order {} by telephone", ticket.cl_ord_id)
        self._by_phone[ticket.cl_ord_id] = ticket
        return ticket

    def _book_order(self, ticket: Ticket) -> ClientOrder:
        is_direct = ticket.account == DIRECT_ACCOUNT
        lasts = is_direct and ticket.time_in_force == terms.GOOD_TILL_CANCEL
        order = ClientOrder(ticket, ticket, ticket.cl_ord_id, ticket.order_qty, lasts=lasts)
        self.orders[ticket.cl_ord_id] = self._by_id[ticket.cl_ord_id] = order
        return order

    def _ticket(self) -> Ticket:
        cl_ord_id = self._next_id()
        return ticket_of(self.random, self.name, cl_ord_id, self._on_halt, is_direct=self.is_direct)

    def _send_order(self, ticket: Ticket, more: tuple[tuple[int, bytes], ...]) -> None:
        message = fix.new_order(ticket, INSTRUMENTS.get(ticket.symbol), self.version, self.clock())
        message.fields.extend(more)
        self.owed[ticket.cl_ord_id] += 1
        what = "sends again" if more else "sends"
        self.tell(
            "{} order {}: side {}, {} {} {}, stop {}, account {}",
            what, ticket.cl_ord_id, ticket.side, ticket.order_qty, ticket.symbol,
            "market" if ticket.price is None else f"at {ticket.price}", ticket.stop_px,
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
        elif number < 0.23:
            self._ask(order)
        elif number < 0.27 and self.version != "FIX.4.2":
            self._ask_for_many()
        elif number < 0.28 and order.fills:
            self._doubt(order)
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
        ticket = another(self.random, order)
        ids = self._request(order)
        order.asked[ids[0]] = ticket
        instrument = INSTRUMENTS.get(ticket.symbol)
        self.tell(
            "asks to replace {} by {}: {} at {}, stop {}",
            *reversed(ids), ticket.order_qty, ticket.price, ticket.stop_px,
        )  # fmt: skip
        message = fix.replace_request(
            ticket, instrument, ids, ticket.price, self.version, self.clock()
        )
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

    def _ask_for_many(self) -> None:
        """Cancel many orders or ask for them: those in one instrument, or all."""
        request_id = self._next_id()
        self.owed[request_id] += 1
        symbol = self.random.choice((*TRADED, None))
        if self.random.random() < 0.4:
            self.tell("asks to cancel all in {} by {}", symbol, request_id)
            self._mass_cancels[request_id] = symbol
            self.link.send(fix.mass_cancel_request(request_id, symbol, self.clock()))
        else:
            self.tell("asks how all are in {} by {}", symbol, request_id)
            self.link.send(fix.mass_status_request(request_id, symbol))

    def _doubt(self, order: ClientOrder) -> None:
        fill = self.random.choice(list(order.fills.values()))
        self.tell("does not know the fill {} of {}", fill.exec_id, order.cl_ord_id)
        self.doubted.add(fill.exec_id)
        self.link.send(fix.dont_know_trade(order.ticket, order.order_id, fill.exec_id))

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
            case "r":
                self._mass_cancel_told(message)
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
        if order is None and answer.cl_ord_id in self._by_phone:
            order = self._book_order(self._by_phone.pop(answer.cl_ord_id))
        if answer.exec_id == _NO_EXECUTION:
            self._status_told(order, answer, message)
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

    def _status_told(self, order: ClientOrder | None, answer: Answer, message: Message) -> None:
        """What a status tells is what was told before it."""
        if order is not None and order.order_id == message.text(37):
            told = answer.ord_status, answer.cum_qty
            # FIX 4.2 calls an order without fills Replaced, where it was.
            known = terms.NEW if order.status == terms.REPLACED else order.status, order.filled
            if known != told:
                self.violate("{} is {} by its status, and was {}", order.cl_ord_id, told, known)
        request_id = message.text(584)
        if request_id is not None:
            self._one_of_many_told(request_id, message)
            return
        cl_ord_id = answer.cl_ord_id
        if order is not None and not self.owed[cl_ord_id]:
            cl_ord_id = order.ticket.cl_ord_id  # sent again, it is answered under its id of now
        self._answered(cl_ord_id)

    def _one_of_many_told(self, request_id: str, message: Message) -> None:
        self._told[request_id] += 1
        if message.text(912) != "Y":
            return
        self._answered(request_id)
        told, announced = self._told[request_id], message.integer(911) or 0
        if told != max(announced, 1):
            self.violate("{} is answered by {} reports, not {}", request_id, told, announced)

    def _mass_cancel_told(self, message: Message) -> None:
        """What is open now is to end, or to be refused by itself."""
        request_id, affected = message.text(11) or "", message.integer(533) or 0
        self.tell("hears that {} takes back {} orders", request_id, affected)
        self._answered(request_id)
        symbol = self._mass_cancels[request_id]
        of_many = [
            order
            for order in self.orders.values()
            if order.leaves and not order.is_final and symbol in (None, order.ticket.symbol)
        ]
        for order in of_many:
            order.request = request_id
        if len(of_many) > affected:
            self.violate("{} takes back {} of {} orders", request_id, affected, len(of_many))

    def _book(self, order: ClientOrder, answer: Answer, message: Message) -> None:
        order_id = message.text(37) or ""
        self.calls.update((call, answer.exec_type) for call in _CALL.findall(answer.text))
        if order.order_id not in ("", order_id):
            self.violate("OrderID of {} was {}, is {}", order.cl_ord_id, order.order_id, order_id)
        order.order_id = order_id
        order.lasts = order.lasts and order_id not in self.worked
        self._judge_stop(order, answer, message)
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
        if answer.exec_type == terms.RESTATED and message.integer(378) == _CORPORATE_ACTION:
            order.in_units(answer.cum_qty)
        is_request = answer.cl_ord_id != order.ticket.cl_ord_id
        if is_request and answer.exec_type not in (*_PENDING, *_FILLS):
            self._answered(answer.cl_ord_id)
        if order.request == answer.cl_ord_id and answer.exec_type not in (*_PENDING, *_FILLS):
            order.request = ""
        order.ended_on = self._day_of_end(order)
        self._judge(order, answer)

    def _judge_stop(self, order: ClientOrder, answer: Answer, message: Message) -> None:
        """A stop order is told as New, then once as triggered, by a price that reaches its own."""
        if answer.exec_type == terms.REPLACED:
            order.in_force = order.asked[answer.cl_ord_id]
            order.was_freed |= order.in_force.stop_px is None
        if self._is_trigger(answer):
            last_px = Decimal(answer.text.rpartition(" ")[2])
            if not (order.status and order.waits and order.is_reached_by(last_px)):
                self.violate(
                    "{} is triggered by {}, its StopPx is {}, its status {!r}",
                    order.cl_ord_id, last_px, order.in_force.stop_px, order.status,
                )  # fmt: skip
            order.is_triggered = True
        elif answer.exec_type == terms.TRADE and order.waits_since_ever:
            self.violate("{} is filled and was not triggered", order.cl_ord_id)
        stop_px = message.decimal(99)
        if answer.exec_type not in _PENDING and stop_px != order.in_force.stop_px:
            self.violate(
                "{}: StopPx is {}, not {}", order.cl_ord_id, stop_px, order.in_force.stop_px
            )

    def _is_trigger(self, answer: Answer) -> bool:
        """Whether a report says that a stop order is triggered; before 5.0SP2 in words."""
        if self.version == "FIX.5.0SP2":
            return answer.exec_type == terms.TRIGGERED
        is_in_words = answer.text.startswith(_TRIGGERED_AS_TEXT)
        return answer.exec_type == terms.RESTATED and is_in_words

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
        # An operator does not wait for the answer to a replace: it may be made, and filled.
        if answer.cum_qty > order.quantity and order.order_id not in self.forced:
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
        if refused.cl_ord_id in self._mass_cancels:
            order_id = message.text(37)
            order = next((each for each in self.orders.values() if each.order_id == order_id), None)
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
