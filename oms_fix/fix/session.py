"""One FIX session as a pure state machine: bytes and time in, outputs out.

Theory of operation
===================
A session outlives its connections. What lasts are the two sequence numbers: ``next_in``, the
MsgSeqNum(34) that is expected next, and ``next_out``, the one that our next message will get. All
else belongs to one connection and starts anew with ``connected``.

States of a connection::

    DISCONNECTED ---> AWAITING_LOGON (acceptor) ---+--> LOGGED_ON ---> LOGOUT_SENT ---> CLOSING
          |                                        |        |                              ^
          +---------> LOGON_SENT (initiator) ------+        +------------------------------+

CLOSING is entered with the output ``Disconnect`` and left with ``disconnected``; what arrives in it
is not looked at: with its number unused, the counterparty sends it again next time.

A message goes through these steps; the first that objects decides (FIX 4.4 Volume 2):

1. Garbled messages are ignored; their number stays unused and shows as a gap.
2. Another BeginString(8), or no MsgSeqNum(34): Logout and disconnect.
3. CompIDs and SendingTime(52): Reject, 373=9 or 373=10, and Logout. Before the Logon exchange any
   such fault only disconnects, which tells a stranger nothing.
4. The transition table below names what handles the message in this state.
5. MsgSeqNum(34). Too high: the message is kept, within bounds, until what is missing has come in
   answer to a ResendRequest(2) for everything from ``next_in`` on; then it is taken in its turn,
   and is a duplicate when the answer brings it again. One request is open for a gap; it is
   repeated if a message is still too high after a whole HeartBtInt(108) without progress, as when
   an answer got lost. Too low: ignored with PossDupFlag(43)=Y, otherwise fatal, since both sides
   then disagree about what was sent. Some messages act whatever their number, and only once:
   Logon(A) with ResetSeqNumFlag(141)=Y, ResendRequest(2), because two sides that wait for each
   other's gap would wait for ever, SequenceReset(4) in reset mode, and Logout(5). A gap fill that
   begins below ``next_in``, as a possible duplicate, acts while a gap is open: it begins at a
   message that was kept and taken meanwhile.
6. The dictionary: Reject(3), and the number is used up.

A message that passes is persisted with its number before anything else happens because of it. What
we send is persisted before it is written, also while logged out: the counterparty sees the gap at
the next Logon(A) and asks. What it asks for is retrieved and written in pieces (``Resending``).
Meanwhile newer messages are held back, so that it gets all in one ascending order and needs no
second request; Heartbeat(0) and TestRequest(1) are not, lest a slow store look like a dead one.
Likewise held is what is sent between our Logon(A) and the answer.

New numbers. A reset forgets whatever was asked for of the old ones, and names in its output what we
had numbered and never written, which nobody will ask for any more. An initiator that has reset and
not heard a Logon(A) since resets again and says so, because nobody can know how far the other side
got. Both by setting and by the operator, numbers go back with the Logout, not in mid-session: until
then the counterparty's messages count in the old numbering, and none of them is to be lost. We
follow a counterparty that does it in mid-session. With NextExpectedMsgSeqNum(789) each Logon(A)
says what is missing, and the other side brings it unasked.

Overload. By choice a message above MaxMessagesPerSecond waits, and all behind it (``Pace``), or is
refused. A counterparty that asks for the same again and again is cut off (``ResendStorm``). Orders
above MaxOrderAgeSeconds are gap-filled instead of resent (``StaleOrders``).

Liveness: after HeartBtInt(108) without a message from us, Heartbeat(0). After 1.2 times as long
without one from the counterparty, TestRequest(1); after as long again, disconnect.
"""

from collections.abc import Callable, Iterable, Mapping

