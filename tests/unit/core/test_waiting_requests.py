"""Requests that come while a replace is pending, of orders that the router works itself."""

from decimal import Decimal
from itertools import pairwise

import pytest
from desk import CLIENT, Desk, kinds, terms, told

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType
from oms_fix.model.events import RequestRejected
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.routes import Split, SplitLeg

HALVES = Split(id="halves", legs=(SplitLeg("A", Decimal(50)), SplitLeg("B", Decimal(50))))


@pytest.fixture
def desk():
    """Order X of 100, new at venue A, 10 done."""
    desk = Desk()
    desk.new()
    desk.ack()
    desk.fill(10)
    return desk


@pytest.fixture
def halves():
    """Order X of 100, 50 of it new at venue A and 50 at B."""
    desk = Desk([HALVES])
    desk.new()
    desk.ack(0)
    desk.ack(1)
    return desk


def rejects(events):
    return [
        (e.reject.cl_ord_id, e.reject.orig_cl_ord_id, e.reject.requested_orig_cl_ord_id)
        for e in events
        if isinstance(e, RequestRejected)
    ]


def test_two_replaces_are_done_one_after_the_other(desk):
    """The second becomes pending when the first is done, chained to it (matrix D.2.a)."""
    assert told(desk.replace(terms(80), "Y", "X")) == ["PENDING_REPLACE PENDING_REPLACE Y 10/90"]
    assert kinds(desk.replace(terms(70), "Z", "Y")) == ["RequestQueued"]
    assert told(desk.venue(ExecType.REPLACED)) == [
        "REPLACED PARTIALLY_FILLED Y 10/70",
        "PENDING_REPLACE PENDING_REPLACE Z 10/70",
    ]
    done = desk.venue(ExecType.REPLACED)
    assert told(done) == ["REPLACED PARTIALLY_FILLED Z 10/60"]
    assert done[-1].report.orig_cl_ord_id == "Y"
    assert told(desk.fill(60)) == ["TRADE FILLED Z 70/0"]


def test_two_replaces_are_refused_one_after_the_other(desk):
    """The second counts for X, the last that was accepted (matrix D.2.c); FIX 4.2 is told Y."""
    desk.replace(terms(80), "Y", "X")
    desk.replace(terms(70), "Z", "Y")
    first = desk.refuse_request()
    assert told(first) == [
        "REQUEST_REJECTED PARTIALLY_FILLED Y 2",
        "PENDING_REPLACE PENDING_REPLACE Z 10/90",
    ]
    assert first[-2].report.orig_cl_ord_id == "X"
    second = desk.refuse_request()
    assert told(second) == ["REQUEST_REJECTED PARTIALLY_FILLED Z 2"]
    assert rejects(second) == [("Z", "X", "Y")]
    assert told(desk.fill(60)) == ["TRADE PARTIALLY_FILLED X 70/30"]


def test_a_cancel_is_pending_at_once(desk):
    """It outranks the replace, whose answer shows it, and goes out after that (matrix D.2.b)."""
    desk.replace(terms(120), "Y", "X")
    pending = desk.cancel("Z", "Y")
    assert told(pending) == ["PENDING_CANCEL PENDING_CANCEL Z 10/90"]
    assert pending[-1].report.orig_cl_ord_id == "X"
    assert told(desk.fill(10)) == ["TRADE PENDING_CANCEL X 20/80"]
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED PENDING_CANCEL Y 20/100"]
    canceled = desk.venue(ExecType.CANCELED)
    assert told(canceled) == ["CANCELED CANCELED Z 20/0"]
    assert canceled[-1].report.orig_cl_ord_id == "Y"


def test_with_several_children_the_replace_comes_before_the_cancel(halves):
    """The children are called back for the replace; what the cancel is to take is not placed."""
    halves.replace(terms(120), "Y", "X")
    halves.cancel("Z", "Y")
    assert told(halves.venue(ExecType.CANCELED, 0)) == []
    done = halves.venue(ExecType.CANCELED, 1)
    assert told(done) == ["REPLACED PENDING_CANCEL Y 0/120", "CANCELED CANCELED Z 0/0"]
    assert "ChildPlaced" not in kinds(done)


def test_with_several_children_two_replaces_are_done_one_after_the_other(halves):
    """What the first replace leaves is placed, then called back for the second."""
    halves.replace(terms(80), "Y", "X")
    halves.replace(terms(60), "Z", "Y")
    halves.venue(ExecType.CANCELED, 0)
    first = halves.venue(ExecType.CANCELED, 1)
    assert told(first) == ["REPLACED NEW Y 0/80", "PENDING_REPLACE PENDING_REPLACE Z 0/80"]
    halves.venue(ExecType.CANCELED, 2)
    second = halves.venue(ExecType.CANCELED, 3)
    assert told(second) == ["REPLACED NEW Z 0/60"]
    assert [child.terms.order_qty for child in halves.order().open_children] == [30, 30]


