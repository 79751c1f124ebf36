"""Random lives of orders: what holds after every step, whoever does what in whatever order."""

import os
from collections import Counter
from copy import copy
from decimal import Decimal

import msgspec
import pytest
from desk import CLIENT, terms
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from oms_fix.core import totals
from oms_fix.core.apply import apply
from oms_fix.core.engine import handle
from oms_fix.core.image import StateImage, difference, image_of, state_of
from oms_fix.core.orders import trading_states
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.model.commands import (
    EndTradingDay,
    EnterOrder,
    OperateOrder,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelRequest,
    SetTradingState,
)
from oms_fix.model.enums import ExecType, OrderOperation, TradingScope, TradingState
from oms_fix.model.events import ChildPlaced, Event, OrderAnswered, OrderReported, RequestRejected

STEPS = int(os.environ.get("ORDER_LIVES_STEPS", "4800"))
"""So many steps all kinds of lives take together; the gate takes more."""
_KINDS = 4
_STEPS_OF_A_LIFE = 40
_STEPS_A_SECOND = 100  # at the very least

_NAMED = {
    TradingScope.FIRM: "",
    TradingScope.CLIENT: CLIENT,
    TradingScope.ACCOUNT: "FUND",
    TradingScope.INSTRUMENT: "ACME",
    TradingScope.VENUE: "A",
}
_ANSWERS = (ExecType.REPLACED, ExecType.CANCELED)


