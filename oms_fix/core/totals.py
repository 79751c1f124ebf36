"""How the running totals follow what becomes of orders; see ``core.orders.exposure``.

``core.apply`` calls this after each event that changes what is open or traded.
"""

from decimal import Decimal

from oms_fix.core.orders.exposure import (
    ZERO,
    Counting,
    Day,
    Exposure,
    Holding,
    Kept,
    Open,
    Totals,
    add,
    multiply,
    subtract,
)
from oms_fix.core.orders.order import TRIGGERED_AS, Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.state_machine import OPEN
from oms_fix.core.orders.worth import binding_price, worth
from oms_fix.model import events as ev
from oms_fix.model import exposure_checks
from oms_fix.model.check_base import Scope
from oms_fix.model.conduct_checks import SelfMatch
from oms_fix.model.enums import HeldStop
from oms_fix.model.instruments import Instrument
from oms_fix.model.operations import ChildForced
from oms_fix.model.orders import OrderTerms

NO_ACCOUNT = ""
_OF_ACCOUNTS = frozenset({Scope.GROUP, Scope.FIRM})
_OF_SUMS: frozenset[type] = frozenset(
    {
        exposure_checks.NetExposure,
        exposure_checks.DailyTurnover,
        exposure_checks.DailyLoss,
        exposure_checks.OpenOrderCount,
        exposure_checks.OpenOrderValue,
    }
)
"""Checks that read neither holdings nor ``gross``."""
CHANGES_WHAT_IS_OPEN: frozenset[type] = frozenset(
    {
        ev.ChildCancelRequested,
        ev.ChildReplaceRequested,
        ev.ChildRequestRefused,
        ChildForced,
        ev.OrderPhoned,
        ev.OrderReported,
        ev.RequestAccepted,
        ev.RequestPassedOn,
        ev.RequestRejected,
    }
)
"""After such an event its order is to be counted anew; after a child's report where that matters,
see ``core.apply``."""


def recount(state: State, order: Order) -> None:
    """Bring what an order has open up to date in all totals."""
    exposure = state.exposure
    before, now = exposure.open.get(order.order_id), _open_of(state, order)
    if now == before:
        return
    if now is None:
        del exposure.open[order.order_id]
    else:
        exposure.open[order.order_id] = now
    terms, more = order.terms, _difference(before, now)
    symbol, is_buy = terms.symbol, terms.side.sign > 0
    orders = (now is not None) - (before is not None)
    at_reference = multiply(more.quantity, state.units.get(symbol, ZERO))
    for totals, has_holdings in totals_of(state, terms.account):
        totals.open_more(more, at_reference, is_buy=is_buy, orders=orders)
        if has_holdings:
            holding = totals.holdings.get(symbol) or _holding(state, totals, symbol)
            totals.open_more_of(holding, more.quantity, at_reference, is_buy=is_buy)
            if now is None and holding.is_empty:
                del totals.holdings[symbol]
    if state.totals_kept.resting:
        _rest(exposure, terms, before, now)


def _difference(before: Open | None, now: Open | None) -> Open:
    """Return what has come to be open; below zero what is open no more."""
    if before is None:
        assert now is not None, "something has changed"
        return now
    if now is None:
        return Open(-before.quantity, -before.value, None)
    quantity = subtract(now.quantity, before.quantity)
    return Open(quantity, subtract(now.value, before.value), None)


def book(
    state: State, order: Order, quantity: Decimal, price: Decimal, *, is_of_today: bool
) -> None:
    """Count an execution in all totals (negative: out again)."""
    account, symbol = order.terms.account or NO_ACCOUNT, order.terms.symbol
    bought = quantity * order.terms.side.sign
    if is_of_today:
        _book_day(state, account, symbol, bought, price, is_undone=quantity < 0)
    _hold(state, account, symbol, bought)


def _hold(state: State, account: str, symbol: str, bought: Decimal) -> None:
    at_reference = multiply(bought, state.units.get(symbol, ZERO))
    for totals, has_holdings in totals_of(state, account):
        totals.net = add(totals.net, at_reference)
        if has_holdings:
            holding = totals.holdings.get(symbol) or _holding(state, totals, symbol)
            totals.hold_more_of(holding, bought)
            if not holding.position and holding.is_empty:
                del totals.holdings[symbol]


def mark(state: State, symbol: str, price: Decimal) -> None:
    """Value all positions in an instrument at its last price."""
    instrument = state.instruments.get(symbol)
    if instrument is None:
        return
    for account, totals in state.exposure.accounts.items():
        if symbol in totals.holdings and totals.holdings[symbol].position:
            sums_of_day = _sums_of_day(state, account)
            gain = _marked(totals, sums_of_day[0], instrument, price)
            if gain is None:
                continue
            for sums in sums_of_day:
                sums.profit = add(sums.profit, gain)


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
    state.units = {symbol: each.unit() for symbol, each in state.instruments.items()}
    for (account, symbol), position in state.positions.items():
        if position.quantity:
            _hold(state, account, symbol, position.quantity)
    for account, day in state.today.days.items():
        for totals, _ in totals_of(state, account):
            totals.turnover = add(totals.turnover, day.turnover)
            totals.cost = add(totals.cost, day.cost)
            totals.profit = add(totals.profit, day.profit)
    for order in state.orders.values():
        recount(state, order)


