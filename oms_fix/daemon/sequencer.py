"""The sequencer: everything that happens gets its place in one order, is stored, and then let out.

Theory of operation
-------------------
It is the host of every FIX session. What a session puts out is carried out here: a message it
delivers becomes a command, the core's events become messages of other sessions, and whatever is to
be stored, and every byte that is to leave, goes into the batch being gathered. One batch at a time
is committed, on a worker thread; whatever happens meanwhile gathers in the next one (group commit).
When a commit is done its bytes go to the sockets, not before: the counterparty never knows more
than the store.

If a commit fails, or the core does, nothing of the batch leaves, nothing more is taken in, and the
daemon ends with an error: what it had in memory above the store is gone with it, and what the
counterparties sent above the store they send again after the restart, because our expected numbers
are the stored ones.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import structlog
from msgspec import Struct, field, structs

from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.fix.codec import parse
from oms_fix.fix.link import Link
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    Deliver,
    Direction,
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
from oms_fix.fix.pretty import mask_secrets
from oms_fix.fix.settings import ConnectionType
from oms_fix.gateway.translator import DecodeError, Translator, addressee, translator
from oms_fix.journal.records import (
    Batch,
    CommandRecord,
    Counters,
    EventRecord,
    Journal,
    MessageRecord,
    SessionNumbers,
)
from oms_fix.model.commands import Command, SessionLoggedOn, SessionLoggedOut, VenueMessageReject
from oms_fix.model.events import Event

BATCH_MESSAGES_MAX = 20_000
"""A batch this large stops the reading of all sockets until the commit before it is done."""

_LOGON = "A"
_CL_ORD_ID = 11

log = structlog.get_logger("oms_fix.sequencer")


class Member(Struct):
    """A session as the sequencer sees it: who it is to us, and how its messages are read."""

    link: Link
    translator: Translator
    is_client: bool
    epoch: int


class _Outputs(NamedTuple):
    """Outputs of a session that wait to be carried out; ``event_id``: the event they tell of."""

    member: Member
    outputs: Sequence[Output]
    event_id: int | None


class _Gathering(Struct):
    """The batch being gathered, and what is to be done once it is stored."""

    batch: Batch
    touched: dict[str, Member] = field(default_factory=dict)
    writes: list[tuple[asyncio.Transport, bytes | None]] = field(default_factory=list)
    retrievals: list[tuple[Member, Retrieve]] = field(default_factory=list)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store and nobody to tell."""
        batch = self.batch
        return not (
            batch.messages or batch.commands or self.writes or self.retrievals or self.waiters
        )


