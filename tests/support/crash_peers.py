"""Counterparties of a router under test that may be killed themselves: ``venues`` and ``clients``.

Each runs as a process of its own, and after a kill goes on from what it has recorded. A venue's
answers follow from its requests alone: it takes all of them in again, and what it had not yet said
of the answers it says then. A client reads in its record how each order stands.
"""

import asyncio
import json
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path
from random import Random

import uvloop
from crash_record import RecordStore, told
from msgspec import structs

from oms_fix.fix import Engine
from oms_fix.fix.codec import parse
from oms_fix.simulator import client_messages as fix
from oms_fix.simulator import terms
from oms_fix.simulator.client_messages import Ticket
from oms_fix.simulator.configuration import load_instruments, other_ends
from oms_fix.simulator.exchange import Exchange, Liquidity
from oms_fix.simulator.venue_messages import (
    DontKnowTrade,
    RefusedMessageError,
    business_reject,
    decode,
    encode,
)

VENUES = ("XNAS", "XLON")
CLIENTS = ("BUYSIDE42", "BUYSIDE44")

OPEN_MAX = 400  # orders of one client at a time
PATIENCE_S = 0.3  # until an order that rests is changed, and changed again
DOWN_S = 0.25  # without new orders, after one that could not be taken
TICK_S = 0.01
_DOWN = ("NOT_ACCEPTING", "VENUES_DOWN")
_NS_A_REQUEST = 20_000_000  # a venue's time passes by its requests
_LIQUIDITY = Liquidity(levels=3, level_notional=Decimal(100_000))


class Venue:
    """An exchange: a pure function of the requests that came."""

    def __init__(self, name, instruments, seed, version):
        random = Random(f"{seed}-{name}")
        self._desk = Exchange(name, instruments, "crash", random, Decimal(3), _LIQUIDITY)
        self._version = version
        self._requests = 0

    def answers(self, message):
        """Return what the venue says to a message of the router."""
        self._requests += 1
        now = time.time_ns()
        try:
            request = decode(message)
        except RefusedMessageError as refused:
            return [business_reject(message, refused)]
        if isinstance(request, DontKnowTrade):
            return []
        passed = self._requests * _NS_A_REQUEST
        replies = self._desk.handle(request, passed) + self._desk.tick(passed)
        return [encode(reply, self._version, now) for reply in replies]


class Venues:
    """The venues of a run."""

    def __init__(self, folder, seed):
        settings = other_ends(folder / "venues.cfg", VENUES)
        path = folder / "venues.db"
        self._engine = Engine(settings, self, RecordStore(path))
        instruments = load_instruments(folder / "instruments.csv")
        self._venues = {}
        for each in settings:
            dictionary = each.load_dictionary()
            venue = Venue(each.name, instruments, seed, dictionary.application_version)
            self._venues[each.name] = venue
            for answer in _unsaid(venue, told(path, each.name), dictionary):
                self._engine.send(each.name, answer)

    async def run(self, stop):
        """Answer until told to stop."""
        await self._engine.start()
        await stop.wait()
        await self._engine.stop()

    def received(self, session, message):
        """Answer a request."""
        for answer in self._venues[session].answers(message):
            self._engine.send(session, answer)

    def logged_on(self, session):
        """Go on; what is sent waits for this."""

    def logged_out(self, session, reason):
        """Go on."""


def _unsaid(venue, record, dictionary):
    """Let a venue hear again what it has heard; return what it had not said of its answers."""
    said, answers = 0, []
    for is_ours, raw in record:
        if is_ours:
            said += 1
        else:
            answers += venue.answers(parse(raw, dictionary.data_tags))
    return answers[said:]


class ClientOrder:
    """One order as its client knows it, by what was said and heard."""

    def __init__(self, ticket):
        self.ticket = ticket
        self.cl_ord_id = ticket.cl_ord_id
        self.request_id = None
        self.requests = 0
        self.answered = False
        self.status = ""
        self.cum_qty = Decimal(0)
        self.changed_at = time.monotonic()


