"""A recorded day's routing under other rules: what would have gone elsewhere, at which cost.

Theory of operation
-------------------
The events of the day are folded as they are. Just before the first routing decision of an order is
applied, the other rules are asked to decide too: on the very state that the decision was made on,
with its books, positions, connections and what was traded at each venue by then. The two are
compared, and what each is expected to cost.

Only the first decision of an order is compared: what comes after depends on what venues made of its
children, and of the children of another decision nobody knows that. An order that was never routed
has nothing to compare. A venue that was not connected then gets nothing under other rules either.
"""

import copy
from collections.abc import Callable, Collection
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from oms_fix.core.apply import apply
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.routing.decide import decide
from oms_fix.core.routing.decision import Decision
from oms_fix.journal.carry import carried_state
from oms_fix.journal.days import one_day
from oms_fix.journal.records import StoreError
from oms_fix.journal.rerun import OtherDecisionError, decisions
from oms_fix.journal.rows import decode_event
from oms_fix.model.events import Event, ReferenceDataLoaded, RulesLoaded
from oms_fix.model.instruments import EXACT
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routing import Onward, OrderRouted, RouteLeg
from oms_fix.model.rules import ReferenceData, Rules

_OF_RULES = ("rules", "routes", "venues")
_OF_REFERENCE = ("reference_version", "instruments", "accounts", "markets")
_PROGRESS_STEP = 10_000
_ZERO = Decimal(0)


class Routed(Struct, frozen=True):
    """A routing decision, and what it is expected to cost.

    Attributes:
        route_id, strategy: empty where no rule matches.
        placed: the venues that get something.
        onward, desk: as in OrderRouted.
        why_not: where nothing is placed, what kept the venues from it.
        cost_bp: in basis points of ``notional``, which is that of what is placed, at the mid and in
            base currency; None where nobody knows.
    """

    route_id: str = ""
    strategy: str = ""
    placed: tuple[RouteLeg, ...] = ()
    onward: Onward | None = None
    desk: str = ""
    why_not: str = ""
    cost_bp: Decimal | None = None
    notional: Decimal | None = None

    @property
    def cost(self) -> Decimal | None:
        """What is expected in base currency, None if nobody knows."""
        if self.cost_bp is None or self.notional is None:
            return None
        return EXACT.multiply(self.notional, self.cost_bp).scaleb(-4, EXACT)

    def is_like(self, other: "Routed") -> bool:
        """Whether the same goes to the same venues, by the same rule, and so on from there."""
        return self._way() == other._way()

    def _way(self) -> tuple[object, ...]:
        placed = [(leg.venue, leg.quantity, *_terms(leg)) for leg in self.placed]
        return self.route_id, self.strategy, placed, self.onward, self.desk


class Rerouted(Struct, frozen=True):
    """An order that the new rules would have routed otherwise; ``at``: when it was routed."""

    order_id: str
    client: str
    cl_ord_id: str
    at: int
    terms: OrderTerms
    then: Routed
    now: Routed


class ExpectedCost(Struct):
    """What some orders are expected to cost in base currency, and what is placed of them is worth.

    Those of which both costs are known; of ``unknown`` others they are not.
    """

    orders: int = 0
    unknown: int = 0
    notional_then: Decimal = _ZERO
    notional_now: Decimal = _ZERO
    cost_then: Decimal = _ZERO
    cost_now: Decimal = _ZERO

    @property
    def bp_then(self) -> Decimal | None:
        """The cost in basis points, weighted by notional; None if nothing is placed."""
        return _basis_points(self.cost_then, self.notional_then)

    @property
    def bp_now(self) -> Decimal | None:
        """The same under the new rules."""
        return _basis_points(self.cost_now, self.notional_now)

    def add(self, then: Routed, now: Routed) -> None:
        """Count an order."""
        if then.cost is None or now.cost is None:
            self.unknown += 1
            return
        assert then.notional is not None, "there is a cost"
        assert now.notional is not None, "there is a cost"
        self.orders += 1
        self.notional_then = EXACT.add(self.notional_then, then.notional)
        self.notional_now = EXACT.add(self.notional_now, now.notional)
        self.cost_then = EXACT.add(self.cost_then, then.cost)
        self.cost_now = EXACT.add(self.cost_now, now.cost)


class RoutingWhatIf(Struct, frozen=True):
    """How many orders were compared, which would go elsewhere, and the cost of all and of those."""

    orders: int
    rerouted: tuple[Rerouted, ...]
    cost: ExpectedCost
    cost_of_rerouted: ExpectedCost


