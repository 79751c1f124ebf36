from decimal import Decimal

import pytest
from desk import CLIENT, REFERENCE, terms
from msgspec import structs
from recorded_desk import RecordedDesk

from oms_fix.core.image import difference
from oms_fix.core.orders.state import State
from oms_fix.journal.records import StoreError
from oms_fix.journal.whatif_routing import (
    ExpectedCost,
    RoutingReplay,
    RoutingWhatIf,
    what_if_routed,
)
from oms_fix.model.enums import ExecType
from oms_fix.model.market_data import Level, SeeMarket, VenueBook
from oms_fix.model.routes import Direct, Fallback, Remainder, Sweep
from oms_fix.model.routing import OrderRouted
from oms_fix.model.rules import Rules
from oms_fix.model.venues import FeeTier, Rate, VenueTerms

TO_A = Direct(id="to-a", venue="A")
TO_B = Direct(id="to-b", venue="B")
SWEEP = Sweep(id="sweep", venues=("A", "B"), remainder=Remainder.CANCEL)


def book(venue, *offers):
    """Return a book with a bid of 9.98 and some offers of (price, size)."""
    levels = tuple(Level(Decimal(price), Decimal(size)) for price, size in offers)
    return VenueBook(venue, (Level(Decimal("9.98"), Decimal(500)),), levels)


class SeeingDesk(RecordedDesk):
    """A recorded desk that sees a market, whose day can be routed under other rules."""

    def __init__(self, path):
        self.decided = []
        super().__init__(path, [TO_A])
        self.path = path

    def do(self, command):
        events = super().do(command)
        self.decided += [(event, self.now) for event in events]
        return events

    def see(self, *books):
        self.do(SeeMarket("ACME", books))

    def under(self, *routes, venues=(), without=(), reference=REFERENCE):
        rules = Rules("new", (), routes, venues=venues)
        return what_if_routed(self.path, rules, reference, _silent, without)


def _silent(_done, _total):
    """Nobody looks."""


@pytest.fixture
def desk(tmp_path):
    """Make a desk at which A offers 100 at 10.02, and B 60 at 10.00; the mid is 9.99."""
    made = SeeingDesk(tmp_path / "oms.db")
    made.see(book("A", ("10.02", 100)), book("B", ("10.00", 60)))
    yield made
    made.close()


def placed(routed):
    """Return what goes where."""
    return [(leg.venue, leg.quantity) for leg in routed.placed]


def test_the_same_rules_route_alike(desk):
    """Nothing goes elsewhere, and the cost is the same."""
    desk.new("X", terms(100, "10.02"))
    found = desk.under(TO_A)
    assert (found.orders, found.rerouted) == (1, ())
    assert found.cost == ExpectedCost(
        orders=1,
        notional_then=Decimal(999),
        notional_now=Decimal(999),
        cost_then=Decimal("2.999997"),
        cost_now=Decimal("2.999997"),
    )
    assert found.cost_of_rerouted == ExpectedCost()


def test_what_would_go_elsewhere(desk):
    """Both decisions are told, with what each is expected to cost at the mid of then."""
    desk.new("X", terms(60, "10.02"))
    (each,) = desk.under(TO_B).rerouted
    order = desk.order("X")
    assert (each.order_id, each.client, each.cl_ord_id) == (order.order_id, CLIENT, "X")
    assert (each.at, each.terms) == (desk.now, order.terms)
    assert (each.then.route_id, each.then.strategy, placed(each.then)) == (
        "to-a",
        "direct",
        [("A", 60)],
    )
    assert (each.now.route_id, placed(each.now)) == ("to-b", [("B", 60)])
    assert (each.then.notional, each.now.notional) == (Decimal("599.4"), Decimal("599.4"))
    assert (each.then.cost_bp, each.now.cost_bp) == (Decimal("30.03"), Decimal("10.01"))
    assert (each.then.cost, each.now.cost) == (Decimal("1.799998200"), Decimal("0.599999400"))


