import pytest
from desk import terms
from routing_desk import D, RoutingDesk, book, children, gets, reasons, routed, taker

from oms_fix.model.commands import SessionLoggedOut
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.model.market_data import MarketStatus
from oms_fix.model.routes import Remainder, Sweep
from oms_fix.model.routing import Onward
from oms_fix.model.venues import Feature, FeeTier, Rate, VenueTerms

IOC = "IMMEDIATE_OR_CANCEL"


def sweep(venues="ABC", **more):
    return Sweep(id="sweep", venues=tuple(venues), **({"remainder": Remainder.CANCEL} | more))


def test_the_best_levels_of_all_books_are_taken():
    """One Immediate Or Cancel child a venue, its limit is the worst level taken there."""
    desk = RoutingDesk(sweep()).see(
        book("A", "100@10.01 100@10.03"), book("B", "100@10.02"), book("C", "100@10.04")
    )
    events = desk.new(order_terms=terms(250, "10.05"))
    assert children(events) == [("A", 150, D("10.03"), IOC), ("B", 100, D("10.02"), IOC)]
    assert reasons(routed(events)) == {
        "A": "150 of 200 displayed up to 10.03, 10.03 after fees",
        "B": "100 of 100 displayed up to 10.02, 10.02 after fees",
        "C": "price 10.04 after fees is worse than 10.03 at A",
    }


def test_a_market_order_is_swept_with_limits():
    """Never a bare market order: a child cannot trade deeper than was reckoned with."""
    desk = RoutingDesk(sweep()).see(book("A", "100@10.01"), book("B", "100@10.02"))
    events = desk.new(order_terms=terms(150, 0))
    assert children(events) == [("A", 100, D("10.01"), IOC), ("B", 50, D("10.02"), IOC)]


def test_a_sale_takes_the_highest_bids():
    """What is sold is sold where most is left after fees."""
    desk = RoutingDesk(sweep("AB"), venues=[taker("A", "0.02"), taker("B", "0")])
    desk.see(book("A", bids="100@10.01"), book("B", bids="100@10.00"))
    decision = desk.decide(terms(100, "9.9", side=Side.SELL))
    assert gets(decision) == [("B", 100, D("10.00"))]
    assert reasons(decision)["A"] == "price 9.99 after fees is worse than 10 at B"


def test_fees_decide():
    """A price that is better only before fees is worse."""
    desk = RoutingDesk(sweep("AB"), venues=[taker("A", "0.02"), taker("B", "0.001")])
    desk.see(book("A", "100@10.00"), book("B", "100@10.01"))
    decision = desk.decide(terms(100, "10.05"))
    assert gets(decision) == [("B", 100, D("10.01"))]
    assert reasons(decision)["A"] == "price 10.02 after fees is worse than 10.011 at B"


def test_fees_by_amount_and_rebates_decide():
    """Basis points of the amount cost, a rebate for taking is worth as much."""
    desk = RoutingDesk(sweep("AB"), venues=[taker("A", basis_points=10), taker("B", "-0.001")]).see(
        book("A", "100@10.00"), book("B", "100@10.01")
    )
    decision = desk.decide(terms(100, "10.05"))
    assert gets(decision) == [("B", 100, D("10.01"))]
    (_, leg) = decision.legs
    assert (leg.expected_px, leg.fees, leg.best, leg.displayed) == (
        D("10.01"), D("-0.1"), D("10.01"), 100
    )  # fmt: skip


def test_a_fee_for_an_order_is_paid_only_if_it_pays():
    """For a few shares a cent better nobody pays a ticket of 5."""
    desk = RoutingDesk(sweep("AB"), venues=[taker("A", per_order=5)])
    desk.see(book("A", "1000@10.00"), book("B", "1000@10.01"))
    few, many = desk.decide(terms(100, "10.05")), desk.decide(terms(1000, "10.05"))
    assert gets(few) == [("B", 100, D("10.01"))]
    assert reasons(few)["A"] == "its fees for an order do not pay"
    assert gets(many) == [("A", 1000, D("10.00"))]


def test_equal_costs_go_to_the_better_displayed_price_then_to_the_earlier_venue():
    """A tie is decided the same way each time."""
    desk = RoutingDesk(sweep(), venues=[taker("C", "0.01")]).see(
        book("A", "100@10.01"), book("B", "100@10.01"), book("C", "100@10.00")
    )
    assert gets(desk.decide(terms(50, 11))) == [("C", 50, D("10.00"))]
    decision = desk.decide(terms(150, 11))
    assert gets(decision) == [("A", 50, D("10.01")), ("C", 100, D("10.00"))]
    assert reasons(decision)["B"] == "not needed"


