"""What the router sees of the markets: it looks when it is about to decide, and only then.

Theory of operation
-------------------
The feed process writes the books of venues to a file (``marketdata.shared_books``). Before a
command that may route, the sequencer asks for what differs from what the core knows of that
instrument, and has the core see it first, as a command of its own, which is journaled. So market
data come to at most one record for an order, delay nothing, and every decision can be replayed.

A book that cannot be relied on has no levels, and says why. A last price is told once, and not if
it is from before this trading day: the core knows of fills that the feed has not shown yet.
"""

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from msgspec import structs

from oms_fix.core.orders.state import State
from oms_fix.marketdata.shared_books import NOT_RUNNING, BooksReader, Slot
from oms_fix.model import commands as cmd
from oms_fix.model.commands import Command
from oms_fix.model.market_data import SeeMarket, VenueBook
from oms_fix.model.reviews import DecideReview, ReviewOverdue
from oms_fix.model.venue_health import ChildOverdue

_STOPS_SECONDS = 0.25
NO_SLOT = "no market data any more"


class Market(Protocol):
    """What is known of the markets at this moment; the virtual world has its own."""

    def see(self, symbol: str) -> SeeMarket | None:
        """Return what the core does not know yet, None if there is nothing."""

    def begin_day(self) -> None:
        """Let what was traded up to now be of a trading day that is over."""


class MappedMarket:
    """The markets as in the file of books.

    Args:
        path: the file.
        state: the core's.
        clock: returns nanoseconds since 1970 UTC, by the system's clock as the feed has it.
        began_at: of this trading day.
    """

    def __init__(self, path: Path, state: State, clock: Callable[[], int], began_at: int) -> None:
        self._reader = BooksReader(path, clock)
        self._state = state
        self._clock = clock
        self._began_at = began_at
        self._told_at: dict[str, int] = {}  # by symbol, the time of the last price told

    def begin_day(self) -> None:
        """Let what was traded up to now be of a trading day that is over."""
        self._began_at = self._clock()

    def see(self, symbol: str) -> SeeMarket | None:
        """Return what the core does not know yet, None if there is nothing."""
        venues = [name for name, terms in self._state.venues.items() if terms.market_data]
        if not venues:
            return None
        known = self._state.books.get(symbol, {})
        if not self._reader.is_alive():
            return _told(symbol, known, [VenueBook(venue, out=NOT_RUNNING) for venue in venues])
        found = [self._reader.slot(symbol, venue) for venue in venues]
        slots = [slot for slot in found if slot is not None]
        books = [slot.book for slot in slots]
        described = {book.venue for book in books}
        books += [VenueBook(each, out=NO_SLOT) for each in known if each not in described]
        told = _told(symbol, known, books)
        last, last_at = self._last(symbol, slots)
        volume = self._volume(symbol, slots)
        if told is None and last is None and volume is None:
            return None
        if last is not None:
            self._told_at[symbol] = last_at
        return structs.replace(told or SeeMarket(symbol, ()), last=last, volume=volume)

    def _last(self, symbol: str, slots: Iterable[Slot]) -> tuple[Decimal | None, int]:
        """Return the newest last price of this trading day, None if it is told already."""
        since = max(self._told_at.get(symbol, 0), self._began_at)
        newest = max(slots, key=lambda slot: slot.last_at, default=None)
        if newest is None or newest.last_at <= since:
            return None, 0
        return newest.last, newest.last_at

    def _volume(self, symbol: str, slots: Iterable[Slot]) -> Decimal | None:
        """Return what was traded today over all venues, None if that is known or nothing is."""
        began_at = self._began_at
        all_of = [s.volume for s in slots if s.volume is not None and s.volume_at > began_at]
        total = sum(all_of, start=Decimal(0))
        return total if all_of and total != self._state.volumes.get(symbol) else None


