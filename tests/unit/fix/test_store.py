"""The stores of the engine alone."""

import resource
import sqlite3
from contextlib import contextmanager

import pytest

from oms_fix.fix import MemoryStore, SequenceNumbers, SqliteStore
from oms_fix.fix.outputs import Direction, Persist, Reset


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """Each kind of store in turn."""
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "store.db")
    yield store
    store.close()


def sent(number):
    """Return the output that persists a message of ours."""
    return Persist(Direction.OUT, number, "8", b"message %d" % number)


def test_unknown_session_starts_at_one(store):
    """Nothing received, nothing sent."""
    assert store.numbers("A") == SequenceNumbers(1, 1)


def test_sent_messages_come_back_by_number(store):
    """Those in the range, in order; messages received need not be kept."""
    store.save("A", [sent(1), Persist(Direction.IN, 2, "D", b"order"), sent(2)], SequenceNumbers())
    store.save("A", [sent(3)], SequenceNumbers(3, 4))
    assert store.sent("A", 2, 9) == [(2, b"message 2"), (3, b"message 3")]
    assert store.numbers("A") == SequenceNumbers(3, 4)


@pytest.mark.parametrize("count", [49, 50, 51, 120])
def test_many_messages_at_once_come_back_one_by_one(store, count):
    """However many are saved at once; the last reset among them forgets those before it."""
    stale = [Reset("first"), *map(sent, range(1, 60)), Reset("second")]
    store.save("A", [*stale, *map(sent, range(1, count + 1))], SequenceNumbers(1, count + 1))
    expected = [(number, b"message %d" % number) for number in range(1, count + 1)]
    assert store.sent("A", 1, 999) == expected


def test_a_number_used_twice_among_many_stores_nothing(tmp_path):
    """However the messages are grouped on their way to the file."""
    store = SqliteStore(tmp_path / "store.db")
    numbers = [*range(1, 90), 7]
    with pytest.raises(sqlite3.IntegrityError):
        store.save("A", list(map(sent, numbers)), SequenceNumbers(1, 91))
    assert store.sent("A", 1, 99) == []
    store.close()


def test_sessions_are_kept_apart(store):
    """One session's numbers say nothing about another's."""
    store.save("A", [sent(1)], SequenceNumbers(5, 2))
    assert store.sent("B", 1, 9) == []
    assert store.numbers("B") == SequenceNumbers(1, 1)


def test_reset_forgets_what_was_sent_before_it(store):
    """Messages of the old numbering are not for resending; those after the reset are."""
    store.save("A", [sent(1), sent(2)], SequenceNumbers(1, 3))
    store.save("A", [Reset("ResetOnLogon"), sent(1)], SequenceNumbers(2, 2))
    assert store.sent("A", 1, 9) == [(1, b"message 1")]


def test_file_outlives_the_process(tmp_path):
    """What was saved is there when the file is opened again."""
    store = SqliteStore(tmp_path / "store.db")
    store.save("A", [sent(1)], SequenceNumbers(4, 2))
    store.close()
    store = SqliteStore(tmp_path / "store.db")
    assert store.numbers("A") == SequenceNumbers(4, 2)
    assert store.sent("A", 1, 1) == [(1, b"message 1")]
    store.close()


def test_save_is_all_or_nothing(tmp_path):
    """A number used twice is a fault of ours: nothing of that batch is stored."""
    store = SqliteStore(tmp_path / "store.db")
    store.save("A", [sent(1)], SequenceNumbers(1, 2))
    with pytest.raises(sqlite3.IntegrityError):
        store.save("A", [sent(2), sent(1)], SequenceNumbers(9, 3))
    assert store.sent("A", 1, 9) == [(1, b"message 1")]
    assert store.numbers("A") == SequenceNumbers(1, 2)
    store.close()


DAY = 86_400 * 1_000_000_000


def kept(path):
    """Return (session, trading session, number) of every message in the file."""
    with sqlite3.connect(path) as database:
        rows = database.execute("select session, trading_session, msg_seq_num from sent order by 2")
        found = rows.fetchall()
    database.close()
    return found


