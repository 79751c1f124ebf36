"""The router's operators: what they do about orders, mostly since somebody has called.

Each command has a reason of its own, ``call N``. By it what the operators were told of it, what the
store has of it and what clients heard of it are held against each other when all is at rest.
"""

from collections.abc import Callable
from functools import partial

from oms_fix.daemon.control import ControlAnswer
from oms_fix.model.enums import OrderOperation
from oms_fix.model.events import Event
from oms_fix.model.operations import OrderOperated
from oms_fix.simulator.client_messages import Ticket
from oms_fix.simulator.venue_messages import plain
from oms_fix.simulator.world.client import Client
from oms_fix.simulator.world.peer import Surroundings
from oms_fix.simulator.world.router import RouterProcess

Violate = Callable[..., None]

_TOLD_IN_ANY_CASE = frozenset({OrderOperation.BUST, OrderOperation.CORRECT})


class Operators:
    """Intervenes in orders.

    Args:
        around: the world.
        router: of the world.
        clients: of the world.

    Attributes:
        answers: to each reason, whether it was done, as far as the router lived to say so.
    """

    def __init__(self, around: Surroundings, router: RouterProcess, clients: list[Client]) -> None:
        self.answers: dict[str, bool] = {}
        self._random = around.random
        self._router = router
        self._clients = clients
        self._calls = 0

    def cancel(self) -> None:
        """Cancel an order that its client thinks to be open."""
        client = self._random.choice(self._clients)
        names = [each.order_id for each in client.orders.values() if not each.is_final]
        if any(names):
            name = self._random.choice([each for each in names if each])
            self._operate("order cancel", order=name)

    def enter(self) -> None:
        """Enter an order that a client gives by telephone."""
        client = self._random.choice(self._clients)
        if client.process.alive:
            self._operate("order enter", **_arguments(client.order_by_phone()))

    def _operate(self, command: str, **arguments: str) -> None:
        self._calls += 1
        reason = f"call {self._calls}"
        heard = partial(self._answered, reason)
        self._router.operate(command, heard, **arguments, reason=reason)

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
        known = {each.order_id for client in self._clients for each in client.orders.values()}
        for reason, kept in stored.items():
            entered = kept.operation is OrderOperation.ENTER and not kept.refused
            if entered and kept.order_id not in known:
                violate("{} has entered {}, and its client knows of none", reason, kept.order_id)
            heard = sum(client.calls[reason] for client in self._clients)
            if heard not in _times_told(kept):
                violate("{}: {} was told {} times", reason, kept.order_id, heard)


def _times_told(operated: OrderOperated) -> tuple[int, ...]:
    """Return how often its client may hear of what an operator did."""
    if operated.refused:
        return (0,)
    return (1,) if operated.operation in _TOLD_IN_ANY_CASE else (0, 1)


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
