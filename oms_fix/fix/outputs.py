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


# A member is found several times quicker by a name of the module than through the enumeration.
IN, OUT = Direction.IN, Direction.OUT


class Persist(Struct, frozen=True, gc=False):
    """Store one message: all that we sent, and all that we took in sequence.

    Attributes:
        direction: which way it went.
        msg_seq_num: MsgSeqNum(34).
        msg_type: MsgType(35).
        data: the message as it is to be stored, without its secrets.
    """

    direction: Direction
    msg_seq_num: int
    msg_type: str
    data: bytes


class Write(Struct, frozen=True, gc=False):
    """Send these bytes once everything persisted before them is stored."""

    data: bytes


class Deliver(Struct, frozen=True, gc=False):
    """Hand a message to the application: in sequence, validated, once.

    Application messages, and the counterparty's Reject(3) of one of ours. Its ``Persist`` comes
    before it. A host that stores the message before the application hears of it delivers at most
    once: after a crash in between, the counterparty does not send it again.
    """

    message: Message
    msg_seq_num: int


class Retrieve(Struct, frozen=True):
    """The counterparty needs our messages ``begin`` to ``end`` (both included) again.

    Answer by handing it back to ``Session.retrieved`` once all earlier outputs are stored. A long
    range comes in pieces, one ``Retrieve`` after the answer to the other. ``serial`` tells equal
    ranges apart: an answer that comes when its connection is gone is ignored.
    """

    begin: int
    end: int
    serial: int


class Reset(Struct, frozen=True):
    """The numbering starts anew: messages stored so far are not for resending.

    Attributes:
        reason: why.
        next_in: MsgSeqNum(34) now expected next.
        next_out: MsgSeqNum(34) of our next message; 2 where the new numbering began with the
            Logon(A) that we had sent already.
        unsent: first and last number of what we numbered and never wrote, since this process
            began; the counterparty will not ask for these any more. None if there are none.
    """

    reason: str
    next_in: int = 1
    next_out: int = 1
    unsent: tuple[int, int] | None = None


class NumbersSet(Struct, frozen=True):
    """The operator moved numbers forward; messages stored so far stay for resending."""

    next_in: int
    next_out: int


class Expired(Struct, frozen=True):
    """An order message of ours was too old to be sent again, and has been gap-filled instead.

    The counterparty has never got it, and never will; see ``oms_fix.fix.stale_orders``.
    """

    msg_seq_num: int
    data: bytes


class LoggedOn(Struct, frozen=True):
    """Both Logons have been exchanged; application messages may flow."""


class LoggedOut(Struct, frozen=True):
    """The session is not logged on any more; the text says why.

    ``by_logout``: in good order, by a Logout(5) of the counterparty or one that our host wanted.
    """

    reason: str
    by_logout: bool = False


class Disconnect(Struct, frozen=True):
    """Close the connection after the writes before this have gone out."""

    reason: str


class Note(Struct, frozen=True):
    """Something the log should say; nothing else hangs on it."""

    event: str
    details: dict[str, str | int] = {}


Output = (
    Persist
    | Write
    | Deliver
    | Retrieve
    | Reset
    | NumbersSet
    | Expired
    | LoggedOn
    | LoggedOut
    | Disconnect
    | Note
)
