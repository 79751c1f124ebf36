"""No child order goes out at a price that is far from where the instrument trades."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, terms, told
from routing_desk import D, RoutingDesk, book, children, gets, reasons

from oms_fix.model.commands import LastPrice, LoadRules, OperateOrder, Quote
from oms_fix.model.enums import ExecType, OrderOperation, OrdType, Side
from oms_fix.model.events import ChildPlaced, OrderReported
from oms_fix.model.routes import (
    Direct,
    Fallback,
    Manual,
    Post,
    Remainder,
    Split,
    SplitLeg,
    Sweep,
)
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules
from oms_fix.model.venues import Ticks, VenueTerms


def protected(percent="5", venues=(), agreements=()):
    """Return a desk that protects prices; the reference price of ACME is 10, its tick a cent."""
    desk = Desk()
    route = Direct(id="to-a", venue="A")
    rules = Rules("rules-2", (), (route,), agreements, venues, protection_percent=Decimal(percent))
    desk.do(LoadRules(rules, "tester"))
    return desk


def placed(events):
    return [(e.terms.ord_type.name, e.terms.price) for e in events if isinstance(e, ChildPlaced)]


@pytest.mark.parametrize(
    ("side", "price", "child"),
    [
        (Side.BUY, 0, "10.50"),
        (Side.SELL, 0, "9.50"),
        (Side.BUY, 11, "10.50"),
        (Side.SELL, 9, "9.50"),
        (Side.BUY, 10, "10"),
        (Side.SELL, 10, "10"),
    ],
)
def test_a_child_has_the_stricter_limit(side, price, child):
    """The order's own, or what protects it; a market order goes as a limit order."""
    desk = protected()
    events = desk.new(order_terms=terms(price=price, side=side))
    assert placed(events) == [("LIMIT", Decimal(child))]


def test_a_market_order_whose_rest_is_to_stand_is_protected_too():
    """It goes as a limit order, at which its rest stands."""
    left_over_as_limit = OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT
    events = protected().new(order_terms=terms(price=0, ord_type=left_over_as_limit))
    assert placed(events) == [("LIMIT", Decimal("10.50"))]


@pytest.mark.parametrize(("side", "child"), [(Side.BUY, "10.33"), (Side.SELL, "9.67")])
def test_a_protected_price_is_rounded_inward(side, child):
    """To a tick that is no worse."""
    events = protected("3.37").new(order_terms=terms(price=0, side=side))
    assert placed(events) == [("LIMIT", Decimal(child))]


def test_a_protected_price_is_one_of_its_venues_ticks():
    """Where the venue has ticks of its own."""
    venue = VenueTerms(session="A", ticks=(Ticks(tick_size=Decimal("0.25")),))
    events = protected("4", (venue,)).new(order_terms=terms(price=0))
    assert placed(events) == [("LIMIT", Decimal("10.25"))]


def test_the_reference_is_the_mid_else_the_last_price():
    """The previous close only where neither is known."""
    desk = protected()
    desk.do(LastPrice("ACME", Decimal(20), "tester"))
    assert placed(desk.new("X", terms(price=0))) == [("LIMIT", Decimal(21))]
    desk.do(Quote("ACME", Decimal(29), Decimal(31), "tester"))
    assert placed(desk.new("Y", terms(price=0))) == [("LIMIT", Decimal("31.5"))]


def test_what_is_rejected_is_protected_anew():
    """By the reference of that moment."""
    desk = Desk()
    route = Fallback(id="list", venues=("A", "B"))
    rules = Rules("rules-2", (), (route,), protection_percent=Decimal(5))
    desk.do(LoadRules(rules, "tester"))
    desk.new(order_terms=terms(price=0))
    desk.do(LastPrice("ACME", Decimal(20), "tester"))
    assert placed(desk.venue(ExecType.REJECTED)) == [("LIMIT", Decimal(21))]


def test_a_stop_goes_to_its_venue_as_it_is():
    """Nobody knows the reference of the moment when it is triggered."""
    stop = terms(price=0, ord_type=OrdType.STOP, stop_px=Decimal(30))
    assert placed(protected().new(order_terms=stop)) == [("STOP", None)]


