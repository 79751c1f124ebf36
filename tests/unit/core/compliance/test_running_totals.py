"""What running totals limit: each check by the same life of an order for 100 ACME at 10."""

from decimal import Decimal

import pytest
from full_limits import CODES, FULL, ONLY_OPEN, STAYS, is_let_pass, room, unit_of
from order_lives import written_and_read
from risk_desk import RiskDesk, numbers

from oms_fix.model.check_base import Scope
from oms_fix.model.enums import ExecType, OrdType, TimeInForce


@pytest.fixture(params=list(FULL))
def name(request):
    """Each kind in turn."""
    return request.param


@pytest.fixture
def desk(name):
    """A desk with this one check."""
    return RiskDesk(FULL[name][0])


def test_just_under_at_and_just_over_the_limit(name, desk):
    """Up to the limit an order passes; what was used, what it comes to, and the limit are told."""
    limit = FULL[name][1]
    assert numbers(desk.send(99)) == (0, 99 * unit_of(name), limit)
    assert is_let_pass(desk.send(1))
    over = desk.send(1)
    assert (over.outcome, over.code) == ("reject", CODES[name])
    assert numbers(over) == (limit, 101 * unit_of(name), limit)


def test_a_single_order_just_over_the_limit(name, desk):
    """One unit too much is a violation; the text has the number and the limit."""
    over = desk.send(101)
    assert numbers(over) == (0, 101 * unit_of(name), FULL[name][1])
    check = FULL[name][0]
    assert f"={101 * unit_of(name):f}" in over.detail.replace(".00", "")
    assert f"{check.LIMIT}={getattr(check, check.LIMIT)}" in over.detail


def test_open_orders_count(desk):
    """What is open is used up, acknowledged or not."""
    desk.send(60)
    assert room(desk, 40) == 40


def test_fills_count_where_positions_do(name, desk):
    """What is filled is not free again, but where only open orders count; nor is it counted twice.

    While an order is partly filled the sum of both is what it was.
    """
    desk.send(60)
    desk.fill(20, cl_ord_id="O1")
    free = 60 if name in ONLY_OPEN else 40
    assert room(desk, free) == free


def test_a_cancel_gives_back_what_was_not_filled(name, desk):
    """Only the fills count once the rest is canceled; and not before the venue says so."""
    desk.send(100)
    desk.fill(30, cl_ord_id="O1")
    desk.cancel("C", "O1")
    assert is_let_pass(desk.send(1)) is (name in ONLY_OPEN)
    if name in ONLY_OPEN:
        desk.take_back(desk.last_id)
    desk.venue(ExecType.CANCELED, cl_ord_id="O1")
    free = 100 if name in ONLY_OPEN else 70
    assert room(desk, free) == free


@pytest.mark.parametrize("ends_as", [ExecType.EXPIRED, ExecType.DONE_FOR_DAY, ExecType.REJECTED])
def test_whatever_ends_an_order_gives_back(desk, ends_as):
    """Expired, done for the day, rejected by the venue: nothing of it is open any more."""
    desk.send(100)
    desk.venue(ends_as, cl_ord_id="O1")
    assert room(desk, 100) == 100


def test_a_bust_gives_back(desk):
    """A fill that is taken back is none: what was filled is open again, and free once canceled."""
    desk.bought(100)
    desk.bust()
    assert not is_let_pass(desk.send(1))
    desk.take_back()
    assert room(desk, 100) == 100


def test_a_correction_gives_back(name, desk):
    """A fill of 100 that was one of 60 leaves 40 open, and free once those are canceled."""
    desk.bought(100)
    desk.correct(60)
    desk.take_back()
    free = 100 if name in ONLY_OPEN else 40
    assert room(desk, free) == free


def test_a_late_fill_of_an_ended_order_counts(name, desk):
    """A fill after the cancel is traded all the same."""
    desk.send(100)
    desk.take_back()
    desk.fill(30, cl_ord_id="O1")
    free = 100 if name in ONLY_OPEN else 70
    assert room(desk, free) == free


def test_an_overfill_counts(name, desk):
    """What a venue fills beyond the order is traded all the same."""
    desk.send(50)
    desk.fill(70, cl_ord_id="O1")
    free = 100 if name in ONLY_OPEN else 30
    assert room(desk, free) == free


def test_a_replaced_order_is_not_counted_twice(name, desk):
    """A replace is judged by what it adds to the order's own open part."""
    desk.send(60)
    assert numbers(desk.restate(100))[1] == FULL[name][1]
    assert numbers(desk.send(1))[0] == FULL[name][1]


