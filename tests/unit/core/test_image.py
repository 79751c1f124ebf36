from decimal import Decimal

import pytest
from desk import CLIENT, Desk, terms
from images import written_and_read
from watched_desk import BREAKER, WatchedDesk

from oms_fix.core.image import StateImage, difference
from oms_fix.core.orders.state import State
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus, SessionOperation
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules

MADE_AGAIN = {
    "children",
    "checks",
    "duplicate_seconds",
    "exposure",
    "rate_checks",
    "held_stops",
    "first_users_of_cl_ord_id",
    "orders_by_cl_ord_id",
    "phoned",
    "reviews",
    "routes",
    "routes_by_id",
    "venues",
    "totals_kept",
    "units",
    "unsettled_children",
    "watched",
}


def _have_direct_access(busy):
    """Agree on direct access and phone calls; send an order with a request, and phone another."""
    agreement = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE, phones=("B",))
    route = Direct(id="to-a", venue="A")
    busy.do(cmd.LoadRules(Rules("rules-2", (), (route,), (agreement,)), "tester"))
    busy.new("D")
    busy.replace(terms(80), "E", "D")
    busy.phone()


@pytest.fixture
def desk():
    """A desk where one of everything has happened."""
    busy = Desk()
    busy.new("X")
    busy.ack()
    for place in range(7):
        busy.fill(1, exec_id=f"FILL{place}")
    busy.cancel("Y", "X")
    busy.refuse_request()
    busy.replace(terms(90), "Z", "X")
    busy.new("Q", terms(0))
    busy.do(cmd.NewOrderSingle("OTHER", "Y", terms()))
    busy.new("W")
    busy.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    _have_direct_access(busy)
    busy.log_on_again("B")
    busy.log_on_again("A")
    busy.stands(OrdStatus.PARTIALLY_FILLED, 20, 10)
    busy.do(cmd.SessionLoggedOut("C"))
    busy.new("O", terms(exec_inst="o"))
    busy.halt()
    busy.do(cmd.SessionLoggedOut(CLIENT))
    busy.do(cmd.OperateSession("C", SessionOperation.DISABLE, "tester"))
    return busy


def test_an_image_has_all_that_a_state_is_made_of():
    """What is new in the state must be in its image, or be made again from what is."""
    in_image = set(StateImage.__struct_fields__)
    assert set(vars(State())) - in_image == {"orders", *MADE_AGAIN}


def test_a_state_comes_back(desk):
    """Everything is as it was, identifiers by which an order was ever known included."""
    again = written_and_read(desk.state)
    assert difference(desk.state, again) is None
    assert again.orders_by_cl_ord_id[CLIENT, "Z"] is again.orders[f"{again.id_prefix}-1"]
    assert again.first_users_of_cl_ord_id["Y"] is again.orders[f"{again.id_prefix}-1"]


def test_what_is_known_of_venues_comes_back():
    """Answers, a suspension and its probe, and by when children are due."""
    desk = WatchedDesk(breaker=BREAKER, no_answer_seconds=2).suspended()
    desk.pass_time(30)
    desk.send()
    again = written_and_read(desk.state)
    assert difference(desk.state, again) is None
    assert again.venue_records["A"] == desk.record
    assert len(again.child_deadlines) == 1


def test_a_state_that_came_back_decides_the_same(desk):
    """The same commands lead to the same events, duplicates of executions included."""
    other = Desk()
    other.state = written_and_read(desk.state)
    other.exec_ids = desk.exec_ids
    for each in (desk, other):
        each.events = [
            each.fill(1, exec_id="FILL3"),
            each.venue(ExecType.REPLACED, exec_id="R", cl_ord_id="Z"),
            each.new("Z"),
            each.new("W"),
        ]
    assert desk.events == other.events


def test_a_difference_is_named(desk):
    """Of two states that differ, what differs is told."""
    again = written_and_read(desk.state)
    again.positions["FUND", "ACME"].bought_qty += Decimal(1)
    assert difference(desk.state, again) == "positions"


@pytest.mark.parametrize("quantity", ["80", "80.0"])
def test_a_quantity_stays_as_it_was_written(quantity):
    """What is sent after a restart is byte for byte what would have been sent without it."""
    desk = Desk()
    desk.new(order_terms=terms("80.0"))
    desk.replace(terms(quantity))
    desk.venue(ExecType.REPLACED)
    again = written_and_read(desk.state)
    kept = [
        [str(order.terms.order_qty), *(str(child.terms.order_qty) for child in order.children)]
        for order in (desk.order(), again.orders_by_cl_ord_id[CLIENT, "X"])
    ]
    assert kept == [[quantity, quantity]] * 2


def test_equal_values_are_kept_once(desk):
    """What an order and its child have alike takes memory once, before and after."""
    for state in (desk.state, written_and_read(desk.state)):
        order = state.orders_by_cl_ord_id["OTHER", "Y"]
        (child,) = order.children
        assert child.terms is order.terms
        assert child.order_id is order.order_id
        assert child.cl_ord_id is child.child_id


def test_numbers_that_are_written_alike_are_kept_once(desk):
    """Of many orders for 100 at 10.5 each number is kept once; 10.50 stays what was said."""
    for cl_ord_id, price in (("ONE", "10.5"), ("TWO", "10.50"), ("THREE", "10.5")):
        desk.do(cmd.NewOrderSingle("OTHER", cl_ord_id, terms(price=price)))
    for state in (desk.state, written_and_read(desk.state)):
        kept = [state.orders_by_cl_ord_id["OTHER", key] for key in ("ONE", "TWO", "THREE")]
        one, two, three = (order.terms for order in kept)
        assert one.price is three.price
        assert one.order_qty is two.order_qty is three.order_qty
        assert str(two.price) == "10.50"


def test_a_venue_finds_no_order_of_another(desk):
    """An identifier of ours is known at the venue that has it, and at no other."""
    order = desk.state.orders_by_cl_ord_id["OTHER", "Y"]
    (child,) = order.children
    assert desk.state.child_at("A", child.cl_ord_id) is child
    assert desk.state.child_at("B", child.cl_ord_id) is None
