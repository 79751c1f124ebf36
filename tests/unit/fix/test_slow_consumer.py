"""A peer that stops to read is cut off on a real socket, with TLS and without, on either loop."""

import asyncio
import ssl

import pytest
import uvloop
from certificates import Authority
from engines import PATIENCE_SECONDS, Ear, first_message, running, settings

from oms_fix.fix import Engine, MemoryStore, Message
from oms_fix.fix.overload_settings import OverloadSettings
from oms_fix.fix.security import SecuritySettings


class Reasons(Ear):
    """Remembers why sessions were logged out."""

    def __init__(self):
        super().__init__()
        self.reasons = []

    def logged_out(self, session_name, reason):
        """Take note."""
        self.reasons.append(reason)
        super().logged_out(session_name, reason)


@pytest.fixture(params=["plain", "tls"])
def line(request, tmp_path):
    """The security settings of an acceptor, and the TLS context of who connects to it."""
    if request.param == "plain":
        return SecuritySettings(), None
    authority = Authority(tmp_path, "ours")
    certificate, key = authority.issue("VENUE")
    security = SecuritySettings(
        socket_use_ssl=True,
        server_certificate_file=certificate,
        server_certificate_key_file=key,
    )
    return security, ssl.create_default_context(cafile=str(authority.certificate))


async def flood(security, context):
    """Write to a peer that logs on and reads no more; return why it was logged out."""
    ear = Reasons()
    overload = OverloadSettings(max_backlog_bytes=1024 * 1024)
    accepted = settings(
        "acceptor", "VENUE", "A", security=security, overload=overload, check_latency=False
    )
    engine = Engine([accepted], ear, MemoryStore())
    async with running(engine), asyncio.timeout(PATIENCE_SECONDS):
        _, writer = await asyncio.open_connection("127.0.0.1", engine.ports[0], ssl=context)
        writer.write(first_message(b"A"))
        await ear.until(lambda: "A" in ear.live)
        for _ in range(400):
            if "A" not in ear.live:
                break
            engine.send("A", Message("B", [(58, b"x" * 100_000)]))
            await asyncio.sleep(0)
        await ear.until(lambda: ear.reasons)
        writer.transport.abort()
    return ear.reasons


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_peer_that_stops_to_read_is_cut_off(line, loop):
    """The application hears that it was too slow, not that the connection was lost."""
    with asyncio.Runner(loop_factory=loop) as runner:
        (reason,) = runner.run(flood(*line))
    assert reason.startswith("slow consumer: backlog of 1")