def test_a_replace_above_the_limit_is_refused(name, desk):
    """It is refused, and nothing is counted of it."""
    desk.send(60)
    over = desk.restate(101)
    assert (over.outcome, *numbers(over)) == (
        "reject",
        60 * unit_of(name),
        101 * unit_of(name),
        FULL[name][1],
    )
    assert room(desk, 40) == 40


def test_a_replace_of_what_is_partly_filled(name, desk):
    """What is filled of it is no part of what would be open."""
    desk.send(60)
    desk.fill(50, cl_ord_id="O1")
    filled = 0 if name in ONLY_OPEN else 50
    assert numbers(desk.restate(80))[:2] == (
        (filled + 10) * unit_of(name),
        (filled + 30) * unit_of(name),
    )


def test_the_larger_terms_count_while_a_replace_is_pending(desk):
    """To more: that counts at once. A refusal gives it back."""
    desk.send(60)
    desk.restate(100)
    assert not is_let_pass(desk.send(1))
    desk.refuse_request(cl_ord_id="O1")
    assert room(desk, 40) == 40


def test_a_replace_to_less_gives_back_once_it_is_made(desk):
    """To less: the old terms count until the venue has replaced it."""
    desk.send(100)
    desk.restate(60)
    assert not is_let_pass(desk.send(1))
    desk.venue(ExecType.REPLACED, cl_ord_id="O1")
    assert room(desk, 40) == 40


def test_a_restatement_by_the_venue_counts(desk):
    """A venue that declines a part gives that back."""
    desk.send(100)
    desk.ack(cl_ord_id="O1")
    desk.venue(ExecType.RESTATED, cl_ord_id="O1", order_qty=Decimal(60))
    assert room(desk, 40) == 40


def test_an_order_that_nobody_takes_counts_nothing(desk):
    """What is rejected before it is placed is not open."""
    desk.send(101)
    desk.send(100, symbol="NOBODY")
    assert room(desk, 100) == 100


def test_a_stop_order_counts_before_it_is_triggered(desk):
    """Nobody knows when it is triggered, so it is open from the start."""
    desk.send(100, 0, stop_px=Decimal(10), ord_type=OrdType.STOP)
    assert not is_let_pass(desk.send(1))


def test_another_account_does_not_count(name, desk):
    """Each account has limits of its own, unless the check is about the firm."""
    desk.send(100)
    is_own = getattr(FULL[name][0], "per", Scope.ACCOUNT) is Scope.ACCOUNT
    assert is_let_pass(desk.send(100, account="TWIN")) is is_own


def test_a_state_that_came_back_judges_the_same(name, desk):
    """Totals are made anew from what a snapshot has, those of the day included."""
    desk.bought(20)
    desk.send(40)
    desk.state = written_and_read(desk.state)
    free = 60 if name in ONLY_OPEN else 40
    assert room(desk, free) == free


def test_the_totals_of_the_day_begin_anew(name, desk):
    """Turnover and cost are the day's; positions and open orders go on."""
    desk.bought(60)
    desk.send(20, time_in_force=TimeInForce.GOOD_TILL_CANCEL)
    desk.end_day()
    is_of_day = name in ONLY_OPEN | {"daily_turnover", "buying_power", "cash"}
    free = 80 if is_of_day else 20
    assert room(desk, free) == free


def test_a_bust_of_yesterdays_fill_frees_nothing_of_today(name, desk):
    """What was traded yesterday is no part of today's sums, and neither is that it was undone."""
    desk.bought(60)
    desk.end_day()
    is_of_day = name in {"daily_turnover", "buying_power", "cash"}
    desk.bought(100 if is_of_day else 40)
    desk.bust("O1")
    desk.take_back("O1")
    free = 0 if is_of_day else 60
    free = 100 if name in ONLY_OPEN else free
    assert room(desk, free) == free


def halved(name):
    """The check with half the limit."""
    check, _ = FULL[name]
    limit = Decimal(9500) if name == "cash" else getattr(check, check.LIMIT) / 2
    return type(check)(id="c", **{check.LIMIT: limit})


def test_what_reduces_passes_though_the_limit_is_exceeded(name, desk):
    """After a limit was lowered what is too much may be sold; nothing may be added."""
    desk.bought(100)
    desk.change_checks(halved(name))
    is_of_both_sides = name in ONLY_OPEN | STAYS
    assert is_let_pass(desk.sell(100)) is not is_of_both_sides
    assert is_let_pass(desk.send(51)) is False


def test_a_replace_that_adds_nothing_passes_though_the_limit_is_exceeded(name, desk):
    """An order that was let in may become smaller, not larger."""
    desk.send(100)
    desk.change_checks(halved(name))
    assert is_let_pass(desk.restate(99))
    desk.venue(ExecType.REPLACED, cl_ord_id="O1")
    assert not is_let_pass(desk.restate(100, orig=desk.last_id))
