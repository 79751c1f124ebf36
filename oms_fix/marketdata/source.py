"""One session that market data come over: what its books are worth, and what is to be asked for.

Theory of operation
-------------------
A book can be relied on from its snapshot on, for as long as nothing is missing. It is out

* while its session is not logged on, and from the logon until its snapshot has come;
* from a gap in RptSeq(83), or an entry that does not fit, until the next snapshot;
* when nothing at all has come over the session for too long (heartbeats are a sign of life);
* when what comes is older than the limit: then all books are out, what comes is dropped, which is
  how we catch up, and once it is young again snapshots are asked for;
* when the venue refuses the request. One for several instruments may be refused because of one of
  them: it is made again in halves, down to single instruments, and only who is alone then is out.

What is to be sent is put into ``requests``; who owns the session takes it from there. A snapshot
that does not come is asked for again after a while. Where a venue refuses requests for snapshots
alone, whole subscriptions are asked for anew.

Entries that share a RptSeq(83) with the one before belong to the same change; what a snapshot
already has is known by its number.
"""

from collections.abc import Iterable, Mapping, Sequence

from oms_fix.marketdata.book import DEPTH, Book, Out
from oms_fix.marketdata.entries import Entry, Refused, Request, Status

MILLISECOND = 1_000_000
_RETRY_NS = 5_000 * MILLISECOND
_REQUESTS_REMEMBERED_MAX = 10_000
_BATCH = 100


