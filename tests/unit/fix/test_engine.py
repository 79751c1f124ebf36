"""The engine alone: what it does when the application or the store fails, and after resets."""

import asyncio

import pytest
from engines import Ear, running, settings

from oms_fix.fix import Engine, LocalError, MemoryStore, Message, OverloadSettings
from oms_fix.fix.session import State


class FailingStore(MemoryStore):
    """Saves until told to fail."""

    fails = False

    def save(self, session, outputs, numbers):
        """Save, or fail."""
        if self.fails:
            raise OSError("disk full")
        super().save(session, outputs, numbers)


class BadEar(Ear):
    """Raises at the first message."""

    def received(self, session_name, message):
        """Raise once."""
        super().received(session_name, message)
        if len(self.heard) == 1:
            raise ValueError("not mine")


def news(text):
    """Return an application message with this Text(58)."""
    return Message("B", [(148, b"news"), (33, b"1"), (58, text)])


async def pair(venue_ear, client_ear, client_store, talk):
    """Run a venue and a client that is logged on to it, and let them talk."""
    accepted = [settings("acceptor", "VENUE", "A")]
    async with running(Engine(accepted, venue_ear, MemoryStore())) as venue:
        (port,) = venue.ports
        initiated = [settings("initiator", "A", "VENUE", port)]
        async with running(Engine(initiated, client_ear, client_store)) as client:
            await client_ear.until(lambda: "VENUE" in client_ear.live)
            await talk(venue, client)


def test_an_application_that_raises_loses_that_message_alone():
    """Those that follow in the same piece of the stream are heard."""
    venue_ear = BadEar()

    async def talk(_venue, client):
        for text in (b"1", b"2", b"3"):
            client.send("VENUE", news(text))
        await venue_ear.until(lambda: len(venue_ear.heard) == 3)

    asyncio.run(pair(venue_ear, Ear(), MemoryStore(), talk))


def test_nothing_leaves_that_was_not_stored():
    """The store fails: the connection is closed, and neither that message nor a later one goes."""
    venue_ear, client_ear, store = Ear(), Ear(), FailingStore()

    async def talk(_venue, client):
        store.fails = True
        with pytest.raises(OSError, match="disk full"):
            client.send("VENUE", news(b"1"))
        store.fails = False
        with pytest.raises(LocalError, match="disk full"):
            client.send("VENUE", news(b"2"))
        await venue_ear.until(lambda: "A" not in venue_ear.live)
        assert isinstance(client.failure, OSError)

    asyncio.run(pair(venue_ear, client_ear, store, talk))
    assert venue_ear.heard == []


def test_what_waits_is_sent_anew_after_a_reset():
    """It had a number of the old numbering that nobody will ask for."""
    store = MemoryStore()
    engine = Engine([settings("acceptor", "VENUE", "A")], Ear(), store)
    engine.send("A", news(b"1"))
    engine.send("A", news(b"2"))
    engine.link("A").set_numbers(5, 9)

    engine.link("A").reset()

    assert store.numbers("A").next_out == 3
    texts = [raw.partition(b"\x0158=")[2][:1] for _, raw in store.sent("A", 1, 9)]
    assert texts == [b"1", b"2"]


def test_an_order_too_old_is_not_sent_anew_after_a_reset(caplog):
    """MaxOrderAgeSeconds holds for what waited, too; all else is sent. The log says so."""
    caplog.set_level("INFO", "oms_fix.fix")
    overload = OverloadSettings(max_order_age_seconds=60)
    store, now = MemoryStore(), [1_767_960_000_000_000_000]
    engine = Engine(
        [settings("acceptor", "VENUE", "A", overload=overload)], Ear(), store, lambda: now[0]
    )
    engine.send("A", Message("D", [(11, b"1")]))
    engine.send("A", news(b"2"))
    now[0] += 61_000_000_000
    engine.link("A").reset()
    assert [raw.split(b"\x01")[2] for _, raw in store.sent("A", 1, 9)] == [b"35=B"]
    assert "too old to be sent anew" in caplog.messages


def test_numbers_set_by_hand_are_stored():
    """They hold after a restart."""
    store = MemoryStore()
    engine = Engine([settings("acceptor", "VENUE", "A")], Ear(), store)

    engine.link("A").set_numbers(5, 9)

    again = Engine([settings("acceptor", "VENUE", "A")], Ear(), store).link("A").session
    assert (again.next_in, again.next_out, again.state) == (5, 9, State.DISCONNECTED)


def test_numbers_are_stored_without_messages():
    """PersistMessages=N."""
    store = MemoryStore()
    engine = Engine([settings("acceptor", "VENUE", "A", persist_messages=False)], Ear(), store)

    engine.send("A", news(b"1"))

    assert store.numbers("A").next_out == 2
    assert store.sent("A", 1, 9) == []


class ForgetfulStore(MemoryStore):
    """Has three steps of forgetting to do."""

    def __init__(self):
        super().__init__()
        self.steps = []
        self.done = asyncio.Event()

    def tidy(self, now):
        """Do a step."""
        self.steps.append(now)
        if len(self.steps) == 3:
            self.done.set()
        return not self.done.is_set()


def test_the_store_is_let_forget_step_by_step():
    """With pauses in between, in which the engine does its work."""

    async def run():
        store = ForgetfulStore()
        async with running(Engine([settings("acceptor", "VENUE", "A")], Ear(), store, lambda: 7)):
            assert store.steps == [7]
            async with asyncio.timeout(20):
                await store.done.wait()
        return store.steps

    assert asyncio.run(run()) == [7, 7, 7]


def test_a_store_that_cannot_forget_stops_the_engine():
    """As with any other failure of the store."""

    class Stuck(MemoryStore):
        def tidy(self, now):  # noqa: ARG002 - the port's signature
            raise OSError("disk gone")

    async def run():
        engine = Engine([settings("acceptor", "VENUE", "A")], Ear(), Stuck())
        with pytest.raises(OSError, match="disk gone"):
            await engine.start()
        assert isinstance(engine.failure, OSError)
        await engine.stop()

    asyncio.run(run())
