"""How checks are asked: all of them, with the limit that holds for the order, at the time."""

from decimal import Decimal

import pytest
from desk import CLIENT, DirectDesk, terms
from risk_desk import RiskDesk, numbers, results

from oms_fix.core.compliance.evaluate import evaluate
from oms_fix.core.compliance.subject import subject_of
from oms_fix.model import commands as cmd
from oms_fix.model.check_base import Action, Override, Scope
from oms_fix.model.enums import ExecType, OrdStatus, Side
from oms_fix.model.exposure_checks import GrossExposure, PositionLimit
from oms_fix.model.order_checks import InstrumentKnown, MarketOrder, OrderNotional, OrderQuantity
from oms_fix.model.routes import Split, SplitLeg
from oms_fix.model.routing import OrderRouted
from oms_fix.model.rules import Rules


def size(quantity_max, name="size", **more):
    """A check of the quantity."""
    return OrderQuantity(id=name, quantity_max=Decimal(quantity_max), **more)


def reports(desk):
    """What the client is told of the last order, and why."""
    found = [each.report for each in desk.events if hasattr(each, "report")]
    return [(each.ord_status.name, each.text) for each in found]


def test_all_checks_are_asked_and_every_violation_is_told():
    """In the order of the file; the first that rejects does not keep the others from it."""
    desk = RiskDesk(
        size(1, "one"), InstrumentKnown(id="two"), MarketOrder(id="three"), size(5, "four")
    )
    desk.send(9, 0)
    said = [(each.check_id, each.outcome, each.code) for each in results(desk.events)]
    assert said == [
        ("one", "reject", "ORDER_QTY_LIMIT"),
        ("two", "pass", ""),
        ("three", "reject", "NO_MARKET_ORDERS"),
        ("four", "reject", "ORDER_QTY_LIMIT"),
    ]
    ((status, text),) = reports(desk)
    assert status == "REJECTED"
    assert text == (
        "ORDER_QTY_LIMIT: order quantity is above the limit OrderQty=9 quantity_max=1; "
        "NO_MARKET_ORDERS: orders without a limit are not taken OrdType=MARKET; "
        "ORDER_QTY_LIMIT: order quantity is above the limit OrderQty=9 quantity_max=5"
    )


@pytest.mark.parametrize(
    ("actions", "gravest"),
    [
        (("warn",), ("", "", "warn")),
        (("warn", "hold"), ("", "hold", "warn")),
        (("hold", "reject", "warn"), ("reject", "hold", "warn")),
        ((), ("", "", "")),
    ],
)
def test_the_gravest_action_wins(actions, gravest):
    """A verdict has what rejects, what holds and what only warns, each with all its violations."""
    desk = RiskDesk(*(size(1, each, action=Action(each)) for each in actions), size(99, "wide"))
    subject = subject_of(desk.state, CLIENT, "X", terms(9), desk.now)
    verdict = evaluate(desk.state, subject)
    found = [verdict.rejects, verdict.holds, verdict.warnings]
    assert tuple("".join(each.check_id for each in kind) for kind in found) == gravest
    assert [each.outcome for each in verdict.results] == [*actions, "pass"]


def test_a_warning_lets_the_order_pass():
    """The New says what was warned of."""
    desk = RiskDesk(size(1, action=Action.WARN, message="call the desk"))
    desk.send(9)
    assert any(isinstance(each, OrderRouted) for each in desk.events)
    text = (
        "ORDER_QTY_LIMIT: order quantity is above the limit OrderQty=9 quantity_max=1 "
        "(call the desk)"
    )
    assert reports(desk) == [("NEW", text)]


def test_a_message_of_ones_own():
    """It stands beside the reason, in the report and on record."""
    desk = RiskDesk(size(1, message="ask Jo"), InstrumentKnown(id="known", message="not ours"))
    assert desk.send(9).detail.endswith(" quantity_max=1 (ask Jo)")
    assert desk.send(1).detail == ""
    desk.send(1, symbol="NOBODY")
    assert reports(desk)[0][1] == (
        "UNKNOWN_SYMBOL: instrument is not known here Symbol=NOBODY (not ours)"
    )