from oms_fix.fix import session_messages as messages
from oms_fix.fix.conversation import (
    BEFORE_LOGON,
    LOGGED_ON,
    LOGON_SENT,
    SequenceNumbers,
    State,
)
from oms_fix.fix.errors import LocalError, ParseError
from oms_fix.fix.liveness import Due
from oms_fix.fix.logon_exchange import LogonExchange
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    IN,
    Deliver,
    Expired,
    NumbersSet,
    Output,
    Persist,
    Retrieve,
    Write,
)
from oms_fix.fix.session_checks import is_possible_duplicate, value_out_of_range, whole_number
from oms_fix.fix.settings import ConnectionType
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.fix.validation import Fault

__all__ = ["TRANSITIONS", "SequenceNumbers", "Session", "State"]

_BY_HAND = "by the operator"
_ANY = "any other"  # MsgType(35) without a row of its own

_TALKING = {
    messages.LOGON: "_logon_again",
    messages.HEARTBEAT: "_heartbeat",
    messages.TEST_REQUEST: "_test_request",
    messages.RESEND_REQUEST: "_resend_request",
    messages.SEQUENCE_RESET: "_sequence_reset",
    messages.LOGOUT: "_logout",
    _ANY: "_deliver",  # application messages, and Reject(3)
}

# State and MsgType(35) to the method that makes the transition.
TRANSITIONS: Mapping[State, Mapping[str, str]] = {
    State.AWAITING_LOGON: {messages.LOGON: "_logon_of_initiator", _ANY: "_not_a_logon"},
    State.LOGON_SENT: {
        messages.LOGON: "_logon_of_acceptor",
        messages.LOGOUT: "_logon_refused",
        _ANY: "_not_a_logon",
    },
    State.LOGGED_ON: _TALKING,
    State.LOGOUT_SENT: _TALKING,
}

_TALKS = frozenset((State.LOGGED_ON, State.LOGOUT_SENT))


