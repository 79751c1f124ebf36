"""What becomes of orders while trading in their instrument is halted."""

import pytest
from desk import Desk, DirectDesk, kinds, terms, told

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus, TimeInForce
from oms_fix.model.events import OrderReported
from oms_fix.model.routes import Fallback, Split, SplitLeg

HALTED = "HALTED: trading in the instrument is halted Symbol=ACME because=news pending"
RESUMED = "trading in ACME goes on"


def halt(desk):
    return desk.halt()


def resume(desk):
    return desk.resume()


def reasons(events):
    """Return ExecRestatementReason(378), OrdRejReason(103) and Text(58) of each report."""
    reports = [event.report for event in events if isinstance(event, OrderReported)]
    return [(each.exec_restatement_reason, each.ord_rej_reason, each.text) for each in reports]


def desk_with(exec_inst, **changes):
    """Return a desk with order X at venue A; venue B takes what A gives back."""
    desk = Desk([Fallback(id="all", venues=("A", "B"))])
    desk.new(order_terms=terms(exec_inst=exec_inst, **changes))
    desk.ack()
    return desk


def test_a_new_order_is_refused_while_trading_is_halted():
    """OrdRejReason(103)=2; once trading goes on, orders are taken again."""
    desk = Desk()
    halt(desk)
    refused = desk.new()
    assert told(refused) == ["REJECTED REJECTED X 0/0"]
    assert reasons(refused) == [(None, 2, HALTED)]
    resume(desk)
    assert told(desk.new("X2")) == ["NEW NEW X2 0/100"]


def test_a_halt_is_of_one_instrument():
    """Orders in others are taken."""
    desk = Desk()
    desk.halt(name="OTHER")
    assert told(desk.new()) == ["NEW NEW X 0/100"]


def test_a_replace_is_refused_and_a_cancel_goes_on():
    """What is asked for during a halt may end an order, not change it."""
    desk = desk_with(None)
    halt(desk)
    assert told(desk.replace(terms(80))) == ["REQUEST_REJECTED NEW Y 2"]
    assert kinds(desk.cancel("Z"))[-1] == "ChildCancelRequested"


def test_without_an_instruction_the_venues_decide():
    """Nothing is told and nothing asked; a fill meanwhile is a fill."""
    desk = desk_with(None)
    assert kinds(halt(desk)) == ["TradingStateChanged"]
    assert told(desk.fill(30)) == ["TRADE PARTIALLY_FILLED X 30/70"]
    assert kinds(resume(desk)) == ["TradingStateChanged"]


def test_what_a_venue_rejects_during_a_halt_goes_to_no_other():
    """Nothing in the instrument is placed: the order ends as its last child did."""
    desk = desk_with(None)
    halt(desk)
    events = desk.venue(ExecType.REJECTED)
    assert "ChildPlaced" not in kinds(events)
    assert told(events) == ["REJECTED REJECTED X 0/0"]


def test_cancel_on_trading_halt():
    """ExecInst(18) K: unsolicited Canceled with ExecRestatementReason(378)=6, once it is done."""
    desk = desk_with("K")
    assert kinds(halt(desk)) == ["TradingStateChanged", "OrderWithdrawn", "ChildCancelRequested"]
    canceled = desk.venue(ExecType.CANCELED)
    assert told(canceled) == ["CANCELED CANCELED X 0/0"]
    assert reasons(canceled) == [(6, None, HALTED)]


def test_reinstate_on_trading_halt():
    """ExecInst(18) J: Suspended, and Restated when trading goes on; the venue keeps it."""
    desk = desk_with("1 J")
    halted = halt(desk)
    assert told(halted) == ["SUSPENDED SUSPENDED X 0/100"]
    assert reasons(halted) == [(None, None, HALTED)]
    assert told(desk.fill(30)) == ["TRADE SUSPENDED X 30/70"]
    resumed = resume(desk)
    assert kinds(resumed) == ["TradingStateChanged", "OrderReported"]
    assert told(resumed) == ["RESTATED PARTIALLY_FILLED X 30/70"]
    assert reasons(resumed) == [(4, None, RESUMED)]


