"""A simulated broker: takes every order and works it over time, at the mid plus some slippage.

It looks at its orders every ``slice_ms`` and trades of each what ``duration_ms`` makes of it, in
whole lots, the rest with the last slice. A limit holds: what would be beyond it waits for a later
slice. Immediate orders are done at once. TargetStrategy(847) chooses how: each algorithm has times
and slippage of its own.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from random import Random

from msgspec import Struct

from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.dark_pool import Mid
from oms_fix.simulator.desk import OTHER, UNSUPPORTED, WRONG_QUANTITY, Desk, DeskOrder, Refusal
from oms_fix.simulator.terms import BUY, NewOrder, ReplaceRequest, Reply

_IMMEDIATE = (terms.IMMEDIATE_OR_CANCEL, terms.FILL_OR_KILL)


class Working(Struct, frozen=True, forbid_unknown_fields=True):
    """How an order is worked.

    It is to be done ``duration_ms`` after it came in, in slices ``slice_ms`` apart; each costs up
    to ``slippage_bp`` basis points against the mid.
    """

    duration_ms: int = 3000
    slice_ms: int = 300
    slippage_bp: Decimal = Decimal(2)


class _Task(Struct):
    """An order that is worked: how, how much in a slice, and when the next one is due."""

    order: DeskOrder
    working: Working
    slice_qty: Decimal
    due: int


class Broker(Desk):
    """A venue that works orders for others; see ``Desk`` for the other arguments.

    Args:
        mid: says where the mid of an instrument is.
        working: how orders without TargetStrategy(847) are worked.
        algorithms: how others are, by their TargetStrategy(847); one that is not there is refused.
    """

    def __init__(
        self,
        name: str,
        instruments: Mapping[str, Instrument],
        run: str,
        random: Random,
        mid: Mid,
        reject_percent: Decimal = Decimal(0),
        working: Working | None = None,
        algorithms: Mapping[str, Working] | None = None,
    ) -> None:
        super().__init__(name, instruments, run, random, reject_percent)
        self._mid = mid
        self._working = working or Working()
        self._algorithms = algorithms or {}
        self._tasks: dict[str, _Task] = {}

    def tick(self, now: int) -> list[Reply]:
        """Trade the slices that are due."""
        replies: list[Reply] = []
        for task in [task for task in self._tasks.values() if task.due <= now]:
            task.due += task.working.slice_ms * 1_000_000
            replies += self._slice(task)
        return replies

    def _invalid(self, request: NewOrder) -> Refusal | None:
        algorithm = request.target_strategy
        if algorithm is not None and algorithm not in self._algorithms:
            return Refusal(UNSUPPORTED, f"TargetStrategy {algorithm} is not offered")
        return super()._invalid(request)

    def _refusal(self, symbol: str, order_qty: Decimal, price: Decimal | None) -> Refusal | None:  # noqa: ARG002 - of every instrument
        if order_qty <= 0:
            return Refusal(WRONG_QUANTITY, "the quantity is not above zero")
        if price is not None and price <= 0:
            return Refusal(OTHER, "the price is not above zero")
        return None

    def _enter(self, order: DeskOrder, now: int) -> list[Reply]:
        working = self._algorithms.get(order.target_strategy or "", self._working)
        if order.time_in_force not in _IMMEDIATE:
            self._tasks[order.order_id] = self._task(order, working, now)
            return []
        replies = self._slice(_Task(order, working, order.leaves_qty, now))
        return replies or [self._expire_rest(order, "not to be had within the limit")]

    def _withdraw(self, order: DeskOrder) -> None:
        self._tasks.pop(order.order_id, None)

    def _amend(self, order: DeskOrder, request: ReplaceRequest, now: int) -> list[Reply]:
        self._withdraw(order)
        return [self._restate(order, request), *self._enter(order, now)]

    def _task(self, order: DeskOrder, working: Working, now: int) -> _Task:
        lot = self.instruments[order.symbol].lot_size
        slices = max(1, working.duration_ms // working.slice_ms)
        lots = (order.leaves_qty / slices / lot).quantize(Decimal(1), ROUND_CEILING)
        return _Task(order, working, lots * lot, now + working.slice_ms * 1_000_000)

    def _slice(self, task: _Task) -> list[Reply]:
        """Trade a slice, unless the price would be beyond the limit."""
        order = task.order
        price = self._price(order, task.working)
        limit = order.price if order.ord_type == terms.LIMIT else None
        if limit is not None and (price > limit if order.side == BUY else price < limit):
            return []
        quantity = min(task.slice_qty, order.leaves_qty)
        if quantity == order.leaves_qty:
            self._withdraw(order)
        return [self._fill(order, quantity, price)]

    def _price(self, order: DeskOrder, working: Working) -> Decimal:
        slippage = working.slippage_bp * Decimal(f"{self.random.random():.3f}") / 10_000
        buys = order.side == BUY
        price = self._mid(order.symbol) * (1 + slippage if buys else 1 - slippage)
        tick = self.instruments[order.symbol].tick_size
        ticks = (price / tick).quantize(Decimal(1), ROUND_CEILING if buys else ROUND_FLOOR)
        return ticks * tick
