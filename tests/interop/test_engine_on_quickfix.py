"""Sessions with Engine=quickfix trade with our own, in both roles, over connections that break."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from engines import Ear, running, settings

from oms_fix.fix import Engine, EngineKind, Message, SqliteStore

MESSAGES = 100
DISCONNECT_EVERY = 25


def news(text):
    """Return an application message with this Text(58)."""
    return Message("B", [(148, b"news"), (33, b"1"), (58, text.encode())])


class Side(Ear):
    """An engine with one session, its store, and what it has heard over all its lives."""

    def __init__(self, path, role, name, other, kind):
        super().__init__()
        self._path, self._role, self._names, self._kind = path, role, (name, other), kind
        self.other = other
        self.sent = 0
        self.port = 0

    @asynccontextmanager
    async def life(self):
        """Run an engine on the store as it is."""
        given = settings(self._role, *self._names, self.port, engine=self._kind)
        store = SqliteStore(self._path, "normal")
        try:
            async with running(Engine([given], self, store)) as engine:
                yield engine
        finally:
            store.close()

    def send(self, engine, count):
        """Send so many messages, numbered over all lives."""
        for _ in range(count):
            self.sent += 1
            engine.send(self.other, news(f"{self.sent}"))

    async def has_heard(self, count):
        """Wait until so many messages have come in all."""
        await self.until(lambda: len(self.heard) >= count)


async def trade(venue, client):
    """Send both ways, and cut the connection in the middle of it again and again."""
    async with venue.life() as at_venue:
        (client.port,) = (venue.port,) = at_venue.ports
        async with client.life() as at_client:
            for begin in range(0, MESSAGES, DISCONNECT_EVERY):
                await client.until(lambda: client.other in client.live)
                await venue.until(lambda: venue.other in venue.live)
                venue.send(at_venue, DISCONNECT_EVERY)
                client.send(at_client, DISCONNECT_EVERY)
                if begin:  # the first time nothing has left yet
                    await venue.has_heard(begin + 1)
                at_client.link(client.other).transport.abort()
                await client.until(lambda: client.other not in client.live)
            await venue.has_heard(MESSAGES)
            await client.has_heard(MESSAGES)


async def meet_again(venue, client):
    """Start both anew on their stores; what one says before the other is there is brought."""
    async with venue.life() as at_venue:
        venue.send(at_venue, 1)
        async with client.life() as at_client:
            client.send(at_client, 1)
            await venue.has_heard(MESSAGES + 1)
            await client.has_heard(MESSAGES + 1)


@pytest.mark.parametrize("role", ["acceptor", "initiator"])
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, role):
    """Each side hears each message once and in order, over disconnects and a restart of both."""
    kinds = {"acceptor": EngineKind.NATIVE, "initiator": EngineKind.NATIVE}
    kinds[role] = EngineKind.QUICKFIX
    venue = Side(tmp_path / "venue.db", "acceptor", "VENUE", "CLIENT", kinds["acceptor"])
    client = Side(tmp_path / "client.db", "initiator", "CLIENT", "VENUE", kinds["initiator"])

    async def both_lives():
        await trade(venue, client)
        await meet_again(venue, client)

    asyncio.run(both_lives())
    everything = [f"{number}" for number in range(1, MESSAGES + 2)]
    assert [text for _, text in venue.heard] == everything
    assert [text for _, text in client.heard] == everything
