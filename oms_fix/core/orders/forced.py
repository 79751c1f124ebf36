"""Children that an operator has closed: they count as ended, and their venues have not said so.

A venue that has not canceled one is asked to again whenever it says that it still works it at a
logon, and when an operator has the order canceled; each time it refuses, operators are alarmed.
"""

from oms_fix.core.orders import children
from oms_fix.core.orders.order import Child, Order
from oms_fix.core.orders.turn import Turn
from oms_fix.model.enums import OrdStatus
from oms_fix.model.operations import ChildForced

NOT_CANCELED = "its venue goes on with what an operator has closed"


def close(turn: Turn, order: Order, child: Child, status: OrdStatus) -> None:
    """Count a child as ended; nothing is expected of a request about it any more."""
    turn.emit(ChildForced(order.order_id, child.child_id, child.venue, status))


def cancel_again(turn: Turn, order: Order, child: Child) -> None:
    """Ask the venue once more to cancel a child that is closed."""
    children.request_cancel(turn, order, child)
    close(turn, order, child, child.status)


def at_venues(order: Order) -> list[Child]:
    """Return what of an order is closed here and perhaps worked by venues."""
    return [child for child in order.children if child.is_left_to_venue]
