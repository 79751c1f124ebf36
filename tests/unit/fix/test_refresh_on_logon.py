"""RefreshOnLogon: a session goes on where another process on the same store has left it."""

import asyncio
import time
from datetime import time as time_of_day

import pytest
from engines import Ear, answer_to, first_message, running, settings

from oms_fix.fix import Engine, Link, SequenceNumbers, Session, SqliteStore
from oms_fix.fix.codec import encode
from oms_fix.fix.outputs import Direction, Persist
from oms_fix.fix.schedule import Schedule
from oms_fix.fix.timestamps import parse_timestamp


def numbers_of(answer):
    """Return MsgType(35) and MsgSeqNum(34) of a message."""
    fields = dict(field.split(b"=", 1) for field in answer.split(b"\x01") if b"=" in field)
    return fields[b"35"], fields[b"34"]


@pytest.mark.parametrize(("refreshes", "number"), [(True, b"9"), (False, b"1")])
def test_numbers_are_read_anew_at_the_logon(tmp_path, refreshes, number):
    """What another process has stored since the start is what both sides go by."""

    async def talk():
        ear, store = Ear(), SqliteStore(tmp_path / "shared.db")
        other = SqliteStore(tmp_path / "shared.db")
        mine = settings("acceptor", "VENUE", "A", refresh_on_logon=refreshes)
        async with running(Engine([mine], ear, store)) as venue:
            other.save("A", [], SequenceNumbers(1, 9))
            answer = await answer_to(venue.ports[0], first_message(b"A", now=time.time_ns()))
        other.close()
        store.close()
        return numbers_of(answer)

    assert asyncio.run(talk()) == (b"A", number)


def test_messages_of_the_other_process_are_sent_again(tmp_path):
    """A ResendRequest(2) for them is answered from the store."""

    async def talk():
        client_ear, store = Ear(), SqliteStore(tmp_path / "shared.db")
        header = [(49, b"VENUE"), (56, b"A"), (34, b"1"), (52, b"20260309-16:00:00.000")]
        body = [(148, b"x"), (33, b"1"), (58, b"from the other")]
        raw = encode("FIX.4.4", "B", header, body)
        mine = settings("acceptor", "VENUE", "A", refresh_on_logon=True)
        async with running(Engine([mine], Ear(), store)) as venue:
            other = SqliteStore(tmp_path / "shared.db")
            other.save("A", [Persist(Direction.OUT, 1, "B", raw)], SequenceNumbers(1, 2))
            other.close()
            initiated = [settings("initiator", "A", "VENUE", venue.ports[0])]
            client_store = SqliteStore(tmp_path / "client.db")
            async with running(Engine(initiated, client_ear, client_store)):
                await client_ear.until(lambda: client_ear.heard)
            client_store.close()
        store.close()
        return client_ear.heard

    assert asyncio.run(talk()) == [("VENUE", "from the other")]


class Standby:
    """A host whose store is another process's: what it holds is set by the test."""

    def __init__(self):
        self.now = 0
        self.stored = (SequenceNumbers(1, 1), None)
        self.performed = []

    def clock(self):
        """Return the time that the test has set."""
        return self.now

    def perform(self, link, outputs):  # noqa: ARG002 - the port's signature
        """Take note."""
        self.performed += outputs


class Line:
    """A connection that takes everything."""

    def get_write_buffer_size(self):
        """Return that all has gone out."""
        return 0

    def is_closing(self):
        """Never."""
        return False


def test_a_standby_begins_no_trading_session_of_its_own():
    """At the opening it leaves the numbers alone; at its logon those of this day go on."""
    host = Standby()
    mine = settings(
        "acceptor",
        "VENUE",
        "A",
        refresh_on_logon=True,
        schedule=Schedule.daily(time_of_day(8), time_of_day(17)),
    )
    yesterday = parse_timestamp(b"20260309-16:00:00.000")
    session = Session(mine, mine.load_dictionary(), SequenceNumbers(70, 80))
    link = Link(session, host, yesterday, lambda: host.stored)
    host.now = parse_timestamp(b"20260310-09:00:00.000")
    link.tick()
    assert (host.performed, session.next_in) == ([], 70)
    host.stored = (SequenceNumbers(5, 6), host.now)
    link.attach(Line())
    assert (host.performed, session.next_in, session.next_out) == ([], 5, 6)
