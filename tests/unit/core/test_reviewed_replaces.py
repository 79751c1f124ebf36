"""Replaces that a check holds: the order goes on as it was until operators have decided."""

from decimal import Decimal

import pytest
from desk import DirectDesk, kinds, terms, told
from reviewed_desk import BIG, HALT, LARGE, TEXT, TOO_LARGE, ReviewedDesk, refused, stop

from oms_fix.model import commands as cmd
from oms_fix.model.check_base import Action
from oms_fix.model.enums import ExecType, OrderOperation
from oms_fix.model.events import OrderReported, RequestRejected
from oms_fix.model.order_checks import OrderNotional, RestrictedList
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Rules
from oms_fix.model.venues import Feature, VenueTerms

PENDING = "PENDING_REPLACE PENDING_REPLACE"


@pytest.fixture
def desk():
    """A desk with an order X of 50 that works at venue A, and a replace Y to 500 that is held."""
    working = ReviewedDesk()
    working.new("X", terms(50))
    working.ack()
    working.held = working.replace(BIG)
    return working


def refusals(events):
    """Return (ClOrdID, the code) of each request that is refused."""
    rejects = [event.reject for event in events if isinstance(event, RequestRejected)]
    return [(reject.cl_ord_id, reject.text.partition(":")[0]) for reject in rejects]


# --- of a working order -------------------------------------------------------------------------


def test_a_held_replace_is_pending_with_the_codes(desk):
    """Nothing goes to the venue."""
    assert kinds(desk.held) == ["ChecksEvaluated", "ReviewOpened", "OrderReported"]
    assert told(desk.held) == [f"{PENDING} Y 0/50"]
    assert desk.held[-1].report.text == TEXT
    opened = desk.order().under_review.opened
    assert (opened.cl_ord_id, opened.orig_cl_ord_id, opened.terms) == ("Y", "X", BIG)
    assert told(desk.ask_status("Y")) == ["ORDER_STATUS PENDING_REPLACE Y 0/50"]


def test_the_order_is_filled_meanwhile(desk):
    """As before, under its old ClOrdID(11)."""
    assert told(desk.fill(20)) == ["TRADE PENDING_REPLACE X 20/30"]


def test_an_approved_replace_goes_on(desk):
    """Not told pending twice; Replaced when the venue has made it."""
    desk.fill(20)
    approved = desk.approve(review="Y")
    assert kinds(approved) == [
        "ReviewDecided",
        "ChecksEvaluated",
        "ReviewPassed",
        "RequestAccepted",
        "ChildReplaceRequested",
    ]
    assert desk.state.reviews == {}
    assert told(desk.venue(ExecType.REPLACED)) == ["REPLACED PARTIALLY_FILLED Y 20/480"]


def test_a_rejected_replace_is_refused(desk):
    """The order works on as it was, and can be replaced again."""
    events = desk.reject(review="Y")
    assert told(events) == ["REQUEST_REJECTED NEW Y 2"]
    assert refusals(events) == [("Y", "REVIEW_REJECTED")]
    assert told(desk.replace(terms(60), "Z")) == [f"{PENDING} Z 0/50"]


def test_a_replace_that_nobody_decides_on_is_refused(desk):
    """When its time is over, or its market closes."""
    assert refusals(desk.overdue(30)) == [("Y", "REVIEW_OVERDUE")]
    desk.replace(BIG, "Z")
    desk.with_market()
    assert refusals(desk.close()) == [("Z", "REVIEW_CLOSED")]
    assert desk.order().is_open


def test_a_replace_that_the_rules_reject_by_now_is_refused(desk):
    """With the codes of the checks."""
    desk.load((LARGE, RestrictedList(id="restricted", symbols=("ACME",))), "rules-3")
    assert refusals(desk.approve(review="Y")) == [("Y", "RESTRICTED")]
    assert desk.state.reviews == {}


def test_a_replace_that_is_held_for_another_reason_by_now_is_held_anew(desk):
    """The client is told the new codes; only who names the new review has seen them."""
    restricted = RestrictedList(id="restricted", symbols=("ACME",), action=Action.HOLD)
    desk.load((LARGE, restricted), "rules-3")
    events = desk.approve(review="Y")
    assert told(events) == [f"{PENDING} Y 0/50"]
    assert "RESTRICTED" in events[-1].report.text
    assert refused(desk.approve(review="Y")) == "REVIEW_CHANGED"
    assert kinds(desk.approve(review=desk.review_id()))[-1] == "ChildReplaceRequested"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (HALT, "HALTED"),
        (cmd.SessionLoggedOut("A"), "VENUES_DOWN"),
    ],
)
def test_an_approval_is_refused_while_the_replace_cannot_be_made(desk, command, code):
    """It stays held."""
    desk.do(command)
    assert refused(desk.approve(review="Y")) == code
    assert desk.order().request.held


def test_an_approval_names_the_replace(desk):
    """Not the order that it is of."""
    assert refused(desk.approve(review="X")) == "REVIEW_CHANGED"


