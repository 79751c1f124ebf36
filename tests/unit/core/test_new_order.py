from decimal import Decimal

import pytest
from desk import CLIENT, Desk, kinds, terms, told
from msgspec import structs

from oms_fix.model.check_base import Action
from oms_fix.model.commands import NewOrderSingle, SessionLoggedOut
from oms_fix.model.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from oms_fix.model.events import ChecksEvaluated, ChildPlaced
from oms_fix.model.order_checks import (
    DuplicateClOrdID,
    InstrumentKnown,
    OrderNotional,
    OrderQuantity,
    RestrictedList,
)
from oms_fix.model.routes import Direct
from oms_fix.model.routing import OrderRouted


def test_accepted_routed_and_placed_in_this_order():
    """An order is captured, checked, routed, acknowledged to the client, then sent to the venue."""
    events = Desk().new()
    assert kinds(events) == [
        "OrderCaptured",
        "ChecksEvaluated",
        "OrderRouted",
        "OrderReported",
        "ChildPlaced",
    ]
    assert told(events) == ["NEW NEW X 0/100"]


def test_child_has_the_orders_terms_and_an_id_of_ours():
    """The child is the order under a ClOrdID(11) of ours."""
    desk = Desk()
    placed = desk.new()[-1]
    order_id = desk.order().order_id
    assert placed == ChildPlaced(order_id, f"{order_id}.1", f"{order_id}.1", "A", terms())


def test_fills_reach_the_client_with_running_totals():
    """Every fill is reported once, with CumQty, LeavesQty and AvgPx over all of them."""
    desk = Desk()
    desk.new()
    desk.ack()
    assert told(desk.fill(30, price=10)) == ["TRADE PARTIALLY_FILLED X 30/70"]
    assert told(desk.fill(70, price=20)) == ["TRADE FILLED X 100/0"]
    assert desk.order().avg_px == Decimal(17)


def test_a_duplicate_fill_is_booked_once():
    """A second report with the same ExecID(17) changes nothing and tells the client nothing."""
    desk = Desk()
    desk.new()
    desk.fill(30, exec_id="E1")
    again = desk.fill(30, exec_id="E1")
    assert kinds(again) == ["VenueMessageIgnored"]
    assert desk.order().cum_qty == 30


def test_fill_before_the_acknowledgment_counts():
    """A venue may fill before it acknowledges."""
    desk = Desk()
    desk.new()
    assert told(desk.fill(100)) == ["TRADE FILLED X 100/0"]
    assert told(desk.ack()) == []
    assert desk.order().status is OrdStatus.FILLED


def test_overfill_is_booked():
    """A fill is never dropped, even one that exceeds the order."""
    desk = Desk()
    desk.new()
    desk.fill(100)
    assert told(desk.fill(20)) == ["TRADE FILLED X 120/0"]


def test_second_use_of_cl_ord_id_is_refused_with_the_first_orders_status():
    """A duplicate is rejected with the existing order's status; that order stays (F.1.a)."""
    desk = Desk()
    desk.new()
    desk.fill(30)
    assert told(desk.new()) == ["REJECTED PARTIALLY_FILLED X 30/70"]
    assert desk.order().is_open


def test_poss_resend_of_a_known_order_is_a_status_request():
    """PossResend(97) of a known ClOrdID is answered with the order's status (F.1.b)."""
    desk = Desk()
    desk.new()
    assert told(desk.new(poss_resend=True)) == ["ORDER_STATUS NEW X 0/100"]


def test_poss_resend_of_an_unknown_order_is_a_new_order():
    """PossResend(97) of an unknown ClOrdID is worked like any other."""
    assert told(Desk().new(poss_resend=True)) == ["NEW NEW X 0/100"]


def test_limit_order_without_price_is_rejected():
    """A conditionally required field that is missing rejects the order, whatever the checks are."""
    desk = Desk()
    events = desk.new(order_terms=terms(price=None, ord_type=OrdType.LIMIT))
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert events[-1].report.text.endswith("missing field=Price(44)")


def test_all_violations_are_reported():
    """Every violated check is named, and all results are kept."""
    desk = Desk(
        checks=(
            InstrumentKnown(id="known"),
            RestrictedList(id="restricted", symbols=("ACME",)),
            OrderQuantity(id="size", quantity_max=Decimal(50)),
        )
    )
    events = desk.new()
    report = events[-1].report
    assert (report.ord_status, report.ord_rej_reason) == (OrdStatus.REJECTED, 0)
    assert report.text == (
        "RESTRICTED: instrument is on the restricted list Symbol=ACME list=restricted; "
        "ORDER_QTY_LIMIT: order quantity is above the limit OrderQty=100 quantity_max=50"
    )
    checked = next(event for event in events if isinstance(event, ChecksEvaluated))
    assert [result.outcome for result in checked.results] == ["pass", "reject", "reject"]


def test_a_warning_passes_with_its_text():
    """A violated check whose action is warn lets the order pass and tells the client."""
    desk = Desk(checks=(OrderNotional(id="value", notional_max=Decimal(500), action=Action.WARN),))
    events = desk.new()
    assert told(events) == ["NEW NEW X 0/100"]
    report = next(event for event in events if type(event).__name__ == "OrderReported").report
    assert report.text.startswith("ORDER_NOTIONAL_LIMIT")


def test_a_warning_of_a_replace_is_told_with_pending_replace():
    """A replace that a check warns of goes on, and its client is told why at once."""
    desk = Desk(checks=(OrderNotional(id="value", notional_max=Decimal(1500), action=Action.WARN),))
    desk.new()
    desk.ack()
    events = desk.replace(terms(200))
    report = next(event for event in events if type(event).__name__ == "OrderReported").report
    assert told(events) == ["PENDING_REPLACE PENDING_REPLACE Y 0/100"]
    assert report.text.startswith("ORDER_NOTIONAL_LIMIT")


