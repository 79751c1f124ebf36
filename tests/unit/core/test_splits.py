"""Corporate actions: the venue of an order of several days restates it in other units."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, DirectDesk, kinds, terms, told

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, TimeInForce
from oms_fix.model.routes import Split, SplitLeg

GTC = {"time_in_force": TimeInForce.GOOD_TILL_CANCEL}


@pytest.fixture
def desk():
    """A desk with an order of several days, X: 100 at 10, of which 30 were filled yesterday."""
    desk = Desk()
    desk.new("X", terms(**GTC))
    desk.ack()
    desk.fill(30, 10, exec_id="OLD")
    desk.do(cmd.EndTradingDay("2026-11-23"))
    return desk


def split(desk, order_qty, cum_qty, price, child=0, **changes):
    """Have the venue restate the order after a corporate action."""
    return desk.venue(
        ExecType.RESTATED,
        child,
        exec_restatement_reason=0,
        order_qty=Decimal(order_qty),
        cum_qty=Decimal(cum_qty),
        price=Decimal(price),
        **changes,
    )


@pytest.mark.parametrize(
    ("order_qty", "cum_qty", "price", "avg_px"), [(200, 60, 5, 5), (50, 15, 20, 20)]
)
def test_all_of_the_order_is_in_the_new_units(desk, order_qty, cum_qty, price, avg_px):
    """Quantities, price, AvgPx and what is filled: two for one, one for two (matrix H.1.b)."""
    events = split(desk, order_qty, cum_qty, price)
    left = order_qty - cum_qty
    assert told(events) == [f"RESTATED PARTIALLY_FILLED X {cum_qty}/{left}"]
    report = events[-1].report
    assert (report.exec_restatement_reason, report.terms.price, report.avg_px) == (0, price, avg_px)
    assert (report.day_order_qty, report.day_cum_qty) == (left, 0)
    assert desk.state.positions["FUND", "ACME"].quantity == cum_qty
    assert told(desk.fill(left)) == [f"TRADE FILLED X {order_qty}/0"]
    assert (
        "TRADE_CANCEL PARTIALLY_FILLED"
        in told(desk.venue(ExecType.TRADE_CANCEL, exec_ref_id="OLD"))[0]
    )
    assert desk.order().cum_qty == left


def test_an_order_without_fills_is_restated():
    """OrderQty and price are those of the venue."""
    desk = Desk()
    desk.new("X", terms(**GTC))
    desk.ack()
    assert told(split(desk, 200, 0, 5)) == ["RESTATED NEW X 0/200"]
    assert desk.order().children[0].open_qty == 200


def test_a_second_report_of_it_changes_nothing(desk):
    """It has the ExecID(17) of the first."""
    split(desk, 200, 60, 5, exec_id="SPLIT")
    assert kinds(split(desk, 200, 60, 5, exec_id="SPLIT")) == ["VenueMessageIgnored"]


@pytest.mark.parametrize(("order_qty", "cum_qty"), [(200, 0), (50, 60)])
def test_what_does_not_add_up_is_not_followed(desk, order_qty, cum_qty):
    """It is on record as a discrepancy, which somebody has to see to."""
    (event,) = split(desk, order_qty, cum_qty, 5)
    assert "is not followed" in event.discrepancy
    assert (desk.order().cum_qty, desk.order().terms.order_qty) == (30, 100)


def test_an_order_at_several_venues_is_not_followed():
    """One venue's units are not those of the other: neither decline nor split."""
    legs = (SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40)))
    desk = Desk([Split(id="split", legs=legs)])
    desk.new("X", terms(**GTC))
    (event,) = split(desk, 30, 0, 20)
    assert "is not followed" in event.discrepancy
    assert told(desk.do(cmd.OrderStatusRequest(CLIENT, "X", terms()))) == [
        "ORDER_STATUS NEW X 0/100"
    ]


def test_an_order_with_a_request_pending_is_not_followed(desk):
    """What is asked is in the units of before."""
    desk.replace(terms(150, **GTC), "Y", "X")
    (event,) = split(desk, 200, 60, 5)
    assert "is not followed" in event.discrepancy


@pytest.mark.parametrize("desk_of", [Desk, DirectDesk])
@pytest.mark.parametrize(
    ("cum_qty", "after"), [(40, ["RESTATED PARTIALLY_FILLED X 40/160"]), (120, [])]
)
def test_a_split_with_what_an_operator_has_busted_is_not_followed(desk_of, cum_qty, after):
    """Of 60 are 40 busted here: a venue that still counts them has other quantities than we."""
    desk = desk_of()
    desk.new()
    desk.ack()
    desk.fill(40, exec_id="E1", ord_status=OrdStatus.PARTIALLY_FILLED)
    desk.fill(20, exec_id="E2", ord_status=OrdStatus.PARTIALLY_FILLED)
    order = desk.order()
    desk.do(cmd.OperateOrder(order.order_id, OrderOperation.BUST, "bob", "phoned", "E1"))
    quantities = {"order_qty": Decimal(200), "cum_qty": Decimal(cum_qty), "price": Decimal(5)}
    stands = {"ord_status": OrdStatus.PARTIALLY_FILLED}
    events = desk.venue(ExecType.RESTATED, exec_restatement_reason=0, **quantities, **stands)
    assert told(events) == after
    assert order.cum_qty == (40 if after else 20)
