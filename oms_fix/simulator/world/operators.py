"""The router's operators: what they do about orders, mostly since somebody has called.

Each command has a reason of its own, ``call N``. By it what the operators were told of it, what the
store has of it and what clients heard of it are held against each other when all is at rest.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from oms_fix.daemon.control import ControlAnswer
from oms_fix.model.enums import OrderOperation
from oms_fix.model.events import Event
from oms_fix.model.operations import OrderOperated
from oms_fix.simulator import terms
from oms_fix.simulator.client_messages import Ticket
from oms_fix.simulator.venue_messages import plain
from oms_fix.simulator.world.client import Client
from oms_fix.simulator.world.loop import Process
from oms_fix.simulator.world.peer import Surroundings
from oms_fix.simulator.world.router import RouterProcess
from oms_fix.simulator.world.routes import DESK
from oms_fix.simulator.world.venue import Venue
from oms_fix.simulator.world.venue_order import ZERO, VenueFill, VenueOrder

Violate = Callable[..., None]

_PATIENCE_SECONDS = 0.5
_BY_CLIENT_CHANCE = 0.5
_PART_CHANCE = 0.7

_TRADES = {
    OrderOperation.BUST: terms.TRADE_CANCEL,
    OrderOperation.CORRECT: terms.TRADE_CORRECT,
}
"""What is told in any case, before what becomes of the order; else there is one report or none."""


class _Call(NamedTuple):
    """A venue that speaks of a fill."""

    venue: Venue
    order: VenueOrder
    fill: VenueFill


class Operators:
    """Intervenes in orders.

    Args:
        around: the world.
        router: of the world.
        clients: of the world.
        venues: of the world.

    Attributes:
        answers: to each reason, whether it was done, as far as the router lived to say so.
    """

    def __init__(
        self,
        around: Surroundings,
        router: RouterProcess,
        clients: list[Client],
        venues: list[Venue],
    ) -> None:
        self.answers: dict[str, bool] = {}
        self._loop = around.loop
        self._random = around.random
        self._router = router
        self._clients = clients
        self._venues = venues
        self._calls = 0
        self._on_phone: dict[str, Callable[[], None]] = {}

    def cancel(self) -> None:
        """Cancel an order that its client thinks to be open."""
        name = self._open_order()
        if name:
            self._operate("order cancel", order=name)

    def force_done(self) -> None:
        """End an order of which its client hears nothing, or so it says."""
        name = self._open_order()
        if name:
            self._operate("order force-done", order=name)

    def cancel_forced(self) -> None:
        """Have venues asked again that still work what was forced done, as their refusals tell."""
        left = {
            order.of_order
            for venue in self._venues
            for order in venue.book.values()
            if order.is_open and not order.requests and order.of_order in venue.forced
        }
        for order_id in sorted(left):
            self._operate("order cancel", order=order_id)

    def _open_order(self) -> str:
        """Return the OrderID(37) of an order that its client thinks to be open, or nothing."""
        client = self._random.choice(self._clients)
        names = [each.order_id for each in client.orders.values() if not each.is_final]
        return self._random.choice([each for each in names if each] or [""])

    def enter(self) -> None:
        """Enter an order that a client gives by telephone."""
        client = self._random.choice(self._clients)
        if client.process.alive:
            self._operate("order enter", **_arguments(client.order_by_phone()))

    def place(self) -> None:
        """Place a part of an order that waits at the desk; or of another one, or too much."""
        names = [
            each.order_id
            for client in self._clients
            for each in client.orders.values()
            if each.order_id and not each.is_final and each.ticket.symbol == DESK
        ]
        name = self._random.choice(names) if names else self._open_order()
        if not name:
            return
        given = {"venue": self._random.choice(self._venues).name}
        if self._random.random() < _PART_CHANCE:
            given["quantity"] = str(self._random.randrange(0, 200))
        self._operate("order place", order=name, **given)

    def bust(self) -> None:
        """Bust a fill that its venue says by telephone to be none."""
        called = self._called()
        if called is not None:
            self._change("order bust", called, ZERO, ZERO)

    def correct(self) -> None:
        """Correct a fill of which its venue says by telephone what it is."""
        called = self._called()
        if called is None:
            return
        order, fill = called.order, called.fill
        # The rest of an order that the router works may be at other venues.
        most = fill.quantity + (order.leaves_qty if order.is_direct else ZERO)
        quantity = Decimal(self._random.randrange(1, int(most) + 1))
        cents = self._random.randrange(-5, 6)
        if quantity == fill.quantity:
            cents = cents or 1
        price = fill.price + Decimal(cents) / 100
        given = {"quantity": plain(quantity).decode()} if quantity != fill.quantity else {}
        given |= {"price": plain(price).decode()} if cents else {}
        self._change("order correct", called, quantity, price, **given)

    def _called(self) -> _Call | None:
        """Have a venue call that has heard all of us and said all it had to say.

        Else what is under way would speak of what was before: a venue that speaks by telephone and
        by FIX of the same fill has to be heard in the order in which it speaks.
        """
        venue = self._random.choice(self._venues)
        called = venue.call() if self._router.agrees_with([venue]) else None
        return None if called is None else _Call(venue, *called)

    def _change(
        self, command: str, call: _Call, quantity: Decimal, price: Decimal, /, **given: str
    ) -> None:
        venue, order, fill = call
        order_id = order.of_order
        do = partial(venue.change_by_phone, order, fill, quantity, price)
        self._on_phone[f"call {self._calls + 1}"] = do
        exec_id = self._name(order_id, fill)
        reason = self._operate(command, order=order_id, exec_id=exec_id, **given)
        self._hang_up_if_over(reason, partial(venue.hang_up, order), self._router.process)

    def _hang_up_if_over(self, reason: str, hang_up: Callable[[], None], process: Process) -> None:
        """End a call when it is answered, or a little after nobody is there who could answer."""
        if reason in self.answers:
            hang_up()
            return
        do = hang_up  # what was about to be stored is stored by then, or never
        if process.alive:
            do = partial(self._hang_up_if_over, reason, hang_up, process)
        self._loop.call_for(None, self._loop.now + _PATIENCE_SECONDS, do)

    def _name(self, order_id: str, fill: VenueFill) -> str:
        """Return an ExecID(17) of a fill: the client's if it is clear which, or the venue's."""
        for client in self._clients:
            for order in client.orders.values():
                if order.order_id == order_id and self._router.agrees_with([client]):
                    fills = order.fills.values()
                    same = [
                        f for f in fills if (f.quantity, f.price) == (fill.quantity, fill.price)
                    ]
                    is_clear = len(same) == 1 and self._random.random() < _BY_CLIENT_CHANCE
                    return same[0].exec_id if is_clear else fill.exec_id
        return fill.exec_id

    def _operate(self, command: str, **arguments: str) -> str:
        self._calls += 1
        reason = f"call {self._calls}"
        heard = partial(self._answered, reason)
        self._router.operate(command, heard, **arguments, reason=reason)
        return reason

    def stored(self, event: OrderOperated) -> None:
        """Let a venue do in its own book what is on record now."""
        if event.operation is OrderOperation.FORCE_DONE and not event.refused:
            for peer in (*self._clients, *self._venues):
                peer.forced.add(event.order_id)
        do = self._on_phone.pop(event.reason, None)
        if do is not None and not event.refused:
            do()

    def _answered(self, reason: str, answer: ControlAnswer) -> None:
        self.answers[reason] = answer.done

    # --- at rest --------------------------------------------------------------------------------

    def check(self, events: list[Event], violate: Violate) -> None:
        """What was done is on record and was told to its client, once; what was refused was not."""
        stored = {each.reason: each for each in events if isinstance(each, OrderOperated)}
        for reason, is_done in self.answers.items():
            kept = stored.get(reason)
            if is_done != (kept is not None and not kept.refused):
                violate("{} was answered {}, the store has {}", reason, is_done, kept)
        whose = {
            each.order_id: client for client in self._clients for each in client.orders.values()
        }
        for kept in stored.values():
            if kept.refused:
                self._check_refused(kept, violate)
            elif kept.order_id not in whose:
                violate("{}: no client knows of {}", kept.reason, kept.order_id)
            else:
                self._check_told(kept, whose[kept.order_id], violate)

    def _check_refused(self, kept: OrderOperated, violate: Violate) -> None:
        if kept.operation in _TRADES:
            violate("{}: a venue was right, and refused: {}", kept.reason, kept.refused)
        if self._heard(kept.reason):
            violate("{}: was refused, and told to a client", kept.reason)

    def _check_told(self, kept: OrderOperated, client: Client, violate: Violate) -> None:
        heard = self._heard(kept.reason)
        is_trade = kept.operation in _TRADES
        times = heard[_TRADES[kept.operation]] if is_trade else heard.total()
        is_new = kept.operation is OrderOperation.ENTER and not client.is_direct
        if times not in ((1,) if is_trade or is_new else (0, 1)):
            violate("{}: {} was told {} times", kept.reason, kept.order_id, times)

    def _heard(self, reason: str) -> Counter[str]:
        """Return how often clients heard of a call, by ExecType(150)."""
        heard: Counter[str] = Counter()
        for client in self._clients:
            for (call, exec_type), times in client.calls.items():
                if call == reason:
                    heard[exec_type] += times
        return heard


def _arguments(ticket: Ticket) -> dict[str, str]:
    """Return an order as an operator types it."""
    prices = {"price": ticket.price, "stop_px": ticket.stop_px}
    given = {name: plain(price).decode() for name, price in prices.items() if price is not None}
    return given | {
        "client": ticket.client,
        "cl_ord_id": ticket.cl_ord_id,
        "account": ticket.account,
        "symbol": ticket.symbol,
        "side": ticket.side,
        "order_qty": plain(ticket.order_qty).decode(),
        "ord_type": ticket.ord_type,
        "time_in_force": ticket.time_in_force,
    }
