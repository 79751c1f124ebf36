from decimal import Decimal
from random import Random

import pytest

from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Instrument
from oms_fix.simulator.dealer import Dealer, Quoting
from oms_fix.simulator.exchange import Exchange, Liquidity
from oms_fix.simulator.terms import (
    BUY,
    SELL,
    CancelReject,
    CancelRequest,
    MassStatusRequest,
    NewOrder,
    ReplaceRequest,
    StatusRequest,
)

SHARE = Instrument("ABC", AssetClass.EQUITY, "USD", Decimal(100))
BOND = Instrument(
    "BOND", AssetClass.CORPORATE_BOND, "USD", Decimal("98.500"), tick_size=Decimal("0.001"),
    lot_size=Decimal(1000),
)  # fmt: skip
INSTRUMENTS = {"ABC": SHARE, "BOND": BOND}
SECOND = 1_000_000_000


def exchange(reject_percent=0):
    liquidity = Liquidity(levels=3, step_bp=Decimal(1), level_notional=Decimal(10_000))
    return Exchange("X", INSTRUMENTS, "r", Random(3), Decimal(reject_percent), liquidity)


def dealer(**quoting):
    options = {"spread_bp": Decimal(10), "skew_bp": Decimal(0), **quoting}
    return Dealer("D", INSTRUMENTS, "r", Random(3), Decimal(0), Quoting(**options))


def order(cl_ord_id="1", side=BUY, qty="100", price="99.00", symbol="ABC", **more):
    ord_type = "1" if price is None else "2"
    limit = None if price is None else Decimal(price)
    return NewOrder(cl_ord_id, symbol, side, Decimal(qty), ord_type, limit, **more)


def bond_order(qty="10000", price="99.000", **more):
    return order(symbol="BOND", qty=qty, price=price, **more)


def shown(replies):
    """ExecType, OrdStatus, ClOrdID, LastQty, CumQty and LeavesQty of reports."""
    return [
        (r.exec_type, r.ord_status, r.cl_ord_id, r.last_qty, int(r.cum_qty), int(r.leaves_qty))
        for r in replies
    ]


def test_resting_order_is_acknowledged_replaced_and_canceled():
    """Each request is one report, with the new ClOrdID, and OrigClOrdID the one before."""
    desk = exchange()

    replies = desk.handle(order(), 0)
    replies += desk.handle(ReplaceRequest("2", "1", Decimal(120), "2", Decimal("98.00")), 0)
    replies += desk.handle(CancelRequest("3", "2"), 0)

    assert shown(replies) == [
        ("0", "0", "1", None, 0, 100),
        ("5", "0", "2", None, 0, 120),
        ("4", "4", "3", None, 0, 0),
    ]
    assert [reply.orig_cl_ord_id for reply in replies] == [None, "1", "2"]


def test_orders_of_clients_meet_in_the_book():
    """A resting order is filled by one that crosses it; both hear of it, taker first."""
    desk = exchange()
    desk.handle(order("1", SELL, "100", "100.00"), 0)

    replies = desk.handle(order("2", BUY, "40", "100.00"), 0)

    assert shown(replies) == [
        ("0", "0", "2", None, 0, 40),
        ("F", "2", "2", 40, 40, 0),
        ("F", "1", "1", 40, 40, 60),
    ]


def test_market_order_fills_in_parts_and_the_rest_is_canceled():
    """An order larger than the background liquidity trades level by level, then is canceled."""
    desk = exchange()

    replies = desk.handle(order(qty="100000", price=None), 0)

    fills = [reply for reply in replies if reply.exec_type == "F"]
    assert [fill.last_px for fill in fills] == [
        Decimal("100.01"), Decimal("100.02"), Decimal("100.03")
    ]  # fmt: skip
    assert replies[-1].exec_type == "4"
    assert replies[-1].cum_qty == sum(fill.last_qty for fill in fills)
    assert replies[-1].leaves_qty == 0


