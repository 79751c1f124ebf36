from oms_fix.core.orders.asked import Reconciliation
from oms_fix.core.orders.state import State
from oms_fix.daemon.silence import Silence
from oms_fix.model.enums import OrderReconciliation


def house(*venues):
    """A state in which these venues are being asked, and who watches them: ten seconds each."""
    state = State()
    for venue in venues:
        state.reconciliations[venue] = under_way()
    return state, Silence(state, lambda _venue: 10, lambda _venue: None)


def under_way():
    return Reconciliation(OrderReconciliation.EACH, 1, {"X"}, [])


def silent(silence, *times):
    """Return who is silent at each time."""
    return [list(silence.silent(now)) for now in times]


def test_a_venue_is_silent_after_its_time():
    """It is told once it is over."""
    _, silence = house("A")
    assert silent(silence, 100, 109.9, 110) == [[], [], ["A"]]


def test_an_answer_ends_the_silence():
    """The time begins anew with each."""
    state, silence = house("A")
    assert silent(silence, 100) == [[]]
    state.reconciliations["A"].answers += 1
    assert silent(silence, 109, 118, 119) == [[], [], ["A"]]


def test_the_time_doubles_with_each_silence_up_to_a_bound():
    """10, 20, 40, 80, 160, 320 seconds, and so on with 320."""
    state, silence = house("A")
    now, waited = 0.0, []
    for attempt in range(8):
        state.reconciliations["A"].attempts = attempt
        begin = now
        assert silent(silence, now) == [[]]
        while not silent(silence, now)[0]:
            now += 10
        waited.append(now - begin)
    assert waited == [10, 20, 40, 80, 160, 320, 320, 320]


def test_each_venue_has_its_own_time():
    """One that is asked later is silent later."""
    state, silence = house("A")
    assert silent(silence, 100) == [[]]
    state.reconciliations["B"] = under_way()
    assert silent(silence, 105, 110, 115) == [[], ["A"], ["A", "B"]]


def test_a_new_connection_has_a_new_time():
    """What was awaited on the one before is forgotten."""
    state, silence = house("A")
    assert silent(silence, 100) == [[]]
    state.reconciliations["A"] = under_way()
    assert silent(silence, 109, 118, 119) == [[], [], ["A"]]
