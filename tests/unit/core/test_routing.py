from decimal import Decimal

from desk import Desk, terms, told

from oms_fix.model.commands import SessionLoggedOut
from oms_fix.model.enums import ExecType, TimeInForce
from oms_fix.model.events import ChildPlaced
from oms_fix.model.routes import Direct, Fallback, Split, SplitLeg
from oms_fix.model.routing import OrderRouted


def split(**percents):
    legs = tuple(SplitLeg(venue, Decimal(percent)) for venue, percent in percents.items())
    return [Split(id="split", legs=legs)]


def placed(events):
    return [(e.venue, e.terms.order_qty) for e in events if isinstance(e, ChildPlaced)]


def reasons(events):
    routed = next(event for event in events if isinstance(event, OrderRouted))
    return [(leg.venue, leg.quantity, leg.reason) for leg in routed.legs]


def test_first_matching_rule_wins():
    """Rules are asked in the order of the file."""
    desk = Desk(
        [
            Direct(id="large", when={"OrderQty": "> 1000"}, venue="B"),
            Direct(id="acme", when={"Symbol": ["ACME", "OTHER"]}, venue="C"),
            Direct(id="rest", venue="A"),
        ]
    )
    assert placed(desk.new()) == [("C", 100)]


def test_split_by_percent_in_whole_lots():
    """Shares add up to the order; the largest remainder gets the last lot."""
    events = Desk(split(A=33, B=33, C=34)).new(order_terms=terms(101))
    assert placed(events) == [("A", 33), ("B", 33), ("C", 35)]


def test_share_of_a_venue_that_is_down_goes_to_the_others():
    """The others take it in proportion, and the decision says so."""
    desk = Desk(split(A=50, B=25, C=25))
    desk.do(SessionLoggedOut("A"))
    events = desk.new()
    assert placed(events) == [("B", 50), ("C", 50)]
    assert reasons(events) == [
        ("A", 0, "not connected"),
        ("B", 50, "25 percent of the 50 that can take it"),
        ("C", 50, "25 percent of the 50 that can take it"),
    ]


def test_an_order_too_small_to_divide_goes_to_one_venue():
    """A share of no whole lot gets nothing."""
    assert placed(Desk(split(A=50, B=50)).new(order_terms=terms(1))) == [("A", 1)]


def test_fill_or_kill_is_not_divided():
    """A Fill Or Kill order in parts would not be one."""
    events = Desk(split(A=40, B=60)).new(order_terms=terms(time_in_force=TimeInForce.FILL_OR_KILL))
    assert placed(events) == [("B", 100)]


def test_fallback_takes_the_first_that_is_up():
    """Venues are asked in the order of the list."""
    desk = Desk([Fallback(id="dealers", venues=("A", "B", "C"))])
    desk.do(SessionLoggedOut("A"))
    events = desk.new()
    assert reasons(events) == [
        ("A", 0, "not connected"),
        ("B", 100, "number 2 of the list"),
        ("C", 0, "not needed"),
    ]


def test_a_rejected_child_goes_to_the_next_venue():
    """The quantity of a rejected child is routed anew, past the venue that rejected it."""
    desk = Desk([Fallback(id="dealers", venues=("A", "B"))])
    desk.new()
    events = desk.venue(ExecType.REJECTED)
    assert told(events) == []
    assert placed(events) == [("B", 100)]
    assert reasons(events)[0] == ("A", 0, "rejected this order")


def test_rejected_by_all_rejects_the_order():
    """When every venue of the list has rejected it, the client is told."""
    desk = Desk([Fallback(id="dealers", venues=("A", "B"))])
    desk.new()
    desk.venue(ExecType.REJECTED)
    assert told(desk.venue(ExecType.REJECTED, child=1)) == ["REJECTED REJECTED X 0/0"]


def test_rejected_part_of_a_split_goes_to_the_rest():
    """What one venue of a split rejects, the others get."""
    desk = Desk(split(A=50, B=50))
    desk.new()
    desk.fill(20, child=1)
    assert placed(desk.venue(ExecType.REJECTED, child=0)) == [("B", 50)]
    assert desk.order().placed_qty == 80


def test_rest_that_nobody_takes_is_canceled_when_the_others_are_done():
    """A partly filled order whose rest is rejected everywhere ends Canceled, fills stand."""
    desk = Desk(split(A=50, B=50))
    desk.new()
    desk.venue(ExecType.REJECTED, child=0)
    desk.fill(50, child=1)
    events = desk.venue(ExecType.REJECTED, child=2)
    assert told(events) == ["CANCELED CANCELED X 50/0"]
