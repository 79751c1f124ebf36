"""Strategy ``iceberg``: a part at a time is shown; the next one follows when it is filled.

Each part is posted where that is expected to cost least at that time. Parts differ by up to
``vary_percent``, by a checksum of the order and of how many children it has had: nobody outside can
foretell it, and the same journal always gives the same parts.
"""

from decimal import Decimal
from zlib import crc32

from oms_fix.core.orders.order import Order
from oms_fix.core.routing import whole
from oms_fix.core.routing.decision import Demand, Plan
from oms_fix.core.routing.post import legs_of
from oms_fix.core.routing.view import look_at
from oms_fix.model.routes import Iceberg
from oms_fix.model.routing import Onward

_STEPS = 1_000


def plan(route: Iceberg, demand: Demand) -> Plan:
    """Return a leg for every venue of the route, in its order."""
    if not demand.divisible:
        return whole.plan(route.venues, demand)
    part = part_of(route, demand.order, demand.quantity, demand.lot_size)
    legs = legs_of(look_at(route.venues, demand), demand, part)
    return Plan(tuple(legs), Onward(route.id))


def part_of(route: Iceberg, order: Order, quantity: Decimal, lot_size: Decimal) -> Decimal:
    """Return how much of an order is shown now, in whole lots but for the last part."""
    drawn = crc32(f"{order.order_id}/{len(order.children)}".encode()) % (2 * _STEPS + 1) - _STEPS
    change = route.vary_percent * drawn / (100 * _STEPS)
    part = route.display_quantity * (1 + change)
    return min(max(part - part % lot_size, lot_size), quantity)
