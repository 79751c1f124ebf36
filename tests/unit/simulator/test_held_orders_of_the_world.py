"""The world's observers of reviews and of trading states: what they take for wrong or right."""

from decimal import Decimal

import pytest
from desk import terms
from msgspec import structs
from reviewed_desk import BIG, ReviewedDesk

from oms_fix.journal.records import Batch, EventRecord
from oms_fix.model.enums import Side, TradingScope
from oms_fix.model.events import ChecksEvaluated, ChildPlaced, OrderReported
from oms_fix.model.reviews import ReviewDecided
from oms_fix.simulator.world.held_orders import HeldOrders
from oms_fix.simulator.world.scopes import TradingStates


class Watched:
    """A desk that holds orders above 1000, and what the observers say of it."""

    def __init__(self):
        self.said = []
        self.worked = []
        self.reviews = HeldOrders(self._violate, lambda: 7.0, self.worked.append)
        self.trading = TradingStates(self._violate)
        self.desk = ReviewedDesk()

    def _violate(self, text, *parts):
        self.said.append(text.format(*parts))

    def see(self, events, *without):
        seen = [event for event in events if not isinstance(event, without)]
        records = [EventRecord(number, 1, event) for number, event in enumerate(seen, 1)]
        self.reviews.stored(Batch(1, events=records))
        for event in seen:
            self.trading.take(event)

    def placed_as_if(self, events):
        """Let what is placed be known only now."""
        self.see([each for each in events if isinstance(each, ChildPlaced)])


@pytest.fixture
def watched():
    """An order X is held for review."""
    found = Watched()
    found.see(found.desk.new("X", BIG))
    return found


def test_right_is_nothing_to_speak_of(watched):
    """Held, approved under its name and placed; the time of its release is known."""
    watched.see(watched.desk.approve())
    order_id = watched.desk.order().order_id
    assert (watched.said, watched.reviews.released) == ([], {order_id: 7.0})


def test_a_held_order_is_not_placed(watched):
    """Whatever else is on record."""
    watched.placed_as_if(watched.desk.approve())
    assert watched.said[0].endswith("is held, and placed at A")


def test_an_approval_is_of_what_is_held_now(watched):
    """By the name of the review, or the ClOrdID(11) under review."""
    decided, *_ = watched.desk.approve()
    watched.see([structs.replace(decided, review="another")])
    assert watched.said[0].startswith("another decides on ")


@pytest.mark.parametrize(
    ("without", "said"),
    [(ReviewDecided, "approved by []"), (ChecksEvaluated, "was not checked again")],
)
def test_nothing_passes_by_itself(watched, without, said):
    """It takes as many approvals as are needed, and another look of the checks."""
    watched.reviews._checked.clear()
    watched.see(watched.desk.approve(), without)
    assert any(each.endswith(said) for each in watched.said)


def test_what_is_rejected_is_over_at_once(watched):
    """And so is what is canceled with all that is open."""
    watched.see(watched.desk.reject(), OrderReported)
    other = Watched()
    other.see(other.desk.new("X", BIG))
    other.see(other.desk.halt(TradingScope.FIRM, "", cancel_open=True), OrderReported)
    said = [each.partition(" is held, and was ")[2] for each in (*watched.said, *other.said)]
    assert said == ["rejected", "to be canceled with all that is open"]


def test_a_replace_that_passes_releases(watched):
    """The router works the order from then on, whoever has direct access."""
    watched.see(watched.desk.replace(terms(50)))
    assert (watched.said, watched.worked) == ([], [watched.desk.order().order_id])


def test_nothing_is_placed_while_halted():
    """An order that was taken on before is not placed either."""
    watched = Watched()
    events = watched.desk.new("X")
    watched.see(events, ChildPlaced)
    watched.see(watched.desk.halt(TradingScope.VENUE, "A"))
    watched.placed_as_if(events)
    assert [each.endswith("is placed at A, and halted") for each in watched.said] == [True]


@pytest.mark.parametrize(("quantity", "is_right"), [(60, True), (61, False)])
def test_what_is_taken_on_while_reducing_does_not_go_through_zero(quantity, is_right):
    """With all that is open on that side: 40 of 100."""
    watched = Watched()
    desk = watched.desk
    for events in (desk.new("B"), desk.ack(cl_ord_id="B"), desk.fill(100, cl_ord_id="B")):
        watched.see(events)
    watched.see(desk.new("S", terms(40, side=Side.SELL)))
    taken_on = ReviewedDesk.new(desk, "X", terms(quantity, side=Side.SELL))
    watched.see(desk.reduce(TradingScope.FIRM, ""))
    watched.see(taken_on)
    assert (not watched.said) is is_right


def test_what_is_open_is_the_worst_case():
    """The larger of the order and of what it is to be replaced by, less what is filled."""
    watched = Watched()
    desk = watched.desk
    for events in (desk.new("X"), desk.ack(), desk.fill(30), desk.replace(terms(90), "Y")):
        watched.see(events)
    order_id = desk.order().order_id
    assert watched.trading.open == {order_id: Decimal(70)}
    watched.see(desk.refuse_request())
    watched.see(desk.replace(terms(95), "Z"))
    assert watched.trading.open == {order_id: Decimal(70)}
