"""An engine that stops."""

import asyncio
import time

from engines import Ear, first_message, running, settings

from oms_fix.fix import Engine, MemoryStore


def test_who_reconnects_while_the_engine_stops_is_not_let_in():
    """One peer that leaves Logout(5) unanswered keeps the engine waiting, but not listening."""
    names = []

    class Venue(Ear):
        def logged_on(self, session_name):
            names.append(session_name)
            super().logged_on(session_name)

    async def scenario():
        sessions = [settings("acceptor", "VENUE", name) for name in ("SILENT", "EAGER")]
        heard_by_venue, heard_by_eager = Venue(), Ear()
        venue = Engine(sessions, heard_by_venue, MemoryStore())
        await venue.start()
        port = venue.ports[0]
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        silent.write(first_message(b"SILENT", now=time.time_ns()))
        eager = Engine(
            [settings("initiator", "EAGER", "VENUE", port)], heard_by_eager, MemoryStore()
        )
        async with running(eager):
            await heard_by_venue.until(lambda: heard_by_venue.live == {"SILENT", "EAGER"})
            await venue.stop()
        silent.transport.abort()

    asyncio.run(scenario())
    assert sorted(names) == ["EAGER", "SILENT"]
