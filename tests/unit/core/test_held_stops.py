"""Stop orders that the router holds, and other orders that not every venue takes."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, kinds, terms, told

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdType, Side, TimeInForce, TradingScope
from oms_fix.model.events import ChildPlaced, ChildReplaceRequested, OrderReported
from oms_fix.model.routes import Direct, Fallback, Manual
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules
from oms_fix.model.venues import Feature, VenueTerms

STOPS = (Feature.STOP, Feature.STOP_LIMIT)
TRIGGERED = ["StopTriggered", "OrderReported", "OrderRouted", "ChildPlaced"]


def desk_with(lacks=STOPS, at="AB", clients=()):
    """Return a desk with venues A and B, in this order, of which those of ``at`` lack something."""
    desk = Desk()
    venues = tuple(VenueTerms(session=venue, lacks=lacks) for venue in at)
    route = Fallback(id="all", venues=("A", "B"))
    desk.do(cmd.LoadRules(Rules("rules-2", (), (route,), clients, venues), "tester"))
    return desk


def stop(stop_px=12, ord_type=OrdType.STOP, price=None, **changes):
    price = Decimal(price) if price else None
    return terms(ord_type=ord_type, price=price, stop_px=Decimal(stop_px), **changes)


def last_price(desk, price, symbol="ACME"):
    return desk.do(cmd.LastPrice(symbol, Decimal(price), "tester"))


def placed(events):
    """Return OrdType(40), Price(44) and StopPx(99) of what goes to a venue."""
    terms_of = [event.terms for event in events if isinstance(event, ChildPlaced)]
    return [(each.ord_type, each.price, each.stop_px) for each in terms_of]


def texts(events):
    return [event.report.text for event in events if isinstance(event, OrderReported)]


def test_a_stop_order_is_held_where_no_venue_takes_it():
    """The client is told New, and no venue hears of it."""
    desk = desk_with()
    events = desk.new(order_terms=stop())
    assert kinds(events)[-2:] == ["OrderReported", "StopHeld"]
    assert told(events) == ["NEW NEW X 0/100"]


def test_a_venue_that_takes_stop_orders_gets_them():
    """The venues that lack them are passed over, whatever their place in the route."""
    desk = desk_with(at="A")
    events = desk.new(order_terms=stop())
    assert placed(events) == [(OrdType.STOP, None, 12)]
    assert desk.order().children[0].venue == "B"


def test_a_venue_that_is_down_is_waited_for_by_nobody():
    """Of the venues one lacks stop orders and the other is down: the router holds it."""
    desk = desk_with(at="A")
    desk.do(cmd.SessionLoggedOut("B"))
    assert kinds(desk.new(order_terms=stop()))[-1] == "StopHeld"


@pytest.mark.parametrize(
    ("side", "before", "reached"), [(Side.BUY, 11, 12), (Side.BUY, 11, 13), (Side.SELL, 13, 12)]
)
def test_the_last_price_triggers(side, before, reached):
    """A stop to buy at or above StopPx(99), one to sell at or below: then it is a market order."""
    desk = desk_with()
    desk.new(order_terms=stop(side=side))
    assert kinds(last_price(desk, before)) == ["LastPriceTold"]
    events = last_price(desk, reached)
    assert kinds(events) == ["LastPriceTold", *TRIGGERED]
    assert told(events) == ["TRIGGERED NEW X 0/100"]
    assert texts(events) == [f"triggered by last price {reached}"]
    assert placed(events) == [(OrdType.MARKET, None, None)]


def test_a_triggered_stop_limit_order_is_a_limit_order():
    """To its client it stays a stop limit order."""
    desk = desk_with()
    desk.new(order_terms=stop(ord_type=OrdType.STOP_LIMIT, price=15))
    assert placed(last_price(desk, 12)) == [(OrdType.LIMIT, 15, None)]
    assert desk.order().terms.ord_type is OrdType.STOP_LIMIT


def test_a_fill_of_another_order_triggers():
    """Our own executions are what the router knows of the market by itself."""
    desk = desk_with()
    desk.new("S", stop())
    desk.new("X")
    assert kinds(desk.fill(10, 12))[-4:] == TRIGGERED


def test_other_instruments_do_not_count():
    """Prices are by instrument."""
    desk = desk_with()
    desk.new(order_terms=stop())
    assert kinds(last_price(desk, 12, "OTHER")) == ["LastPriceTold"]


def test_a_stop_that_is_due_already_is_triggered_at_once():
    """By the last price of the day; yesterday's does not count."""
    desk = desk_with()
    last_price(desk, 12)
    assert told(desk.new("X", stop())) == ["NEW NEW X 0/100", "TRIGGERED NEW X 0/100"]
    desk.do(cmd.EndTradingDay("2026-11-23"))
    assert told(desk.new("Y", stop())) == ["NEW NEW Y 0/100"]


