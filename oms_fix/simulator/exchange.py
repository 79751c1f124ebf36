"""A simulated equity exchange: an order desk on limit order books with background liquidity.

Other participants stand on both sides of every book, ``levels`` prices deep around a mid price that
wanders about the reference price. What they lose in trades they put up again little by little, so
that a large order fills in parts, and a patient one is reached when the mid comes its way.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

from msgspec import Struct

from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.desk import OTHER, WRONG_QUANTITY, Desk, DeskOrder, Refusal
from oms_fix.simulator.order_book import OrderBook, Outcome, TimeInForce
from oms_fix.simulator.terms import BUY, SELL, ReplaceRequest, Reply

_TIME_IN_FORCE = {
    terms.DAY: TimeInForce.DAY,
    terms.GOOD_TILL_CANCEL: TimeInForce.DAY,
    terms.IMMEDIATE_OR_CANCEL: TimeInForce.IMMEDIATE_OR_CANCEL,
    terms.FILL_OR_KILL: TimeInForce.FILL_OR_KILL,
}
_BACKGROUND = "background-"


class Liquidity(Struct, frozen=True, forbid_unknown_fields=True):
    """How much the other participants offer.

    ``step_bp`` is the distance between price levels in basis points of the price (at least one
    tick); ``level_notional`` what stands at one level, in base currency; ``drift_steps_max`` how
    far the mid may wander; ``replenish_ms`` how often they look at their orders.
    """

    levels: int = 10
    step_bp: Decimal = Decimal(1)
    level_notional: Decimal = Decimal(200_000)
    drift_steps_max: int = 4
    replenish_ms: int = 200


class _Market:
    """One instrument's book, and where its mid stands in steps from the reference price."""

    def __init__(self, instrument: Instrument, liquidity: Liquidity) -> None:
        self.instrument = instrument
        self.book = OrderBook(instrument.tick_size, instrument.lot_size)
        self.drift = 0
        tick = instrument.tick_size
        ticks = instrument.price * liquidity.step_bp / 10_000 / tick
        self.step = max(tick, ticks.quantize(Decimal(1), ROUND_HALF_EVEN) * tick)
        self.middle = (instrument.price / tick).quantize(Decimal(1), ROUND_HALF_EVEN) * tick
        unit = instrument.price * instrument.fx_rate * instrument.lot_size
        self.level_lots = liquidity.level_notional / unit

    def prices(self, side: str, levels: int) -> Iterator[Decimal]:
        """The price levels where one side's background orders stand, best first."""
        sign = -1 if side == BUY else 1
        for level in range(1, levels + 1):
            price = self.middle + (self.drift + sign * level) * self.step
            if price > 0:
                yield price


