"""How the events of the calendar change the state: a part of ``core.apply``.

What ended on an earlier day is forgotten here, with all that finds it.
"""

from typing import Any

from oms_fix.core import totals
from oms_fix.core.orders.days import expiry, lapses, roll
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.reports import GT_RENEWAL
from oms_fix.core.orders.state import State
from oms_fix.model.circumstances import MarketClosed
from oms_fix.model.enums import ExecType
from oms_fix.model.events import OrderWithdrawn, TradingDayEnded
from oms_fix.model.orders import ExecutionReport
from oms_fix.model.rules import GtOrders

# By a bust or a correction an order can be open again.
_SETS_EXPIRY = frozenset(
    {ExecType.NEW, ExecType.REPLACED, ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT}
)

_PAST_DAYS = 4
"""Of so many days before this one it is kept what was filled for us at each venue."""


def keep_days(state: State, order: Order, report: ExecutionReport) -> None:
    """Keep what a report says of how long an order lasts, once the order is as it says."""
    state.ended_before.discard(order.order_id)  # heard of again: kept for another day
    if report.exec_restatement_reason == GT_RENEWAL:
        order.is_carried = False
    if order.is_kept and (report.exec_type is ExecType.REPLACED or not order.is_open):
        order.is_kept = False
    if report.terms.expire_time is not None or order.order_id in state.expiries:
        keep_expiry(state, order, is_set=report.exec_type in _SETS_EXPIRY)


def keep_expiry(state: State, order: Order, *, is_set: bool) -> None:
    """Keep when an order is to end whose terms say a time; its calendar may come later."""
    at = expiry(order.terms)
    if at is None or not order.is_open or order.withdrawn is not None:
        state.expiries.pop(order.order_id, None)
    elif is_set and order.direct is None:
        state.expiries[order.order_id] = at


def withdrawn(state: State, order: Order, event: OrderWithdrawn) -> None:
    """Keep that an order is being taken back; what ends for its time is not due any more."""
    order.withdrawn = event
    order.is_due = order.is_due and event.ends_as is ExecType.CANCELED
    state.expiries.pop(order.order_id, None)


def not_withdrawn(state: State, order: Order) -> None:
    """Keep that a venue does not let go of an order: it ends when it was to end before."""
    before, order.withdrawn = order.withdrawn, None
    if before is None:
        return
    if before.ends_as is ExecType.CANCELED:
        keep_expiry(state, order, is_set=True)
    else:
        order.is_kept = order.is_open


def trading_day_ended(state: State, _event: TradingDayEnded) -> None:
    """Forget what has ended before, and carry orders of several days over."""
    state.last_prices.clear()  # what they were yesterday triggers nothing today
    state.quotes.clear()
    state.books.clear()  # who is to decide by them sees them anew
    state.volumes.clear()
    _keep_volumes(state)
    totals.end_day(state)
    forgotten = state.ended_before
    ended = {order.order_id for order in state.orders.values() if order.is_over}
    _forget(state, forgotten & ended)
    state.ended_before = ended - forgotten
    for order in state.orders.values():
        roll(order)  # of each: a bust of yesterday's fill is none of today's trades
        if order.direct is None and order.terms.time_in_force.is_good_till:
            wanted = state.rules.agreement(order.session).gt_orders is GtOrders.RESTATE
            is_held = order.review is not None  # it is not in force yet: it stays Pending New
            order.is_carried = order.is_open and wanted and not is_held


def _keep_volumes(state: State) -> None:
    """Have what was filled today be of an earlier day; a day without any of it is left out."""
    if state.venue_volumes:
        state.past_volumes = [*state.past_volumes, state.venue_volumes][-_PAST_DAYS:]
    state.venue_volumes = {}


def market_closed(state: State, event: MarketClosed) -> None:
    """Have the orders that end with the day be due."""
    is_first = event.market not in state.closed_on
    state.closed_on[event.market] = event.day
    market = state.markets[event.market]
    for order in state.orders.values():
        if order.is_open and order.direct is None and state.market_of(order.terms) is market:
            order.is_due = not is_first and lapses(order.terms, market, event.day)


def _forget(state: State, order_ids: set[str]) -> None:
    """Let go of orders with all that finds them."""
    for index in (state.orders, state.orders_by_cl_ord_id, state.first_users_of_cl_ord_id):
        _drop(index, order_ids)
    for order_id in order_ids:
        state.expiries.pop(order_id, None)
    for of_children in (state.children, state.phoned):
        _drop(of_children, order_ids)


def _drop(index: dict[Any, Any], order_ids: set[str]) -> None:
    for key in [key for key, each in index.items() if each.order_id in order_ids]:
        del index[key]
