import pytest
from desk import terms
from routing_desk import D, RoutingDesk, book, children, gets, reasons

from oms_fix.model.commands import SessionLoggedOut
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.model.routes import Iceberg, Post
from oms_fix.model.routing import Onward
from oms_fix.model.venues import FeeTier, Rate, Ticks, VenueTerms


def maker(venue, per_share, taker="0", **more):
    rates = {"maker": Rate(per_share=D(per_share)), "taker": Rate(per_share=D(taker))}
    return VenueTerms(session=venue, fees=(FeeTier(**rates),), **more)


def post(venues="AB", **more):
    return Post(id="post", venues=tuple(venues), **more)


def iceberg(display=100, vary=0, venues="AB", **more):
    shown = {"display_quantity": D(display), "vary_percent": D(vary)}
    return Iceberg(id="iceberg", venues=tuple(venues), **shown, **more)


def test_a_rebate_decides_where_queues_are_alike():
    """All goes to one venue, as the client has ordered it."""
    desk = RoutingDesk(post(), venues=[maker("A", "0.001"), maker("B", "-0.002")])
    desk.see(book("A", "100@10.02", "100@10.00"), book("B", "100@10.02", "100@10.00"))
    events = desk.new(order_terms=terms(100, 10))
    assert children(events) == [("B", 100, 10, "DAY")]


def test_the_chance_of_a_fill_decides_against_a_small_rebate():
    """Behind a queue of 9900 a rebate is worth little: what is missed is paid for later.

    At A: half of it is filled at 10.00, half taken at 10.02 in the end, so 10.01; the mid is 10.01.
    At B: 1 in 100 is filled at 9.998, the rest costs 10.02.
    """
    desk = RoutingDesk(post(), venues=[maker("B", "-0.002")])
    desk.see(book("A", "100@10.02", "100@10.00"), book("B", "100@10.02", "9900@10.00"))
    decision = desk.decide(terms(100, 10))
    assert gets(decision) == [("A", 100, None)]
    (first, second) = decision.legs
    assert (first.cost_bp, first.fees, first.expected_px) == (D("0.00"), 0, 10)
    assert first.reason == "to stand at 10, 100 ahead, fees 0: the best expected cost"
    assert second.reason == "expected cost of 9.77 bp is worse than 0.00 bp at A"


def test_a_limit_that_the_market_has_come_to_costs_what_is_taken():
    """All of it is displayed within: told are those prices, with the fees of what is taken."""
    desk = RoutingDesk(post(), venues=[maker("A", "-0.002", "0.001"), maker("B", "-0.002")])
    desk.see(book("A", "500@10.00", "100@9.98"), book("B", "500@10.02", "100@9.98"))
    (first, second) = desk.decide(terms(100, "10.50")).legs
    assert (first.quantity, first.price, first.expected_px) == (100, None, 10)
    assert (first.fees, first.cost_bp) == (D("0.1"), D("11.01"))
    assert first.reason == "to be filled at once within 10.50"
    assert second.reason == "expected cost of 30.03 bp is worse than 11.01 bp at A"


def test_what_is_displayed_only_in_part_is_reckoned_as_standing():
    """The rest would stand at the limit, so the order is counted at that."""
    desk = RoutingDesk(post("A")).see(book("A", "60@10.00", "100@9.98"))
    (leg,) = desk.decide(terms(100, "10.01")).legs
    assert (leg.quantity, leg.expected_px) == (100, D("10.01"))
    assert leg.reason == "to stand at 10.01, 0 ahead, fees 0: the best expected cost"


@pytest.mark.parametrize(
    ("unknown", "why"),
    [
        ([], "no market data"),
        ([book("A", out="stale: nothing has come")], "stale: nothing has come"),
        ([book("A", "9@10.02", status="halted")], "market halted"),
    ],
)
@pytest.mark.parametrize("route", [post(), iceberg()])
def test_a_venue_whose_queue_is_unknown_comes_last(unknown, why, route):
    """Whatever its rebate: nothing ahead is not what an unknown book says."""
    desk = RoutingDesk(route, venues=[maker("A", "-0.002")])
    desk.see(*unknown, book("B", "100@10.02", "9900@10.00"))
    decision = desk.decide(terms(100, 10))
    assert gets(decision) == [("B", 100, None)]
    assert reasons(decision)["A"] == f"queue unknown ({why}): after venues whose queue is known"


