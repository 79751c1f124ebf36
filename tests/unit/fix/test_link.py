"""A link never raises because its peer is gone, and keeps only so much for one that is slow."""

import asyncio

from oms_fix.fix import ConnectionType, Link, SequenceNumbers, Session, SessionSettings
from oms_fix.fix.accepted_connection import AcceptedConnection
from oms_fix.fix.codec import encode
from oms_fix.fix.outputs import Deliver, LoggedOut, Persist
from oms_fix.fix.overload_settings import OverloadSettings
from oms_fix.fix.timestamps import format_timestamp

SECOND = 1_000_000_000
REPORT = [
    (37, b"1"), (17, b"1"), (150, b"0"), (39, b"0"), (55, b"IBM"), (54, b"1"), (151, b"1"),
    (14, b"0"), (6, b"0"),
]  # fmt: skip


class Transport(asyncio.Transport):
    """A transport that remembers; what is written above ``takes`` bytes stays in its buffer."""

    def __init__(self, backlog=0, *, closing=False, takes=None):
        super().__init__()
        self.written = []
        self.reading = []
        self.resumed = asyncio.Event()
        self.closed = asyncio.Event()
        self._takes = takes
        self.aborted = False
        self._backlog = backlog
        self._closing = closing

    def write(self, data):
        """Remember."""
        self.written.append(data)
        if self._takes is not None:
            self._backlog += len(data)
            gone = min(self._backlog, self._takes)
            self._takes -= gone
            self._backlog -= gone

    def pause_reading(self):
        """Remember."""
        self.reading.append("pause")

    def resume_reading(self):
        """Remember."""
        self.reading.append("resume")
        self.resumed.set()

    def get_write_buffer_size(self):
        """Return what the peer has not read."""
        return self._backlog

    def is_closing(self):
        """Tell whether the connection is going down."""
        return self._closing

    def close(self):
        """Remember."""
        self._closing = True
        self.closed.set()

    def abort(self):
        """Remember."""
        self.aborted = True


class DeafHost:
    """Carries nothing out, but remembers; its clock stands still."""

    def __init__(self):
        self.now = 0
        self.outputs = []
        self.performed = asyncio.Event()

    def clock(self):
        """Return the time."""
        return self.now

    def perform(self, link, outputs):  # noqa: ARG002 - the port's signature
        """Remember."""
        self.outputs += outputs
        self.performed.set()

    def reasons(self):
        """Return why the session was logged out."""
        return [each.reason for each in self.outputs if isinstance(each, LoggedOut)]


def linked(transport, host=None, **overload):
    """Return a link that has this transport."""
    settings = SessionSettings(
        name="A",
        connection_type=ConnectionType.ACCEPTOR,
        begin_string="FIX.4.4",
        sender_comp_id="OMSFIX",
        target_comp_id="A",
        overload=OverloadSettings(**overload),
    )
    session = Session(settings, settings.load_dictionary(), SequenceNumbers())
    link = Link(session, host or DeafHost())
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


def said(number, msg_type, *fields):
    """Return a message of A."""
    header = [(49, b"A"), (56, b"OMSFIX"), (34, b"%d" % number), (52, format_timestamp(0))]
    return encode("FIX.4.4", msg_type, header, fields)


def logged_on(transport, **overload):
    """Return a link that is logged on, and its host."""
    host = DeafHost()
    link = linked(transport, host, **overload)
    link.received(said(1, "A", (98, b"0"), (108, b"30")))
    host.outputs.clear()
    return link, host


def test_backlog_in_bytes_is_counted_with_what_is_written_as_one():
    """One joined write that the peer does not read is enough; LoggedOut says what it was."""
    transport = Transport(takes=1_000)
    link, host = logged_on(transport, max_backlog_bytes=600_000)
    link.write(b"x" * 601_001)
    link.detach()
    assert transport.aborted
    reason = "slow consumer: backlog of 600001 bytes, 0 s without draining"
    assert host.reasons() == [reason]


def test_long_write_goes_out_in_parts():
    """All of it and in order; a TLS connection counts no backlog within one write."""
    transport = Transport()
    data = bytes(range(250)) * 4_000
    linked(transport).write(data)
    assert b"".join(transport.written) == data
    assert max(map(len, transport.written)) <= 256 * 1024


def test_backlog_that_stands_still_is_cut_off_by_the_clock(caplog):
    """A warning at half of MaxBacklogSeconds, the end at all of it, also if nothing is written."""
    transport = Transport(takes=0)
    link, host = logged_on(transport, max_backlog_seconds=10)
    link.write(b"8=FIX")
    said = []
    for second in (4, 5, 6, 9, 10):
        host.now = second * SECOND
        link.tick()
        said.append((second, len(caplog.records), transport.aborted))
    assert said == [(4, 0, False), (5, 1, False), (6, 1, False), (9, 1, False), (10, 2, True)]
    link.detach()
    assert host.reasons() == ["slow consumer: backlog of 5 bytes, 10 s without draining"]


