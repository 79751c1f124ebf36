"""Checks of what a client does over time, and of counts: rates, ratios, repetition, open orders."""

from decimal import Decimal

import pytest
from desk import CLIENT, DirectDesk, terms
from order_lives import written_and_read
from risk_desk import RiskDesk, numbers

from oms_fix.core.image import difference
from oms_fix.model import commands as cmd
from oms_fix.model import conduct_checks as checks
from oms_fix.model.check_base import Action, Override
from oms_fix.model.conduct_checks import Conduct
from oms_fix.model.enums import ExecType, OrderOperation, Side, TimeInForce
from oms_fix.model.exposure_checks import DailyLoss, OpenOrderCount
from oms_fix.model.order_checks import DuplicateClOrdID, OrderQuantity

FIVE_AT_ONCE = checks.OrderRate(id="c", per_second=Decimal(2), burst_max=5)
MINUTE = checks.DuplicateOrder(id="c", seconds=60)


def code(result):
    """The reason of a violation, or that it passes."""
    return result.code or result.outcome


# --- order_rate ---------------------------------------------------------------------------------


def emptied(*checks_, messages=5):
    """A desk whose client has used up its bucket."""
    desk = RiskDesk(*(checks_ or (FIVE_AT_ONCE,)))
    assert [code(desk.send(1)) for _ in range(messages)] == ["pass"] * messages
    return desk


def test_order_rate():
    """As many as the bucket holds, and not one more."""
    desk = emptied()
    said = desk.send(1)
    assert (code(said), *numbers(said)) == ("ORDER_RATE", 5, 6, 5)
    assert said.detail == "ORDER_RATE: orders come too fast messages=6 burst_max=5"


@pytest.mark.parametrize(
    ("seconds", "passing"),
    [
        ("0.499999", 0),
        ("0.5", 1),
        ("0.999999", 1),
        ("1", 2),
        ("2.499999", 4),
        ("2.5", 5),
        ("99", 5),
    ],
)
def test_order_rate_is_filled_evenly(seconds, passing):
    """Two a second: a token each half second, to the microsecond, and never more than it holds."""
    desk = emptied().after(seconds)
    said = [code(desk.send(1)) for _ in range(passing + 1)]
    assert said == ["pass"] * passing + ["ORDER_RATE"]


def test_order_rate_keeps_what_is_left_of_a_token():
    """Half a token and half a token are one."""
    desk = emptied()
    assert code(desk.after("0.75").send(1)) == "pass"
    assert code(desk.after("0.25").send(1)) == "pass"
    assert code(desk.send(1)) == "ORDER_RATE"


def test_order_rate_while_the_clock_is_set_back():
    """No token for that, nor twice for the same time afterwards."""
    desk = emptied()
    assert code(desk.after(-10).send(1)) == "ORDER_RATE"
    assert code(desk.after("10.5").send(1)) == "pass"
    desk.after(-10)
    assert code(desk.send(1)) == "ORDER_RATE"
    assert code(desk.after(10).send(1)) == "ORDER_RATE"


def test_order_rate_while_the_clock_is_set_back_and_tokens_are_left():
    """A message taken in the past fills no bucket twice."""
    desk = RiskDesk(FIVE_AT_ONCE)
    desk.send(1)
    desk.after(-10)
    assert [code(desk.send(1)) for _ in range(4)] == ["pass"] * 4
    assert code(desk.after(10).send(1)) == "ORDER_RATE"


def test_order_rate_of_what_is_rejected():
    """A rejected message takes no token, whichever check rejects it."""
    desk = RiskDesk(FIVE_AT_ONCE, OrderQuantity(id="size", quantity_max=Decimal(1)))
    for _ in range(9):
        assert numbers(desk.send(2))[0] == 0
    assert [code(desk.send(1)) for _ in range(6)] == ["pass"] * 5 + ["ORDER_RATE"]
    assert code(desk.after("0.5").send(1)) == "pass"