class Source:
    """The books of one session.

    Args:
        books: all of them; each venue has each instrument.
        markets: MDMkt(275) of the venues, by their names; empty names are of no use.
        stale_ns: how long there may be nothing at all.
        late_ns: how old what comes may be.

    Attributes:
        requests: to be sent.
        changed: books that have changed since somebody has emptied it.
    """

    def __init__(
        self, books: Iterable[Book], markets: Mapping[str, str], stale_ns: int, late_ns: int
    ) -> None:
        self.requests: list[Request] = []
        self.changed: set[Book] = set()
        self._books = list(books)
        self._stale_ns = stale_ns
        self._late_ns = late_ns
        self._by_symbol: dict[bytes, list[Book]] = {}
        self._by_market: dict[bytes, dict[bytes, Book]] = {}
        for book in self._books:
            symbol = book.symbol.encode()
            self._by_symbol.setdefault(symbol, []).append(book)
            market = markets.get(book.venue, "").encode()
            self._by_market.setdefault(market, {})[symbol] = book
        self._is_one_venue = len({book.venue for book in self._books}) == 1
        self._alone = {symbol: books[0] for symbol, books in self._by_symbol.items()}
        self._is_up = self._is_stale = self._is_late = False
        self._heard_at = 0
        self._asked: dict[str, Request] = {}
        self._requests_count = 0
        self._snapshots_refused = False

    # --- the session ----------------------------------------------------------------------------

    def logged_on(self, now: int) -> None:
        """Subscribe to everything."""
        self._is_up, self._is_stale, self._is_late = True, False, False
        self._snapshots_refused = False
        self._heard_at = now
        self._asked.clear()
        self.requests.clear()
        for book in self._books:
            book.clear()
            self._put_out(book, Out.AWAITING)
        self._ask(list(self._by_symbol), now, subscribes=True)

    def logged_out(self) -> None:
        """Rely on nothing any more."""
        self._is_up = False
        self.requests.clear()
        for book in self._books:
            book.clear()
            self._put_out(book, Out.NOT_CONNECTED)

    def heard(self, now: int) -> None:
        """Take note of a sign of life."""
        self._heard_at = now
        if self._is_stale:
            self._is_stale = False
            self._ask_for_all(now)

    def due(self, now: int) -> None:
        """Do what is due by now; to be called about once a second."""
        if not self._is_up:
            return
        if now - self._heard_at > self._stale_ns:
            if not self._is_stale:
                self._is_stale = True
                self._all_out(Out.STALE)
            return
        if self._is_late:
            return
        waiting = {
            book.symbol.encode(): None
            for book in self._books
            if book.out and book.out is not Out.REFUSED and now - book.asked_at > _RETRY_NS
        }
        if waiting:
            self._ask(list(waiting), now, subscribes=False)

    def is_late(self, lag_ns: int, now: int) -> bool:
        """Tell whether what comes is too old to be looked at, by the age of a message."""
        if lag_ns > self._late_ns:
            if not self._is_late:
                self._is_late = True
                self._all_out(Out.LATE, lag_ns // MILLISECOND)
        elif self._is_late and 2 * lag_ns < self._late_ns:
            self._is_late = False
            self._ask_for_all(now)
        return self._is_late

    # --- messages -------------------------------------------------------------------------------

    def take(self, entries: Sequence[Entry], now: int) -> None:
        """Take what has changed, as by MarketDataIncrementalRefresh(X)."""
        changed, symbol, market = self.changed, None, None
        book: Book | None = None
        for entry in entries:
            if entry.symbol != symbol or entry.market != market:
                symbol, market = entry.symbol, entry.market
                book = self._book(symbol, market)
            if book is None or book.out:
                continue
            number = entry.rpt_seq
            if number:
                before = book.rpt_seq
                if number < before:
                    continue
                if before and number > before + 1:
                    self._miss(book, Out.GAP, now)
                    continue
                book.rpt_seq = number
            if book.take(entry, now):
                book.at = now
                changed.add(book)
            else:
                self._miss(book, Out.GAP, now)

    def snapshot(self, symbol: bytes, rpt_seq: int, entries: Sequence[Entry], now: int) -> None:
        """Take whole books, as by MarketDataSnapshotFullRefresh(W)."""
        if self._is_late or self._is_stale:
            return
        markets = {entry.market for entry in entries}
        if self._is_one_venue or not markets or None in markets:
            books = self._by_symbol.get(symbol, [])
        else:
            found = [self._book(symbol, market) for market in markets]
            books = [book for book in found if book is not None]
        for book in books:
            book.clear()
            book.out, book.out_ms, book.at = Out.NO, 0, now
            book.rpt_seq = rpt_seq
            self.changed.add(book)
        for entry in entries:
            market = entry.market
            own = None if market is None else self._book(symbol, market)
            for book in books:
                if market is None or book is own:
                    if not book.take(entry, now, is_snapshot=True):
                        self._put_out(book, Out.UNREADABLE)
                    book.rpt_seq = max(book.rpt_seq, entry.rpt_seq)

    def unreadable(self, symbol: bytes | None, now: int) -> None:
        """Take note of a message that says nothing that we understand, about these books."""
        books = self._books if symbol is None else self._by_symbol.get(symbol, [])
        for book in books:
            if not book.out:
                self._miss(book, Out.UNREADABLE, now)

    def status(self, told: Status) -> None:
        """Take whether instruments are traded."""
        books = self._books
        if told.symbol is not None:
            books = self._by_symbol.get(told.symbol, [])
        for book in books:
            if told.market in (None, b"") or book is self._book(book.symbol.encode(), told.market):
                book.status = told.status
                self.changed.add(book)

    def refused(self, told: Refused, now: int) -> None:
        """Take that a request is not granted, as by MarketDataRequestReject(Y)."""
        request = self._asked.pop(told.request_id, None)
        if request is None:
            return
        if not request.subscribes and not self._snapshots_refused:
            self._snapshots_refused = True
            self._ask([symbol.encode() for symbol in request.symbols], now, subscribes=True)
            return
        waiting = [
            symbol
            for symbol in map(str.encode, request.symbols)
            if any(book.out for book in self._by_symbol[symbol])
        ]
        if len(waiting) > 1:
            half = len(waiting) // 2
            for symbols in (waiting[:half], waiting[half:]):
                self._ask(symbols, now, subscribes=request.subscribes)
            return
        for symbol in waiting:
            for book in self._by_symbol[symbol]:
                if book.out:
                    self._put_out(book, Out.REFUSED)

    # --- what all of them need ------------------------------------------------------------------

    def _book(self, symbol: bytes, market: bytes | None) -> Book | None:
        if self._is_one_venue:
            return self._alone.get(symbol)
        return self._by_market.get(market or b"", {}).get(symbol)

    def _miss(self, book: Book, why: Out, now: int) -> None:
        """Leave a book out, and ask for what it is now."""
        book.clear()
        self._put_out(book, why)
        self._ask([book.symbol.encode()], now, subscribes=False)

    def _put_out(self, book: Book, why: Out, by_ms: int = 0) -> None:
        book.out, book.out_ms = why, by_ms
        self.changed.add(book)

    def _all_out(self, why: Out, by_ms: int = 0) -> None:
        for book in self._books:
            if book.out is not Out.REFUSED:
                book.clear()
                self._put_out(book, why, by_ms)

    def _ask_for_all(self, now: int) -> None:
        symbols = {
            book.symbol.encode(): None for book in self._books if book.out is not Out.REFUSED
        }
        self._ask(list(symbols), now, subscribes=False)

    def _ask(self, symbols: list[bytes], now: int, *, subscribes: bool) -> None:
        for symbol in symbols:
            for book in self._by_symbol[symbol]:
                book.asked_at = now
        subscribes = subscribes or self._snapshots_refused
        for begin in range(0, len(symbols), _BATCH):
            self._requests_count += 1
            batch = tuple(symbol.decode() for symbol in symbols[begin : begin + _BATCH])
            request = Request(f"M{self._requests_count}", batch, subscribes, DEPTH)
            if len(self._asked) >= _REQUESTS_REMEMBERED_MAX:
                del self._asked[next(iter(self._asked))]
            self._asked[request.request_id] = request
            self.requests.append(request)
