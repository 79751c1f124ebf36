"""Orders of several days: what of them is of today, and what is told of the roll of the day."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, kinds, terms, told

from oms_fix.core.image import difference, image_of, state_of
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus, TimeInForce
from oms_fix.model.events import OrderAnswered, OrderReported
from oms_fix.model.routes import Direct, Split, SplitLeg
from oms_fix.model.rules import ClientAgreement, GtOrders, Rules

GTC = {"time_in_force": TimeInForce.GOOD_TILL_CANCEL}


@pytest.fixture
def desk():
    """A desk with an order of several days, X: 100, of which 30 were filled at 10 yesterday."""
    desk = Desk()
    desk.new("X", terms(**GTC))
    desk.ack()
    desk.fill(30, 10, exec_id="OLD")
    end_day(desk)
    return desk


def end_day(desk, day="2026-11-23"):
    return desk.do(cmd.EndTradingDay(day))


def days(events):
    """Return DayOrderQty, DayCumQty and DayAvgPx of all reports."""
    return [
        (event.report.day_order_qty, event.report.day_cum_qty, event.report.day_avg_px)
        for event in events
        if isinstance(event, OrderReported | OrderAnswered)
    ]


def test_on_the_first_day_all_of_it_is_of_today():
    """Every report has the three quantities; those of an order of the day have none."""
    desk = Desk()
    assert days(desk.new("X", terms(**GTC))) == [(100, 0, 0)]
    assert days(desk.fill(30, 12)) == [(100, 30, 12)]
    assert days(desk.new("DAY")) == [(None, None, None)]


def test_the_counters_of_the_day_restart(desk):
    """DayOrderQty is what was left; CumQty and AvgPx go on over all days."""
    assert days(desk.ask_status()) == [(70, 0, 0)]
    events = desk.fill(20, 15)
    assert days(events) == [(70, 20, 15)]
    assert told(events) == ["TRADE PARTIALLY_FILLED X 50/50"]
    assert events[-1].report.avg_px == 12


def test_a_bust_of_today_is_of_today(desk):
    """CumQty and DayCumQty fall (FIX 4.4 Volume 4)."""
    desk.fill(20, 15, exec_id="NEW")
    events = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="NEW")
    assert days(events) == [(70, 0, 0)]
    assert told(events) == ["TRADE_CANCEL PARTIALLY_FILLED X 30/70"]


def test_a_bust_of_an_earlier_day_is_not(desk):
    """CumQty falls, LeavesQty and DayOrderQty rise, OrderQty and DayCumQty stay."""
    desk.fill(20, 15)
    events = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="OLD")
    assert days(events) == [(100, 20, 15)]
    assert told(events) == ["TRADE_CANCEL PARTIALLY_FILLED X 20/80"]


def test_a_correction_of_an_earlier_day_stays_there(desk):
    """And so does the correction of the correction."""
    desk.fill(20, 15)
    fixed = {"exec_ref_id": "OLD", "last_qty": Decimal(25), "last_px": Decimal(11)}
    assert days(desk.venue(ExecType.TRADE_CORRECT, exec_id="FIX1", **fixed)) == [(75, 20, 15)]
    again = fixed | {"exec_ref_id": "FIX1", "last_qty": Decimal(40)}
    assert days(desk.venue(ExecType.TRADE_CORRECT, **again)) == [(60, 20, 15)]


def test_a_replace_speaks_of_the_whole_order(desk):
    """OrderQty is the total, DayOrderQty without what was filled on earlier days."""
    desk.replace(terms(150, **GTC), "Y", "X")
    events = desk.venue(ExecType.REPLACED)
    assert days(events) == [(120, 0, 0)]
    assert told(events) == ["REPLACED PARTIALLY_FILLED Y 30/120"]


def test_done_for_the_day_keeps_what_is_left(desk):
    """The order goes on tomorrow: LeavesQty stays, and a fill of tomorrow counts (matrix H.1.a)."""
    events = desk.venue(ExecType.DONE_FOR_DAY)
    assert told(events) == ["DONE_FOR_DAY DONE_FOR_DAY X 30/70"]
    assert days(events) == [(70, 0, 0)]
    end_day(desk, "2026-11-24")
    assert told(desk.fill(70)) == ["TRADE FILLED X 100/0"]


def test_a_venue_with_nothing_left_is_done_for_good(desk):
    """Done For Day with LeavesQty(151) 0 ends the order, whatever it was good for."""
    events = desk.venue(ExecType.DONE_FOR_DAY, leaves_qty=Decimal(0))
    assert told(events) == ["DONE_FOR_DAY DONE_FOR_DAY X 30/0"]


def test_a_venue_that_rests_does_not_answer_a_cancel(desk):
    """Done for the day while a cancel is pending: the cancel is pending still."""
    desk.cancel("Y", "X")
    assert told(desk.venue(ExecType.DONE_FOR_DAY)) == ["DONE_FOR_DAY PENDING_CANCEL X 30/70"]
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 30/0"]


def test_a_venue_that_rests_beside_another_is_not_told_of():
    """The order works at the other venue: it is not done for the day."""
    legs = (SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40)))
    desk = Desk([Split(id="split", legs=legs)])
    desk.new("X", terms(**GTC))
    assert told(desk.venue(ExecType.DONE_FOR_DAY, 0)) == []
    assert told(desk.fill(40, child=1)) == ["TRADE PARTIALLY_FILLED X 40/60"]


def test_by_agreement_each_is_restated_for_the_new_day(desk):
    """ExecRestatementReason(378) 1, GT renewal, with the quantities of the day; once a day."""
    agreement = ClientAgreement(session=CLIENT, gt_orders=GtOrders.RESTATE)
    rules = Rules("rules-2", (), (Direct(id="to-a", venue="A"),), (agreement,))
    desk.do(cmd.LoadRules(rules, "tester"))
    desk.new("DAY")
    desk.fill(10, cl_ord_id="X")
    end_day(desk, "2026-11-24")
    events = desk.do(cmd.RenewOrders())
    assert told(events) == ["RESTATED PARTIALLY_FILLED X 40/60"]
    assert events[0].report.exec_restatement_reason == 1
    assert days(events) == [(60, 0, 0)]
    assert desk.do(cmd.RenewOrders()) == []


def test_without_agreement_nothing_is_told_of_the_roll(desk):
    """Orders are carried, and nobody hears so."""
    assert kinds(end_day(desk, "2026-11-24")) == ["TradingDayEnded"]
    assert desk.do(cmd.RenewOrders()) == []


def test_what_is_of_earlier_days_is_in_an_image(desk):
    """A restart knows as much of yesterday as before."""
    again = state_of(image_of(desk.state), list(desk.state.orders.values()))
    assert difference(again, desk.state) is None


def test_a_venue_tells_after_a_logon_that_it_rests(desk):
    """Its status Done For Day ends no order that goes on tomorrow, but one with nothing left."""
    desk.log_on_again()
    desk.stands(OrdStatus.DONE_FOR_DAY, 30, 10, leaves_qty=Decimal(70))
    assert desk.order().open_children
    desk.log_on_again()
    desk.stands(OrdStatus.DONE_FOR_DAY, 30, 10, leaves_qty=Decimal(0))
    assert not desk.order().is_open
