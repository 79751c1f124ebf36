"""What is left for Python's garbage collector, and how often it looks."""

import asyncio
import gc
import re

import pytest
from engines import Ear, first_message, settings

from oms_fix.fix import Engine, MemoryStore, Message
from oms_fix.fix.codec import encode
from oms_fix.fix.garbage import GarbagePauses, collect_briefly
from oms_fix.fix.timestamps import format_timestamp


class Transport:
    """Takes whatever is written."""

    def write(self, data):
        """Take bytes."""

    def is_closing(self):
        """Never."""
        return False

    def get_write_buffer_size(self):
        """Return that all has gone out."""
        return 0


class Answering(Ear):
    """Sends every message back."""

    engine = None

    def received(self, session_name, message):
        """Send it back."""
        self.engine.send(session_name, Message(message.msg_type, message.fields[4:]))


def news(number):
    """Return the bytes of a News(B) from a client."""
    header = [(49, b"A"), (56, b"VENUE"), (34, b"%d" % number), (52, format_timestamp(0, 3))]
    return encode("FIX.4.4", "B", header, [(148, b"news"), (33, b"1"), (58, b"text")])


def test_messages_are_freed_with_their_last_reference():
    """So the collector need not look for them: there is nothing to find after a thousand."""
    ear = Answering()

    async def scenario():
        engine = ear.engine = Engine(
            [settings("acceptor", "VENUE", "A")], ear, MemoryStore(), clock=lambda: 0
        )
        link = engine.link("A")
        link.attach(Transport())
        link.received(first_message(b"A"))
        await asyncio.sleep(0)
        gc.collect()
        gc.disable()
        for number in range(2, 1_002):
            link.received(news(number))
            await asyncio.sleep(0)
        assert gc.collect() == 0
        assert link.session.next_out == 1_002

    try:
        asyncio.run(scenario())
    finally:
        gc.enable()


@pytest.fixture
def looks():
    """What each look of the collector could go through, while it looks briefly."""
    before, callbacks, seen = gc.get_threshold(), list(gc.callbacks), []
    collect_briefly()
    gc.callbacks.append(lambda phase, _: phase == "start" and seen.append(len(gc.get_objects())))
    yield seen
    gc.callbacks[:] = callbacks
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("looks")
def test_the_collector_does_not_look_at_what_is_there_already():
    """Dictionaries and settings stay as long as the process; going through them is a pause."""
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 100


def test_the_collector_looks_at_what_stays_once(looks):
    """However many orders are open, no pause grows with them."""
    kept = [[number] for number in range(100_000)]
    assert len(looks) >= 15
    assert max(looks) < 7_000
    assert len(kept) == 100_000


def test_pauses_of_the_collector_are_counted_while_they_are_watched():
    """An operator sees how many there were and how long; none from before or after."""
    pauses = GarbagePauses()
    gc.collect()
    assert str(pauses) == "garbage collection: no pauses"
    gc.disable()
    try:
        pauses.watch()
        gc.collect()
        gc.collect()
        pauses.stop()
        gc.collect()
    finally:
        gc.enable()
    form = r"garbage collection: 2 pauses, p99\.9 \d+\.\d{3} ms, longest \d+\.\d{3} ms"
    assert re.fullmatch(form, str(pauses))
