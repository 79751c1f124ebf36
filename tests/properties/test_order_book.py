from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from oms_fix.simulator.order_book import BookTrade, OrderBook, Outcome, TimeInForce
from oms_fix.simulator.terms import BUY, SELL

TICK = Decimal("0.05")
LOT = Decimal(10)

prices = st.integers(195, 205).map(lambda ticks: ticks * TICK)
quantities = st.integers(1, 12).map(lambda lots: lots * LOT)
sides = st.sampled_from([BUY, SELL])


class BookMachine(RuleBasedStateMachine):
    """The book against an account of its own: what went in, traded, left and went out."""

    orders = Bundle("orders")

    def __init__(self):
        super().__init__()
        self.book = OrderBook(TICK, LOT)
        self.count = 0
        self.arrival = 0
        # Of each order that may rest: side, price, open quantity, time of arrival at its price.
        self.resting = {}

    @rule(
        target=orders,
        side=sides,
        quantity=quantities,
        price=st.none() | prices,
        time_in_force=st.sampled_from(TimeInForce),
    )
    def submit(self, side, quantity, price, time_in_force):
        self.count += 1
        order_id = f"O{self.count}"
        available = self.available(side, price)
        outcome = self.book.submit(order_id, side, quantity, price, time_in_force)
        self.take(order_id, side, quantity, price, outcome)
        traded = quantity - outcome.resting - outcome.canceled
        if time_in_force is TimeInForce.FILL_OR_KILL:
            assert traded == (quantity if available >= quantity else 0)
        else:
            assert traded == min(quantity, available)
        rests = price is not None and time_in_force is TimeInForce.DAY
        assert outcome.resting == (quantity - traded if rests else 0)
        return order_id

    @rule(order_id=consumes(orders))
    def cancel(self, order_id):
        if order_id in self.resting:
            assert self.book.cancel(order_id) == self.resting.pop(order_id)[2]

    @rule(order_id=orders, quantity=quantities, price=prices)
    def replace(self, order_id, quantity, price):
        if order_id not in self.resting:
            return
        side, old_price, open_quantity, arrival = self.resting[order_id]
        keeps_place = price == old_price and quantity <= open_quantity
        outcome = self.book.replace(order_id, quantity, price)
        if keeps_place:
            assert outcome == Outcome(resting=quantity)
            self.resting[order_id] = (side, price, quantity, arrival)
        else:
            del self.resting[order_id]
            self.take(order_id, side, quantity, price, outcome)

    def available(self, side, price):
        """What stands on the other side within a limit."""
        sign = 1 if side == BUY else -1
        return sum(
            open_quantity
            for other, at, open_quantity, _ in self.resting.values()
            if other != side and (price is None or at * sign <= price * sign)
        )

    def take(self, order_id, side, quantity, price, outcome):
        """Account for an outcome: each trade is with the best and oldest order, at its price."""
        traded = Decimal(0)
        for trade in outcome.trades:
            maker_id = self.first(SELL if side == BUY else BUY)
            maker_side, at, open_quantity, arrival = self.resting[maker_id]
            expected = min(quantity - traded, open_quantity)
            assert trade == BookTrade(maker_id, order_id, at, expected)
            traded += trade.quantity
            if trade.quantity == open_quantity:
                del self.resting[maker_id]
            else:
                self.resting[maker_id] = (maker_side, at, open_quantity - trade.quantity, arrival)
        assert traded + outcome.resting + outcome.canceled == quantity
        if outcome.resting:
            self.arrival += 1
            self.resting[order_id] = (side, price, outcome.resting, self.arrival)

    def queue(self, side):
        sign = -1 if side == BUY else 1
        mine = [
            (at * sign, arrival, i) for i, (s, at, _, arrival) in self.resting.items() if s == side
        ]
        return [order_id for _, _, order_id in sorted(mine)]

    def first(self, side):
        return self.queue(side)[0]

    @invariant()
    def never_crossed(self):
        bid, offer = self.book.best_bid, self.book.best_offer
        assert bid is None or offer is None or bid < offer

    @invariant()
    def priority_and_quantity(self):
        for side in (BUY, SELL):
            there = [(order.order_id, order.quantity) for order in self.book.orders(side)]
            assert there == [(i, self.resting[i][2]) for i in self.queue(side)]


TestBook = BookMachine.TestCase
TestBook.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBook.__doc__ = (
    """The book is never crossed, keeps every quantity, and trades by price, then time."""
)
