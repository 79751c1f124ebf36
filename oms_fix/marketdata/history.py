"""What was traded, minute by minute: for arrival prices and interval VWAP.

One SQLite file with one row for each instrument and minute in which anything was traded or quoted:
volume and turnover, so that the VWAP of any interval is the quotient of sums, and the mid at its
end. It is written by the feed process alone, once a minute, and read by reports.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from sqlite_utils import Database
from sqlite_utils.db import Table

from oms_fix.core.orders.books import best_bid, best_offer
from oms_fix.marketdata.book import Book
from oms_fix.marketdata.shared_books import venue_book

KEEP_DAYS = 30
_TABLE = "bars"
_NANOSECONDS = 1_000_000_000


class Bar(Struct, frozen=True):
    """A minute of an instrument, which ends at ``end`` (UTC, ISO 8601)."""

    symbol: str
    end: str
    volume: Decimal
    turnover: Decimal
    mid: Decimal | None


class History:
    """The database of bars.

    Args:
        path: the file; made if it is not there.
        keep_days: older bars are deleted.
    """

    def __init__(self, path: Path, keep_days: int = KEEP_DAYS) -> None:
        self._database = Database(path)
        self._keep = timedelta(days=keep_days)
        self._bars = self._database[_TABLE]
        assert isinstance(self._bars, Table)
        self._bars.create(
            {"symbol": str, "end": str, "volume": str, "turnover": str, "mid": str},
            pk=("symbol", "end"),
            if_not_exists=True,
        )

    def take(self, books: Iterable[Book], now: int) -> None:
        """Write the bars of the minute that ends now."""
        assert isinstance(self._bars, Table)
        by_symbol: dict[str, list[Book]] = {}
        for book in books:
            by_symbol.setdefault(book.symbol, []).append(book)
        at = datetime.fromtimestamp(now // _NANOSECONDS, UTC)
        rows = [_row(symbol, at, each) for symbol, each in by_symbol.items()]
        self._bars.insert_all([row for row in rows if row is not None], replace=True)
        self._bars.delete_where("end < ?", [(at - self._keep).isoformat()])

    def bars(self, symbol: str, begin: datetime, end: datetime) -> list[Bar]:
        """Return the bars that end after ``begin`` and not after ``end``, the oldest first."""
        assert isinstance(self._bars, Table)
        found = self._bars.rows_where(
            "symbol = ? and end > ? and end <= ?",
            [symbol, begin.astimezone(UTC).isoformat(), end.astimezone(UTC).isoformat()],
            order_by="end",
        )
        return [
            Bar(
                row["symbol"],
                row["end"],
                Decimal(row["volume"]),
                Decimal(row["turnover"]),
                None if row["mid"] is None else Decimal(row["mid"]),
            )
            for row in found
        ]

    def vwap(self, symbol: str, begin: datetime, end: datetime) -> Decimal | None:
        """Return the volume-weighted average price of an interval, None if nothing was traded."""
        bars = self.bars(symbol, begin, end)
        volume = sum((bar.volume for bar in bars), start=Decimal(0))
        return sum((bar.turnover for bar in bars), start=Decimal(0)) / volume if volume else None

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _row(symbol: str, at: datetime, books: list[Book]) -> dict[str, str | None] | None:
    """Return the row of an instrument, and let the next minute begin; None if nothing is known."""
    volume = sum((book.bar_volume for book in books), start=Decimal(0))
    turnover = sum((book.bar_turnover for book in books), start=Decimal(0))
    for book in books:
        book.bar_volume = book.bar_turnover = Decimal(0)
    venue_books = [venue_book(book) for book in books]
    bid, offer = best_bid(venue_books), best_offer(venue_books)
    mid = None if bid is None or offer is None else (bid + offer) / 2
    if not volume and mid is None:
        return None
    return {
        "symbol": symbol,
        "end": at.isoformat(),
        "volume": str(volume),
        "turnover": str(turnover),
        "mid": None if mid is None else str(mid),
    }
