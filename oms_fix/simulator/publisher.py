"""What a simulated exchange tells of its books to one session that has asked for them.

MarketDataRequest(V) is answered by a picture of each book; from then on what differs from the last
picture is told when time passes, so that changes in between are conflated. Each difference is an
entry: a price that has gone, one whose size is another, a new one, then the last trade and what was
traded in all. RptSeq(83) counts the entries of an instrument in this session; the picture bears the
number that it holds up to.

A request is served as a whole or not at all; who logs out has no subscriptions any more.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct, structs

from oms_fix.fix.message import Message
from oms_fix.simulator.exchange import Exchange
from oms_fix.simulator.market_data_messages import (
    BID,
    CHANGE,
    DELETE,
    FULL_REFRESH,
    NEW,
    OFFER,
    SNAPSHOT,
    SUBSCRIBE,
    TRADE,
    UNSUBSCRIBE,
    VOLUME,
    MarketDataEntry,
    MarketDataRequest,
    Reason,
    decode_request,
    incremental,
    request_reject,
    snapshot,
)
from oms_fix.simulator.order_book import BookTrade, OrderBook
from oms_fix.simulator.terms import BUY, SELL
from oms_fix.simulator.venue_messages import (
    RefusedMessageError,
    business_reject,
)

_ENTRIES_MAX = 100
_LEVELS_MAX = 1000

_Levels = tuple[tuple[Decimal, Decimal], ...]


class _Picture(Struct, frozen=True):
    """A book as the other side has been told of it."""

    sides: dict[str, _Levels]
    last_trade: BookTrade | None
    volume: Decimal


class _Subscription(Struct):
    """One instrument of one request."""

    request: MarketDataRequest
    symbol: str
    picture: _Picture
    changes: int


class Publisher:
    """Publishes the books of one exchange to one session.

    Args:
        exchange: whose books.
        version: The application version that the session speaks, such as ``FIX.4.4``.
    """

    def __init__(self, exchange: Exchange, version: str) -> None:
        self._exchange = exchange
        self._version = version
        self._subscriptions: dict[str, dict[str, _Subscription]] = {}
        self._rpt_seqs: dict[str, int] = {}

    def received(self, message: Message, now: int) -> list[Message]:
        """Act on a message of the other side; return the answers."""
        try:
            request = decode_request(message)
        except RefusedMessageError as refused:
            return [business_reject(message, refused)]
        if request.subscription == UNSUBSCRIBE:
            return self._unsubscribe(request)
        refusal = self._refusal(request)
        if refusal is not None:
            return [request_reject(request.request_id, *refusal)]
        # What is still to be told goes first: a picture is not to be newer than its number says.
        return [*self.tick(), *(self._begin(request, each, now) for each in request.symbols)]

    def tick(self) -> list[Message]:
        """Return what has changed since the last time."""
        messages: list[Message] = []
        for request_id, subscriptions in self._subscriptions.items():
            entries = [entry for each in subscriptions.values() for entry in self._news(each)]
            messages += [
                incremental(request_id, entries[at : at + _ENTRIES_MAX], self._version)
                for at in range(0, len(entries), _ENTRIES_MAX)
            ]
        return messages

    def logged_out(self) -> None:
        """Forget all subscriptions."""
        self._subscriptions.clear()
        self._rpt_seqs.clear()

    def _refusal(self, request: MarketDataRequest) -> tuple[Reason, str] | None:
        if request.subscription not in (SNAPSHOT, SUBSCRIBE):
            text = f"SubscriptionRequestType {request.subscription} is not served here"
            return Reason.UNSUPPORTED_SUBSCRIPTION, text
        if request.subscription == SUBSCRIBE and request.update_type == FULL_REFRESH:
            return Reason.UNSUPPORTED_UPDATE, "only incremental refresh is served here"
        if request.request_id in self._subscriptions:
            return Reason.DUPLICATE_REQUEST, "MDReqID is in use"
        strange = [each for each in request.symbols if each not in self._exchange.instruments]
        if strange:
            return Reason.UNKNOWN_SYMBOL, f"{', '.join(strange)} not traded here"
        return None

    def _begin(self, request: MarketDataRequest, symbol: str, now: int) -> Message:
        book = self._exchange.book(symbol)
        picture = _picture(book, request)
        if request.subscription == SUBSCRIBE:
            subscription = _Subscription(request, symbol, picture, book.changes)
            self._subscriptions.setdefault(request.request_id, {})[symbol] = subscription
        rpt_seq = self._rpt_seqs.setdefault(symbol, 0)
        entries = [_numbered(entry, rpt_seq) for entry in _whole(symbol, picture, request)]
        return snapshot(request.request_id, symbol, entries, book.volume, self._version, now)

    def _unsubscribe(self, request: MarketDataRequest) -> list[Message]:
        subscriptions = self._subscriptions.get(request.request_id)
        if subscriptions is None:
            return [request_reject(request.request_id, None, "no such subscription")]
        for symbol in request.symbols:
            subscriptions.pop(symbol, None)
        if not subscriptions:
            del self._subscriptions[request.request_id]
        return []

    def _news(self, subscription: _Subscription) -> Iterator[MarketDataEntry]:
        """Yield what is to be told of an instrument, and take it for told."""
        symbol = subscription.symbol
        book = self._exchange.book(symbol)
        if book.changes == subscription.changes:
            return
        before, now = subscription.picture, _picture(book, subscription.request)
        subscription.picture, subscription.changes = now, book.changes
        for entry in _differences(symbol, before, now, subscription.request):
            self._rpt_seqs[symbol] += 1
            yield _numbered(entry, self._rpt_seqs[symbol])


def _picture(book: OrderBook, request: MarketDataRequest) -> _Picture:
    depth = request.depth or _LEVELS_MAX
    wanted = ((BID, BUY), (OFFER, SELL))
    sides = {kind: book.depth(side, depth) for kind, side in wanted if kind in request.entry_types}
    return _Picture(sides, book.last_trade, book.volume)


def _whole(symbol: str, picture: _Picture, request: MarketDataRequest) -> Iterator[MarketDataEntry]:
    for kind, levels in picture.sides.items():
        for price, size in levels:
            yield MarketDataEntry(symbol, kind, price, size)
    trade = picture.last_trade
    if trade is not None and TRADE in request.entry_types:
        yield MarketDataEntry(symbol, TRADE, trade.price, trade.quantity)
    if VOLUME in request.entry_types:
        yield MarketDataEntry(symbol, VOLUME, None, picture.volume)


def _differences(
    symbol: str, before: _Picture, now: _Picture, request: MarketDataRequest
) -> Iterator[MarketDataEntry]:
    for kind, levels in now.sides.items():
        yield from _moved(symbol, kind, dict(before.sides[kind]), dict(levels))
    trade = now.last_trade
    if trade is not before.last_trade and trade is not None and TRADE in request.entry_types:
        yield MarketDataEntry(symbol, TRADE, trade.price, trade.quantity, total=now.volume)
    if now.volume != before.volume and VOLUME in request.entry_types:
        yield MarketDataEntry(symbol, VOLUME, None, now.volume, CHANGE)


def _moved(
    symbol: str, kind: str, before: Mapping[Decimal, Decimal], now: Mapping[Decimal, Decimal]
) -> Iterator[MarketDataEntry]:
    """Yield what has gone first, so that there are never more levels than were asked for."""
    for price in before:
        if price not in now:
            yield MarketDataEntry(symbol, kind, price, None, DELETE)
    for price, size in now.items():
        if price in before and before[price] != size:
            yield MarketDataEntry(symbol, kind, price, size, CHANGE)
    for price, size in now.items():
        if price not in before:
            yield MarketDataEntry(symbol, kind, price, size, NEW)


def _numbered(entry: MarketDataEntry, rpt_seq: int) -> MarketDataEntry:
    return structs.replace(entry, rpt_seq=rpt_seq)