def test_nothing_is_taken_beyond_the_limit():
    """A level beyond the order's limit is none."""
    desk = RoutingDesk(sweep("AB")).see(book("A", "100@10.01 100@10.02"), book("B", "9@10.03"))
    decision = desk.decide(terms(300, "10.01"))
    assert gets(decision) == [("A", 100, D("10.01"))]
    assert reasons(decision)["B"] == "10.03 is beyond the limit of 10.01"


def test_children_are_whole_lots_and_what_is_odd_goes_with_the_largest_share():
    """What stands there in odd lots is left, unless the odd rest of the order is to go there."""
    desk = RoutingDesk(sweep("AB"), lot_size=D(100))
    desk.see(book("A", "250@10.01"), book("B", "500@10.02"))
    assert gets(desk.decide(terms(430, 11))) == [("A", 230, D("10.01")), ("B", 200, D("10.02"))]
    assert gets(desk.decide(terms(560, 11))) == [("A", 200, D("10.01")), ("B", 360, D("10.02"))]


def test_a_venue_can_have_a_lot_of_its_own():
    """VenueTerms.lot_size stands in the place of the instrument's."""
    desk = RoutingDesk(sweep("AB"), venues=[VenueTerms(session="A", lot_size=D(100))])
    desk.see(book("A", "170@10.01"), book("B", "500@10.02"))
    assert gets(desk.decide(terms(300, 11))) == [("A", 100, D("10.01")), ("B", 200, D("10.02"))]


def test_a_venue_that_takes_no_small_orders_gets_none():
    """What is less than quantity_min goes elsewhere."""
    desk = RoutingDesk(sweep("AB"), venues=[VenueTerms(session="A", quantity_min=D(50))])
    desk.see(book("A", "30@10.01"), book("B", "500@10.02"))
    decision = desk.decide(terms(100, 11))
    assert gets(decision) == [("B", 100, D("10.02"))]
    assert reasons(decision)["A"] == "displays less than 50"


@pytest.mark.parametrize(("bid", "name"), [("10.01", "locked"), ("10.03", "crossed")])
def test_locked_and_crossed_markets_are_swept(bid, name):
    """A level is an offer to trade whatever another venue bids; the decision says how it is."""
    desk = RoutingDesk(sweep("AB")).see(
        book("A", "100@10.01", "100@9.99"), book("B", bids=f"50@{bid}")
    )
    decision = desk.decide(terms(100, 11))
    assert gets(decision) == [("A", 100, D("10.01"))]
    assert decision.reason == f"rule sweep: for all; the market is {name}: bid {bid}, offer 10.01"
    assert reasons(decision)["B"] == "nothing displayed"


def test_books_that_cannot_be_relied_on_are_left_out_and_say_why():
    """Stale, closed, unknown: the other books are swept."""
    desk = RoutingDesk(sweep("ABCDE")).see(
        book("A", "100@10.00", out="stale for 7 s"),
        book("B", "100@10.02"),
        book("C", "100@10.00", status=MarketStatus.HALTED),
        book("E", "100@10.00"),
    )
    desk.do(SessionLoggedOut("E"))
    decision = desk.decide(terms(100, 11))
    assert gets(decision) == [("B", 100, D("10.02"))]
    assert reasons(decision) == {
        "A": "stale for 7 s",
        "B": "100 of 100 displayed up to 10.02, 10.02 after fees",
        "C": "market halted",
        "D": "no market data",
        "E": "not connected",
    }


def test_books_that_have_less_than_the_order_are_swept_and_the_rest_goes_on():
    """What is displayed is taken; the remainder is posted where the route says so."""
    desk = RoutingDesk(sweep("AB", remainder=Remainder.POST))
    desk.see(book("A", "100@10.01"), book("B", "", "100@9.99"))
    decision = desk.decide(terms(500, 10.05))
    assert gets(decision) == [("A", 100, D("10.01"))]
    assert decision.onward == Onward("sweep", Remainder.POST)