def test_order_rate_counts_replaces():
    """A replace is a message as an order is."""
    desk = RiskDesk(checks.OrderRate(id="c", per_second=Decimal(1), burst_max=2))
    desk.send(10)
    assert code(desk.restate(11)) == "pass"
    desk.venue(ExecType.REPLACED, cl_ord_id="O1")
    assert code(desk.restate(12, orig=desk.last_id)) == "ORDER_RATE"


@pytest.mark.parametrize(
    ("per", "passing"),
    [(Conduct.CLIENT, {("OTHER", "FUND")}), (Conduct.ACCOUNT, {(CLIENT, "TWIN")})],
)
def test_order_rate_of_whom(per, passing):
    """Of a session, whatever the account; or of an account, from whichever session."""
    desk = emptied(
        checks.OrderRate(id="c", per_second=Decimal(2), burst_max=1, per=per), messages=1
    )
    who = [(CLIENT, "TWIN"), ("OTHER", "FUND")]
    assert {(a, b) for a, b in who if code(desk.send(1, client=a, account=b)) == "pass"} == passing


def test_order_rate_overrides():
    """Another bucket size for some: it is never fuller than that."""
    overrides = (Override(account="FUND", limit=Decimal(2)),)
    check = checks.OrderRate(id="c", per_second=Decimal(1), burst_max=5, overrides=overrides)
    desk = emptied(check, messages=2)
    assert code(desk.send(1)) == "ORDER_RATE"
    desk.after(60)
    assert [code(desk.send(1)) for _ in range(3)] == ["pass", "pass", "ORDER_RATE"]
    none = checks.OrderRate(
        id="n",
        per_second=Decimal(1),
        burst_max=5,
        overrides=(Override(client=CLIENT, limit=Decimal(0)),),
    )
    assert code(RiskDesk(none).send(1)) == "ORDER_RATE"


def test_order_rate_that_only_warns():
    """What is let pass takes the token that there is, and owes none."""
    desk = RiskDesk(
        checks.OrderRate(id="c", per_second=Decimal(1), burst_max=1, action=Action.WARN)
    )
    assert [desk.send(1).outcome for _ in range(3)] == ["pass", "warn", "warn"]
    assert desk.after(1).send(1).outcome == "pass"


def test_order_rate_after_the_end_of_the_day():
    """A new day has a full bucket."""
    desk = emptied()
    desk.end_day()
    assert code(desk.send(1)) == "pass"


# --- cancel_ratio -------------------------------------------------------------------------------

HALF = checks.CancelRatio(id="c", percent_max=Decimal(50), orders_min=4)


def orders_and_cancels(desk, orders, cancels, **changes):
    """Have a client send orders and cancel some of them."""
    for _ in range(orders):
        desk.send(1, **changes)
    for number in range(cancels):
        desk.do(cmd.OrderCancelRequest(CLIENT, f"K{number}", f"O{number + 1}", "ACME"))


@pytest.mark.parametrize(("cancels", "expected"), [(1, "pass"), (2, "pass"), (3, "CANCEL_RATIO")])
def test_cancel_ratio(cancels, expected):
    """Of four orders two may be canceled; from there on orders are violations."""
    desk = RiskDesk(HALF)
    orders_and_cancels(desk, 4, cancels)
    said = desk.send(1)
    assert (code(said), *numbers(said)) == (expected, 25 * cancels, 25 * cancels, 50)


def test_cancel_ratio_of_few_orders():
    """From the least number of orders on it is judged."""
    desk = RiskDesk(HALF)
    orders_and_cancels(desk, 3, 3)
    assert code(desk.send(1)) == "pass"
    assert code(desk.send(1)) == "CANCEL_RATIO"