class Book:
    """All orders of a client, made from its messages; what must not be is in ``faults``."""

    def __init__(self, tickets, version):
        self._tickets = {ticket.cl_ord_id: ticket for ticket in tickets}
        self._version = version
        self._by_id = {}
        self._exec_ids = set()
        self.orders = []
        self.open = {}
        self.fills = []
        self.faults = []
        self.final = 0
        self.refused_for_now = 0

    def said(self, message):
        """Take note of a message to the router."""
        cl_ord_id = message.text(11)
        if message.msg_type == "D":
            order = ClientOrder(self._tickets[cl_ord_id])
            self.orders.append(order)
            self.open[cl_ord_id] = order
        else:
            order = self._by_id[message.text(41)]
            order.requests += 1
            order.request_id = cl_ord_id
            order.changed_at = time.monotonic()
            if message.msg_type == "G":
                order_qty = message.decimal(38)
                order.ticket = structs.replace(order.ticket, order_qty=order_qty)
        self._by_id[cl_ord_id] = order

    def heard(self, message):
        """Take note of a message from the router."""
        order = self._by_id.get(message.text(11))
        if message.msg_type not in "89" or order is None:
            self.faults.append(f"message_rejected {message.raw!r}")
        elif message.msg_type == "9":
            self._refused(order, fix.read_refused(message))
        else:
            self._report(order, fix.read_answer(message, self._version))

    def _refused(self, order, refused):
        """A request is refused; what ended under it, as by a fill, is told by this."""
        order.request_id = None
        order.changed_at = time.monotonic()
        if refused.ord_status in terms.FINAL and not order.status:
            self._end(order, refused)

    def _report(self, order, answer):
        order.answered = True
        order.changed_at = time.monotonic()
        if answer.exec_type == terms.TRADE:
            self._fill(order, answer)
        elif answer.exec_type in (terms.REPLACED, terms.CANCELED):
            order.cl_ord_id = answer.cl_ord_id
            order.request_id = None
        if answer.ord_status in terms.FINAL:
            self._end(order, answer)

    def _fill(self, order, answer):
        if answer.exec_id in self._exec_ids:
            self.faults.append(f"duplicate_fill {answer.cl_ord_id} {answer.exec_id}")
        self._exec_ids.add(answer.exec_id)
        self.fills.append((order, answer))
        order.cum_qty += answer.last_qty
        if answer.cum_qty != order.cum_qty:
            text = f"{answer.cl_ord_id}: CumQty {answer.cum_qty}, fills {order.cum_qty}"
            self.faults.append(f"wrong_quantity {text}")

    def _end(self, order, answer):
        if order.status:
            self.faults.append(f"ended_twice {order.cl_ord_id} {answer.ord_status}")
            return
        order.status = answer.ord_status
        self.final += 1
        self.refused_for_now += answer.text.startswith(_DOWN)
        del self.open[order.ticket.cl_ord_id]


class Client:
    """Sends its orders, as many at a time as may be open, and changes those that rest."""

    def __init__(self, name, version, instruments, tickets, random, book):
        self.name = name
        self._version = version
        self._instruments = instruments
        self._random = random
        self.book = book
        self._unsent = tickets[len(book.orders) :][::-1]
        self._not_before = 0.0
        self._refused = book.refused_for_now
        self.is_logged_on = False

    def next_messages(self):
        """Return what is to be said now."""
        if self.book.refused_for_now > self._refused:
            self._refused = self.book.refused_for_now
            self._not_before = time.monotonic() + DOWN_S
        return [*self._new_orders(), *self._changes()]

    def _new_orders(self):
        if time.monotonic() < self._not_before:
            return
        room = OPEN_MAX - len(self.book.open)
        while self._unsent and room > 0:
            room -= 1
            ticket = self._unsent.pop()
            instrument = self._instruments[ticket.symbol]
            yield fix.new_order(ticket, instrument, self._version, time.time_ns())

    def _changes(self):
        due = time.monotonic() - PATIENCE_S
        for order in list(self.book.open.values()):
            if order.answered and order.request_id is None and order.changed_at < due:
                yield self._change(order)

    def _change(self, order):
        """Replace it once, sometimes, by another price and quantity; else cancel it."""
        ids = (f"{order.ticket.cl_ord_id}-{order.requests + 1}", order.cl_ord_id)
        instrument, now = self._instruments[order.ticket.symbol], time.time_ns()
        if order.requests or self._random.random() < 0.4:
            return fix.cancel_request(order.ticket, instrument, ids, now)
        order_qty = order.ticket.order_qty * self._random.choice((1, 2))
        ticket = structs.replace(order.ticket, order_qty=order_qty)
        price = instrument.price + self._random.randint(-2, 2) * instrument.tick_size
        return fix.replace_request(ticket, instrument, ids, price, self._version, now)


