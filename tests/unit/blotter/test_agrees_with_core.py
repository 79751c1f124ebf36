from decimal import Decimal
from random import Random

import pytest
from desk import NOW, Desk, terms

from oms_fix.blotter import read_model
from oms_fix.blotter.queries import Blotter, OrderFilter
from oms_fix.core.engine import handle
from oms_fix.journal.records import Batch, CommandRecord, EventRecord
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.commands import OperateOrder
from oms_fix.model.enums import ExecType, OrderOperation, Side
from oms_fix.model.routes import Split, SplitLeg

ROUTES = [Split(id="split", legs=(SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40))))]


class JournaledDesk(Desk):
    """A core whose commands and events are stored; a client and venues that act at random."""

    def __init__(self, path, seed):
        self.journal = SqliteJournal(path, "normal")
        self.random = Random(seed)
        self.events_count = self.commands_count = 0
        super().__init__(ROUTES)

    def do(self, command):
        events = handle(self.state, command, NOW)
        self.commands_count += 1
        batch = Batch(self.commands_count)
        batch.commands.append(
            CommandRecord(self.commands_count, NOW + self.commands_count, None, command)
        )
        for event in events:
            self.events_count += 1
            batch.events.append(EventRecord(self.events_count, self.commands_count, event))
        self.journal.commit(batch)
        return events

    def act(self):
        """Do something, whatever."""
        orders = list(self.state.orders.values())
        children = [child for order in orders for child in order.children]
        name = f"C{self.commands_count}"
        action = self.random.choice(
            ("new", "request", "venue", "venue", "venue", "undo", "operate")
        )
        if action == "new" or not children:
            side = self.random.choice((Side.BUY, Side.SELL))
            self.new(name, terms(self.random.randint(2, 99), side=side))
        elif action == "request":
            self._request(self.random.choice(orders), name)
        elif action == "venue":
            self._venue(self.random.choice(children))
        elif action == "operate":
            self._operate(self.random.choice(children))
        else:
            self._undo([child for child in children if child.executions])

    def _request(self, order, name):
        if self.random.random() < 0.5:
            self.cancel(name, order.cl_ord_id)
        else:
            quantity = self.random.randint(2, 120)
            changed = terms(quantity, self.random.randint(8, 12), side=order.terms.side)
            self.replace(changed, name, order.cl_ord_id)

    def _venue(self, child):
        order = self.state.orders[child.order_id]
        place = order.children.index(child)
        request = child.request
        if request is not None and self.random.random() < 0.6:
            if self.random.random() < 0.4:
                self.refuse_request(place, order.cl_ord_id)
            else:
                answer = ExecType.REPLACED if request.terms else ExecType.CANCELED
                self.venue(answer, place, order.cl_ord_id)
        elif child.is_open and child.terms.order_qty > child.cum_qty:
            most = int(child.terms.order_qty - child.cum_qty)
            price = self.random.randint(8, 12)
            self.fill(self.random.randint(1, most), price, place, order.cl_ord_id)
        else:
            self.ack(place, order.cl_ord_id)

    def _operate(self, child):
        operation = self.random.choice([each for each in OrderOperation if each != "enter"])
        exec_id = self.random.choice(sorted(child.executions) or [""])
        price = Decimal(self.random.randint(8, 12))
        more = {"exec_id": exec_id, "price": price}
        self.do(OperateOrder(child.order_id, operation, "bob", "phoned", **more))

    def _undo(self, filled):
        if not filled:
            return
        child = self.random.choice(filled)
        order = self.state.orders[child.order_id]
        reference, done = self.random.choice(sorted(child.executions.items()))
        corrected = self.random.random() < 0.5
        self.venue(
            ExecType.TRADE_CORRECT if corrected else ExecType.TRADE_CANCEL,
            order.children.index(child),
            order.cl_ord_id,
            exec_ref_id=reference,
            last_qty=done.quantity if corrected else Decimal(0),
            last_px=Decimal(self.random.randint(8, 12)),
        )


@pytest.mark.parametrize("seed", range(12))
def test_the_read_model_agrees_with_the_core(tmp_path, monkeypatch, seed):
    """Whatever happened, the tables say of orders, children and positions what the core knows."""
    monkeypatch.setattr(read_model, "_PORTION_EVENTS", 50)
    path = tmp_path / "oms.db"
    desk = JournaledDesk(path, seed)
    for _ in range(120):
        desk.act()
    desk.journal.close()
    with Blotter.open(path) as blotter:
        _compare(blotter, desk.state)


def _compare(blotter, state):
    orders = {
        row.order_id: (row.cl_ord_id, row.ord_status, row.cum_qty, row.leaves_qty, row.avg_px)
        for row in blotter.orders(OrderFilter())
    }
    assert orders == {
        order.order_id: (
            order.cl_ord_id,
            order.ord_status.name,
            order.cum_qty,
            order.leaves_qty,
            order.avg_px,
        )
        for order in state.orders.values()
    }
    children = {
        row.child_id: (row.ord_status, row.order_qty, row.cum_qty, row.traded_value)
        for row in blotter.all_children()
    }
    assert children == {
        child.child_id: (
            child.status.name,
            child.terms.order_qty,
            child.cum_qty,
            sum(each.quantity * each.price for each in child.executions.values()),
        )
        for cl_ord_id, child in state.children.items()
        if cl_ord_id == child.child_id
    }
    positions = {(row.account, row.symbol): row for row in blotter.positions()}
    for key, position in state.positions.items():
        row = positions.pop(key)
        assert row.quantity == position.quantity
        # Each cent paid is still in the cost of what is held, or was realised.
        flow = position.sold_value - position.bought_value
        assert abs(row.realised - row.cost - flow) < Decimal("1e-15")
    assert not positions
