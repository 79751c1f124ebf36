"""What a market data message says, whatever version of FIX it is in."""

from enum import IntEnum

from msgspec import Struct

from oms_fix.marketdata.numbers import Number
from oms_fix.model.market_data import MarketStatus


class EntryKind(IntEnum):
    """What an entry is of: MDEntryType(269), those that matter here."""

    BID = 0
    OFFER = 1
    TRADE = 2
    VOLUME = 3
    EMPTY = 4


class Action(IntEnum):
    """What becomes of an entry: MDUpdateAction(279)."""

    NEW = 0
    CHANGE = 1
    DELETE = 2
    DELETE_THROUGH = 3
    DELETE_FROM = 4
    OVERLAY = 5


class Entry(Struct, frozen=True, gc=False):
    """One entry of a book; ``market`` is its MDMkt(275), None where the entry has none.

    Kind and action are plain numbers, those of ``EntryKind`` and ``Action``: comparing members of
    an enumeration costs more than all else that is done with them.
    """

    symbol: bytes
    market: bytes | None
    action: int
    kind: int
    price: Number | None
    size: Number | None
    position: int
    rpt_seq: int


class Status(Struct, frozen=True):
    """Whether instruments are traded; ``symbol`` None: all of them, at ``market`` or everywhere."""

    symbol: bytes | None
    market: bytes | None
    status: MarketStatus


class Refused(Struct, frozen=True):
    """A request that its venue does not grant."""

    request_id: str
    text: str


class Request(Struct, frozen=True):
    """A request to be sent: the books of these instruments.

    ``subscribes``: and all that changes in them from then on; else only what they are now.
    """

    request_id: str
    symbols: tuple[str, ...]
    subscribes: bool
    depth: int
