"""Cancel on disconnect: what becomes of a client's orders while it is gone.

Logging out changes no order (FIX 4.4 Volume 2), unless the agreement with the client says so, or
for the loss of a connection ExecInst(18) of an order, "o" (cancel on connection loss, FIX 5.0SP2).
Then the client is *awaited* for the agreed time. If it is back by then, nothing has happened; if it
is not, its orders are taken back, and it hears of each at its next logon; but not what it gave by
phone.
"""

from oms_fix.core.orders import withdrawal
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.circumstances import ClientAwaited, ClientGivenUp
from oms_fix.model.commands import SessionLoggedOut
from oms_fix.model.events import OrderWithdrawn
from oms_fix.model.orders import OrderTerms
from oms_fix.model.rules import CancelOnDisconnect

_CANCEL_ON_LOSS = "o"  # ExecInst(18)
_LOST, _LOGGED_OUT = 12, 13  # ExecRestatementReason(378), from FIX 5.0SP2 on
_TEXTS = {_LOST: "canceled on connection loss", _LOGGED_OUT: "canceled on logout"}
_SECOND = 1_000_000_000


def remember(state: State, session: str, terms: OrderTerms | None) -> None:
    """Remember clients with orders to be canceled on connection loss: few have any (``apply``)."""
    if terms is not None and terms.exec_inst is not None and _asks_for_it(terms):
        state.loss_sessions.add(session)


def begin(turn: Turn, command: SessionLoggedOut) -> None:
    """Await a client that is gone, if any of its orders depend on that.

    For one that is awaited already the time begins anew: while we were not there it could not come
    back.
    """
    agreement = turn.state.rules.agreement(command.session)
    may_concern = agreement.cancel_on_disconnect is not CancelOnDisconnect.NEVER
    if not (may_concern or command.session in turn.state.loss_sessions):
        return  # else all orders would be looked at whenever any session ends
    until = turn.now + agreement.disconnect_grace_seconds * _SECOND
    agreed = agreement.cancel_on_disconnect
    before = turn.state.clients_awaited.get(command.session)
    if before is not None:
        awaited = ClientAwaited(command.session, until, before.reason, before.all_orders)
    elif command.by_logout:
        all_orders = agreed is CancelOnDisconnect.LOGOUT
        awaited = ClientAwaited(command.session, until, _LOGGED_OUT, all_orders)
    else:
        all_orders = agreed is not CancelOnDisconnect.NEVER
        awaited = ClientAwaited(command.session, until, _LOST, all_orders)
    if _orders(turn.state, awaited):
        turn.emit(awaited)


def give_up(turn: Turn, session: str) -> list[Order]:
    """Take back the orders of a client that is not back in time; return them."""
    awaited = turn.state.clients_awaited.get(session)
    if awaited is None or turn.now < awaited.until:
        return []
    orders = _orders(turn.state, awaited)
    turn.emit(ClientGivenUp(session, len(orders)))
    reason, text = awaited.reason, _TEXTS[awaited.reason]
    for order in orders:
        event = OrderWithdrawn(order.order_id, text, exec_restatement_reason=reason)
        withdrawal.withdraw(turn, event)
    return orders


def _orders(state: State, awaited: ClientAwaited) -> list[Order]:
    """Return the orders that do not outlive a client's absence."""
    return [
        order
        for order in state.orders.values()
        if order.session == awaited.session
        and order.is_open
        and (awaited.all_orders or (awaited.reason == _LOST and _asks_for_it(order.terms)))
        and not _is_phoned(order)
        and not withdrawal.is_under_way(order)
    ]


def _asks_for_it(terms: OrderTerms) -> bool:
    return _CANCEL_ON_LOSS in (terms.exec_inst or "").split()


def _is_phoned(order: Order) -> bool:
    """Whether the client gave it by phone, to its venue or to us: it hangs on no connection."""
    return order.entered or not order.first_cl_ord_id
