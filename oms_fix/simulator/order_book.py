"""A limit order book with price-time priority, as a pure value: no clock, no randomness, no FIX.

Theory of operation. Each side keeps its price levels sorted with the best one last, so that
matching works at the end of a list; a level is a dict of orders in order of arrival, so that the
first is the oldest and a cancel is one deletion. An incoming order trades with the best level of
the other side as long as the prices cross, oldest order first, always at the price of the order
that was there before it. What is left of it rests, or goes, as its time in force says:

============  =========================================================================
day           the rest of a limit order rests; the rest of a market order is canceled
IOC           the rest is canceled
FOK           nothing happens unless the whole quantity can trade at once
============  =========================================================================

A replace keeps its place in the queue only if the price stays and the quantity does not grow;
otherwise the order goes to the end of its level, and may trade at once.
"""

from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from msgspec import Struct

from oms_fix.simulator.terms import BUY, SELL

_ZERO = Decimal(0)


class TimeInForce(StrEnum):
    """What becomes of the part of an order that cannot trade at once."""

    DAY = "day"
    IMMEDIATE_OR_CANCEL = "ioc"
    FILL_OR_KILL = "fok"


class BookError(ValueError):
    """An order that the book cannot take; the text says why."""


class BookTrade(Struct, frozen=True):
    """One trade between a resting order (maker) and an incoming one (taker)."""

    maker_id: str
    taker_id: str
    price: Decimal
    quantity: Decimal


class Outcome(Struct, frozen=True):
    """What became of an incoming order: ``quantity`` = trades + ``resting`` + ``canceled``."""

    trades: tuple[BookTrade, ...] = ()
    resting: Decimal = Decimal(0)
    canceled: Decimal = Decimal(0)


class BookOrder(Struct):
    """One order in the book; ``quantity`` is what is still open."""

    order_id: str
    side: str
    price: Decimal
    quantity: Decimal


class _HalfBook:
    """One side of the book. Prices are kept negated for offers, so that the best is the highest."""

    def __init__(self, side: str) -> None:
        self.sign = 1 if side == BUY else -1
        self.keys: list[Decimal] = []
        self.levels: dict[Decimal, dict[str, BookOrder]] = {}

    def add(self, order: BookOrder) -> None:
        key = order.price * self.sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = {}
            self.keys.insert(bisect_left(self.keys, key), key)
        level[order.order_id] = order

    def remove(self, order: BookOrder) -> None:
        key = order.price * self.sign
        level = self.levels[key]
        del level[order.order_id]
        if not level:
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]

    def crosses(self, limit: Decimal | None) -> bool:
        """Whether the best level trades with an incoming order of this limit (None: market)."""
        return bool(self.keys) and (limit is None or self.keys[-1] >= limit * self.sign)

    def first(self) -> BookOrder:
        return next(iter(self.levels[self.keys[-1]].values()))

    def best(self) -> Decimal | None:
        return self.keys[-1] * self.sign if self.keys else None

    def __iter__(self) -> Iterator[BookOrder]:
        for key in reversed(self.keys):
            yield from self.levels[key].values()


