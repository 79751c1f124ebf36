from decimal import Decimal
from random import Random

import pytest

from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Instrument
from oms_fix.simulator.broker import Broker, Working
from oms_fix.simulator.dark_pool import DarkPool, Hidden
from oms_fix.simulator.exchange import Exchange, Liquidity
from oms_fix.simulator.terms import BUY, SELL, CancelRequest, NewOrder, ReplaceRequest

SHARE = Instrument("ABC", AssetClass.EQUITY, "USD", Decimal(100), lot_size=Decimal(10))
INSTRUMENTS = {"ABC": SHARE}
SECOND = 1_000_000_000
IOC, FOK = "3", "4"


class Always(Random):
    """Draws the middle of every range."""

    def random(self):
        return 0.5


def mid(symbol):
    assert symbol == "ABC"
    return Decimal("100.004")


def dark(notional=100_000, empty_percent=0, **more):
    """A pool with 1000 shares on each side, at 100.005."""
    hidden = Hidden(Decimal(notional), Decimal(empty_percent), **more)
    return DarkPool("D", INSTRUMENTS, "r", Always(), mid, Decimal(0), hidden)


def broker(**algorithms):
    """A broker who takes half a second for an order, and half of 20 basis points."""
    working = Working(duration_ms=500, slice_ms=100, slippage_bp=Decimal(20))
    return Broker("B", INSTRUMENTS, "r", Always(), mid, Decimal(0), working, algorithms)


def order(cl_ord_id="1", qty="600", price=None, side=BUY, **more):
    limit = None if price is None else Decimal(price)
    return NewOrder(
        cl_ord_id, "ABC", side, Decimal(qty), "1" if price is None else "2", limit, **more
    )


def shown(replies):
    """ExecType, OrdStatus, LastQty, LastPx and LeavesQty of reports."""
    return [
        (r.exec_type, r.ord_status, r.last_qty and int(r.last_qty),
         r.last_px and str(r.last_px), int(r.leaves_qty))
        for r in replies
    ]  # fmt: skip


def test_dark_pool_trades_at_the_mid_with_what_is_hidden():
    """An immediate order gets what there is, at the mid in half ticks, the rest is canceled."""
    pool = dark()

    assert shown(pool.handle(order(qty="2500", time_in_force=IOC), 0)) == [
        ("0", "0", None, None, 2500),
        ("F", "1", 1000, "100.005", 1500),
        ("4", "4", None, None, 0),
    ]
    assert shown(pool.handle(order("2", time_in_force=IOC), 0)) == [
        ("0", "0", None, None, 600),
        ("4", "4", None, None, 0),
    ]


@pytest.mark.parametrize(
    ("request_", "fills"),
    [
        (order(qty="2500", time_in_force=IOC, min_qty=Decimal(1000)), 1),
        (order(qty="2500", time_in_force=IOC, min_qty=Decimal(1010)), 0),
        (order(qty="1000", time_in_force=FOK), 1),
        (order(qty="1010", time_in_force=FOK), 0),
        (order(price="100.00", time_in_force=IOC), 0),
        (order(price="100.01", time_in_force=IOC), 1),
        (order(price="100.01", side=SELL, time_in_force=IOC), 0),
    ],
)
def test_dark_pool_keeps_minimum_and_limit(request_, fills):
    """Nothing trades below MinQty, in parts of a fill-or-kill order, or beyond the limit."""
    replies = dark().handle(request_, 0)

    assert [reply.exec_type for reply in replies].count("F") == fills


