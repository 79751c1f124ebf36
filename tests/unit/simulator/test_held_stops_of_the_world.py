"""The world's observer of the stop orders that the router holds: too early, too late, or right."""

from decimal import Decimal

import pytest
from desk import Desk, terms

from oms_fix.core import stages
from oms_fix.core.orders import stops
from oms_fix.journal.records import Batch, EventRecord
from oms_fix.model import commands as cmd
from oms_fix.model.circumstances import StopTriggered
from oms_fix.model.enums import OrdType
from oms_fix.model.events import OrderReported
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Rules
from oms_fix.model.venues import Feature, VenueTerms
from oms_fix.simulator.world.held_stops import HeldStops
from oms_fix.simulator.world.scopes import TradingStates

VENUE = VenueTerms(session="A", lacks=(Feature.STOP,))
RULES = Rules("rules-2", (), (Direct(id="all", venue="A"),), (), (VENUE,))


class Watched:
    """A desk with a stop order to buy at 12, and what the observer says of it."""

    def __init__(self):
        self.said = []
        trading = TradingStates(self._violate)
        self._stops = HeldStops(self._violate, trading)
        self.desk = Desk()
        self.desk.do(cmd.LoadRules(RULES, "tester"))
        stop = terms(ord_type=OrdType.STOP, price=None, stop_px=Decimal(12))
        self.see(self.desk.new(order_terms=stop))

    def _violate(self, text, *parts):
        self.said.append(text.format(*parts))

    def see(self, events):
        records = [EventRecord(number, 1, event) for number, event in enumerate(events, 1)]
        self._stops.stored(Batch(1, events=records))

    def tell_price(self, price):
        self.see(self.desk.do(cmd.LastPrice("ACME", Decimal(price), "tester")))


@pytest.fixture
def watched():
    return Watched()


def test_right_is_nothing_to_speak_of(watched):
    """Not triggered below StopPx(99), triggered at it; a cancel before that is answered at once."""
    watched.tell_price(11)
    watched.tell_price(12)
    other = Watched()
    other.see(other.desk.cancel())
    assert (watched.said, other.said) == ([], [])


def test_too_early(watched, monkeypatch):
    """A price that does not reach StopPx(99) triggers nothing."""
    monkeypatch.setattr(stops, "is_due", lambda _state, order: order.awaits_price)
    watched.tell_price(11)
    (said,) = watched.said
    assert said.endswith("is triggered by 11: its StopPx is 12, the last price 11")


def test_too_late(watched, monkeypatch):
    """A price that reaches it triggers, and before anything else is done."""
    monkeypatch.setattr(stages, "look_at_stops", lambda *_args: None)
    watched.tell_price(12)
    (said,) = watched.said
    assert said.endswith("is not triggered by 12")


def test_halted(watched):
    """What is reached while trading is halted is due when it goes on."""
    watched.see(watched.desk.halt())
    watched.tell_price(12)
    watched.see(watched.desk.resume())
    assert watched.said == []


def test_placed_without_a_trigger(watched):
    """A stop order that was not triggered is at no venue."""
    events = watched.desk.do(cmd.LastPrice("ACME", Decimal(12), "tester"))
    watched.see([event for event in events if not isinstance(event, StopTriggered)])
    assert watched.said[0].endswith("is a stop order, and placed at A")


def test_unanswered(watched):
    """A cancel of a held stop order waits for nobody."""
    events = watched.desk.cancel()
    watched.see([event for event in events if not isinstance(event, OrderReported)])
    (said,) = watched.said
    assert said.endswith("is held, and Y is not answered at once")
