"""The simulated disk: what is on it stays whatever dies; what is on its way to it may not.

A commit is done some time after it was asked for, and reported some time after it was done: a
process that is killed in between finds it there or not.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct, field

from oms_fix.core.image import StateImage, state_of
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.daemon.recovery import base_state, recover
from oms_fix.journal.records import (
    Batch,
    Carried,
    Counters,
    Journal,
    MessageRecord,
    SessionNumbers,
    StoreError,
    StoreUnavailableError,
)
from oms_fix.journal.reserve import DiskReserve
from oms_fix.journal.snapshot import Base, Snapshot, snapshot_of, take_snapshot
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.commands import Command
from oms_fix.model.events import Event, TradingDayEnded

_RESERVE_BYTES = 8_000_000
_FREE_BYTES = 10**9

encode = msgspec.json.Encoder().encode
_decode_event: Callable[[bytes], Event] = msgspec.json.Decoder(Event).decode
_decode_command: Callable[[bytes], Command] = msgspec.json.Decoder(Command).decode
_decode_image = msgspec.json.Decoder(StateImage).decode
_decode_order = msgspec.json.Decoder(Order).decode
_encode_snapshot = msgspec.msgpack.Encoder().encode
_decode_snapshot = msgspec.msgpack.Decoder(Snapshot).decode


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
    """What is on the disk, in the order in which it was written, from whichever day.

    ``carried`` is what the present file begins with, ``events_before`` the number of events in the
    files before it; ``snapshot`` is of the present file, if there is one.
    """

    batches: int = 0
    messages: list[MessageRecord] = field(default_factory=list)
    commands: list[StoredCommand] = field(default_factory=list)
    events: list[StoredEvent] = field(default_factory=list)
    sessions: dict[str, SessionNumbers] = field(default_factory=dict)
    sent: dict[tuple[str, int], dict[int, bytes]] = field(default_factory=dict)
    carried: list[tuple[str, str, str]] = field(default_factory=list)
    events_before: int = 0
    snapshot: bytes | None = None

    @property
    def ended_day(self) -> str | None:
        """The trading day whose end is the last event of the present file, or None."""
        last = self.events[-1].event if len(self.events) > self.events_before else None
        return last.day if isinstance(last, TradingDayEnded) else None

    def begin_file(self, carried: Carried) -> None:
        """Begin the file of the next day."""
        self.carried = carried.rows
        self.events_before = len(self.events)
        self.snapshot = None

    def base(self) -> Base:
        """Return what the events are to be folded from."""
        if self.snapshot is not None:
            snapshot = _decode_snapshot(self.snapshot)
            return Base(snapshot.state(), snapshot.event_id)
        if not self.carried:
            return Base(State())
        orders = [_decode_order(body) for kind, _, body in self.carried if kind == "order"]
        (image,) = (body for kind, _, body in self.carried if kind == "state")
        return Base(state_of(_decode_image(image), orders), self.events_before)

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

    def __init__(self, disk: "Disk") -> None:
        self._disk = disk
        self._platter = disk.platter
        self.waits_for_disk = disk.waits

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
        """Store a batch; where it ends a day, begin the next file, which may take several tries."""
        is_stored = batch.id == self._platter.batches and self.ended_day is not None
        if not is_stored:
            self._disk.unsynced = batch
        if batch.carried is not None or not self.waits_for_disk:
            self.sync()
        if batch.carried is not None:
            self.begin_next_file(batch.carried)

    def sync(self) -> None:
        """Have what was committed survive a loss of power."""
        self._disk.settle()

    @property
    def ended_day(self) -> str | None:
        """The trading day that has ended without a next file, if there is one."""
        return self._platter.ended_day

    def begin_next_file(self, carried: Carried) -> None:
        """Go on in the file of the next day; the disk may fail just before."""
        self._disk.may_break()
        self._platter.begin_file(carried)

    def sent(self, session: str, epoch: int, begin: int, end: int) -> list[tuple[int, bytes]]:
        """Return (MsgSeqNum, raw) of our messages ``begin`` to ``end``, in order."""
        sent = self._platter.sent.get((session, epoch), {})
        return [(number, sent[number]) for number in range(begin, end + 1) if number in sent]

    def sent_now(self, session: str, epoch: int, msg_seq_num: int) -> bytes | None:
        """Return one message of ours that is stored, or None."""
        return self._platter.sent.get((session, epoch), {}).get(msg_seq_num)

    checkpoint_is_due = False
    has_log_to_finish = False

    def checkpoint(self) -> None:
        """Do nothing: there is no log."""

    def close(self) -> None:
        """Do nothing: the disk stays."""


class Observer(Protocol):
    """Hears of every batch that is stored."""

    def stored(self, batch: Batch) -> None:
        """Take note of a batch."""


class _RecordedJournal(SqliteJournal):
    """A real store, with a record of what went into it."""

    def __init__(self, path: Path, stored: Callable[[Batch], None]) -> None:
        super().__init__(path, "normal")
        self._stored = stored

    def commit(self, batch: Batch) -> None:
        """Store a batch."""
        super().commit(batch)
        self._stored(batch)


class Disk:
    """The store of the router, on whatever it is kept, with the faults of the medium.

    Args:
        observer: hears of what is stored.
        path: of a real SQLite file; None keeps all in memory.
        waits: whether it is waited for the medium after each commit, on a worker thread.

    Attributes:
        waits: becomes the attribute.
        platter: what is stored; beside a SQLite file, a record of what went into it.
        fault: what is wrong with the medium, such as "disk full"; "" if nothing is.
        breaks_between_files: it will fail when a day has ended and the next file is to be begun.
        unsynced: what was committed last, if a loss of power may undo it yet.
    """

    def __init__(self, observer: Observer, path: Path | None, waits: bool = True) -> None:
        self.waits = waits
        self.platter = Platter()
        self.fault = ""
        self.breaks_between_files = False
        self.unsynced: Batch | None = None
        self._observer = observer
        self._path = path

    def open(self) -> "DiskJournal":
        """Return the store as a process has it that starts now; all that was written is there."""
        self.settle()
        if self._path is None:
            return DiskJournal(self, MemoryJournal(self))
        return DiskJournal(self, _RecordedJournal(self._path, self.stored))

    def base(self) -> Base:
        """Return what a process that starts now folds the events from."""
        return self.platter.base() if self._path is None else base_state(self._path)

    def take_snapshot(self) -> None:
        """Have a snapshot taken by a process beside the router; not before anything is stored."""
        if not self.platter.batches:
            return
        if self._path is not None:
            take_snapshot(self._path)
            return
        on, state = self.platter, recover(MemoryJournal(self), self.base())
        on.snapshot = _encode_snapshot(snapshot_of(state, on.batches, "", len(on.events)))

    def stored(self, batch: Batch) -> None:
        """Take down a batch: it is stored."""
        self.platter.write(batch)
        self._observer.stored(batch)

    def settle(self) -> None:
        """Have it for good what was committed last."""
        if self.unsynced is not None:
            batch, self.unsynced = self.unsynced, None
            self.stored(batch)

    def lose_power(self, is_written: bool) -> None:
        """Keep what was committed last without a sync, or lose it."""
        if not is_written:
            self.unsynced = None

    def may_break(self) -> None:
        """Fail between the files of two days, if that is to be.

        Raises:
            StoreUnavailableError: it is.
        """
        if self.breaks_between_files:
            self.breaks_between_files, self.fault = False, "disk full"
            raise StoreUnavailableError(self.fault)

    def heal(self) -> None:
        """Let nothing be wrong with it."""
        self.breaks_between_files, self.fault = False, ""


class DayJournal(Journal, Protocol):
    """A store that has a file for each day."""

    @property
    def ended_day(self) -> str | None:
        """The trading day that has ended without a next file, if there is one."""

    def begin_next_file(self, carried: Carried) -> None:
        """Go on in the file of the next day."""


class DiskJournal:
    """A store that fails while its disk does; see ``records.Journal`` for the methods."""

    def __init__(self, disk: Disk, inner: DayJournal) -> None:
        self._disk = disk
        self._inner = inner
        self.waits_for_disk = disk.waits
        self.counters = inner.counters
        self.sessions = inner.sessions
        self.events = inner.events
        self.checkpoint = inner.checkpoint
        self._is_closed = False

    def commit(self, batch: Batch) -> None:
        """Store a batch; StoreError while the disk fails, and after ``close``."""
        self._check()
        self._inner.commit(batch)

    def sync(self) -> None:
        """Have what was committed survive a loss of power; StoreError while the disk fails."""
        self._check()
        self._inner.sync()

    @property
    def checkpoint_is_due(self) -> bool:
        """Whether ``checkpoint`` is to be called."""
        return self._inner.checkpoint_is_due

    @property
    def has_log_to_finish(self) -> bool:
        """Whether the next commit may take long."""
        return self._inner.has_log_to_finish

    @property
    def ended_day(self) -> str | None:
        """The trading day that has ended without a next file, if there is one."""
        return self._inner.ended_day

    def begin_next_file(self, carried: Carried) -> None:
        """Go on in the file of the next day."""
        self._check()
        self._inner.begin_next_file(carried)

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