def test_order_waits_in_the_dark_until_there_is_enough_again():
    """What others have hidden comes back; a patient order with a MinQty waits for that much."""
    pool = dark(renew_ms=1000)
    first = pool.handle(order(qty="1600", min_qty=Decimal(500)), 0)

    early = pool.tick(SECOND // 2)
    later = pool.tick(SECOND)

    assert shown(first)[1:] == [("F", "1", 1000, "100.005", 600)]
    assert early == []
    assert shown(later) == [("F", "2", 600, "100.005", 0)]
    assert pool.tick(3 * SECOND) == []


def test_dark_order_is_replaced_and_canceled():
    """A replace to a limit that the mid is within trades at once; a cancel ends the rest."""
    pool = dark()
    pool.handle(order(qty="2500", price="99.00"), 0)

    replaced = pool.handle(ReplaceRequest("2", "1", Decimal(2500), "2", Decimal("101.00")), 0)
    canceled = pool.handle(CancelRequest("3", "2"), 0)

    assert shown(replaced) == [
        ("5", "0", None, None, 2500),
        ("F", "1", 1000, "100.005", 1500),
    ]
    assert shown(canceled) == [("4", "4", None, None, 0)]
    assert pool.tick(SECOND) == []


def test_dark_pool_may_be_empty():
    """A pool that is always empty fills nothing."""
    replies = dark(empty_percent=100).handle(order(time_in_force=IOC), 0)

    assert [reply.exec_type for reply in replies] == ["0", "4"]


def test_dark_pool_takes_whole_lots():
    """Another quantity is refused with reason 13."""
    (reply,) = dark().handle(order(qty="15"), 0)

    assert (reply.exec_type, reply.ord_rej_reason, reply.text) == ("8", 13, "the lot is 10")


def test_broker_works_an_order_in_slices():
    """Each slice is whole lots at the mid with its slippage; all is done when the time is over."""
    desk = broker()

    replies = desk.handle(order(qty="505"), 0)
    for tenth in range(1, 7):
        replies += desk.tick(tenth * SECOND // 10)

    assert shown(replies) == [
        ("0", "0", None, None, 505),
        ("F", "1", 110, "100.11", 395),
        ("F", "1", 110, "100.11", 285),
        ("F", "1", 110, "100.11", 175),
        ("F", "1", 110, "100.11", 65),
        ("F", "2", 65, "100.11", 0),
    ]


def test_broker_holds_the_limit():
    """What cannot be had within it waits; a replace lets it go on."""
    desk = broker()
    desk.handle(order(qty="100", price="100.05"), 0)
    waiting = desk.tick(SECOND)

    desk.handle(ReplaceRequest("2", "1", Decimal(100), "2", Decimal("100.20")), SECOND)
    working = desk.tick(2 * SECOND)

    assert waiting == []
    assert shown(working) == [("F", "1", 20, "100.11", 80)]


def test_broker_does_immediate_orders_at_once():
    """Whole, or not at all where the limit does not allow it."""
    desk = broker()

    done = desk.handle(order(time_in_force=IOC, side=SELL), 0)
    beyond = desk.handle(order("2", price="100.00", time_in_force=FOK), 0)

    assert shown(done)[1:] == [("F", "2", 600, "99.90", 0)]
    assert shown(beyond)[1:] == [("4", "4", None, None, 0)]
    assert desk.tick(SECOND) == []


def test_broker_works_by_the_algorithm_that_is_asked_for():
    """TargetStrategy names it; one that is not offered is refused with reason 11."""
    desk = broker(**{"2": Working(duration_ms=1000, slice_ms=500, slippage_bp=Decimal(0))})

    desk.handle(order(target_strategy="2"), 0)
    (refused,) = desk.handle(order("2", target_strategy="9"), 0)

    assert (refused.ord_rej_reason, refused.text) == (11, "TargetStrategy 9 is not offered")
    assert desk.tick(SECOND // 10) == []
    assert shown(desk.tick(SECOND // 2)) == [("F", "1", 300, "100.01", 300)]


def test_canceled_order_is_worked_no_more():
    """A cancel in the middle keeps what was filled."""
    desk = broker()
    desk.handle(order(), 0)
    desk.tick(SECOND // 10)

    (canceled,) = desk.handle(CancelRequest("2", "1"), 0)

    assert (canceled.exec_type, int(canceled.cum_qty)) == ("4", 120)
    assert desk.tick(SECOND) == []


def test_exchange_keeps_the_minimum_of_immediate_orders():
    """Less than MinQty in the book within the limit: nothing trades."""
    exchange = Exchange("X", INSTRUMENTS, "r", Random(3), liquidity=Liquidity(levels=0))
    exchange.handle(order("S", qty="100", price="100.00", side=SELL), 0)

    less = exchange.handle(order("1", price="101", time_in_force=IOC, min_qty=Decimal(110)), 0)
    enough = exchange.handle(order("2", price="101", time_in_force=IOC, min_qty=Decimal(100)), 0)

    assert [reply.exec_type for reply in less] == ["0", "4"]
    assert [reply.exec_type for reply in enough] == ["0", "F", "F", "4"]


def test_minimum_of_an_order_that_rests_is_refused_by_exchanges():
    """A book has no way to heed it later: reason 11."""
    exchange = Exchange("X", INSTRUMENTS, "r", Random(3), liquidity=Liquidity(levels=0))

    (reply,) = exchange.handle(order(min_qty=Decimal(100)), 0)

    assert reply.ord_rej_reason == 11
    assert reply.text == "MinQty is taken of immediate-or-cancel orders only"
