"""The trading day: orders that end with it, and orders that go on into the next.

Theory of operation
-------------------
A market's day ends when it closes. Orders of the day that are open then, and orders good till a
date for which it is the last one, are *due*: the command comes at the close, so an order that comes
after it is one of the next day. Venues have their time to say themselves how each ended. What is
still due after that is *withdrawn*: a venue may work it still, so it is asked to cancel, and only
when none does is the client told Expired or Done For Day, as was agreed. What is filled meanwhile
counts. If a venue refuses, and does not say that the order has ended there, the order goes on and
is due at the next close again. An order good till a time is withdrawn when that is past, at any
hour, after the same patience.

Direct orders live by their venue's word, and end when it says so.

An order of several days is *carried* over the end of the router's trading day. Until then its
DayCumQty(425) and DayAvgPx(426) count; they restart with the day, and DayOrderQty(424) is what is
left (FIX 4.4 Volume 4, orders of several days). A bust or a correction of a fill of an earlier day
changes what was filled then, and nothing of today's.
"""

from datetime import UTC, date, datetime

from msgspec import structs

from oms_fix.core.orders import reports, withdrawal
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.circumstances import MarketClosed
from oms_fix.model.commands import CloseMarket, RenewOrders
from oms_fix.model.enums import ExecType, TimeInForce
from oms_fix.model.events import OrderWithdrawn
from oms_fix.model.markets import NANOSECONDS, Market
from oms_fix.model.orders import OrderTerms
from oms_fix.model.rules import DayOrders

_DAY_ENDS_AS = {
    DayOrders.EXPIRE: ExecType.EXPIRED,
    DayOrders.DONE_FOR_DAY: ExecType.DONE_FOR_DAY,
}


def close(turn: Turn, command: CloseMarket) -> None:
    """Take note that a market has closed; each of its days closes once."""
    state = turn.state
    if command.market in state.markets and state.closed_on.get(command.market, "") < command.day:
        turn.emit(MarketClosed(command.market, command.day))


def end_due(turn: Turn, market_id: str) -> list[Order]:
    """Take back the orders of a market that are due to end; return them."""
    market = turn.state.markets.get(market_id)
    if market is None:
        return []
    orders = []
    for order in list(turn.state.orders.values()):
        if order.is_open and order.withdrawn is None:
            text = _why_over(turn, order, market)
            if text:
                event = OrderWithdrawn(order.order_id, text, ends_as=_ends_as(turn.state, order))
                orders.append(withdrawal.withdraw(turn, event))
    return orders


def _why_over(turn: Turn, order: Order, market: Market) -> str:
    """Return why an open order's time is over, if that is so, by the terms that hold now."""
    state, terms = turn.state, order.terms
    at = state.expiries.get(order.order_id)
    if not (order.is_due or at is not None) or state.market_of(terms) is not market:
        return ""
    day = state.closed_on.get(market.id)  # None: it was of another market when that closed
    if order.is_due and day is not None and lapses(terms, market, day):
        return f"{market.id} has closed, {day}"
    if at is not None and at + market.patience_seconds * NANOSECONDS <= turn.now:
        return f"ExpireTime(126) {terms.expire_time} is past"
    return ""


def _ends_as(state: State, order: Order) -> ExecType:
    time_in_force = order.terms.time_in_force
    if time_in_force.is_at_once:
        return ExecType.CANCELED  # its rest does not expire (FIX 4.4 Volume 4, matrix I.1)
    if time_in_force.is_good_till:
        return ExecType.EXPIRED
    return _DAY_ENDS_AS[state.rules.agreement(order.session).day_orders]


def renew(turn: Turn, _command: RenewOrders) -> None:
    """Restate the orders that were carried into a new day, to clients that want to hear of it."""
    for order in list(turn.state.orders.values()):
        if order.is_carried and order.is_open:
            reports.renewed(turn, order)


def lapses(terms: OrderTerms, market: Market, day: str) -> bool:
    """Return whether an order ends with a day of its market; no later one is within its time."""
    if terms.time_in_force is TimeInForce.GOOD_TILL_DATE:
        at, following = expiry(terms), market.next_day(day).replace("-", "")
        is_past = at is not None and at <= market.closes_at(date.fromisoformat(day))
        return is_past or (terms.expire_date is not None and terms.expire_date < following)
    return terms.time_in_force is not TimeInForce.GOOD_TILL_CANCEL


def expiry(terms: OrderTerms) -> int | None:
    """Return ExpireTime(126) of an order good till a time, in nanoseconds since 1970 UTC.

    Rounded up to a second; None if there is none, or none that is a time.
    """
    text = terms.expire_time
    if text is None or terms.time_in_force is not TimeInForce.GOOD_TILL_DATE:
        return None
    try:
        second = datetime.strptime(text[:17], "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (int(second.timestamp()) + (len(text) > 17)) * NANOSECONDS


def roll(order: Order) -> None:
    """Count what is filled of an order as filled on an earlier day (``apply``)."""
    order.earlier_qty, order.earlier_value = order.cum_qty, order.value
    for child in order.children:
        for exec_id, done in child.executions.items():
            if done.is_of_today:
                child.count_in(exec_id, structs.replace(done, is_of_today=False))