def test_four_eyes_hold_for_replaces():
    """Who entered the order cannot approve what makes it larger."""
    desk = ReviewedDesk()
    desk.enter(terms(50))
    desk.ack()
    desk.replace(terms(600))
    assert refused(desk.approve("bob", "Y")) == "OWN_ORDER"
    assert kinds(desk.approve("ann", "Y"))[-1] == "ChildReplaceRequested"


# --- what comes while a replace is held ---------------------------------------------------------


@pytest.mark.parametrize("orig", ["X", "Y"])
def test_a_held_replace_makes_way_for_a_cancel(desk, orig):
    """The replace is refused, the cancel goes on at once."""
    events = desk.cancel("Z", orig)
    assert told(events) == ["REQUEST_REJECTED NEW Y 2", "PENDING_CANCEL PENDING_CANCEL Z 0/50"]
    assert refusals(events) == [("Y", "SUPERSEDED")]
    assert kinds(events)[-1] == "ChildCancelRequested"
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Z 0/0"]


def test_what_waits_behind_a_held_replace_makes_way_too(desk):
    """The client wants none of it any more."""
    assert kinds(desk.replace(terms(40), "Z", "Y")) == ["RequestQueued"]
    events = desk.cancel("C", "Z")
    assert refusals(events) == [("Y", "SUPERSEDED"), ("Z", "SUPERSEDED")]
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED C 0/0"]


def test_a_cancel_has_room_behind_however_many_replaces(desk):
    """Nobody is to wait for a review to get out of the market."""
    for number in range(8):
        desk.replace(terms(40), f"Z{number}", "Y")
    assert told(desk.replace(terms(40), "Z8", "Y")) == ["REQUEST_REJECTED PENDING_REPLACE Z8 3"]
    events = desk.cancel("C", "Z7")
    assert len(refusals(events)) == 9
    assert kinds(events)[-1] == "ChildCancelRequested"


def test_a_replace_is_not_held_while_a_cancel_waits_for_it():
    """Its turn comes, it would be held, and so it makes way."""
    desk = ReviewedDesk()
    desk.new("X", terms(50))
    desk.ack()
    desk.replace(terms(60), "Y", "X")
    desk.replace(BIG, "Z", "Y")
    desk.cancel("C", "Z")
    events = desk.venue(ExecType.REPLACED)
    assert refusals(events) == [("Z", "SUPERSEDED")]
    assert kinds(events)[-1] == "ChildCancelRequested"
    assert told(desk.venue(ExecType.CANCELED, cl_ord_id="Y")) == ["CANCELED CANCELED C 0/0"]


def test_another_replace_waits_for_the_held_one(desk):
    """It is checked when it is its turn, and may be held then."""
    desk.replace(terms(400), "Z", "Y")
    events = desk.reject(review="Y")
    assert told(events) == ["REQUEST_REJECTED NEW Y 2", f"{PENDING} Z 0/50"]
    assert desk.order().under_review.opened.cl_ord_id == "Z"
    assert refused(desk.approve(review="Y")) == "REVIEW_CHANGED"


@pytest.mark.parametrize("ends", ["filled", "canceled"])
def test_a_held_replace_is_too_late_when_the_order_has_ended(desk, ends):
    """By its venue's word; the review ends with it."""
    events = desk.fill(50) if ends == "filled" else desk.venue(ExecType.CANCELED)
    assert refusals(events) == [("Y", "TOO_LATE")]
    assert not desk.order().is_open
    assert desk.state.reviews == {}


def test_a_held_replace_is_too_late_when_the_order_is_taken_back(desk):
    """It would be made of what nobody wants any more."""
    order_id = desk.order().order_id
    withdrawn = desk.do(cmd.OperateOrder(order_id, OrderOperation.CANCEL, "bob", "phoned"))
    assert refusals(withdrawn) == [("Y", "TOO_LATE")]
    assert "ChildCancelRequested" in kinds(withdrawn)
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED X 0/0"]


def test_what_a_venue_rejects_is_routed_on_while_a_replace_is_held():
    """The order goes on as if the replace were not there."""
    desk = ReviewedDesk()
    desk.new("X", terms(50))
    desk.replace(BIG)
    desk.load((LARGE,))
    rules = Rules("rules-3", (LARGE,), (Direct(id="to-b", venue="B"),))
    desk.do(cmd.LoadRules(rules, "tester"))
    events = desk.venue(ExecType.REJECTED)
    assert kinds(events) == ["ChildReported", "OrderRouted", "ChildPlaced"]
    assert desk.order().request.held
    assert kinds(desk.approve(review="Y"))[-1] == "ChildReplaceRequested"


def test_a_replace_of_a_direct_order_is_refused_and_not_held():
    """Its venue's word is the order's; there is nothing of ours to hold."""
    desk = DirectDesk()
    desk.new("X", terms(50))
    large = OrderNotional(id="large", notional_max=Decimal(1000), action=Action.HOLD)
    rules = desk.state.rules
    changed = Rules("rules-3", (large,), rules.routes, rules.clients)
    desk.do(cmd.LoadRules(changed, "tester"))
    assert refusals(desk.replace(BIG)) == [("Y", "ORDER_NOTIONAL_LIMIT")]


