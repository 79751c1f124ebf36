"""Operators see how venues answer, and restore one."""

import asyncio
from decimal import Decimal
from types import SimpleNamespace

from watched_desk import BREAKER, WatchedDesk

from oms_fix.daemon.venues import VenueOperations
from oms_fix.model.venues import FeeTier

FEES = (FeeTier(volume_to=Decimal(50)), FeeTier(volume_from=Decimal(50)))


class House:
    """A core whose venue A is described, and whose commands need no store."""

    def __init__(self):
        self.desk = WatchedDesk(
            breaker=BREAKER, fees=FEES, open_orders_max=9, orders_per_second_max=20
        )
        self.state = self.desk.state
        names = {name: SimpleNamespace(name=name, is_client=False) for name in "BA"}
        self.members = {"CLIENT": SimpleNamespace(name="CLIENT", is_client=True), **names}

    def clock(self):
        return self.desk.now

    async def intervene(self, command):
        """Nothing is to be stored."""
        return self.desk.do(command)

    def ask(self, name, **arguments):
        return asyncio.run(VenueOperations(self).handlers[name]("ann", arguments))


def test_venues_are_listed():
    """With their health where they are described, and their state where they are not."""
    house = House()
    first = house.desk.send()
    house.desk.pass_time(0.0004)
    house.desk.ack(cl_ord_id=first)
    house.desk.fill(60, cl_ord_id=first)
    house.desk.answer(True)
    assert house.ask("venues").rows == [
        {
            "venue": "A",
            "kind": "lit",
            "state": "logged on",
            "suspended": "",
            "open_orders": "1/9",
            "this_second": "2/20",
            "acknowledged": 1,
            "rejected": 1,
            "timed_out": 0,
            "filled": "1/2",
            "latency": "0.4 ms",
            "traded": "60",
            "fees": "tier 2/2",
        },
        {"venue": "B", "kind": "", "state": "logged on"},
    ]


def test_it_is_said_until_when_a_venue_is_suspended():
    """Then that the next order tries it, then which one does."""
    house = House()
    house.desk.suspended()
    assert house.ask("venues").rows[0]["suspended"].startswith("until ")
    house.desk.pass_time(30)
    why = "75 % of its last 4 orders failed"
    assert house.ask("venues").rows[0]["suspended"] == f"the next order tries it: {why}"
    child = house.desk.order(house.desk.send()).children[0]
    assert house.ask("venues").rows[0]["suspended"] == f"{child.child_id} tries it: {why}"


def test_a_venue_is_restored():
    """By whoever says why."""
    house = House()
    house.desk.suspended()
    answer = house.ask("venues restore", venue="A", reason="they are back")
    assert (answer.done, answer.lines) == (True, ["venue A: restored, they are back"])
    assert house.desk.record.suspended_until is None


def test_what_cannot_be_restored_is_refused():
    """What is not described, what is not suspended, and what nobody says why."""
    house = House()
    refused = [house.ask("venues restore", venue=name, reason="x").lines[0] for name in "BA"]
    assert refused[0].startswith("no venue B that venues.yaml names")
    assert refused[1] == "venue A is not suspended"
    house.desk.suspended()
    assert house.ask("venues restore", venue="A").lines[0].startswith("NO_REASON")
