"""The rows of the read model: each type is the definition of its table.

Enumerations are kept by name (``PARTIALLY_FILLED``), times are nanoseconds UTC, prices are quoted
as the instrument's are (percent of par for bonds), money is in the instrument's currency unless the
name says otherwise.
"""

from decimal import Decimal

from msgspec import Struct

ZERO = Decimal(0)


class OrderRow(Struct, kw_only=True):
    """A client order as its client was last told of it; ``event_id`` is its first event.

    ``operator`` is who has intervened in it last, if anyone has; the biography has the reasons.
    """

    order_id: str
    event_id: int
    client: str
    cl_ord_id: str
    account: str
    symbol: str
    asset_class: str
    currency: str
    side: str
    order_qty: Decimal
    ord_type: str
    price: Decimal | None
    time_in_force: str
    ord_status: str
    cum_qty: Decimal = ZERO
    leaves_qty: Decimal = ZERO
    avg_px: Decimal = ZERO
    route_id: str = ""
    operator: str = ""
    text: str = ""
    entered_at: int
    updated_at: int


class ChildRow(Struct, kw_only=True):
    """A child order at a venue, as the venue last reported it; ``event_id`` placed it.

    ``traded_value`` is the sum of quantity times price over its live executions; ``pending_qty``
    and ``pending_price`` are asked for by a replace that is not answered yet.
    """

    child_id: str
    event_id: int
    order_id: str
    venue: str
    cl_ord_id: str
    venue_order_id: str = ""
    order_qty: Decimal
    price: Decimal | None
    ord_status: str
    cum_qty: Decimal = ZERO
    leaves_qty: Decimal
    avg_px: Decimal = ZERO
    traded_value: Decimal = ZERO
    text: str = ""
    placed_at: int
    updated_at: int
    pending_qty: Decimal | None = None
    pending_price: Decimal | None = None


class ExecutionRow(Struct, kw_only=True):
    """A trade as the client was told of it.

    ``state`` is ``LIVE``, or what ended it: ``CORRECTED`` (another execution stands for it, with
    its ``exec_id`` as ``exec_ref_id``) or ``BUSTED``. ``notional_base`` is the value in base
    currency; ``event_id`` the event that told of it, which gives the order of trades.
    """

    exec_id: str
    event_id: int
    state: str = "LIVE"
    exec_ref_id: str = ""
    order_id: str
    client: str
    cl_ord_id: str
    account: str
    symbol: str
    asset_class: str
    currency: str
    side: str
    last_qty: Decimal
    last_px: Decimal
    last_mkt: str = ""
    notional_base: Decimal
    venue: str = ""
    child_id: str = ""
    venue_exec_id: str = ""
    traded_at: int


class PositionRow(Struct, kw_only=True):
    """What an account holds of an instrument by the trades in the store.

    ``quantity`` is negative when short; ``cost`` is what the open quantity cost (negative when
    short: what it brought in), ``average_cost`` the same for one unit as a price, ``realised`` the
    gain of what was closed, before fees.
    """

    account: str
    symbol: str
    asset_class: str
    currency: str
    quantity: Decimal = ZERO
    average_cost: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    updated_at: int = 0


class SessionRow(Struct, kw_only=True):
    """A FIX session as the core last heard of it."""

    name: str
    logged_on: bool
    reason: str = ""
    changed_at: int


class ClOrdIdRow(Struct, kw_only=True):
    """Which order a client's ClOrdID(11) belongs to, those of cancels and replaces included."""

    client: str
    cl_ord_id: str
    order_id: str


class InstrumentRow(Struct, kw_only=True):
    """An instrument of the reference data in force; ``body`` is it whole, as JSON."""

    symbol: str
    body: str