def test_cancel_ratio_counts_replaces_and_mass_cancels():
    """Each order that a mass cancel names is canceled by its client; a replace is a change."""
    desk = RiskDesk(HALF)
    orders_and_cancels(desk, 4, 0)
    desk.restate(2)
    assert desk.send(1).after == 25
    desk.venue(ExecType.REPLACED, cl_ord_id="O1")
    desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    assert desk.send(1).after == 120  # 1 replace and 5 cancels of 5 orders


def test_cancel_ratio_counts_a_mass_cancel_once():
    """What an operator adds to it is not the client's."""
    desk = RiskDesk(HALF)
    orders_and_cancels(desk, 4, 0)
    desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    for order in list(desk.state.orders.values()):
        desk.do(cmd.OperateOrder(order.order_id, OrderOperation.FORCE_DONE, "bob", "phoned"))
    assert desk.send(1).after == 100


def test_cancel_ratio_counts_what_the_client_wants_alone():
    """Neither an operator's cancel, nor an expiry, nor a lost connection is the client's."""
    desk = RiskDesk(HALF)
    orders_and_cancels(desk, 4, 0)
    order = desk.order("O1")
    desk.do(cmd.OperateOrder(order.order_id, OrderOperation.CANCEL, "bob", "phoned"))
    desk.venue(ExecType.EXPIRED, cl_ord_id="O2")
    assert desk.send(1).after == 0


def test_cancel_ratio_is_not_thinned_by_rejected_orders():
    """An order that is rejected is none."""
    desk = RiskDesk(HALF, OrderQuantity(id="size", quantity_max=Decimal(1)))
    orders_and_cancels(desk, 4, 3)
    for _ in range(20):
        assert desk.send(2).after == 75


def test_cancel_ratio_of_direct_orders():
    """What is passed on to the venue counts."""
    desk = DirectDesk((HALF,))
    for number in range(4):
        desk.new(f"D{number}")
    desk.cancel("K0", "D0")
    desk.replace(terms(90), "K1", "D1")
    counts = desk.state.today.counts[f"client:{CLIENT}"]
    assert (counts.orders, counts.changes) == (4, 2)


def test_a_request_that_waits_counts_once():
    """It counts when it is taken on, not when it comes."""
    desk = RiskDesk(HALF)
    desk.send(10)
    desk.restate(11)
    desk.replace(terms(12), "W", "R2")
    assert desk.state.today.counts[f"client:{CLIENT}"].changes == 1
    desk.venue(ExecType.REPLACED, cl_ord_id="O1")
    assert desk.state.today.counts[f"client:{CLIENT}"].changes == 2


# --- duplicates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [("59.999", "DUPLICATE_ORDER"), ("60", "DUPLICATE_ORDER"), ("60.001", "pass")],
)
def test_duplicate_order(seconds, expected):
    """Within the time an order alike is a violation; the text names the other one."""
    desk = RiskDesk(MINUTE)
    desk.send(100)
    said = desk.after(seconds).send("100.0", "10.0")
    assert code(said) == expected
    shown = f"OrderID={desk.order('O1').order_id} seconds_ago={Decimal(seconds):.3f} seconds=60"
    assert expected == "pass" or shown in said.detail


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": 101},
        {"price": 11},
        {"price": 0},
        {"side": Side.SELL},
        {"symbol": "HARD"},
        {"account": "TWIN"},
    ],
)
def test_duplicate_order_that_is_another(change):
    """Another account, instrument, side, quantity or price makes another order."""
    desk = RiskDesk(MINUTE)
    desk.send(100, 10)
    assert code(desk.send(**({"quantity": 100, "price": 10} | change))) == "pass"
    assert code(desk.send(100, 10, client="OTHER")) == "DUPLICATE_ORDER"


def test_duplicate_order_after_one_that_was_rejected():
    """What was rejected is not repeated; and a duplicate does not make the time longer."""
    desk = RiskDesk(MINUTE, OrderQuantity(id="size", quantity_max=Decimal(10)))
    desk.send(11)
    assert code(desk.send(11)) == "pass"
    desk.send(1)
    assert code(desk.after(50).send(1)) == "DUPLICATE_ORDER"
    assert code(desk.after(11).send(1)) == "pass"


