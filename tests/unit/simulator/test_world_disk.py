"""The simulated disk: what is on it stays; what cannot be written is not there."""

import pytest

from oms_fix.journal.records import (
    Batch,
    CommandRecord,
    Counters,
    EventRecord,
    MessageRecord,
    SessionNumbers,
    StoreError,
)
from oms_fix.model.commands import SessionLoggedOn
from oms_fix.model.events import SessionChanged
from oms_fix.simulator.world.disk import Disk


class Observer:
    """Counts batches."""

    def __init__(self):
        self.batches = []

    def stored(self, batch):
        self.batches.append(batch.id)


def batch(number):
    event = SessionChanged("C", logged_on=True)
    return Batch(
        number,
        messages=[MessageRecord(number, 1, "C", 0, "out", number, "0", None, b"%d" % number)],
        commands=[CommandRecord(number, 1, None, SessionLoggedOn("C"))],
        events=[EventRecord(number, number, event)],
        sessions={"C": SessionNumbers(0, 1, number + 1)},
    )


def commit_and_sync(store, number):
    store.commit(batch(number))
    store.sync()


@pytest.fixture(params=["memory", "sqlite"])
def disk(request, tmp_path):
    return Disk(Observer(), tmp_path / "store.db" if request.param == "sqlite" else None)


def test_next_process_finds_what_was_stored(disk):
    """All that the store promises is there after its process has gone."""
    first = disk.open()
    for number in (1, 2):
        commit_and_sync(first, number)
    first.close()
    second = disk.open()
    assert second.counters() == Counters(2, 2, 2, 2)
    assert second.sessions() == {"C": SessionNumbers(0, 1, 3)}
    assert list(second.events()) == [SessionChanged("C", logged_on=True)] * 2
    assert second.sent("C", 0, 1, 2) == [(1, b"1"), (2, b"2")]
    assert (second.sent_now("C", 0, 2), second.sent_now("C", 1, 2)) == (b"2", None)
    second.close()
    assert disk._observer.batches == [1, 2]


def test_failing_disk_stores_nothing(disk):
    """Neither while it fails, nor for a process that is gone; afterwards it goes on."""
    store = disk.open()
    disk.fault = "disk full"
    with pytest.raises(StoreError, match="disk full"):
        store.commit(batch(1))
    disk.fault = ""
    commit_and_sync(store, 1)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.commit(batch(2))
    assert disk.platter.batches == 1


def test_identifiers_go_on_from_the_last_ones(disk):
    """A batch that was stored before, or after one that is missing, is an error."""
    store = disk.open()
    commit_and_sync(store, 1)
    with pytest.raises(StoreError):
        commit_and_sync(store, 1)
    store.close()


@pytest.mark.parametrize("is_written", [True, False])
def test_a_loss_of_power_may_undo_what_was_not_synced(is_written):
    """The last batch alone; what was synced stays."""
    disk = Disk(Observer(), None)
    store = disk.open()
    commit_and_sync(store, 1)
    store.commit(batch(2))
    disk.lose_power(is_written)
    assert disk.open().counters().batch == (2 if is_written else 1)


def test_what_was_committed_survives_a_process_that_is_killed():
    """Without a sync, too: the operating system has it."""
    disk = Disk(Observer(), None)
    disk.open().commit(batch(1))
    assert disk.open().counters().batch == 1
