"""What a route makes of an order at a venue: a part of it, with terms of its own perhaps."""

from typing import Any

from msgspec import structs

from oms_fix.core.orders.order import PRICED, Child, Order
from oms_fix.core.orders.sharing import is_written_alike
from oms_fix.model.enums import OrdType
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routing import RouteLeg


def as_routed(order: Order, leg: RouteLeg) -> OrderTerms:
    """Return an order's terms as its route has it at a venue.

    A stop order that its venue is to trigger stays one, whatever its limit is there.
    """
    terms = order.at_venue(order.terms)
    if not is_written_alike(terms.order_qty, leg.quantity):
        terms = structs.replace(terms, order_qty=leg.quantity)
    if not changes_terms(leg):
        return _of_size(terms, order, leg)
    changes: dict[str, Any] = {}
    if leg.price is not None:
        ord_type = terms.ord_type if terms.ord_type in PRICED else OrdType.LIMIT
        changes = {"price": leg.price, "ord_type": ord_type}
    for name in ("time_in_force", "min_qty", "max_floor"):
        value = getattr(leg, name)
        if value is not None:
            changes[name] = value
    if leg.other_fields:
        own = {each.tag for each in leg.other_fields}
        said = tuple(each for each in terms.other_fields if each.tag not in own)
        changes["other_fields"] = said + leg.other_fields
    return _of_size(structs.replace(terms, **changes), order, leg)


def _of_size(terms: OrderTerms, order: Order, leg: RouteLeg) -> OrderTerms:
    """Return terms in which nothing is left that a part, or what never stands, cannot have."""
    changes: dict[str, Any] = {}
    if leg.time_in_force is not None and leg.time_in_force.is_at_once:
        changes = {"max_floor": None, "expire_date": None, "expire_time": None}
    if leg.quantity < order.terms.order_qty:
        if terms.max_floor is not None and terms.max_floor >= leg.quantity:
            changes["max_floor"] = None  # all of it may be shown
        if terms.min_qty is not None and terms.min_qty > leg.quantity:
            changes["min_qty"] = leg.quantity
    return structs.replace(terms, **changes) if changes else terms


def changes_terms(leg: RouteLeg) -> bool:
    """Whether a route has an order at a venue with other terms than its own."""
    return (
        leg.price is not None
        or leg.time_in_force is not None
        or leg.min_qty is not None
        or leg.max_floor is not None
        or bool(leg.other_fields)
    )


def is_beyond(terms: OrderTerms, limit: OrderTerms) -> bool:
    """Whether terms could trade at a worse price than a limit order with other terms."""
    if terms.price is limit.price or limit.ord_type not in PRICED or limit.price is None:
        return False
    if terms.price is None:
        return True
    return (terms.price - limit.price) * terms.side.sign > 0


def is_part(order: Order, child: Child) -> bool:
    """Whether a child has other terms than its order, or is to be followed by others."""
    at_desk = order.desk != "" and order.free_qty > 0
    return child.apart or order.onward is not None or at_desk
