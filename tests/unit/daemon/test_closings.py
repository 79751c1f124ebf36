"""When the core is told that a market has closed, and that its orders are to end."""

import asyncio
from datetime import datetime

import pytest
from desk import MARKET, Desk, terms

from oms_fix.daemon import closings
from oms_fix.daemon.alarms import Alarms
from oms_fix.daemon.closings import Closings
from oms_fix.model.commands import CloseMarket, EndOrders
from oms_fix.model.enums import ExecType, TimeInForce


def at(text):
    """Return a time, given in ISO 8601, in nanoseconds."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


class House(Desk):
    """A desk that stands for the sequencer, on a Monday."""

    outage = None

    def __init__(self):
        super().__init__()
        self.with_market()
        self.now = at("2026-11-23T15:59:00-05:00")
        self.executed = []
        self.alarms = Alarms(self.clock)

    def clock(self):
        return self.now

    def execute(self, command):
        self.executed.append(command)
        return self.do(command)

    def told(self, clock):
        """Return what is told by a time of the day."""
        self.now = at(f"2026-11-23T{clock}-05:00")
        self.executed.clear()
        self.closings.look()
        return self.executed

    def alarm(self, clock):
        """Return what alarm there is by a time of the day."""
        self.told(clock)
        return [(each.name, each.text) for each in self.alarms.all]


@pytest.fixture
def house():
    """A house that was there on Friday, and before the close of Monday."""
    house = House()
    house.closings = Closings(house, house.alarms)
    house.closings.look()
    assert house.executed == [CloseMarket(MARKET.id, "2026-11-20")]
    house.told("15:59:59")
    return house


def test_orders_end_when_the_venues_have_had_their_time(house):
    """The close is told when it comes, the end of the orders after the market's patience; once."""
    assert house.told("15:59:59") == []
    assert house.told("16:00:00") == [CloseMarket(MARKET.id, "2026-11-23")]
    assert house.told("16:04:59") == []
    assert house.told("16:05:00") == [EndOrders(MARKET.id)]
    assert house.told("16:05:01") == []


def test_after_a_start_venues_have_their_time_again(house):
    """What closed while nobody was there is told at once; venues have not been listened to yet."""
    house.now = at("2026-11-23T17:00:00-05:00")
    house.closings = Closings(house, house.alarms)
    assert house.told("17:00:00") == [CloseMarket(MARKET.id, "2026-11-23")]
    assert house.told("17:04:59") == []
    assert house.told("17:05:00") == [EndOrders(MARKET.id)]


def test_an_expire_time_is_looked_for_at_any_hour(house):
    """The order is taken back once, and not looked for any more."""
    order_terms = terms(time_in_force=TimeInForce.GOOD_TILL_DATE, expire_time="20261123-23:00:00")
    house.told("16:06:00")
    house.told("16:06:01")
    house.new("T", order_terms)
    assert house.told("18:04:59") == []
    assert house.told("18:05:00") == [EndOrders(MARKET.id)]
    assert house.told("18:05:01") == []


def test_while_nothing_can_be_stored_nothing_is_told(house):
    """It is told when it can be."""
    house.outage = "disk full"
    assert house.told("16:00:00") == []
    house.outage = None
    assert house.told("16:00:01") == [CloseMarket(MARKET.id, "2026-11-23")]


@pytest.fixture
def asked(house):
    """A house whose order X its venue has been asked to cancel, at 16:05."""
    house.new()
    house.ack()
    house.told("16:00:00")
    assert house.alarm("16:05:00") == []
    assert house.order().withdrawn is not None
    return house


def not_let_go(house):
    text = f"orders whose time is over and that venues keep, 1: {house.order().order_id}"
    return [("not_let_go", text)]


def test_an_order_that_a_venue_refuses_to_cancel_at_the_close_is_an_alarm(asked):
    """At once, and until it has ended, by whatever."""
    asked.refuse_request(text="busy")
    assert asked.alarm("16:05:01") == not_let_go(asked)
    asked.closings = Closings(asked, asked.alarms)  # a start does not forget it
    assert asked.alarm("16:05:02") == not_let_go(asked)
    asked.cancel()
    asked.venue(ExecType.CANCELED)
    assert asked.alarm("16:05:03") == []


def test_an_unanswered_cancel_at_the_close_is_an_alarm(asked):
    """When the venue has had the market's patience of 300 s once more."""
    assert asked.alarm("16:09:59") == []
    assert asked.alarm("16:10:00") == not_let_go(asked)
    asked.venue(ExecType.CANCELED)
    assert asked.alarm("16:10:01") == []


def test_a_venue_that_lets_go_raises_no_alarm(asked):
    """Nothing is left to look at."""
    asked.venue(ExecType.CANCELED)
    assert asked.alarm("16:10:01") == []


def test_a_kept_order_that_is_replaced_has_its_time_anew(asked):
    """Its venue has taken new terms for it: it works because its client wants that."""
    asked.refuse_request(text="busy")
    asked.replace(terms(90, time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    asked.venue(ExecType.REPLACED)
    assert asked.alarm("16:05:01") == []


def test_one_failure_does_not_end_the_watch(house, monkeypatch):
    """The clock is looked at every second, whatever came of the look before."""
    looks = []

    async def sleep(_seconds):
        if len(looks) == 2:
            await asyncio.Future()

    def look():
        looks.append(1)
        raise RuntimeError("a fault")

    async def run():
        house.closings.start()
        while len(looks) < 2:
            await original(0)
        await house.closings.stop()

    original = asyncio.sleep
    monkeypatch.setattr(closings.asyncio, "sleep", sleep)
    monkeypatch.setattr(house.closings, "look", look)
    asyncio.run(run())
    assert len(looks) == 2
