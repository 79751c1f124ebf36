"""Operators see what is held for review, and decide on what they name."""

import asyncio
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from desk import CLIENT, terms
from reviewed_desk import BIG, MINUTE, TEXT, ReviewedDesk

from oms_fix.daemon import review_times
from oms_fix.daemon.review_times import ReviewTimes
from oms_fix.daemon.reviews import ReviewOperations
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.journal.records import Counters
from oms_fix.model.commands import NewOrderSingle
from oms_fix.model.reviews import ReviewOverdue


class House:
    """A core of which an order X of client CLIENT is held, whose commands need no store."""

    def __init__(self, **changes):
        self.desk = ReviewedDesk(**changes)
        self.state = self.desk.state
        clients = {name: SimpleNamespace(is_client=True) for name in (CLIENT, "OTHER")}
        self.members = {**clients, "A": SimpleNamespace(is_client=False)}

    async def intervene(self, command):
        """Nothing is to be stored."""
        return self.desk.do(command)

    def ask(self, name, operator="ann", **arguments):
        handler = ReviewOperations(self).handlers[f"review {name}"]
        return asyncio.run(handler(operator, arguments))

    def decide(self, name, review="X", operator="ann"):
        return self.ask(name, operator, review=review, reason="looked at it")


@pytest.fixture
def house():
    """A house where an order X is held."""
    found = House()
    found.desk.new("X", BIG)
    return found


def test_what_is_held_is_listed(house):
    """With all that one has to know to decide; times are whole numbers, in UTC."""
    order_id = house.desk.order().order_id
    now = house.desk.now
    assert house.ask("list").rows == [
        {
            "review": f"{order_id}/1",
            "order_id": order_id,
            "kind": "order",
            "client": CLIENT,
            "cl_ord_id": "X",
            "account": "FUND",
            "side": "BUY",
            "order_qty": "500",
            "symbol": "ACME",
            "ord_type": "LIMIT",
            "price": "10",
            "stop_px": "",
            "time_in_force": "DAY",
            "in_place_of": "",
            "notional": "5000",
            "codes": "ORDER_NOTIONAL_LIMIT",
            "opened_at": now,
            "until_at": now + 30 * MINUTE,
            "approvals": 0,
            "approvals_needed": 1,
            "four_eyes": "no",
            "entered_by": "",
            "rules_version": "rules-2",
        }
    ]
    house.decide("approve")
    assert house.ask("list").rows == []


def test_a_review_is_shown_with_codes_and_approvals(house):
    """By the name of the review, by its ClOrdID(11) or its OrderID(37)."""
    house.desk.new("L", terms(3000))
    house.decide("approve", "L")
    order_id = house.desk.order("L").order_id
    for name in ("L", order_id, f"{order_id}/2"):
        review, hold, approval = house.ask("show", review=name).rows
        assert (review["cl_ord_id"], review["approvals"]) == ("L", 1)
        assert hold["code"] == "ORDER_NOTIONAL_LIMIT"
        assert (approval["operator"], approval["reason"]) == ("ann", "looked at it")
    assert house.ask("show", review="X").rows[1]["text"] == TEXT
    answer = house.ask("show", review="NONE")
    assert (answer.done, answer.code) == (False, "UNKNOWN_REVIEW")


def test_four_eyes_are_the_names_of_the_peers_of_the_socket():
    """Entered by one, approved by another, and by a third above the second limit."""
    house = House()
    house.desk.enter(terms(3000), "bob")
    answers = [house.decide("approve", operator=name) for name in ("bob", "ann", "ann", "cat")]
    assert [(each.done, each.code) for each in answers] == [
        (False, "OWN_ORDER"),
        (True, ""),
        (False, "APPROVED_ALREADY"),
        (True, ""),
    ]
    assert answers[-1].rows[0]["ord_status"] == "NEW"
    assert "operator cat: approve review X, because: looked at it" in answers[-1].lines[0]
    assert house.desk.order().children


