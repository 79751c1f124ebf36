"""The simulated disk: what is on it stays whatever dies; what is on its way to it may not.

A commit is done some time after it was asked for, and reported some time after it was done: a
process that is killed in between finds it there or not.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct, field

from oms_fix.journal.records import (
    Batch,
    Counters,
    Journal,
    MessageRecord,
    SessionNumbers,
    StoreError,
    StoreUnavailableError,
)
from oms_fix.journal.reserve import DiskReserve
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.commands import Command
from oms_fix.model.events import Event

_RESERVE_BYTES = 8_000_000
_FREE_BYTES = 10**9

encode = msgspec.json.Encoder().encode
_decode_event: Callable[[bytes], Event] = msgspec.json.Decoder(Event).decode
_decode_command: Callable[[bytes], Command] = msgspec.json.Decoder(Command).decode


class StoredCommand(Struct, frozen=True):
    """A command as it is on the disk."""

    id: int
    at: int
    body: bytes

    @property
    def command(self) -> Command:
        """The command read back."""
        return _decode_command(self.body)


class StoredEvent(Struct):
    """An event as it is on the disk; read back once, since events never change."""

    command_id: int
    body: bytes
    _read: Event | None = None

    @property
    def event(self) -> Event:
        """The event read back."""
        if self._read is None:
            self._read = _decode_event(self.body)
        return self._read


class Platter(Struct):
    """What is on the disk, in the order in which it was written."""

    batches: int = 0
    messages: list[MessageRecord] = field(default_factory=list)
    commands: list[StoredCommand] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    sessions: dict[str, SessionNumbers] = field(default_factory=dict)
    sent: dict[tuple[str, int], dict[int, bytes]] = field(default_factory=dict)

    def write(self, batch: Batch) -> None:
        """Store a batch.

        Raises:
            StoreError: one of its identifiers was given out before.
        """
        firsts = (
            (batch.id, self.batches),
            (batch.messages[0].id if batch.messages else None, len(self.messages)),
            (batch.commands[0].id if batch.commands else None, len(self.commands)),
            (batch.events[0].id if batch.events else None, len(self.events)),
        )
        if any(first not in (None, last + 1) for first, last in firsts):
            raise StoreError(f"identifiers of batch {batch.id} do not go on from the last ones")
        self.batches = batch.id
        self.messages += batch.messages
        self.commands += [StoredCommand(r.id, r.at, encode(r.command)) for r in batch.commands]
        self.events += [StoredEvent(r.command_id, encode(r.event)) for r in batch.events]
        self.sessions |= batch.sessions
        for record in batch.messages:
            if record.direction == "out":
                key = record.session, record.epoch
                self.sent.setdefault(key, {})[record.msg_seq_num] = record.raw


class MemoryJournal:
    """The message store of ``oms_fix.journal.records`` on a ``Platter``."""

    def __init__(self, platter: Platter) -> None:
        self._platter = platter

    def counters(self) -> Counters:
        """Return the highest identifiers given out."""
        on = self._platter
        return Counters(on.batches, len(on.messages), len(on.commands), len(on.events))

    def sessions(self) -> dict[str, SessionNumbers]:
        """Return where each session stands."""
        return dict(self._platter.sessions)

    def events(self, after: int = 0) -> Iterator[Event]:
        """Return the events with an id above ``after``, in the order in which they happened."""
        return (stored.event for stored in self._platter.events[after:])

    def commit(self, batch: Batch) -> None:
        """Store a batch."""
        self._platter.write(batch)

    def sent(self, session: str, epoch: int, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return (MsgSeqNum, raw) of our messages ``begin`` to ``end``, in order."""
        sent = self._platter.sent.get((session, epoch), {})
        return [(number, sent[number]) for number in range(begin, end + 1) if number in sent]

    def sent_now(self, session: str, epoch: int, msg_seq_num: int) -> bytes | None:
        """Return one message of ours that is stored, or None."""
        return self._platter.sent.get((session, epoch), {}).get(msg_seq_num)

    def close(self) -> None:
        """Do nothing: the disk stays."""


class Observer(Protocol):
    """Hears of every batch that is stored."""

    def stored(self, batch: Batch) -> None:
        """Take note of a batch."""


class Disk:
    """The store of the router, on whatever it is kept, with the faults of the medium.

    Args:
        observer: hears of what is stored.
        path: of a real SQLite file; None keeps all in memory.

    Attributes:
        platter: what is stored; beside a SQLite file, a record of what went into it.
        fault: what is wrong with the medium, such as "disk full"; "" if nothing is.
    """

    def __init__(self, observer: Observer, path: Path | None) -> None:
        self.platter = Platter()
        self.fault = ""
        self._observer = observer
        self._path = path

    def open(self) -> "DiskJournal":
        """Return the store as a process has it that starts now."""
        inner: Journal
        if self._path is None:
            inner = MemoryJournal(self.platter)
        else:
            inner = SqliteJournal(self._path, "normal")
        return DiskJournal(self, inner, self._stored)

    def _stored(self, batch: Batch) -> None:
        if self._path is not None:
            self.platter.write(batch)
        self._observer.stored(batch)


class DiskJournal:
    """A store that fails while its disk does; see ``records.Journal`` for the methods."""

    def __init__(self, disk: Disk, inner: Journal, stored: Callable[[Batch], None]) -> None:
        self._disk = disk
        self._inner = inner
        self._stored = stored
        self.counters = inner.counters
        self.sessions = inner.sessions
        self.events = inner.events
        self._is_closed = False

    def commit(self, batch: Batch) -> None:
        """Store a batch; StoreError while the disk fails, and after ``close``."""
        self._check()
        self._inner.commit(batch)
        self._stored(batch)

    def sent(self, session: str, epoch: int, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return (MsgSeqNum, raw) of our messages ``begin`` to ``end``, in order."""
        self._check()
        return list(self._inner.sent(session, epoch, begin, end))

    def sent_now(self, session: str, epoch: int, msg_seq_num: int) -> bytes | None:
        """Return one message of ours that is stored, or None."""
        self._check()
        return self._inner.sent_now(session, epoch, msg_seq_num)

    def close(self) -> None:
        """Release the store."""
        if not self._is_closed:
            self._is_closed = True
            self._inner.close()

    def _check(self) -> None:
        if self._is_closed:
            raise StoreError("the store is closed")
        if self._disk.fault:
            raise StoreUnavailableError(self._disk.fault)


class WorldReserve(DiskReserve):
    """The reserve of the store's disk: there unless the disk fails."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(Path("simulated"), _RESERVE_BYTES)
        self._disk = disk

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there."""
        return not self._disk.fault

    def free_bytes(self) -> int:
        """Return what is free beside the reserve."""
        return 0 if self._disk.fault else _FREE_BYTES

    def take(self) -> None:
        """Make it whole; OSError while the disk fails."""
        if self._disk.fault:
            raise OSError(self._disk.fault)

    def give_up(self) -> None:
        """Do nothing: it makes no room."""
