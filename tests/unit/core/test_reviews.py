"""Orders that a check holds are answered Pending New, and go on once operators have approved."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, kinds, terms, told
from reviewed_desk import (
    BIG,
    HALT,
    LARGE,
    MINUTE,
    TEXT,
    TOO_LARGE,
    ReviewedDesk,
    refused,
    stop,
)

from oms_fix.model import commands as cmd
from oms_fix.model.check_base import Action
from oms_fix.model.enums import OrdStatus
from oms_fix.model.events import OrderReported
from oms_fix.model.order_checks import OrderNotional, OrderQuantity, RestrictedList
from oms_fix.model.reviews import (
    DecideReview,
    Hold,
    ReviewDecided,
    ReviewDecision,
    ReviewOpened,
    ReviewPassed,
)
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Acknowledge, ClientAgreement, ReviewTerms, Rules
from oms_fix.model.venues import Feature, VenueTerms


def texts(events):
    return [event.report.text for event in events if isinstance(event, OrderReported)]


# --- held ---------------------------------------------------------------------------------------


def test_a_held_order_is_pending_new_with_the_codes():
    """It is open and at no venue; what is held, why, since and until when is on record."""
    desk = ReviewedDesk()
    events = desk.new("X", BIG)
    assert kinds(events) == ["OrderCaptured", "ChecksEvaluated", "ReviewOpened", "OrderReported"]
    assert told(events) == ["PENDING_NEW PENDING_NEW X 0/500"]
    assert texts(events) == [TEXT]
    order = desk.order()
    assert events[2] == ReviewOpened(
        order_id=order.order_id,
        review_id=f"{order.order_id}/1",
        cl_ord_id="X",
        terms=BIG,
        holds=(Hold("large", "ORDER_NOTIONAL_LIMIT", TEXT),),
        notional=Decimal(5000),
        rules_version="rules-2",
        opened_at=desk.now,
        until=desk.now + 30 * MINUTE,
    )
    assert (order.is_open, order.children, order.placed_qty) == (True, [], 0)


def test_an_order_that_is_also_rejected_is_not_held():
    """The gravest action wins."""
    assert told(ReviewedDesk().new("X", terms(20_000))) == ["REJECTED REJECTED X 0/0"]


def test_nothing_triggers_or_places_a_held_order():
    """Neither a price nor the end of a halt nor a venue's return."""
    desk = ReviewedDesk.holding(stop(500))
    assert told(desk.do(cmd.LastPrice("ACME", Decimal(12), "feed"))) == []
    desk.halt(reason="news")
    assert told(desk.resume()) == []
    assert told(desk.log_on_again()) == []
    assert desk.order().children == []


def test_a_held_order_is_known_like_any_other():
    """It is found by status requests, sent again it is told, used twice its id is refused."""
    desk = ReviewedDesk.holding()
    assert told(desk.ask_status()) == ["ORDER_STATUS PENDING_NEW X 0/500"]
    again = desk.new("X", BIG, poss_resend=True)
    assert told(again) == ["ORDER_STATUS PENDING_NEW X 0/500"]
    assert told(desk.new("X", BIG)) == ["REJECTED PENDING_NEW X 0/500"]


# --- approved -----------------------------------------------------------------------------------


def test_an_approved_order_goes_on_as_one_that_passed():
    """Checked once more, routed, New, placed; who approved it and why is on record."""
    desk = ReviewedDesk.holding()
    events = desk.approve()
    order = desk.order()
    assert kinds(events) == [
        "ReviewDecided",
        "ChecksEvaluated",
        "ReviewPassed",
        "OrderRouted",
        "OrderReported",
        "ChildPlaced",
    ]
    assert events[0] == ReviewDecided(
        order_id=order.order_id,
        review="X",
        decision=ReviewDecision.APPROVE,
        operator="ann",
        reason="looked at it",
        decided_at=desk.now,
        rules_version="rules-2",
        approvals=1,
        approvals_needed=1,
    )
    assert events[2] == ReviewPassed(order.order_id, f"{order.order_id}/1", "rules-2")
    assert told(events) == ["NEW NEW X 0/500"]
    assert told(desk.fill(500)) == ["TRADE FILLED X 500/0"]
    assert refused(desk.approve()) == "UNKNOWN_REVIEW"


def test_an_order_is_approved_by_the_name_of_the_review():
    """As `oms-fix review list` shows it."""
    desk = ReviewedDesk.holding()
    assert told(desk.approve(review=f"{desk.order().order_id}/1")) == ["NEW NEW X 0/500"]


