"""What is held can be wanted back, or its time can be over: it ends, and its review with it."""

from decimal import Decimal

import pytest
from desk import CLIENT, MARKET, WITH_MARKET, kinds, terms, told
from images import written_and_read
from reviewed_desk import LARGE, MINUTE, ReviewedDesk, refused

from oms_fix.core.image import difference
from oms_fix.model import commands as cmd
from oms_fix.model.checks import AtClose
from oms_fix.model.enums import OrderOperation, OrdStatus, TimeInForce
from oms_fix.model.events import OrderReported
from oms_fix.model.routes import Direct
from oms_fix.model.rules import CancelOnDisconnect, ClientAgreement, GtOrders, Rules

BIG = {"order_qty": 500}


def text_of(events):
    (text,) = [event.report.text for event in events if isinstance(event, OrderReported)]
    return text


def is_over(desk):
    """Whether nothing is held any more, and nothing ever was at a venue."""
    is_there = desk.state.reviews or desk.order().review
    return not is_there and not desk.order().is_open and not desk.order().children


# --- the client, operators, circumstances -------------------------------------------------------


def test_a_cancel_ends_a_held_order_at_once():
    """No venue has to be asked."""
    desk = ReviewedDesk.holding()
    events = desk.cancel()
    assert told(events) == ["PENDING_CANCEL PENDING_CANCEL Y 0/500", "CANCELED CANCELED Y 0/0"]
    assert is_over(desk)
    assert refused(desk.approve()) == "UNKNOWN_REVIEW"


def test_a_mass_cancel_ends_a_held_order():
    """As any open order, under its own ClOrdID(11)."""
    desk = ReviewedDesk.holding()
    assert told(desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))) == [
        "CANCELED CANCELED X 0/0"
    ]
    assert is_over(desk)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        (OrderOperation.CANCEL, "CANCELED CANCELED X 0/0"),
        (OrderOperation.FORCE_DONE, "DONE_FOR_DAY DONE_FOR_DAY X 0/0"),
    ],
)
def test_an_operator_ends_a_held_order(operation, answer):
    """By the commands for any order."""
    desk = ReviewedDesk.holding()
    events = desk.do(cmd.OperateOrder(desk.order().order_id, operation, "bob", "phoned"))
    assert told(events) == [answer]
    assert is_over(desk)


def test_a_held_order_of_a_client_that_is_gone_ends():
    """If its orders are to be canceled then."""
    desk = ReviewedDesk()
    agreement = ClientAgreement(
        session=CLIENT, cancel_on_disconnect=CancelOnDisconnect.CONNECTION_LOSS
    )
    rules = Rules("rules-3", (LARGE,), (Direct(id="to-a", venue="A"),), (agreement,))
    desk.do(cmd.LoadRules(rules, "tester"))
    desk.new("X", terms(**BIG))
    desk.do(cmd.SessionLoggedOut(CLIENT))
    desk.now += 10_000_000_000
    assert told(desk.do(cmd.ClientOverdue(CLIENT))) == ["CANCELED CANCELED X 0/0"]
    assert is_over(desk)


def test_a_halt_ends_a_held_order_that_is_to_be_canceled_then():
    """ExecInst(18) K; one to be reinstated is not suspended, for it does not work yet."""
    desk = ReviewedDesk.holding(terms(exec_inst="K", **BIG))
    desk.new("J", terms(exec_inst="J", **BIG))
    events = desk.halt(reason="news")
    assert told(events) == ["CANCELED CANCELED X 0/0"]
    desk.resume()
    assert told(desk.approve(review="J", cl_ord_id="J")) == ["NEW NEW J 0/500"]


def test_a_held_order_expires():
    """At its ExpireTime(126), as one that works."""
    at = "20251229-09:30:00"
    desk = ReviewedDesk(timeout_minutes=10_000)
    desk.with_market()
    gtd = terms(time_in_force=TimeInForce.GOOD_TILL_DATE, expire_time=at, **BIG)
    desk.new("X", gtd)
    assert desk.end_orders() == []
    desk.now = desk.state.expiries[desk.order().order_id] + MARKET.patience_seconds * 10**9
    assert told(desk.end_orders()) == ["EXPIRED EXPIRED X 0/0"]
    assert is_over(desk)


