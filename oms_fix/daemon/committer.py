"""The committer: gathers what happens into batches, stores them one by one, then lets them out.

One batch at a time is committed; whatever happens meanwhile gathers in the next one (group
commit). When a commit is done its bytes go to the sockets, not before: the counterparty never knows
more than the store. A batch is written here and now, because two threads that both need the
interpreter take longer than one; if the store waits for its disk, a worker thread does. A large one
goes to the worker thread as a whole, lest the sessions wait for it.

If the disk refuses a commit, nothing of its batch leaves, and the same batch is tried again until
it is stored; meanwhile no session takes anything in, and nothing is said to anybody, not even a
heartbeat, since all that is said has to be stored. Then everything goes on in its order.

On any other error nothing more is taken in or let out for good. What was in memory above the store
is lost with the process, and what the counterparties sent above the store they send again after the
restart, because our expected numbers are the stored ones.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

import structlog
from msgspec import Struct, field

from oms_fix.daemon.member import Member
from oms_fix.fix.link import Link
from oms_fix.fix.outputs import Direction, Persist, Retrieve
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.journal.records import (
    Batch,
    Carried,
    CommandRecord,
    EventRecord,
    Journal,
    MessageRecord,
    SessionNumbers,
    StoreUnavailableError,
)
from oms_fix.model.commands import Command
from oms_fix.model.events import Event

BATCH_MESSAGES_MAX = 20_000
"""A batch this large stops the reading of all sockets until the commit before it is done."""

COMMIT_S_MAX = 5.0
"""A commit that takes longer is an outage of the store, until it ends."""

AT_ONCE_MESSAGES_MAX = 600
"""A larger batch is written on the worker thread; this one takes some ten milliseconds."""

_RETRY_S_MIN = 0.05
_RETRY_S_MAX = 1.0

log = structlog.get_logger("oms_fix.committer")


class _Gathering(Struct):
    """A batch, and what is to be done once it is stored."""

    batch: Batch
    touched: dict[str, Member] = field(default_factory=dict)
    writes: list[tuple[Link, asyncio.Transport, bytes | None]] = field(default_factory=list)
    retrievals: list[tuple[Member, Retrieve]] = field(default_factory=list)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store and nobody to tell."""
        return not (
            self.touched or self.batch.commands or self.writes or self.retrievals or self.waiters
        )


class Outage(Struct, frozen=True):
    """The store cannot be written: since when, in nanoseconds since 1970 UTC, and why."""

    since: int
    error: str


