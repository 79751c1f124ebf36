"""The store goes on in a new file at the end of a trading day, wherever the process is killed."""

import errno
from pathlib import Path

import pytest
from desk import CLIENT
from recorded_desk import RecordedDesk, a_day

from oms_fix.core.image import difference
from oms_fix.daemon.recovery import base_state, recover
from oms_fix.journal import carry, days, sqlite
from oms_fix.journal.carry import carried_of
from oms_fix.journal.records import Counters, SessionNumbers, StoreUnavailableError
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.journal.verify import verify

DAY = "2026-11-23"


class KilledError(BaseException):
    """Stands for the end of the process: nothing catches it, nothing is tidied up."""


@pytest.fixture
def desk(tmp_path):
    """A desk with a day behind it."""
    recorded = RecordedDesk(tmp_path / "oms.db")
    a_day(recorded)
    yield recorded
    recorded.close()


@pytest.fixture
def store(desk):
    """The store's file."""
    return desk.journal.path


def start(store):
    """Start as the daemon does; return the journal and the state."""
    journal = SqliteJournal(store, "normal")
    state = recover(journal, base_state(store))
    if journal.ended_day is not None:
        journal.begin_next_file(carried_of(journal.ended_day, state))
    return journal, state


def problems(store):
    """Return what is wrong with a file."""
    return verify(store, lambda *_: None).problems


def files(store):
    """Return the names of the store's files, without what SQLite and the lock have beside them."""
    return sorted(path.name for path in store.parent.glob("*.db*") if path.suffix == ".db")


def test_the_next_file_goes_on_where_the_last_one_ended(desk, store):
    """Numbers, checksums, sessions and state go on; both files are as they were written."""
    counters, sessions = desk.journal.counters(), desk.journal.sessions()
    desk.end_day(DAY)
    assert files(store) == ["oms-2026-11-23.db", "oms.db"]
    assert desk.journal.counters() == Counters(
        counters.batch + 1, counters.message + 1, counters.command + 1, counters.event + 1
    )
    assert desk.journal.sessions().keys() == sessions.keys()
    desk.fill(20, cl_ord_id="OPEN")
    desk.close()
    journal, state = start(store)
    journal.close()
    assert difference(state, desk.state) is None
    assert problems(store) == problems(store.with_name("oms-2026-11-23.db")) == ()


def test_messages_of_earlier_days_are_found(desk):
    """A resend takes from as many files as it needs; each message is in one."""
    numbers = desk.journal.sessions()[CLIENT]
    everything = desk.journal.sent(CLIENT, 0, 1, numbers.next_out)
    for day in (21, 22, 23):
        desk.end_day(f"2026-11-{day}")
        desk.ask_status("OPEN")
    now = desk.journal.sent(CLIENT, 0, 1, 10_000)
    assert now[: len(everything)] == everything
    assert [number for number, _ in now] == list(range(1, len(everything) + 7))
    assert desk.journal.sent(CLIENT, 0, 2, 3) == everything[1:3]
    assert desk.journal.sent_now(CLIENT, 0, 2) == everything[1][1]
    assert desk.journal.sent_now(CLIENT, 1, 2) is None
    assert desk.journal.sent_now("NOBODY", 0, 0) is None


def test_two_ends_of_the_same_day_have_two_names(desk, store):
    """A file of an earlier day is never replaced."""
    desk.end_day(DAY)
    desk.end_day(DAY)
    assert files(store) == ["oms-2026-11-23-2.db", "oms-2026-11-23.db", "oms.db"]


def test_a_reader_goes_on_reading_the_old_file(desk, store):
    """What is open stays readable under its new name, and hurts nothing when it is closed."""
    reader = days.open_read_only(store)
    reader.execute("begin")
    count = reader.execute("select count(*) from events").fetchone()
    desk.end_day(DAY)
    desk.fill(20, cl_ord_id="OPEN")
    assert reader.execute("select count(*) from events").fetchone() == count
    reader.close()
    desk.close()
    journal, state = start(store)
    journal.close()
    assert difference(state, desk.state) is None
    assert problems(store) == problems(store.with_name("oms-2026-11-23.db")) == ()


STEPS = [
    (carry, "_sync", 1),
    (carry, "_sync", 3),
    (carry, "sync_folder", 1),
    (days, "sync_folder", 1),
    (days, "sync_folder", 2),
]
RENAMES = [1, 2, 3, 4]


def killed_at(monkeypatch, target, name, count, error=KilledError):
    """Have the process end, or an error be raised, instead of the call number ``count``."""
    calls = []
    original = getattr(target, name)

    def instead(*arguments):
        calls.append(arguments)
        if len(calls) == count:
            raise error
        return original(*arguments)

    monkeypatch.setattr(target, name, instead)


def end_day_killed(desk, monkeypatch, target, name, count):
    """End the day in a process that is killed on the way."""
    with monkeypatch.context() as patched:
        killed_at(patched, target, name, count)
        with pytest.raises(KilledError):
            desk.end_day(DAY)
    desk.crash()


def check_recovered(desk, store):
    """Both files are there and good, the state is that of before, and it goes on."""
    journal, state = start(store)
    assert difference(state, desk.state) is None
    assert files(store) == ["oms-2026-11-23.db", "oms.db"]
    assert isinstance(journal.sessions()[CLIENT], SessionNumbers)
    journal.close()
    assert problems(store) == problems(store.with_name("oms-2026-11-23.db")) == ()
    again, state = start(store)
    assert again.ended_day is None
    assert difference(state, desk.state) is None
    again.close()


@pytest.mark.parametrize(("module", "name", "count"), STEPS)
def test_killed_between_the_steps(desk, store, monkeypatch, module, name, count):
    """Whichever step was the last, the next start does the rest."""
    end_day_killed(desk, monkeypatch, module, name, count)
    check_recovered(desk, store)


@pytest.mark.parametrize("count", RENAMES)
def test_killed_before_a_rename(desk, store, monkeypatch, count):
    """The same for each rename, also of what SQLite has beside the file while somebody reads."""
    reader = days.open_read_only(store)
    reader.execute("select count(*) from events").fetchone()
    end_day_killed(desk, monkeypatch, type(store), "rename", count)
    check_recovered(desk, store)
    reader.close()


@pytest.mark.parametrize(
    ("target", "name", "count"), [*STEPS, *((Path, "rename", count) for count in (1, 2))]
)
def test_a_disk_that_refuses_is_tried_again(desk, store, monkeypatch, target, name, count):
    """The same batch is committed again: it is stored once, and the day ends once."""
    with monkeypatch.context() as patched:
        killed_at(patched, target, name, count, OSError(errno.ENOSPC, "no space left"))
        with pytest.raises(StoreUnavailableError, match="no space left"):
            desk.end_day(DAY)
    desk.journal.commit(desk.batch)
    desk.fill(20, cl_ord_id="OPEN")
    desk.close()
    check_recovered(desk, store)


def test_killed_before_the_next_file_was_begun(desk, store, monkeypatch):
    """The batch that ends the day is stored, and nothing else done."""
    end_day_killed(desk, monkeypatch, sqlite, "begin_next", 1)
    assert files(store) == ["oms.db"]
    check_recovered(desk, store)
