"""What trading states that operators have set mean for an order.

Theory of operation
-------------------
A state is of the firm, a client, an account, an instrument or a venue. What is not ACTIVE is kept
in ``State.trading_states``. Every state that applies to an order counts, and the strictest decides:
HALTED before REDUCING; among equals the widest scope comes first. A refusal has the code of the one
that decides, and names them all.

* HALTED: new orders and replaces are refused, and nothing that waits here is placed or triggered.
* REDUCING: a new order, a replace that adds quantity and a stop order that is to be triggered must
  only reduce the position of the order's own account, see ``reducing``; that is so for the firm,
  a client and a venue too. Any other replace is taken. What is open already goes on, routed again
  included: that adds nothing.

Cancels go on in any state. A *venue* is passed over by routing while it is HALTED, and while it is
REDUCING by all that does not reduce; replaces of what is there are judged by its state, too.
"""

from collections.abc import Iterable

from oms_fix.core.orders.order import Order
from oms_fix.core.orders.reducing import reduces
from oms_fix.core.orders.state import State
from oms_fix.model.circumstances import TradingStateChanged
from oms_fix.model.enums import TradingScope, TradingState
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons

Refusal = tuple[Reasons, str]

_HALTED, _REDUCING = TradingState.HALTED, TradingState.REDUCING


def refusal(states: list[TradingStateChanged]) -> Refusal:
    """Return the code of the first of some states, and a text that names them all."""
    first, *others = states
    name: dict[str, object] = {"scope": first.scope.value, "name": first.name}
    reason = Reasons.REDUCING if first.state is _REDUCING else Reasons.TRADING_HALTED
    if first.scope is TradingScope.FIRM:
        del name["name"]
    elif first.scope is TradingScope.INSTRUMENT and first.state is _HALTED:
        reason, name = Reasons.HALTED, {"Symbol": first.name}
    text = reason.text(**name, because=first.reason)
    return reason, text + "".join(f"; {shown(each)} because={each.reason}" for each in others)


def shown(state: TradingStateChanged) -> str:
    """Return what is in which state: ``account FUND halted``."""
    return f"{state.scope.value} {state.name}".rstrip() + f" {state.state.value}"


def order_problem(
    state: State, session: str, terms: OrderTerms, own: Order | None = None
) -> Refusal | None:
    """Return why a new order cannot be taken, or None; ``own`` is the order, once captured."""
    states = _in_force(state, session, terms)
    if not states or (states[0].state is _REDUCING and reduces(state, terms, own)):
        return None
    return refusal(states)


def replace_problem(state: State, order: Order, terms: OrderTerms) -> Refusal | None:
    """Return why a replace cannot be taken on, or None."""
    venues = dict.fromkeys(child.venue for child in order.open_children)
    states = _in_force(state, order.session, terms, venues)
    if not states:
        return None
    adds = terms.order_qty > order.terms.order_qty
    if states[0].state is _REDUCING and (not adds or reduces(state, terms, order)):
        return None
    return refusal(states)


def halt_problem(state: State, order: Order) -> Refusal | None:
    """Return why nothing of an order can be placed now, wherever it went, or None."""
    states = _in_force(state, order.session, order.terms)
    return refusal(states) if states and states[0].state is _HALTED else None


def holds_back(state: State, order: Order) -> bool:
    """Whether a held stop order is not triggered now."""
    return order_problem(state, order.session, order.terms, order) is not None


def venue_obstacle(state: State, venue: str, order: Order) -> str | None:
    """Return why a venue is to get nothing of an order, or None."""
    there = state.trading_states.get((TradingScope.VENUE, venue))
    if there is None or (there.state is _REDUCING and reduces(state, order.terms, order)):
        return None
    return f"{there.state.value} by an operator: {there.reason}"


def is_to_be_called_back(state: State, venue: str, order: Order) -> bool:
    """Whether an operator wants that back from a venue which it has of an order."""
    there = state.trading_states.get((TradingScope.VENUE, venue))
    return there is not None and there.cancel_open and bool(venue_obstacle(state, venue, order))


def no_longer_halted(state: State) -> list[Order]:
    """Return the suspended orders that no halt applies to."""
    suspended = (order for order in state.orders.values() if order.suspended)
    return [order for order in suspended if halt_problem(state, order) is None]


def covers(scope: TradingScope, name: str, order: Order) -> bool:
    """Whether an order is within a scope, at a venue with an open child."""
    match scope:
        case TradingScope.FIRM:
            return True
        case TradingScope.CLIENT:
            return order.session == name
        case TradingScope.ACCOUNT:
            return order.terms.account == name
        case TradingScope.INSTRUMENT:
            return order.terms.symbol == name
        case TradingScope.VENUE:
            return any(child.venue == name for child in order.open_children)


def _in_force(
    state: State, session: str, terms: OrderTerms, venues: Iterable[str] = ()
) -> list[TradingStateChanged]:
    """Return what applies to an order, the one that decides first."""
    if not state.trading_states:
        return []
    scopes = [
        (TradingScope.FIRM, ""),
        (TradingScope.CLIENT, session),
        (TradingScope.ACCOUNT, terms.account or ""),
        (TradingScope.INSTRUMENT, terms.symbol),
        *((TradingScope.VENUE, venue) for venue in venues),
    ]
    found = [state.trading_states[key] for key in scopes if key in state.trading_states]
    return sorted(found, key=lambda each: each.state is not _HALTED)
