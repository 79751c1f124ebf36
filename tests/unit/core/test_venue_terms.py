"""What venues.yaml says of a venue's hours and of replaces, as orders meet it."""

from decimal import Decimal

import pytest
from desk import CLIENT, REFERENCE, Desk, kinds, terms, told
from msgspec import structs
from routing_desk import children, reasons, routed

from oms_fix.model.commands import LoadReferenceData, LoadRules
from oms_fix.model.enums import ExecType, TimeInForce
from oms_fix.model.markets import NANOSECONDS, Market
from oms_fix.model.routes import Direct, Fallback
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules
from oms_fix.model.venues import Feature, VenueTerms

IN_A_OR_B = Fallback(id="a-or-b", venues=("A", "B"))
TO_A = Direct(id="to-a", venue="A")
ON_ITS_WORD = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE)
NO_REPLACE = VenueTerms(session="A", lacks=(Feature.REPLACE,))
BY_HOURS = VenueTerms(session="A", market="XACM")
MINUTE = 60 * NANOSECONDS
# Monday 2025-12-29, 04:20 in New York, is the time of every desk.
OPENS_LATER = {"open": "09:30:00", "close": "16:00:00"}
OPEN = {"open": "04:00:00", "close": "16:00:00"}


def desk_with(*described, route=IN_A_OR_B, clients=(), **hours):
    """Return a desk whose venues are described so; ``hours`` are those of market XACM."""
    desk = Desk()
    market = Market(id="XACM", time_zone="America/New_York", **(hours or OPEN))
    desk.do(LoadReferenceData(structs.replace(REFERENCE, markets=(market,)), "tester"))
    desk.do(LoadRules(Rules("rules-2", (), (route,), clients, described), "tester"))
    return desk


# --- hours ----------------------------------------------------------------------------------------


def test_a_venue_whose_market_is_closed_is_passed_over():
    """The next venue of the route gets the order; the decision says when the first opens."""
    events = desk_with(BY_HOURS, **OPENS_LATER).new()

    assert [venue for venue, *_ in children(events)] == ["B"]
    assert reasons(routed(events)) == {
        "A": "closed until 2025-12-29 09:30:00 America/New_York",
        "B": "number 2 of the list",
    }


def test_after_the_close_a_venue_is_closed_until_the_next_trading_day():
    """Holidays and weekends are no days on which it opens."""
    hours = {"open": "01:00:00", "close": "04:00:00", "holidays": ("2025-12-30",)}
    events = desk_with(BY_HOURS, **hours).new()

    assert reasons(routed(events))["A"] == "closed until 2025-12-31 01:00:00 America/New_York"


def test_a_venue_gets_orders_while_its_market_is_open():
    """Within its hours it is a venue like any other."""
    assert [venue for venue, *_ in children(desk_with(BY_HOURS).new())] == ["A"]


def test_a_venue_of_no_market_is_always_open():
    """Without `market` nothing is known of its hours."""
    described = VenueTerms(session="A", mic="XACM")
    assert [venue for venue, *_ in children(desk_with(described, **OPENS_LATER).new())] == ["A"]


@pytest.mark.parametrize(
    "time_in_force",
    [TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE, TimeInForce.AT_THE_OPENING],
)
def test_orders_for_later_go_to_a_closed_venue(time_in_force):
    """Orders of several days and for the opening may come early, as in the check trading_hours."""
    desk = desk_with(BY_HOURS, **OPENS_LATER)
    until = "20260105" if time_in_force is TimeInForce.GOOD_TILL_DATE else None
    early = terms(time_in_force=time_in_force, expire_date=until)

    assert [venue for venue, *_ in children(desk.new(order_terms=early))] == ["A"]


def test_an_order_that_only_closed_venues_could_take_is_rejected():
    """Its text says which venues, and until when."""
    events = desk_with(BY_HOURS, route=TO_A, **OPENS_LATER).new()

    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert "A(closed until 2025-12-29 09:30:00 America/New_York)" in events[-1].report.text


def test_what_comes_back_after_the_close_does_not_go_to_a_closed_venue():
    """Where the only other venue is closed by then, the order ends with the reject."""
    desk = desk_with(structs.replace(BY_HOURS, session="B"), open="04:00:00", close="04:30:00")
    desk.new()
    desk.now += 10 * MINUTE

    events = desk.venue(ExecType.REJECTED)
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert children(events) == []


# --- replaces -------------------------------------------------------------------------------------


def test_at_a_venue_without_replaces_an_order_is_placed_anew():
    """The child is canceled; once the venue has done so the order is replaced and sent again."""
    desk = desk_with(NO_REPLACE, route=TO_A)
    desk.new()
    desk.ack()
    asked = desk.replace(terms(80, price=11))
    assert told(asked) == ["PENDING_REPLACE PENDING_REPLACE Y 0/100"]
    assert kinds(asked)[-1] == "ChildCancelRequested"

    answered = desk.venue(ExecType.CANCELED)
    assert told(answered) == ["REPLACED NEW Y 0/80"]
    assert children(answered) == [("A", 80, Decimal(11), "DAY")]


def test_what_is_filled_before_the_cancel_is_not_placed_again():
    """No more than OrderQty(38) of the replace is filled, whatever crosses the cancel."""
    desk = desk_with(NO_REPLACE, route=TO_A)
    desk.new()
    desk.ack()
    desk.replace(terms(80))
    desk.fill(30)

    answered = desk.venue(ExecType.CANCELED)
    assert told(answered) == ["REPLACED PARTIALLY_FILLED Y 30/50"]
    assert children(answered) == [("A", 50, Decimal(10), "DAY")]


def test_a_venue_that_takes_replaces_gets_one():
    """In place, which keeps what priority it grants."""
    desk = desk_with(NO_REPLACE, route=Direct(id="to-b", venue="B"))
    desk.new()
    desk.ack()

    assert kinds(desk.replace(terms(80)))[-1] == "ChildReplaceRequested"


def test_with_direct_access_the_router_speaks_for_a_venue_without_replaces():
    """What it makes of a replace, two requests, could not be told in the venue's words."""
    desk = desk_with(NO_REPLACE, route=TO_A, clients=(ON_ITS_WORD,))

    assert told(desk.new()) == ["NEW NEW X 0/100"]
    desk.ack()
    desk.replace(terms(80))
    assert told(desk.venue(ExecType.CANCELED)) == ["REPLACED NEW Y 0/80"]