OVERRIDES = (
    Override(limit=Decimal(50), account="FUND"),
    Override(limit=Decimal(40), strategy="value"),
    Override(limit=Decimal(30), desk="credit"),
    Override(limit=Decimal(20), group="alpha"),
    Override(limit=Decimal(10), client=CLIENT),
)


@pytest.mark.parametrize("kept", range(6))
def test_the_most_specific_override_wins(kept):
    """That of the account, then of its strategy, desk and group, then of the client.

    In whatever order they are written, be it more or less than the limit of the check.
    """
    check = size(5, overrides=tuple(reversed(OVERRIDES[kept:])))
    most = (50, 40, 30, 20, 10, 5)[kept]
    desk = RiskDesk(check)
    assert numbers(desk.send(most)) == (0, most, most)
    assert desk.send(most + 1).outcome == "reject"


def test_an_override_of_somebody_else():
    """What fits the order alone counts; an account of no group has no group's limit."""
    desk = RiskDesk(size(5, overrides=OVERRIDES[:4]))
    assert desk.send(5, account="TWIN").limit == 20
    assert desk.send(5, account="LONE").limit == 5
    assert desk.send(5, account=None).limit == 5


def test_an_override_of_nothing():
    """A limit of 0 lets nothing pass, but what reduces."""
    none = (Override(limit=Decimal(0), account="FUND"),)
    desk = RiskDesk()
    desk.change_checks(PositionLimit(id="c", quantity_max=Decimal(100), overrides=none))
    assert desk.send(1).outcome == "reject"
    desk.change_checks(PositionLimit(id="c", quantity_max=Decimal(100)))
    desk.bought(50)
    desk.change_checks(PositionLimit(id="c", quantity_max=Decimal(100), overrides=none))
    assert desk.sell(50).outcome == "pass"
    assert desk.sell(1).outcome == "reject"


@pytest.mark.parametrize(("quantity", "outcome"), [(79, "pass"), (80, "warn"), (100, "warn")])
def test_a_limit_that_is_nearly_reached(quantity, outcome):
    """From 80 % on an order is warned of, and passes."""
    check = PositionLimit(id="c", quantity_max=Decimal(100), warn_at_percent=Decimal(80))
    desk = RiskDesk(check)
    desk.bought(10)
    said = desk.send(quantity - 10)
    assert (said.outcome, *numbers(said)) == (outcome, 10, quantity, 100)
    assert reports(desk)[0][0] == "NEW"
    warned = f"LIMIT_NEAR: a limit is nearly reached check=c position={quantity} limit=100"
    assert said.detail == ("" if outcome == "pass" else warned)
    assert desk.send(101 - quantity).outcome == "reject"


def test_a_limit_that_is_nearly_reached_of_what_it_is_for_the_order():
    """80 % of the override's limit."""
    overrides = (Override(limit=Decimal(10), account="FUND"),)
    desk = RiskDesk(size(100, warn_at_percent=Decimal(80), overrides=overrides))
    assert [desk.send(each).outcome for each in (7, 8, 10, 11)] == [
        "pass",
        "warn",
        "warn",
        "reject",
    ]


@pytest.mark.parametrize(
    ("second", "outcome"), [(-1, "pass"), (0, "reject"), (3599, "reject"), (3600, "pass")]
)
def test_a_check_in_force_for_a_time(second, outcome):
    """From its first moment on, until its last; before and after it is as if it were not there."""
    check = size(
        1, effective_from="2025-12-29T09:20:00+00:00", effective_until="2025-12-29T11:20:00+01:00"
    )
    desk = RiskDesk(check, size(99, "always"))
    desk.do(cmd.LoadRules(desk.state.rules, "tester"))
    desk.now = 1_767_000_000_000_000_000  # 2025-12-29T09:20:00Z
    desk.after(second)
    desk.send(9)
    assert [each.outcome for each in results(desk.events)][-2:] == (
        ["pass"] if outcome == "pass" else ["reject", "pass"]
    )


def test_a_check_of_some_orders():
    """Where its conditions do not hold a check is not asked."""
    desk = RiskDesk(size(1, when={"Account": "TWIN"}), size(99, "all"))
    desk.send(9)
    assert [each.check_id for each in results(desk.events)] == ["all"]
    desk.send(9, account="TWIN")
    assert [each.check_id for each in results(desk.events)] == ["size", "all"]


