"""A venue takes a fill back or changes it while something else is going on."""

from decimal import Decimal

from desk import Desk, kinds, terms, told

from oms_fix.model.enums import ExecType
from oms_fix.model.events import ChildCancelRequested
from oms_fix.model.routes import Split, SplitLeg

HALVES = [
    Split(id="halves", legs=(SplitLeg("A", Decimal(50)), SplitLeg("B", Decimal(50)))),
]


def canceled_at(events):
    return [event.venue for event in events if isinstance(event, ChildCancelRequested)]


def test_cancel_reaches_a_child_that_a_correction_opens_again():
    """What a correction opens while a cancel is pending is canceled too; then it is answered."""
    desk = Desk(HALVES)
    desk.new()
    desk.fill(50, child=0, exec_id="E1")
    assert canceled_at(desk.cancel()) == ["B"]
    desk.venue(
        ExecType.TRADE_CORRECT,
        child=0,
        exec_ref_id="E1",
        last_qty=Decimal(30),
        last_px=Decimal(10),
    )
    assert canceled_at(desk.venue(ExecType.CANCELED, child=1)) == ["A"]
    assert told(desk.venue(ExecType.CANCELED, child=0)) == ["CANCELED CANCELED Y 30/0"]


def test_replace_by_withdrawal_reaches_a_child_that_a_bust_opens_again():
    """So it is with a replace that withdraws the children: nothing works on under old terms."""
    desk = Desk(HALVES)
    desk.new(order_terms=terms(100))
    desk.fill(50, child=0, exec_id="E1")
    desk.fill(20, child=1)
    desk.replace(terms(60))  # one child is open, 70 are done: it withdraws
    desk.venue(ExecType.TRADE_CANCEL, child=0, exec_ref_id="E1", last_qty=Decimal(0))
    events = desk.venue(ExecType.CANCELED, child=1)
    assert canceled_at(events) == ["A"]
    events = desk.venue(ExecType.CANCELED, child=0)
    assert told(events) == ["REPLACED PARTIALLY_FILLED Y 20/40"]
    assert "ChildPlaced" in kinds(events)


def test_replace_in_place_ends_with_the_child_it_was_about():
    """The child ends before it could be replaced, another is open again: the replace is refused."""
    desk = Desk(HALVES)
    desk.new()
    desk.fill(50, child=0, exec_id="E1")
    desk.replace(terms(120))
    desk.venue(ExecType.TRADE_CANCEL, child=0, exec_ref_id="E1", last_qty=Decimal(0))
    events = desk.venue(ExecType.EXPIRED, child=1)
    assert told(events)[0] == "REQUEST_REJECTED NEW Y 2"
    assert desk.order().request is None


def test_child_replaced_below_its_fills_has_their_quantity():
    """Its OrderQty is its CumQty then (C.3.c): a bust opens as much of it as it takes back."""
    desk = Desk()
    desk.new(order_terms=terms(100))
    desk.replace(terms(10))
    desk.fill(40, exec_id="E1")
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED FILLED Y 40/0"]
    assert desk.order().children[0].terms.order_qty == 40
    bust = desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="E1", last_qty=Decimal(0))
    assert told(bust) == ["TRADE_CANCEL NEW Y 0/40"]
    assert desk.order().placed_qty == desk.order().leaves_qty == 40


def test_child_of_an_ended_order_is_called_back_each_time_a_correction_opens_it():
    """A call-back that came too late says nothing about the next correction."""
    desk = Desk(HALVES)
    desk.new()
    desk.fill(50, child=0, exec_id="E1")
    desk.cancel()
    desk.venue(ExecType.CANCELED, child=1)
    corrected = {"last_qty": Decimal(30), "last_px": Decimal(10)}
    assert canceled_at(
        desk.venue(ExecType.TRADE_CORRECT, exec_id="E2", exec_ref_id="E1", **corrected)
    ) == ["A"]
    desk.fill(20, child=0)
    desk.refuse_request(child=0)
    corrected["last_qty"] = Decimal(20)
    assert canceled_at(
        desk.venue(ExecType.TRADE_CORRECT, exec_id="E3", exec_ref_id="E2", **corrected)
    ) == ["A"]


def test_busted_fill_that_is_repeated_is_no_new_one():
    """Its CumQty goes on from ours again since the bust; it is the report that we had."""
    desk = Desk()
    desk.new()
    desk.fill(40, exec_id="E1", cum_qty=Decimal(40))
    desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="E1", last_qty=Decimal(0))
    assert told(desk.fill(40, exec_id="E1", cum_qty=Decimal(40))) == []
    assert desk.order().cum_qty == 0


def test_fill_that_is_repeated_after_a_correction_is_no_new_one():
    """The correction of another fill has made room for it in CumQty; it is a repetition still."""
    desk = Desk()
    desk.new()
    desk.fill(40, exec_id="E1", cum_qty=Decimal(40))
    desk.fill(30, exec_id="E2", cum_qty=Decimal(70))
    corrected = {"last_qty": Decimal(10), "last_px": Decimal(10)}
    desk.venue(ExecType.TRADE_CORRECT, exec_ref_id="E1", **corrected)
    assert told(desk.fill(30, exec_id="E2", cum_qty=Decimal(70))) == []
    assert desk.order().cum_qty == 40
