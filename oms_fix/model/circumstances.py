"""Events around orders: clients gone, trading states, stops held, markets closed, limits."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.model.check_base import Scope
from oms_fix.model.enums import TradingScope, TradingState


class ClientAwaited(Struct, frozen=True, tag=True):
    """A client is gone; unless it is back by then, its orders are taken back.

    ``until`` in nanoseconds since 1970 UTC. ``reason`` is the ExecRestatementReason(378) of that.
    ``all_orders``: all its orders, else those whose ExecInst(18) says so.
    """

    session: str
    until: int
    reason: int
    all_orders: bool


class ClientGivenUp(Struct, frozen=True, tag=True):
    """A client is not back in time: ``orders`` of its are taken back."""

    session: str
    orders: int


class TradingStateChanged(Struct, frozen=True, tag=True, omit_defaults=True):
    """Trading is halted, only reduces positions or goes on: for all, or what has this ``name``.

    ``cancel_open``: what is open there is taken back.
    """

    scope: TradingScope
    name: str
    state: TradingState
    operator: str
    reason: str = ""
    cancel_open: bool = False


class MarketClosed(Struct, frozen=True, tag=True):
    """A market's trading day is over: its orders that end with it are due to end.

    The first close that is told of a market only begins the count: which orders came before it
    nobody has written down.
    """

    market: str
    day: str


class AcceptanceChanged(Struct, frozen=True, tag=True, omit_defaults=True):
    """From here on new orders are taken, or refused for this ``reason``."""

    accepting: bool
    reason: str = ""


class LastPriceTold(Struct, frozen=True, tag=True):
    """An instrument was last traded at this price, as ``source`` says."""

    symbol: str
    price: Decimal
    source: str


class QuoteTold(Struct, frozen=True, tag=True):
    """An instrument is bid and offered at these prices, as ``source`` says."""

    symbol: str
    bid: Decimal
    offer: Decimal
    source: str


class LimitBreach(Struct, frozen=True, omit_defaults=True):
    """What is above its limit as it is: whose, of which instrument if it is about one.

    ``name`` is that of the account or group; ``measured`` says what the numbers are of.
    """

    check_id: str
    scope: Scope
    name: str
    symbol: str
    measured: str
    used: Decimal
    limit: Decimal


class LimitsBreached(Struct, frozen=True, tag=True, omit_defaults=True):
    """By the rules and reference data of now this is too much already, and ``more`` beside it.

    It is told and stays as it is: limits are for orders to come. ``left_out``: holdings that were
    not looked at, since there are too many.
    """

    breaches: tuple[LimitBreach, ...]
    more: int = 0
    left_out: int = 0


class StopHeld(Struct, frozen=True, tag=True):
    """No venue of the route takes this stop order: the router holds it until it is triggered."""

    order_id: str


class StopTriggered(Struct, frozen=True, tag=True):
    """The last price has reached StopPx(99): the order is worked as a market or limit order."""

    order_id: str
    last_px: Decimal


Circumstance = (
    ClientAwaited
    | ClientGivenUp
    | TradingStateChanged
    | MarketClosed
    | AcceptanceChanged
    | LastPriceTold
    | QuoteTold
    | LimitsBreached
    | StopHeld
    | StopTriggered
)
