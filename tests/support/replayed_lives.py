"""Random lives under many checks, replayed: by the same rules nothing differs."""

import copy
from decimal import Decimal

from desk import CLIENT, NOW, WITH_MARKET
from msgspec import structs

from oms_fix.core.image import difference
from oms_fix.core.orders.state import State
from oms_fix.journal.rerun import Decision, StoredEventText
from oms_fix.journal.rows import RECORD_VERSION, body
from oms_fix.journal.whatif import Replay
from oms_fix.model.check_base import Action, Scope
from oms_fix.model.commands import LoadReferenceData, LoadRules
from oms_fix.model.conduct_checks import Conduct, DuplicateOrder, OrderRate, SelfMatch
from oms_fix.model.exposure_checks import (
    Cash,
    DailyTurnover,
    GrossExposure,
    OpenOrderCount,
    PositionLimit,
)
from oms_fix.model.order_checks import AccountKnown, OrderQuantity

CHECKS = (
    AccountKnown(id="known"),
    OrderQuantity(id="quantity", quantity_max=Decimal(110), warn_at_percent=Decimal(90)),
    PositionLimit(id="position", quantity_max=Decimal(200), warn_at_percent=Decimal(50)),
    GrossExposure(id="gross", notional_max=Decimal(2500), per=Scope.FIRM),
    DailyTurnover(id="turnover", notional_max=Decimal(4000)),
    OpenOrderCount(id="open", orders_max=5),
    Cash(id="cash", cash_min=Decimal(1000)),
    OrderRate(id="rate", per_second=Decimal(1), burst_max=12, per=Conduct.ACCOUNT),
    DuplicateOrder(id="alike", seconds=60, action=Action.WARN),
    SelfMatch(id="match"),
)
ACCOUNTS = (structs.replace(WITH_MARKET.accounts[0], cash=Decimal(4000), clients=(CLIENT,)),)
REFERENCE = structs.replace(WITH_MARKET, version="reference-3", accounts=ACCOUNTS)


class Replayed:
    """Goes before a kind of lives: what comes in and what it leads to is kept as a store has it."""

    def open(self):
        self.decisions = []
        desk = super().open()
        self.do(LoadReferenceData(REFERENCE, "tester"))
        self.do(LoadRules(self.rules_with(*CHECKS), "tester"))
        return desk

    def rules_with(self, *checks):
        """Return the rules of now with other checks."""
        return structs.replace(self.desk.state.rules, version="rules-3", checks=checks)

    def do(self, command):
        text = body(command)
        events = super().do(command)
        texts = [StoredEventText(0, 0, body(event)) for event in events]
        self.decisions.append(Decision(0, 0, NOW, text, texts, RECORD_VERSION))
        return events

    def teardown(self):
        """The same checks say the same, and come to the same state; tighter ones only stop more."""
        super().teardown()
        state = State()
        same = self.replayed(state, *CHECKS)
        assert same.differences == ()
        assert (same.not_judged, difference(state, self.desk.state)) == (0, None)
        for checks in ((), *((each,) for each in tighter())):
            self.replayed(State(), *checks)
        nothing = State()
        none_passes = self.replayed(nothing, OrderQuantity(id="none", quantity_max=Decimal("0.1")))
        assert all(each.now == "rejected" for each in none_passes.differences)
        assert not nothing.positions
        assert not nothing.exposure.open

    def replayed(self, state, *checks):
        replay = Replay(state, self.rules_with(*checks), copy.deepcopy(REFERENCE))
        for decision in self.decisions:
            replay.go_on(decision)
        return replay.result()


def tighter():
    """Yield checks that stop some orders and some replaces, and hold others."""
    yield PositionLimit(id="position", quantity_max=Decimal(60))
    yield OrderQuantity(id="quantity", quantity_max=Decimal(60), action=Action.HOLD)
    yield OpenOrderCount(id="open", orders_max=1)