def test_numbers_are_told_as_people_write_them():
    """No exponents, and no more digits than anybody wants to read; on record all of them."""
    desk = RiskDesk(OrderNotional(id="c", notional_max=Decimal("1E+6")))
    said = desk.send(300_000, "3.333333333")
    assert said.outcome == "pass"
    said = desk.send(300_001, "3.333333333")
    assert said.detail.endswith("notional=1000003.33 notional_max=1000000")
    assert said.after == Decimal("1000003.333233333")
    assert desk.send(1, symbol="NOBODY").detail.endswith("notional=unknown notional_max=1000000")


# --- orders of every origin ---------------------------------------------------------------------

HUNDRED = PositionLimit(id="c", quantity_max=Decimal(100), per=Scope.FIRM)


def test_orders_that_operators_enter():
    """They are judged as the client's own, and count."""
    desk = RiskDesk(HUNDRED)
    desk.do(cmd.EnterOrder(CLIENT, "P", terms(101), "bob", "phoned"))
    assert "P" not in {cl_ord_id for _, cl_ord_id in desk.state.orders_by_cl_ord_id}
    desk.do(cmd.EnterOrder(CLIENT, "Q", terms(60), "bob", "phoned"))
    assert numbers(desk.send(41)) == (60, 101, 100)
    assert desk.send(40).outcome == "pass"


def test_direct_orders():
    """They count from when they are sent to the venue, before that says anything."""
    desk = DirectDesk((HUNDRED,))
    desk.new("X", terms(60))
    assert results(desk.new("Y", terms(41)))[0].outcome == "reject"
    desk.replace(terms(100), "R", "X")
    assert results(desk.new("Z", terms(1)))[0].outcome == "reject"
    desk.refuse("R")
    assert results(desk.new("W", terms(40)))[0].outcome == "pass"


def test_several_replaces_of_a_direct_order():
    """The largest of those that its venue has not answered counts."""
    desk = DirectDesk((HUNDRED,))
    desk.new("X", terms(60))
    desk.say(ExecType.NEW, OrdStatus.NEW)
    desk.replace(terms(100), "R", "X")
    desk.replace(terms(10), "S", "R")
    assert results(desk.new("Y", terms(1)))[0].used == 100
    desk.say(ExecType.REPLACED, OrdStatus.NEW, "R", "X")
    assert results(desk.new("Y2", terms(1)))[0].used == 100
    desk.say(ExecType.REPLACED, OrdStatus.NEW, "S", "R")
    assert results(desk.new("Z", terms(90)))[0].outcome == "pass"


def test_orders_by_phone():
    """They are of no account, but of the firm: open as soon as they are told of, then filled."""
    desk = DirectDesk((HUNDRED,))
    desk.phone()  # sells 50
    assert numbers(results(desk.new("X", terms(51, side=Side.SELL)))[0]) == (50, 101, 100)
    assert results(desk.new("Y", terms(50, side=Side.SELL)))[0].outcome == "pass"


def test_what_a_venue_has_too_much_of_counts_until_it_is_back():
    """A bust opens a child of a canceled order again: called back, it may still be filled."""
    desk = RiskDesk()
    legs = (SplitLeg("A", Decimal(40)), SplitLeg("B", Decimal(60)))
    desk.do(cmd.LoadRules(Rules("split", (HUNDRED,), (Split(id="split", legs=legs),)), "tester"))
    desk.send(100)
    desk.fill(40, cl_ord_id="O1")
    desk.cancel("K", "O1")
    desk.venue(ExecType.CANCELED, 1, "O1")
    assert numbers(desk.send(61)) == (40, 101, 100)
    desk.bust("O1")
    assert desk.order("O1").status is OrdStatus.CANCELED
    assert numbers(desk.send(61)) == (40, 101, 100)
    desk.venue(ExecType.CANCELED, 0, "O1")
    assert numbers(desk.send(100)) == (0, 100, 100)


def test_the_firms_gross_exposure_is_that_of_its_accounts_together():
    """Long in one account and short in another net out in the firm's positions."""
    desk = RiskDesk(GrossExposure(id="c", notional_max=Decimal(1000), per=Scope.FIRM))
    desk.bought(100)
    desk.sold(100, account="TWIN")
    assert desk.send(100).outcome == "pass"
