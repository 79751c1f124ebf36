"""The port behind which a session is run: by us, or by QuickFIX."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from oms_fix.fix.conversation import SequenceNumbers, State
from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import Output, Retrieve
from oms_fix.fix.session import Session
from oms_fix.fix.settings import EngineKind, SessionSettings


class SessionPort(Protocol):
    """What links and hosts use of a session; ``Session`` says what each member means.

    A session has no socket and no store. Its methods return what is to be done, and it counts on
    that being stored before any of it is seen outside.
    """

    @property
    def name(self) -> str:
        """SessionName of the settings."""

    @property
    def settings(self) -> SessionSettings:
        """What the session has been told."""

    @property
    def dictionary(self) -> Dictionary:
        """What its messages are read with."""

    @property
    def application_version(self) -> str:
        """The FIX version of application messages, such as ``FIX.5.0SP2``."""

    @property
    def state(self) -> State:
        """Where the session is in the life of its connection."""

    @property
    def logged_on(self) -> bool:
        """Both Logons have been exchanged and no Logout has been sent."""

    @property
    def next_in(self) -> int:
        """MsgSeqNum(34) expected next."""

    @property
    def next_out(self) -> int:
        """MsgSeqNum(34) of our next message."""

    @property
    def tolerated(self) -> Mapping[tuple[str, int], int]:
        """In how many messages something unknown was let pass, by MsgType(35) and tag."""

    def connected(self, now: int) -> list[Output]:
        """Begin with a new connection; an initiator sends its Logon(A)."""

    def received(self, data: bytes, now: int) -> list[Output]:
        """Take bytes as they came from the connection."""

    def delay(self, now: int) -> int:
        """Return the nanoseconds after which ``received`` is to be called; 0 if nothing waits."""

    def due_at(self) -> int | None:
        """Return when ``tick`` will have something to send; None where usual ticks will do."""

    def excuse(self, now: int) -> None:
        """Count the counterparty's silence from now on: it was not listened to before."""

    def refresh(self, stored: SequenceNumbers) -> None:
        """Go on with these numbers, by RefreshOnLogon, before there is a connection."""

    def tick(self, now: int) -> list[Output]:
        """Do what is due: heartbeats, test requests, timeouts."""

    def send(self, message: Message, now: int) -> list[Output]:
        """Send an application message; while logged out, it waits for the next Logon."""

    def logout(self, text: str, now: int) -> list[Output]:
        """End the connection in good order, with this Text(58) for the counterparty."""

    def disconnected(self, now: int, reason: str = "connection lost") -> list[Output]:
        """Take note that the connection is gone, whoever closed it and why."""

    def retrieved(
        self, asked: Retrieve, stored: Iterable[tuple[int, bytes]], now: int
    ) -> list[Output]:
        """Resend what a ``Retrieve`` asked for."""

    def begin_trading_session(self) -> list[Output]:
        """Start both numberings at 1 while there is no connection."""

    def reset(self, now: int) -> list[Output]:
        """Start both numberings at 1, as the operators of both sides have agreed."""

    def set_numbers(self, next_in: int, next_out: int) -> list[Output]:
        """Set both numbers by hand; LocalError while there is a connection."""


def open_session(settings: SessionSettings, numbers: SequenceNumbers) -> SessionPort:
    """Return a session run by the engine that its settings name.

    Args:
        settings: of the session.
        numbers: as stored.

    Raises:
        LocalError: a dictionary is wrong; or QuickFIX is not there, or refuses the settings.
    """
    if settings.engine is EngineKind.NATIVE:
        return Session(settings, settings.load_dictionary(), numbers)
    from oms_fix.fix.quickfix_session import QuickfixSession  # not for who does without it

    return QuickfixSession(settings, settings.load_dictionary(), numbers)
