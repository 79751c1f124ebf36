"""What an operator says of an order is read before the core decides on it."""

import asyncio
from types import SimpleNamespace

import pytest
from desk import Desk, terms

from oms_fix.daemon.order_operations import OrderOperations
from oms_fix.model.commands import NewOrderSingle


class House:
    """A core with the clients ONE and TWO, whose commands need no store."""

    def __init__(self):
        self._desk = Desk()
        self.state = self._desk.state
        clients = {name: SimpleNamespace(is_client=True) for name in ("ONE", "TWO")}
        self.members = {**clients, "A": SimpleNamespace(is_client=False)}

    async def intervene(self, command):
        """Nothing is to be stored."""
        return self._desk.do(command)

    def new(self, session, cl_ord_id):
        return self._desk.do(NewOrderSingle(session, cl_ord_id, terms()))[0].order_id

    def operate(self, name, **arguments):
        handler = OrderOperations(self).handlers[f"order {name}"]
        return asyncio.run(handler("bob", {"reason": "phoned", **arguments}))


@pytest.fixture
def house():
    return House()


def test_an_order_is_placed_at_a_venue(house):
    """A client is none, though its session is connected; the core says what else is in the way."""
    house.new("ONE", "X")
    answer = house.operate("place", order="X", venue="TWO")
    assert (answer.done, answer.code) == (False, "UNKNOWN_VENUE")
    assert answer.lines[0].endswith("session=TWO venues=A")
    answer = house.operate("place", order="X", venue="A", quantity="50")
    assert (answer.done, answer.code) == (False, "NOT_AT_DESK")


@pytest.mark.parametrize("by_order_id", [True, False])
def test_an_order_is_named_by_either_id(house, by_order_id):
    """OrderID(37), or the ClOrdID(11) of whichever client has it."""
    order_id = house.new("TWO", "X")
    answer = house.operate("cancel", order=order_id if by_order_id else "X")
    assert (answer.done, answer.rows[0]["order_id"]) == (True, order_id)


def test_an_id_that_two_clients_use_names_none(house):
    """The answer says which orders it may be; nothing is done."""
    one, two = house.new("ONE", "X"), house.new("TWO", "X")
    answer = house.operate("cancel", order="X")
    assert (answer.done, answer.code) == (False, "AMBIGUOUS")
    assert answer.lines[0].endswith(f"ClOrdID=X name_one_of={one},{two}")
    assert not any(order.withdrawn for order in house.state.orders.values())


def test_the_answer_to_an_entry_names_the_order(house):
    """For programs: its identifiers, and where it stands."""
    answer = house.operate(
        "enter", client="ONE", side="1", symbol="ACME", order_qty="100", ord_type="1"
    )
    order_id = answer.rows[0]["order_id"]
    assert answer.rows == [
        {"order_id": order_id, "client": "ONE", "cl_ord_id": order_id, "ord_status": "NEW"}
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"order_qty": "many"},
        {"order_qty": "NaN"},
        {"price": "1e400"},
        {"price": "190.25000000000001"},
        {"side": "9"},
        {"symbol": ""},
        {"symbol": "AC\x01ME"},
        {"cl_ord_id": "\u00fc"},
        {"account": "x" * 201},
        {"expire_date": "2026-12-31"},
        {"min_qty": "10"},
    ],
)
def test_what_cannot_be_read_is_refused(house, wrong):
    """No value gets into an order that could not stand in a message, and none is passed over."""
    right = {"client": "ONE", "side": "1", "symbol": "ACME", "order_qty": "5", "ord_type": "1"}
    answer = house.operate("enter", **(right | wrong))
    assert (answer.done, answer.code) == (False, "INVALID_VALUE")
    assert not house.state.orders
