import pytest

from oms_fix.blotter.biography import biography
from oms_fix.blotter.queries import Blotter

US = 1_000
RESTRICTED = "RESTRICTED: instrument is on the restricted list list=cold"


@pytest.fixture
def story(store):
    def tell(name):
        with Blotter.open(store) as blotter:
            return biography(blotter, blotter.find_order(name))

    return tell


def test_steps_and_latencies(story):
    """Each step has its time and how long it took after the step that led to it."""
    steps = [(each.step, each.took_ns, each.message) for each in story("T-3").steps]
    assert steps == [
        ("received", None, 1),
        ("decided", 50 * US, None),
        ("sent", 150 * US, 2),
        ("reported", 150 * US, 3),
        ("answered", 800 * US, 4),
        ("decided", 50 * US, None),
        ("reported", 150 * US, 5),
        ("received", None, 6),
        ("decided", 50 * US, None),
        ("sent", 150 * US, 7),
        ("answered", 800 * US, 8),
        ("decided", 50 * US, None),
        ("reported", 150 * US, 9),
    ]


def test_decisions_in_words(story):
    """What was decided reads as a story, one line an event."""
    steps = story("T-2").steps
    assert steps[1].details == [
        "captured as T-2: SELL 500000 UST10Y LIMIT 99.5 DAY account ACC-2",
        "checks evaluated: 1 reject",
        f"client told: REJECTED, now REJECTED, 0 done, 0 left: {RESTRICTED}",
    ]


def test_release_not_recorded_yet(story):
    """While the release of a batch is not stored, its messages show when they were encoded."""
    steps = story("T-4").steps
    assert [(each.step, each.recorded) for each in steps] == [
        ("received", True),
        ("decided", True),
        ("sent", False),
        ("reported", False),
    ]
    assert steps[2].took_ns == 10 * US


def test_checks_and_routing(story):
    """Every check with its outcome; every venue considered, those that got nothing included."""
    told = story("T-1")
    assert [(each.result.check_id, each.result.outcome) for each in told.checks] == [
        ("known", "pass"),
        ("size", "warn"),
    ]
    (routing,) = told.routing
    assert (routing.route_id, routing.strategy) == ("by-symbol", "split")
    assert [(leg.venue, leg.quantity) for leg in routing.legs] == [
        ("XNAS", 600),
        ("XNYS", 400),
        ("XLON", 0),
    ]


def test_children_fills_and_messages(story):
    """All children, fills and messages of the order, and of no other."""
    told = story("T-1")
    assert [each.child_id for each in told.children] == ["T-1.1", "T-1.2"]
    assert [each.venue_exec_id for each in told.executions] == ["XNAS-2", "XNYS-2"]
    messages = [
        (each.number, each.direction.value, each.session, each.content.name)
        for each in told.messages
    ]
    assert messages == [
        (1, "in", "BUYSIDE42", "NewOrderSingle"),
        (2, "out", "XNAS", "NewOrderSingle"),
        (3, "out", "XNYS", "NewOrderSingle"),
        (4, "out", "BUYSIDE42", "ExecutionReport"),
        (5, "in", "XNAS", "ExecutionReport"),
        (6, "in", "XNYS", "ExecutionReport"),
        (7, "in", "XNAS", "ExecutionReport"),
        (8, "out", "BUYSIDE42", "ExecutionReport"),
        (9, "in", "XNYS", "ExecutionReport"),
        (10, "out", "BUYSIDE42", "ExecutionReport"),
    ]
    assert told.messages[0].content.version == "FIX.4.2"
