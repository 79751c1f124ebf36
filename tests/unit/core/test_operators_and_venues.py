"""What an operator has changed of a trade, and what its venue says of the order afterwards."""

from decimal import Decimal

import pytest
from desk import Desk, DirectDesk, terms, told

from oms_fix.model.commands import OperateOrder
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildReported,
    OrderReported,
    OrderStatusCompared,
)

BUST, CORRECT = OrderOperation.BUST, OrderOperation.CORRECT
PARTIALLY_FILLED = OrdStatus.PARTIALLY_FILLED


@pytest.fixture(params=[Desk, DirectDesk])
def desk(request):
    """A desk whose order X of 100 has got 40 at 10 as E1 and 20 at 11 as E2 at venue A."""
    desk = request.param.working()
    desk.fill(40, exec_id="E1", ord_status=PARTIALLY_FILLED)
    desk.fill(20, price=11, exec_id="E2", ord_status=PARTIALLY_FILLED)
    return desk


def operate(desk, operation, exec_id="E1", **to):
    to = {name: Decimal(value) for name, value in to.items()}
    order_id = desk.order().order_id
    return desk.do(OperateOrder(order_id, operation, "bob", "phoned", exec_id, **to))


def differences(events):
    return [e.difference for e in events if isinstance(e, OrderStatusCompared) and e.difference]


def fills(events):
    reports = [event.report for event in events if isinstance(event, OrderReported)]
    return [(each.last_qty, each.last_px) for each in reports]


@pytest.mark.parametrize("venue_counts_it", [True, False])
def test_what_an_operator_has_busted_is_not_booked_again(desk, venue_counts_it):
    """The venue may still count it or not: neither is a fill, nor a difference."""
    operate(desk, BUST)
    for cum_qty in (60, 60) if venue_counts_it else (20, 20):
        desk.log_on_again()
        events = desk.stands(PARTIALLY_FILLED, cum_qty, 10)
        assert told(events) == []
        assert differences(events) == []


@pytest.mark.parametrize(("quantity", "cum_qty"), [(30, 60), (30, 50), (50, 60), (50, 70)])
def test_a_correction_by_an_operator_is_no_fill(desk, quantity, cum_qty):
    """Whether the venue's CumQty(14) has it or not."""
    operate(desk, CORRECT, quantity=quantity)
    desk.log_on_again()
    events = desk.stands(PARTIALLY_FILLED, cum_qty, 10)
    assert told(events) == []
    assert differences(events) == []


def test_what_got_lost_beside_a_bust_is_booked_at_its_price(desk):
    """The venue has 70 at 10.5714: 40 at 10, which are busted here, 20 at 11, and 10 at 12."""
    operate(desk, BUST)
    desk.log_on_again()
    events = desk.stands(PARTIALLY_FILLED, 70, Decimal(740) / 70)
    assert told(events) == ["TRADE PARTIALLY_FILLED X 30/70"]
    assert fills(events) == [(10, 12)]
    late = desk.fill(10, price=12, exec_id="E3", cum_qty=Decimal(70), ord_status=PARTIALLY_FILLED)
    assert [line.split()[0] for line in told(late)] == ["TRADE_CANCEL", "TRADE"]
    assert desk.order().cum_qty == 30


def test_an_estimate_that_an_operator_has_busted_is_not_made_again(desk):
    """By phone the venue has said that it is wrong; its status says it again."""
    desk.log_on_again()
    desk.stands(PARTIALLY_FILLED, 75, 10)
    (estimate,) = [key for key in desk.order().children[0].executions if key not in ("E1", "E2")]
    operate(desk, BUST, estimate)
    desk.log_on_again()
    assert told(desk.stands(PARTIALLY_FILLED, 75, 10)) == []


def test_once_the_venue_has_undone_it_too_all_that_it_has_more_was_lost(desk):
    """It has said that it has 20: from there on it counts what we count."""
    operate(desk, BUST)
    desk.log_on_again()
    desk.stands(PARTIALLY_FILLED, 20, 11)
    desk.log_on_again()
    assert told(desk.stands(PARTIALLY_FILLED, 30, 11)) == ["TRADE PARTIALLY_FILLED X 30/70"]


def test_a_report_can_show_that_the_venue_has_undone_it_too(desk):
    """Its CumQty(14) is ours: what it has more after that was lost, and is booked."""
    operate(desk, BUST)
    desk.fill(10, exec_id="E3", cum_qty=Decimal(30), ord_status=PARTIALLY_FILLED)
    desk.log_on_again()
    assert told(desk.stands(PARTIALLY_FILLED, 50, 11)) == ["TRADE PARTIALLY_FILLED X 50/50"]


def test_a_later_fill_with_the_sum_of_the_venue_is_no_discrepancy(desk):
    """What the venue counts and an operator has busted does not have to be looked at again."""
    operate(desk, BUST)
    events = desk.fill(10, exec_id="E3", cum_qty=Decimal(70), ord_status=PARTIALLY_FILLED)
    assert [e.discrepancy for e in events if isinstance(e, ChildReported)] == [None]


