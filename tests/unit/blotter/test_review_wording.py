"""What becomes of a review, in plain words."""

import pytest
from desk import terms
from reviewed_desk import BIG, ReviewedDesk

from oms_fix.blotter.wording import describe_event


@pytest.fixture
def desk():
    return ReviewedDesk()


def said(events):
    """Return what is said of the events about the review."""
    words = [describe_event(each) for each in events]
    return [each for each in words if "review" in each and not each.startswith("client told")]


def test_what_is_held_says_what_it_takes(desk):
    """The name of the review, the codes, the value, and whose approval."""
    desk.new("X", BIG)
    held = desk.order().review.opened.review_id
    desk.new("L", terms(3000))
    two = said(desk.replace(terms(4000), "M", "L"))
    name = desk.order("L").under_review.opened.review_id
    needs = "notional 40000, needs two approvals, not of who entered it"
    assert two == [f"replace M held for review {name} by ORDER_NOTIONAL_LIMIT: {needs}"]
    passed = said(desk.approve())
    assert passed == [
        "operator ann: approve review X, because: looked at it (1 of 1 approvals)",
        f"review {held} passed, under version rules-2 of the rules",
    ]


def test_what_is_refused_says_why(desk):
    """To the operator, and in the order's story."""
    desk.enter(terms(600))
    (line,) = said(desk.approve("bob"))
    text = "OWN_ORDER: who entered an order cannot approve it operator=bob"
    assert line == f"operator bob: approve review X, because: looked at it; refused: {text}"
    line, *_ = said(desk.reject("ann"))
    assert line == "operator ann: reject review X, because: looked at it"
