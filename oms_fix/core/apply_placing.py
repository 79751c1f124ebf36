"""How the state changes by what is placed and by how it ends: see ``apply``, ``placing``."""

from sys import intern

from oms_fix.core.orders.order import ZERO, Child, Direct, Order
from oms_fix.core.orders.sharing import shared
from oms_fix.core.orders.state import State
from oms_fix.model import events as ev
from oms_fix.model.enums import ExecType, HeldStop
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routes import RerouteOn
from oms_fix.model.routing import OrderRouted

BY_DEFAULT = (RerouteOn.REJECT,)
"""Ends of a child after which all routes place it again, unless they say otherwise."""
ENDS = frozenset({ExecType.CANCELED, ExecType.REJECTED, ExecType.EXPIRED, ExecType.DONE_FOR_DAY})
_OF_ROUTES = ("ord_type", "price", "time_in_force", "min_qty", "max_floor")
"""The terms that a route can change, beside the quantity and other fields."""


def order_routed(state: State, event: OrderRouted) -> None:
    """An order goes on by what has placed it last; what places nothing changes nothing."""
    order = state.orders[event.order_id]
    if event.desk:
        order.desk = intern(event.desk)
    if event.desk or any(leg.quantity for leg in event.legs):
        order.onward, order.route_id = event.onward, _route_to_know(state, event)
        if order.stop is HeldStop.HELD:  # a replace has made another order of it
            order.stop = None
            state.keep_stop(order)
    if event.follows_venue:
        order.direct, order.onward = Direct(), None


def _route_to_know(state: State, event: OrderRouted) -> str:
    """Return the route that an order is to know; most are of no account once it is placed."""
    taken = state.route(event.route_id)
    is_plain = taken is None or (taken.reroute_on == BY_DEFAULT and not taken.no_fill_seconds)
    return "" if is_plain and event.onward is None else intern(event.route_id)


def is_apart(own: OrderTerms, terms: OrderTerms) -> bool:
    """Whether a route has given a child terms that are not its order's."""
    if own is terms:
        return False
    differs = any(getattr(own, name) != getattr(terms, name) for name in _OF_ROUTES)
    return differs or any(each not in own.other_fields for each in terms.other_fields)


def is_unasked(order: Order, child: Child, event: ev.ChildReported) -> bool:
    """Whether a venue ends what was to stand, and what nobody wants back."""
    if event.exec_type not in ENDS or event.exec_type is ExecType.REJECTED:
        return False
    is_wanted_back = child.request is not None or child.called_back or order.withdrawn is not None
    is_to_stand = not child.terms.time_in_force.is_at_once and not order.suspended
    return is_to_stand and not is_wanted_back


def keep_owed(child: Child, event: ev.ChildReported) -> None:
    """What a venue owes us reports of is less with each that comes."""
    if event.owed_qty is not None:
        child.owed_qty = shared(event.owed_qty)
    elif child.owed_qty and event.exec_type is ExecType.TRADE:
        child.owed_qty = max(child.owed_qty + child.cum_qty - event.cum_qty, ZERO)