def test_an_order_that_is_filled_at_its_venue_with_what_is_busted_here_stays_open(desk):
    """Once the venue has busted it too, it may fill it again; till then operators hear of it."""
    desk.fill(40, exec_id="E3", ord_status=OrdStatus.FILLED)
    operate(desk, BUST)
    desk.log_on_again()
    events = desk.stands(OrdStatus.FILLED, 100, 10)
    assert told(events) == []
    assert differences(events) == ["it is FILLED at A, open here"]
    undone = desk.venue(
        ExecType.TRADE_CANCEL, exec_ref_id="E1", ord_status=PARTIALLY_FILLED, cum_qty=Decimal(60)
    )
    assert told(undone) == []
    filled = desk.fill(40, exec_id="E4", ord_status=OrdStatus.FILLED, cum_qty=Decimal(100))
    assert told(filled) == ["TRADE FILLED X 100/0"]


def test_the_venues_own_bust_shows_that_it_does_not_count_it_any_more(desk):
    """Its CumQty(14) is ours then: what its status has more afterwards was lost, and is booked."""
    operate(desk, BUST)
    bust = {"exec_ref_id": "E1", "ord_status": PARTIALLY_FILLED, "cum_qty": Decimal(20)}
    assert told(desk.venue(ExecType.TRADE_CANCEL, **bust)) == []
    desk.log_on_again()
    assert told(desk.stands(PARTIALLY_FILLED, 60, 10)) == ["TRADE PARTIALLY_FILLED X 60/40"]


def test_a_fill_that_a_status_told_of_is_not_booked_again_after_a_correction_upwards(desk):
    """The venue has 65: 60 that it reported, and 5 that got lost; we have 20 more by phone."""
    operate(desk, CORRECT, quantity=60)
    desk.log_on_again()
    assert told(desk.stands(PARTIALLY_FILLED, 85, 10)) == ["TRADE PARTIALLY_FILLED X 85/15"]
    lost = desk.fill(5, exec_id="E3", cum_qty=Decimal(85), ord_status=PARTIALLY_FILLED)
    assert [line.split()[0] for line in told(lost)] == ["TRADE_CANCEL", "TRADE"]
    assert desk.order().cum_qty == 85


def test_what_is_corrected_upwards_and_filled_at_its_venue_with_less_ends(desk):
    """The venue has 80 and calls that all; what we have more is by phone."""
    operate(desk, CORRECT, quantity=60)
    desk.log_on_again()
    assert told(desk.stands(OrdStatus.FILLED, 80, 10))[-1:] == ["CANCELED CANCELED X 80/0"]


@pytest.mark.parametrize("cum_qty", [65, 85])
def test_a_lost_fill_is_booked_once_whether_the_venue_counts_a_correction_or_not(desk, cum_qty):
    """Corrected upwards by 20: the report of the fill that got lost may have either sum."""
    operate(desk, CORRECT, quantity=60)
    desk.log_on_again()
    desk.stands(PARTIALLY_FILLED, 85, 10)
    lost = {"cum_qty": Decimal(cum_qty), "ord_status": PARTIALLY_FILLED}
    desk.fill(5, exec_id="E3", **lost)
    assert desk.order().cum_qty == 85


def test_an_average_price_that_is_none_is_not_taken(desk):
    """The best price that is known is: of a limit order its limit."""
    desk.log_on_again()
    events = desk.stands(PARTIALLY_FILLED, 61, Decimal(999_999_999_999_999))
    assert told(events) == ["TRADE PARTIALLY_FILLED X 61/39"]
    assert fills(events) == [(1, desk.order().terms.price)]


# --- what else works ----------------------------------------------------------------------------


@pytest.fixture
def elsewhere():
    """A desk whose order X of 100 has 40 of one child; another one works the other 60."""
    desk = Desk()
    desk.new()
    desk.ack()
    desk.fill(40, exec_id="E1")
    desk.order().children[0].called_back = True
    desk.venue(ExecType.CANCELED)
    desk.ack(child=1)
    assert desk.order().placed_qty == 60
    return desk


def asked_to_cancel(events):
    return [event.child_id for event in events if isinstance(event, ChildCancelRequested)]


@pytest.mark.parametrize(("quantity", "leaves"), [(60, 40), (100, 0)])
def test_what_a_correction_takes_from_another_child_is_called_back(elsewhere, quantity, leaves):
    """As after any fill that leaves less than is placed: then what is left is placed again."""
    events = operate(elsewhere, CORRECT, quantity=quantity)
    assert elsewhere.order().leaves_qty == leaves
    assert asked_to_cancel(events) == [elsewhere.order().children[1].child_id]
    elsewhere.venue(ExecType.CANCELED, child=1)
    assert elsewhere.order().placed_qty == leaves
    assert elsewhere.order().cum_qty == quantity


def test_a_correction_while_a_request_is_pending_is_held_against_the_rest(elsewhere):
    """The client's replace is under way: once it is answered, only what is left works."""
    elsewhere.replace(terms(100, price=9))
    operate(elsewhere, CORRECT, quantity=70)
    elsewhere.venue(ExecType.REPLACED, child=1)
    assert elsewhere.order().children[1].request is not None
    elsewhere.venue(ExecType.CANCELED, child=1)
    assert elsewhere.order().placed_qty == elsewhere.order().leaves_qty == 30
