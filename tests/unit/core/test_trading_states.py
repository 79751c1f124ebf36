"""What operators stop: the firm, a client, an account, an instrument or a venue."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, DirectDesk, kinds, terms, told
from hypothesis import given
from hypothesis import strategies as st

from oms_fix.core.image import image_of, state_of
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus, OrdType, Side, TradingScope
from oms_fix.model.events import ChildPlaced, OrderReported, RequestRejected
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.routes import Direct, Fallback, Split, SplitLeg
from oms_fix.model.routing import OrderRouted
from oms_fix.model.rules import Rules
from oms_fix.model.venues import Feature, VenueTerms

FIRM, INSTRUMENT, VENUE = TradingScope.FIRM, TradingScope.INSTRUMENT, TradingScope.VENUE
NAMES = {
    FIRM: "",
    TradingScope.CLIENT: CLIENT,
    TradingScope.ACCOUNT: "FUND",
    INSTRUMENT: "ACME",
}
EACH = pytest.mark.parametrize(("scope", "name"), NAMES.items())
OTHERS = {TradingScope.CLIENT: "OTHER", TradingScope.ACCOUNT: "OTHER", INSTRUMENT: "OTHER"}
A_B = [Fallback(id="all", venues=("A", "B"))]


def sell(quantity=100, **changes):
    return terms(quantity, side=Side.SELL, **changes)


def texts(events):
    """Return Text(58) of what the client is told."""
    reports = [each.report.text for each in events if isinstance(each, OrderReported)]
    return reports + [each.reject.text for each in events if isinstance(each, RequestRejected)]


def placed_at(events):
    return [(each.venue, each.terms.order_qty) for each in events if isinstance(each, ChildPlaced)]


def long(quantity=100, routes=None):
    """Return a desk whose account is long."""
    desk = Desk(routes)
    desk.new("L", terms(quantity))
    desk.fill(quantity, cl_ord_id="L")
    return desk


# --- halted -------------------------------------------------------------------------------------


@EACH
def test_halted_refuses_what_is_new(scope, name):
    """Orders and replaces, with a stable code and why; cancels go on; after it all is as before."""
    desk = Desk.working()
    desk.halt(scope, name, reason="drill")
    refused = desk.new("N")
    assert told(refused) == ["REJECTED REJECTED N 0/0"]
    code = "HALTED" if scope is INSTRUMENT else "TRADING_HALTED"
    assert texts(refused)[0].startswith(f"{code}: ")
    assert texts(refused)[0].endswith("because=drill")
    assert told(desk.replace(terms(50))) == ["REQUEST_REJECTED NEW Y 2"]
    assert kinds(desk.cancel("Z"))[-1] == "ChildCancelRequested"
    desk.resume(scope, name)
    assert told(desk.new("N2")) == ["NEW NEW N2 0/100"]


@pytest.mark.parametrize(("scope", "name"), OTHERS.items())
@pytest.mark.parametrize("stop", [Desk.halt, Desk.reduce])
def test_a_state_is_of_what_it_names(stop, scope, name):
    """Others are taken."""
    desk = Desk()
    stop(desk, scope, name)
    assert told(desk.new()) == ["NEW NEW X 0/100"]


def test_a_refusal_names_the_scope():
    """What the client can tell its broker."""
    desk = Desk()
    desk.halt(TradingScope.ACCOUNT, "FUND", reason="drill")
    text = "TRADING_HALTED: trading is halted scope=account name=FUND because=drill"
    assert texts(desk.new()) == [text]


def test_halted_comes_before_reducing_and_all_are_named():
    """The strictest decides, the widest scope first among equals."""
    desk = long()
    desk.reduce(FIRM, reason="r1")
    desk.halt(reason="r2")
    desk.halt(TradingScope.CLIENT, CLIENT, reason="r3")
    (text,) = texts(desk.new("N", sell()))
    assert text == (
        "TRADING_HALTED: trading is halted scope=client name=CLIENT because=r3"
        "; instrument ACME halted because=r2; firm reducing because=r1"
    )
    desk.resume(TradingScope.CLIENT, CLIENT)
    desk.resume()
    assert told(desk.new("N2", sell())) == ["NEW NEW N2 0/100"]


@EACH
def test_nothing_is_entered_while_halted(scope, name):
    """As nothing is taken from a client."""
    desk = Desk()
    desk.halt(scope, name)
    (refused,) = desk.do(cmd.EnterOrder(CLIENT, "P", terms(), "bob", "phoned"))
    assert "HALTED" in refused.refused


@EACH
def test_what_a_venue_gives_back_is_not_routed_anew(scope, name):
    """The order ends as its last child did."""
    desk = Desk(A_B)
    desk.new()
    desk.halt(scope, name)
    assert told(desk.venue(ExecType.REJECTED)) == ["REJECTED REJECTED X 0/0"]


@EACH
def test_instructions_for_a_halt_count_for_every_scope(scope, name):
    """ExecInst(18): K is taken back, J suspended and reinstated."""
    desk = Desk()
    for exec_inst in "KJ":
        desk.new(exec_inst, terms(exec_inst=exec_inst))
        desk.ack(cl_ord_id=exec_inst)
    halted = desk.halt(scope, name)
    assert told(halted) == ["SUSPENDED SUSPENDED J 0/100"]
    assert kinds(halted).count("OrderWithdrawn") == 1
    desk.venue(ExecType.CANCELED, cl_ord_id="J")
    resumed = desk.resume(scope, name)
    assert told(resumed) == ["RESTATED NEW J 0/100"]
    assert kinds(resumed)[-1] == "ChildPlaced"


def test_a_suspended_order_waits_for_the_last_halt_to_end():
    """It is told once that it is suspended, and once that it goes on."""
    desk = Desk()
    desk.new(order_terms=terms(exec_inst="J"))
    desk.ack()
    desk.halt()
    desk.venue(ExecType.CANCELED)
    assert told(desk.halt(FIRM)) == []
    assert told(desk.resume()) == []
    assert told(desk.resume(FIRM)) == ["RESTATED NEW X 0/100"]


def test_from_halted_to_reducing_goes_on():
    """What was suspended works again; what does not reduce is still refused."""
    desk = Desk()
    desk.new(order_terms=terms(exec_inst="J"))
    desk.ack()
    desk.halt(FIRM)
    assert told(desk.reduce(FIRM)) == ["RESTATED NEW X 0/100"]
    assert texts(desk.new("N"))[0].startswith("REDUCING")


@EACH
def test_stops_are_not_triggered_while_halted(scope, name):
    """They are, when trading goes on and the price has been reached meanwhile."""
    desk = Desk()
    lacks = (VenueTerms(session="A", lacks=(Feature.STOP,)),)
    rules = Rules("rules-2", (), (Direct(id="to-a", venue="A"),), (), lacks)
    desk.do(cmd.LoadRules(rules, "tester"))
    desk.new(order_terms=terms(100, 0, ord_type=OrdType.STOP, stop_px=Decimal(12)))
    desk.halt(scope, name)
    assert kinds(desk.do(cmd.LastPrice("ACME", Decimal(13), "tester"))) == ["LastPriceTold"]
    resumed = desk.resume(scope, name)
    assert told(resumed) == ["TRIGGERED NEW X 0/100"]
    assert placed_at(resumed) == [("A", 100)]


def test_a_stop_that_does_not_reduce_is_not_triggered_while_reducing():
    """It was taken before, and would open a position now."""
    desk = Desk()
    lacks = (VenueTerms(session="A", lacks=(Feature.STOP,)),)
    rules = Rules("rules-2", (), (Direct(id="to-a", venue="A"),), (), lacks)
    desk.do(cmd.LoadRules(rules, "tester"))
    desk.new(order_terms=terms(100, 0, ord_type=OrdType.STOP, stop_px=Decimal(12)))
    desk.reduce(FIRM)
    desk.do(cmd.LastPrice("ACME", Decimal(13), "tester"))
    assert desk.order().awaits_price
    assert told(desk.resume(FIRM)) == ["TRIGGERED NEW X 0/100"]


def test_what_is_so_already_is_not_told_again():
    """But its orders may be canceled yet."""
    desk = Desk.working()
    assert desk.resume(FIRM) == []
    desk.halt(FIRM)
    assert desk.halt(FIRM, reason="another") == []
    again = desk.halt(FIRM, reason="another", cancel_open=True)
    assert kinds(again) == ["TradingStateChanged", "OrderWithdrawn", "ChildCancelRequested"]


def test_states_outlive_a_restart():
    """An image has them, and what it makes refuses as before."""
    desk = Desk.working()
    desk.halt(TradingScope.ACCOUNT, "FUND")
    desk.reduce(VENUE, "A")
    states = desk.state.trading_states
    desk.state = state_of(image_of(desk.state), list(desk.state.orders.values()))
    assert desk.state.trading_states == states
    assert texts(desk.new("N"))[0].startswith("TRADING_HALTED")


def test_states_outlive_other_rules():
    """Rules that are loaded anew change no state, and a state changes no rule."""
    desk = long()
    desk.reduce(TradingScope.ACCOUNT, "FUND")
    check = OrderQuantity(id="size", quantity_max=Decimal(60))
    desk.do(cmd.LoadRules(Rules("rules-2", (check,), (Direct(id="to-a", venue="A"),)), "tester"))
    assert texts(desk.new("N1"))[0].startswith("REDUCING")
    assert texts(desk.new("N2", sell(70)))[0].startswith("ORDER_QTY_LIMIT")
    assert told(desk.new("N3", sell(50))) == ["NEW NEW N3 0/50"]


# --- reducing -----------------------------------------------------------------------------------


@EACH
def test_reducing_takes_only_what_reduces(scope, name):
    """Of a long account sales, up to the position with what is open; nothing without a position."""
    desk = long(100)
    desk.reduce(scope, name, reason="limit")
    assert texts(desk.new("B"))[0].startswith("REDUCING: only what reduces the position is taken")
    assert told(desk.new("S1", sell(60))) == ["NEW NEW S1 0/60"]
    assert told(desk.new("S2", sell(41))) == ["REJECTED REJECTED S2 0/0"]
    assert told(desk.new("S3", sell(40))) == ["NEW NEW S3 0/40"]
    assert told(desk.new("S4", sell(1))) == ["REJECTED REJECTED S4 0/0"]


def test_reducing_a_short_position_takes_what_buys_it_back():
    """In mirror image."""
    desk = Desk()
    desk.new("S", sell(100))
    desk.fill(100, cl_ord_id="S")
    desk.reduce(FIRM)
    assert told(desk.new("N1", sell(1))) == ["REJECTED REJECTED N1 0/0"]
    assert told(desk.new("N2", terms(101))) == ["REJECTED REJECTED N2 0/0"]
    assert told(desk.new("N3", terms(100))) == ["NEW NEW N3 0/100"]


def test_an_order_through_zero_does_not_reduce():
    """Selling 101 of 100 would open a short position of 1."""
    desk = long(100)
    desk.reduce()
    assert told(desk.new("N", sell(101))) == ["REJECTED REJECTED N 0/0"]


def test_a_replace_may_lower_what_does_not_reduce():
    """It adds nothing; one that adds must reduce."""
    desk = Desk.working()
    desk.reduce(FIRM)
    assert told(desk.replace(terms(101))) == ["REQUEST_REJECTED NEW Y 2"]
    assert told(desk.replace(terms(80), "Z")) == ["PENDING_REPLACE PENDING_REPLACE Z 0/100"]
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED NEW Z 0/80"]
    assert kinds(desk.cancel("C", "Z"))[-1] == "ChildCancelRequested"


def test_a_replace_may_raise_what_reduces_up_to_the_position():
    """The order itself counts once."""
    desk = long(100)
    desk.new("S", sell(60))
    desk.ack(cl_ord_id="S")
    desk.reduce()
    assert told(desk.replace(sell(101), "Y1", "S")) == ["REQUEST_REJECTED NEW Y1 2"]
    raised = desk.replace(sell(100), "Y2", "S")
    assert told(raised) == ["PENDING_REPLACE PENDING_REPLACE Y2 0/60"]
    assert told(desk.new("N", sell(1))) == ["REJECTED REJECTED N 0/0"]


def test_a_split_order_that_is_lowered_while_reducing_goes_on():
    """Its children are canceled and what is left is placed anew: that adds nothing."""
    legs = (SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40)))
    desk = Desk([Split(id="split", legs=legs)])
    desk.new()
    desk.reduce(FIRM)
    desk.replace(terms(50))
    desk.venue(ExecType.CANCELED, child=0)
    assert told(desk.venue(ExecType.CANCELED, child=1)) == ["REPLACED NEW Y 0/50"]
    assert desk.order().placed_qty == 50


def test_a_fill_makes_less_to_be_reduced():
    """The position is that of now, not that when it began."""
    desk = long(100)
    desk.reduce(FIRM)
    desk.new("S", sell(60))
    desk.fill(60, cl_ord_id="S")
    assert told(desk.new("N1", sell(41))) == ["REJECTED REJECTED N1 0/0"]
    assert told(desk.new("N2", sell(40))) == ["NEW NEW N2 0/40"]


@given(
    position=st.integers(-50, 50).filter(bool),
    wanted=st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 40)), max_size=8),
)
def test_whatever_is_filled_reducing_takes_no_position_through_zero(position, wanted):
    """All that was taken may be filled: no position is further from zero, or on its other side."""
    desk = Desk()
    side = Side.BUY if position > 0 else Side.SELL
    desk.new("P", terms(abs(position), side=side))
    desk.fill(abs(position), cl_ord_id="P")
    desk.reduce(FIRM)
    for number, (way, quantity) in enumerate(wanted):
        desk.new(f"N{number}", terms(quantity, side=way))
        if desk.order(f"N{number}").is_open and number % 2:
            desk.fill(quantity, cl_ord_id=f"N{number}")
    for number in range(len(wanted)):
        order = desk.order(f"N{number}")
        if order.is_open:
            desk.fill(int(order.leaves_qty), cl_ord_id=f"N{number}")
    left = desk.state.positions["FUND", "ACME"].quantity
    assert min(0, position) <= left <= max(0, position)


# --- cancel-open --------------------------------------------------------------------------------


@EACH
@pytest.mark.parametrize("stop", [Desk.halt, Desk.reduce])
def test_cancel_open_takes_back_what_is_open(stop, scope, name):
    """Canceled once the venues have: by the operator, or for a halt of the instrument."""
    desk = Desk.working()
    events = stop(desk, scope, name, reason="drill", cancel_open=True)
    assert kinds(events) == ["TradingStateChanged", "OrderWithdrawn", "ChildCancelRequested"]
    canceled = desk.venue(ExecType.CANCELED)
    assert told(canceled) == ["CANCELED CANCELED X 0/0"]
    (report,) = [each.report for each in canceled if isinstance(each, OrderReported)]
    is_halt = scope is INSTRUMENT and stop is Desk.halt
    assert report.exec_restatement_reason == (6 if is_halt else 4)
    assert report.text.endswith("because=drill")


@pytest.mark.parametrize(("scope", "name"), OTHERS.items())
def test_cancel_open_leaves_what_is_of_others(scope, name):
    """Only what is named is taken back."""
    desk = Desk.working()
    assert kinds(desk.halt(scope, name, cancel_open=True)) == ["TradingStateChanged"]


def test_cancel_open_takes_back_what_is_held_here():
    """A stop order that no venue has is canceled at once, a suspended order too."""
    desk = Desk()
    desk.new(order_terms=terms(exec_inst="J"))
    desk.halt()
    desk.venue(ExecType.REJECTED)
    assert told(desk.halt(FIRM, cancel_open=True)) == ["CANCELED CANCELED X 0/0"]


@pytest.mark.parametrize(("scope", "name"), [*NAMES.items(), (VENUE, "A")])
def test_cancel_open_takes_back_direct_orders(scope, name):
    """Their venue is asked, and its word counts."""
    desk = DirectDesk()
    desk.new()
    desk.say(ExecType.NEW, OrdStatus.NEW)
    halted = desk.halt(scope, name, cancel_open=True)
    assert kinds(halted) == ["TradingStateChanged", "OrderWithdrawn", "ChildCancelRequested"]


def test_what_is_being_canceled_is_not_canceled_again():
    """The client's own cancel is under way."""
    desk = Desk.working()
    desk.cancel()
    assert kinds(desk.halt(FIRM, cancel_open=True)) == ["TradingStateChanged"]


