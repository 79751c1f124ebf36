"""A session and the socket that it has at the moment, if it has one."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from oms_fix.fix.backlog import Backlog, BacklogWatch
from oms_fix.fix.host import Host
from oms_fix.fix.hours import SessionHours
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import Retrieve
from oms_fix.fix.session import SequenceNumbers
from oms_fix.fix.session_port import SessionPort
from oms_fix.fix.timestamps import NANOSECONDS

log = logging.getLogger("oms_fix.fix")

TICK_SECONDS = 0.2
_TICK_NANOSECONDS = int(TICK_SECONDS * NANOSECONDS)
# The timer of the loop and the clock of the host are two; neither is waited for in a tight loop.
_WAKE_SECONDS_MIN = 0.001
# A peer that reads nothing may not keep a closed connection open longer than this.
_LINGER_SECONDS = 2.0
# What can wait does so while the peer has not read more than this; how often that is looked at.
_WRITABLE_BYTES_MAX = 256 * 1024
_WRITABLE_SECONDS = 0.02
# The buffer of a TLS connection does not count what is below it, which one write can fill.
_WRITE_BYTES_MAX = 256 * 1024


class Link:
    """Feeds one session from a transport, and its outputs to the host.

    Nothing here raises because the peer is gone: that comes as ``detach``.

    Attributes:
        session: for as long as the process lives.
        host: carries out the session's outputs.
        transport: the connection, or None.
        gone: set while there is no connection.
        going: set while things are taken in; see ``pause``.
        enabled: it may be connected; whoever sets this to False also logs it out.

    Args:
        session: becomes the attribute.
        host: becomes the attribute.
        used_at: when the session's stored numbers were last used; see ``SessionHours``.
        stored: reads numbers and ``used_at`` anew from a store that other processes change too,
            for RefreshOnLogon; None for a store of our own. While there is no connection, the
            numbers are not ours to begin anew: that is left to the process that has one.
    """

    def __init__(
        self,
        session: SessionPort,
        host: Host,
        used_at: int | None = None,
        stored: Callable[[], tuple[SequenceNumbers, int | None]] | None = None,
    ) -> None:
        self.session = session
        self.host = host
        self._hours = SessionHours(session, used_at)
        self._stored = stored
        self.transport: asyncio.Transport | None = None
        self.enabled = True
        self.gone = asyncio.Event()
        self.gone.set()
        self.going = asyncio.Event()
        self.going.set()
        self._paused_at = 0.0  # by the event loop's clock
        self._unsaid: str | None = None  # a lost connection that the session does not know of
        self._watch = self._new_watch()
        self._cut_because: str | None = None
        self._delayed: asyncio.TimerHandle | None = None  # while the socket is not read
        self._wake: asyncio.TimerHandle | None = None  # between two ticks

    @property
    def name(self) -> str:
        """SessionName."""
        return self.session.name

    @property
    def is_open(self) -> bool:
        """Tell whether it may be connected now: enabled, not paused, and within its schedule."""
        return self.enabled and self.going.is_set() and self._hours.is_open(self.host.clock())

    @property
    def is_settled(self) -> bool:
        """Tell whether there is nothing to wait for: it is logged on, or may not be."""
        return self.session.logged_on or not self.is_open

    def attach(self, transport: asyncio.Transport) -> None:
        """Begin with a new connection."""
        if self._stored is not None:
            numbers, used_at = self._stored()
            self.session.refresh(numbers)
            self._hours = SessionHours(self.session, used_at)
        self._keep_hours()
        self.transport = transport
        self._watch = self._new_watch()
        self._cut_because = None
        self.gone.clear()
        self.host.perform(self, self.session.connected(self.host.clock()))

    def received(self, data: bytes) -> None:
        """Take bytes from the socket.

        Above MaxMessagesPerSecond, and if messages are to wait, the socket is not read until what
        has come is taken in: the peer feels it.
        """
        now = self.host.clock()
        self.host.perform(self, self.session.received(data, now))
        delay = self.session.delay(now)
        transport = self.transport
        if not delay or transport is None:
            return
        transport.pause_reading()  # each time: others let it be read again for reasons of their own
        if self._delayed is None:
            self._delay(transport, delay)

    def _delay(self, transport: asyncio.Transport, nanoseconds: int) -> None:
        self._delayed = asyncio.get_running_loop().call_later(
            nanoseconds / NANOSECONDS, self._go_on, transport
        )

    def _go_on(self, transport: asyncio.Transport) -> None:
        """Take in what has waited for its time; read on once all of it is taken."""
        if not self.going.is_set():
            self._delay(transport, int(TICK_SECONDS * NANOSECONDS))
            return
        now = self.host.clock()
        self.host.perform(self, self.session.received(b"", now))
        delay = self.session.delay(now)
        if transport is not self.transport:
            return
        self._delayed = None
        if delay:
            self._delay(transport, delay)
        else:
            self.read_on()

    def read_on(self) -> None:
        """Have the socket read again, unless messages have to wait or ``pause`` holds it."""
        transport = self.transport
        is_free = self.going.is_set() and self._delayed is None
        if is_free and transport is not None and not transport.is_closing():
            transport.resume_reading()

    def tick(self) -> None:
        """Let the session do what is due; to be called a few times a second, connected or not."""
        if not self.going.is_set():
            return
        if self._stored is None or self.transport is not None:
            self._keep_hours()
        self._watch_backlog()
        self._tick_session()

    def _tick_session(self) -> None:
        """Let the session do what is due, and come back for what will be before the next tick."""
        if not self.going.is_set():
            return
        now = self.host.clock()
        outputs = self.session.tick(now)
        if outputs:
            self.host.perform(self, outputs)
        due = self.session.due_at()
        if due is not None and due - now < _TICK_NANOSECONDS:
            seconds = max((due - now) / NANOSECONDS, _WAKE_SECONDS_MIN)
            if self._wake is not None:
                self._wake.cancel()
            self._wake = asyncio.get_running_loop().call_later(seconds, self._woken)

    def _woken(self) -> None:
        self._wake = None
        do_safely(self, self._tick_session)

    def _keep_hours(self) -> None:
        outputs = self._hours.keep(self.host.clock())
        if outputs:
            self.host.perform(self, outputs)

    def send(self, message: Message) -> None:
        """Send an application message, now or after the next logon."""
        self.host.perform(self, self.session.send(message, self.host.clock()))

    def logout(self, text: str) -> None:
        """End the connection in good order."""
        self.host.perform(self, self.session.logout(text, self.host.clock()))

    def reset(self) -> None:
        """Start both numberings at 1; see ``Session.reset``."""
        self.host.perform(self, self.session.reset(self.host.clock()))

    def set_numbers(self, next_in: int, next_out: int) -> None:
        """Set both numbers by hand; see ``Session.set_numbers``."""
        self.host.perform(self, self.session.set_numbers(next_in, next_out))

    def retrieved(self, asked: Retrieve, messages: Iterable[tuple[int, bytes]]) -> None:
        """Answer a ``Retrieve`` of the session."""
        outputs = self.session.retrieved(asked, messages, self.host.clock())
        self.host.perform(self, outputs)

    def when_writable(self, do: Callable[[], None]) -> None:
        """Call back soon, once most of what was written has gone out; never without a connection.

        For what can wait, such as the next piece of a long answer: the peer sets its pace.
        """
        asyncio.get_running_loop().call_soon(self._try, self.transport, do)

    def _try(self, transport: asyncio.Transport | None, do: Callable[[], None]) -> None:
        if transport is None or transport is not self.transport or transport.is_closing():
            return
        if transport.get_write_buffer_size() <= _WRITABLE_BYTES_MAX:
            do()
        else:
            asyncio.get_running_loop().call_later(_WRITABLE_SECONDS, self._try, transport, do)

    def write(self, data: bytes) -> None:
        """Write to the socket; without one, nothing happens: the peer will ask again."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if len(data) <= _WRITE_BYTES_MAX:
            transport.write(data)
        else:
            for begin in range(0, len(data), _WRITE_BYTES_MAX):
                transport.write(data[begin : begin + _WRITE_BYTES_MAX])
        self._watch.wrote(len(data))
        self._watch_backlog()

    def _new_watch(self) -> BacklogWatch:
        overload = self.session.settings.overload
        return BacklogWatch(overload.max_backlog_bytes, overload.max_backlog_seconds)

    def _watch_backlog(self) -> None:
        """Warn of a peer that does not read, and cut it off in the end; it will ask again."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        verdict = self._watch.judge(transport.get_write_buffer_size(), self.host.clock())
        if verdict is Backlog.FINE:
            return
        details = {"session": self.name, "reason": self._watch.reason}
        log.warning("slow consumer" if verdict is Backlog.WARN else "cut off", extra=details)
        if verdict is Backlog.CUT:
            self._cut_because = self._watch.reason
            transport.abort()

    def close(self) -> None:
        """Close the connection once all that was written has gone out."""
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.close()
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, transport.abort)

    def detach(self) -> None:
        """Take note that the connection is gone."""
        self.transport = None
        self.gone.set()
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if self._delayed is not None:
            self._delayed.cancel()
            self._delayed = None
        self._unsaid = self._cut_because or "connection lost"
        if self.going.is_set():
            self._say_gone()

    def _say_gone(self) -> None:
        if self._unsaid is not None:
            why, self._unsaid = self._unsaid, None
            self.host.perform(self, self.session.disconnected(self.host.clock(), why))

    # --- for a host that cannot store what it would have to -------------------------------------

    def pause(self) -> None:
        """Take nothing in and let no time pass for the session until ``resume``.

        The socket is not read, so that what the peer says waits with the operating systems; a new
        connection has to wait, and that one is lost is told to the session afterwards.
        """
        if not self.going.is_set():
            return
        self.going.clear()
        self._paused_at = asyncio.get_running_loop().time()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self) -> None:
        """Go on after ``pause``: the peer's silence of that time was ours.

        A connection that was not read for half of MaxLatency is closed unread: what waits in it
        would soon be refused for its SendingTime(52), though it is as good as new. After the next
        Logon(A) the peer sends it again.
        """
        if self.going.is_set():
            return
        self.going.set()
        self._say_gone()
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        self.session.excuse(self.host.clock())
        paused = asyncio.get_running_loop().time() - self._paused_at
        settings = self.session.settings
        if settings.check_latency and paused > settings.max_latency / 2:
            self._cut_because = f"not read for {paused:.0f} s"
            transport.abort()
        else:
            self.read_on()


async def log_out_and_close(links: list[Link], text: str) -> None:
    """End all live connections in good order, within the longest LogoutTimeout of them."""
    live = [link for link in links if link.transport is not None]
    for link in live:
        link.logout(text)
    patience = max((link.session.settings.logout_timeout for link in live), default=0)
    await _all_gone(live, patience)
    for link in live:
        if link.transport is not None:
            link.transport.abort()
    await _all_gone(live, _LINGER_SECONDS)


async def _all_gone(links: list[Link], seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for link in links:
                await link.gone.wait()


def do_safely(link: Link, do: Callable[[], None]) -> None:
    """Do what the clock demands of a link; one that fails takes nothing from the others."""
    try:
        do()
    except Exception:
        log.exception("tick failed", extra={"session": link.name})
        link.close()


class Ticker:
    """Calls ``tick`` of every link a few times a second, from ``start`` to ``stop``."""

    def __init__(self, links: list[Link]) -> None:
        self._links = links
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._handle = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """End."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _tick(self) -> None:
        self.start()
        for link in self._links:
            do_safely(link, link.tick)