def test_socket_that_others_let_be_read_is_paused_again():
    """What comes meanwhile waits behind the rest, and no more is read."""

    async def flood():
        transport = Transport()
        link, host = logged_on(transport, max_messages_per_second=1)
        link.received(said(2, "8", *REPORT) + said(3, "8", *REPORT))
        transport.resume_reading()
        link.received(said(4, "8", *REPORT))
        link.detach()
        return transport.reading, [each for each in host.outputs if isinstance(each, Deliver)]

    reading, delivered = asyncio.run(flood())
    assert (reading, len(delivered)) == (["pause", "resume", "pause"], 1)


def test_next_connection_starts_without_a_backlog():
    """What the one before did is over: its end is an ordinary one."""
    transport = Transport(takes=0)
    link, host = logged_on(transport, max_backlog_bytes=4)
    link.write(b"8=FIX")
    link.detach()
    host.outputs.clear()
    link.attach(Transport())
    link.received(said(2, "A", (98, b"0"), (108, b"30")))
    link.detach()
    assert host.reasons() == ["connection lost"]


def test_socket_is_not_read_until_messages_may_be_taken():
    """Backpressure: the peer's data stays in its own buffers until there are tokens again."""

    async def flood():
        transport = Transport()
        link, host = logged_on(transport, max_messages_per_second=100)
        orders = b"".join(said(number, "8", *REPORT) for number in range(2, 105))
        link.received(orders)
        reading, waiting = list(transport.reading), link.session.delay(0)
        host.now = SECOND
        async with asyncio.timeout(20):
            await transport.resumed.wait()
        delivered = [each.msg_seq_num for each in host.outputs if isinstance(each, Deliver)]
        return reading, waiting, transport.reading, delivered

    reading, waiting, reading_then, delivered = asyncio.run(flood())
    assert (reading, waiting) == (["pause"], SECOND // 100)
    assert (reading_then, delivered) == (["pause", "resume"], list(range(2, 105)))


class FullHost(DeafHost):
    """Has to pause the link over what it is given."""

    def perform(self, link, outputs):
        """Remember, and pause."""
        super().perform(link, outputs)
        link.pause()


def test_socket_of_a_paused_link_is_not_read_when_the_waiting_messages_are_taken():
    """They may be what the host has to pause for; it is read after the pause."""

    async def flood():
        transport = Transport()
        link, _ = logged_on(transport, max_messages_per_second=100)
        link.received(b"".join(said(number, "8", *REPORT) for number in range(2, 105)))
        link.host, link.host.now = FullHost(), SECOND
        async with asyncio.timeout(20):
            await link.host.performed.wait()
        reading = list(transport.reading)
        link.resume()
        link.detach()
        return reading, transport.reading

    before, after = asyncio.run(flood())
    assert (before, after) == (["pause", "pause"], ["pause", "pause", "resume"])


def test_socket_of_a_link_that_its_logon_pauses_is_not_read():
    """A host that is full with the Logon(A) gets no more until it can take it."""

    async def log_on():
        transport, host = Transport(), FullHost()
        link = linked(Transport())
        link.detach()
        link.host = host
        connection = AcceptedConnection(None, ("127.0.0.1", 1), ("127.0.0.1", 2), None)
        connection.connection_made(transport)
        connection.data_received(said(1, "A", (98, b"0"), (108, b"30")))
        connection.hand_over(link)
        before = list(transport.reading)
        link.resume()
        return before, transport.reading

    before, after = asyncio.run(log_on())
    assert (before, after) == (["pause", "pause"], ["pause", "pause", "resume"])


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


def test_heartbeat_goes_out_when_it_is_due_and_not_with_the_next_tick():
    """A tick before the time is enough: where HeartBtInt(108)=1 a tick is a fifth of it."""

    async def wait():
        link, host = logged_on(Transport())
        host.now = 30 * SECOND - 1
        link.tick()
        early = list(host.outputs)
        host.performed.clear()
        host.now = 30 * SECOND
        async with asyncio.timeout(20):
            await host.performed.wait()
        link.detach()
        return early, [each.msg_type for each in host.outputs if isinstance(each, Persist)]

    assert asyncio.run(wait()) == ([], ["0"])


def test_what_fails_between_two_ticks_closes_its_link(caplog):
    """As in a tick: the others go on, and the log says what it was."""

    class FailingHost(DeafHost):
        def perform(self, link, outputs):
            if self.now:
                raise OSError("disk full")
            super().perform(link, outputs)

    async def wait():
        host, transport = FailingHost(), Transport()
        link = linked(transport, host)
        link.received(said(1, "A", (98, b"0"), (108, b"30")))
        host.now = 30 * SECOND - 1
        link.tick()
        host.now = 30 * SECOND
        async with asyncio.timeout(20):
            await transport.closed.wait()

    asyncio.run(wait())
    assert [record.msg for record in caplog.records] == ["tick failed"]
