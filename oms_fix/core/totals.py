"""How the running totals follow what becomes of orders; see ``core.orders.exposure``.

``core.apply`` calls this after each event that changes what is open or traded.
"""

from collections.abc import Iterator
from decimal import Decimal

from oms_fix.core.orders.exposure import (
    ZERO,
    Day,
    Exposure,
    Holding,
    Open,
    Totals,
    add,
    multiply,
    subtract,
)
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.worth import binding_price, worth
from oms_fix.model import events as ev
from oms_fix.model.operations import ChildForced
from oms_fix.model.orders import OrderTerms

NO_ACCOUNT = ""
CHANGES_WHAT_IS_OPEN: frozenset[type] = frozenset(
    {
        ev.ChildPlaced,
        ev.ChildCancelRequested,
        ev.ChildReplaceRequested,
        ev.ChildReported,
        ev.ChildRequestRefused,
        ChildForced,
        ev.OrderPhoned,
        ev.OrderReported,
        ev.RequestAccepted,
        ev.RequestPassedOn,
        ev.RequestRejected,
    }
)
"""After such an event its order is to be counted anew."""


def recount(state: State, order: Order) -> None:
    """Bring what an order has open up to date in all totals."""
    before, now = state.exposure.open.get(order.order_id), _open_of(state, order)
    if now == before:
        return
    if now is None:
        del state.exposure.open[order.order_id]
    else:
        state.exposure.open[order.order_id] = now
    terms = order.terms
    for totals in totals_of(state, terms.account):
        holding = _holding(state, totals, terms.symbol)
        _count(totals, holding, terms.side.sign, before, now)
        _drop_if_empty(totals, terms.symbol, holding)
    _rest(state.exposure, terms, before, now)


def book(
    state: State, order: Order, quantity: Decimal, price: Decimal, *, is_of_today: bool
) -> None:
    """Count an execution in all totals (negative: out again)."""
    account, symbol, sign = (
        order.terms.account or NO_ACCOUNT,
        order.terms.symbol,
        order.terms.side.sign,
    )
    bought = quantity * sign
    if is_of_today:
        _book_day(state, account, symbol, bought, price, is_undone=quantity < 0)
    for totals in totals_of(state, account):
        holding = _holding(state, totals, symbol)
        gross = holding.gross
        holding.position = add(holding.position, bought)
        totals.gross = add(totals.gross, subtract(holding.gross, gross))
        totals.net = add(totals.net, multiply(bought, holding.unit))
        _drop_if_empty(totals, symbol, holding)


def mark(state: State, symbol: str, price: Decimal) -> None:
    """Value all positions in an instrument at its last price."""
    for account, totals in state.exposure.accounts.items():
        if symbol in totals.holdings and totals.holdings[symbol].position:
            _mark(state, account, symbol, price)


def end_day(state: State) -> None:
    """Begin the day's sums anew; what positions were valued at stays, where there are any."""
    for account, day in list(state.today.days.items()):
        held = _account(state, account).holdings
        marks = {
            symbol: price
            for symbol, price in day.marks.items()
            if symbol in held and held[symbol].position
        }
        state.today.days[account] = Day(marks=marks)
    state.today.counts.clear()
    state.today.buckets.clear()
    state.today.recent.clear()
    state.today.executed.clear()
    rebuild(state)


def rebuild(state: State) -> None:
    """Make all totals anew, from orders, positions and reference data as they are."""
    state.exposure = Exposure()
    for (account, symbol), position in state.positions.items():
        if position.quantity:
            for totals in totals_of(state, account):
                holding = _holding(state, totals, symbol)
                gross = holding.gross
                holding.position = add(holding.position, position.quantity)
                totals.gross = add(totals.gross, subtract(holding.gross, gross))
                totals.net = add(totals.net, multiply(position.quantity, holding.unit))
                _drop_if_empty(totals, symbol, holding)
    for account, day in state.today.days.items():
        for totals in totals_of(state, account):
            totals.turnover = add(totals.turnover, day.turnover)
            totals.cost = add(totals.cost, day.cost)
            totals.profit = add(totals.profit, day.profit)
    for order in state.orders.values():
        recount(state, order)


def totals_of(state: State, account: str | None) -> tuple[Totals, ...]:
    """Return the totals that an account counts in: its own, its group's, the firm's."""
    known = state.accounts.get(account or NO_ACCOUNT)
    own = _account(state, account or NO_ACCOUNT)
    if known is None or not known.group:
        return own, state.exposure.firm
    group = state.exposure.groups.get(known.group)
    if group is None:
        group = state.exposure.groups[known.group] = Totals()
    return own, group, state.exposure.firm


def _account(state: State, account: str) -> Totals:
    totals = state.exposure.accounts.get(account)
    if totals is None:
        totals = state.exposure.accounts[account] = Totals()
    return totals


def _holding(state: State, totals: Totals, symbol: str) -> Holding:
    holding = totals.holdings.get(symbol)
    if holding is None:
        instrument = state.instruments.get(symbol)
        unit = ZERO if instrument is None else instrument.unit()
        holding = totals.holdings[symbol] = Holding(unit)
    return holding


