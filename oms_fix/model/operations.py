"""Events of operators who intervene in orders."""

from msgspec import Struct

from oms_fix.model.enums import OrderOperation, OrdStatus


class OrderOperated(Struct, frozen=True, tag=True, omit_defaults=True):
    """An operator has intervened in an order, or wanted to: ``refused`` says why not.

    What comes of it follows as events of its own. ``details`` says which execution it is about.
    """

    order_id: str
    operation: OrderOperation
    operator: str
    reason: str
    details: str = ""
    refused: str = ""


class ChildForced(Struct, frozen=True, tag=True):
    """An operator has closed a child without its venue's word; what that still does is booked."""

    order_id: str
    child_id: str
    venue: str
    ord_status: OrdStatus
