"""The engine used alone: sessions, a store, and an application that hears of messages."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from oms_fix.fix.acceptor import Acceptor
from oms_fix.fix.initiator import Initiator
from oms_fix.fix.link import Link, log
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    Deliver,
    Disconnect,
    LoggedOn,
    LoggedOut,
    Note,
    Output,
    Persist,
    Reset,
    Retrieve,
    Write,
)
from oms_fix.fix.session import SequenceNumbers, Session
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.store import Store


class Application(Protocol):
    """What an application hears; it may send from within."""

    def received(self, session_name: str, message: Message) -> None:
        """Take an application message, or the counterparty's Reject(3), in sequence and once."""

    def logged_on(self, session_name: str) -> None:
        """Take note that messages flow."""

    def logged_out(self, session_name: str, reason: str) -> None:
        """Take note that messages wait until the next logon."""


class Engine:
    """Runs the sessions of some settings. All methods belong to the thread of the event loop.

    A message is stored as received before the application hears of it: after a crash in between,
    the application does not hear of it again.

    Attributes:
        clock: returns nanoseconds since 1970-01-01 UTC.
        ports: ports listened on, one for each address of the acceptors' settings; after ``start``.
    """

    def __init__(
        self,
        settings: Iterable[SessionSettings],
        application: Application,
        store: Store,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.clock = clock
        self._application = application
        self._store = store
        self._links = {s.name: self._link(s) for s in settings}
        acceptors: list[Link] = []
        initiators: list[Link] = []
        for link in self._links.values():
            role = link.session.settings.connection_type
            (acceptors if role is ConnectionType.ACCEPTOR else initiators).append(link)
        self._acceptor = Acceptor(acceptors)
        self._initiators = [Initiator(link) for link in initiators]
        self._waiting: deque[tuple[Link, Sequence[Output]]] = deque()
        self._performing = False

    def _link(self, settings: SessionSettings) -> Link:
        numbers = self._store.numbers(settings.name)
        return Link(Session(settings, settings.load_dictionary(), numbers), self)

    @property
    def ports(self) -> list[int]:
        """Ports listened on, one for each address of the acceptors' settings."""
        return self._acceptor.ports

    def link(self, session_name: str) -> Link:
        """Return the link of a session; KeyError if there is none of this name."""
        return self._links[session_name]

    async def start(self) -> None:
        """Listen and begin to connect; OSError if an address cannot be had."""
        await self._acceptor.start()
        for initiator in self._initiators:
            await initiator.start()

    async def stop(self) -> None:
        """Log out of all sessions and close; the store stays open."""
        for initiator in self._initiators:
            await initiator.stop()
        await self._acceptor.stop()

    def send(self, session_name: str, message: Message) -> None:
        """Send an application message, now or after the next logon; KeyError if no such session."""
        self._links[session_name].send(message)

    def perform(self, link: Link, outputs: Sequence[Output]) -> None:
        """Store, then write and tell; what comes up meanwhile waits for its turn."""
        self._waiting.append((link, outputs))
        if outputs and any(isinstance(output, Persist | Reset) for output in outputs):
            session = link.session
            numbers = SequenceNumbers(session.next_in, session.next_out)
            self._store.save(link.name, outputs, numbers)
        if self._performing:
            return
        self._performing = True
        try:
            while self._waiting:
                self._carry_out(*self._waiting.popleft())
        finally:
            self._performing = False

    def _carry_out(self, link: Link, outputs: Sequence[Output]) -> None:
        for output in outputs:
            match output:
                case Write(data):
                    link.write(data)
                case Deliver(message, _):
                    self._application.received(link.name, message)
                case Retrieve(begin, end):
                    link.retrieved(begin, end, self._store.sent(link.name, begin, end))
                case Disconnect(reason):
                    self._log(link, "disconnect", reason=reason)
                    link.close()
                case _:
                    self._tell(link, output)

    def _tell(self, link: Link, output: Output) -> None:
        match output:
            case LoggedOn():
                self._log(link, "logged on")
                self._application.logged_on(link.name)
            case LoggedOut(reason):
                self._log(link, "logged out", reason=reason)
                self._application.logged_out(link.name, reason)
            case Reset(reason):
                self._log(link, "sequence numbers reset", reason=reason)
            case Note(event, details):
                self._log(link, event, level=logging.WARNING, **details)

    @staticmethod
    def _log(link: Link, event: str, *, level: int = logging.INFO, **details: str | int) -> None:
        log.log(level, event, extra={"session": link.name, **details})