def _drop_if_empty(totals: Totals, symbol: str, holding: Holding) -> None:
    if not (holding.position or holding.open_buys or holding.open_sells):
        del totals.holdings[symbol]


# --- what is open -------------------------------------------------------------------------------


def _open_of(state: State, order: Order) -> Open | None:
    """Return the worst case of what may still be filled of an order, or None.

    Venues may have more of it than is left: what is being called back is open until they say so.
    """
    if order.is_unplaced or not (order.is_open or order.open_children):
        return None
    terms, quantity = order.terms, max(order.leaves_qty, order.placed_qty)
    instrument = state.instruments.get(terms.symbol)
    price = binding_price(terms)
    value = ZERO if instrument is None else worth(instrument, terms, quantity)
    for pending in _pending(order):
        left = max(pending.order_qty - order.cum_qty, ZERO)
        quantity = max(quantity, left)
        if instrument is not None:
            value = max(value, worth(instrument, pending, left))
        price = _more_aggressive(price, binding_price(pending), terms.side.sign)
    return Open(quantity, value, price) if quantity > 0 else None


def _pending(order: Order) -> Iterator[OrderTerms]:
    if order.request is not None and order.request.terms is not None:
        yield order.request.terms
    if order.direct is not None:
        for passed in order.direct.passed_on.values():
            if passed.terms is not None:
                yield passed.terms


def _more_aggressive(one: Decimal | None, other: Decimal | None, sign: int) -> Decimal | None:
    if one is None or other is None:
        return None
    return max(one, other) if sign > 0 else min(one, other)


def _count(
    totals: Totals, holding: Holding, sign: int, before: Open | None, now: Open | None
) -> None:
    more = subtract(
        ZERO if now is None else now.quantity, ZERO if before is None else before.quantity
    )
    value = subtract(ZERO if now is None else now.value, ZERO if before is None else before.value)
    totals.open_orders += (now is not None) - (before is not None)
    totals.open_value = add(totals.open_value, value)
    gross = holding.gross
    at_reference = multiply(more, holding.unit)
    if sign > 0:
        holding.open_buys = add(holding.open_buys, more)
        totals.open_buys = add(totals.open_buys, at_reference)
        totals.buys_cost = add(totals.buys_cost, value)
    else:
        holding.open_sells = add(holding.open_sells, more)
        totals.open_sells = add(totals.open_sells, at_reference)
    totals.gross = add(totals.gross, subtract(holding.gross, gross))


def _rest(exposure: Exposure, terms: OrderTerms, before: Open | None, now: Open | None) -> None:
    """Keep at which prices orders rest, for those of the other side."""
    if before is not None and now is not None and before.price == now.price:
        return
    key, account = (terms.symbol, terms.side.sign), terms.account or NO_ACCOUNT
    prices = exposure.resting.setdefault(key, {}).setdefault(account, {})
    if now is not None:
        prices[now.price] = prices.get(now.price, 0) + 1
    if before is not None:
        prices[before.price] -= 1
        if not prices[before.price]:
            del prices[before.price]
    if not prices:
        del exposure.resting[key][account]
        if not exposure.resting[key]:
            del exposure.resting[key]


# --- the day ------------------------------------------------------------------------------------


def _book_day(
    state: State, account: str, symbol: str, bought: Decimal, price: Decimal, *, is_undone: bool
) -> None:
    """Count an execution of today; ``bought`` is below zero for what was sold."""
    instrument = state.instruments.get(symbol)
    if instrument is None:
        return
    if not is_undone:
        _mark(state, account, symbol, price)
    cost = instrument.notional(bought, price)
    turnover = -abs(cost) if is_undone else abs(cost)
    marked = _day(state, account).marks.get(symbol, price)
    profit = multiply(bought, subtract(instrument.unit(marked), instrument.unit(price)))
    for sums in _sums_of_day(state, account):
        sums.turnover = add(sums.turnover, turnover)
        sums.cost = add(sums.cost, cost)
        sums.profit = add(sums.profit, profit)


def _mark(state: State, account: str, symbol: str, price: Decimal) -> None:
    """Value an account's position at a price; what it has gained or lost by that is of today."""
    instrument = state.instruments.get(symbol)
    if instrument is None:
        return
    day = _day(state, account)
    before = day.marks.get(symbol, instrument.price)
    day.marks[symbol] = price
    holding = _account(state, account).holdings.get(symbol)
    if holding is None or not holding.position or price == before:
        return
    gain = multiply(holding.position, subtract(instrument.unit(price), instrument.unit(before)))
    for sums in _sums_of_day(state, account):
        sums.profit = add(sums.profit, gain)


def _sums_of_day(state: State, account: str) -> tuple[Day | Totals, ...]:
    return _day(state, account), *totals_of(state, account)


def _day(state: State, account: str) -> Day:
    day = state.today.days.get(account)
    if day is None:
        day = state.today.days[account] = Day()
    return day