def test_with_several_children_both_replaces_can_be_refused(halves):
    """One venue lets go and one does not: what was let go is placed anew, for the next replace."""
    halves.replace(terms(80), "Y", "X")
    halves.replace(terms(60), "Z", "Y")
    halves.venue(ExecType.CANCELED, 0)
    assert told(halves.refuse_request(1)) == [
        "REQUEST_REJECTED NEW Y 2",
        "PENDING_REPLACE PENDING_REPLACE Z 0/100",
    ]
    while asked := [each for each in halves.order().children if each.request]:
        events = halves.refuse_request(halves.order().children.index(asked[0]))
    assert told(events) == ["REQUEST_REJECTED NEW Z 2"]
    assert (halves.order().cl_ord_id, halves.order().placed_qty) == ("X", 100)


def test_behind_a_cancel_nothing_waits(desk):
    """A replace of what is to be canceled is refused (CxlRejReason(102) 3), waiting or pending."""
    desk.replace(terms(80), "Y", "X")
    desk.cancel("Z", "Y")
    assert told(desk.replace(terms(60), "Q", "Z")) == ["REQUEST_REJECTED PENDING_CANCEL Q 3"]
    desk.venue(ExecType.REPLACED)
    assert told(desk.cancel("R", "Z")) == ["REQUEST_REJECTED PENDING_CANCEL R 3"]


def test_what_waits_when_the_order_ends_is_too_late(desk):
    """The last fill comes before the first answer: both requests are refused."""
    desk.replace(terms(80), "Y", "X")
    desk.replace(terms(70), "Z", "Y")
    desk.fill(90)
    assert told(desk.refuse_request()) == [
        "REQUEST_REJECTED FILLED Y 0",
        "REQUEST_REJECTED FILLED Z 0",
    ]


def test_what_waits_is_checked_when_it_is_its_turn():
    """A replace above a limit is refused then; the one behind it has its turn."""
    desk = Desk(checks=(OrderQuantity(id="max", quantity_max=Decimal(100)),))
    desk.new()
    desk.replace(terms(90), "Y", "X")
    desk.replace(terms(101), "Z", "Y")
    desk.cancel("Q", "Z")
    assert told(desk.venue(ExecType.REPLACED)) == [
        "REPLACED PENDING_CANCEL Y 0/90",
        "REQUEST_REJECTED PENDING_CANCEL Z 99",
    ]
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Q 0/0"]


def test_not_more_than_eight_wait(desk):
    """The next one is refused as one too many."""
    ids = [f"R{number}" for number in range(10)]
    desk.replace(terms(80), ids[0], "X")
    for orig, cl_ord_id in pairwise(ids[:9]):
        assert kinds(desk.replace(terms(70), cl_ord_id, orig)) == ["RequestQueued"]
    assert told(desk.replace(terms(70), ids[9], ids[8])) == [
        "REQUEST_REJECTED PENDING_REPLACE R9 3"
    ]


def test_a_request_that_waits_names_one_of_the_chain(desk):
    """OrigClOrdID(41) of another order's, or one that was refused, is no order of this chain."""
    desk.replace(terms(80), "Y", "X")
    desk.cancel("B", "X")
    assert told(desk.cancel("Z", "B")) == ["REQUEST_REJECTED PENDING_CANCEL Z 3"]
    desk = Desk()
    desk.new()
    desk.replace(terms(-1), "B", "X")
    desk.replace(terms(80), "Y", "X")
    assert told(desk.cancel("Z", "B")) == ["REQUEST_REJECTED PENDING_REPLACE Z 1"]


def test_a_status_names_what_waits(desk):
    """Asked by the id of a cancel that waits, the answer bears it and the last accepted one."""
    desk.replace(terms(80), "Y", "X")
    desk.cancel("Z", "Y")
    answered = desk.ask_status("Z")
    assert told(answered) == ["ORDER_STATUS PENDING_CANCEL Z 10/90"]
    assert answered[-1].report.orig_cl_ord_id == "X"


def test_a_mass_cancel_comes_before_a_replace_that_waits(desk):
    """The order is taken back once the pending replace is answered; what waits is too late."""
    desk.replace(terms(80), "Y", "X")
    desk.replace(terms(70), "Z", "Y")
    desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    answered = desk.venue(ExecType.REPLACED)
    assert told(answered) == ["REPLACED PARTIALLY_FILLED Y 10/70"]
    assert told(desk.venue(ExecType.CANCELED)) == [
        "CANCELED CANCELED Y 10/0",
        "REQUEST_REJECTED CANCELED Z 0",
    ]