# --- the close ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lasts", [TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL])
def test_what_is_held_at_the_close_is_rejected(lasts):
    """Orders of several days too: who is to approve has had the day."""
    desk = ReviewedDesk.holding(terms(time_in_force=lasts, **BIG)).with_market()
    events = desk.close()
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert text_of(events).startswith("REVIEW_CLOSED: ")
    assert text_of(events).endswith(" market=XACM day=2026-11-23")
    assert is_over(desk)


def test_what_is_held_since_the_close_stays():
    """It is of the next day."""
    desk = ReviewedDesk(timeout_minutes=10_000).with_market()
    desk.now = 1_795_000_000_000_000_000  # 2026-11-18
    desk.new("X", terms(**BIG))
    assert told(desk.close("2026-11-17")) == []
    assert told(desk.close("2026-11-18")) == ["REJECTED REJECTED X 0/0"]


def test_what_is_kept_at_the_close_ends_with_its_time():
    """An order of the day as any does; one of several days can be approved tomorrow."""
    desk = ReviewedDesk(at_close=AtClose.KEEP, timeout_minutes=10_000).with_market()
    desk.close("2025-12-29")
    desk.new("X", terms(**BIG))
    desk.new("G", terms(time_in_force=TimeInForce.GOOD_TILL_CANCEL, **BIG))
    assert told(desk.close("2025-12-30")) == []
    assert told(desk.end_orders()) == ["EXPIRED EXPIRED X 0/0"]
    assert told(desk.approve(review="G", cl_ord_id="G")) == ["NEW NEW G 0/500"]


def test_the_trading_day_ends_what_no_calendar_does():
    """Orders of the day; those of several days stay held."""
    desk = ReviewedDesk.holding(terms(**BIG))
    desk.new("G", terms(time_in_force=TimeInForce.GOOD_TILL_CANCEL, **BIG))
    events = desk.do(cmd.EndTradingDay("2026-11-23"))
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert text_of(events).endswith(" day=2026-11-23")
    assert kinds(events)[-1] == "TradingDayEnded"
    assert [order.cl_ord_id for order in desk.state.held_for_review()] == ["G"]


def test_the_trading_day_leaves_what_a_market_ends():
    """And what is to be kept."""
    desk = ReviewedDesk.holding(terms(**BIG)).with_market()
    assert told(desk.do(cmd.EndTradingDay("2026-11-23"))) == []
    kept = ReviewedDesk.holding(terms(**BIG), at_close=AtClose.KEEP)
    assert told(kept.do(cmd.EndTradingDay("2026-11-23"))) == []


# --- a crash ------------------------------------------------------------------------------------


def held():
    """Return a desk with an order entered and once approved, and a held replace of another."""
    desk = ReviewedDesk()
    desk.do(cmd.LoadReferenceData(WITH_MARKET, "tester"))
    desk.enter(terms(3000))
    desk.approve("ann")
    desk.new("W", terms(50))
    desk.ack(cl_ord_id="W")
    desk.replace(terms(500), "V", "W")
    return desk


def test_what_is_held_comes_back_after_a_crash():
    """With approvals, four eyes and time."""
    desk = held()
    again = held()
    again.state = written_and_read(desk.state)
    assert difference(desk.state, again.state) is None
    assert [order.cl_ord_id for order in again.state.held_for_review()] == ["X", "W"]
    assert refused(again.approve("bob")) == "OWN_ORDER"
    for each in (desk, again):
        each.events = [each.approve("cat"), each.approve("cat", "V", "W"), each.overdue(31)]
    assert desk.events == again.events
    assert told(desk.events[0]) == ["NEW NEW X 0/3000"]


def test_a_review_is_named_once_in_the_life_of_a_store():
    """Also by what comes after a restart."""
    desk = held()
    desk.state = written_and_read(desk.state)
    desk.now += MINUTE
    desk.new("N", terms(Decimal(500)))
    assert desk.order("N").review.opened.review_id == f"{desk.order('N').order_id}/3"


def test_a_held_order_of_several_days_is_not_restated():
    """It is Pending New until it is approved, whatever was agreed about orders in force."""
    desk = ReviewedDesk()
    agreed = ClientAgreement(session=CLIENT, gt_orders=GtOrders.RESTATE)
    rules = Rules("3", (LARGE,), (Direct(id="all", venue="A"),), (agreed,))
    desk.do(cmd.LoadRules(rules, "tester"))
    desk.new("X", terms(500, time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    desk.do(cmd.EndTradingDay("2026-11-23"))
    assert told(desk.do(cmd.RenewOrders())) == []
    assert desk.order().ord_status is OrdStatus.PENDING_NEW
