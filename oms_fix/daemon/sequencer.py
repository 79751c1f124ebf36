"""The sequencer: everything that happens gets its place in one order.

It is the host of every FIX session. What a session puts out is carried out here: a message it
delivers becomes a command, the core's events become messages of other sessions, and all of it, with
every byte that is to leave, goes to the committer, which stores it before it lets it out.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import structlog
from msgspec import structs

from oms_fix.core.engine import UndecidedError, handle
from oms_fix.core.orders.order import Child
from oms_fix.core.orders.state import State
from oms_fix.daemon import noteworthy
from oms_fix.daemon.absences import Absences
from oms_fix.daemon.child_times import ChildTimes
from oms_fix.daemon.committer import Committer, Outage
from oms_fix.daemon.market import Market, StopWatch, symbols_of
from oms_fix.daemon.member import Member
from oms_fix.daemon.review_times import ReviewTimes
from oms_fix.daemon.silence import Silence
from oms_fix.fix.codec import parse
from oms_fix.fix.host import InTurn
from oms_fix.fix.link import Link
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    Deliver,
    Disconnect,
    Expired,
    LoggedOn,
    LoggedOut,
    Note,
    NumbersSet,
    Output,
    Persist,
    Reset,
    Retrieve,
    Write,
)
from oms_fix.fix.session_messages import goes_again, msg_type_of, sending_time, value_of
from oms_fix.fix.settings import ConnectionType
from oms_fix.fix.stale_orders import is_stale
from oms_fix.gateway.translator import DecodeError, addressee, translator
from oms_fix.journal.carry import carried_of
from oms_fix.journal.records import Journal, SessionNumbers
from oms_fix.model.commands import (
    ClientOverdue,
    Command,
    EndTradingDay,
    NewOrderSingleRefused,
    SessionLoggedOn,
    SessionLoggedOut,
    VenueMessageReject,
    VenueStatusOverdue,
)
from oms_fix.model.enums import OrderReconciliation, OrdStatus
from oms_fix.model.events import Event
from oms_fix.model.reviews import ReviewOverdue
from oms_fix.model.venue_health import ChildOverdue

_CL_ORD_ID = 11
_ORIG_CL_ORD_ID = 41
_NOT_AVAILABLE = 4
"""BusinessRejectReason(380) "application not available"."""

log = structlog.get_logger("oms_fix.sequencer")


class _Outputs(NamedTuple):
    """Outputs of a session that wait to be carried out; ``event_id``: the event they tell of."""

    member: Member
    outputs: Sequence[Output]
    event_id: int | None


class Sequencer:
    """Host of all sessions: commands in, events and messages out, in one order.

    Args:
        state: the core's state, as recovered.
        journal: the message store.
        clock: returns nanoseconds since 1970 UTC.
        failed: called once with the error that stopped the flow; the daemon is to end then.
        market: what is seen of the markets; None where there is no market data.

    Attributes:
        members: all sessions by name.
    """

    def __init__(
        self,
        state: State,
        journal: Journal,
        clock: Callable[[], int],
        failed: Callable[[BaseException], None],
        market: Market | None = None,
    ) -> None:
        self.state = state
        self.clock = clock
        self.members: dict[str, Member] = {}
        self._numbers = journal.sessions()
        self._sent_now = journal.sent_now
        self._committer = Committer(journal, clock, self.members, failed, self._may_go_again)
        self.committed = self._committer.committed
        self.end_waiting = self._committer.end_waiting
        self.check_store = self._committer.check
        self._silence = Silence(state, self._status_timeout, self._status_overdue)
        self._absences = Absences(
            state, clock, self._cannot_store, self._client_overdue, self._await_anew
        )
        self._review_times = ReviewTimes(state, clock, self._cannot_store, self._review_overdue)
        self._market = market
        self._stops = (
            None if market is None else StopWatch(state, market, self.execute, self._cannot_store)
        )
        self._child_times = ChildTimes(state, clock, self._cannot_store, self._child_overdue)
        self._in_turn = InTurn(self._perform_outputs)
        self._event_told: int | None = None
        self._carry_out: dict[type, Callable[[Member, Any], None]] = {
            Persist: self._persist,
            Write: self._write,
            Deliver: self._deliver,
            Retrieve: self._committer.retrieve,
            Reset: self._reset,
            NumbersSet: self._numbers_set,
            Expired: self._expired,
            LoggedOn: self._logged_on,
            LoggedOut: self._logged_out,
            Disconnect: self._disconnect,
            Note: self._note,
        }

    async def close(self) -> None:
        """Store what is left and take nothing in any more."""
        self._silence.stop()
        self._absences.stop()
        self._review_times.stop()
        if self._stops is not None:
            self._stops.stop()
        self._child_times.stop()
        await self._committer.close()

    def watch_times(self) -> None:
        """Watch over what was held, and what was placed, before the start."""
        self._review_times.watch()
        self._child_times.watch()
        if self._stops is not None:
            self._stops.watch()

    @property
    def last_event_id(self) -> int:
        """Of the event decided last; it may not be stored yet."""
        return self._committer.last_event_id

    @property
    def outage(self) -> Outage | None:
        """Why nothing can be stored now, if that is so."""
        return self._committer.outage

    # --- sessions -------------------------------------------------------------------------------

    def numbers(self, session: str) -> SessionNumbers:
        """Return where a session stands; the beginning for a new one."""
        member = self.members.get(session)
        if member is not None:
            live = member.link.session
            return SessionNumbers(member.epoch, live.next_in, live.next_out)
        return self._numbers.get(session, SessionNumbers())

    def used_at(self, session: str) -> int | None:
        """Return when the stored numbers of a session were last used, before there is traffic.

        That is when its last message was sent: nanoseconds since 1970, or None if there is none.
        """
        numbers = self.numbers(session)
        return sending_time(self._sent_now(session, numbers.epoch, numbers.next_out - 1))

    def add(self, link: Link) -> None:
        """Take a session in, in the place of the one of its name if there is one."""
        session = link.session
        if self.outage is not None:
            link.pause()
        self.members[session.name] = Member(
            link=link,
            translator=translator(session.dictionary.application_version),
            is_client=session.settings.connection_type is ConnectionType.ACCEPTOR,
            epoch=self.numbers(session.name).epoch,
        )

    def remove(self, name: str) -> None:
        """Let a session go; added again, its numbers go on from here."""
        self._numbers[name] = self.numbers(name)
        del self.members[name]

    def perform(self, link: Link, outputs: Sequence[Output]) -> None:
        """Carry out what a session puts out, in its order (the ``Host`` port of the engine)."""
        if outputs and not self._committer.stopped:
            self._in_turn.add(_Outputs(self.members[link.session.name], outputs, None))
            self._perform_waiting()

    def _perform_waiting(self) -> None:
        with self._committer.fail_closed():
            self._in_turn.carry_out()
        self._committer.schedule()

    def _perform_outputs(self, waiting: _Outputs) -> None:
        member, outputs, self._event_told = waiting
        for output in outputs:
            self._carry_out[type(output)](member, output)

    def _persist(self, member: Member, output: Persist) -> None:
        self._committer.touch(member)
        self._committer.message(member, output, self._event_told)

    def _write(self, member: Member, output: Write) -> None:
        self._committer.write(member.link, output.data)

    def _disconnect(self, member: Member, output: Disconnect) -> None:
        log.info("disconnect", session=member.name, reason=output.reason)
        self._committer.write(member.link, None)

    def _reset(self, member: Member, output: Reset) -> None:
        """Begin a new epoch; what was never written of the old one is sent anew in it.

        Orders that are too old by now are not, and the core hears so.
        """
        unsent = self._unsent(member, output)
        member.epoch += 1
        self._committer.touch(member)
        log.info("sequence_reset", session=member.name, reason=output.reason, again=len(unsent))
        now = self.clock()
        age_max = member.link.session.settings.overload.max_order_age_seconds
        for number, raw in unsent:
            if is_stale(raw, age_max, now):
                self._expired(member, Expired(number, raw))
            else:
                message = parse(raw, member.link.session.dictionary.data_tags)
                self.perform(member.link, member.link.session.send(message, now))

    def _unsent(self, member: Member, output: Reset) -> list[tuple[int, bytes]]:
        first, last = output.unsent or (1, 0)
        stored = [(n, self._committer.sent(member, n)) for n in range(first, last + 1)]
        return [
            (number, raw)
            for number, raw in stored
            if raw is not None and goes_again(raw) and not self._is_forced(member, raw)
        ]

    def _is_forced(self, member: Member, raw: bytes) -> bool:
        """Tell whether a message is the order of a child that an operator has closed."""
        child = self._child_of(member, raw) if msg_type_of(raw) == b"D" else None
        return child is not None and child.forced

    def _child_of(self, member: Member, raw: bytes) -> Child | None:
        cl_ord_id = value_of(raw, _CL_ORD_ID).decode("latin-1")
        return self.state.child_at(member.name, cl_ord_id)

    def _may_go_again(self, member: Member, raw: bytes) -> bool:
        """Tell whether a stored message may be resent: no order that counts as refused or closed.

        One that has expired stays so, also after a restart with other settings or another clock:
        what it was for may be at another venue, as is so with one that an operator has closed. One
        that is forgotten ended on an earlier day.
        """
        if member.is_client or msg_type_of(raw) != b"D":
            return True
        child = self._child_of(member, raw)
        return child is not None and child.status is not OrdStatus.REJECTED and not child.forced

    def _expired(self, member: Member, output: Expired) -> None:
        """Have the core take an order of ours that was never sent as refused."""
        age_max = member.link.session.settings.overload.max_order_age_seconds
        cl_ord_id = value_of(output.data, _CL_ORD_ID).decode("latin-1")
        log.warning("expired", session=member.name, cl_ord_id=cl_ord_id)
        if member.is_client:
            return
        self.execute(
            VenueMessageReject(
                session=member.name,
                ref_seq_num=output.msg_seq_num,
                ref_msg_type=msg_type_of(output.data).decode("latin-1"),
                cl_ord_id=cl_ord_id,
                text=f"not sent: older than {age_max} s",
            )
        )

    def _numbers_set(self, member: Member, output: NumbersSet) -> None:
        self._committer.touch(member)
        numbers = {"next_in": output.next_in, "next_out": output.next_out}
        log.info("sequence_numbers_set", session=member.name, **numbers)

    def _note(self, member: Member, output: Note) -> None:
        log.warning(output.event, session=member.name, **output.details)

    def _logged_on(self, member: Member, _output: LoggedOn) -> None:
        log.info("logged_on", session=member.name)
        way = member.link.session.settings.order_status.reconciliation
        self.execute(SessionLoggedOn(member.name, OrderReconciliation(way)))

    def _logged_out(self, member: Member, output: LoggedOut) -> None:
        log.info("logged_out", session=member.name, reason=output.reason)
        self.execute(SessionLoggedOut(member.name, output.reason, output.by_logout))

    def _status_timeout(self, venue: str) -> int:
        return self.members[venue].link.session.settings.order_status.timeout_seconds

    def _status_overdue(self, venue: str) -> None:
        if not self._cannot_store():  # else it is we who do not listen
            self.execute(VenueStatusOverdue(venue))

    def _cannot_store(self) -> bool:
        return self._committer.stopped or self.outage is not None

    def _client_overdue(self, session: str) -> None:
        self.execute(ClientOverdue(session))

    def _review_overdue(self, order_id: str) -> None:
        self.execute(ReviewOverdue(order_id))

    def _child_overdue(self, child_id: str) -> None:
        self.execute(ChildOverdue(child_id))

    def _await_anew(self, session: str) -> None:
        self.execute(SessionLoggedOut(session, "nothing could be stored"))

    # --- commands and events --------------------------------------------------------------------

    def _deliver(self, member: Member, output: Deliver) -> None:
        """Turn a message into a command; its Persist came just before, so its id is the last."""
        message = output.message
        message_id = self._committer.last_message_id
        try:
            command = self._decode(member, message)
        except DecodeError as error:
            # What a venue has done is done: that we cannot read it needs somebody's attention.
            tell = log.warning if member.is_client else log.error
            tell("refused", session=member.name, msg_type=message.msg_type, text=error.text)
            self._refuse(member, message, error, message_id)
            return
        if command is None:
            log.info("no_effect", session=member.name, msg_type=message.msg_type)
            return
        if isinstance(command, VenueMessageReject):
            command = self._with_cl_ord_id(member, command)
        try:
            self._decide(command, message_id)
        except UndecidedError as error:
            log.critical("undecided", session=member.name, error=str(error), exc_info=True)
            unavailable = DecodeError(_NOT_AVAILABLE, None, "Application not available")
            self._refuse(member, message, unavailable, message_id)

    @staticmethod
    def _decode(member: Member, message: Message) -> Command | None:
        if member.is_client:
            return member.translator.decode_from_client(member.name, message)
        return member.translator.decode_from_venue(member.name, message)

    def _refuse(
        self, member: Member, message: Message, error: DecodeError, message_id: int
    ) -> None:
        """Answer a message that cannot become a command with the reject that is its due."""
        now = self.clock()
        orders = self.state.orders_by_cl_ord_id
        cl_ord_id = message.text(_CL_ORD_ID) or ""
        if message.msg_type == "D" and (member.name, cl_ord_id) in orders:
            self.execute(NewOrderSingleRefused(member.name, cl_ord_id), message_id)
            return
        order = orders.get((member.name, message.text(_ORIG_CL_ORD_ID) or ""))
        order_id, ord_status = ("", OrdStatus.REJECTED)
        if order is not None:
            order_id, ord_status = order.order_id, order.ord_status
        exec_id = f"{self.state.id_prefix}-R{message_id}"
        answer = member.translator.refuse(message, error, order_id, exec_id, now, ord_status)
        self.perform(member.link, member.link.session.send(answer, now))

    def _with_cl_ord_id(self, member: Member, reject: VenueMessageReject) -> VenueMessageReject:
        """Name the order that a rejected message of ours was about."""
        if self.state.child_at(member.name, reject.cl_ord_id or "") is not None:
            return reject
        raw = self._committer.sent(member, reject.ref_seq_num)
        if raw is None:
            return reject
        sent = parse(raw, member.link.session.dictionary.data_tags)
        ref_msg_type = reject.ref_msg_type or sent.msg_type
        return structs.replace(reject, cl_ord_id=sent.text(_CL_ORD_ID), ref_msg_type=ref_msg_type)

    def execute(self, command: Command, message_id: int | None = None) -> list[Event]:
        """Have the core handle a command; store it with its events, tell whom they concern.

        Returns:
            The events; they are stored once ``committed`` has returned.
        """
        with self._committer.fail_closed():
            events = self._decide(command, message_id)
        self._perform_waiting()
        self._committer.schedule()
        return events

    async def intervene(self, command: Command) -> list[Event]:
        """Have the core handle an operator's command; return its events once they are stored.

        Raises:
            UndecidedError: the core failed on it, and has done nothing; that it came is stored.
            StoreError: nothing is stored any more.
        """
        events: list[Event] | UndecidedError
        with self._committer.fail_closed():
            try:
                events = self._decide(command, None)
            except UndecidedError as error:
                log.critical("undecided", error=str(error), exc_info=True)
                events = error
        self._perform_waiting()
        await self.committed()
        if isinstance(events, UndecidedError):
            raise events
        return events

    def end_trading_day(self, day: str) -> None:
        """End a trading day: what comes after it goes to the next file of the store.

        What clients are told of it is stored with it: it would be told by nobody after a crash.
        """
        with self._committer.fail_closed():
            self._decide(EndTradingDay(day), None)
            self._in_turn.carry_out()
            self._committer.end_file(carried_of(day, self.state))
            if self._market is not None:
                self._market.begin_day()
        self._perform_waiting()

    def _decide(self, command: Command, message_id: int | None) -> list[Event]:
        if self._market is not None:
            self._see_market(self._market, command)
        return self._handle(command, message_id)

    def _see_market(self, market: Market, command: Command) -> None:
        """Have the core see the books that the command may be decided by."""
        for symbol in symbols_of(self.state, command):
            seen = market.see(symbol)
            if seen is None:
                continue
            try:
                self._handle(seen, None)
            except UndecidedError as error:  # the command itself is none the worse for it
                log.critical("undecided", error=str(error), exc_info=True)

    def _handle(self, command: Command, message_id: int | None) -> list[Event]:
        now = self.clock()
        command_id = self._committer.command(command, message_id, now)
        events = handle(self.state, command, now)
        for event in events:
            self._tell(event, self._committer.event(event, command_id), now)
            noteworthy.tell(event)
        if self.state.reconciliations:
            self._silence.watch()
        if self.state.clients_awaited:
            self._absences.watch()
        if self.state.reviews:
            self._review_times.watch()
        if self._stops is not None:
            self._stops.watch()
        if self.state.child_deadlines:
            self._child_times.watch()
        return events

    def _tell(self, event: Event, event_id: int, now: int) -> None:
        session = addressee(event)
        if session is None:
            return
        member = self.members.get(session)
        if member is None:
            log.error("session_gone", session=session, told=type(event).__name__)
            return
        message = member.translator.encode(event, now)
        self._in_turn.add(_Outputs(member, member.link.session.send(message, now), event_id))
