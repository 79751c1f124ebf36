"""FIX of a venue that publishes its books, for FIX 4.2, FIX 4.4 and FIX 5.0SP2.

MarketDataRequest(V) is read; MarketDataSnapshotFullRefresh(W), MarketDataIncrementalRefresh(X) and
MarketDataRequestReject(Y) are written. What is traded in all is MDEntryType(269) B; FIX 4.2 does
not know it and has TotalVolumeTraded(387), in W and with each trade. RptSeq(83) is the last field
of an entry, as FIX 5.0SP2 has it; the earlier versions do not know it there, but venues write it
all the same.

Like the venue's other messages, this shares nothing with the router's own reading.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from oms_fix.fix.message import Field, Message
from oms_fix.simulator.venue_messages import (
    REQUIRED_FIELD_MISSING,
    UNSUPPORTED_MESSAGE_TYPE,
    RefusedMessageError,
    plain,
    utc_timestamp,
)

SNAPSHOT, SUBSCRIBE, UNSUBSCRIBE = "0", "1", "2"
FULL_REFRESH = "0"
BID, OFFER, TRADE, VOLUME = "0", "1", "2", "B"
NEW, CHANGE, DELETE = "0", "1", "2"


class Reason(StrEnum):
    """MDReqRejReason(281)."""

    UNKNOWN_SYMBOL = "0"
    DUPLICATE_REQUEST = "1"
    UNSUPPORTED_SUBSCRIPTION = "4"
    UNSUPPORTED_UPDATE = "6"


class MarketDataRequest(Struct, frozen=True):
    """MarketDataRequest(V); ``depth`` 0 is the whole book."""

    request_id: str
    subscription: str
    depth: int
    update_type: str | None
    entry_types: frozenset[str]
    symbols: tuple[str, ...]


class MarketDataEntry(Struct, frozen=True):
    """One entry of W or X: ``action`` and ``symbol`` are written in X only.

    With a trade comes ``total``, what was traded in all.
    """

    symbol: str
    entry_type: str
    price: Decimal | None
    size: Decimal | None
    action: str = NEW
    rpt_seq: int = 0
    total: Decimal | None = None


def decode_request(message: Message) -> MarketDataRequest:
    """Read MarketDataRequest(V).

    Raises:
        RefusedMessageError: another type, or a field is missing or no number.
    """
    if message.msg_type != "V":
        text = f"{message.msg_type} is not served here"
        raise RefusedMessageError(UNSUPPORTED_MESSAGE_TYPE, text)
    symbols = tuple(dict.fromkeys(_all(message, 55)))
    request_id, subscription = message.text(262), message.text(263)
    try:
        depth = message.integer(264)
    except ValueError:
        depth = None
    if not request_id or not subscription or depth is None or not symbols:
        text = "MarketDataRequest needs MDReqID, SubscriptionRequestType, MarketDepth and Symbol"
        raise RefusedMessageError(REQUIRED_FIELD_MISSING, text)
    entry_types = frozenset(_all(message, 269))
    return MarketDataRequest(
        request_id, subscription, depth, message.text(265), entry_types, symbols
    )


def snapshot(
    request_id: str,
    symbol: str,
    entries: Sequence[MarketDataEntry],
    volume: Decimal,
    version: str,
    now: int,
) -> Message:
    """Return MarketDataSnapshotFullRefresh(W) of one instrument."""
    fields: list[Field] = [(262, request_id.encode())]
    fields.append((55, symbol.encode()))
    if version == "FIX.5.0SP2":
        fields.append((779, utc_timestamp(now)))
    if version == "FIX.4.2":
        fields.append((387, plain(volume)))
    fields.append((268, b"%d" % len(entries)))
    for entry in entries:
        fields.append((269, entry.entry_type.encode()))
        fields += _price_and_size(entry)
        fields.append((83, b"%d" % entry.rpt_seq))
    return Message("W", fields)


def incremental(request_id: str, entries: Sequence[MarketDataEntry], version: str) -> Message:
    """Return MarketDataIncrementalRefresh(X) of any instruments."""
    fields: list[Field] = [(262, request_id.encode()), (268, b"%d" % len(entries))]
    for entry in entries:
        fields.append((279, entry.action.encode()))
        fields.append((269, entry.entry_type.encode()))
        fields.append((55, entry.symbol.encode()))
        fields += _price_and_size(entry)
        if version == "FIX.4.2" and entry.total is not None:
            fields.append((387, plain(entry.total)))
        fields.append((83, b"%d" % entry.rpt_seq))
    return Message("X", fields)


def request_reject(request_id: str, reason: Reason | None, text: str) -> Message:
    """Return MarketDataRequestReject(Y); not for every cause there is a reason."""
    fields: list[Field] = [(262, request_id.encode())]
    if reason is not None:
        fields.append((281, reason.value.encode()))
    return Message("Y", [*fields, (58, text.encode())])


def _all(message: Message, tag: int) -> list[str]:
    """Return every value of a tag: the members of the group that has it."""
    return [value.decode("latin-1") for found, value in message.fields if found == tag]


def _price_and_size(entry: MarketDataEntry) -> list[Field]:
    fields: list[Field] = []
    if entry.price is not None:
        fields.append((270, plain(entry.price)))
    if entry.size is not None:
        fields.append((271, plain(entry.size)))
    return fields
