"""A simulated bond dealer: fills at its own quote whatever is within it, whole or in two parts.

The dealer's mid stands some basis points beside the reference price and moves when it quotes anew.
An order within the quote trades at the quote, not at its limit; another waits until the quote or
the order moves, unless it is immediate-or-cancel or fill-or-kill.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from random import Random

from msgspec import Struct

from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.desk import OTHER, WRONG_QUANTITY, Desk, DeskOrder, Refusal
from oms_fix.simulator.terms import BUY, ReplaceRequest, Reply


class Quoting(Struct, frozen=True, forbid_unknown_fields=True):
    """How a dealer quotes and fills.

    ``spread_bp`` between bid and offer and ``skew_bp`` (the farthest that the mid stands from the
    reference price) are in basis points of the price. ``partial_percent`` of the orders fill in two
    parts, ``first_part_percent`` at once and the rest ``rest_after_ms`` later. ``requote_ms``: how
    often the quotes move.
    """

    spread_bp: Decimal = Decimal(6)
    skew_bp: Decimal = Decimal(4)
    partial_percent: Decimal = Decimal(0)
    first_part_percent: Decimal = Decimal(50)
    rest_after_ms: int = 300
    requote_ms: int = 1000


class Dealer(Desk):
    """A venue that trades on its own account; see ``Desk`` for the other arguments."""

    def __init__(
        self,
        name: str,
        instruments: Mapping[str, Instrument],
        run: str,
        random: Random,
        reject_percent: Decimal = Decimal(0),
        quoting: Quoting | None = None,
    ) -> None:
        super().__init__(name, instruments, run, random, reject_percent)
        self.quoting = quoting or Quoting()
        self._skews: dict[str, Decimal] = {}
        # Orders that wait for the quote, and the time from which the rest of a part fill may trade.
        self._waiting: dict[str, int] = {}
        self._quoted_at = 0

    def quote(self, symbol: str, side: str) -> Decimal:
        """Return the price at which the dealer trades with an order of this side."""
        instrument = self.instruments[symbol]
        half = self.quoting.spread_bp / 2 * (1 if side == BUY else -1)
        price = instrument.price * (1 + (self._skew(symbol) + half) / 10_000)
        rounding = ROUND_CEILING if side == BUY else ROUND_FLOOR
        return (price / instrument.tick_size).quantize(Decimal(1), rounding) * instrument.tick_size

    def tick(self, now: int) -> list[Reply]:
        """Quote anew when it is time, and fill what waits and is within the quote."""
        if now - self._quoted_at >= self.quoting.requote_ms * 1_000_000:
            self._quoted_at = now
            for symbol in self._skews:
                self._skews[symbol] = self._draw()
        replies: list[Reply] = []
        for order_id, due in list(self._waiting.items()):
            order = self._orders[order_id]
            if due <= now and self._within(order):
                del self._waiting[order_id]
                replies.append(self._trade(order, order.leaves_qty))
        return replies

    def _skew(self, symbol: str) -> Decimal:
        skew = self._skews.get(symbol)
        if skew is None:
            skew = self._skews[symbol] = self._draw()
        return skew

    def _draw(self) -> Decimal:
        return self.quoting.skew_bp * Decimal(f"{self.random.uniform(-1, 1):.3f}")

    def _refusal(self, symbol: str, order_qty: Decimal, price: Decimal | None) -> Refusal | None:
        lot = self.instruments[symbol].lot_size
        if order_qty <= 0 or order_qty % lot:
            return Refusal(WRONG_QUANTITY, f"the denomination is {lot}")
        if price is not None and price <= 0:
            return Refusal(OTHER, "the price is not above zero")
        return None

    def _enter(self, order: DeskOrder, now: int) -> list[Reply]:
        if not self._within(order):
            if order.time_in_force in (terms.IMMEDIATE_OR_CANCEL, terms.FILL_OR_KILL):
                return [self._expire_rest(order, "not within the dealer's quote")]
            self._waiting[order.order_id] = now
            return []
        quantity = self._part(order)
        replies: list[Reply] = [self._trade(order, quantity)]
        if order.leaves_qty and order.time_in_force == terms.IMMEDIATE_OR_CANCEL:
            replies.append(self._expire_rest(order, "the dealer took a part"))
        elif order.leaves_qty:
            self._waiting[order.order_id] = now + self.quoting.rest_after_ms * 1_000_000
        return replies

    def _withdraw(self, order: DeskOrder) -> None:
        self._waiting.pop(order.order_id, None)

    def _amend(self, order: DeskOrder, request: ReplaceRequest, now: int) -> list[Reply]:
        self._withdraw(order)
        return [self._restate(order, request), *self._enter(order, now)]

    def _within(self, order: DeskOrder) -> bool:
        if order.ord_type == terms.MARKET or order.price is None:
            return True
        quote = self.quote(order.symbol, order.side)
        return order.price >= quote if order.side == BUY else order.price <= quote

    def _part(self, order: DeskOrder) -> Decimal:
        """How much of an order trades at once: all of it, or the first part in whole lots."""
        whole = order.leaves_qty
        in_parts = self.random.random() < float(self.quoting.partial_percent) / 100
        if not in_parts or order.min_qty or order.time_in_force == terms.FILL_OR_KILL:
            return whole
        lot = self.instruments[order.symbol].lot_size
        part = (whole * self.quoting.first_part_percent / 100 / lot).quantize(
            Decimal(1), ROUND_FLOOR
        )
        return part * lot or whole

    def _trade(self, order: DeskOrder, quantity: Decimal) -> Reply:
        return self._fill(order, quantity, self.quote(order.symbol, order.side))