class Sequencer:
    """Host of all sessions: commands in, events stored, bytes released.

    Args:
        state: the core's state, as recovered.
        journal: the message store.
        clock: returns nanoseconds since 1970 UTC.
        failed: called once with the error when a commit has failed; the daemon is to end then.
    """

    def __init__(
        self,
        state: State,
        journal: Journal,
        clock: Callable[[], int],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.state = state
        self.clock = clock
        self.members: dict[str, Member] = {}
        self._journal = journal
        self._counters: Counters = journal.counters()
        self._numbers = journal.sessions()
        self._failed = failed
        self._worker = ThreadPoolExecutor(1, "journal")
        self._gathering = _Gathering(Batch(self._counters.batch + 1))
        self._message_id = self._counters.message
        self._command_id = self._counters.command
        self._event_id = self._counters.event
        self._event_told: int | None = None
        self._waiting: deque[_Outputs] = deque()
        self._performing = False
        self._committing: _Gathering | None = None
        self._scheduled = False
        self._paused: list[asyncio.Transport] = []
        self._stopped = False
        self._carry_out: dict[type, Callable[[Member, Any], None]] = {
            Persist: self._persist,
            Write: self._write,
            Deliver: self._deliver,
            Retrieve: self._retrieve,
            Reset: self._reset,
            LoggedOn: self._logged_on,
            LoggedOut: self._logged_out,
            Disconnect: self._disconnect,
            Note: self._note,
        }

    # --- sessions -------------------------------------------------------------------------------

    def numbers(self, session: str) -> SessionNumbers:
        """Return where a session stands in the store; the beginning for a new one."""
        return self._numbers.get(session, SessionNumbers())

    def add(self, link: Link) -> None:
        """Take a session in."""
        session = link.session
        self.members[session.name] = Member(
            link=link,
            translator=translator(session.dictionary.application_version),
            is_client=session.settings.connection_type is ConnectionType.ACCEPTOR,
            epoch=self.numbers(session.name).epoch,
        )

    def perform(self, link: Link, outputs: Sequence[Output]) -> None:
        """Carry out what a session puts out, in its order (the ``Host`` port of the engine)."""
        if outputs and not self._stopped:
            self._waiting.append(_Outputs(self.members[link.session.name], outputs, None))
            self._perform_waiting()

    def _perform_waiting(self) -> None:
        """Carry out all outputs, those that come up meanwhile after those that are there.

        Their messages were numbered in the order in which they were put out, and have to leave in
        that order.
        """
        if self._performing:
            return
        self._performing = True
        with self._fail_closed():
            while self._waiting:
                member, outputs, self._event_told = self._waiting.popleft()
                self._gathering.touched[member.link.session.name] = member
                for output in outputs:
                    self._carry_out[type(output)](member, output)
        self._performing = False
        self._schedule()

    @contextmanager
    def _fail_closed(self, waiters: Sequence[asyncio.Future[None]] = ()) -> Iterator[None]:
        """An error of ours stops everything.

        What is in memory may then be more than the batch holds: only the store is to be trusted,
        and recovery goes by it.
        """
        try:
            yield
        except Exception as error:
            self._stop_with(error, *waiters)
            raise

    def _persist(self, member: Member, output: Persist) -> None:
        self._message_id += 1
        is_out = output.direction is Direction.OUT
        raw = mask_secrets(output.data) if output.msg_type == _LOGON else output.data
        self._gathering.batch.messages.append(
            MessageRecord(
                id=self._message_id,
                at=self.clock(),
                session=member.link.session.name,
                epoch=member.epoch,
                direction=output.direction.value,
                msg_seq_num=output.msg_seq_num,
                msg_type=output.msg_type,
                event_id=self._event_told if is_out else None,
                raw=raw,
            )
        )

    def _write(self, member: Member, output: Write) -> None:
        # To the connection of now: by the time of the release there may be another one, which
        # must begin with a Logon. What a lost connection did not get is asked for again.
        if member.link.transport is not None:
            self._gathering.writes.append((member.link.transport, output.data))

    def _disconnect(self, member: Member, output: Disconnect) -> None:
        log.info("disconnect", session=member.link.session.name, reason=output.reason)
        if member.link.transport is not None:
            self._gathering.writes.append((member.link.transport, None))

    def _retrieve(self, member: Member, output: Retrieve) -> None:
        self._gathering.retrievals.append((member, output))

    def _reset(self, member: Member, output: Reset) -> None:
        member.epoch += 1
        log.info("sequence_reset", session=member.link.session.name, reason=output.reason)

    def _note(self, member: Member, output: Note) -> None:
        log.warning(output.event, session=member.link.session.name, **output.details)

    def _logged_on(self, member: Member, _output: LoggedOn) -> None:
        log.info("logged_on", session=member.link.session.name)
        self.execute(SessionLoggedOn(member.link.session.name))

    def _logged_out(self, member: Member, output: LoggedOut) -> None:
        log.info("logged_out", session=member.link.session.name, reason=output.reason)
        self.execute(SessionLoggedOut(member.link.session.name, output.reason))

    # --- commands and events --------------------------------------------------------------------

    def _deliver(self, member: Member, output: Deliver) -> None:
        """Turn a message into a command; its Persist came just before, so its id is the last."""
        message = output.message
        name = member.link.session.name
        try:
            if member.is_client:
                command: Command | None = member.translator.decode_from_client(name, message)
            else:
                command = member.translator.decode_from_venue(name, message)
        except DecodeError as error:
            log.warning("refused", session=name, msg_type=message.msg_type, text=error.text)
            self._refuse(member, message, error)
            return
        if command is None:
            log.info("no_effect", session=name, msg_type=message.msg_type)
            return
        if isinstance(command, VenueMessageReject):
            command = self._with_cl_ord_id(member, command)
        self.execute(command, self._message_id)

    def _refuse(self, member: Member, message: Message, error: DecodeError) -> None:
        """Answer a message that cannot become a command with the reject that is its due."""
        now = self.clock()
        exec_id = f"{self.state.id_prefix}-R{self._message_id}"
        answer = member.translator.refuse(message, error, "NONE", exec_id, now)
        self.perform(member.link, member.link.session.send(answer, now))

    def _with_cl_ord_id(self, member: Member, reject: VenueMessageReject) -> VenueMessageReject:
        """Name the order that a rejected message of ours was about.

        Looked up in the store on the event loop: rare, one row by its index, and the command must
        be stored with the message that brings it.
        """
        if reject.cl_ord_id is not None:
            return reject
        raw = self._sent(member, reject.ref_seq_num)
        if raw is None:
            return reject
        sent = parse(raw, member.link.session.dictionary.data_tags)
        return structs.replace(reject, cl_ord_id=sent.text(_CL_ORD_ID))

    def _sent(self, member: Member, msg_seq_num: int) -> bytes | None:
        name = member.link.session.name
        for gathering in (self._gathering, self._committing):
            for record in [] if gathering is None else gathering.batch.messages:
                is_ours = record.session == name and record.direction == Direction.OUT.value
                if is_ours and record.msg_seq_num == msg_seq_num:
                    return record.raw
        return self._journal.sent_now(name, member.epoch, msg_seq_num)

    def execute(self, command: Command, message_id: int | None = None) -> list[Event]:
        """Have the core handle a command; store it with its events, tell whom they concern."""
        now = self.clock()
        self._command_id += 1
        batch = self._gathering.batch
        batch.commands.append(CommandRecord(self._command_id, now, message_id, command))
        command_id = self._command_id
        with self._fail_closed():
            events = handle(self.state, command, now)
            for event in events:
                self._event_id += 1
                batch.events.append(EventRecord(self._event_id, command_id, event))
                self._tell(event, self._event_id, now)
        self._perform_waiting()
        self._schedule()
        return events

    def _tell(self, event: Event, event_id: int, now: int) -> None:
        session = addressee(event)
        if session is None:
            return
        member = self.members.get(session)
        if member is None:
            log.error("session_gone", session=session, event=type(event).__name__)
            return
        message = member.translator.encode(event, now)
        self._waiting.append(_Outputs(member, member.link.session.send(message, now), event_id))

    # --- commit and release ---------------------------------------------------------------------

    def _schedule(self) -> None:
        """See to it that the batch is committed, after this round of the loop or the commit before.

        A batch that grows too large meanwhile stops the reading of all sockets.
        """
        if not self._scheduled and self._committing is None and not self._stopped:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._commit_scheduled)
        if len(self._gathering.batch.messages) > BATCH_MESSAGES_MAX and not self._paused:
            self._pause_reading()

    def _commit_scheduled(self) -> None:
        self._scheduled = False
        if not self._stopped:
            self._commit()

    def _commit(self) -> asyncio.Future[None]:
        gathering = self._gathering
        for name, member in gathering.touched.items():
            session = member.link.session
            gathering.batch.sessions[name] = SessionNumbers(
                member.epoch, session.next_in, session.next_out
            )
        self._committing = gathering
        self._gathering = _Gathering(Batch(gathering.batch.id + 1))
        commit = asyncio.get_running_loop().run_in_executor(
            self._worker, self._journal.commit, gathering.batch
        )
        commit.add_done_callback(self._committed)
        return commit

    def _committed(self, commit: asyncio.Future[None]) -> None:
        gathering, self._committing = self._committing, None
        assert gathering is not None, "a commit was under way"
        error = commit.exception()
        if error is not None:
            self._stop_with(error, *gathering.waiters)
            return
        if self._stopped:
            return
        with self._fail_closed(gathering.waiters):
            self._release(gathering)
        if not self._gathering.is_empty:
            self._schedule()
        self._resume_reading()

    def _release(self, gathering: _Gathering) -> None:
        """Let out what is stored: bytes in order, one write a connection where that is possible."""
        pieces: dict[asyncio.Transport, list[bytes]] = {}
        closing: set[asyncio.Transport] = set()
        for transport, data in gathering.writes:
            if data is None:
                closing.add(transport)
            else:
                pieces.setdefault(transport, []).append(data)
        for link in (member.link for member in gathering.touched.values()):
            if link.transport in pieces:
                link.write(b"".join(pieces[link.transport]))
            if link.transport in closing:
                link.close()
        if pieces:
            self._gathering.batch.released.append((gathering.batch.id, self.clock()))
        for waiter in gathering.waiters:
            if not waiter.done():
                waiter.set_result(None)
        for member, retrieve in gathering.retrievals:
            self._resend(member, retrieve)

    def _resend(self, member: Member, retrieve: Retrieve) -> None:
        """Fetch what the counterparty asks for again, on the worker thread, then send it."""

        def fetched(rows: asyncio.Future[Iterable[tuple[int, bytes]]]) -> None:
            if rows.exception() is not None:
                log.error("resend_failed", session=member.link.session.name)
                member.link.close()
                return
            member.link.retrieved(retrieve.begin, retrieve.end, rows.result())

        asyncio.get_running_loop().run_in_executor(
            self._worker,
            self._journal.sent,
            member.link.session.name,
            member.epoch,
            retrieve.begin,
            retrieve.end,
        ).add_done_callback(fetched)

    def _pause_reading(self) -> None:
        transports = [member.link.transport for member in self.members.values()]
        self._paused = [each for each in transports if each is not None and not each.is_closing()]
        for transport in self._paused:
            transport.pause_reading()

    def _resume_reading(self) -> None:
        for transport in self._paused:
            if not transport.is_closing():
                transport.resume_reading()
        self._paused = []

    def _stop_with(self, error: BaseException, *waiters: asyncio.Future[None]) -> None:
        """A commit or the core failed: nothing unstored leaves, nothing more is taken in."""
        if self._stopped:
            return
        self._stopped = True
        log.critical("stopped_by_error", error=repr(error))
        for waiter in [*waiters, *self._gathering.waiters]:
            if not waiter.done():
                waiter.set_exception(error)
        for member in self.members.values():
            member.link.close()
        self._failed(error)

    async def committed(self) -> None:
        """Wait until all that has happened so far is stored and released.

        Raises:
            StoreError: it could not be stored.
        """
        if self._stopped or (self._gathering.is_empty and self._committing is None):
            return
        waiter = asyncio.get_running_loop().create_future()
        self._gathering.waiters.append(waiter)
        self._schedule()
        await waiter

    async def close(self) -> None:
        """Store what is left, the last release times included, and end the worker."""
        await self.committed()
        if not self._stopped and self._gathering.batch.released:
            await asyncio.wait([self._commit()])
        self._worker.shutdown(wait=True)
