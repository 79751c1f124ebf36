"""The books in a memory-mapped file: the feed process writes them, all others read.

Theory of operation
-------------------
The file has a header, the tables of instruments and venues (JSON), and a slot of fixed size for
each instrument at each venue. A slot has a number that goes up with each write, a CRC-32 of that
and of all that follows, and then the book to its depth, when it came in, why it is out, the status,
the last trade and the volume. Writer and reader share no lock: whoever reads while it is written
gets bytes that do not fit their CRC, and reads again, a bounded number of times.

The writer tells that it lives by a time in the header. Once that is too old, or 0 since the writer
has ended, every book is out. Each start of the writer makes a file of its own and gives it the name
of the old one, so that no reader ever takes old slots for new; a reader whose writer does not live
looks for a new file under the name. A file of another layout is no file.
"""

import hashlib
import mmap
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from struct import Struct as Layout
from typing import NamedTuple
from zlib import crc32

import msgspec
from msgspec import Struct

from oms_fix.marketdata.book import DEPTH, Book, Out, Side
from oms_fix.marketdata.numbers import NUMBER_LAYOUT, unpacked
from oms_fix.model.market_data import Level, MarketStatus, VenueBook

VERSION = 1
ALIVE_NS = 3_000_000_000
"""A writer that has not told for so long that it lives is taken for dead."""