def test_a_replace_withdraws_a_child_with_a_limit_of_its_own():
    """The order's limit is not sent to it; what is left is protected anew."""
    desk = protected()
    desk.new(order_terms=terms(price=11))
    desk.replace(terms(150, 12))
    events = desk.venue(ExecType.CANCELED)
    assert told(events) == ["REPLACED NEW Y 0/150"]
    assert placed(events) == [("LIMIT", Decimal("10.50"))]


def test_an_order_of_direct_access_that_is_protected_is_the_routers():
    """Its venue has other terms than the client gave."""
    agreement = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE)
    desk = protected(agreements=(agreement,))
    assert told(desk.new("X", terms(price=11))) == ["NEW NEW X 0/100"]
    desk.new("Y", terms(price=10))
    assert desk.order("Y").direct is not None


# --- below a tick ---------------------------------------------------------------------------------

COARSE = (Ticks(tick_size=Decimal("0.25")),)


def cheap(*routes, rules=None, price="0.004", venues=()):
    """Return a desk for an instrument that trades below its tick of a cent."""
    given = {"protection_percent": Decimal(5)} if rules is None else rules
    return RoutingDesk(*routes, rules=given, venues=venues, price=D(price), tick_size=D("0.01"))


@pytest.mark.parametrize("percent", ["5", "100"])
@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_nothing_is_sent_at_a_protected_price_of_0(side, percent):
    """A purchase below a tick, a sale that may lose everything: rejected, and the text says why."""
    desk = cheap(Direct(id="to-a", venue="A"), rules={"protection_percent": Decimal(percent)})
    events = desk.new(order_terms=terms(price=0, side=side))
    can_be_sent = side is Side.SELL and percent == "5"
    assert placed(events) == ([("LIMIT", D("0.01"))] if can_be_sent else [])
    if not can_be_sent:
        assert told(events) == ["REJECTED REJECTED X 0/0"]
        text = next(e.report.text for e in events if isinstance(e, OrderReported))
        assert "A(INVALID_PRICE: the price must be above zero Price=0" in text


def test_a_part_at_a_price_of_0_is_not_sent():
    """The other part is, where the venue has finer ticks; the client hears of the rest."""
    legs = (SplitLeg("A", Decimal(50)), SplitLeg("B", Decimal(50)))
    coarse = VenueTerms(session="A", ticks=COARSE)
    desk = cheap(Split(id="split", legs=legs), price="0.10", venues=(coarse,))
    events = desk.new(order_terms=terms(price=0))
    assert children(events) == [("B", 50, D("0.10"), "DAY")]
    assert desk.order().free_qty == 50


def test_an_order_is_posted_where_its_price_is_above_0():
    """A venue on whose ticks it would be 0 is passed over, and the decision says so."""
    coarse = VenueTerms(session="A", ticks=COARSE)
    desk = cheap(Post(id="post", venues=("A", "B")), rules={}, venues=(coarse,))
    decision = desk.decide(terms(100, "0.10"))
    assert gets(decision) == [("B", 100, None)]
    assert reasons(decision)["A"].startswith("INVALID_PRICE: ")


def test_a_feed_that_tells_a_price_of_0_is_not_sold_to():
    """A limit order at 0 is none."""
    desk = cheap(Sweep(id="all", venues=("A",), remainder=Remainder.CANCEL), rules={})
    desk.see(book("A", "", "100@0"))
    events = desk.new(order_terms=terms(100, 0, side=Side.SELL))
    assert (children(events), told(events)) == ([], ["REJECTED REJECTED X 0/0"])


def test_a_trader_places_nothing_at_a_price_of_0():
    """What somebody at a desk places is refused as well; the order stays there."""
    desk = cheap(Manual(id="manual", desk="BLOCKS"))
    desk.new(order_terms=terms(price=0))
    order_id = desk.order().order_id
    (refused,) = desk.do(OperateOrder(order_id, OrderOperation.PLACE, "bob", "phoned", venue="A"))
    assert refused.refused.startswith("INVALID_PRICE: ")
    assert desk.order().free_qty == 100
