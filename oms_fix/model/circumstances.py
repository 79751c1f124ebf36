"""Events around orders: clients that are gone, instruments that are halted."""

from msgspec import Struct


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


class InstrumentHalted(Struct, frozen=True, tag=True):
    """Trading in an instrument is halted: until it goes on nothing new of it is placed."""

    symbol: str
    reason: str
    operator: str


class InstrumentResumed(Struct, frozen=True, tag=True):
    """Trading in a halted instrument goes on."""

    symbol: str
    operator: str
