"""A router's day in the market of ``routing_market``: the core, and venues that answer at once."""

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from msgspec import Struct

from bench_lib.routing_market import (
    BROKER,
    DARK,
    IMPACT_BP,
    STEP_SECONDS,
    STEPS,
    TICK,
    VENUES,
    DayMarket,
    Wish,
    all_levels,
    price_of,
    tick_of,
)
from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.model import commands as cmd
from oms_fix.model import events as ev
from oms_fix.model.enums import ExecType, OrdStatus, Side, TimeInForce
from oms_fix.model.market_data import SeeMarket
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routes import ImpactTerms, Route
from oms_fix.model.rules import ReferenceData, Rules

CLIENT = "CLIENT"
PATIENCE_STEPS = 30
"""After so many steps a client takes back what is not filled, and pays what the market asks."""
_BROKER_STEPS = 20
_NOW = 1_767_000_000_000_000_000
_BP = Decimal(10_000)
_TERMS = {each.session: each for each in VENUES}


class Costs(Struct):
    """What the orders of a day have cost against the mid when they came, in currency.

    Attributes:
        value: of all orders at that mid; costs are shares of it.
        prices: by prices worse than the mid, impact included; ``fees``: of the venues.
        late: by what had to be bought or sold at the end of the client's patience.
        filled: units filled at venues; ``wanted``: of all orders.
    """

    value: Decimal = Decimal(0)
    prices: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    late: Decimal = Decimal(0)
    filled: int = 0
    wanted: int = 0

    def bp(self, part: Decimal) -> float:
        """Return a part in basis points of the value."""
        return float(part / self.value * _BP)

    @property
    def total_bp(self) -> float:
        """All of it in basis points."""
        return self.bp(self.prices + self.fees + self.late)


class _Standing(Struct):
    """A child order that stands at a venue; ``ahead`` is what stood there before it."""

    child_id: str
    venue: str
    terms: OrderTerms
    left: int
    ahead: int = 0
    part: int = 0


class _Open(Struct):
    """An order whose client still waits."""

    wish: Wish
    mid: Decimal
    left: int


