"""A simulated dark pool: trades at the mid with what others have hidden there, and shows nothing.

On each side of each instrument others want some quantity, which nobody can see; what was taken of
it comes back anew from time to time. An order trades with it at the mid if its limit allows that
and at least MinQty(110), or all that is left, can trade; else it waits, or ends if it is immediate.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from random import Random

from msgspec import Struct

from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.desk import OTHER, WRONG_QUANTITY, Desk, DeskOrder, Refusal
from oms_fix.simulator.terms import BUY, ReplaceRequest, Reply

Mid = Callable[[str], Decimal]
"""The mid of an instrument, by its symbol."""

_HALF_TICKS = 2
_IMMEDIATE = (terms.IMMEDIATE_OR_CANCEL, terms.FILL_OR_KILL)


class Hidden(Struct, frozen=True, forbid_unknown_fields=True):
    """What others have hidden in a dark pool.

    ``notional`` is what stands on a side on average, in base currency; ``empty_percent`` how often
    there is nothing at all; ``renew_ms`` after how long it is drawn anew.
    """

    notional: Decimal = Decimal(100_000)
    empty_percent: Decimal = Decimal(30)
    renew_ms: int = 500


class DarkPool(Desk):
    """A venue whose book nobody sees; see ``Desk`` for the other arguments.

    Args:
        mid: says where the mid of an instrument is.
        hidden: what there is to trade with.
    """

    def __init__(
        self,
        name: str,
        instruments: Mapping[str, Instrument],
        run: str,
        random: Random,
        mid: Mid,
        reject_percent: Decimal = Decimal(0),
        hidden: Hidden | None = None,
    ) -> None:
        super().__init__(name, instruments, run, random, reject_percent)
        self.hidden = hidden or Hidden()
        self._mid = mid
        self._there: dict[tuple[str, str], Decimal] = {}  # by symbol and side of who trades with it
        self._waiting: dict[str, DeskOrder] = {}
        self._renewed_at = 0

    def price(self, symbol: str) -> Decimal:
        """Return the mid that is traded at, in half ticks."""
        step = self.instruments[symbol].tick_size / _HALF_TICKS
        return (self._mid(symbol) / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step

    def tick(self, now: int) -> list[Reply]:
        """Draw anew what is there when it is time, and trade what waits."""
        if now - self._renewed_at >= self.hidden.renew_ms * 1_000_000:
            self._renewed_at = now
            self._there = {key: self._draw(key[0]) for key in self._there}
        replies: list[Reply] = []
        for order in list(self._waiting.values()):
            replies += self._trade(order)
        return replies

    def _quantity_for(self, symbol: str, side: str) -> Decimal:
        """Return what an order of this side can trade with."""
        there = self._there.get((symbol, side))
        if there is None:
            there = self._there[symbol, side] = self._draw(symbol)
        return there

    def _draw(self, symbol: str) -> Decimal:
        if self.random.random() < float(self.hidden.empty_percent) / 100:
            return Decimal(0)
        instrument = self.instruments[symbol]
        lots = self.hidden.notional / (instrument.price * instrument.fx_rate * instrument.lot_size)
        drawn = lots * Decimal(f"{self.random.uniform(0.2, 1.8):.4f}")
        return drawn.quantize(Decimal(1), ROUND_FLOOR) * instrument.lot_size

    def _keeps_min_qty(self, time_in_force: str) -> bool:  # noqa: ARG002 - the desk's signature
        return True

    def _refusal(self, symbol: str, order_qty: Decimal, price: Decimal | None) -> Refusal | None:
        lot = self.instruments[symbol].lot_size
        if order_qty <= 0 or order_qty % lot:
            return Refusal(WRONG_QUANTITY, f"the lot is {lot}")
        if price is not None and price <= 0:
            return Refusal(OTHER, "the price is not above zero")
        return None

    def _enter(self, order: DeskOrder, now: int) -> list[Reply]:  # noqa: ARG002 - trades at once
        self._waiting[order.order_id] = order
        replies = self._trade(order)
        if order.leaves_qty and order.time_in_force in _IMMEDIATE:
            self._withdraw(order)
            replies.append(self._expire_rest(order, "nothing more to trade with"))
        return replies

    def _withdraw(self, order: DeskOrder) -> None:
        self._waiting.pop(order.order_id, None)

    def _amend(self, order: DeskOrder, request: ReplaceRequest, now: int) -> list[Reply]:
        return [self._restate(order, request), *self._enter(order, now)]

    def _trade(self, order: DeskOrder) -> list[Reply]:
        """Trade an order with what is there, if it is enough for it."""
        price, leaves_qty = self.price(order.symbol), order.leaves_qty
        quantity = min(leaves_qty, self._quantity_for(order.symbol, order.side))
        if not quantity or quantity < self._least(order) or not _is_within(order, price):
            return []
        self._there[order.symbol, order.side] -= quantity
        if quantity == leaves_qty:
            self._withdraw(order)
        return [self._fill(order, quantity, price)]

    @staticmethod
    def _least(order: DeskOrder) -> Decimal:
        """Return what has to trade at once for any of it to trade."""
        if order.time_in_force == terms.FILL_OR_KILL:
            return order.leaves_qty
        return min(order.leaves_qty, order.min_qty or Decimal(0))


def _is_within(order: DeskOrder, price: Decimal) -> bool:
    """Return whether the order's limit allows a price."""
    if order.ord_type == terms.MARKET or order.price is None:
        return True
    return price <= order.price if order.side == BUY else price >= order.price