class Session(LogonExchange):
    """One FIX session; see the theory of operation above.

    Methods that take ``now`` (nanoseconds since 1970-01-01 UTC) return outputs, to be carried out
    in their order. The host stores both numbers together with the messages of each ``Persist``.

    Attributes:
        name: SessionName of the settings.
        settings: as given.
        dictionary: as given.
        state: of the connection.
        next_in: MsgSeqNum(34) expected next.
        next_out: MsgSeqNum(34) of our next message.
        logged_on: application messages flow both ways.
    """

    # What the host calls

    def connected(self, now: int) -> list[Output]:
        """Begin with a new connection; an initiator sends its Logon(A)."""
        self._start(now)
        if self.settings.connection_type is ConnectionType.ACCEPTOR:
            self.state = State.AWAITING_LOGON
        else:
            self.state = State.LOGON_SENT
            self._open(now)
        return self._take()

    def received(self, data: bytes, now: int) -> list[Output]:
        """Take bytes as they came from the connection."""
        if self.state in TRANSITIONS:
            raws: Iterable[bytes] = self._framer.feed(data)
            if raws:
                self._liveness.heard(now)
            for raw in raws if self._pace is None else self._pace.due(raws, now):
                if self.state not in TRANSITIONS:
                    break
                self._receive(raw, now)
                if self._gap_end:
                    self._take_kept(now)
            if self._framer.garbled:
                for text in self._framer.take_garbled():
                    self._note("garbled", reason=text)
        return self._take()

    def delay(self, now: int) -> int:
        """Return the nanoseconds after which ``received`` is to be called; 0 if nothing waits.

        It goes on then with what waits by RateLimitAction=delay; the caller may have nothing new.
        """
        return 0 if self._pace is None or self.state not in TRANSITIONS else self._pace.wait(now)

    def tick(self, now: int) -> list[Output]:
        """Do what is due: heartbeats, test requests, timeouts."""
        if self._pace:
            self._liveness.heard(now)  # what it says lies behind what we make wait
        self._since = min(self._since, now)  # the clock may have been set back
        waited = now - self._since
        if self.state is State.LOGGED_ON:
            self._keep_alive(now)
        elif self.state in BEFORE_LOGON:
            if waited >= self.settings.logon_timeout * NANOSECONDS:
                self._disconnect("no Logon in time")
        elif (
            self.state is State.LOGOUT_SENT and waited >= self.settings.logout_timeout * NANOSECONDS
        ):
            self._disconnect("Logout not answered in time")
        return self._take()

    def due_at(self) -> int | None:
        """Return when ``tick`` will have a heartbeat or a test request to send; None for never.

        Before the logon and after a Logout the ticks that come anyway are soon enough.
        """
        return self._liveness.due_at() if self.state is State.LOGGED_ON else None

    def excuse(self, now: int) -> None:
        """Count the counterparty's silence from now on: it was not listened to before."""
        self._liveness.heard(now)
        self._since = now

    def send(self, message: Message, now: int) -> list[Output]:
        """Send an application message; while logged out, it waits for the next Logon.

        It has its number from now on. Should the numbering be reset before the message is written,
        the ``Reset`` tells so: whether to send it anew is the host's to decide.
        """
        state = self.state
        self._emit(message, now, write=state is LOGGED_ON or state is LOGON_SENT)
        return self._take()

    def logout(self, text: str, now: int) -> list[Output]:
        """End the connection in good order, with this Text(58) for the counterparty."""
        if self.logged_on:
            self._begin_logout(text, now, in_order=True)
        elif self.state in BEFORE_LOGON:
            self._disconnect(text or "logout before logon")
        return self._take()

    def disconnected(self, now: int, reason: str = "connection lost") -> list[Output]:
        """Take note that the connection is gone, whoever closed it and why."""
        self._leave(reason)
        self._start(now)
        self.state = State.DISCONNECTED
        if self.settings.reset_on_disconnect or self._reset_wanted:
            self._reset_numbers(_BY_HAND if self._reset_wanted else "ResetOnDisconnect")
        return self._take()

    def retrieved(
        self, asked: Retrieve, stored: Iterable[tuple[int, bytes]], now: int
    ) -> list[Output]:
        """Resend what a ``Retrieve`` asked for.

        Args:
            asked: the output; one whose connection is gone is ignored.
            stored: our messages of that range by ascending number; some may be missing.
            now: nanoseconds since 1970.
        """
        if asked != self._resending.piece:
            return []
        answer = self._resending.answer(stored, now)
        self._outputs.extend(Expired(number, raw) for number, raw in answer.expired)
        self._outputs.extend(Write(data) for data in answer.messages)
        for number in answer.unreadable:
            self._note("cannot be sent again", msg_seq_num=number)
        self._liveness.spoke(now)
        self._unsent.written_up_to(asked.end)
        following = self._resending.go_on()
        if following is None:
            self._release()
        elif following.begin == asked.end + 1 or self._may_answer(following.begin, now):
            self._outputs.append(following)
        return self._take()

    def refresh(self, stored: SequenceNumbers) -> None:
        """Go on with these numbers, by RefreshOnLogon, before there is a connection.

        If another process has moved them, what we had numbered and not written, and whether the
        counterparty knows of a reset, is that process's knowledge and not ours.
        """
        assert self.state is State.DISCONNECTED
        if stored != SequenceNumbers(self.next_in, self.next_out):
            self.next_in, self.next_out = stored.next_in, stored.next_out
            self._unsent.take()
            self._fresh = False

    def begin_trading_session(self) -> list[Output]:
        """Start both numberings at 1 while there is no connection; both sides do so by schedule."""
        assert self.state is State.DISCONNECTED
        self._reset("new trading session")
        return self._take()

    # What the operator calls

    def reset(self, now: int) -> list[Output]:
        """Start both numberings at 1, as the operators of both sides have agreed.

        A live connection is ended in good order first: until its Logout the counterparty's messages
        have numbers of the old numbering, and none of them is to be lost. An initiator then asks
        for the reset with its next Logon(A).
        """
        if self.state is State.DISCONNECTED:
            self._reset_numbers(_BY_HAND)
            return self._take()
        self._reset_wanted = True
        return self.logout("sequence numbers are reset", now)

    def set_numbers(self, next_in: int, next_out: int) -> list[Output]:
        """Set both numbers by hand; messages stored so far stay for resending if none goes back.

        Args:
            next_in: MsgSeqNum(34) expected next, from 1.
            next_out: MsgSeqNum(34) of our next message, from 1.

        Raises:
            LocalError: a number is below 1, or there is a connection: log out first.
        """
        if min(next_in, next_out) < 1:
            raise LocalError("sequence numbers begin at 1")
        if self.state is not State.DISCONNECTED:
            raise LocalError(f"session {self.name} is connected; log out first")
        if next_in < self.next_in or next_out < self.next_out:
            self._reset(_BY_HAND, next_in, next_out)
        elif (next_in, next_out) != (self.next_in, self.next_out):
            self.next_in, self.next_out = next_in, next_out
            self._outputs.append(NumbersSet(next_in, next_out))
        return self._take()

    def _reset_numbers(self, reason: str) -> None:
        self._reset(reason)
        self._fresh = True

    # Receiving, steps 1 to 4

    def _receive(self, raw: bytes, now: int) -> None:
        familiar = self._familiar.read(raw)
        if familiar is None:
            self._read(raw, now)
            return
        message, number, sent_at = familiar
        if (
            number == self.next_in
            and abs(now - sent_at) <= self._identity.latency_max
            and self._bucket is None
            and self.state in _TALKS
        ):
            # It would go through all the steps, and none of them would object.
            self._outputs += (
                Persist(IN, number, message.msg_type, raw),
                Deliver(message, number),
            )
            self.next_in = number + 1
            self._progress = now
        else:
            self._dispatch(message, number, now)

    def _read(self, raw: bytes, now: int) -> None:
        try:
            message = self._parser.parse(raw)
        except ParseError as error:
            self._note("garbled", reason=str(error))
            return
        number = whole_number(message.get(34))
        if not raw.startswith(self._begin_string):
            self._refuse("Incorrect BeginString", now)
        elif number is None:
            self._refuse("Required tag missing: MsgSeqNum(34)", now)
        else:
            self._dispatch(message, number, now)

    def _take_kept(self, now: int) -> None:
        """Go on with messages that came above a gap, as soon as it is closed before them."""
        while self.state in _TALKS and (kept := self._kept.take(self.next_in)) is not None:
            message, number = kept.message, self.next_in
            if kept.acted:
                self._use_up(message, number, now)
            else:
                self._handle(message, number, now)
        if not self._gap_is_open:
            self._kept.clear()

    def _refuse(self, text: str, now: int) -> None:
        if self.state in BEFORE_LOGON:
            self._disconnect(text)
        else:
            self._end_at_once(text, now)

    def _dispatch(self, message: Message, number: int, now: int) -> None:
        fault = self._identity.fault(message, now)
        if fault is not None:
            self._refuse_identity(message, number, fault, now)
            return
        self._handle(message, number, now)

    def _handle(self, message: Message, number: int, now: int) -> None:
        handlers = _HANDLERS[self.state]
        handler = handlers.get(message.msg_type) or handlers[_ANY]
        handler(self, message, number, now)

    def _refuse_identity(self, message: Message, number: int, fault: Fault, now: int) -> None:
        if self.state in BEFORE_LOGON:
            self._disconnect(fault.text)
            return
        if number == self.next_in:
            self._use_up(message, number, now)
        self._reject(message, number, fault, now)
        self._begin_logout(fault.text, now)

    # Transitions before the session is logged on; those of Logon(A) are in LogonExchange

    def _not_a_logon(self, message: Message, number: int, now: int) -> None:  # noqa: ARG002 - a row
        self._disconnect(f"first message is no Logon(A) but {message.msg_type}")

    # Transitions of a session that is logged on, or was a moment ago

    def _heartbeat(self, message: Message, number: int, now: int) -> None:
        self._accept(message, number, now)

    def _test_request(self, message: Message, number: int, now: int) -> None:
        if self._accept(message, number, now):
            self._emit(messages.heartbeat(message.get(112)), now)

    def _deliver(self, message: Message, number: int, now: int) -> None:
        if not self._accept(message, number, now):
            return
        self._familiar.saw(message)
        if self._bucket is None or message.msg_type == messages.REJECT or self._bucket.take(now):
            self._outputs.append(Deliver(message, number))
        else:
            self._refuse_above_rate(message, number, now)

    def _refuse_above_rate(self, message: Message, number: int, now: int) -> None:
        rate = self.settings.overload.max_messages_per_second
        text = f"not taken: more than {rate} messages per second"
        self._note("above the rate", msg_type=message.msg_type, msg_seq_num=number)
        self._emit(messages.business_reject(message, number, text, self.dictionary), now)

    def _resend_request(self, message: Message, number: int, now: int) -> None:
        """Answer at once, whatever the request's own number is."""
        if not self._accept_anyhow(message, number, now):
            return
        begin, last = whole_number(message.get(7)), whole_number(message.get(16))
        # 0 stands for "all", and so does any number that was not sent yet, such as 999999.
        end = min(last or self.next_out, self.next_out - 1)
        if begin and begin <= end and last is not None:
            self._resend(begin, now, end)
        else:
            faulty = 16 if last is None else 7
            self._reject(message, number, value_out_of_range(faulty), now)
        if number > self.next_in and self.state in _TALKS:
            self._too_high(message, number, now, acted=True)

    def _sequence_reset(self, message: Message, number: int, now: int) -> None:
        if message.get(123) == b"Y":
            self._gap_fill(message, number, now)
            return
        new_seq_no = whole_number(message.get(36)) or 0
        fault = self._validator.check(message)
        if fault is None and new_seq_no < self.next_in:
            fault = value_out_of_range(None)
        if fault is not None:
            self._reject(message, number, fault, now)
        elif new_seq_no > self.next_in:
            # Its own number means nothing; it is stored as the last of those that it skips.
            self._use_up(message, new_seq_no - 1, now)

    def _gap_fill(self, message: Message, number: int, now: int) -> None:
        new_seq_no = whole_number(message.get(36)) or 0
        begins_below = number < self.next_in < new_seq_no and is_possible_duplicate(message)
        if begins_below and self._gap_is_open:
            # It begins at a message that we have kept and taken meanwhile, and closes the rest.
            number = self.next_in
        if not self._accept(message, number, now):
            return
        if new_seq_no < self.next_in:
            self._reject(message, number, value_out_of_range(36), now)
        self.next_in = max(self.next_in, new_seq_no)

    def _logout(self, message: Message, number: int, now: int) -> None:
        if not self._accept_anyhow(message, number, now):
            return
        reason = "Logout completed"
        if self.logged_on:
            reason = f"Logout received: {message.text(58) or 'no reason given'}"
            self._emit(messages.logout(""), now)
        self._disconnect(reason, by_logout=True)
        # Now rather than when the connection is gone: a crash in between would keep old numbers.
        if self.settings.reset_on_logout or self._reset_wanted:
            self._reset_numbers("ResetOnLogout" if self.settings.reset_on_logout else _BY_HAND)

    def _keep_alive(self, now: int) -> None:
        due = self._liveness.due(now)
        if due is Due.HEARTBEAT:
            self._emit(messages.heartbeat(), now)
        elif due is Due.TEST_REQUEST:
            self._emit(messages.test_request(), now)
            self._liveness.tested(now)
        elif due is Due.DISCONNECT:
            self._disconnect("TestRequest not answered in time")


_Handler = Callable[[Session, Message, int, int], None]
_HANDLERS: dict[State, dict[str, _Handler]] = {
    state: {msg_type: getattr(Session, name) for msg_type, name in row.items()}
    for state, row in TRANSITIONS.items()
}
