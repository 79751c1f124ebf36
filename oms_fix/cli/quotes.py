"""``oms-fix quotes``: what the router knows of the markets at this moment."""

import time
from decimal import Decimal
from pathlib import Path

import click

from oms_fix.cli.configured_path import configured_path
from oms_fix.cli.control_option import config_option
from oms_fix.cli.output import echo_json, echo_table
from oms_fix.core.orders.books import best_bid, best_offer
from oms_fix.marketdata.shared_books import NOT_RUNNING, BooksReader, Slot, beside
from oms_fix.model.market_data import Level

_HEADERS = ("SYMBOL", "VENUE", "BID QTY", "BID", "OFFER", "OFFER QTY", "AGE S", "STATUS", "OUT")
_ALL = "*"
_NANOSECONDS = 1_000_000_000
_TENTH = Decimal("0.1")

Row = dict[str, object]


@click.command(short_help="Show the best bids and offers, and each venue's.")
@click.argument("symbols", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@config_option
def quotes(symbols: tuple[str, ...], config: Path, as_json: bool) -> None:
    """Show the best bid and offer over all venues, and each venue's book: all, or these SYMBOLS.

    A venue's book that cannot be relied on is left out of the best ones; OUT says why.

    \b
    Example:
      oms-fix quotes AAPL MSFT
      oms-fix quotes --json
    """
    path = beside(configured_path(config, "control_socket"))
    reader = BooksReader(path, time.time_ns)
    is_alive = reader.is_alive()
    tables = reader.tables
    if not tables.symbols:
        raise click.ClickException(f"no market data: {path} is not there")
    unknown = sorted(set(symbols) - set(tables.symbols))
    if unknown:
        raise click.ClickException(f"no market data for {', '.join(unknown)}")
    now = time.time_ns()
    rows: list[Row] = []
    for symbol in symbols or tables.symbols:
        slots = [slot for venue in tables.venues if (slot := reader.slot(symbol, venue))]
        rows += _rows(symbol, slots, now, is_alive)
    reader.close()
    if as_json:
        echo_json(rows)
    else:
        echo_table([tuple(row.values())[: len(_HEADERS)] for row in rows], _HEADERS, "No quotes.")


def _rows(symbol: str, slots: list[Slot], now: int, is_alive: bool) -> list[Row]:
    """Return the row of the best prices of an instrument, and one for each venue."""
    books = [slot.book for slot in slots] if is_alive else []
    bid, offer = best_bid(books), best_offer(books)
    rows = [
        _row(
            symbol,
            _ALL,
            _at(bid, [book.bids for book in books if not book.out]),
            _at(offer, [book.offers for book in books if not book.out]),
            out="" if is_alive else NOT_RUNNING,
        )
    ]
    for slot in slots:
        book = slot.book
        age = (Decimal(now - book.at) / _NANOSECONDS).quantize(_TENTH) if book.at else None
        rows.append(
            _row(
                symbol,
                book.venue,
                book.bids[0] if book.bids else None,
                book.offers[0] if book.offers else None,
                age=age,
                status=book.status.value,
                out=book.out if is_alive else NOT_RUNNING,
            )
            | {"last": slot.last, "volume": slot.volume, "bids": book.bids, "offers": book.offers}
        )
    return rows


def _at(price: Decimal | None, sides: list[tuple[Level, ...]]) -> Level | None:
    """Return a best price with all that stands there."""
    if price is None:
        return None
    sizes = [side[0].size for side in sides if side and side[0].price == price]
    return Level(price, sum(sizes, start=Decimal(0)))


def _row(
    symbol: str,
    venue: str,
    bid: Level | None,
    offer: Level | None,
    *,
    age: Decimal | None = None,
    status: str = "",
    out: str = "",
) -> Row:
    return {
        "symbol": symbol,
        "venue": venue,
        "bid_size": None if bid is None else bid.size,
        "bid": None if bid is None else bid.price,
        "offer": None if offer is None else offer.price,
        "offer_size": None if offer is None else offer.size,
        "age_seconds": age,
        "status": status,
        "out": out,
    }
