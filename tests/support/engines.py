"""Engines on loopback sockets: who listens to them, their settings, and strangers at the port."""

import asyncio
import ssl
from contextlib import asynccontextmanager

from oms_fix.fix import ConnectionType, SessionSettings
from oms_fix.fix.codec import encode
from oms_fix.fix.timestamps import format_timestamp

PATIENCE_SECONDS = 20


class Ear:
    """An application that remembers what it heard."""

    def __init__(self):
        self.heard = []
        self.live = set()
        self.changed = asyncio.Event()

    def received(self, session_name, message):
        """Take a message."""
        self.heard.append((session_name, message.text(58)))
        self.changed.set()

    def logged_on(self, session_name):
        """Take note."""
        self.live.add(session_name)
        self.changed.set()

    def logged_out(self, session_name, reason):  # noqa: ARG002 - the port's signature
        """Take note."""
        self.live.discard(session_name)
        self.changed.set()

    async def until(self, condition):
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


def settings(role, me, other, port=0, **changes):
    """Return settings of a session on loopback."""
    return SessionSettings(
        name=other,
        connection_type=ConnectionType(role),
        begin_string="FIX.4.4",
        sender_comp_id=me,
        target_comp_id=other,
        socket_accept_host="127.0.0.1",
        socket_accept_port=port,
        socket_connect_host="127.0.0.1",
        socket_connect_port=port,
        reconnect_interval=1,
        heart_bt_int=1,
        **changes,
    )


@asynccontextmanager
async def running(engine):
    """Start an engine (or an acceptor) and stop it in the end."""
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def first_message(sender, msg_type="A", now=0, body=()):
    """Return the bytes of a first message to the venue."""
    header = [(49, sender), (56, b"VENUE"), (34, b"1"), (52, format_timestamp(now, 3))]
    return encode("FIX.4.4", msg_type, header, [(98, b"0"), (108, b"30"), *body])


async def answer_to(port, data, context=None):
    """Return what a connection that sends this hears at first; empty if it is closed instead."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        except (ConnectionError, ssl.SSLError):
            return b""
        try:
            writer.write(data)
            return await reader.read(4096)
        except (ConnectionError, ssl.SSLError):
            return b""
        finally:
            writer.transport.abort()