class Lives(RuleBasedStateMachine):
    """A desk at which chance plays all parts; a kind of desk adds the parts.

    ``fresh`` are the requests that were made with a ClOrdID(11) of their own, ``answers`` how often
    each was answered for good.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.exec_ids_told: set[str] = set()
        self.ids_used: set[str] = set()
        self.fresh: set[str] = set()
        self.answers: Counter[str] = Counter()
        self.ids = 0
        self.bought_by_forgotten = Decimal(0)
        self.desk = self.open()

    def open(self):
        """Return the desk; its commands go through ``do``."""
        raise NotImplementedError

    def do(self, command):
        """Have the core handle a command; look at what it says of it."""
        last_accepted = {order.order_id: order.cl_ord_id for order in self.orders}
        self._note(command)
        done = handle(self.desk.state, command, self.desk.now)
        self.events += done
        for event in done:
            self._look_at(event, last_accepted)
        return done

    def _note(self, command):
        if isinstance(command, OrderMassCancelRequest):
            self.ids_used.add(command.cl_ord_id)
        elif isinstance(command, OrderCancelRequest | OrderCancelReplaceRequest):
            if command.cl_ord_id not in self.ids_used:
                self.fresh.add(command.cl_ord_id)
            self.ids_used.add(command.cl_ord_id)

    def _look_at(self, event, last_accepted):
        if isinstance(event, ChildPlaced):
            order = self.desk.state.orders[event.order_id]
            assert trading_states.halt_problem(self.desk.state, order) is None
            there = self.desk.state.trading_states.get((TradingScope.VENUE, event.venue))
            assert there is None or there.state is not TradingState.HALTED
        if isinstance(event, RequestRejected):
            self.answers[event.reject.cl_ord_id] += 1
            accepted = last_accepted.get(event.order_id)
            assert accepted is None or event.reject.orig_cl_ord_id == accepted
        elif isinstance(event, OrderReported):
            report = event.report
            assert report.exec_id not in self.exec_ids_told
            self.exec_ids_told.add(report.exec_id)
            self._look_at_quantities(report)
            if report.orig_cl_ord_id is not None:
                assert report.orig_cl_ord_id == last_accepted[event.order_id]
            if report.orig_cl_ord_id is not None and report.exec_type in _ANSWERS:
                self.answers[report.cl_ord_id] += 1
                last_accepted[event.order_id] = report.cl_ord_id
        elif isinstance(event, OrderAnswered):
            self._look_at_quantities(event.report)

    def _look_at_quantities(self, report):
        left = max(report.terms.order_qty - report.cum_qty, 0)
        assert report.leaves_qty in (0, left)
        assert report.cum_qty >= 0
        assert bool(report.avg_px) == bool(report.cum_qty)
        if report.day_order_qty is not None and report.day_cum_qty is not None:
            earlier = report.cum_qty - report.day_cum_qty
            assert report.day_order_qty == report.terms.order_qty - earlier

    def next_id(self) -> str:
        """Return a ClOrdID(11) that was never used."""
        self.ids += 1
        return f"C{self.ids}"

    def end_day(self):
        """End the trading day: orders that are over are forgotten, what they bought stays."""
        before = dict(self.desk.state.orders)
        self.do(EndTradingDay("2026-11-23"))
        for order_id in before.keys() - self.desk.state.orders.keys():
            assert before[order_id].is_over
            self.bought_by_forgotten += before[order_id].cum_qty

    @property
    def orders(self):
        """All orders."""
        return list(self.desk.state.orders.values())

    @property
    def children(self):
        """All children."""
        known = self.desk.state.children
        return [child for cl_ord_id, child in known.items() if cl_ord_id == child.child_id]

    @invariant()
    def quantities_add_up(self):
        """CumQty(14) is the children's; OrderQty(38) = CumQty + LeavesQty(151) while it is open."""
        for order in self.orders:
            assert order.cum_qty == sum(child.cum_qty for child in order.children)
            assert order.cum_qty >= 0
            if order.is_open:
                assert order.cum_qty + order.leaves_qty == order.terms.order_qty
            else:
                assert order.leaves_qty == 0

    @invariant()
    def executions_make_the_totals(self):
        """What counts is what was reported and not taken back."""
        for order in self.orders:
            done = [each for child in order.children for each in child.executions.values()]
            assert order.cum_qty == sum(each.quantity for each in done)
            assert order.value == sum(each.quantity * each.price for each in done)
            today = [each for each in done if each.is_of_today]
            assert order.day_cum_qty == sum(each.quantity for each in today)
            assert order.day_avg_px * order.day_cum_qty == pytest.approx(
                sum(each.quantity * each.price for each in today)
            )

    @invariant()
    def positions_are_the_sum_of_executions(self):
        """The account has what was bought for it."""
        bought = self.bought_by_forgotten + sum(order.cum_qty for order in self.orders)
        position = self.desk.state.positions.get(("FUND", "ACME"))
        assert bought == (0 if position is None else position.quantity)

    @invariant()
    def running_totals_made_anew_are_the_same(self):
        """What checks read is what orders, positions and reference data make it."""
        again = copy(self.desk.state)
        totals.rebuild(again)
        assert again.exposure == self.desk.state.exposure

    @invariant()
    def no_request_is_answered_twice(self):
        """Replaced, Canceled or refused: one of them, once."""
        for cl_ord_id in self.fresh:
            assert self.answers[cl_ord_id] <= 1
        self.fresh = {each for each in self.fresh if not self.answers[each]}

    def operate(self, data, operation, **more):
        """Have an operator intervene in some order."""
        order = data.draw(st.sampled_from(self.orders))
        return self.do(OperateOrder(order.order_id, operation, "bob", "phoned", **more))

    @rule(
        scope=st.sampled_from(TradingScope),
        state=st.sampled_from(TradingState),
        cancel_open=st.booleans(),
    )
    def trading_state(self, scope, state, cancel_open):
        cancels = cancel_open and state is not TradingState.ACTIVE
        self.do(SetTradingState(scope, _NAMED[scope], state, "tester", "why", cancels))

    @precondition(lambda self: self.orders)
    @rule(
        data=st.data(),
        operation=st.sampled_from([OrderOperation.CANCEL, OrderOperation.FORCE_DONE]),
    )
    def operator_ends(self, data, operation):
        """An operator takes an order back, or ends it for good."""
        events = self.operate(data, operation)
        order = self.desk.state.orders[events[0].order_id]
        if operation is OrderOperation.FORCE_DONE:
            assert not order.is_unanswered

    @precondition(lambda self: any(child.executions for child in self.children))
    @rule(data=st.data(), quantity=st.integers(1, 40), is_bust=st.booleans())
    def operator_changes_a_trade(self, data, quantity, is_bust):
        """An operator busts or corrects an execution, never to more than was ordered."""
        child = data.draw(st.sampled_from([each for each in self.children if each.executions]))
        order = self.desk.state.orders[child.order_id]
        before, limit = order.cum_qty, max(order.cum_qty, order.terms.order_qty)
        exec_id = data.draw(st.sampled_from(sorted(child.executions)))
        command = OperateOrder(
            order_id=order.order_id,
            operation=OrderOperation.BUST if is_bust else OrderOperation.CORRECT,
            operator="bob",
            reason="phoned",
            exec_id=child.executions[exec_id].exec_id,
            quantity=None if is_bust else Decimal(quantity),
        )
        events = self.do(command)
        assert not is_bust or order.cum_qty < before
        assert order.cum_qty <= limit
        assert (exec_id in child.executions) is (not is_bust or bool(events[0].refused))

    @rule(quantity=st.integers(1, 100))
    def operator_enters(self, quantity):
        """An operator enters an order that the client has phoned."""
        self.do(EnterOrder(CLIENT, self.next_id(), terms(quantity), "bob", "phoned"))

    @rule()
    def restart_from_a_snapshot(self):
        """A snapshot has all of the state."""
        again = written_and_read(self.desk.state)
        assert difference(self.desk.state, again) is None
        self.desk.state = again

    def answer_all(self):
        """Have the venues answer all that they were asked."""
        raise NotImplementedError

    def teardown(self):
        """Every request is answered once the venues have; the events alone give the state again."""
        self.answer_all()
        self.no_request_is_answered_twice()
        assert not self.fresh
        again = State()
        for event in self.events:
            apply(again, msgspec.convert(msgspec.to_builtins(event), Event))
        assert difference(again, self.desk.state) is None


def lived(kind):
    """Return the test case that lives through a kind of lives."""
    case = kind.TestCase
    case.settings = settings(
        max_examples=STEPS // _KINDS // _STEPS_OF_A_LIFE,
        stateful_step_count=_STEPS_OF_A_LIFE,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )
    return pytest.mark.timeout(max(120, STEPS // _STEPS_A_SECOND))(case)


def written_and_read(state):
    """Return the state as a restart finds it."""
    encoded = msgspec.msgpack.encode((image_of(state), list(state.orders.values())))
    return state_of(*msgspec.msgpack.decode(encoded, type=tuple[StateImage, list[Order]]))
