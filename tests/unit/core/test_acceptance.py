"""While nothing new is taken: what adds quantity is refused, all else goes on."""

from desk import Desk, kinds, terms, told

from oms_fix.model.commands import SetAccepting
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.routes import Fallback


def closed_desk():
    """Return a desk with an order X at venue A that takes nothing new since."""
    desk = Desk([Fallback(id="all", venues=("A", "B"))])
    desk.new()
    desk.do(SetAccepting(accepting=False, reason="disk_low"))
    return desk


def test_a_new_order_is_captured_and_rejected_with_the_reason():
    """It has an OrderID(37) and its reject is an event like any other; no check is asked."""
    events = closed_desk().new("Z")
    assert kinds(events) == ["OrderCaptured", "OrderReported"]
    assert told(events) == ["REJECTED REJECTED Z 0/0"]
    text = "NOT_ACCEPTING: nothing new is taken at the moment because=disk_low"
    assert events[-1].report.text == text


def test_a_replace_to_more_is_refused():
    """It would add quantity; CxlRejReason(102) is that of the house's option."""
    desk = closed_desk()
    assert told(desk.replace(terms(order_qty=101))) == ["REQUEST_REJECTED NEW Y 2"]


def test_a_replace_that_adds_nothing_goes_on():
    """Less, or another price."""
    for changed in (terms(order_qty=50), terms(price=11)):
        events = closed_desk().replace(changed)
        assert kinds(events)[-1] == "ChildReplaceRequested"


def test_cancels_and_fills_go_on():
    """An order that works is filled, and canceled."""
    desk = closed_desk()
    assert told(desk.fill(30)) == ["TRADE PARTIALLY_FILLED X 30/70"]
    desk.cancel()
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 30/0"]


def test_what_a_venue_gives_back_is_routed_anew():
    """It was taken on before: another venue may have it."""
    events = closed_desk().venue(ExecType.REJECTED, ord_status=OrdStatus.REJECTED)
    assert kinds(events)[-2:] == ["OrderRouted", "ChildPlaced"]


def test_orders_are_taken_again_when_that_is_over():
    """The last word counts."""
    desk = closed_desk()
    desk.do(SetAccepting(accepting=True))
    assert told(desk.new("Z")) == ["NEW NEW Z 0/100"]