def rules_loaded(state: State) -> None:
    """Keep the totals that the checks in force now read, and no others."""
    of = [(getattr(each.check, "per", Scope.ACCOUNT), type(each.check)) for each in state.checks]
    read = [(per, kind) for per, kind in of if per in _OF_ACCOUNTS and kind is not SelfMatch]
    sums = frozenset(per for per, _ in read)
    holdings = frozenset(per for per, kind in read if kind not in _OF_SUMS)
    kept = Kept(sums, holdings, resting=any(kind is SelfMatch for _, kind in of))
    if kept != state.totals_kept:
        state.totals_kept = kept
        rebuild(state)


def totals_of(state: State, account: str | None) -> Counting:
    """Return the totals that an account counts in, and of each whether it has holdings.

    Its own come first; its group's and the firm's are there if they are kept.
    """
    found = state.exposure.counting.get(account or NO_ACCOUNT)
    if found is None:
        found = _totals_of(state, account or NO_ACCOUNT)
        state.exposure.counting[account or NO_ACCOUNT] = found
    return found


def _totals_of(state: State, account: str) -> Counting:
    known, kept, exposure = state.accounts.get(account), state.totals_kept, state.exposure
    found = [(_account(state, account), True)]
    if known is not None and known.group and Scope.GROUP in kept.sums:
        group = exposure.groups.setdefault(known.group, Totals())
        found.append((group, Scope.GROUP in kept.holdings))
    if Scope.FIRM in kept.sums:
        found.append((exposure.firm, Scope.FIRM in kept.holdings))
    return tuple(found)


def _account(state: State, account: str) -> Totals:
    totals = state.exposure.accounts.get(account)
    if totals is None:
        totals = state.exposure.accounts[account] = Totals()
    return totals


def _holding(state: State, totals: Totals, symbol: str) -> Holding:
    holding = totals.holdings.get(symbol)
    if holding is None:
        holding = totals.holdings[symbol] = Holding(state.units.get(symbol, ZERO))
    return holding


# --- what is open -------------------------------------------------------------------------------


def _open_of(state: State, order: Order) -> Open | None:
    """Return the worst case of what may still be filled of an order, or None.

    Venues may have more of it than is left: what is being called back is open until they say so.
    What an operator has closed is not, though its venue may fill it yet.
    """
    if order.is_unplaced:
        if order.review is None:
            return None
    elif not (order.status in OPEN or order.open_children):
        return None
    terms = order.terms
    instrument = state.instruments.get(terms.symbol)
    quantity = order.leaves_qty
    if order.children and (placed_qty := order.placed_qty) > quantity:
        quantity = placed_qty
    value = ZERO if instrument is None else worth(instrument, terms, quantity)
    price = binding_price(terms)
    if order.request is not None or order.direct is not None:
        for pending in _pending(order):
            left = max(pending.order_qty - order.cum_qty, ZERO)
            quantity = max(quantity, left)
            if instrument is not None:
                value = max(value, worth(instrument, pending, left))
            price = _more_aggressive(price, binding_price(pending), terms.side.sign)
    rests = terms.ord_type not in TRIGGERED_AS or order.stop is HeldStop.TRIGGERED
    return Open(quantity, value, price, rests) if quantity > 0 else None


def _pending(order: Order) -> tuple[OrderTerms, ...]:
    """Return the terms that an order is to be replaced by, if any."""
    if order.request is not None and order.request.terms is not None:
        return (order.request.terms,)
    if order.direct is None or not order.direct.passed_on:
        return ()
    passed_on = order.direct.passed_on.values()
    return tuple([each.terms for each in passed_on if each.terms is not None])


def _more_aggressive(one: Decimal | None, other: Decimal | None, sign: int) -> Decimal | None:
    if one is None or other is None:
        return None
    return max(one, other) if sign > 0 else min(one, other)


def _rest(exposure: Exposure, terms: OrderTerms, before: Open | None, now: Open | None) -> None:
    """Keep at which prices orders rest, for those of the other side."""
    before = before if before is not None and before.rests else None
    now = now if now is not None and now.rests else None
    if before is now or (before is not None and now is not None and before.price == now.price):
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
    sums_of_day, unit = _sums_of_day(state, account), instrument.unit(price)
    unit_now = unit
    if is_undone:
        unit_now = instrument.unit(sums_of_day[0].marks.get(symbol, price))
    profit = multiply(bought, subtract(unit_now, unit))
    if not is_undone:
        gain = _marked(_account(state, account), sums_of_day[0], instrument, price)
        profit = profit if gain is None else add(profit, gain)
    cost = instrument.notional(bought, price)
    turnover = -abs(cost) if is_undone else abs(cost)
    for sums in sums_of_day:
        sums.turnover = add(sums.turnover, turnover)
        sums.cost = add(sums.cost, cost)
        sums.profit = add(sums.profit, profit)


def _marked(own: Totals, day: Day, instrument: Instrument, price: Decimal) -> Decimal | None:
    """Value an account's position at a price; return what it has gained or lost by that, if any."""
    symbol = instrument.symbol
    before = day.marks.get(symbol, instrument.price)
    day.marks[symbol] = price
    holding = own.holdings.get(symbol)
    if holding is None or not holding.position or price == before:
        return None
    return multiply(holding.position, subtract(instrument.unit(price), instrument.unit(before)))


def _sums_of_day(state: State, account: str) -> tuple[Day, *tuple[Totals, ...]]:
    """Return what has sums of the day: that of the account, then the totals that it counts in."""
    return _day(state, account), *[totals for totals, _ in totals_of(state, account)]


def _day(state: State, account: str) -> Day:
    day = state.today.days.get(account)
    if day is None:
        day = state.today.days[account] = Day()
    return day
