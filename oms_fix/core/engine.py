"""The core: one command in, the events it leads to out.

``handle`` decides and applies; nothing else is needed to run a day again. What comes in is taken up
in ``from_clients``, ``from_venues``, ``from_operators`` or ``from_reviewers``; ``stages`` has what
an order meets on its way. Nothing here waits, looks at a clock or speaks to anyone.
"""

from collections.abc import Callable
from typing import Any

from oms_fix.core import (
    from_clients,
    from_operators,
    from_reviewers,
    from_timers,
    from_venues,
    stages,
)
from oms_fix.core.apply import apply
from oms_fix.core.base36 import base36
from oms_fix.core.compliance.breaches import limits_breached
from oms_fix.core.orders import absence, days, halts, health, reconciliation
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model import commands as cmd
from oms_fix.model.circumstances import AcceptanceChanged, LastPriceTold, QuoteTold
from oms_fix.model.commands import Command
from oms_fix.model.events import (
    Event,
    ReferenceDataLoaded,
    RulesLoaded,
    SessionChanged,
    SessionOperated,
    StoreFounded,
    TradingDayEnded,
)
from oms_fix.model.market_data import MarketSeen, SeeMarket
from oms_fix.model.reviews import DecideReview, ReviewOverdue
from oms_fix.model.venue_health import ChildOverdue, RestoreVenue


class UndecidedError(Exception):
    """The core failed on a command before it decided anything."""


def handle(state: State, command: Command, now: int) -> list[Event]:
    """Decide on a command and apply what was decided.

    Args:
        state: changed by the events that are returned, and by nothing else.
        command: what happened.
        now: when, in nanoseconds since 1970 UTC.

    Raises:
        UndecidedError: an error of ours, before anything was decided: the state is as it was, and
            the command can be refused. Any other error leaves a state that is not to be trusted.
    """
    turn = Turn(state, apply, now)
    if not state.id_prefix:
        turn.emit(StoreFounded(base36(now // 1_000_000_000)))
    try:
        _HANDLE[type(command)](turn, command)
    except Exception as error:
        if turn.events:
            raise
        raise UndecidedError(f"{type(command).__name__}: {error!r}") from error
    return turn.events


# --- sessions and operators ---------------------------------------------------------------------


def _session_logged_on(turn: Turn, command: cmd.SessionLoggedOn) -> None:
    turn.emit(SessionChanged(command.session, logged_on=True))
    reconciliation.start(turn, command.session, command.reconciliation)


def _session_logged_out(turn: Turn, command: cmd.SessionLoggedOut) -> None:
    turn.emit(SessionChanged(command.session, logged_on=False, reason=command.reason))
    absence.begin(turn, command)


def _client_overdue(turn: Turn, command: cmd.ClientOverdue) -> None:
    for order in absence.give_up(turn, command.session):
        stages.go_on(turn, order)


def _set_trading_state(turn: Turn, command: cmd.SetTradingState) -> None:
    if not halts.is_news(turn.state, command):
        return
    concerned = halts.change(turn, command)
    for order in concerned.taken_back:
        stages.go_on(turn, order)
    for order in concerned.reinstated:
        stages.place_again(turn, order)
    for symbol in sorted(turn.state.held_stops):  # a restart finds them in another order
        stages.look_at_stops(turn, symbol)


def _last_price(turn: Turn, command: cmd.LastPrice) -> None:
    turn.emit(LastPriceTold(command.symbol, command.price, command.source))
    stages.look_at_stops(turn, command.symbol)


def _see_market(turn: Turn, command: SeeMarket) -> None:
    before = turn.state.last_prices.get(command.symbol)
    seen = MarketSeen(command.symbol, command.books, command.last, command.volume)
    turn.emit(seen)
    if command.last is not None and command.last != before:
        stages.look_at_stops(turn, command.symbol)


def _quote(turn: Turn, command: cmd.Quote) -> None:
    turn.emit(QuoteTold(command.symbol, command.bid, command.offer, command.source))


def _load_rules(turn: Turn, command: cmd.LoadRules) -> None:
    turn.emit(RulesLoaded(command.rules, command.operator))
    _tell_breaches(turn)


def _load_reference_data(turn: Turn, command: cmd.LoadReferenceData) -> None:
    turn.emit(ReferenceDataLoaded(command.reference, command.operator))
    _tell_breaches(turn)


def _tell_breaches(turn: Turn) -> None:
    """Put on record what is above its limit by what was loaded just now."""
    breached = limits_breached(turn.state, turn.now)
    if breached is not None:
        turn.emit(breached)


def _operate_session(turn: Turn, command: cmd.OperateSession) -> None:
    turn.emit(
        SessionOperated(
            session=command.session,
            operation=command.operation,
            operator=command.operator,
            details=command.details,
            template=command.template,
        )
    )


def _set_accepting(turn: Turn, command: cmd.SetAccepting) -> None:
    turn.emit(AcceptanceChanged(command.accepting, command.reason))


def _end_trading_day(turn: Turn, command: cmd.EndTradingDay) -> None:
    from_reviewers.day_ends(turn, command.day)
    turn.emit(TradingDayEnded(command.day))


def _close_market(turn: Turn, command: cmd.CloseMarket) -> None:
    days.close(turn, command)
    from_reviewers.market_closed(turn, command.market)


def _end_orders(turn: Turn, command: cmd.EndOrders) -> None:
    for order in days.end_due(turn, command.market):
        stages.go_on(turn, order)


_HANDLE: dict[type, Callable[[Turn, Any], None]] = {
    cmd.NewOrderSingle: from_clients.new_order,
    cmd.NewOrderSingleRefused: from_clients.new_order_refused,
    cmd.OrderCancelReplaceRequest: from_clients.replace,
    cmd.OrderCancelRequest: from_clients.cancel,
    cmd.OrderStatusRequest: from_clients.status,
    cmd.OrderMassCancelRequest: from_clients.mass_cancel,
    cmd.OrderMassStatusRequest: from_clients.mass_status,
    cmd.DontKnowTrade: from_clients.dont_know_trade,
    cmd.VenueExecutionReport: from_venues.report,
    cmd.VenueOrderStatus: from_venues.order_status,
    cmd.VenueStatusOverdue: reconciliation.overdue,
    cmd.VenueOrderCancelReject: from_venues.cancel_reject,
    cmd.VenueMessageReject: from_venues.message_reject,
    cmd.SessionLoggedOn: _session_logged_on,
    cmd.SessionLoggedOut: _session_logged_out,
    cmd.ClientOverdue: _client_overdue,
    cmd.SetTradingState: _set_trading_state,
    cmd.LastPrice: _last_price,
    cmd.Quote: _quote,
    SeeMarket: _see_market,
    cmd.LoadRules: _load_rules,
    cmd.LoadReferenceData: _load_reference_data,
    cmd.OperateSession: _operate_session,
    cmd.OperateOrder: from_operators.operate,
    cmd.EnterOrder: from_operators.enter,
    cmd.SetAccepting: _set_accepting,
    cmd.EndTradingDay: _end_trading_day,
    cmd.CloseMarket: _close_market,
    cmd.EndOrders: _end_orders,
    cmd.RenewOrders: days.renew,
    DecideReview: from_reviewers.decide,
    ReviewOverdue: from_reviewers.overdue,
    ChildOverdue: from_timers.child_overdue,
    RestoreVenue: health.restore,
}
