"""What one commit stores, and what a store gives back when it is opened."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct, field

from oms_fix.model.commands import Command
from oms_fix.model.events import Event


class StoreError(Exception):
    """The message store cannot be used; the text says why."""


class StoreUnavailableError(StoreError):
    """The store cannot be written at the moment: disk full, I/O error, read-only, in use.

    What was to be stored is as it was, and may be stored later.
    """


class MessageRecord(Struct, frozen=True):
    """One FIX message as stored; see ``schema.sql`` for the columns."""

    id: int
    at: int
    session: str
    epoch: int
    direction: str
    msg_seq_num: int
    msg_type: str
    event_id: int | None
    raw: bytes


class CommandRecord(Struct, frozen=True):
    """One input of the core; ``message_id`` is the FIX message it came in, if it came in one."""

    id: int
    at: int
    message_id: int | None
    command: Command


class EventRecord(Struct, frozen=True):
    """One decision of the core, with the command that led to it."""

    id: int
    command_id: int
    event: Event


class SessionNumbers(Struct, frozen=True):
    """Where a session stands: how often its numbers were reset, and both next MsgSeqNum(34)."""

    epoch: int = 0
    next_in: int = 1
    next_out: int = 1


class Carried(Struct, frozen=True):
    """What the file of the next trading day is to begin with, when ``day`` is over.

    ``rows`` are (kind, name, body) as ``schema.sql`` has them.
    """

    day: str
    rows: list[tuple[str, str, str]]


class Batch(Struct):
    """All that one transaction stores.

    ``released`` are earlier batches and the time at which their messages went to the sockets.
    ``carried`` is there where the batch ends a trading day: whatever comes after it goes to the
    next file, if the store has files for days.
    """

    id: int
    messages: list[MessageRecord] = field(default_factory=list)
    commands: list[CommandRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    sessions: dict[str, SessionNumbers] = field(default_factory=dict)
    released: list[tuple[int, int]] = field(default_factory=list)
    carried: Carried | None = None


class Counters(Struct, frozen=True):
    """The highest identifiers in the store."""

    batch: int
    message: int
    command: int
    event: int


class Journal(Protocol):
    """The message store as the daemon sees it.

    ``commit``, ``sync`` and ``sent`` run on the one worker thread, or ``commit`` on the event loop
    while the worker has nothing to do; ``checkpoint`` on another thread; the rest before there is
    any traffic, but for ``sent_now``, which the event loop may call.
    """

    @property
    def waits_for_disk(self) -> bool:
        """Whether each commit is to be followed by ``sync`` before anything is told of it."""

    @property
    def has_log_to_finish(self) -> bool:
        """Whether the next commit has more to do than to write a batch, and may take long."""

    def counters(self) -> Counters:
        """Return the highest identifiers given out."""

    def sessions(self) -> dict[str, SessionNumbers]:
        """Return where each session stands."""

    def events(self, after: int = 0) -> Iterator[Event]:
        """Return the events with an id above ``after``, in the order in which they happened."""

    def commit(self, batch: Batch) -> None:
        """Store a batch, whole or not at all; called again with the same one, store it once.

        Raises:
            StoreUnavailableError: not now; to be called again with this batch before any other.
            StoreError: it cannot be stored.
        """

    def sync(self) -> None:
        """Wait until the disk has what was committed.

        Raises:
            StoreUnavailableError: it may not have it; the last batch is to be committed again.
            StoreError: it will not have it.
        """

    @property
    def checkpoint_is_due(self) -> bool:
        """Whether ``checkpoint`` is to be called."""

    def checkpoint(self) -> None:
        """Tidy up what commits have written, while others go on.

        Raises:
            StoreError: that could not be done, which harms nothing.
        """

    def sent(self, session: str, epoch: int, begin: int, end: int) -> Iterable[tuple[int, bytes]]:
        """Return (MsgSeqNum, raw) of our messages ``begin`` to ``end``, in order."""

    def sent_now(self, session: str, epoch: int, msg_seq_num: int) -> bytes | None:
        """Return one message of ours that is stored, or None."""

    def close(self) -> None:
        """Release the store."""
