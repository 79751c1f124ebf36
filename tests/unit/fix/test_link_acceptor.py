"""Engines on real loopback sockets: sessions that live on, and strangers at the port."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from engines import Ear, answer_to, first_message, running, settings

from oms_fix.fix import Engine, MemoryStore, Message, SqliteStore


@asynccontextmanager
async def connected_pair():
    """Run a venue that accepts A and B, and an A that is logged on to it."""
    venue_ear, client_ear = Ear(), Ear()
    accepted = [settings("acceptor", "VENUE", "A"), settings("acceptor", "VENUE", "B")]
    async with running(Engine(accepted, venue_ear, MemoryStore())) as venue:
        (port,) = venue.ports
        initiated = [settings("initiator", "A", "VENUE", port)]
        async with running(Engine(initiated, client_ear, MemoryStore())) as client:
            await venue_ear.until(lambda: "A" in venue_ear.live)
            await client_ear.until(lambda: "VENUE" in client_ear.live)
            yield venue, venue_ear, client, client_ear


def news(number):
    """Return an application message with a number in Text(58)."""
    return Message("B", [(148, b"news"), (33, b"1"), (58, b"%d" % number)])


async def closed_without_an_answer(port, data):
    """Whether a connection that sends this is closed and told nothing."""
    return await answer_to(port, data) == b""


def test_nothing_is_lost_or_doubled_by_a_disconnect():
    """A hundred messages each way with a cut in the middle arrive once each, and in order."""

    async def trade():
        async with connected_pair() as (venue, venue_ear, client, client_ear):
            for number in range(100):
                client.send("VENUE", news(number))
                venue.send("A", news(number))
                if number == 50:
                    client.link("VENUE").transport.abort()
                if number % 10 == 0:
                    await asyncio.sleep(0)
            await venue_ear.until(lambda: len(venue_ear.heard) >= 100)
            await client_ear.until(lambda: len(client_ear.heard) >= 100)
            return venue_ear.heard, client_ear.heard

    heard_by_venue, heard_by_client = asyncio.run(trade())
    assert heard_by_venue == [("A", str(number)) for number in range(100)]
    assert heard_by_client == [("VENUE", str(number)) for number in range(100)]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"8=FIX.4.4\x019=5\x0135=A\x0110=000\x01",
        first_message(b"NOBODY"),
        first_message(b"A"),
        first_message(b"A", "0"),
        b"x" * 100_000,
    ],
    ids=["http", "tls", "checksum", "unknown CompID", "second logon", "no logon", "flood"],
)
def test_stranger_is_closed_and_nobody_else_disturbed(data):
    """Whatever comes to the port, a live session goes on."""

    async def intrude():
        async with connected_pair() as (venue, venue_ear, client, _):
            alone = await closed_without_an_answer(venue.ports[0], data)
            client.send("VENUE", news(1))
            await venue_ear.until(lambda: venue_ear.heard)
            return alone, venue_ear.heard, set(venue_ear.live)

    assert asyncio.run(intrude()) == (True, [("A", "1")], {"A"})


def test_stopped_engine_has_said_goodbye():
    """Logout, answered; then both sides know that the session is over."""

    async def stop():
        async with connected_pair() as (venue, venue_ear, _, client_ear):
            await venue.stop()
            await client_ear.until(lambda: not client_ear.live)
            return venue_ear.live, client_ear.live

    assert asyncio.run(stop()) == (set(), set())


def test_message_for_a_session_that_was_never_logged_on_waits():
    """It is sent when its counterparty comes."""

    async def wait():
        venue_ear, client_ear = Ear(), Ear()
        accepted = [settings("acceptor", "VENUE", "A")]
        async with running(Engine(accepted, venue_ear, MemoryStore())) as venue:
            venue.send("A", news(7))
            initiated = [settings("initiator", "A", "VENUE", venue.ports[0])]
            async with running(Engine(initiated, client_ear, MemoryStore())):
                await client_ear.until(lambda: client_ear.heard)
                return client_ear.heard

    assert asyncio.run(wait()) == [("VENUE", "7")]


def test_engine_that_starts_again_goes_on_where_it_was(tmp_path):
    """Numbers and messages to be resent come from the file; the counterparty notices nothing."""

    async def life(venue_ear, client_ear, client_store, number):
        accepted = [settings("acceptor", "VENUE", "A")]
        store = SqliteStore(tmp_path / "venue.db")
        engine = Engine(accepted, venue_ear, store)
        engine.send("A", news(number))
        async with running(engine) as venue:
            initiated = [settings("initiator", "A", "VENUE", venue.ports[0])]
            async with running(Engine(initiated, client_ear, client_store)) as client:
                client.send("VENUE", news(number))
                await client_ear.until(lambda: len(client_ear.heard) > number)
                await venue_ear.until(lambda: len(venue_ear.heard) > number)
        store.close()

    async def lives():
        venue_ear, client_ear, client_store = Ear(), Ear(), MemoryStore()
        for number in range(3):
            await life(venue_ear, client_ear, client_store, number)
        return venue_ear.heard, client_ear.heard

    heard_by_venue, heard_by_client = asyncio.run(lives())
    assert heard_by_venue == [("A", "0"), ("A", "1"), ("A", "2")]
    assert heard_by_client == [("VENUE", "0"), ("VENUE", "1"), ("VENUE", "2")]


def test_connections_without_a_logon_are_limited():
    """From one address, twenty more than there are sessions; the next is closed at once."""

    async def crowd():
        async with connected_pair() as (venue, venue_ear, client, _):
            (port,) = venue.ports
            waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(22)]
            alone = await closed_without_an_answer(port, b"")
            client.send("VENUE", news(1))
            await venue_ear.until(lambda: venue_ear.heard)
            for _, writer in waiting:
                writer.close()
            return alone, venue_ear.heard

    assert asyncio.run(crowd()) == (True, [("A", "1")])
