"""Venues that answer badly are suspended, tried again, and restored."""

import pytest
from desk import NOW, kinds, told
from watched_desk import BREAKER, SECOND, TO_A, WatchedDesk, legs

from oms_fix.core.orders import health
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrderOperation
from oms_fix.model.events import ChildPlaced, ChildReported
from oms_fix.model.routes import Manual
from oms_fix.model.routing import OrderRouted, RouteLeg
from oms_fix.model.rules import Rules
from oms_fix.model.venue_health import VenueProbed, VenueRestored, VenueSuspended


def of_health(events):
    """Return what happened to the venues themselves."""
    return [each for each in events if isinstance(each, VenueSuspended | VenueRestored)]


def test_nothing_is_kept_of_venues_that_are_not_described():
    """Without venues.yaml there are no records, and events have nothing of time."""
    desk = WatchedDesk()
    events = desk.new() + desk.ack()
    assert desk.state.venue_records == {}
    (placed,) = [each for each in events if isinstance(each, ChildPlaced)]
    (reported,) = [each for each in events if isinstance(each, ChildReported)]
    assert (placed.at, placed.answer_by, placed.fill_by) == (None, None, None)
    assert (reported.answer, reported.latency_us) == (None, None)


def test_a_venue_is_suspended_above_the_share_of_failures():
    """Two failures of four are 50 percent and allowed, the next one is too much."""
    desk = WatchedDesk(breaker=BREAKER)
    assert of_health(desk.answer(False, False, True, True)) == []
    assert of_health(desk.answer(True)) == [
        VenueSuspended("A", NOW + 30 * SECOND, "75 % of its last 4 orders failed")
    ]


def test_a_window_that_is_not_full_suspends_nothing():
    """Three failures in a row are no share of four yet."""
    desk = WatchedDesk(breaker=BREAKER)
    assert of_health(desk.answer(True, True, True)) == []
    assert kinds(of_health(desk.answer(False))) == ["VenueSuspended"]


def test_the_order_that_trips_the_breaker_goes_elsewhere():
    """What is rejected is routed again, by what is known after the reject."""
    desk = WatchedDesk(breaker=BREAKER)
    events = desk.answer(True, True, True, True)
    assert legs(events)["A"] == "rejected this order"
    assert desk.venues_of("N4") == ["A", "B"]


def test_a_suspended_venue_is_an_obstacle():
    """Orders go elsewhere until the second in which the suspension ends, and it is said why."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    desk.pass_time(29.9)
    desk.send()
    until = health.time_of_day(NOW + 30 * SECOND)
    assert legs(desk.events)["A"] == f"suspended until {until}: 75 % of its last 4 orders failed"
    assert desk.venues_of("N5") == ["B"]


def test_an_order_without_another_venue_is_rejected_with_the_reason():
    """The client is told that the venue is suspended."""
    desk = WatchedDesk(TO_A, breaker=BREAKER).suspended()
    desk.send()
    text = desk.events[-1].report.text
    assert text.startswith("VENUES_DOWN")
    assert "75 % of its last 4 orders failed" in text


@pytest.mark.parametrize("reason", sorted(health.OF_THE_ORDER))
def test_rejects_for_what_is_in_the_order_do_not_count(reason):
    """However many there are, they say nothing of the venue."""
    desk = WatchedDesk(TO_A, breaker=BREAKER)
    for _ in range(5):
        assert of_health(desk.refuse(desk.send(), reason)) == []
    assert desk.record.outcomes == {}


@pytest.mark.parametrize("reason", [0, 2, 4, 8, 99, None])
def test_all_other_rejects_count(reason):
    """A reject that gives no reason, too."""
    desk = WatchedDesk(TO_A, breaker=BREAKER)
    for _ in range(3):
        desk.refuse(desk.send(), reason)
    assert kinds(of_health(desk.refuse(desk.send(), reason))) == ["VenueSuspended"]


def test_one_child_tries_a_venue_again():
    """When its time is over one order goes there; the next one elsewhere until that is answered."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    desk.pass_time(30)
    probe = desk.send()
    child = desk.order(probe).children[0]
    assert VenueProbed(child.order_id, child.child_id, "A") in desk.events
    desk.send()
    assert legs(desk.events)["A"] == f"suspended until {child.child_id} is answered"
    assert [desk.venues_of(each) for each in ("N5", "N6")] == [["A"], ["B"]]


