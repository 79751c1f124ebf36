from desk import terms
from images import written_and_read
from routing_desk import D, RoutingDesk, book, gets, reasons

from oms_fix.core.image import difference
from oms_fix.model.commands import EndTradingDay
from oms_fix.model.enums import TimeInForce
from oms_fix.model.orders import OtherField
from oms_fix.model.routes import BrokerAlgo, Direct, Fallback, Manual, Split, SplitBy, SplitLeg
from oms_fix.model.venues import Algorithm, VenueTerms


def split(by, **percents):
    legs = tuple(SplitLeg(venue, D(percent)) for venue, percent in percents.items())
    return Split(id="split", legs=legs, by=by)


def test_split_by_what_is_displayed():
    """Within the order's limit, in whole lots, what is odd with the largest."""
    desk = RoutingDesk(split(SplitBy.DISPLAYED, A=50, B=30, C=20), lot_size=D(10))
    desk.see(book("A", "100@10.01"), book("B", "200@10 100@10.01 900@10.02"))
    decision = desk.decide(terms(205, "10.01"))
    assert gets(decision) == [("A", 50, None), ("B", 155, None)]
    assert reasons(decision) == {
        "A": "100 of the 400 displayed",
        "B": "300 of the 400 displayed",
        "C": "0 of the 400 displayed",
    }


def test_split_by_what_was_traded():
    """What we traded at each venue, today first of all."""
    desk = RoutingDesk(split(SplitBy.HISTORICAL, A=50, B=50))
    desk.new()
    desk.fill(30, child=0)
    desk.fill(10, child=1)
    desk.new("Y", terms(100))
    placed = [(child.venue, child.terms.order_qty) for child in desk.order("Y").children]
    assert placed == [("A", 75), ("B", 25)]


def trade_a_day(desk, day, **volumes):
    """Have so much be filled at venues on a trading day, which then ends."""
    desk.state.venue_volumes |= {venue: D(volume) for venue, volume in volumes.items()}
    desk.do(EndTradingDay(f"2026-11-{day}"))


def test_split_by_what_was_traded_in_the_last_five_days():
    """Today and the four days before it with trades; of earlier ones nothing is kept."""
    desk = RoutingDesk(split(SplitBy.HISTORICAL, A=50, B=50))
    trade_a_day(desk, 12, A=30)
    trade_a_day(desk, 13, B=10)
    trade_a_day(desk, 16)
    decision = desk.decide(terms(80))
    assert gets(decision) == [("A", 60, None), ("B", 20, None)]
    assert reasons(decision)["A"] == "30 of the 40 traded by us in the last days"
    for day in (17, 18, 19):
        trade_a_day(desk, day, A=5, B=5)
    desk.state.venue_volumes["A"] = D(5)
    assert gets(desk.decide(terms(90))) == [("A", 40, None), ("B", 50, None)]
    again = written_and_read(desk.state)
    assert difference(again, desk.state) is None
    assert len(again.past_volumes) == 4


def test_split_by_percent_where_nothing_else_is_known():
    """The percentages are what is gone by then."""
    for by in SplitBy:
        decision = RoutingDesk(split(by, A=60, B=40)).decide(terms(100))
        assert gets(decision) == [("A", 60, None), ("B", 40, None)]
        assert reasons(decision)["A"] == "60 percent"


def test_the_share_that_a_venue_does_not_take_goes_to_the_others():
    """A venue that takes no less than 50 gets none of 40."""
    desk = RoutingDesk(
        split(SplitBy.PERCENT, A=60, B=40), venues=[VenueTerms(session="B", quantity_min=D(50))]
    )
    decision = desk.decide(terms(100))
    assert gets(decision) == [("A", 100, None)]
    assert reasons(decision)["B"] == "takes no less than 50"


def test_an_order_with_a_least_quantity_is_not_split():
    """It goes to the venue that displays enough, else to the largest share."""
    desk = RoutingDesk(split(SplitBy.PERCENT, A=40, B=60))
    asked = terms(100, 11, min_qty=D(10))
    assert gets(desk.decide(asked)) == [("B", 100, None)]
    desk.see(book("A", "100@10"))
    assert gets(desk.decide(asked)) == [("A", 100, None)]


def test_direct_and_fallback_show_the_books_that_are_known():
    """What it is expected to cost is on record for every strategy."""
    for route in (Direct(id="to-a", venue="A"), Fallback(id="list", venues=("A", "B"))):
        desk = RoutingDesk(route).see(book("A", "100@10.02", "100@10.00"))
        leg = desk.decide(terms(100, 11)).legs[0]
        assert (leg.best, leg.displayed, leg.expected_px) == (D("10.02"), 100, D("10.02"))
        assert (leg.fees, leg.cost_bp) == (0, D("9.99"))


def test_an_algorithm_is_named_as_its_broker_has_it():
    """Parameters with tags of their own go there, the others in StrategyParametersGrp."""
    vwap = Algorithm(
        name="VWAP", target_strategy="2", strategy_tag=9001, parameter_tags={"Start": 168}
    )
    route = BrokerAlgo(
        id="algo",
        venue="A",
        algorithm="VWAP",
        parameters={"Start": "20261123-14:30:00", "Style": "passive", "Part": "10"},
    )
    desk = RoutingDesk(route, venues=[VenueTerms(session="A", algorithms=(vwap,))])
    (leg,) = desk.decide(terms(100)).placements
    assert leg.other_fields == (
        OtherField(9001, "2"),
        OtherField(168, "20261123-14:30:00"),
        OtherField(
            957,
            "2",
            (
                (958, "Style"),
                (959, "14"),
                (960, "passive"),
                (958, "Part"),
                (959, "14"),
                (960, "10"),
            ),
        ),
    )
    assert leg.reason == "to be worked by VWAP"


def test_an_algorithm_that_the_broker_does_not_offer():
    """Nothing is sent that would be worked otherwise than it was meant."""
    desk = RoutingDesk(BrokerAlgo(id="algo", venue="A", algorithm="VWAP"))
    assert reasons(desk.decide(terms(100))) == {"A": "offers no algorithm VWAP"}


def test_manual_names_a_desk():
    """No venue gets anything; somebody places it."""
    decision = RoutingDesk(Manual(id="care", desk="bonds")).decide(terms(100))
    assert (decision.legs, decision.desk, decision.strategy) == ((), "bonds", "manual")


def test_fill_or_kill_is_told_whose_it_is():
    """The reason says that it may not be divided."""
    desk = RoutingDesk(split(SplitBy.PERCENT, A=40, B=60))
    decision = desk.decide(terms(100, time_in_force=TimeInForce.FILL_OR_KILL))
    assert reasons(decision) == {
        "A": "not needed",
        "B": "an order that may not be divided goes to the largest share",
    }