def test_warnings_are_told_with_new():
    """As of an order that was not held."""
    desk = ReviewedDesk()
    warning = OrderQuantity(id="many", quantity_max=Decimal(400), action=Action.WARN)
    desk.load((LARGE, warning))
    desk.new("X", BIG)
    (text,) = texts(desk.approve())
    assert text.startswith("ORDER_QTY_LIMIT: ")


def test_an_approval_is_refused_while_no_venue_takes_the_order():
    """It stays held, and goes on once a venue is there."""
    desk = ReviewedDesk.holding()
    desk.do(cmd.SessionLoggedOut("A"))
    assert refused(desk.approve()) == "VENUES_DOWN"
    desk.log_on()
    assert told(desk.approve()) == ["NEW NEW X 0/500"]


def without_stops(desk):
    """Have venue A take no stop orders."""
    route, lacks = Direct(id="to-a", venue="A"), VenueTerms(session="A", lacks=(Feature.STOP,))
    rules = Rules("rules-3", (LARGE,), (route,), (), (lacks,))
    desk.do(cmd.LoadRules(rules, "tester"))
    return desk


def test_an_approved_stop_order_is_held_as_one():
    """Where no venue takes stop orders; from then on its price triggers it."""
    desk = without_stops(ReviewedDesk())
    desk.new("X", stop(500))
    events = desk.approve()
    assert told(events) == ["NEW NEW X 0/500"]
    assert "StopHeld" in kinds(events)
    triggered = desk.do(cmd.LastPrice("ACME", Decimal(12), "feed"))
    assert told(triggered) == ["TRIGGERED NEW X 0/500"]


def test_a_direct_order_is_passed_on_once_it_is_approved():
    """From then on its venue's word is the router's: New is the venue's to say."""
    desk = Desk()
    agreement = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE)
    route = Direct(id="to-a", venue="A")
    desk.do(cmd.LoadRules(Rules("rules-2", (LARGE,), (route,), (agreement,)), "tester"))
    assert told(desk.new("X", BIG)) == ["PENDING_NEW PENDING_NEW X 0/500"]
    order_id = desk.order().order_id
    events = desk.do(DecideReview(order_id, "X", ReviewDecision.APPROVE, "ann", "fine"))
    assert (told(events), kinds(events)[-1]) == ([], "ChildPlaced")
    assert desk.order().direct is not None


# --- checked again ------------------------------------------------------------------------------


def test_what_the_rules_reject_by_now_is_rejected_at_approval():
    """The checks of the rules in force decide, with their codes."""
    desk = ReviewedDesk.holding()
    desk.load((LARGE, RestrictedList(id="restricted", symbols=("ACME",))), "rules-3")
    events = desk.approve()
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert texts(events)[0].startswith("RESTRICTED: ")
    assert events[1].rules_version == "rules-3"


def test_what_is_held_for_another_reason_by_now_is_held_anew():
    """The approvals were for something else: they begin again, and so does the time."""
    desk = ReviewedDesk.holding()
    first = desk.order().under_review.opened
    restricted = RestrictedList(id="restricted", symbols=("ACME",), action=Action.HOLD)
    desk.load((LARGE, restricted), "rules-3")
    desk.now += 10 * MINUTE
    events = desk.approve()
    assert kinds(events) == ["ReviewDecided", "ChecksEvaluated", "ReviewOpened", "OrderReported"]
    opened = events[2]
    assert [each.code for each in opened.holds] == ["ORDER_NOTIONAL_LIMIT", "RESTRICTED"]
    assert opened.until == first.until + 10 * MINUTE
    assert refused(desk.approve(review=first.review_id)) == "REVIEW_CHANGED"
    assert told(desk.approve(review=opened.review_id)) == ["NEW NEW X 0/500"]


def test_what_more_people_are_to_approve_by_now_is_held_anew():
    """Limits may have become tighter since."""
    desk = ReviewedDesk.holding()
    desk.load((LARGE, TOO_LARGE), "rules-3", two_approvals_notional=Decimal(4000))
    assert kinds(desk.approve())[2] == "ReviewOpened"
    review = desk.review_id()
    assert kinds(desk.approve("ann", review)) == ["ReviewDecided"]
    assert told(desk.approve("cat", review)) == ["NEW NEW X 0/500"]