def test_a_replace_repeats_nothing():
    """A replace of what works to what another order is, is none."""
    desk = RiskDesk(MINUTE)
    desk.send(100)
    desk.send(50)
    assert code(desk.restate(100, orig="O2")) == "pass"


def test_duplicates_of_long_ago_are_forgotten():
    """What is remembered does not grow with the day's orders, and what counts stays."""
    desk = RiskDesk(checks.DuplicateOrder(id="c", seconds=1))
    for quantity in range(1, 2001):
        desk.after("0.01").send(quantity)
    assert len(desk.state.today.recent) < 100 + 2 * 256
    assert code(desk.send(1901)) == "DUPLICATE_ORDER"
    assert code(desk.send(1899)) == "pass"


def test_duplicate_cl_ord_id():
    """The same id for the same account from another session is the same order sent twice."""
    desk = RiskDesk(DuplicateClOrdID(id="c"))
    desk.send(cl_ord_id="X")
    assert code(desk.send(cl_ord_id="X", client="OTHER")) == "DUPLICATE_CL_ORD_ID"
    assert code(desk.send(cl_ord_id="X", client="OTHER2", account="TWIN")) == "pass"
    assert code(desk.send(cl_ord_id="Z", client="OTHER")) == "pass"


# --- repeated_execution -------------------------------------------------------------------------

TWICE = checks.RepeatedExecution(id="c", executions_max=2)
FIVE_TIMES = checks.RepeatedExecution(id="c", executions_max=5)


def test_repeated_execution():
    """Two orders alike are filled; a third is a violation, until a bust leaves one of them."""
    desk = RiskDesk(TWICE)
    assert numbers(desk.bought(1)) == (0, 1, 2)
    assert numbers(desk.bought(2)) == (1, 2, 2)
    said = desk.send(3)
    assert (code(said), *numbers(said)) == ("REPEATED_EXECUTION", 2, 3, 2)
    assert code(desk.sell(1)) == code(desk.send(1, symbol="HARD")) == "pass"
    assert code(desk.send(1, account="TWIN")) == "pass"
    desk.bust("O1")
    assert code(desk.send(3)) == "pass"


def test_repeated_execution_counts_orders_not_fills():
    """Several fills of one order are one; what was not filled is none."""
    desk = RiskDesk(TWICE)
    desk.send(100)
    for _ in range(3):
        desk.fill(10, cl_ord_id="O1")
    desk.send(100)
    assert numbers(desk.send(100)) == (1, 2, 2)
    desk.bust("O1", 0)
    desk.bust("O1", 0)
    assert desk.send(1).used == 1
    desk.correct(5, cl_ord_id="O1")
    assert desk.send(1).used == 1
    desk.bust("O1")
    assert desk.send(1).used == 0


def test_repeated_execution_of_a_replace():
    """An order that is filled in part is counted, and may be replaced."""
    desk = RiskDesk(TWICE)
    desk.bought(1)
    desk.send(100)
    desk.fill(10, cl_ord_id="O2")
    assert numbers(desk.restate(90, orig="O2")) == (2, 2, 2)


def test_repeated_execution_of_several_days():
    """Each day counts its own; a bust of yesterday's fill is none of today's."""
    desk = RiskDesk(TWICE)
    good_till = {"time_in_force": TimeInForce.GOOD_TILL_CANCEL}
    desk.send(100, **good_till)
    desk.fill(10, cl_ord_id="O1")
    desk.bought(5)
    desk.end_day()
    assert desk.send(1).used == 0
    desk.fill(10, cl_ord_id="O1")
    assert desk.send(1).used == 1
    desk.bust("O1", 0)
    desk.bust("O2", 0)
    assert desk.send(1).used == 1
    desk.bust("O1", 0)
    assert desk.send(1).used == 0