def test_an_order_with_a_replace_pending_is_canceled_after_it():
    """A venue never has two requests about an order."""
    desk = Desk.working()
    desk.replace(terms(80))
    assert kinds(desk.halt(FIRM, cancel_open=True)) == ["TradingStateChanged", "OrderWithdrawn"]
    assert kinds(desk.venue(ExecType.REPLACED))[-1] == "ChildCancelRequested"


# --- venues -------------------------------------------------------------------------------------


def test_a_halted_venue_is_passed_over():
    """The next one of the route gets the order; the decision tells why."""
    desk = Desk(A_B)
    desk.halt(VENUE, "A", reason="slow")
    events = desk.new()
    (routed,) = [each for each in events if isinstance(each, OrderRouted)]
    assert [leg.reason for leg in routed.legs] == [
        "halted by an operator: slow",
        "number 2 of the list",
    ]
    assert placed_at(events) == [("B", 100)]


def test_a_route_of_halted_venues_rejects():
    """The text tells of the halt."""
    desk = Desk()
    desk.halt(VENUE, "A", reason="slow")
    refused = desk.new()
    assert told(refused) == ["REJECTED REJECTED X 0/0"]
    assert texts(refused)[0].endswith("venues=A(halted by an operator: slow)")
    desk.resume(VENUE, "A")
    assert told(desk.new("N")) == ["NEW NEW N 0/100"]


