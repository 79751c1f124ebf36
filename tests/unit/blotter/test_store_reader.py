import sqlite3

import pytest

from oms_fix.blotter.store_reader import StoreReader
from oms_fix.fix.outputs import Direction
from oms_fix.journal.records import SessionNumbers, StoreError
from oms_fix.model import commands as cmd
from oms_fix.model import events as ev


@pytest.fixture
def reader(store):
    with StoreReader(store) as opened:
        yield opened


def test_events_come_with_all_of_their_command(reader):
    """A portion never ends in the middle of a command's events."""
    first = reader.events(0, 1)
    assert [(each.id, each.command_id) for each in first] == [(1, 1), (2, 1)]
    rest = reader.events(2, 1_000_000)
    assert rest[0].id == 3
    assert reader.events(rest[-1].id, 1) == []


def test_events_of_an_order(reader):
    """An order's events are found by its OrderID, with the time at which they were decided."""
    events = reader.order_events("T-2")
    assert [type(each.event) for each in events] == [
        ev.OrderCaptured,
        ev.ChecksEvaluated,
        ev.OrderReported,
    ]
    assert {each.at for each in events} == {reader.commands([events[0].command_id])[0].at}


def test_messages_lead_back_and_forth(reader):
    """From an event to the message it came in by, and to the one that told of it."""
    events = reader.order_events("T-2")
    (command,) = reader.commands({each.command_id for each in events})
    assert isinstance(command.command, cmd.NewOrderSingle)
    (inbound,) = reader.messages([command.message_id])
    (outbound,) = reader.messages_of_events([each.id for each in events])
    assert (inbound.direction, inbound.session) == (Direction.IN, "BUYSIDE44")
    assert (outbound.direction, outbound.event_id) == (Direction.OUT, events[-1].id)
    assert outbound.released_at == inbound.released_at == outbound.at + 140_000


def test_more_ids_than_a_statement_takes(reader):
    """Any number of ids may be asked for at once."""
    found = reader.commands(range(1, 5_000))
    assert [each.id for each in found] == list(range(1, found[-1].id + 1))


def test_session_numbers(reader):
    """The sequence numbers of every session are those last committed."""
    assert reader.session_numbers()["XNYS"] == SessionNumbers(epoch=0, next_in=3, next_out=2)


def test_reads_while_the_writer_has_it_open_and_after(store, store_builder):
    """Readers see what is committed beside the running writer, and when it is gone."""
    with StoreReader(store) as beside:
        seen = len(beside.events(0, 1_000_000))
    store_builder.close()
    with StoreReader(store) as after:
        assert len(after.events(0, 1_000_000)) == seen


def test_snapshot_is_one_moment(store, store_builder):
    """Inside a snapshot nothing changes, whatever is committed meanwhile."""
    with StoreReader(store) as reader:
        with reader.snapshot():
            before = len(reader.events(0, 1_000_000))
            store_builder.turn(
                cmd.SessionLoggedOn("XLON"), ev.SessionChanged("XLON", logged_on=True)
            )
            assert len(reader.events(0, 1_000_000)) == before
        assert len(reader.events(0, 1_000_000)) == before + 1


def test_cannot_write(reader):
    """The store is opened read-only: nothing that reads can change it."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._files[0].connection.execute("delete from events")


def test_folder_that_cannot_be_written(store, store_builder, monkeypatch):
    """A closed store in a folder where no -shm file can be made is read as one that is at rest."""
    store_builder.close()
    connect = sqlite3.connect

    def refuse_shared_memory(database, **options):
        if "immutable" not in database:
            return _Unopened(connect(":memory:"))
        return connect(database, **options)

    monkeypatch.setattr("oms_fix.blotter.store_reader.sqlite3.connect", refuse_shared_memory)
    with StoreReader(store) as reader:
        assert reader.events(0, 1)


class _Unopened:
    """A connection whose first statement finds that the file cannot be opened."""

    def __init__(self, connection):
        self.close = connection.close

    def execute(self, *_):
        raise sqlite3.OperationalError("unable to open database file")


def test_no_store(tmp_path):
    """A path without a file is reported, and no file is made."""
    path = tmp_path / "none.db"
    with pytest.raises(StoreError, match=r"none\.db: no message store here"):
        StoreReader(path)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look into" * 9])
def test_no_message_store(tmp_path, content):
    """A file that is something else is reported as no message store."""
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read as a message store"):
        StoreReader(path)


def test_other_schema_version(store, store_builder):
    """A store of another schema version is refused, not misread."""
    store_builder.journal._writer.execute("update meta set value = '99'")
    with pytest.raises(StoreError, match="schema version is 99; allowed: 2"):
        StoreReader(store)


def test_event_of_another_version(store, store_builder):
    """An event that this version does not know is reported with its id."""
    store_builder.journal._writer.execute('update events set body = \'{"type":"X"}\' where id = 3')
    with (
        StoreReader(store) as reader,
        pytest.raises(StoreError, match="event 3 was written by another version"),
    ):
        reader.events(0, 10)