def test_a_held_stop_is_canceled_at_once():
    """No venue has to be asked, and no price triggers it any more."""
    desk = desk_with()
    desk.new(order_terms=stop())
    assert told(desk.cancel())[-1] == "CANCELED CANCELED Y 0/0"
    assert kinds(last_price(desk, 12)) == ["LastPriceTold"]
    assert desk.state.held_stops == {}


def test_a_mass_cancel_takes_held_stops_back():
    """They end at once, under their own ClOrdID(11)."""
    desk = desk_with()
    desk.new(order_terms=stop())
    events = desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    assert told(events) == ["CANCELED CANCELED X 0/0"]


def test_a_held_stop_is_replaced_at_once():
    """By another one, which is triggered if it is due."""
    desk = desk_with()
    desk.new(order_terms=stop(20))
    last_price(desk, 12)
    assert told(desk.replace(stop(15)))[-1] == "REPLACED NEW Y 0/100"
    due = desk.replace(stop(11), "Z", "Y")
    assert told(due)[-2:] == ["REPLACED NEW Z 0/100", "TRIGGERED NEW Z 0/100"]
    assert placed(due) == [(OrdType.MARKET, None, None)]


def test_a_held_stop_may_become_a_limit_order():
    """Which is placed, and is a stop order for nobody."""
    desk = desk_with()
    desk.new(order_terms=stop())
    assert placed(desk.replace(terms(100, 11))) == [(OrdType.LIMIT, 11, None)]
    assert kinds(last_price(desk, 12)) == ["LastPriceTold"]
    refused = desk.replace(stop(), "Z", "Y")
    assert told(refused) == ["REQUEST_REJECTED NEW Z 99"]


def test_a_held_stop_may_become_an_order_that_waits_at_a_desk():
    """Its trader has it, and no price triggers it any more."""
    desk = desk_with()
    manual = Manual(id="manual", when={"OrdType": "LIMIT"}, desk="BLOCKS")
    lacking = tuple(VenueTerms(session=venue, lacks=STOPS) for venue in "AB")
    routes = (manual, Fallback(id="all", venues=("A", "B")))
    desk.do(cmd.LoadRules(Rules("rules-3", (), routes, (), lacking), "tester"))
    desk.new(order_terms=stop())
    assert kinds(desk.replace(terms(100, 11)))[-1] == "OrderRouted"
    assert (desk.order().desk, desk.order().stop) == ("BLOCKS", None)
    assert desk.state.stops_in("ACME") == []
    assert kinds(last_price(desk, 12)) == ["LastPriceTold"]


def test_a_working_order_cannot_become_what_its_venue_lacks():
    """The venue would not understand; the order works on."""
    desk = desk_with()
    desk.new()
    desk.ack()
    assert told(desk.replace(stop())) == ["REQUEST_REJECTED NEW Y 99"]


def test_a_triggered_order_is_replaced_as_what_it_is():
    """The venue has a market order; the client's replace restates its stop order."""
    desk = desk_with()
    desk.new(order_terms=stop(ord_type=OrdType.STOP_LIMIT, price=15))
    last_price(desk, 12)
    events = desk.replace(stop(ord_type=OrdType.STOP_LIMIT, price=16))
    (asked,) = [each.terms for each in events if isinstance(each, ChildReplaceRequested)]
    assert (asked.ord_type, asked.price, asked.stop_px) == (OrdType.LIMIT, 16, None)


def test_a_triggered_order_that_nobody_takes_ends():
    """The client is told why at once: it counts on being out of the market."""
    desk = desk_with()
    desk.new(order_terms=stop())
    for venue in "AB":
        desk.do(cmd.SessionLoggedOut(venue))
    events = last_price(desk, 12)
    assert told(events) == ["TRIGGERED NEW X 0/100", "CANCELED CANCELED X 0/0"]
    assert texts(events)[1].startswith("VENUES_DOWN")