def test_a_probe_that_is_acknowledged_restores():
    """Orders go there again, and what it was suspended for counts no more."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    desk.pass_time(30)
    probe = desk.send()
    child_id = desk.order(probe).children[0].child_id
    assert of_health(desk.ack(cl_ord_id=probe)) == [VenueRestored("A", child_id)]
    assert of_health(desk.answer(True, True, True)) == []
    assert desk.venues_of(desk.send()) == ["A"]


def test_a_probe_that_is_rejected_suspends_again():
    """For as long as the first time, from then on."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    desk.pass_time(40)
    probe = desk.send()
    child_id = desk.order(probe).children[0].child_id
    assert of_health(desk.refuse(probe)) == [
        VenueSuspended("A", NOW + 70 * SECOND, f"{child_id} has failed as well")
    ]
    assert desk.venues_of(probe) == ["A", "B"]


def test_a_probe_that_is_refused_for_its_own_sake_restores():
    """The venue has answered as it should."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    desk.pass_time(30)
    assert kinds(of_health(desk.refuse(desk.send(), 13))) == ["VenueRestored"]


def test_an_answer_to_an_earlier_order_does_not_restore():
    """Only the probe tells."""
    desk = WatchedDesk(breaker=BREAKER)
    early = desk.send()
    desk.suspended()
    desk.pass_time(30)
    desk.send()
    assert of_health(desk.ack(cl_ord_id=early)) == []


def test_a_probe_that_an_operator_closes_lets_another_try():
    """What was never answered must not keep the venue away for good."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    desk.pass_time(30)
    probe = desk.send()
    force = cmd.OperateOrder(
        desk.order(probe).order_id, cmd.OrderOperation.FORCE_DONE, "tester", "lost"
    )
    desk.do(force)
    assert desk.venues_of(desk.send()) == ["A"]