def test_a_rejection_is_answered(house):
    """The order has ended."""
    answer = house.decide("reject")
    assert (answer.done, answer.rows[0]["ord_status"]) == (True, "REJECTED")


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_what_was_seen_before_a_replace_is_not_decided_on(house, decision):
    """Neither by the name of the review nor by ClOrdID(11) or OrderID(37)."""
    order_id = house.desk.order().order_id
    house.desk.replace(terms(600))
    (row,) = house.ask("list").rows
    assert (row["kind"], row["order_qty"]) == ("replace", "600")
    assert row["in_place_of"] == "BUY 500 ACME LIMIT 10 DAY account FUND"
    for seen in ("X", f"{order_id}/1", order_id):
        answer = house.decide(decision, seen)
        assert (answer.done, answer.code) == (False, "REVIEW_CHANGED")
        assert answer.lines[0].endswith(f"review={order_id}/2 ClOrdID=Y")
    assert house.decide(decision, "Y").done


@pytest.mark.parametrize("name", ["", "NOTHING", "caf\u00e9", "x" * 201, "A\x01B"])
def test_a_name_of_nothing_is_refused(house, name):
    """And nothing is decided."""
    answer = house.decide("approve", name)
    assert (answer.done, answer.code in ("UNKNOWN_REVIEW", "INVALID_VALUE")) == (False, True)
    assert house.state.reviews


def test_an_id_of_two_clients_names_no_review(house):
    """The answer says which reviews it may be."""
    house.desk.do(NewOrderSingle("OTHER", "X", BIG))
    answer = house.decide("approve")
    assert (answer.done, answer.code) == (False, "AMBIGUOUS")
    named = [row["review"] for row in house.ask("list").rows]
    assert answer.lines[0].endswith(",".join(named))
    assert house.decide("approve", named[0]).done


# --- time ---------------------------------------------------------------------------------------


class Watch:
    """Who looks whether the time of what is held is over."""

    def __init__(self, desk):
        self.cut_off = False
        self.desk = desk
        self._times = ReviewTimes(
            desk.state,
            lambda: desk.now,
            lambda: self.cut_off,
            lambda order_id: desk.do(ReviewOverdue(order_id)),
        )

    def after(self, minutes):
        """Look so many minutes later; return whether the order is still held."""
        self.desk.now += minutes * MINUTE
        self._times.look()
        return bool(self.desk.state.reviews)


def test_what_is_overdue_is_told(house):
    """Not before it is."""
    watch = Watch(house.desk)
    assert [watch.after(29), watch.after(1)] == [True, False]


def test_what_is_overdue_is_told_once_it_can_be_stored(house):
    """Nothing is decided that is not stored."""
    watch = Watch(house.desk)
    watch.cut_off = True
    assert watch.after(31)
    watch.cut_off = False
    assert not watch.after(0)


def test_what_was_overdue_when_the_router_was_down_is_told_at_its_start(house):
    """Nobody has to send anything first."""
    batches = []
    store = SimpleNamespace(
        counters=lambda: Counters(0, 0, 0, 0),
        sessions=dict,
        commit=batches.append,
        sync=lambda: None,
        sent=lambda *_: [],
        sent_now=lambda *_: None,
        waits_for_disk=True,
        has_log_to_finish=False,
        checkpoint_is_due=False,
    )
    later = house.desk.now + 31 * MINUTE

    async def start():
        sequencer = Sequencer(house.state, store, lambda: later, pytest.fail)
        with patch.object(review_times, "_LOOK_SECONDS", 0):
            sequencer.watch_times()
            while house.state.reviews:  # noqa: ASYNC110  # the core tells nobody
                await asyncio.sleep(0)
        await sequencer.close()

    asyncio.run(start())
    commands = [each.command for batch in batches for each in batch.commands]
    assert commands == [ReviewOverdue(house.desk.order().order_id)]