@contextmanager
def no_room_above(size):
    """Let no file of this process grow above a size in bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_save_for_which_there_is_no_room_says_so(tmp_path):
    """The error is that of the disk, and what was stored before is as it was."""
    store = SqliteStore(tmp_path / "store.db")
    store.save("A", [sent(1)], SequenceNumbers(1, 2))
    long = [Persist(Direction.OUT, number, "8", b"x" * 100_000) for number in range(2, 40)]
    disk = pytest.raises(sqlite3.OperationalError, match="disk")
    with no_room_above(200_000), disk, store.together():
        store.save("A", long, SequenceNumbers(1, 40))
        store.save("B", [sent(1)], SequenceNumbers(1, 2))
    assert (store.numbers("A"), store.sent("A", 2, 99)) == (SequenceNumbers(1, 2), [])
    store.close()


def test_messages_are_kept_by_trading_session(tmp_path):
    """Those of one that is over are in the file, and not for resending; numbers may come again."""
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    store.save("A", [sent(1), Reset("new trading session"), sent(1)], SequenceNumbers(1, 2))
    store.close()
    store = SqliteStore(path)
    store.save("A", [Reset("ResetOnLogon"), sent(1)], SequenceNumbers(1, 2))
    assert store.sent("A", 1, 9) == [(1, b"message 1")]
    store.close()
    assert kept(path) == [("A", 0, 1), ("A", 1, 1), ("A", 2, 1)]


def test_a_trading_session_is_deleted_when_it_has_been_over_for_long_enough(tmp_path):
    """Counted from the first look after its end; what is for resending is never touched."""
    store = SqliteStore(tmp_path / "store.db", retention_days=7)
    store.save("A", [sent(1), Reset("new trading session"), sent(1)], SequenceNumbers(1, 2))
    store.save("B", [sent(1)], SequenceNumbers(1, 2))
    assert not store.tidy(DAY)
    assert not store.tidy(8 * DAY - 1)
    assert kept(tmp_path / "store.db") == [("A", 0, 1), ("B", 0, 1), ("A", 1, 1)]
    assert not store.tidy(8 * DAY)
    assert kept(tmp_path / "store.db") == [("B", 0, 1), ("A", 1, 1)]
    assert store.sent("A", 1, 9) == store.sent("B", 1, 9) == [(1, b"message 1")]
    store.close()


def test_a_long_trading_session_is_deleted_in_steps(tmp_path):
    """Five hundred messages each time, so that nobody has to wait for all of it."""
    path = tmp_path / "store.db"
    store = SqliteStore(path, retention_days=0)
    store.save("A", [sent(n) for n in range(1, 1_201)], SequenceNumbers(1, 1_201))
    store.save("A", [Reset("new trading session")], SequenceNumbers(1, 1))
    left = []
    while store.tidy(DAY):
        left.append(len(kept(path)))
    store.close()
    assert (left, kept(path)) == ([700, 200], [])


def test_many_short_trading_sessions_take_few_steps(tmp_path):
    """A counterparty that resets with every logon must not outrun the deletion."""
    store = SqliteStore(tmp_path / "store.db", retention_days=0)
    for _ in range(200):
        store.save("A", [sent(1), Reset("ResetOnLogon")], SequenceNumbers(1, 1))
    assert not store.tidy(DAY)
    store.close()
    assert kept(tmp_path / "store.db") == []


def test_another_process_may_begin_a_trading_session(tmp_path):
    """Who looks at the numbers again stores and resends in the new one from there on."""
    mine, other = (SqliteStore(tmp_path / "store.db") for _ in range(2))
    mine.save("A", [sent(1)], SequenceNumbers(1, 2))
    other.numbers("A")
    other.save("A", [Reset("ResetOnLogon"), sent(1)], SequenceNumbers(1, 2))
    assert mine.numbers("A") == SequenceNumbers(1, 2)
    mine.save("A", [sent(2)], SequenceNumbers(1, 3))
    assert [number for number, _ in mine.sent("A", 1, 9)] == [1, 2]
    mine.close()
    other.close()
    assert kept(tmp_path / "store.db") == [("A", 0, 1), ("A", 1, 1), ("A", 1, 2)]
