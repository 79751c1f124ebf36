from decimal import Decimal

import pytest

from oms_fix.simulator.order_book import BookError, BookTrade, OrderBook, Outcome, TimeInForce
from oms_fix.simulator.terms import BUY, SELL


@pytest.fixture
def book():
    """Offers of 100 at 10.02 (first, second) and 200 at 10.05 (third), a bid of 50 at 9.98."""
    book = OrderBook(Decimal("0.01"), Decimal(10))
    book.submit("first", SELL, Decimal(100), Decimal("10.02"))
    book.submit("second", SELL, Decimal(100), Decimal("10.02"))
    book.submit("third", SELL, Decimal(200), Decimal("10.05"))
    book.submit("bid", BUY, Decimal(50), Decimal("9.98"))
    return book


def offers(book):
    return [(order.order_id, order.price, order.quantity) for order in book.orders(SELL)]


def test_market_order_walks_the_book_and_its_rest_is_canceled(book):
    """A market order takes the best prices, oldest first, and never rests."""
    outcome = book.submit("M", BUY, Decimal(450), None)

    assert outcome == Outcome(
        (
            BookTrade("first", "M", Decimal("10.02"), Decimal(100)),
            BookTrade("second", "M", Decimal("10.02"), Decimal(100)),
            BookTrade("third", "M", Decimal("10.05"), Decimal(200)),
        ),
        canceled=Decimal(50),
    )
    assert book.best_offer is None


def test_limit_order_trades_within_its_limit_and_rests(book):
    """What a limit order cannot trade within its limit rests at it and becomes the best bid."""
    outcome = book.submit("L", BUY, Decimal(250), Decimal("10.02"))

    assert outcome.resting == Decimal(50)
    assert book.best_bid == Decimal("10.02")
    assert offers(book) == [("third", Decimal("10.05"), Decimal(200))]


def test_trade_is_at_the_resting_price(book):
    """An order willing to pay more pays what was asked."""
    outcome = book.submit("L", BUY, Decimal(100), Decimal("11.00"))

    assert outcome.trades == (BookTrade("first", "L", Decimal("10.02"), Decimal(100)),)


def test_immediate_or_cancel_never_rests(book):
    """IOC trades what it can and cancels the rest."""
    outcome = book.submit("I", BUY, Decimal(300), Decimal("10.02"), TimeInForce.IMMEDIATE_OR_CANCEL)

    assert outcome.canceled == Decimal(100)
    assert book.best_bid == Decimal("9.98")


@pytest.mark.parametrize(
    ("quantity", "price", "traded"),
    [("200", "10.02", "200"), ("210", "10.02", "0"), ("400", "10.05", "400"), ("410", None, "0")],
)
def test_fill_or_kill_is_all_or_nothing(book, quantity, price, traded):
    """FOK trades its whole quantity at once, or nothing and leaves the book as it was."""
    limit = None if price is None else Decimal(price)
    outcome = book.submit("F", BUY, Decimal(quantity), limit, TimeInForce.FILL_OR_KILL)

    assert sum((trade.quantity for trade in outcome.trades), Decimal(0)) == Decimal(traded)
    assert outcome.canceled == Decimal(quantity) - Decimal(traded)


@pytest.mark.parametrize(
    ("quantity", "price", "order"),
    [
        ("60", "10.02", ["first", "second", "third"]),
        ("110", "10.02", ["second", "first", "third"]),
        ("100", "10.05", ["second", "third", "first"]),
        ("100", "10.01", ["first", "second", "third"]),
    ],
)
def test_replace_keeps_priority_only_for_less_at_the_same_price(book, quantity, price, order):
    """A smaller quantity keeps the place in the queue; more, or another price, loses it."""
    book.replace("first", Decimal(quantity), Decimal(price))

    assert [order_id for order_id, _, _ in offers(book)] == order


def test_replace_to_a_crossing_price_trades(book):
    """A replaced order that crosses the book trades like a new one."""
    outcome = book.replace("first", Decimal(100), Decimal("9.90"))

    assert outcome.trades == (BookTrade("bid", "first", Decimal("9.98"), Decimal(50)),)
    assert book.best_offer == Decimal("9.90")


def test_cancel_returns_what_was_open(book):
    """A canceled order leaves the book with all that was open of it."""
    book.submit("L", BUY, Decimal(30), Decimal("10.02"))

    assert book.cancel("first") == Decimal(70)
    assert book.open_quantity("first") == Decimal(0)


@pytest.mark.parametrize(
    ("quantity", "price"), [("15", "10.00"), ("0", "10.00"), ("10", "10.005"), ("10", "0")]
)
def test_wrong_lot_or_tick_is_refused(book, quantity, price):
    """Quantities are whole lots and prices whole ticks, both above zero."""
    with pytest.raises(BookError):
        book.submit("X", BUY, Decimal(quantity), Decimal(price))


@pytest.mark.parametrize("act", [lambda b: b.cancel("none"), lambda b: b.replace("none", 10, 10)])
def test_unknown_order_is_refused(book, act):
    """There is nothing to cancel or replace where there is no such order."""
    with pytest.raises(BookError, match="order none is not in the book"):
        act(book)


def test_identifier_in_the_book_is_refused(book):
    """An order that rests keeps its identifier to itself."""
    with pytest.raises(BookError, match="order bid is in the book already"):
        book.submit("bid", SELL, Decimal(10), Decimal("10.10"))
