"""The engine alone: what is stored together, and that it is stored before it is written."""

import asyncio
import sqlite3
from contextlib import contextmanager

import pytest
from engines import Ear, first_message, settings

from oms_fix.fix import Engine, MemoryStore, Message, SequenceNumbers, SqliteStore
from oms_fix.fix.codec import encode
from oms_fix.fix.outputs import Direction, Persist
from oms_fix.fix.timestamps import format_timestamp


class Transport:
    """Tells when the engine writes, and how many messages."""

    def __init__(self, happened, name):
        self._happened = happened
        self._name = name

    def write(self, data):
        """Take bytes."""
        self._happened.append(("write", self._name, data.count(b"\x0110=")))

    def is_closing(self):
        """Never."""
        return False

    def close(self):
        """Tell."""
        self._happened.append(("close", self._name))

    def abort(self):
        """Do nothing more."""

    def get_write_buffer_size(self):
        """Return that all has gone out."""
        return 0


class TellingStore(MemoryStore):
    """Tells when it stores; raises once it is full."""

    is_full = False

    def __init__(self, happened):
        super().__init__()
        self._happened = happened

    def save(self, session, outputs, numbers):
        """Tell, and save."""
        if self.is_full:
            raise OSError("disk full")
        self._happened.append(("save", session))
        super().save(session, outputs, numbers)

    @contextmanager
    def together(self):
        """Tell of begin and end."""
        self._happened.append(("begin",))
        yield
        self._happened.append(("end",))


class Parrot(Ear):
    """Answers every message twice."""

    engine = None

    def received(self, session_name, message):
        """Answer."""
        super().received(session_name, message)
        for text in (b"1", b"2"):
            self.engine.send(session_name, Message("B", [(148, text), (33, b"1"), (58, text)]))


class Leaver(Parrot):
    """Answers, and then ends the process."""

    def received(self, session_name, message):
        """Answer and leave."""
        super().received(session_name, message)
        raise SystemExit("enough")


def news(sender, number):
    """Return the bytes of a News(B) from a client."""
    header = [(49, sender), (56, b"VENUE"), (34, b"%d" % number), (52, format_timestamp(0, 3))]
    return encode("FIX.4.4", "B", header, [(148, b"news"), (33, b"1"), (58, b"text")])


def logged_on_engine(happened, ear, store=None):
    """Return an engine with two clients that are logged on; its clock stands at 0."""
    accepted = [settings("acceptor", "VENUE", name) for name in ("A", "B")]
    engine = Engine(accepted, ear, store or TellingStore(happened), clock=lambda: 0)
    for name in ("A", "B"):
        engine.link(name).attach(Transport(happened, name))
        engine.link(name).received(first_message(name.encode()))
    return engine


def test_what_arrives_in_one_round_is_stored_as_one_before_anything_leaves():
    """What the application answers is stored with it; each connection gets its answers as one."""
    happened, ear = [], Parrot()

    async def scenario():
        ear.engine = engine = logged_on_engine(happened, ear)
        await asyncio.sleep(0)
        happened.clear()
        engine.link("A").received(news(b"A", 2) + news(b"A", 3))
        engine.link("B").received(news(b"B", 2))
        assert happened == []
        await asyncio.sleep(0)

    asyncio.run(scenario())
    stored = [("begin",), ("save", "A"), ("save", "B"), ("end",)]
    assert happened == [*stored, ("write", "A", 4), ("write", "B", 2)]


async def stopped_engine(happened, ear, store, *, is_full):
    """Return an engine that was stopped by the news from A, which were answered."""
    ear.engine = engine = logged_on_engine(happened, ear, store)
    await asyncio.sleep(0)
    happened.clear()
    store.is_full = is_full
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the engine tells it, too
    engine.link("A").received(news(b"A", 2))
    await asyncio.sleep(0)
    return engine


def test_a_message_whose_answer_cannot_be_stored_has_not_arrived():
    """It was answered in vain: no answer leaves, and its number is still the one that is due."""
    happened, ear = [], Parrot()
    store = TellingStore(happened)

    async def scenario():
        engine = await stopped_engine(happened, ear, store, is_full=True)
        assert repr(engine.failure) == "OSError('disk full')"

    asyncio.run(scenario())
    assert ear.heard == [("A", "text")]
    assert happened == [("close", "A"), ("close", "B")]
    assert store.numbers("A") == SequenceNumbers(2, 2)
    assert [number for number, _ in store.sent("A", 1, 9)] == [1]


def test_a_message_over_which_the_application_ends_the_process_has_not_arrived():
    """It comes again after the restart, and what was answered before the end never left."""
    happened, ear = [], Leaver()
    store = TellingStore(happened)

    with pytest.raises(SystemExit, match="enough"):
        asyncio.run(stopped_engine(happened, ear, store, is_full=False))

    assert happened == [("close", "A"), ("close", "B")]
    assert store.numbers("A") == SequenceNumbers(2, 2)
    assert [number for number, _ in store.sent("A", 1, 9)] == [1]


def test_what_the_owner_of_the_engine_sends_is_stored_when_the_call_returns():
    """What has arrived before is stored with it, since its place is before."""
    happened, ear = [], Ear()

    async def scenario():
        engine = logged_on_engine(happened, ear)
        await asyncio.sleep(0)
        happened.clear()
        engine.link("A").received(news(b"A", 2))
        engine.send("B", Message("B", [(148, b"1"), (33, b"1"), (58, b"1")]))
        assert happened == [("begin",), ("save", "A"), ("save", "B"), ("end",), ("write", "B", 1)]
        assert ear.heard == [("A", "text")]

    asyncio.run(scenario())


def test_what_waits_when_the_numbers_are_reset_is_stored_anew_with_the_reset():
    """A crash between the two would lose it: its first number is not there any more."""
    happened = []

    async def scenario():
        engine = Engine([settings("acceptor", "VENUE", "A")], Ear(), TellingStore(happened))
        engine.send("A", Message("B", [(148, b"1"), (33, b"1"), (58, b"1")]))
        happened.clear()
        link = engine.link("A")
        link.attach(Transport(happened, "A"))
        link.received(first_message(b"A", now=engine.clock(), body=[(141, b"Y")]))
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert happened == [("save", "A"), ("write", "A", 1), ("write", "A", 1)]


def test_together_is_all_or_nothing(tmp_path):
    """What one session cannot store takes the other's with it: both had been told as one."""
    store = SqliteStore(tmp_path / "store.db")
    message = Persist(Direction.OUT, 1, "8", b"message")
    with pytest.raises(sqlite3.IntegrityError), store.together():  # noqa: PT012 - two saves are it
        store.save("A", [message], SequenceNumbers(1, 2))
        store.save("B", [message, message], SequenceNumbers(1, 3))
    assert store.sent("A", 1, 9) == []
    assert store.numbers("A") == SequenceNumbers(1, 1)
    store.close()