class Exchange(Desk):
    """A venue on limit order books; see ``Desk`` for the other arguments."""

    def __init__(
        self,
        name: str,
        instruments: Mapping[str, Instrument],
        run: str,
        random: Random,
        reject_percent: Decimal = Decimal(0),
        liquidity: Liquidity | None = None,
    ) -> None:
        super().__init__(name, instruments, run, random, reject_percent)
        self.liquidity = liquidity or Liquidity()
        self._markets: dict[str, _Market] = {}
        self._background_count = 0
        self._replenished_at = 0

    def tick(self, now: int) -> list[Reply]:
        """Replenish the background liquidity; resting orders may trade with it."""
        if now - self._replenished_at < self.liquidity.replenish_ms * 1_000_000:
            return []
        self._replenished_at = now
        replies: list[Reply] = []
        for market in self._markets.values():
            limit = self.liquidity.drift_steps_max
            market.drift += self.random.choice((-1, 0, 1))
            market.drift = max(-limit, min(limit, market.drift))
            replies += self._replenish(market)
        return replies

    def book(self, symbol: str) -> OrderBook:
        """Return the book of an instrument, which opens when it is first asked for."""
        return self._market(symbol).book

    def mid(self, symbol: str) -> Decimal:
        """Return the price between bid and offer; where one is missing, the reference price."""
        book = self.book(symbol)
        if book.best_bid is None or book.best_offer is None:
            return self.instruments[symbol].price
        return (book.best_bid + book.best_offer) / 2

    def _market(self, symbol: str) -> _Market:
        market = self._markets.get(symbol)
        if market is None:
            market = self._markets[symbol] = _Market(self.instruments[symbol], self.liquidity)
            self._replenish(market)
        return market

    def _refusal(self, symbol: str, order_qty: Decimal, price: Decimal | None) -> Refusal | None:
        instrument = self.instruments[symbol]
        if order_qty <= 0 or order_qty % instrument.lot_size:
            return Refusal(WRONG_QUANTITY, f"the lot is {instrument.lot_size}")
        if price is not None and (price <= 0 or price % instrument.tick_size):
            return Refusal(OTHER, f"the tick is {instrument.tick_size}")
        return None

    def _enter(self, order: DeskOrder, now: int) -> list[Reply]:  # noqa: ARG002 - the book knows no time
        book = self._market(order.symbol).book
        price = order.price if order.ord_type == terms.LIMIT else None
        time_in_force = _TIME_IN_FORCE[order.time_in_force]
        if order.min_qty and not book.is_fillable(order.side, order.min_qty, price):
            return [self._expire_rest(order, "less than MinQty to trade with")]
        outcome = book.submit(order.order_id, order.side, order.leaves_qty, price, time_in_force)
        return self._settle(order, outcome)

    def _withdraw(self, order: DeskOrder) -> None:
        self._market(order.symbol).book.cancel(order.order_id)

    def _amend(self, order: DeskOrder, request: ReplaceRequest, now: int) -> list[Reply]:
        restated = self._restate(order, request)
        stays = request.ord_type == terms.LIMIT and (
            _TIME_IN_FORCE[request.time_in_force] is TimeInForce.DAY
        )
        if not stays or order.price is None:
            self._withdraw(order)
            return [restated, *self._enter(order, now)]
        book = self._market(order.symbol).book
        outcome = book.replace(order.order_id, order.leaves_qty, order.price)
        return [restated, *self._settle(order, outcome)]

    def _settle(self, order: DeskOrder, outcome: Outcome) -> list[Reply]:
        """Book the trades of an incoming order on both sides of each."""
        replies: list[Reply] = []
        for trade in outcome.trades:
            replies.append(self._fill(order, trade.quantity, trade.price))
            replies += self._maker_fill(trade.maker_id, trade.quantity, trade.price)
        if outcome.canceled:
            replies.append(self._expire_rest(order, "nothing more to trade with"))
        return replies

    def _maker_fill(self, maker_id: str, quantity: Decimal, price: Decimal) -> list[Reply]:
        maker = self._orders.get(maker_id)
        return [] if maker is None else [self._fill(maker, quantity, price)]

    def _replenish(self, market: _Market) -> list[Reply]:
        """Top both sides up, each level by a part of what is missing there."""
        replies: list[Reply] = []
        lot = market.instrument.lot_size
        for side in (BUY, SELL):
            for price in market.prices(side, self.liquidity.levels):
                there = market.book.quantity_at(side, price)
                wanted = market.level_lots * Decimal(f"{self.random.uniform(0.5, 1.5):.4f}")
                missing = max(Decimal(1), wanted).quantize(Decimal(1)) * lot - there
                if missing > 0:
                    replies += self._background(market, side, missing, price)
        return replies

    def _background(
        self, market: _Market, side: str, quantity: Decimal, price: Decimal
    ) -> list[Reply]:
        self._background_count += 1
        background_id = f"{_BACKGROUND}{self._background_count}"
        replies: list[Reply] = []
        for trade in market.book.submit(background_id, side, quantity, price).trades:
            replies += self._maker_fill(trade.maker_id, trade.quantity, trade.price)
        return replies
