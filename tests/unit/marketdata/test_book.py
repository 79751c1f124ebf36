"""A venue's book of one instrument, from its entries."""

from oms_fix.marketdata.book import DEPTH, Book
from oms_fix.marketdata.entries import Action, Entry, EntryKind
from oms_fix.marketdata.numbers import Numbers

NUMBERS = Numbers()
BID, OFFER = EntryKind.BID, EntryKind.OFFER
DAY = 86_400_000_000_000


def number(value):
    """A number, None for None."""
    return None if value is None else NUMBERS[str(value).encode()]


class Desk:
    """A book that is told of entries."""

    def __init__(self):
        self.book = Book("IBM", "V", 0)

    def take(self, kind, price, size, action=Action.NEW, position=0, now=1, snapshot=False):
        """Have it take an entry; return whether it fits."""
        entry = Entry(
            b"IBM", None, int(action), int(kind), number(price), number(size), position, 0
        )
        return self.book.take(entry, now, is_snapshot=snapshot)

    def levels(self, kind):
        """The levels of a side, best first."""
        side = self.book.bids if kind is BID else self.book.offers
        pairs = zip(side.prices, side.sizes, strict=True)
        return [(str(price.value), str(size.value)) for price, size in pairs]


def test_by_price():
    """Levels are kept best first; a change sets a size, a size of 0 and a deletion remove."""
    desk = Desk()
    for price, size in ((100, 5), (102, 3), (101, 4)):
        assert desk.take(BID, price, size)
        assert desk.take(OFFER, price + 5, size)
    assert desk.take(BID, "101.0", 9, Action.CHANGE)
    assert desk.take(BID, 102, None, Action.DELETE)
    assert desk.take(OFFER, 106, 0, Action.CHANGE)
    assert desk.take(OFFER, 999, None, Action.DELETE)  # it is gone already
    assert desk.levels(BID) == [("101", "9"), ("100", "5")]
    assert desk.levels(OFFER) == [("105", "5"), ("107", "3")]


def test_by_level():
    """A new level moves those below it down, a deleted one up, and a change may move the price."""
    desk = Desk()
    for position, price in enumerate((102, 101, 100), 1):
        assert desk.take(BID, price, position, position=position)
    assert desk.take(BID, 103, 7, position=1)
    assert desk.take(BID, None, None, Action.DELETE, position=2)
    assert desk.take(BID, "101.5", 8, Action.CHANGE, position=2)
    assert desk.take(BID, None, 9, Action.OVERLAY, position=3)
    assert desk.levels(BID) == [("103", "7"), ("101.5", "8"), ("100", "9")]
    assert desk.take(BID, None, None, Action.DELETE_THROUGH, position=1)
    assert desk.take(BID, None, None, Action.DELETE_FROM, position=2)
    assert desk.levels(BID) == [("101.5", "8")]


def test_entries_that_do_not_fit():
    """A level that there cannot be, or that is out of order, shows that something is missing."""
    desk = Desk()
    assert desk.take(OFFER, 10, 1, position=1)
    assert not desk.take(OFFER, 11, 1, Action.CHANGE, position=2)
    assert not desk.take(OFFER, 12, 1, position=4)
    assert not desk.take(OFFER, None, None, Action.DELETE, position=2)
    assert not desk.take(OFFER, 9, 1, position=2)
    assert not desk.take(BID, None, 5, Action.CHANGE)
    assert not desk.take(BID, 5, None)


def test_bounded_depth():
    """What falls off at the far end is forgotten, by price as by level."""
    desk = Desk()
    for price in range(100, 100 + DEPTH + 5):
        assert desk.take(BID, price, 1)
        assert desk.take(OFFER, 300 - price, 1, position=1)
    assert [price for price, _ in desk.levels(BID)] == [
        str(price) for price in range(100 + DEPTH + 4, 104, -1)
    ]
    assert len(desk.levels(OFFER)) == DEPTH
    assert desk.take(OFFER, 500, 1, position=DEPTH + 1)  # below what is kept


def test_trades_and_volume():
    """The volume is the sum of the day's trades until the venue says what it is."""
    desk = Desk()
    assert desk.take(EntryKind.TRADE, 10, 100, now=DAY - 1)
    assert desk.take(EntryKind.TRADE, 11, 20, now=DAY)
    assert desk.take(EntryKind.TRADE, 12, 30, now=DAY + 1)
    assert (str(desk.book.last.value), desk.book.last_at) == ("12", DAY + 1)
    assert str(desk.book.volume.value) == "50"
    assert desk.take(EntryKind.VOLUME, None, 900, now=DAY + 2)
    assert desk.take(EntryKind.TRADE, 13, 30, now=DAY + 3)
    assert str(desk.book.volume.value) == "900"


def test_last_trade_of_a_snapshot():
    """A snapshot's trade may be yesterday's: it counts only if it differs from one seen."""
    desk = Desk()
    desk.take(EntryKind.TRADE, 10, 100, now=1, snapshot=True)
    assert desk.book.last is None
    desk.take(EntryKind.TRADE, 10, 100, now=2)
    desk.take(EntryKind.TRADE, 10, 100, now=3, snapshot=True)
    assert desk.book.last_at == 2
    desk.take(EntryKind.TRADE, 11, 100, now=4, snapshot=True)
    assert (desk.book.last_at, str(desk.book.volume.value)) == (4, "100")


def test_empty_book():
    """An entry of an empty book clears both sides."""
    desk = Desk()
    desk.take(BID, 1, 1)
    desk.take(OFFER, 2, 1)
    desk.take(EntryKind.EMPTY, None, None)
    assert (desk.levels(BID), desk.levels(OFFER)) == ([], [])