def test_an_operator_restores_a_venue():
    """At any time, and on record with the reason; a venue that is not suspended stays as it is."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    restored = VenueRestored("A", operator="tester", reason="it is well again")
    assert desk.restore() == [restored]
    assert desk.restore() == []
    assert desk.venues_of(desk.send()) == ["A"]


def test_without_a_breaker_nothing_is_suspended():
    """Its answers are counted all the same; rules without one end a suspension."""
    desk = WatchedDesk(breaker=BREAKER).suspended()
    desk.describe(quantity_min=1)
    assert of_health(desk.answer(True, True, True, True, True)) == []
    assert desk.record.failures == 5


def test_the_orders_in_a_second_are_limited():
    """The third one in a second goes elsewhere, the first one of the next second does not."""
    desk = WatchedDesk(orders_per_second_max=2)
    venues = [desk.venues_of(desk.send()) for _ in range(3)]
    assert venues == [["A"], ["A"], ["B"]]
    assert legs(desk.events)["A"] == "at its limit of 2 orders a second"
    desk.pass_time(1)
    assert desk.venues_of(desk.send()) == ["A"]


def test_the_open_orders_are_limited():
    """What has ended makes room, and what a bust opens takes it."""
    desk = WatchedDesk(open_orders_max=1)
    first = desk.send()
    desk.ack(cl_ord_id=first)
    assert desk.venues_of(desk.send()) == ["B"]
    assert legs(desk.events)["A"] == "at its limit of 1 open orders"
    desk.fill(100, cl_ord_id=first, exec_id="FILL")
    assert desk.record.standing == set()
    bust = {"exec_ref_id": "FILL", "cum_qty": 0}
    desk.venue(ExecType.TRADE_CANCEL, 0, first, **bust)
    assert desk.venues_of(desk.send()) == ["B"]


def test_small_orders_go_elsewhere():
    """Of less than the smallest quantity; that itself is taken."""
    desk = WatchedDesk(quantity_min=50)
    assert desk.venues_of(desk.send(50)) == ["A"]
    assert desk.venues_of(desk.send(49)) == ["B"]
    assert legs(desk.events)["A"] == "takes no less than 50"


def test_an_order_for_which_all_venues_are_at_their_limit_is_rejected():
    """It says so."""
    desk = WatchedDesk(TO_A, orders_per_second_max=1)
    desk.send()
    desk.send()
    assert told(desk.events) == ["REJECTED REJECTED N2 0/0"]
    assert "A(at its limit of 1 orders a second)" in desk.events[-1].report.text


def test_open_orders_are_counted_when_a_venue_is_first_described():
    """Those that were placed before."""
    desk = WatchedDesk()
    child_id = desk.order(desk.send()).children[0].child_id
    desk.describe(open_orders_max=1)
    assert desk.record.standing == {child_id}
    assert desk.venues_of(desk.send()) == ["B"]


def test_how_a_venue_has_answered_is_said_in_words():
    """Answers, rejects and the latency; nothing where nothing is known."""
    desk = WatchedDesk(quantity_min=1)
    assert health.words(desk.state, "A") == health.words(desk.state, "B") == ""
    cl_ord_id = desk.send()
    desk.pass_time(0.0004)
    desk.ack(cl_ord_id=cl_ord_id)
    assert health.words(desk.state, "A") == "1 of 1 answered, 0.4 ms"
    desk.answer(True)
    assert health.words(desk.state, "A") == "2 of 2 answered, 1 rejected, 0.4 ms"


def test_a_decision_tells_how_a_venue_has_answered():
    """In its leg, whether the venue gets something or not; nothing is said before an answer."""
    desk = WatchedDesk(quantity_min=50)
    desk.answer(True)
    desk.send()
    routed = [each for each in desk.events if isinstance(each, OrderRouted)][-1]
    assert [leg.health for leg in routed.legs] == ["1 of 1 answered, 1 rejected, 0.0 ms", ""]


def test_fills_are_counted_with_their_orders():
    """How many orders had a fill, and how much was traded today."""
    desk = WatchedDesk(quantity_min=1)
    first = desk.send()
    desk.ack(cl_ord_id=first)
    desk.answer(False)
    desk.fill(30, cl_ord_id=first)
    desk.fill(20, cl_ord_id=first)
    assert (desk.record.filled, desk.state.venue_volumes["A"]) == (1, 50)
    desk.do(cmd.EndTradingDay("2026-11-23"))
    assert (desk.record.filled, desk.state.venue_volumes) == (1, {})


def test_a_venue_that_is_described_no_more_is_forgotten():
    """Its orders go on."""
    desk = WatchedDesk(open_orders_max=1)
    cl_ord_id = desk.send()
    desk.describe()
    desk.ack(cl_ord_id=cl_ord_id)
    assert desk.state.venue_records == {}


def test_legs_stay_as_they_are_where_no_time_is_given():
    """Records of routes without a timer have no more in them."""
    desk = WatchedDesk(quantity_min=1)
    desk.send()
    routed = next(each for each in desk.events if type(each).__name__ == "OrderRouted")
    assert routed.legs[0] == RouteLeg("A", 100, "number 1 of the list")


def test_a_trader_may_try_a_venue_whose_suspension_is_over():
    """What is placed from a desk is its probe; before that it is refused."""
    desk = WatchedDesk(TO_A, breaker=BREAKER).suspended()
    venues = tuple(desk.state.venues.values())
    rules = Rules("rules-3", (), (Manual(id="manual", desk="BLOCKS"),), venues=venues)
    desk.do(cmd.LoadRules(rules, "tester"))
    order_id = desk.order(desk.send()).order_id
    place = cmd.OperateOrder(order_id, OrderOperation.PLACE, "bob", "phoned", venue="A")
    assert "suspended until" in desk.do(place)[0].refused
    desk.pass_time(30)
    assert desk.do(place)[0].refused == ""
    assert desk.record.probe == f"{order_id}.1"