def test_with_nothing_to_take_the_remainder_is_decided_at_once():
    """A sweep that finds nothing is no reason to end an order that may be posted."""
    desk = RoutingDesk(sweep("AB", remainder=Remainder.POST))
    desk.see(book("A", "100@10.10", "50@9.98"), book("B", "", "10@9.98"))
    decision = desk.decide(terms(500, "9.98"))
    assert [(leg.venue, leg.quantity, leg.time_in_force) for leg in decision.placements] == [
        ("B", 500, None)
    ]
    assert decision.reason == (
        "rule sweep: for all; nothing to take, then rule sweep: remainder post"
    )
    assert decision.strategy == "post"
    assert decision.legs[1].reason == (
        "nothing displayed; to stand at 9.98, 10 ahead, fees 0: the best expected cost"
    )


@pytest.mark.parametrize("remainder", list(Remainder))
def test_the_rest_of_an_immediate_order_is_not_posted(remainder):
    """Nothing is placed: the order ends."""
    desk = RoutingDesk(sweep("AB", remainder=remainder)).see(book("A", "9@10.10"), book("B"))
    asked = terms(500, "9.98", time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
    decision = desk.decide(asked)
    assert decision.placements == ()
    assert decision.legs[0].reason == (
        "10.10 is beyond the limit of 9.98; what rule sweep leaves is canceled"
    )


def test_fill_or_kill_goes_whole_to_the_venue_that_displays_enough_at_the_best_cost():
    """In parts it would not be one."""
    desk = RoutingDesk(sweep(), venues=[taker("C", "0.02")]).see(
        book("A", "50@10.00"), book("B", "60@10.01 90@10.02"), book("C", "500@10.00")
    )
    events = desk.new(order_terms=terms(100, 11, time_in_force=TimeInForce.FILL_OR_KILL))
    assert children(events) == [("B", 100, 11, "FILL_OR_KILL")]


def test_ten_venues():
    """The best of ten books, each a cent apart from the next, five hundred of each."""
    desk = RoutingDesk(sweep("ABCDEFGHIJ"))
    desk.see(*(book(v, f"500@10.{20 - n:02}") for n, v in enumerate("ABCDEFGHIJ")))
    decision = desk.decide(terms(1700, 11))
    assert gets(decision) == [
        ("G", 200, D("10.14")),
        ("H", 500, D("10.13")),
        ("I", 500, D("10.12")),
        ("J", 500, D("10.11")),
    ]


def test_a_venue_without_immediate_or_cancel_is_not_swept_one_without_market_orders_is():
    """It counts what the child asks for, which is a limit order."""
    venues = [
        VenueTerms(session="A", lacks=(Feature.IMMEDIATE_OR_CANCEL,)),
        VenueTerms(session="B", lacks=(Feature.MARKET,)),
    ]
    desk = RoutingDesk(sweep("AB"), venues=venues).see(book("A", "9@10"), book("B", "9@10.01"))
    decision = desk.decide(terms(9, 0))
    assert gets(decision) == [("B", 9, D("10.01"))]
    assert reasons(decision)["A"] == "lacks immediate_or_cancel"


def test_a_stop_order_takes_nothing():
    """It goes as it is to the first venue that can take it."""
    desk = RoutingDesk(sweep("AB")).see(book("A", "100@10.01"))
    events = desk.new(order_terms=terms(100, 0, ord_type=OrdType.STOP, stop_px=D(12)))
    assert children(events) == [("A", 100, None, "DAY")]


def test_costs_are_told_against_the_mid():
    """Mid 10.00; 100 at 10.01 and 100 at 10.03 with a fee of 0.001: 20 bp and 1 bp."""
    desk = RoutingDesk(sweep("A"), venues=[taker("A", "0.001")])
    desk.see(book("A", "100@10.01 100@10.03", "1@9.99"))
    decision = desk.decide(terms(200, 11))
    (leg,) = decision.placements
    assert (leg.expected_px, leg.fees, leg.cost_bp) == (D("10.02"), D("0.2"), D("21.00"))
    assert (decision.mid, decision.cost_bp, decision.impact_bp) == (10, D("21.00"), None)


def test_the_tier_of_fees_is_that_of_what_was_traded_there_today():
    """What was filled at a venue counts towards its next tier."""
    tiers = (
        FeeTier(volume_to=D(100), taker=Rate(per_share=D("0.02"))),
        FeeTier(volume_from=D(100)),
    )
    desk = RoutingDesk(sweep("AB"), venues=[VenueTerms(session="A", fees=tiers)])
    desk.see(book("A", "100@10.00"), book("B", "100@10.01"))
    assert [each[0] for each in gets(desk.decide(terms(100, 11)))] == ["B"]
    desk.state.venue_volumes["A"] = D(100)
    assert [each[0] for each in gets(desk.decide(terms(100, 11)))] == ["A"]