def _told(symbol: str, known: dict[str, VenueBook], books: list[VenueBook]) -> SeeMarket | None:
    """Return those books that say something else than is known."""
    news = tuple(book for book in books if _differs(book, known.get(book.venue)))
    return SeeMarket(symbol, news) if news else None


def _differs(book: VenueBook, known: VenueBook | None) -> bool:
    if book is known:
        return False
    return known is None or (
        (book.out, book.status, book.bids, book.offers)
        != (known.out, known.status, known.bids, known.offers)
    )


# --- which instrument a command is about ---------------------------------------------------------


def _of_terms(_state: State, command: cmd.NewOrderSingle | cmd.EnterOrder) -> str | None:
    return command.terms.symbol


def _of_replace(_state: State, command: cmd.OrderCancelReplaceRequest) -> str | None:
    return command.terms.symbol


def _of_price(_state: State, command: cmd.LastPrice) -> str | None:
    return command.symbol


def _of_overdue(state: State, command: ChildOverdue) -> str | None:
    child = state.children.get(command.child_id)
    return None if child is None else _of_order_id(state, child.order_id)


def _of_child(
    state: State,
    command: cmd.VenueExecutionReport
    | cmd.VenueOrderCancelReject
    | cmd.VenueOrderStatus
    | cmd.VenueMessageReject,
) -> str | None:
    child = state.child_at(command.session, command.cl_ord_id or "")
    return None if child is None else _of_order_id(state, child.order_id)


def _of_order(state: State, command: cmd.OperateOrder | DecideReview | ReviewOverdue) -> str | None:
    return _of_order_id(state, command.order_id)


def _of_order_id(state: State, order_id: str) -> str | None:
    order = state.orders.get(order_id)
    return None if order is None else order.terms.symbol


_SYMBOLS: dict[type, Callable[..., str | None]] = {
    cmd.NewOrderSingle: _of_terms,
    cmd.EnterOrder: _of_terms,
    cmd.OrderCancelReplaceRequest: _of_replace,
    cmd.LastPrice: _of_price,
    ChildOverdue: _of_overdue,
    cmd.VenueExecutionReport: _of_child,
    cmd.VenueOrderCancelReject: _of_child,
    cmd.VenueOrderStatus: _of_child,
    cmd.VenueMessageReject: _of_child,
    cmd.OperateOrder: _of_order,
    DecideReview: _of_order,
    ReviewOverdue: _of_order,
}


def symbols_of(state: State, command: Command) -> Iterable[str]:
    """Return the instruments that a command may have something routed in."""
    if type(command) is cmd.SetTradingState:  # what it lets go on is placed again
        return dict.fromkeys(each.terms.symbol for each in state.orders.values() if each.suspended)
    find = _SYMBOLS.get(type(command))
    symbol = None if find is None else find(state, command)
    return () if symbol is None else (symbol,)


class StopWatch:
    """Has the core see the last prices of instruments in which stop orders are held.

    Args:
        state: the core's.
        market: to look at.
        execute: has the core see it.
        cut_off: whether nothing can be stored now; it is looked again once it can.
    """

    def __init__(
        self,
        state: State,
        market: Market,
        execute: Callable[[SeeMarket], object],
        cut_off: Callable[[], bool],
    ) -> None:
        self._state = state
        self._market = market
        self._execute = execute
        self._cut_off = cut_off
        self._next_look: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look, from now on, until no stop order is held any more."""
        if self._next_look is None and self._state.held_stops:
            loop = asyncio.get_running_loop()
            self._next_look = loop.call_later(_STOPS_SECONDS, self._look_again)

    def stop(self) -> None:
        """Look no more."""
        if self._next_look is not None:
            self._next_look.cancel()

    def _look_again(self) -> None:
        self._next_look = None
        try:
            self.look()
        finally:
            self.watch()

    def look(self) -> None:
        """Tell of new last prices; that books change moves no stop."""
        if self._cut_off():
            return
        for symbol in list(self._state.held_stops):
            seen = self._market.see(symbol)
            if seen is not None and seen.last is not None:
                self._execute(seen)