def test_a_venue_whose_queue_is_unknown_is_used_if_no_other_can_take_it():
    """The decision says so, and tells no cost, which depends on the queue."""
    desk = RoutingDesk(post("ABC"), venues=[maker("C", "-0.002")])
    desk.do(SessionLoggedOut("B"))
    desk.see(book("A", out="stale: nothing has come"), book("B", "100@10.02", "100@10.00"))
    decision = desk.decide(terms(100, 10))
    assert gets(decision) == [("C", 100, None)]
    leg = decision.legs[2]
    assert (leg.expected_px, leg.fees, leg.cost_bp) == (10, D("-0.2"), None)
    assert reasons(decision) == {
        "A": "worse than C",
        "B": "not connected",
        "C": "to stand at 10, queue unknown (no market data), fees -0.2: no venue whose queue "
        "is known can take it",
    }


def test_a_book_that_is_known_to_be_empty_has_no_queue():
    """That is knowledge: nothing is ahead there."""
    desk = RoutingDesk(post()).see(book("A", "100@10.02", "100@10.00"), book("B", "100@10.02"))
    assert gets(desk.decide(terms(100, 10))) == [("B", 100, None)]


def test_a_tie_goes_to_the_earlier_venue():
    """With nothing known of either the route's order decides."""
    desk = RoutingDesk(post("BA"))
    decision = desk.decide(terms(100, 10))
    assert gets(decision) == [("B", 100, None)]
    assert reasons(decision)["A"] == "no better than B"


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "10.00"), (Side.SELL, "10.04")])
def test_a_market_order_is_posted_at_the_near_side(side, price):
    """At the best bid of all books to buy, at the best offer to sell."""
    desk = RoutingDesk(post()).see(
        book("A", "100@10.04", "100@9.98"), book("B", "100@10.05", "100@10.00")
    )
    asked = terms(100, 0, side=side)
    assert [leg.price for leg in desk.decide(asked).placements] == [D(price)]


def test_posted_prices_are_on_the_tick_of_the_venue():
    """Rounded away from the other side, so that nothing crosses that was to stand."""
    ticks = (Ticks(tick_size=D("0.01")), Ticks(price_from=D(10), tick_size=D("0.05")))
    desk = RoutingDesk(post("A"), venues=[VenueTerms(session="A", ticks=ticks)])
    assert gets(desk.decide(terms(100, "10.03"))) == [("A", 100, D("10.00"))]
    assert gets(desk.decide(terms(100, "10.03", side=Side.SELL))) == [("A", 100, D("10.05"))]
    assert gets(desk.decide(terms(100, "9.99"))) == [("A", 100, None)]


def test_an_order_to_be_filled_at_once_is_not_posted():
    """Immediate Or Cancel cannot stand."""
    desk = RoutingDesk(post("A"))
    decision = desk.decide(terms(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL))
    assert decision.placements == ()
    assert reasons(decision) == {"A": "an order that is to be filled at once is not posted"}


def test_a_stop_order_goes_as_it_is_to_the_first_venue():
    """It has no price to stand at before it is triggered."""
    desk = RoutingDesk(post())
    decision = desk.decide(terms(100, 0, ord_type=OrdType.STOP, stop_px=D(12)))
    assert gets(decision) == [("A", 100, None)]


def test_an_iceberg_shows_a_part_at_a_time():
    """The next part follows by the same route."""
    desk = RoutingDesk(iceberg()).see(book("A", "9@10.02", "500@10"), book("B", "", "100@10"))
    events = desk.new(order_terms=terms(250, 10))
    assert children(events) == [("B", 100, 10, "DAY")]
    assert desk.order().onward == Onward("iceberg")
    assert gets(desk.decide(None, D(50))) == [("B", 50, None)]


def test_parts_of_an_iceberg_differ_and_are_the_same_in_each_replay():
    """By a checksum of the order and the number of its children, in whole lots."""
    from oms_fix.core.routing.iceberg import part_of

    desk = RoutingDesk(iceberg(display=1000, vary=20), lot_size=D(10))
    order = desk.captured(terms(100_000))
    found = []
    for _ in range(50):
        found.append(part_of(iceberg(1000, 20), order, D(100_000), D(10)))
        order.children.append(None)
    assert found[0] == part_of(iceberg(1000, 20), desk.captured(terms()), D(100_000), D(10))
    assert len(set(found)) > 20
    assert all(800 <= part <= 1200 and part % 10 == 0 for part in found)


def test_the_last_part_of_an_iceberg_is_what_is_left():
    """Less than a lot too."""
    desk = RoutingDesk(iceberg(display=1000), lot_size=D(100))
    assert gets(desk.decide(terms(30))) == [("A", 30, None)]
