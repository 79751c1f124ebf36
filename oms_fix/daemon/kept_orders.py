"""Orders whose time is over and that a venue has not let go: an alarm until they have ended."""

from collections.abc import Iterable

from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.daemon.alarms import Alarms
from oms_fix.model.enums import ExecType
from oms_fix.model.events import Event, OrderWithdrawn
from oms_fix.model.markets import NANOSECONDS

_ANSWER_SECONDS_MIN = 30
_NAMED_MAX = 5


class KeptOrders:
    """Raises the alarm ``not_let_go`` and ends it.

    A venue that refuses the cancel raises it at once, one that does not answer when the patience of
    the order's market has passed once more, or half a minute if that is longer.

    Args:
        state: the core's.
        alarms: to raise.
        now: nanoseconds since 1970 UTC; what was asked before may be answered from now on.
    """

    def __init__(self, state: State, alarms: Alarms, now: int) -> None:
        self._state = state
        self._alarms = alarms
        self._until: dict[str, int] = {}
        for order in state.orders.values():
            if order.is_open and (order.is_kept or _ends_with_its_time(order)):
                self._watch(order, now)

    def asked(self, events: Iterable[Event], now: int) -> None:
        """Watch the orders that are taken back by these events."""
        for event in events:
            if isinstance(event, OrderWithdrawn):
                self._watch(self._state.orders[event.order_id], now)

    def _watch(self, order: Order, now: int) -> None:
        market = self._state.market_of(order.terms)
        patience = 0 if market is None else market.patience_seconds
        self._until[order.order_id] = now + max(patience, _ANSWER_SECONDS_MIN) * NANOSECONDS

    def look(self, now: int) -> None:
        """Raise the alarm, or end it."""
        kept = []
        for order_id, until in list(self._until.items()):
            order = self._state.orders.get(order_id)
            if order is None or not (order.is_kept or _ends_with_its_time(order)):
                del self._until[order_id]
            elif order.is_kept or now >= until:
                kept.append(order_id)
        self._alarms.set("not_let_go", _text(kept) if kept else None)


def _ends_with_its_time(order: Order) -> bool:
    withdrawn = order.withdrawn
    return order.is_open and withdrawn is not None and withdrawn.ends_as is not ExecType.CANCELED


def _text(order_ids: list[str]) -> str:
    more = "" if len(order_ids) <= _NAMED_MAX else ", ..."
    named = ", ".join(order_ids[:_NAMED_MAX])
    return f"orders whose time is over and that venues keep, {len(order_ids)}: {named}{more}"