class Committer:
    """Stores batches and releases them.

    Args:
        journal: the message store.
        clock: returns nanoseconds since 1970 UTC.
        members: all sessions by name; read only.
        failed: called once with the error that stopped the flow; the daemon is to end then.
        may_go_again: tells whether a stored message of a session may be resent.

    Attributes:
        last_message_id: of the message taken in or sent last.
        outage: while the disk refuses a batch that is tried again and again; else None.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Callable[[], int],
        members: dict[str, Member],
        failed: Callable[[BaseException], None],
        may_go_again: Callable[[Member, bytes], bool],
    ) -> None:
        counters = journal.counters()
        self._error: BaseException | None = None
        self.last_message_id = counters.message
        self._command_id = counters.command
        self._event_id = counters.event
        self._journal = journal
        self._clock = clock
        self._members = members
        self._failed = failed
        self._may_go_again = may_go_again
        self._worker = ThreadPoolExecutor(1, "journal")
        self._tidier = ThreadPoolExecutor(1, "checkpoint")
        self._is_tidying = False
        self._gathering = _Gathering(Batch(counters.batch + 1))
        self._closed: deque[_Gathering] = deque()  # complete, waiting for the commit before
        self._committing: _Gathering | None = None
        self._scheduled = False
        self._is_paused = False
        self._is_closing = False
        self._fetches_count = 0  # under way on the worker thread, which has the store meanwhile
        self._begun_at = 0.0  # the commit under way, by the event loop's clock
        self.outage: Outage | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._retry_s = _RETRY_S_MIN

    @property
    def stopped(self) -> bool:
        """An error has stopped the flow: nothing is taken in or let out any more."""
        return self._error is not None

    @property
    def last_event_id(self) -> int:
        """Of the event decided last."""
        return self._event_id

    # --- gather ---------------------------------------------------------------------------------

    def message(self, member: Member, output: Persist, event_id: int | None) -> None:
        """Gather a FIX message; ``event_id`` is the event that it tells of, if it is ours."""
        self.last_message_id += 1
        self._gathering.batch.messages.append(
            MessageRecord(
                id=self.last_message_id,
                at=self._clock(),
                session=member.name,
                epoch=member.epoch,
                direction=output.direction.value,
                msg_seq_num=output.msg_seq_num,
                msg_type=output.msg_type,
                event_id=event_id if output.direction is Direction.OUT else None,
                raw=output.data,
            )
        )

    def command(self, command: Command, message_id: int | None, now: int) -> int:
        """Gather a command and return its id."""
        self._command_id += 1
        record = CommandRecord(self._command_id, now, message_id, command)
        self._gathering.batch.commands.append(record)
        return self._command_id

    def event(self, event: Event, command_id: int) -> int:
        """Gather an event and return its id."""
        self._event_id += 1
        self._gathering.batch.events.append(EventRecord(self._event_id, command_id, event))
        return self._event_id

    def write(self, link: Link, data: bytes | None) -> None:
        """Gather bytes for a connection; None closes it after the bytes before.

        They belong to the connection of now: by the time of the release there may be another one,
        which must begin with a Logon. What a lost connection did not get is asked for again.
        """
        if link.transport is not None:
            self._gathering.writes.append((link, link.transport, data))

    def retrieve(self, member: Member, retrieve: Retrieve) -> None:
        """Gather the wish for messages that are in the store, or will be with this batch."""
        self._gathering.retrievals.append((member, retrieve))

    def touch(self, member: Member) -> None:
        """Store this session's sequence numbers, as they are at the commit, with the batch."""
        self._gathering.touched[member.name] = member

    def end_file(self, carried: Carried) -> None:
        """Close the batch here: it ends a trading day, whatever comes now is of the next one."""
        self._gathering.batch.carried = carried
        self._close_batch()

    def sent(self, member: Member, msg_seq_num: int) -> bytes | None:
        """Return a message of ours, stored or not yet; None if there is none of this number.

        Reads the store on the event loop: one row by its index, for the rare case that needs it.
        """
        for gathering in (self._gathering, *reversed(self._closed), self._committing):
            for record in [] if gathering is None else reversed(gathering.batch.messages):
                is_ours = record.session == member.name and record.direction == Direction.OUT.value
                if is_ours and (record.epoch, record.msg_seq_num) == (member.epoch, msg_seq_num):
                    return record.raw
        return self._journal.sent_now(member.name, member.epoch, msg_seq_num)

    # --- commit ---------------------------------------------------------------------------------

    def schedule(self) -> None:
        """See to it that the batch is committed, after this round of the loop or the commit before.

        A batch that grows too large meanwhile stops the reading of all sockets.
        """
        if not self._scheduled and self._committing is None and not self.stopped:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._commit_scheduled)
        if len(self._gathering.batch.messages) > BATCH_MESSAGES_MAX:
            self._pause()

    def _commit_scheduled(self) -> None:
        self._scheduled = False
        if not self.stopped and self._committing is None and not self._has_all_stored:
            self._commit()

    def _commit(self) -> None:
        assert self._committing is None, "one commit at a time"
        if not self._closed:
            self._close_batch()
        self._committing = self._closed.popleft()
        self._store()

    def _close_batch(self) -> None:
        """Take the numbers of the sessions as they are now, and begin another batch."""
        gathering = self._gathering
        for name, member in gathering.touched.items():
            session = member.link.session
            gathering.batch.sessions[name] = SessionNumbers(
                member.epoch, session.next_in, session.next_out
            )
        self._closed.append(gathering)
        self._gathering = _Gathering(Batch(gathering.batch.id + 1))

    @property
    def _has_all_stored(self) -> bool:
        """Whether nothing waits for a commit; one may be under way."""
        return self._gathering.is_empty and not self._closed

    def _store(self) -> None:
        assert self._committing is not None, "there is something to store"
        batch = self._committing.batch
        if not self._is_written_at_once(batch):
            self._have_worker(partial(self._write_and_sync, batch))
            return
        try:
            self._journal.commit(batch)
        except Exception as error:  # noqa: BLE001 - dealt with as one of the worker thread
            self._committed(error)
            return
        if self._journal.waits_for_disk:
            self._have_worker(self._journal.sync)
        else:
            self._committed(None)

    def _is_written_at_once(self, batch: Batch) -> bool:
        is_short = len(batch.messages) <= AT_ONCE_MESSAGES_MAX and batch.carried is None
        if not is_short or self._fetches_count or self._journal.has_log_to_finish:
            return False
        return self.outage is None  # a disk that has refused may take its time to answer

    def _write_and_sync(self, batch: Batch) -> None:
        self._journal.commit(batch)
        if self._journal.waits_for_disk:
            self._journal.sync()

    def _have_worker(self, finish: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._begun_at = loop.time()
        done = loop.run_in_executor(self._worker, finish)
        done.add_done_callback(lambda done: self._committed(done.exception()))

    def _committed(self, error: BaseException | None) -> None:
        if isinstance(error, StoreUnavailableError) and not self._is_closing:
            self._try_later(error)
            return
        gathering, self._committing = self._committing, None
        assert gathering is not None, "a commit was under way"
        if error is not None:
            self._stop_with(error, gathering.waiters)
            return
        if self.stopped:
            return
        self._end_outage()
        with self.fail_closed(gathering.waiters):
            self._release(gathering)
        if not self._has_all_stored:
            self.schedule()
        if self._journal.checkpoint_is_due and not self._is_tidying:
            self._tidy_up()
        self._resume()

    def _tidy_up(self) -> None:
        self._is_tidying = True
        loop = asyncio.get_running_loop()
        tidying = loop.run_in_executor(self._tidier, self._journal.checkpoint)
        tidying.add_done_callback(self._tidied_up)

    def _tidied_up(self, tidying: asyncio.Future[None]) -> None:
        self._is_tidying = False
        error = tidying.exception()
        if error is not None:  # the commits themselves tell what is wrong with the disk
            log.warning("checkpoint_failed", error=repr(error))

    async def committed(self) -> None:
        """Wait until all that has happened so far is stored and released.

        Raises:
            Exception: what stopped the flow; it is not stored.
        """
        if self._error is not None:
            raise self._error
        if self._has_all_stored and self._committing is None:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._gathering.waiters.append(waiter)
        self.schedule()
        await waiter

    def end_waiting(self) -> None:
        """Have nobody wait for the end of an outage any more, neither of this one nor of a next."""
        self._is_closing = True
        if self.outage is not None:
            self._stop_with(StoreUnavailableError(self.outage.error))

    async def close(self) -> None:
        """Store what is left, the last release times included, and end the worker.

        In an outage it is not waited for the end of it.
        """
        self.end_waiting()
        if not self.stopped:
            with suppress(Exception):  # it is told to ``failed``
                await self.committed()
        if not self.stopped and self._committing is None and self._gathering.batch.released:
            waiter = asyncio.get_running_loop().create_future()
            self._gathering.waiters.append(waiter)
            self._commit()
            with suppress(Exception):
                await waiter
        self._tidier.shutdown(wait=True)
        self._worker.shutdown(wait=True)

    # --- release --------------------------------------------------------------------------------

    def _release(self, gathering: _Gathering) -> None:
        """Let out what is stored: bytes in order, one write a connection where that is possible."""
        pieces: dict[Link, list[bytes]] = {}
        closing: list[Link] = []
        for link, transport, data in gathering.writes:
            if link.transport is not transport:
                continue
            if data is None:
                closing.append(link)
            else:
                pieces.setdefault(link, []).append(data)
        for link, data_of_link in pieces.items():
            link.write(b"".join(data_of_link))
        for link in closing:
            link.close()
        if pieces:
            self._gathering.batch.released.append((gathering.batch.id, self._clock()))
        for waiter in gathering.waiters:
            if not waiter.done():
                waiter.set_result(None)
        for member, retrieve in gathering.retrievals:
            member.link.when_writable(partial(self._resend, member, retrieve))

    def _resend(self, member: Member, retrieve: Retrieve) -> None:
        """Fetch what the counterparty asks for again, on the worker thread, then send it."""

        def fetched(rows: asyncio.Future[Iterable[tuple[int, bytes]]]) -> None:
            self._fetches_count -= 1
            if rows.exception() is not None:
                log.error("resend_failed", session=member.name)
                member.link.close()
                return
            again = [(n, raw) for n, raw in rows.result() if self._may_go_again(member, raw)]
            member.link.retrieved(retrieve, again)

        self._fetches_count += 1
        asyncio.get_running_loop().run_in_executor(
            self._worker,
            self._journal.sent,
            member.name,
            member.epoch,
            retrieve.begin,
            retrieve.end,
        ).add_done_callback(fetched)

    # --- wait for the store ----------------------------------------------------------------------

    def _try_later(self, error: StoreUnavailableError) -> None:
        """Keep the batch for another attempt, and everything else as it is until then."""
        if self.stopped:
            return
        self._suffer_outage(str(error))
        loop = asyncio.get_running_loop()
        self._retry = loop.call_later(self._retry_s, self._store)
        self._retry_s = min(2 * self._retry_s, _RETRY_S_MAX)

    def check(self) -> None:
        """Find out whether the commit under way gets nowhere; to be called now and then."""
        if self._committing is None or self.outage is not None or self.stopped:
            return
        seconds = asyncio.get_running_loop().time() - self._begun_at
        if seconds > COMMIT_S_MAX:
            self._suffer_outage(f"a commit takes more than {COMMIT_S_MAX:.0f} s")

    def _suffer_outage(self, text: str) -> None:
        self._pause()
        if self.outage is None or self.outage.error != text:
            since = self._clock() if self.outage is None else self.outage.since
            self.outage = Outage(since, text)
            log.critical("store_unavailable", error=text)

    def _end_outage(self) -> None:
        if self.outage is None:
            return
        seconds = round((self._clock() - self.outage.since) / NANOSECONDS, 3)
        log.warning("store_available", after_s=seconds)
        self.outage = None
        self._retry = None
        self._retry_s = _RETRY_S_MIN

    def _pause(self) -> None:
        """Have no session take anything in; what they do by themselves waits, too."""
        if not self._is_paused:
            self._is_paused = True
            for member in self._members.values():
                member.link.pause()

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            for member in list(self._members.values()):
                member.link.resume()

    # --- stop -----------------------------------------------------------------------------------

    @contextmanager
    def fail_closed(self, waiters: Sequence[asyncio.Future[None]] = ()) -> Iterator[None]:
        """An error of ours inside stops everything.

        What is in memory may then be more than the batch holds: only the store is to be trusted,
        and recovery goes by it.
        """
        try:
            yield
        except Exception as error:
            self._stop_with(error, waiters)
            raise

    def _stop_with(
        self, error: BaseException, waiters: Sequence[asyncio.Future[None]] = ()
    ) -> None:
        """Let nothing out and take nothing in any more."""
        if self.stopped:
            return
        self._error = error
        if self._retry is not None:
            self._retry.cancel()
        log.critical("stopped_by_error", error=repr(error))
        waiting = [self._gathering, *self._closed]
        if self._committing is not None:
            waiting.append(self._committing)
        for waiter in [*waiters, *(each for one in waiting for each in one.waiters)]:
            if not waiter.done():
                waiter.set_exception(error)
        for member in self._members.values():
            member.link.close()
        self._failed(error)