def test_orders_at_a_halted_venue_go_on():
    """They fill and are canceled; a replace is refused."""
    desk = Desk(A_B)
    desk.new()
    desk.ack()
    assert kinds(desk.halt(VENUE, "A", reason="slow")) == ["TradingStateChanged"]
    refused = desk.replace(terms(50))
    assert told(refused) == ["REQUEST_REJECTED NEW Y 2"]
    text = "TRADING_HALTED: trading is halted scope=venue name=A because=slow"
    assert texts(refused) == [text]
    assert told(desk.fill(30)) == ["TRADE PARTIALLY_FILLED X 30/70"]
    assert kinds(desk.cancel("Z"))[-1] == "ChildCancelRequested"


def test_a_reducing_venue_gets_only_what_reduces():
    """The rest goes to other venues."""
    desk = long(100, A_B)
    desk.reduce(VENUE, "A")
    assert placed_at(desk.new("B")) == [("B", 100)]
    assert placed_at(desk.new("S1", sell(60))) == [("A", 60)]
    assert placed_at(desk.new("S2", sell(60))) == [("B", 60)]


def test_what_is_called_back_from_a_venue_goes_to_others():
    """To the client nothing happens."""
    desk = Desk(A_B)
    desk.new()
    desk.fill(30)
    halted = desk.halt(VENUE, "A", cancel_open=True)
    assert kinds(halted) == ["TradingStateChanged", "ChildCancelRequested"]
    canceled = desk.venue(ExecType.CANCELED)
    assert told(canceled) == []
    assert [child.venue for child in desk.order().open_children] == ["B"]
    assert desk.order().placed_qty == 70


