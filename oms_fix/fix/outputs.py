"""What a session wants done: the values that every method of ``Session`` returns.

The session itself does nothing. Its host carries the outputs out, in this order of duty: what is to
be persisted is stored first, and only then bytes leave for the counterparty.
"""

from enum import StrEnum

from msgspec import Struct

from oms_fix.fix.message import Message


class Direction(StrEnum):
    """Which way a message goes, seen from us."""

    IN = "in"
    OUT = "out"


class Persist(Struct, frozen=True):
    """Store one message: all that we sent, and all that we took in sequence."""

    direction: Direction
    msg_seq_num: int
    msg_type: str
    data: bytes


class Write(Struct, frozen=True):
    """Send these bytes once everything persisted before them is stored."""

    data: bytes


class Deliver(Struct, frozen=True):
    """Hand a message to the application: in sequence, validated, exactly once.

    Application messages, and the counterparty's Reject(3) of one of ours.
    """

    message: Message
    msg_seq_num: int


class Retrieve(Struct, frozen=True):
    """The counterparty asks for our messages ``begin`` to ``end`` (both included) again.

    Answer with ``Session.retrieved`` once all earlier outputs are stored.
    """

    begin: int
    end: int


class Reset(Struct, frozen=True):
    """Both sequence numbers went back to 1: messages stored so far are not for resending."""

    reason: str


class LoggedOn(Struct, frozen=True):
    """Both Logons have been exchanged; application messages may flow."""


class LoggedOut(Struct, frozen=True):
    """The session is not logged on any more; the text says why."""

    reason: str


class Disconnect(Struct, frozen=True):
    """Close the connection after the writes before this have gone out."""

    reason: str


class Note(Struct, frozen=True):
    """Something the log should say; nothing else hangs on it."""

    event: str
    details: dict[str, str | int] = {}


Output = Persist | Write | Deliver | Retrieve | Reset | LoggedOn | LoggedOut | Disconnect | Note
