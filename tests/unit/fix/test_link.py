"""A link never raises because its peer is gone, and keeps only so much for one that is slow."""

import asyncio

from oms_fix.fix import ConnectionType, Link, SequenceNumbers, Session, SessionSettings


class Transport(asyncio.Transport):
    """A transport that remembers."""

    def __init__(self, backlog=0, *, closing=False):
        super().__init__()
        self.written = []
        self.aborted = False
        self._backlog = backlog
        self._closing = closing

    def write(self, data):
        """Remember."""
        self.written.append(data)

    def get_write_buffer_size(self):
        """Return what the peer has not read."""
        return self._backlog

    def is_closing(self):
        """Tell whether the connection is going down."""
        return self._closing

    def abort(self):
        """Remember."""
        self.aborted = True


class DeafHost:
    """Carries nothing out."""

    clock = staticmethod(lambda: 0)

    def perform(self, link, outputs):
        """Do nothing."""


def linked(transport):
    """Return a link that has this transport."""
    settings = SessionSettings(
        name="A",
        connection_type=ConnectionType.ACCEPTOR,
        begin_string="FIX.4.4",
        sender_comp_id="OMSFIX",
        target_comp_id="A",
    )
    link = Link(Session(settings, settings.load_dictionary(), SequenceNumbers()), DeafHost())
    link.attach(transport)
    return link


def test_bytes_go_to_the_transport():
    """As they are."""
    transport = Transport()
    linked(transport).write(b"8=FIX")
    assert transport.written == [b"8=FIX"]


def test_bytes_for_nobody_are_dropped():
    """They are persisted: the counterparty asks for them after its next logon."""
    transport = Transport()
    link = linked(transport)
    link.detach()
    link.write(b"8=FIX")
    assert transport.written == []


def test_bytes_for_a_closing_connection_are_dropped():
    """The transport would warn of each."""
    transport = Transport(closing=True)
    linked(transport).write(b"8=FIX")
    assert transport.written == []


def test_peer_that_reads_nothing_is_cut_off():
    """Memory does not grow without bound for a peer that has stopped."""
    transport = Transport(backlog=65 * 1024 * 1024)
    linked(transport).write(b"8=FIX")
    assert transport.aborted
    assert transport.written == []


def done_when_writable(backlog, *, lost=False):
    """Whether what waits for a link with this backlog is done within a moment."""

    async def wait():
        link, done = linked(Transport(backlog)), []
        link.when_writable(lambda: done.append(True))
        if lost:
            link.attach(Transport())
        await asyncio.sleep(0.05)
        return bool(done)

    return asyncio.run(wait())


def test_what_can_wait_waits_for_the_peer_to_read():
    """A long answer is written at the pace of who asked for it."""
    assert done_when_writable(0)
    assert not done_when_writable(10_000_000)


def test_what_waits_for_a_lost_connection_is_not_done():
    """The next connection asks for itself."""
    assert not done_when_writable(0, lost=True)
