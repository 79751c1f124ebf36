"""Where orders go and why, as it is put on record."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.model.enums import TimeInForce
from oms_fix.model.orders import OtherField
from oms_fix.model.routes import Remainder


class RouteLeg(Struct, frozen=True, omit_defaults=True):
    """One venue considered for an order: what it gets (0 for none), and why.

    Attributes:
        venue, quantity, reason: SessionName, in units of the instrument, in words.
        price: the limit of the child order; None: as the order has it.
        time_in_force, min_qty, max_floor: of the child order, where they are not the order's.
        other_fields: what the child order has beside the order's fields.
        best: the venue's best price on the other side, and ``displayed``: what it shows there that
            could be taken.
        expected_px: the average price that is expected.
        fees: expected, in the instrument's currency; below 0 they are rebates.
        cost_bp: what all that comes to against the mid, fees and impact included.
        health: how the venue has answered of late, in words.
        no_fill_seconds: after so long without a fill the child order is called back.
    """

    venue: str
    quantity: Decimal
    reason: str
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    min_qty: Decimal | None = None
    max_floor: Decimal | None = None
    other_fields: tuple[OtherField, ...] = ()
    best: Decimal | None = None
    displayed: Decimal | None = None
    expected_px: Decimal | None = None
    fees: Decimal | None = None
    cost_bp: Decimal | None = None
    health: str = ""
    no_fill_seconds: int | None = None


class Onward(Struct, frozen=True, omit_defaults=True, gc=False):
    """How an order goes on once what was placed of it has ended: by which route.

    ``remainder``: what that route says of what is left; None: by its strategy.
    """

    route_id: str
    remainder: Remainder | None = None


class OrderRouted(Struct, frozen=True, tag=True, omit_defaults=True):
    """Why the order goes where it goes: the rule that matched and every venue it names.

    ``follows_venue``: by agreement with the client the venue's word is the router's. ``onward``:
    how it goes on with what is left; None: the rules decide afresh. ``mid`` is the price that costs
    are counted from, ``impact_bp`` the impact that is expected of the whole, ``cost_bp`` what all
    that is placed now is expected to cost with it. ``desk``: whose it is to place it.
    """

    order_id: str
    rules_version: str
    route_id: str
    strategy: str
    reason: str
    legs: tuple[RouteLeg, ...]
    follows_venue: bool = False
    onward: Onward | None = None
    mid: Decimal | None = None
    impact_bp: Decimal | None = None
    cost_bp: Decimal | None = None
    desk: str = ""
