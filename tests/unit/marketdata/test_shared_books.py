"""Books in the file that processes share."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_fix.marketdata import shared_books
from oms_fix.marketdata.book import Book, Out
from oms_fix.marketdata.numbers import NUMBER_LAYOUT, Number, packed, unpacked
from oms_fix.marketdata.shared_books import BooksReader, BooksWriter, Tables, read_slot, slot_bytes
from oms_fix.model.market_data import Level, MarketStatus

NOW = 1_767_960_000_000_000_000
TABLES = Tables(("IBM", "ACME"), ("V", "W"))


def number(text):
    """A number."""
    return Number(Decimal(text), packed(Decimal(text)))


def filled_book(place=0):
    """A book with a bid, two offers, a trade and a volume."""
    book = Book("IBM", "V", place)
    book.bids.put(number("99.50"), number("100"))
    book.offers.put(number("99.75"), number("200"))
    book.offers.put(number("100"), number("0.5"))
    book.at, book.out, book.status = NOW, Out.NO, MarketStatus.AUCTION
    book.last, book.last_at = number("99.6"), NOW - 1
    book.volume, book.volume_at = number("12345"), NOW - 2
    return book


@given(
    st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=6)
    | st.integers(-(10**18) + 1, 10**18 - 1).map(Decimal)
    | st.builds(lambda mantissa, exponent: Decimal(mantissa).scaleb(exponent),
                st.integers(1, 10**15), st.integers(-20, 10))
)  # fmt: skip
def test_numbers_are_exact(value):
    """What is packed comes back with all its digits, zeros at the end included."""
    assert unpacked(*NUMBER_LAYOUT.unpack(packed(value))).as_tuple()[1:] == value.as_tuple()[1:]
    assert unpacked(*NUMBER_LAYOUT.unpack(packed(value))) == value


@pytest.mark.parametrize("text", ["1234567890123456789", "NaN", "Infinity", "1E+101"])
def test_numbers_that_do_not_fit(text):
    """What cannot be packed exactly is refused."""
    with pytest.raises(ValueError, match=r"no number|too many"):
        packed(Decimal(text))


@pytest.fixture
def clock():
    """A time that tests set: [now]."""
    return [NOW]


@pytest.fixture
def reader(tmp_path, clock):
    """A reader of the file, which need not be there."""
    reader = BooksReader(tmp_path / "books", lambda: clock[0])
    yield reader
    reader.close()


def test_written_is_read(tmp_path, reader):
    """A book is read as it was written, by name; those never written are out."""
    writer = BooksWriter(tmp_path / "books", TABLES)
    writer.beat(NOW)
    writer.write(filled_book())
    assert reader.is_alive()
    slot = reader.slot("IBM", "V")
    assert slot.book.bids == (Level(Decimal("99.50"), Decimal(100)),)
    assert [str(level.size) for level in slot.book.offers] == ["200", "0.5"]
    assert (slot.book.at, slot.book.out, slot.book.status) == (NOW, "", MarketStatus.AUCTION)
    assert (slot.last, slot.last_at) == (Decimal("99.6"), NOW - 1)
    assert (slot.volume, slot.volume_at) == (Decimal(12345), NOW - 2)
    assert reader.slot("ACME", "W").book.out == "market data session not logged on"
    assert (reader.slot("ZZZ", "V"), reader.slot("IBM", "Z")) == (None, None)
    assert (tmp_path / "books").stat().st_mode & 0o777 == 0o660
    writer.close()


def test_every_torn_byte_is_seen():
    """A slot of which some bytes are of another book than the rest is not taken."""
    before, after = slot_bytes(1, Book("IBM", "V", 0)), slot_bytes(2, filled_book())
    assert read_slot(before, "V") is not None
    torn = {read_slot(after[:at] + before[at:], "V") for at in range(1, len(after))}
    assert torn - {read_slot(after, "V"), read_slot(before, "V")} == {None}


def test_torn_slot_is_given_up(tmp_path, reader):
    """A slot that is never whole, as when its writer was killed within it, is out."""
    path = tmp_path / "books"
    writer = BooksWriter(path, TABLES)
    writer.beat(NOW)
    raw = bytearray(path.read_bytes())
    raw[-shared_books._SLOT_SIZE + 12] ^= 1  # within the slot of ACME at W
    path.write_bytes(raw)
    assert reader.is_alive()
    assert reader.slot("ACME", "W").book.out == shared_books.TORN
    assert reader.slot("ACME", "V").book.out != shared_books.TORN
    writer.close()


def test_writer_that_is_gone(tmp_path, reader, clock):
    """Without a sign of life the writer is dead, and at once when it has ended in good order."""
    assert not reader.is_alive()
    writer = BooksWriter(tmp_path / "books", TABLES)
    assert not reader.is_alive()
    writer.beat(NOW)
    assert reader.is_alive()
    clock[0] = NOW + shared_books.ALIVE_NS
    assert not reader.is_alive()
    writer.beat(clock[0])
    assert reader.is_alive()
    writer.close()
    assert not reader.is_alive()


def test_new_writer(tmp_path, reader):
    """The file of the next writer is found under the same name, with its own tables."""
    writer = BooksWriter(tmp_path / "books", TABLES)
    writer.beat(NOW)
    writer.write(filled_book())
    assert reader.is_alive()
    assert reader.slot("IBM", "V").book.out == ""
    writer.close()
    second = BooksWriter(tmp_path / "books", Tables(("NEW", "IBM"), ("V",)))
    second.beat(NOW)
    assert reader.is_alive()
    assert reader.slot("IBM", "V").book.out == "market data session not logged on"
    assert reader.slot("NEW", "V") is not None
    second.close()


@pytest.mark.parametrize(
    "damage", [b"", b"no file of books", None], ids=["empty", "other", "layout"]
)
def test_other_files_are_none(tmp_path, reader, damage):
    """A file that is no file of books of this layout is as good as none."""
    path = tmp_path / "books"
    writer = BooksWriter(path, TABLES)
    writer.beat(NOW)
    raw = bytearray(path.read_bytes())
    raw[8] = 99  # the version
    path.unlink()
    path.write_bytes(raw if damage is None else damage)
    assert not reader.is_alive()
    assert reader.slot("IBM", "V") is None
    writer.close()
