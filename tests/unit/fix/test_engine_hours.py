"""Acceptor and initiator keep to the hours of their sessions, over a real connection."""

import asyncio
from datetime import time

from oms_fix.fix import ConnectionType, SessionSettings
from oms_fix.fix.engine import Engine
from oms_fix.fix.link import log
from oms_fix.fix.schedule import Schedule
from oms_fix.fix.store import MemoryStore
from oms_fix.fix.timestamps import parse_timestamp

OFFICE = Schedule.daily(time(8), time(17))
PATIENCE_S = 10


class Watch:
    """A clock that a test sets."""

    def __init__(self, text):
        self.set(text)

    def set(self, text):
        self.now = parse_timestamp(f"{text}.000".encode())

    def __call__(self):
        return self.now


class Diary:
    """An application that remembers logons and logouts."""

    def __init__(self):
        self.entries = []
        self.changed = asyncio.Event()

    def received(self, session_name, message):
        raise NotImplementedError

    def logged_on(self, _session_name):
        self._write("on")

    def logged_out(self, _session_name, reason):
        self._write(reason)

    def _write(self, entry):
        self.entries.append(entry)
        self.changed.set()

    async def until(self, count):
        async with asyncio.timeout(PATIENCE_S):
            while len(self.entries) < count:
                self.changed.clear()
                await self.changed.wait()


def engine(role, watch, store, schedule=OFFICE, port=0):
    ends = {"acceptor": ("OMSFIX", "PEER"), "initiator": ("PEER", "OMSFIX")}
    sender, target = ends[role]
    settings = SessionSettings(
        name=target,
        connection_type=ConnectionType(role),
        begin_string="FIX.4.4",
        sender_comp_id=sender,
        target_comp_id=target,
        socket_accept_host="127.0.0.1",
        socket_connect_host="127.0.0.1",
        socket_connect_port=port,
        reconnect_interval=1,
        schedule=schedule,
    )
    diary = Diary()
    return Engine([settings], diary, store, watch), diary


def test_an_initiator_waits_for_the_opening():
    """It connects when its session opens, and both sides are logged out at the closing."""

    async def scenario():
        watch = Watch("20260309-07:59:59")
        acceptor, accepted = engine("acceptor", watch, MemoryStore())
        await acceptor.start()
        port = acceptor.ports[0]
        initiator, initiated = engine("initiator", watch, MemoryStore(), port=port)
        await initiator.start()
        for _ in range(10):
            await asyncio.sleep(0)
        assert initiator.link("OMSFIX").transport is None
        watch.set("20260309-08:00:00")
        await accepted.until(1)
        await initiated.until(1)
        watch.set("20260309-17:00:00")
        await accepted.until(2)
        await initiated.until(2)
        reasons = {accepted.entries[1], initiated.entries[1]}
        assert any("session is closed" in reason for reason in reasons)
        await initiator.stop()
        await acceptor.stop()

    asyncio.run(scenario())


def test_an_acceptor_refuses_a_logon_outside_the_hours(monkeypatch):
    """The connection is closed without an answer; the log says why."""

    async def scenario():
        refused = asyncio.Event()
        reasons = []

        def warning(_event, extra):
            reasons.append(extra["reason"])
            refused.set()

        monkeypatch.setattr(log, "warning", warning)
        watch = Watch("20260309-18:00:00")
        acceptor, accepted = engine("acceptor", watch, MemoryStore())
        await acceptor.start()
        port = acceptor.ports[0]
        initiator, initiated = engine("initiator", watch, MemoryStore(), None, port)
        await initiator.start()
        await asyncio.wait_for(refused.wait(), PATIENCE_S)
        assert reasons[0] == "session PEER is closed"
        assert (accepted.entries, initiated.entries) == ([], [])
        await initiator.stop()
        await acceptor.stop()

    asyncio.run(scenario())


def test_an_engine_that_starts_in_another_trading_session_begins_at_1():
    """The store's last message tells to which trading session the stored numbers belong."""

    async def scenario():
        store = MemoryStore()
        watch = Watch("20260309-12:00:00")
        acceptor, accepted = engine("acceptor", watch, store)
        await acceptor.start()
        port = acceptor.ports[0]
        initiator, _ = engine("initiator", watch, MemoryStore(), port=port)
        await initiator.start()
        await accepted.until(1)
        await initiator.stop()
        await acceptor.stop()
        assert store.numbers("PEER").next_out > 1

        again, _ = engine("acceptor", watch, store)
        again.link("PEER").tick()
        assert again.link("PEER").session.next_out > 1
        watch.set("20260310-08:00:00")
        another, _ = engine("acceptor", watch, store)
        another.link("PEER").tick()
        assert another.link("PEER").session.next_out == 1
        assert store.numbers("PEER").next_out == 1

    asyncio.run(scenario())