def test_nothing_is_triggered_while_trading_is_halted():
    """What is due then is triggered when trading goes on."""
    desk = desk_with()
    desk.new("X", stop())
    desk.new("J", stop(exec_inst="J"))
    desk.halt()
    assert kinds(last_price(desk, 12)) == ["LastPriceTold"]
    resumed = desk.resume()
    assert told(resumed) == [
        "RESTATED NEW J 0/100",
        "TRIGGERED NEW J 0/100",
        "TRIGGERED NEW X 0/100",
    ]


def test_instruments_are_looked_at_in_one_order_when_trading_goes_on():
    """It is that of their symbols: in which order stops were held, a restart does not know."""
    desk = desk_with()
    desk.new("Z", stop(symbol="ZINC"))
    desk.new("X", stop())
    desk.halt(TradingScope.FIRM)
    last_price(desk, 12, "ZINC")
    last_price(desk, 12)
    resumed = desk.resume(TradingScope.FIRM)
    assert told(resumed) == ["TRIGGERED NEW X 0/100", "TRIGGERED NEW Z 0/100"]


def test_a_held_stop_of_a_direct_client_is_the_routers():
    """No venue can speak for it: New is the router's word, and so is what comes after."""
    agreement = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE)
    desk = desk_with(clients=(agreement,))
    assert told(desk.new(order_terms=stop())) == ["NEW NEW X 0/100"]
    last_price(desk, 12)
    assert desk.order().direct is None
    assert told(desk.ack()) == []
    assert told(desk.fill(100, 12)) == ["TRADE FILLED X 100/0"]


@pytest.mark.parametrize(
    ("feature", "asked"),
    [
        (Feature.PEGGED, {"ord_type": OrdType.PEGGED}),
        (Feature.MARKET_TO_LIMIT, {"ord_type": OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT}),
        (Feature.AT_THE_OPENING, {"time_in_force": TimeInForce.AT_THE_OPENING}),
        (Feature.AT_THE_CLOSE, {"time_in_force": TimeInForce.AT_THE_CLOSE}),
    ],
)
def test_what_no_venue_has_is_rejected(feature, asked):
    """OrdRejReason(103)=11 with the venues' names; a venue that has it gets the order."""
    (report,) = [
        event.report
        for event in desk_with((feature,)).new(order_terms=terms(**asked))
        if isinstance(event, OrderReported)
    ]
    assert (report.exec_type, report.ord_rej_reason) == (ExecType.REJECTED, 11)
    lacks = f"A(lacks {feature}),B(lacks {feature})"
    assert report.text == f"UNSUPPORTED_ORDER: not supported here route=all venues={lacks}"
    elsewhere = desk_with((feature,), at="A")
    elsewhere.new(order_terms=terms(**asked))
    assert [child.venue for child in elsewhere.order().children] == ["B"]


def test_an_at_once_stop_waits_like_any_other():
    """Immediate Or Cancel counts from the trigger on."""
    desk = desk_with()
    events = desk.new(order_terms=stop(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL))
    assert told(events) == ["NEW NEW X 0/100"]
    assert kinds(last_price(desk, 12))[1:] == TRIGGERED


def test_a_stop_for_the_close_needs_a_venue_that_has_one():
    """Triggered, it is still At the Close, which no venue of the route takes: it is not held."""
    desk = desk_with((*STOPS, Feature.AT_THE_CLOSE))
    events = desk.new(order_terms=stop(time_in_force=TimeInForce.AT_THE_CLOSE))
    assert told(events) == ["REJECTED REJECTED X 0/0"]


def test_routes_without_terms_of_venues_take_every_order():
    """What is not said to be lacking is there."""
    desk = Desk([Direct(id="to-a", venue="A")])
    assert placed(desk.new(order_terms=stop())) == [(OrdType.STOP, None, 12)]


def test_an_operator_can_enter_a_stop_order_that_is_held():
    """It is tried first, and holding it here is not refusing it; the client hears who and why."""
    desk = desk_with()
    entered = cmd.EnterOrder(CLIENT, "E", stop(), "tester", "phoned in")
    events = desk.do(entered)
    assert told(events) == ["NEW NEW E 0/100"]
    assert texts(events)[0].startswith("OPERATOR")


def test_an_operator_cannot_enter_what_is_halted():
    """The operator is told; the client does not hear of what is not taken."""
    desk = desk_with()
    desk.halt()
    events = desk.do(cmd.EnterOrder(CLIENT, "E", terms(), "tester", "phoned in"))
    assert told(events) == []
    assert events[0].refused.startswith("HALTED")