def test_liquidity_comes_back_with_time():
    """What was taken from the book is there again some ticks later."""
    desk = exchange()
    desk.handle(order(qty="100000", price=None), 0)
    assert desk.book("ABC").best_offer is None

    desk.tick(SECOND)

    assert desk.book("ABC").best_offer is not None


def test_same_seed_same_market():
    """Two exchanges of one seed answer alike."""
    requests = [order(str(number), qty="500", price=None) for number in range(20)]

    first, second = exchange(5), exchange(5)

    assert [first.handle(each, 0) for each in requests] == [
        second.handle(each, 0) for each in requests
    ]


@pytest.mark.parametrize(
    ("request_", "reason", "text"),
    [
        (order(symbol="NONE"), 1, "NONE is not traded here"),
        (order(qty="0"), 13, "the lot is 1"),
        (order(price="99.001"), 99, "the tick is 0.01"),
        (bond_order(qty="1500"), 13, "the lot is 1000"),
        (NewOrder("1", "ABC", BUY, Decimal(1), "2"), 99, "a limit order needs a Price"),
        (NewOrder("1", "ABC", BUY, Decimal(1), "3"), 11, "OrdType 3 is not supported"),
        (order(time_in_force="6"), 11, "TimeInForce 6 is not supported"),
    ],
)
def test_order_that_the_venue_cannot_take_is_rejected(request_, reason, text):
    """A bad order is one report: ExecType and OrdStatus Rejected, with the reason."""
    (reply,) = exchange().handle(request_, 0)

    assert (reply.exec_type, reply.ord_status) == ("8", "8")
    assert (reply.ord_rej_reason, reply.text) == (reason, text)


def test_random_rejects():
    """A venue told to refuse everything does."""
    (reply,) = exchange(reject_percent=100).handle(order(), 0)

    assert (reply.exec_type, reply.ord_rej_reason) == ("8", 0)


def test_duplicate_order_leaves_the_first_alone():
    """A ClOrdID used twice: Rejected with reason 6, but status and quantities of the first."""
    desk = exchange()
    desk.handle(order(), 0)

    (reply,) = desk.handle(order(qty="7"), 0)

    assert (reply.exec_type, reply.ord_status, reply.ord_rej_reason) == ("8", "0", 6)
    assert (reply.order_qty, reply.leaves_qty) == (100, 100)


def test_possible_resend_of_a_known_order_is_answered_with_its_status():
    """PossResend with a known ClOrdID is no new order (FIX 4.4 Volume 4, F.1.b)."""
    desk = exchange()
    desk.handle(order(), 0)

    assert shown(desk.handle(order(poss_resend=True), 0)) == [("I", "0", "1", None, 0, 100)]


def test_status_request():
    """The status comes with ExecID 0; of an unknown order it is Rejected with OrderID NONE."""
    desk = exchange()
    desk.handle(order(), 0)

    (known,) = desk.handle(StatusRequest("1", "ABC", BUY), 0)
    (unknown,) = desk.handle(StatusRequest("9", "ABC", BUY), 0)

    assert (known.exec_type, known.exec_id, known.ord_status) == ("I", "0", "0")
    assert (unknown.order_id, unknown.ord_status, unknown.ord_rej_reason) == ("NONE", "8", 5)


def test_mass_status_request():
    """Each open order is named, the last report says so; without any, one report says that."""
    desk = exchange()
    (none,) = desk.handle(MassStatusRequest("S1"), 0)
    for cl_ord_id in ("1", "2", "3"):
        desk.handle(order(cl_ord_id), 0)
    desk.handle(CancelRequest("4", "2"), 0)

    listed = desk.handle(MassStatusRequest("S2"), 0)

    assert (none.ord_status, none.tot_num_reports, none.last_rpt_requested) == ("8", 0, "Y")
    assert [
        (each.cl_ord_id, each.mass_status_req_id, each.tot_num_reports, each.last_rpt_requested)
        for each in listed
    ] == [("1", "S2", 2, "N"), ("3", "S2", 2, "Y")]