class Clients:
    """The clients of a run."""

    def __init__(self, folder, seed, orders):
        settings = other_ends(folder / "clients.cfg", CLIENTS)
        path = folder / "clients.db"
        self._progress = folder / "progress.json"
        self._engine = Engine(settings, self, RecordStore(path))
        instruments = load_instruments(folder / "instruments.csv")
        self._orders = orders
        self._clients = {}
        for each in settings:
            version = each.load_dictionary().application_version
            tickets = make_tickets(each.name, instruments, seed, orders)
            book = read_book(path, each, tickets)
            random = Random(f"{seed}-{each.name}-{len(book.orders)}")
            self._clients[each.name] = Client(
                each.name, version, instruments, tickets, random, book
            )

    async def run(self, stop):
        """Trade until told to stop."""
        await self._engine.start()
        while not stop.is_set():
            for client in self._clients.values():
                if client.is_logged_on:
                    for message in list(client.next_messages()):
                        client.book.said(message)
                        self._engine.send(client.name, message)
            self._tell()
            await asyncio.sleep(TICK_S)
        await self._engine.stop()

    def _tell(self):
        """Write down how far all is; a file that is there is a whole one."""
        books = [client.book for client in self._clients.values()]
        progress = {
            "sent": sum(len(book.orders) for book in books),
            "final": sum(book.final for book in books),
        }
        fresh = self._progress.with_suffix(".new")
        fresh.write_text(json.dumps(progress))
        fresh.replace(self._progress)

    def received(self, session, message):
        """Take a report in."""
        self._clients[session].book.heard(message)

    def logged_on(self, session):
        """Go on."""
        self._clients[session].is_logged_on = True

    def logged_out(self, session, reason):  # noqa: ARG002 - what an application hears
        """Wait until the router is there again."""
        self._clients[session].is_logged_on = False


def make_tickets(name, instruments, seed, orders):
    """Return a client's share of the orders, the same ones each time."""
    random = Random(f"{seed}-{name}-tickets")
    symbols = sorted(instruments)
    tickets = []
    for number in range(orders // len(CLIENTS)):
        instrument = instruments[random.choice(symbols)]
        offset = random.randint(-4, 4) * instrument.tick_size
        tickets.append(
            Ticket(
                client=name,
                cl_ord_id=f"{name}-{number}",
                account="FUND",
                symbol=instrument.symbol,
                side=random.choice((terms.BUY, terms.SELL)),
                order_qty=Decimal(random.randint(1, 10) * 100),
                ord_type=terms.LIMIT,
                price=instrument.price + offset,
            )
        )
    return tickets


def read_book(path, settings, tickets):
    """Return a client's orders as its record has them."""
    dictionary = settings.load_dictionary()
    book = Book(tickets, dictionary.application_version)
    for is_ours, raw in told(path, settings.name):
        message = parse(raw, dictionary.data_tags)
        if is_ours:
            book.said(message)
        else:
            book.heard(message)
    return book


async def _main(what, folder, seed, orders):
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    peers = Venues(folder, seed) if what == "venues" else Clients(folder, seed, orders)
    await peers.run(stop)


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