class Day:
    """A day of one router.

    Args:
        market: its market; nobody else's.
        routes: by which it routes.
        destinations: of the orders in turn, where they name any.
    """

    def __init__(
        self, market: DayMarket, routes: tuple[Route, ...], destinations: tuple[str, ...] = ()
    ) -> None:
        self._market = market
        self._destinations = destinations
        self._state = State()
        self._now = _NOW
        self._executions = 0
        self._commands: deque[cmd.Command] = deque()
        self._standing: dict[str, _Standing] = {}
        self._open: dict[str, _Open] = {}
        self.costs = Costs()
        impact = (ImpactTerms(asset_class="*", coefficient_bp=Decimal(IMPACT_BP)),)
        rules = Rules("bench", routes=routes, venues=VENUES, impact=impact)
        self._do(cmd.LoadReferenceData(ReferenceData("bench", market.instruments()), "bench"))
        self._do(cmd.LoadRules(rules, "bench"))
        for venue in _TERMS:
            self._do(cmd.SessionLoggedOn(venue))

    def run(self, wishes: Iterable[Wish], told: Callable[[int], None] | None = None) -> Costs:
        """Trade the day; ``told`` hears of each step."""
        waiting = deque(wishes)
        for step in range(STEPS):
            self._market.begin(step)
            self._now = _NOW + step * STEP_SECONDS * 1_000_000_000
            self._others_trade()
            self._end_patience(step)
            while waiting and waiting[0].step == step:
                self._enter(waiting.popleft())
            if told is not None:
                told(step)
        assert not self._open, "every order has had its time"
        return self.costs

    # --- the client -----------------------------------------------------------------------------

    def _enter(self, wish: Wish) -> None:
        terms, mid = wish.terms, self._market.mid(wish.terms.symbol)
        quantity = int(terms.order_qty)
        name = f"O{wish.number}"
        self._open[name] = _Open(wish, mid, quantity)
        self.costs.wanted += quantity
        self.costs.value += quantity * mid
        self._see(terms.symbol)
        self._do(cmd.NewOrderSingle(CLIENT, name, self._addressed(wish)))

    def _addressed(self, wish: Wish) -> OrderTerms:
        if not self._destinations:
            return wish.terms
        destination = self._destinations[wish.number % len(self._destinations)]
        return OrderTerms(
            **{
                name: getattr(wish.terms, name)
                for name in ("symbol", "side", "order_qty", "ord_type", "price", "time_in_force")
            },
            ex_destination=destination,
        )

    def _end_patience(self, step: int) -> None:
        over = [n for n, each in self._open.items() if each.wish.step + PATIENCE_STEPS <= step]
        for name in over:
            waits = self._open.pop(name)
            terms = waits.wish.terms
            if self._state.orders_by_cl_ord_id[CLIENT, name].is_open:
                self._see(terms.symbol)
                self._do(cmd.OrderCancelRequest(CLIENT, f"C{name}", name, terms.symbol))
            if waits.left:
                self._finish(waits)

    def _finish(self, waits: _Open) -> None:
        """Count what is left at what the lit venues ask for it now, with the dearest fee."""
        terms, left = waits.wish.terms, waits.left
        fee = max(tier.taker.per_share for each in VENUES for tier in each.fees)
        worst = None
        for tick, size in all_levels(self._market.books(terms.symbol), terms.side):
            taken, worst = min(left, size), tick
            self.costs.late += self._loss(waits, tick * TICK, taken) + fee * taken
            left -= taken
            if not left:
                break
        if left and worst is not None:
            self.costs.late += self._loss(waits, worst * TICK, left) + fee * left
        self._market.moved(terms.symbol, terms.side, waits.left)

    @staticmethod
    def _loss(waits: _Open, price: Decimal, quantity: int) -> Decimal:
        return (price - waits.mid) * waits.wish.terms.side.sign * quantity

    # --- the core -------------------------------------------------------------------------------

    def _see(self, symbol: str) -> None:
        books = self._market.books(symbol)
        told = tuple(book.told(venue, self._now) for venue, book in books.items())
        self._do(SeeMarket(symbol, told))

    def _do(self, command: cmd.Command) -> None:
        """Have the core handle a command, and the venues' answers to it."""
        self._commands.append(command)
        if len(self._commands) > 1:
            return  # further up it is seen to
        while self._commands:
            for event in handle(self._state, self._commands[0], self._now):
                act = _ACTS.get(type(event))
                if act is not None:
                    act(self, event)
            self._commands.popleft()

    def _placed(self, event: ev.ChildPlaced) -> None:
        child = _Standing(event.child_id, event.venue, event.terms, int(event.terms.order_qty))
        self._tell(child, ExecType.NEW)
        if event.venue == BROKER:
            child.part = -(-child.left // _BROKER_STEPS)
            self._standing[child.child_id] = child
        elif event.venue == DARK:
            self._in_the_dark(child)
        else:
            self._in_the_light(child)

    def _in_the_dark(self, child: _Standing) -> None:
        terms = child.terms
        mid = self._market.middle(terms.symbol)
        limit = terms.price
        if limit is None or (mid - limit) * terms.side.sign <= 0:
            taken = self._market.hidden(terms.symbol, terms.side, child.left)
            if taken >= (terms.min_qty or 1):
                self._fill(child, mid, taken, maker=False)
        self._rest(child)

    def _in_the_light(self, child: _Standing) -> None:
        terms = child.terms
        limit = None if terms.price is None else tick_of(terms.price)
        book = self._market.books(terms.symbol)[child.venue]
        taken = book.take(terms.side, child.left, limit)
        for tick, quantity in taken:
            self._fill(child, price_of(tick), quantity, maker=False)
        if taken:
            self._market.moved(terms.symbol, terms.side, sum(each for _, each in taken))
            self._see(terms.symbol)
        self._rest(child)

    def _rest(self, child: _Standing) -> None:
        terms = child.terms
        if not child.left:
            return
        if terms.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL or terms.price is None:
            self._tell(child, ExecType.CANCELED)
            return
        book, tick = self._market.books(terms.symbol)[child.venue], tick_of(terms.price)
        own = book.bids if terms.side is Side.BUY else book.offers
        child.ahead = sum(size for each, size in own if each == tick)
        self._standing[child.child_id] = child

    def _cancel(self, event: ev.ChildCancelRequested) -> None:
        child = self._standing.pop(event.child_id, None)
        if child is not None:
            self._tell(child, ExecType.CANCELED, event.cl_ord_id)

    # --- what stands at venues ------------------------------------------------------------------

    def _others_trade(self) -> None:
        for child in list(self._standing.values()):
            if child.venue == BROKER:
                self._broker_works(child)
            elif child.venue != DARK:
                self._others_take(child)
            if not child.left:
                self._standing.pop(child.child_id, None)

    def _broker_works(self, child: _Standing) -> None:
        """A part in every step, a tick from the middle; half of it takes from the books."""
        terms = child.terms
        part = min(child.part, child.left)
        price = self._market.middle(terms.symbol) + terms.side.sign * TICK
        if terms.price is None or (price - terms.price) * terms.side.sign <= 0:
            self._fill(child, price, part, maker=False)
            self._market.moved(terms.symbol, terms.side, part // 2)

    def _others_take(self, child: _Standing) -> None:
        """Filled if the market comes through its price, or what others trade reaches it."""
        terms = child.terms
        assert terms.price is not None, "it stands in a book"
        books, tick = self._market.books(terms.symbol), tick_of(terms.price)
        sign = terms.side.sign
        best_far = min(
            (book.opposite(terms.side)[0][0] * sign for book in books.values()), default=None
        )
        if best_far is not None and best_far <= tick * sign:
            self._fill(child, terms.price, child.left, maker=True)
            return
        own = books[child.venue].bids if terms.side is Side.BUY else books[child.venue].offers
        if (tick - own[0][0]) * sign < 0:
            return
        flow = self._market.others(terms.symbol, child.venue)
        if (tick - own[0][0]) * sign > 0:
            child.ahead = 0
        reached = max(flow - child.ahead, 0)
        child.ahead = max(child.ahead - flow, 0)
        if reached:
            self._fill(child, terms.price, min(reached, child.left), maker=True)

    def _fill(self, child: _Standing, price: Decimal, quantity: int, *, maker: bool) -> None:
        child.left -= quantity
        order = self._state.orders[self._state.children[child.child_id].order_id]
        waits = self._open.get(order.first_cl_ord_id)
        assert waits is not None, "nothing is filled after the client's patience"
        waits.left -= quantity
        tier = _TERMS[child.venue].fees[0]
        rate = tier.maker if maker else tier.taker
        self.costs.fees += quantity * (rate.per_share + rate.basis_points / _BP * price)
        self.costs.prices += self._loss(waits, price, quantity)
        self.costs.filled += quantity
        self._tell(child, ExecType.TRADE, last=(quantity, price))

    def _tell(
        self,
        child: _Standing,
        exec_type: ExecType,
        cl_ord_id: str | None = None,
        last: tuple[int, Decimal] | None = None,
    ) -> None:
        self._executions += 1
        total = int(child.terms.order_qty)
        quantity, price = last or (None, None)
        is_over = exec_type is ExecType.CANCELED
        status = OrdStatus.NEW if child.left == total else OrdStatus.PARTIALLY_FILLED
        if is_over:
            status = OrdStatus.CANCELED
        elif not child.left:
            status = OrdStatus.FILLED
        self._do(
            cmd.VenueExecutionReport(
                session=child.venue,
                exec_id=f"E{self._executions}",
                exec_type=exec_type,
                ord_status=status,
                cl_ord_id=cl_ord_id or child.child_id,
                symbol=child.terms.symbol,
                side=child.terms.side,
                last_qty=None if quantity is None else Decimal(quantity),
                last_px=price,
                cum_qty=Decimal(total - child.left),
                leaves_qty=Decimal(0 if is_over else child.left),
            )
        )


_ACTS: dict[type, Callable[[Day, Any], None]] = {
    ev.ChildPlaced: Day._placed,
    ev.ChildCancelRequested: Day._cancel,
}