def what_if_routed(
    path: Path,
    rules: Rules,
    reference: ReferenceData,
    progress: Callable[[int, int], None],
    without: Collection[str] = (),
) -> RoutingWhatIf:
    """Return how the orders of a day would have been routed under other rules.

    Args:
        path: the store's file of the day, see ``what_if``.
        rules: the new ones.
        reference: instruments, accounts and markets that go with them.
        progress: called now and then with how many commands are done, and how many there are.
        without: the orders, by OrderID(37), that the new rules never let come that far.

    Raises:
        StoreError: the file is not there, or cannot be read.
    """
    with one_day(path) as store:
        day = RoutingReplay(carried_state(store), rules, reference, without)
        (total,) = store.execute("select count(*) from commands").fetchone()
        try:
            for done, decision in enumerate(decisions(store), 1):
                for stored in decision.events:
                    day.go_on(decode_event(stored.text), decision.at)
                if done % _PROGRESS_STEP == 0 or done == total:
                    progress(done, total)
        except (OtherDecisionError, msgspec.DecodeError) as error:
            raise StoreError(str(error)) from error
    return day.result()


class RoutingReplay:
    """The day as it was, up to some moment, with other rules beside it.

    Args:
        state: as of the day's beginning; becomes what the day makes of it.
        rules, reference: the new ones.
        without: orders that are not compared.
    """

    def __init__(
        self, state: State, rules: Rules, reference: ReferenceData, without: Collection[str] = ()
    ) -> None:
        self._state = state
        self._other = State()
        apply(self._other, RulesLoaded(rules, operator=""))
        apply(self._other, ReferenceDataLoaded(reference, operator=""))
        self._seen: set[str] = set(without)
        self._orders = 0
        self._rerouted: list[Rerouted] = []
        self._cost = ExpectedCost()
        self._cost_of_rerouted = ExpectedCost()

    def go_on(self, event: Event, at: int) -> None:
        """Have an event happen as it did; if it routes an order for the first time, compare."""
        if isinstance(event, OrderRouted) and event.order_id not in self._seen:
            self._seen.add(event.order_id)
            order = self._state.orders[event.order_id]
            if not order.children:
                self._compare(order, event, at)
        apply(self._state, event)

    def result(self) -> RoutingWhatIf:
        """Return what was found so far."""
        return RoutingWhatIf(
            self._orders, tuple(self._rerouted), self._cost, self._cost_of_rerouted
        )

    def _compare(self, order: Order, event: OrderRouted, at: int) -> None:
        state, quantity = self._state, order.leaves_qty - order.placed_qty
        then = _routed(state, order, _as_decided(event))
        if then.cost_bp is None and then.placed:  # it may be of a version that told no costs
            again = _routed(state, order, decide(state, order, quantity, at))
            then = structs.replace(then, cost_bp=again.cost_bp)
        other = self._under_other_rules()
        now = _routed(other, order, decide(other, order, quantity, at))
        self._orders += 1
        self._cost.add(then, now)
        if not then.is_like(now):
            self._cost_of_rerouted.add(then, now)
            self._rerouted.append(
                Rerouted(order.order_id, order.session, order.cl_ord_id, at, order.terms, then, now)
            )

    def _under_other_rules(self) -> State:
        """Return the state as it is, but for what the new rules say; it shares all else."""
        other = copy.copy(self._state)
        for name in (*_OF_RULES, *_OF_REFERENCE):
            setattr(other, name, getattr(self._other, name))
        return other


def _as_decided(event: OrderRouted) -> Decision:
    return Decision(
        event.route_id,
        event.strategy,
        event.reason,
        event.legs,
        tuple(leg for leg in event.legs if leg.quantity),
        onward=event.onward,
        mid=event.mid,
        cost_bp=event.cost_bp,
        desk=event.desk,
    )


def _routed(state: State, order: Order, decision: Decision | None) -> Routed:
    if decision is None:
        return Routed(why_not="no rule matches")
    placed = decision.placements
    return Routed(
        route_id=decision.route_id,
        strategy=decision.strategy,
        placed=placed,
        onward=decision.onward,
        desk=decision.desk,
        why_not="" if placed else ", ".join(f"{leg.venue}: {leg.reason}" for leg in decision.legs),
        cost_bp=decision.cost_bp if placed else None,
        notional=_notional(state, order, decision),
    )


def _notional(state: State, order: Order, decision: Decision) -> Decimal | None:
    """Return what is placed, at the mid, in base currency; None if that is not known."""
    instrument = state.instruments.get(order.terms.symbol)
    mid = state.mid_price(order.terms.symbol) if decision.mid is None else decision.mid
    if instrument is None or mid is None:
        return None
    quantity = sum((leg.quantity for leg in decision.placements), _ZERO)
    return instrument.notional(quantity, mid)


def _terms(leg: RouteLeg) -> tuple[object, ...]:
    """Return what a child order has otherwise than its order."""
    return leg.price, leg.time_in_force, leg.min_qty, leg.max_floor, leg.other_fields


def _basis_points(cost: Decimal, notional: Decimal) -> Decimal | None:
    return cost * 10_000 / notional if notional else None