def test_limit_is_inclusive():
    """An order exactly at a limit passes."""
    desk = Desk(checks=(OrderNotional(id="value", notional_max=Decimal(1000)),))
    assert told(desk.new()) == ["NEW NEW X 0/100"]


def test_venue_down_rejects_with_the_reason():
    """Where no venue of the route is connected the order is rejected and nothing is queued."""
    desk = Desk()
    desk.do(SessionLoggedOut("A"))
    events = desk.new()
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert events[-1].report.text == (
        "VENUES_DOWN: no venue of the route takes orders now route=to-a venues=A(not connected)"
    )


def test_no_rule_rejects():
    """An order that no routing rule matches is rejected."""
    desk = Desk(routes=[Direct(id="other", when={"Symbol": "OTHER"}, venue="A")])
    assert desk.new()[-1].report.text == "NO_ROUTE: no routing rule matches"


def test_venue_rejects_after_new():
    """The venue's reject is the client's, even after New, with the venue's text (A.1.a)."""
    desk = Desk()
    desk.new()
    events = desk.venue(ExecType.REJECTED, text="market closed")
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert events[-1].report.text.endswith("venue=A text='market closed'")


def test_unfilled_rest_of_an_ioc_order_is_canceled():
    """What the venue cancels of an IOC order is canceled for the client (I.1.a)."""
    desk = Desk()
    desk.new(order_terms=terms(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL))
    desk.fill(40)
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED X 40/0"]


def test_status_of_an_unknown_order():
    """A status request for no order of ours is answered with Rejected, unknown order."""
    events = Desk().ask_status("NOPE")
    assert told(events) == ["ORDER_STATUS REJECTED NOPE 0/0"]
    assert (events[0].report.order_id, events[0].report.ord_rej_reason) == ("", 5)


def test_positions_follow_fills():
    """A buy adds to the account's position at its value."""
    desk = Desk()
    desk.new()
    desk.fill(30, price=11)
    position = desk.state.positions["FUND", "ACME"]
    assert (position.quantity, position.bought_value) == (30, 330)


def test_identifiers_are_the_stores_own():
    """OrderIDs begin with the store's prefix and count up."""
    desk = Desk()
    desk.new("X")
    desk.new("Z")
    first, second = desk.order("X").order_id, desk.order("Z").order_id
    assert first == f"{desk.state.id_prefix}-1"
    assert second == f"{desk.state.id_prefix}-2"
    assert (CLIENT, "X") in desk.state.orders_by_cl_ord_id


def test_every_decision_names_its_rules():
    """The routing decision carries the version of the rules and the reason for each venue."""
    routed = next(event for event in Desk().new() if isinstance(event, OrderRouted))
    assert (routed.rules_version, routed.route_id, routed.strategy) == ("rules-1", "to-a", "direct")
    assert [(leg.venue, leg.quantity, leg.reason) for leg in routed.legs] == [
        ("A", 100, "the route's venue")
    ]


def test_the_same_order_over_a_second_session_is_refused():
    """A ClOrdID(11) that another session has sent for the account is the same order twice."""
    desk = Desk(checks=(DuplicateClOrdID(id="twice"),))
    desk.new()
    events = desk.do(NewOrderSingle("SECOND-LINE", "X", terms()))
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert events[-1].report.ord_rej_reason == 6
    other_account = NewOrderSingle("THIRD-LINE", "X", terms(account="OTHER"))
    assert told(desk.do(other_account)) == ["NEW NEW X 0/100"]


@pytest.mark.parametrize(
    ("side", "ord_type", "price"),
    [
        (Side.BUY, OrdType.MARKET, "0.0001"),
        (Side.SELL, OrdType.LIMIT, "0.0001"),
        (Side.BUY, OrdType.LIMIT, "10.01"),
    ],
)
def test_notional_is_what_the_order_can_amount_to(side, ord_type, price):
    """A price that does not bind, or binds from below, does not make an order small."""
    desk = Desk(checks=(OrderNotional(id="value", notional_max=Decimal(1000)),))
    order = terms(101, side=side, ord_type=ord_type)
    events = desk.new(order_terms=structs.replace(order, price=Decimal(price)))
    assert events[-1].report.text.startswith("ORDER_NOTIONAL_LIMIT")


def test_poss_resend_of_another_order_under_the_same_id_is_a_duplicate():
    """PossResend(97) is believed only where side, instrument and quantity agree."""
    desk = Desk()
    desk.new()
    resent = desk.new(order_terms=terms(200), poss_resend=True)
    assert told(resent) == ["REJECTED NEW X 0/100"]
    assert resent[-1].report.text.endswith("ClOrdID=X differs=OrderQty")


def test_poss_resend_of_an_order_that_was_replaced_is_a_status_request():
    """Its quantity is another one since, and it is the same order all the same."""
    desk = Desk()
    desk.new()
    desk.replace(terms(200))
    desk.venue(ExecType.REPLACED)
    assert told(desk.new(poss_resend=True)) == ["ORDER_STATUS NEW Y 0/200"]


@pytest.mark.parametrize(
    "changes",
    [{"ord_type": OrdType.STOP, "stop_px": Decimal(0)}, {"min_qty": Decimal(-1)}],
)
def test_odd_values_are_refused(changes):
    """A stop price is above zero, other quantities are not below."""
    assert told(Desk().new(order_terms=terms(**changes))) == ["REJECTED REJECTED X 0/0"]