# --- of an order that is held itself ------------------------------------------------------------


def test_a_replace_that_passes_releases_a_held_order():
    """Its new terms are those of an order that needs no review."""
    desk = ReviewedDesk.holding()
    events = desk.replace(terms(50))
    assert told(events) == [f"{PENDING} Y 0/500", "REPLACED NEW Y 0/50"]
    assert kinds(events)[-2:] == ["OrderRouted", "ChildPlaced"]
    assert desk.state.reviews == {}
    assert told(desk.fill(50)) == ["TRADE FILLED Y 50/0"]


def test_a_replace_that_is_rejected_leaves_the_order_held():
    """Under its old terms."""
    desk = ReviewedDesk.holding()
    events = desk.replace(terms(20_000))
    assert told(events) == ["REQUEST_REJECTED PENDING_NEW Y 99"]
    assert told(desk.approve()) == ["NEW NEW X 0/500"]


def test_a_replace_that_is_held_is_what_is_reviewed_then():
    """An approval of what was seen before releases nothing."""
    desk = ReviewedDesk.holding()
    assert told(desk.replace(terms(600))) == [f"{PENDING} Y 0/500"]
    assert refused(desk.approve(review="X")) == "REVIEW_CHANGED"
    events = desk.approve(review="Y")
    assert told(events) == ["REPLACED NEW Y 0/600"]
    assert kinds(events)[-2:] == ["OrderRouted", "ChildPlaced"]
    assert desk.order().children[0].terms.order_qty == 600
    assert desk.state.reviews == {}


def test_approvals_begin_anew_with_the_new_terms():
    """One of two was for other terms."""
    desk = ReviewedDesk.holding(terms(3000))
    desk.approve("ann")
    desk.replace(terms(4000))
    assert kinds(desk.approve("cat", "Y")) == ["ReviewDecided"]
    assert told(desk.approve("ann", "Y")) == ["REPLACED NEW Y 0/4000"]


def test_if_the_replace_is_rejected_the_order_stays_held():
    """Under its old terms, with the approvals that it had."""
    desk = ReviewedDesk.holding(terms(3000))
    desk.approve("ann")
    desk.replace(terms(4000))
    assert told(desk.reject("cat", "Y")) == ["REQUEST_REJECTED PENDING_NEW Y 2"]
    assert told(desk.approve("cat")) == ["NEW NEW X 0/3000"]


def test_a_cancel_ends_both():
    """At once."""
    desk = ReviewedDesk.holding()
    desk.replace(terms(600))
    assert told(desk.cancel("Z", "Y")) == [
        "REQUEST_REJECTED PENDING_NEW Y 2",
        "PENDING_CANCEL PENDING_CANCEL Z 0/500",
        "CANCELED CANCELED Z 0/0",
    ]
    assert desk.state.reviews == {}


def test_time_ends_both():
    """The replace is refused, then the order rejected."""
    desk = ReviewedDesk.holding()
    desk.replace(terms(600))
    assert told(desk.overdue(30)) == ["REQUEST_REJECTED PENDING_NEW Y 2"]
    assert told(desk.overdue(0)) == ["REJECTED REJECTED X 0/0"]


def test_the_close_ends_both():
    """In one go."""
    desk = ReviewedDesk.holding().with_market()
    desk.replace(terms(600))
    answers = ["REQUEST_REJECTED PENDING_NEW Y 2", "REJECTED REJECTED X 0/0"]
    assert told(desk.close()) == answers


def test_a_replace_to_a_stop_order_that_no_venue_takes_is_held_as_one():
    """As one that had come in like that."""
    desk = ReviewedDesk.holding()
    route, lacks = Direct(id="to-a", venue="A"), VenueTerms(session="A", lacks=(Feature.STOP,))
    rules = Rules("rules-3", (LARGE, TOO_LARGE), (route,), (), (lacks,))
    desk.do(cmd.LoadRules(rules, "tester"))
    events = desk.replace(stop(50))
    assert told(events) == [f"{PENDING} Y 0/500", "REPLACED NEW Y 0/50"]
    assert desk.order().awaits_price
    triggered = desk.do(cmd.LastPrice("ACME", Decimal(12), "feed"))
    assert "ChildPlaced" in kinds(triggered)


def test_a_held_stop_is_triggered_while_its_replace_is_held():
    """It goes on as if the replace were not there."""
    desk = ReviewedDesk()
    route, lacks = Direct(id="to-a", venue="A"), VenueTerms(session="A", lacks=(Feature.STOP,))
    desk.do(cmd.LoadRules(Rules("rules-3", (LARGE,), (route,), (), (lacks,)), "tester"))
    desk.new("X", stop(50))
    desk.replace(stop(500))
    events = desk.do(cmd.LastPrice("ACME", Decimal(12), "feed"))
    assert told(events) == ["TRIGGERED PENDING_REPLACE X 0/50"]
    assert kinds(events)[-1] == "ChildPlaced"
    assert [each.report.text for each in events if isinstance(each, OrderReported)]