def test_what_a_venue_gives_back_of_a_suspended_order_waits_here():
    """The order lives on, and is placed anew when trading goes on."""
    desk = desk_with("J")
    halt(desk)
    assert told(desk.venue(ExecType.CANCELED)) == []
    assert told(desk.ask_status()) == ["ORDER_STATUS SUSPENDED X 0/100"]
    resumed = resume(desk)
    expected = ["TradingStateChanged", "OrderReported", "OrderRouted", "ChildPlaced"]
    assert kinds(resumed) == expected
    assert told(resumed) == ["RESTATED NEW X 0/100"]


def test_a_suspended_order_can_be_canceled():
    """Also when it is at no venue: then the answer is there at once."""
    desk = desk_with("J")
    halt(desk)
    desk.venue(ExecType.CANCELED)
    assert told(desk.cancel()) == [
        "PENDING_CANCEL PENDING_CANCEL Y 0/100",
        "CANCELED CANCELED Y 0/0",
    ]
    assert kinds(resume(desk)) == ["TradingStateChanged"]


def test_a_pending_replace_of_what_comes_back_is_made_here():
    """The venue ends what it was to replace: the order waits here under its new terms."""
    desk = desk_with("J")
    desk.replace(terms(80, exec_inst="J"))
    halt(desk)
    assert told(desk.venue(ExecType.CANCELED)) == ["REPLACED SUSPENDED Y 0/80"]
    assert told(resume(desk)) == ["RESTATED NEW Y 0/80"]
    assert desk.order().placed_qty == 80


def test_part_of_a_split_order_waits_here():
    """A venue that gives its part back does not make the order smaller."""
    legs = (SplitLeg("A", 60), SplitLeg("B", 40))
    desk = Desk([Split(id="split", legs=legs)])
    desk.new(order_terms=terms(exec_inst="J"))
    halt(desk)
    assert told(desk.venue(ExecType.EXPIRED, child=1)) == []
    resumed = resume(desk)
    assert told(resumed) == ["RESTATED NEW X 0/100"]
    assert desk.order().placed_qty == 100


def test_a_suspended_order_that_nobody_takes_ends():
    """The client is told why; it does not wait for what nobody works."""
    desk = desk_with("J")
    halt(desk)
    desk.venue(ExecType.CANCELED)
    for venue in "AB":
        desk.do(cmd.SessionLoggedOut(venue))
    resumed = resume(desk)
    assert told(resumed) == ["RESTATED NEW X 0/100", "CANCELED CANCELED X 0/0"]
    assert reasons(resumed)[1][2].startswith("VENUES_DOWN")


def test_an_order_for_now_or_never_does_not_wait():
    """Immediate Or Cancel has no tomorrow: its venue ends it."""
    desk = desk_with("J", time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
    assert kinds(halt(desk)) == ["TradingStateChanged"]


def test_a_cancel_that_pends_at_the_resumption_may_still_be_refused():
    """The order is suspended no more, whatever becomes of the request."""
    desk = desk_with("J")
    halt(desk)
    desk.cancel()
    assert told(resume(desk)) == ["RESTATED PENDING_CANCEL X 0/100"]
    assert told(desk.refuse_request()) == ["REQUEST_REJECTED NEW Y 2"]


@pytest.mark.parametrize("exec_inst", ["J", "K"])
def test_a_direct_order_is_its_venues(exec_inst):
    """The instruction has gone to the venue, whose word the order lives by."""
    desk = DirectDesk()
    desk.new(order_terms=terms(exec_inst=exec_inst))
    desk.say(ExecType.NEW, OrdStatus.NEW)
    assert kinds(halt(desk)) == ["TradingStateChanged"]


def test_a_halt_is_told_once():
    """Halting what is halted, or resuming what is not, does nothing."""
    desk = desk_with("J")
    assert resume(desk) == []
    halt(desk)
    assert halt(desk) == []


def test_a_suspended_order_whose_venue_ends_it_with_its_day_has_ended():
    """An order of the day is not placed on another day because its instrument was halted."""
    desk = desk_with("J")
    halt(desk)
    assert told(desk.venue(ExecType.EXPIRED)) == ["EXPIRED EXPIRED X 0/0"]
    assert told(resume(desk)) == []