def test_what_is_called_back_and_no_other_venue_takes_ends():
    """The client is told why."""
    desk = Desk.working()
    desk.halt(VENUE, "A", reason="slow", cancel_open=True)
    canceled = desk.venue(ExecType.CANCELED)
    assert told(canceled) == ["CANCELED CANCELED X 0/0"]
    assert texts(canceled)[0].endswith("venues=A(halted by an operator: slow)")


def test_a_venue_that_refuses_keeps_its_child():
    """It is asked once; the order goes on there."""
    desk = Desk(A_B)
    desk.new()
    desk.halt(VENUE, "A", cancel_open=True)
    assert told(desk.refuse_request()) == []
    assert told(desk.fill(100)) == ["TRADE FILLED X 100/0"]


def test_a_child_with_a_replace_pending_is_called_back_after_it():
    """A venue never has two requests about an order."""
    desk = Desk(A_B)
    desk.new()
    desk.ack()
    desk.replace(terms(80))
    assert kinds(desk.halt(VENUE, "A", cancel_open=True)) == ["TradingStateChanged"]
    assert kinds(desk.venue(ExecType.REPLACED))[-1] == "ChildCancelRequested"
    desk.venue(ExecType.CANCELED)
    assert [child.venue for child in desk.order("Y").open_children] == ["B"]


def test_a_reducing_venue_keeps_what_reduces():
    """With cancel-open, the rest is called back."""
    desk = long(100, A_B)
    desk.new("S", sell(60))
    desk.new("B", terms(10))
    halted = desk.reduce(VENUE, "A", cancel_open=True)
    assert kinds(halted) == ["TradingStateChanged", "ChildCancelRequested"]
    assert desk.order("B").children[0].request is not None


def test_other_venues_keep_their_children():
    """Of a split order, one part is called back."""
    legs = (SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40)))
    desk = Desk([Split(id="split", legs=legs)])
    desk.new()
    desk.halt(VENUE, "A", cancel_open=True)
    desk.venue(ExecType.CANCELED, child=0)
    at = [(child.venue, child.terms.order_qty) for child in desk.order().open_children]
    assert at == [("B", 40), ("B", 60)]