_MAGIC = b"OMSBOOKS"
_MODE = 0o660  # as the control socket: owner and group
# Magic, version, bytes of the tables, their SHA-256, process of the writer; then the heartbeat.
_HEAD = Layout("<8sII32sI")
_HEARTBEAT = Layout("<q")
_HEARTBEAT_AT = 56
_TABLES_AT = 64
_FRAME = Layout("<II")  # number, CRC-32
# at, last at, volume at, out by, out, status, bids, offers.
_BODY = Layout("<qqqIBBBB")
_NUMBER_SIZE = NUMBER_LAYOUT.size
_NO_NUMBER = bytes(_NUMBER_SIZE)
_LEVELS_AT = _FRAME.size + _BODY.size + 2 * _NUMBER_SIZE
_SIDE_SIZE = 2 * DEPTH * _NUMBER_SIZE
_SLOT_SIZE = -(-(_LEVELS_AT + 2 * _SIDE_SIZE) // 8) * 8
_READS_MAX = 100
_STATUSES = tuple(MarketStatus)
_STATUS_NUMBERS = {status: number for number, status in enumerate(_STATUSES)}

_OUT_TEXTS = {
    Out.NO: "",
    Out.NOT_CONNECTED: "market data session not logged on",
    Out.AWAITING: "awaiting snapshot",
    Out.GAP: "gap in RptSeq(83)",
    Out.STALE: "stale: nothing has come",
    Out.LATE: "late by {} ms",
    Out.REFUSED: "market data request refused",
    Out.UNREADABLE: "market data cannot be read",
}
NOT_RUNNING = "market data process not running"
TORN = "cannot be read: written meanwhile"


def beside(control_socket: Path) -> Path:
    """Return the path of the file of books of the daemon that has this control socket."""
    return control_socket.with_name(f"{control_socket.name}.books")


class Tables(Struct, frozen=True):
    """What the slots are of, in their order."""

    symbols: tuple[str, ...]
    venues: tuple[str, ...]


class Slot(NamedTuple):
    """What a slot says."""

    number: int
    book: VenueBook
    last: Decimal | None
    last_at: int
    volume: Decimal | None
    volume_at: int


def venue_book(book: Book) -> VenueBook:
    """Return a book as the core knows it."""
    return VenueBook(
        book.venue,
        _levels_of(book.bids),
        _levels_of(book.offers),
        book.at,
        _OUT_TEXTS[book.out].format(book.out_ms),
        book.status,
    )


def _levels_of(side: Side) -> tuple[Level, ...]:
    pairs = zip(side.prices, side.sizes, strict=True)
    return tuple([Level(price.value, size.value) for price, size in pairs])


def slot_bytes(number: int, book: Book) -> bytes:
    """Return a slot with its number and CRC-32."""
    bids, offers = book.bids, book.offers
    content = b"".join(
        (
            _BODY.pack(
                book.at,
                book.last_at if book.last else 0,
                book.volume_at if book.volume else 0,
                min(book.out_ms, 0xFFFFFFFF),
                book.out,
                _STATUS_NUMBERS[book.status],
                len(bids.prices),
                len(offers.prices),
            ),
            book.last.packed if book.last else _NO_NUMBER,
            book.volume.packed if book.volume else _NO_NUMBER,
            _side_bytes(bids),
            _side_bytes(offers),
        )
    )
    return _FRAME.pack(number, crc32(content, number)) + content


def _side_bytes(side: Side) -> bytes:
    pairs = zip(side.prices, side.sizes, strict=True)
    return b"".join([price.packed + size.packed for price, size in pairs]).ljust(
        _SIDE_SIZE, b"\x00"
    )


def read_slot(raw: bytes, venue: str) -> Slot | None:
    """Return what a slot says, None if it was read while it was written."""
    number, check = _FRAME.unpack_from(raw)
    if crc32(raw[_FRAME.size : _LEVELS_AT + 2 * _SIDE_SIZE], number) != check:
        return None
    at, last_at, volume_at, out_ms, out, status, bids, offers = _BODY.unpack_from(raw, _FRAME.size)
    numbers_at = _FRAME.size + _BODY.size
    return Slot(
        number,
        VenueBook(
            venue,
            _levels(raw, _LEVELS_AT, bids),
            _levels(raw, _LEVELS_AT + _SIDE_SIZE, offers),
            at,
            _OUT_TEXTS[Out(out)].format(out_ms),
            _STATUSES[status],
        ),
        _number(raw, numbers_at) if last_at else None,
        last_at,
        _number(raw, numbers_at + _NUMBER_SIZE) if volume_at else None,
        volume_at,
    )


def _levels(raw: bytes, at: int, count: int) -> tuple[Level, ...]:
    each = range(at, at + 2 * count * _NUMBER_SIZE, 2 * _NUMBER_SIZE)
    return tuple([Level(_number(raw, one), _number(raw, one + _NUMBER_SIZE)) for one in each])


def _number(raw: bytes, at: int) -> Decimal:
    return unpacked(*NUMBER_LAYOUT.unpack_from(raw, at))


class BooksWriter:
    """Makes the file, and writes books into it.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, tables: Tables) -> None:
        content = msgspec.json.encode(tables)
        self._slots_at = -(-(_TABLES_AT + len(content)) // 64) * 64
        self._numbers = [0] * (len(tables.symbols) * len(tables.venues))
        size = self._slots_at + len(self._numbers) * _SLOT_SIZE
        new = path.with_name(f"{path.name}.{os.getpid()}.new")
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC, _MODE)
        try:
            os.fchmod(descriptor, _MODE)
            os.posix_fallocate(descriptor, 0, size)  # or a full disk would end us by a signal
            self._map = mmap.mmap(descriptor, size)
        except OSError:
            new.unlink()
            raise
        finally:
            os.close(descriptor)
        head = _HEAD.pack(
            _MAGIC, VERSION, len(content), hashlib.sha256(content).digest(), os.getpid()
        )
        self._map[: len(head)] = head
        self._map[_TABLES_AT : _TABLES_AT + len(content)] = content
        for place in range(len(self._numbers)):
            self.write(Book("", "", place))
        new.rename(path)

    def write(self, book: Book) -> None:
        """Write a book into its slot."""
        place = book.place
        number = self._numbers[place] = (self._numbers[place] + 1) & 0xFFFFFFFF
        raw = slot_bytes(number, book)
        at = self._slots_at + place * _SLOT_SIZE
        self._map[at : at + len(raw)] = raw

    def beat(self, now: int) -> None:
        """Tell that we live."""
        self._map[_HEARTBEAT_AT : _HEARTBEAT_AT + _HEARTBEAT.size] = _HEARTBEAT.pack(now)

    def close(self) -> None:
        """Tell that no book can be relied on any more."""
        self.beat(0)
        self._map.close()


class _File:
    """One file, mapped; what is in its header is good."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.inode = os.fstat(file.fileno()).st_ino
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, version, size, digest, _ = _HEAD.unpack(self.map[: _HEAD.size].ljust(_HEAD.size))
        content = self.map[_TABLES_AT : _TABLES_AT + size]
        if (magic, version) != (_MAGIC, VERSION) or hashlib.sha256(content).digest() != digest:
            self.map.close()
            raise ValueError(f"{path} is no file of books of layout {VERSION}")
        self.tables = msgspec.json.decode(content, type=Tables)
        self._slots_at: int = -(-(_TABLES_AT + size) // 64) * 64
        self.rows = {symbol: row for row, symbol in enumerate(self.tables.symbols)}
        self.columns = {venue: column for column, venue in enumerate(self.tables.venues)}

    def heartbeat(self) -> int:
        """Return when the writer last told that it lives; 0 if it has ended."""
        return int(_HEARTBEAT.unpack_from(self.map, _HEARTBEAT_AT)[0])

    def at(self, symbol: str, venue: str) -> int | None:
        """Return where the slot of an instrument at a venue is, None if there is none."""
        row, column = self.rows.get(symbol), self.columns.get(venue)
        if row is None or column is None:
            return None
        place: int = row * len(self.columns) + column
        return self._slots_at + place * _SLOT_SIZE


class BooksReader:
    """Reads the books of the file of this name, whichever it is at the time.

    Args:
        path: the file; it need not be there yet.
        clock: returns nanoseconds since 1970 UTC, as the writer's.
    """

    def __init__(self, path: Path, clock: Callable[[], int]) -> None:
        self._path = path
        self._clock = clock
        self._file: _File | None = None
        self._read: dict[int, Slot] = {}

    def is_alive(self) -> bool:
        """Whether there is a writer that lives; looks for a new file if there is none."""
        if self._file is not None and self._lives(self._file):
            return True
        self._reopen()
        return self._file is not None and self._lives(self._file)

    def _lives(self, file: _File) -> bool:
        return abs(self._clock() - file.heartbeat()) < ALIVE_NS

    def _reopen(self) -> None:
        try:
            if self._file is not None and self._path.stat().st_ino == self._file.inode:
                return
            file = _File(self._path)
        except (OSError, ValueError, msgspec.DecodeError):
            return
        self.close()
        self._file = file

    @property
    def tables(self) -> Tables:
        """What there are slots of; nothing while there is no file."""
        return Tables((), ()) if self._file is None else self._file.tables

    def slot(self, symbol: str, venue: str) -> Slot | None:
        """Return what is known of an instrument at a venue; None if there is no slot for it.

        What is out because it cannot be read has no levels, no last price and no volume.
        """
        file = self._file
        at = None if file is None else file.at(symbol, venue)
        if file is None or at is None:
            return None
        known = self._read.get(at)
        if known is not None and _FRAME.unpack_from(file.map, at)[0] == known.number:
            return known
        for _ in range(_READS_MAX):
            slot = read_slot(file.map[at : at + _SLOT_SIZE], venue)
            if slot is not None:
                self._read[at] = slot
                return slot
        return Slot(0, VenueBook(venue, out=TORN), None, 0, None, 0)

    def close(self) -> None:
        """Let go of the file."""
        self._read.clear()
        if self._file is not None:
            self._file.map.close()
            self._file = None