@pytest.mark.parametrize(
    ("request_", "status", "reason", "response_to"),
    [
        (CancelRequest("2", "9"), "8", 1, "1"),
        (ReplaceRequest("2", "9", Decimal(1), "2", Decimal(1)), "8", 1, "2"),
        (CancelRequest("1", "1"), "0", 2, "1"),
        (ReplaceRequest("2", "1", Decimal(100), "2", Decimal("1.001")), "0", 2, "2"),
    ],
)
def test_refused_requests(request_, status, reason, response_to):
    """A refused request is an OrderCancelReject with the order's status, unchanged."""
    desk = exchange()
    desk.handle(order(), 0)

    (reply,) = desk.handle(request_, 0)

    assert isinstance(reply, CancelReject)
    assert (reply.ord_status, reply.cxl_rej_reason) == (status, reason)
    assert reply.response_to == response_to
    assert desk.book("ABC").open_quantity("X-r-1") == 100


def test_cancel_of_a_final_order_is_too_late():
    """What is done cannot be canceled: reason 0, the order's status."""
    desk = exchange()
    desk.handle(order(), 0)
    desk.handle(CancelRequest("2", "1"), 0)

    (reply,) = desk.handle(CancelRequest("3", "2"), 0)

    assert (reply.ord_status, reply.cxl_rej_reason) == ("4", 0)


def test_dealer_fills_whole_at_its_quote_within_the_limit():
    """A buyer pays the dealer's offer, half the spread above the reference, not its limit."""
    replies = dealer().handle(bond_order(), 0)

    assert shown(replies) == [("0", "0", "1", None, 0, 10000), ("F", "2", "1", 10000, 10000, 0)]
    assert replies[1].last_px == Decimal("98.550")


def test_dealer_leaves_an_order_outside_its_quote_until_it_is_replaced():
    """An order outside the quote rests; a replace to a price within it trades at once."""
    desk = dealer()
    first = desk.handle(bond_order(price="98.400"), 0)
    later = desk.tick(5 * SECOND)

    replaced = desk.handle(
        ReplaceRequest("2", "1", Decimal(10000), "2", Decimal("98.600")), 6 * SECOND
    )

    assert shown(first) == [("0", "0", "1", None, 0, 10000)]
    assert later == []
    assert shown(replaced) == [
        ("5", "0", "2", None, 0, 10000),
        ("F", "2", "2", 10000, 10000, 0),
    ]


def test_dealer_fills_in_two_parts():
    """The first part trades at once in whole lots, the rest once its time has come."""
    desk = dealer(partial_percent=Decimal(100), first_part_percent=Decimal(35), rest_after_ms=1000)

    at_once = desk.handle(bond_order(), 0)
    early = desk.tick(SECOND - 1)
    rest = desk.tick(SECOND)

    assert shown(at_once)[1:] == [("F", "1", "1", 3000, 3000, 7000)]
    assert early == []
    assert shown(rest) == [("F", "2", "1", 7000, 10000, 0)]


@pytest.mark.parametrize("time_in_force", ["3", "4"])
def test_dealer_cancels_immediate_orders_outside_its_quote(time_in_force):
    """IOC and FOK do not wait for the quote."""
    replies = dealer().handle(bond_order(price="98.400", time_in_force=time_in_force), 0)

    assert [reply.exec_type for reply in replies] == ["0", "4"]


def test_replace_to_no_more_than_filled_ends_the_order():
    """A replace to less than CumQty stops the order: Filled, OrderQty = CumQty (C.3.c)."""
    desk = dealer(partial_percent=Decimal(100), first_part_percent=Decimal(35))
    desk.handle(bond_order(), 0)

    replies = desk.handle(ReplaceRequest("2", "1", Decimal(2000), "2", Decimal("98.600")), 1)

    assert shown(replies) == [("5", "2", "2", None, 3000, 0)]
    assert replies[0].order_qty == 3000
    assert desk.tick(60 * SECOND) == []