# --- how many, and how much was lost ------------------------------------------------------------


def test_open_order_count():
    """Two may be open; what ends makes room, what is replaced is open already."""
    desk = RiskDesk(OpenOrderCount(id="c", orders_max=2))
    assert numbers(desk.send(1)) == (0, 1, 2)
    assert numbers(desk.sell(1, symbol="HARD")) == (1, 2, 2)
    assert code(desk.send(1)) == "OPEN_ORDERS"
    assert numbers(desk.restate(5)) == (2, 2, 2)
    desk.venue(ExecType.REPLACED, cl_ord_id="O1")
    desk.fill(5, cl_ord_id="O1")
    assert code(desk.send(1)) == "pass"
    desk.bust("O1")
    said = desk.send(1)
    assert numbers(said) == (3, 4, 2)
    assert said.detail == "OPEN_ORDERS: too many orders are open orders=4 orders_max=2"


LOSS = DailyLoss(id="c", loss_max=Decimal(100))


@pytest.mark.parametrize(
    ("last", "loss", "expected"),
    [("9.01", 99, "pass"), ("9", 100, "pass"), ("8.99", 101, "DAILY_LOSS")],
)
def test_daily_loss(last, loss, expected):
    """100 bought at 10 lose 100 at 9: up to there more may be bought; beyond it, only sold."""
    desk = RiskDesk(LOSS)
    desk.bought(100)
    desk.last_price(last)
    said = desk.send(1)
    assert (code(said), *numbers(said)) == (expected, loss, loss, 100)
    assert code(desk.sell(100)) == "pass"
    assert code(desk.sell(1)) == expected


def test_daily_loss_that_is_realised():
    """Sold again at a loss; later prices of what is no longer held change nothing."""
    desk = RiskDesk(LOSS)
    desk.bought(100)
    desk.sold(100, "8.5")
    desk.last_price(20)
    assert numbers(desk.send(1)) == (150, 150, 100)
    desk.bust("O2")
    desk.last_price(20)
    assert desk.send(1).used == 0  # held again


def test_daily_loss_of_a_short_position():
    """A short position loses as prices rise."""
    desk = RiskDesk(LOSS)
    desk.sold(100)
    desk.last_price(12)
    assert numbers(desk.sell(1)) == (200, 200, 100)
    assert code(desk.send(100)) == "pass"


def test_daily_loss_begins_anew():
    """Yesterday's loss is yesterday's; today's is from the price at which the day began."""
    desk = RiskDesk(LOSS)
    desk.bought(100)
    desk.last_price("8.5")
    desk.end_day()
    assert numbers(desk.send(1)) == (0, 0, 100)
    desk.last_price("7.5")
    assert numbers(desk.send(1)) == (100, 100, 100)


# --- what is remembered -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "check", [FIVE_AT_ONCE, HALF, MINUTE, FIVE_TIMES, LOSS], ids=lambda each: type(each).__name__
)
def test_a_state_that_came_back_judges_the_same(check):
    """What a snapshot has is what was remembered: rates, counts, duplicates, fills, losses."""
    desk = RiskDesk(check)
    for quantity in (1, 2, 3, 4):
        desk.bought(quantity, account="FUND")
        desk.after("0.1")
    desk.send(50)
    desk.take_back(desk.last_id)
    desk.last_price(9)
    again = RiskDesk(check)
    again.state, again.ids, again.now = written_and_read(desk.state), desk.ids, desk.now
    assert difference(desk.state, again.state) is None
    orders = [terms(quantity) for quantity in (50, 1, 51, 52, 53)]
    said = [
        [each.new(f"N{number}", order) for number, order in enumerate(orders)]
        for each in (desk, again)
    ]
    assert said[0] == said[1]
    assert difference(desk.state, again.state) is None