def test_what_is_held_no_more_goes_on():
    """Of a limit that was raised since, nothing is left to approve but what was."""
    desk = ReviewedDesk.holding()
    desk.load((TOO_LARGE,), "rules-3")
    assert told(desk.approve()) == ["NEW NEW X 0/500"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (HALT, "HALTED"),
        (cmd.SetAccepting(accepting=False, reason="disk"), "NOT_ACCEPTING"),
    ],
)
def test_an_approval_is_refused_while_nothing_can_be_taken(command, code):
    """The order stays held, and can be approved later."""
    desk = ReviewedDesk.holding()
    desk.do(command)
    assert refused(desk.approve()) == code
    desk.resume()
    desk.do(cmd.SetAccepting(accepting=True))
    assert told(desk.approve()) == ["NEW NEW X 0/500"]


# --- rejected, overdue --------------------------------------------------------------------------


def test_a_rejected_order_is_told_why():
    """Code first, then the operator's reason."""
    desk = ReviewedDesk.holding()
    events = desk.reject()
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert texts(events) == ["REVIEW_REJECTED: rejected in review reason='looked at it'"]
    assert events[1].report.ord_rej_reason == 0
    assert refused(desk.approve()) == "UNKNOWN_REVIEW"


def test_an_order_is_rejected_when_its_time_is_over():
    """Not a moment before."""
    desk = ReviewedDesk.holding()
    assert desk.overdue(29) == []
    events = desk.overdue(1)
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    code = "REVIEW_OVERDUE: held for review, and not approved in time timeout_minutes=30"
    assert texts(events) == [code]
    assert desk.overdue(1) == []


# --- four eyes ----------------------------------------------------------------------------------


def test_who_entered_a_large_order_cannot_approve_it():
    """By one entered, by another approved; the attempt is on record."""
    desk = ReviewedDesk()
    events = desk.enter(terms(600))
    assert told(events) == ["PENDING_NEW PENDING_NEW X 0/600"]
    assert texts(events)[0].startswith("OPERATOR: ")
    assert refused(desk.approve("bob")) == "OWN_ORDER"
    assert told(desk.approve("ann")) == ["NEW NEW X 0/600"]


def test_up_to_the_limit_one_pair_of_eyes_is_enough():
    """The limit itself is not above it."""
    desk = ReviewedDesk()
    desk.enter(terms(500))
    assert told(desk.approve("bob")) == ["NEW NEW X 0/500"]


def test_the_largest_orders_need_two_approvals():
    """Of two operators, neither of whom entered it."""
    desk = ReviewedDesk()
    desk.enter(terms(3000))
    assert refused(desk.approve("bob")) == "OWN_ORDER"
    first = desk.approve("ann")
    assert kinds(first) == ["ReviewDecided"]
    assert (first[0].approvals, first[0].approvals_needed) == (1, 2)
    assert refused(desk.approve("ann")) == "APPROVED_ALREADY"
    assert told(desk.approve("cat")) == ["NEW NEW X 0/3000"]


def test_one_of_two_can_reject():
    """Also who has approved it before, or entered it."""
    desk = ReviewedDesk()
    desk.enter(terms(3000))
    desk.approve("ann")
    assert told(desk.reject("bob")) == ["REJECTED REJECTED X 0/0"]


def test_an_order_of_unknown_value_needs_all_eyes():
    """What nobody can value may be above every limit."""
    desk = ReviewedDesk()
    desk.load((OrderNotional(id="large", notional_max=Decimal(1000), action=Action.HOLD),))
    desk.new("X", terms(1, symbol="NEWCO"))
    opened = desk.order().under_review.opened
    assert (opened.notional, opened.approvals_needed, opened.four_eyes) == (None, 2, True)


def test_without_limits_one_approval_is_enough():
    """Four eyes are what a configuration asks for."""
    terms_of_review = ReviewTerms()
    assert not terms_of_review.needs_four_eyes(None)
    assert not terms_of_review.needs_two(Decimal(10**12))


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", " ", "caf\u00e9", "x" * 201])
def test_a_reason_is_required(reason):
    """As for everything that operators do."""
    desk = ReviewedDesk.holding()
    order_id = desk.order().order_id
    for decision in ReviewDecision:
        assert refused(desk.do(DecideReview(order_id, "X", decision, "ann", reason))) == "NO_REASON"
    assert desk.order().status is OrdStatus.PENDING_NEW


def test_what_is_not_held_is_refused():
    """Unknown, or never held: the attempt is on record all the same."""
    desk = Desk.working()
    for order_id in ("NOWHERE", desk.order().order_id):
        decide = DecideReview(order_id, "X", ReviewDecision.APPROVE, "ann", "fine")
        (event,) = desk.do(decide)
        assert event.refused.startswith("UNKNOWN_REVIEW: ")
        assert (event.operator, event.reason) == ("ann", "fine")
