"""Nothing that is held gets past a limit, whatever its client or the rules make of it meanwhile."""

from decimal import Decimal

import pytest
from desk import terms, told
from reviewed_desk import BIG, LARGE, ReviewedDesk

from oms_fix.model import commands as cmd
from oms_fix.model.check_base import Action
from oms_fix.model.conduct_checks import DuplicateOrder
from oms_fix.model.enums import TradingScope
from oms_fix.model.exposure_checks import (
    DailyTurnover,
    GrossExposure,
    NetExposure,
    OpenOrderCount,
    OpenOrderValue,
    PositionLimit,
)

HUNDRED = Decimal(100)
LIMITS = [
    PositionLimit(id="c", quantity_max=HUNDRED),
    GrossExposure(id="c", notional_max=HUNDRED),
    NetExposure(id="c", notional_max=HUNDRED),
    OpenOrderValue(id="c", notional_max=HUNDRED),
    DailyTurnover(id="c", notional_max=HUNDRED),
]


@pytest.mark.parametrize("quantity", [500, 499])
def test_a_replace_by_no_more_does_not_release_what_a_limit_holds(quantity):
    """What is held is part of the totals, but nobody has let it go."""
    desk = ReviewedDesk()
    desk.load((PositionLimit(id="c", quantity_max=HUNDRED, action=Action.HOLD),))
    desk.new("X", BIG)
    assert told(desk.replace(terms(quantity, 11))) == ["PENDING_REPLACE PENDING_REPLACE Y 0/500"]
    assert desk.order().children == []


def test_a_replace_of_a_held_order_within_the_limit_releases_it():
    """Nothing is left to be decided on."""
    desk = ReviewedDesk()
    desk.load((PositionLimit(id="c", quantity_max=HUNDRED, action=Action.HOLD),))
    desk.new("X", BIG)
    assert "REPLACED NEW Y 0/100" in told(desk.replace(terms(100)))


@pytest.mark.parametrize("limit", LIMITS, ids=lambda each: type(each).__name__)
def test_an_approval_keeps_a_limit_that_was_lowered_meanwhile(limit):
    """Held for another reason, and above the limit now: it is rejected."""
    desk = ReviewedDesk.holding()
    desk.load((LARGE, limit), "rules-3")
    assert told(desk.approve()) == ["REJECTED REJECTED X 0/0"]


def test_an_approval_keeps_a_limit_of_open_orders():
    """What is held is an order more once it is let go."""
    desk = ReviewedDesk.holding()
    desk.new("W", terms(1))
    desk.load((LARGE, OpenOrderCount(id="c", orders_max=1)), "rules-3")
    assert told(desk.approve()) == ["REJECTED REJECTED X 0/0"]


def test_an_approved_replace_keeps_a_limit_that_was_lowered_meanwhile():
    """The order goes on under its old terms."""
    desk = ReviewedDesk()
    desk.new("X", terms(50))
    desk.ack()
    desk.replace(BIG)
    desk.load((LARGE, PositionLimit(id="c", quantity_max=HUNDRED)), "rules-3")
    desk.approve(review="Y")
    assert desk.order().request is None
    assert desk.order().children[0].request is None


def test_an_approval_of_what_the_limit_itself_holds():
    """That it is above the limit is what was approved."""
    desk = ReviewedDesk()
    desk.load((PositionLimit(id="c", quantity_max=HUNDRED, action=Action.HOLD),))
    desk.new("X", BIG)
    assert told(desk.approve()) == ["NEW NEW X 0/500"]


@pytest.mark.parametrize("is_reduced", [True, False], ids=["reducing", "not accepting"])
def test_a_replace_of_a_held_order_is_taken_as_a_new_one_is(is_reduced):
    """Nothing of the order was taken on so far: less of it is still something new."""
    desk = ReviewedDesk.holding()
    if is_reduced:
        desk.reduce(TradingScope.FIRM)
    else:
        desk.do(cmd.SetAccepting(accepting=False, reason="draining"))
    desk.replace(terms(50))
    assert desk.order().children == []
    assert desk.order().review is not None


def test_a_replace_by_the_same_does_not_release_a_duplicate():
    """It is not its own like; once it is approved the next one is held for it."""
    desk = ReviewedDesk()
    desk.load((DuplicateOrder(id="c", seconds=60, action=Action.HOLD),))
    desk.new("A")
    desk.new("B")
    desk.replace(terms(), "C", "B")
    assert desk.order("B").children == []
    desk.approve(review="C", cl_ord_id="B")
    assert told(desk.new("D")) == ["PENDING_NEW PENDING_NEW D 0/100"]