class OrderBook:
    """The book of one instrument.

    Args:
        tick_size: Prices are whole multiples of it.
        lot_size: Quantities are whole multiples of it.

    Attributes:
        changes: grows with everything that may have changed the book.
        last_trade: the newest trade, or None.
        volume: what was traded so far.
    """

    def __init__(
        self, tick_size: Decimal = Decimal("0.01"), lot_size: Decimal = Decimal(1)
    ) -> None:
        self.tick_size = tick_size
        self.lot_size = lot_size
        self.changes = 0
        self.last_trade: BookTrade | None = None
        self.volume = Decimal(0)
        self._orders: dict[str, BookOrder] = {}
        self._bids = _HalfBook(BUY)
        self._offers = _HalfBook(SELL)

    @property
    def best_bid(self) -> Decimal | None:
        """The highest price that somebody pays, or None."""
        return self._bids.best()

    @property
    def best_offer(self) -> Decimal | None:
        """The lowest price that somebody asks, or None."""
        return self._offers.best()

    def orders(self, side: str) -> list[BookOrder]:
        """Return the orders of one side in priority: best price first, then oldest first."""
        return list(self._half(side))

    def open_quantity(self, order_id: str) -> Decimal:
        """Return what is open of an order; 0 where it is not in the book."""
        order = self._orders.get(order_id)
        return Decimal(0) if order is None else order.quantity

    def depth(self, side: str, levels: int) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return price and open quantity of the best levels of one side, the best one first."""
        half = self._half(side)
        return tuple(
            (key * half.sign, sum((each.quantity for each in half.levels[key].values()), _ZERO))
            for key in islice(reversed(half.keys), levels)
        )

    def quantity_at(self, side: str, price: Decimal) -> Decimal:
        """Return the open quantity of one side at one price."""
        half = self._half(side)
        level = half.levels.get(price * half.sign, {})
        return sum((order.quantity for order in level.values()), _ZERO)

    def is_fillable(self, side: str, quantity: Decimal, price: Decimal | None) -> bool:
        """Return whether so much would trade at once."""
        other = self._other(side)
        for order in other:
            if price is not None and order.price * other.sign < price * other.sign:
                return False
            quantity -= order.quantity
            if quantity <= 0:
                return True
        return False

    def submit(
        self,
        order_id: str,
        side: str,
        quantity: Decimal,
        price: Decimal | None,
        time_in_force: TimeInForce = TimeInForce.DAY,
    ) -> Outcome:
        """Match an order and rest what is left of it; ``price`` None is a market order.

        Raises:
            BookError: wrong tick, lot, quantity or price, or the id is in the book already.
        """
        if order_id in self._orders:
            raise BookError(f"order {order_id} is in the book already")
        self._check(quantity, price)
        if time_in_force is TimeInForce.FILL_OR_KILL and not self.is_fillable(
            side, quantity, price
        ):
            return Outcome(canceled=quantity)
        self.changes += 1
        trades = self._match(order_id, side, quantity, price)
        left = quantity - sum((trade.quantity for trade in trades), _ZERO)
        if price is None or time_in_force is not TimeInForce.DAY or not left:
            return Outcome(tuple(trades), canceled=left)
        self._rest(BookOrder(order_id, side, price, left))
        return Outcome(tuple(trades), resting=left)

    def cancel(self, order_id: str) -> Decimal:
        """Take an order out and return what was open of it.

        Raises:
            BookError: the order is not in the book.
        """
        order = self._orders.pop(order_id, None)
        if order is None:
            raise BookError(f"order {order_id} is not in the book")
        self.changes += 1
        self._half(order.side).remove(order)
        return order.quantity

    def replace(self, order_id: str, quantity: Decimal, price: Decimal) -> Outcome:
        """Give an order a new open quantity and price; it may trade at once.

        Raises:
            BookError: wrong tick, lot, quantity or price, or the order is not in the book.
        """
        self._check(quantity, price)
        order = self._orders.get(order_id)
        if order is not None and order.price == price and quantity <= order.quantity:
            self.changes += 1
            order.quantity = quantity
            return Outcome(resting=quantity)
        self.cancel(order_id)
        assert order is not None
        return self.submit(order_id, order.side, quantity, price)

    def _half(self, side: str) -> _HalfBook:
        return self._bids if side == BUY else self._offers

    def _other(self, side: str) -> _HalfBook:
        return self._offers if side == BUY else self._bids

    def _check(self, quantity: Decimal, price: Decimal | None) -> None:
        if quantity <= 0 or quantity % self.lot_size:
            raise BookError(f"quantity {quantity} is not a multiple of the lot {self.lot_size}")
        if price is not None and (price <= 0 or price % self.tick_size):
            raise BookError(f"price {price} is not a multiple of the tick {self.tick_size}")

    def _match(
        self, taker_id: str, side: str, left: Decimal, price: Decimal | None
    ) -> list[BookTrade]:
        trades: list[BookTrade] = []
        other = self._other(side)
        while left and other.crosses(price):
            maker = other.first()
            quantity = min(left, maker.quantity)
            trades.append(BookTrade(maker.order_id, taker_id, maker.price, quantity))
            self.last_trade = trades[-1]
            self.volume += quantity
            left -= quantity
            maker.quantity -= quantity
            if not maker.quantity:
                del self._orders[maker.order_id]
                other.remove(maker)
        return trades

    def _rest(self, order: BookOrder) -> None:
        self._orders[order.order_id] = order
        self._half(order.side).add(order)