def test_costs_are_weighted_by_notional(desk):
    """A large order counts more than a small one, over all and over those routed otherwise."""
    desk.new("SMALL", terms(40, "10.02"))
    desk.see(book("A", ("9.99", 100)))
    desk.new("LARGE", terms(60, "10.02"))
    swept = desk.under(SWEEP)
    assert swept.cost == swept.cost_of_rerouted
    assert swept.cost == ExpectedCost(
        orders=2,
        notional_then=Decimal("998.7"),  # 40 at 9.99, 60 at 9.985
        notional_now=Decimal("998.7"),
        cost_then=Decimal("1.5001479"),  # 30.03 bp of the first, 5.01 bp of the second
        cost_now=Decimal("0.7001487"),  # 10.01 bp, 5.01 bp
    )
    bp_then, bp_now = swept.cost.bp_then, swept.cost.bp_now
    assert (round(bp_then, 4), round(bp_now, 4)) == (Decimal("15.0210"), Decimal("7.0106"))


def test_each_is_routed_by_the_market_of_then(desk):
    """What is seen after an order was routed plays no part in it."""
    desk.new("FIRST", terms(60, "10.02"))
    desk.see(book("A", ("9.99", 100)))
    desk.new("SECOND", terms(60, "10.02"))
    found = desk.under(SWEEP)
    assert [(each.cl_ord_id, placed(each.now)) for each in found.rerouted] == [
        ("FIRST", [("B", 60)]),
        ("SECOND", [("A", 60)]),
    ]


def test_only_the_first_decision_is_compared(desk):
    """What a venue's reject leads to is not: of other children nobody knows what becomes."""
    desk.new("X", terms(60, "10.02"))
    desk.venue(ExecType.REJECTED)
    assert desk.under(TO_B).orders == 1


def test_fees_count(desk):
    """Other fees make another cost, though the same goes to the same venue."""
    desk.new("X", terms(100, "10.02"))
    dear = VenueTerms(session="A", fees=(FeeTier(taker=Rate(basis_points=Decimal(10))),))
    found = desk.under(TO_A, venues=(dear,))
    assert found.rerouted == ()
    assert found.cost.bp_then == Decimal("30.03")
    assert found.cost.bp_now == Decimal("40.06")


def test_no_rule_and_no_venue(desk):
    """An order that would go nowhere says why; its cost is unknown."""
    desk.new("X", terms(60, "10.02"))
    never = Direct(id="never", when={"Symbol": "OTHER"}, venue="A")
    gone = Fallback(id="gone", venues=("D", "E"))
    (nowhere,), (down,) = (desk.under(route).rerouted for route in (never, gone))
    assert nowhere.now.why_not == "no rule matches"
    assert (down.now.route_id, down.now.placed) == ("gone", ())
    assert down.now.why_not == "D: not connected, E: not connected"
    assert desk.under(never).cost == ExpectedCost(unknown=1)


def test_what_is_stopped_is_not_routed(desk):
    """Orders that the new checks do not let come so far are left out."""
    desk.new("X", terms(60, "10.02"))
    found = desk.under(TO_B, without={desk.order("X").order_id})
    assert found == RoutingWhatIf(0, (), ExpectedCost(), ExpectedCost())


def test_costs_that_were_not_told(desk):
    """Of a decision without them they are what its rules make of the same state."""
    desk.new("X", terms(60, "10.02"))
    found = replayed(desk, State(), cost_bp=None, mid=None)
    (each,) = found.rerouted
    assert (each.then.cost_bp, each.then.notional) == (Decimal("30.03"), Decimal("599.4"))
    (each,) = replayed(desk, State(), cost_bp=Decimal(20), mid=Decimal(10)).rerouted
    assert (each.then.cost_bp, each.then.notional) == (Decimal(20), Decimal(600))


def replayed(desk, state, **changes):
    """Replay what was decided with changes to the routing decisions, under all to B."""
    replay = RoutingReplay(state, Rules("new", (), (TO_B,)), REFERENCE)
    for event, at in desk.decided:
        routed = isinstance(event, OrderRouted)
        replay.go_on(structs.replace(event, **changes) if routed else event, at)
    return replay.result()


def test_the_day_is_folded_as_it_was(desk):
    """Asking other rules changes nothing: the state is in the end what the core has."""
    desk.new("X", terms(60, "10.02"))
    desk.ack()
    desk.fill(20)
    state = State()
    assert len(replayed(desk, state).rerouted) == 1
    assert difference(state, desk.state) is None


def test_a_day_that_is_not_there(tmp_path):
    """The error names the file."""
    with pytest.raises(StoreError, match=r"other\.db: no message store here"):
        what_if_routed(tmp_path / "other.db", Rules("new"), REFERENCE, _silent)
