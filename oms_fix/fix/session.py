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
5. MsgSeqNum(34). Too high: the message is not kept, since a ResendRequest(2) for everything from
   ``next_in`` on brings it again. One request is open for a gap; it is repeated if a message is
   still too high after a whole HeartBtInt(108) without progress, as when an answer got lost. Too
   low: ignored with PossDupFlag(43)=Y, otherwise fatal, since both sides then disagree about what
   was sent. Some messages act whatever their number: Logon(A) with ResetSeqNumFlag(141)=Y,
   ResendRequest(2), because two sides that wait for each other's gap would wait for ever,
   SequenceReset(4) in reset mode, and Logout(5).
6. The dictionary: Reject(3), and the number is used up.

A message that passes is persisted with its number before anything else happens because of it. What
we send is persisted before it is written, also while logged out: the counterparty sees the gap at
the next Logon(A) and asks. While ``Retrieve`` is under way, newer messages are held back, so that
the counterparty gets all in one ascending order and needs no second request.

Liveness: after HeartBtInt(108) without a message from us, Heartbeat(0). After 1.2 times as long
without one from the counterparty, TestRequest(1); after as long again, disconnect.
"""

from collections.abc import Callable, Iterable, Mapping

from oms_fix.fix import session_messages as messages
from oms_fix.fix.codec import parse
from oms_fix.fix.conversation import Conversation, SequenceNumbers, State
from oms_fix.fix.errors import ParseError
from oms_fix.fix.liveness import Due
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import Deliver, LoggedOn, Output, Retrieve, Write
from oms_fix.fix.session_checks import (
    identity_fault,
    logon_problem,
    value_out_of_range,
    whole_number,
)
from oms_fix.fix.settings import ConnectionType
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.fix.validation import Fault

__all__ = ["TRANSITIONS", "SequenceNumbers", "Session", "State"]

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

_BEFORE_LOGON = frozenset((State.AWAITING_LOGON, State.LOGON_SENT))


class Session(Conversation):
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
        settings = self.settings
        if settings.connection_type is ConnectionType.ACCEPTOR:
            self.state = State.AWAITING_LOGON
            return self._take()
        self.state = State.LOGON_SENT
        if settings.reset_on_logon:
            self._reset("ResetOnLogon")
        fresh = self.next_in == self.next_out == 1
        self._reset_asked = settings.reset_on_logon or (
            fresh and (settings.reset_on_logout or settings.reset_on_disconnect)
        )
        logon = messages.logon(settings, settings.heart_bt_int, reset=self._reset_asked)
        self._emit(logon, now)
        return self._take()

    def received(self, data: bytes, now: int) -> list[Output]:
        """Take bytes as they came from the connection."""
        if self.state in TRANSITIONS:
            for raw in self._framer.feed(data):
                if self.state not in TRANSITIONS:
                    break
                self._receive(raw, now)
            for text in self._framer.take_garbled():
                self._note("garbled", reason=text)
        return self._take()

    def tick(self, now: int) -> list[Output]:
        """Do what is due: heartbeats, test requests, timeouts."""
        waited = now - self._since
        if self.state is State.LOGGED_ON:
            self._keep_alive(now)
        elif self.state in _BEFORE_LOGON:
            if waited >= self.settings.logon_timeout * NANOSECONDS:
                self._disconnect("no Logon in time")
        elif (
            self.state is State.LOGOUT_SENT and waited >= self.settings.logout_timeout * NANOSECONDS
        ):
            self._disconnect("Logout not answered in time")
        return self._take()

    def send(self, message: Message, now: int) -> list[Output]:
        """Send an application message; while logged out, it waits for the next Logon."""
        self._emit(message, now, write=self.logged_on)
        return self._take()

    def logout(self, text: str, now: int) -> list[Output]:
        """End the connection in good order, with this Text(58) for the counterparty."""
        if self.logged_on:
            self._begin_logout(text, now)
        elif self.state in _BEFORE_LOGON:
            self._disconnect(text or "logout before logon")
        return self._take()

    def disconnected(self, now: int) -> list[Output]:
        """Take note that the connection is gone, whoever closed it."""
        self._leave("connection lost")
        if self.settings.reset_on_disconnect:
            self._reset("ResetOnDisconnect")
        elif self.settings.reset_on_logout and self._logged_out:
            self._reset("ResetOnLogout")
        self._start(now)
        self.state = State.DISCONNECTED
        return self._take()

    def retrieved(
        self, begin: int, end: int, stored: Iterable[tuple[int, bytes]], now: int
    ) -> list[Output]:
        """Resend what ``Retrieve(begin, end)`` asked for.

        Args:
            begin: as in the output.
            end: as in the output.
            stored: our messages of that range by ascending number; some may be missing.
            now: nanoseconds since 1970.
        """
        asked = Retrieve(begin, end)
        if asked not in self._retrieving:
            return []  # the connection that asked is gone
        self._retrieving.remove(asked)
        answer = messages.resend(self._writer, begin, end, stored, now)
        self._outputs.extend(Write(data) for data in answer)
        self._liveness.spoke(now)
        if not self._retrieving:
            self._release()
        return self._take()

    # Receiving, steps 1 to 4

    def _receive(self, raw: bytes, now: int) -> None:
        self._liveness.heard(now)
        try:
            message = parse(raw, self.dictionary.data_tags)
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

    def _refuse(self, text: str, now: int) -> None:
        if self.state in _BEFORE_LOGON:
            self._disconnect(text)
        else:
            self._end_at_once(text, now)

    def _dispatch(self, message: Message, number: int, now: int) -> None:
        fault = identity_fault(message, self.settings, now)
        if fault is not None:
            self._refuse_identity(message, number, fault, now)
            return
        handlers = _HANDLERS[self.state]
        handler = handlers.get(message.msg_type) or handlers[_ANY]
        handler(self, message, number, now)

    def _refuse_identity(self, message: Message, number: int, fault: Fault, now: int) -> None:
        if self.state in _BEFORE_LOGON:
            self._disconnect(fault.text)
            return
        if number == self.next_in:
            self._use_up(message, number, now)
        self._reject(message, number, fault, now)
        self._begin_logout(fault.text, now)

    # Transitions before the session is logged on

    def _not_a_logon(self, message: Message, number: int, now: int) -> None:  # noqa: ARG002 - a row
        self._disconnect(f"first message is no Logon(A) but {message.msg_type}")

    def _logon_refused(self, message: Message, number: int, now: int) -> None:
        if number == self.next_in:
            self._use_up(message, number, now)
        self._disconnect(f"Logon refused: {message.text(58) or 'no reason given'}")

    def _logon_of_initiator(self, message: Message, number: int, now: int) -> None:
        fault = self._validator.check(message)
        if fault is not None:
            self._disconnect(f"invalid Logon(A): {fault.text} ({fault.ref_tag})")
            return
        problem = logon_problem(message, self.settings)
        if problem is not None:
            self._end_at_once(problem, now)
            return
        reset = message.get(141) == b"Y"
        if reset or self.settings.reset_on_logon:
            self._reset("ResetSeqNumFlag" if reset else "ResetOnLogon")
        self._agree(message, number, now, answer=True)

    def _logon_of_acceptor(self, message: Message, number: int, now: int) -> None:
        problem = self._problem(message)
        if problem is not None:
            self._end_at_once(problem, now)
            return
        if message.get(141) == b"Y" and not self._reset_asked:
            self._reset("ResetSeqNumFlag")
            self.next_out = 2  # our Logon has the first number of the new numbering
        self._agree(message, number, now, answer=False)

    def _agree(self, message: Message, number: int, now: int, *, answer: bool) -> None:
        """Complete the exchange of Logons, and ask for what was missed meanwhile."""
        if number < self.next_in:
            self._too_low(message, number, now)
            return
        if number == self.next_in:
            self._use_up(message, number, now)
        if answer:
            self._answer_logon(message, now)
        self.state = State.LOGGED_ON
        self._progress = now
        self._outputs.append(LoggedOn())
        if number > self.next_in:
            self._too_high(number, now)

    def _problem(self, message: Message) -> str | None:
        """Return why a Logon(A) is no good, or None."""
        fault = self._validator.check(message)
        if fault is not None:
            return f"{fault.text} ({fault.ref_tag})" if fault.ref_tag else fault.text
        return logon_problem(message, self.settings)

    def _answer_logon(self, message: Message, now: int) -> None:
        seconds = whole_number(message.get(108)) or 0
        self._liveness.interval = seconds * NANOSECONDS
        reset = message.get(141) == b"Y"
        self._emit(messages.logon(self.settings, seconds, reset=reset), now)

    # Transitions of a session that is logged on, or was a moment ago

    def _logon_again(self, message: Message, number: int, now: int) -> None:
        """Reset in mid-session with ResetSeqNumFlag(141)=Y; nothing else may bring a Logon(A)."""
        if message.get(141) != b"Y" or not self.logged_on:
            if self._accept(message, number, now):
                self._begin_logout("Logon(A) while logged on", now)
            return
        problem = self._problem(message)
        if problem is not None:
            self._end_at_once(problem, now)
            return
        self._reset("ResetSeqNumFlag")
        if number == self.next_in:
            self._use_up(message, number, now)
        self._answer_logon(message, now)
        if number > self.next_in:
            self._too_high(number, now)

    def _heartbeat(self, message: Message, number: int, now: int) -> None:
        self._accept(message, number, now)

    def _test_request(self, message: Message, number: int, now: int) -> None:
        if self._accept(message, number, now):
            self._emit(messages.heartbeat(message.get(112)), now)

    def _deliver(self, message: Message, number: int, now: int) -> None:
        if self._accept(message, number, now):
            self._outputs.append(Deliver(message, number))

    def _resend_request(self, message: Message, number: int, now: int) -> None:
        """Answer at once, whatever the request's own number is."""
        fault = self._validator.check(message)
        if number == self.next_in:
            self._use_up(message, number, now)
            if fault is not None:
                self._reject(message, number, fault, now)
        if fault is None:
            self._retrieve(message, number, now)
        if number > self.next_in:
            self._too_high(number, now)

    def _retrieve(self, message: Message, number: int, now: int) -> None:
        begin, end = whole_number(message.get(7)), whole_number(message.get(16))
        last = self.next_out - 1
        # 0 stands for "all", and so does any number that was not sent yet, such as 999999.
        end = min(end, last) if end else last
        if not begin or begin > end:
            self._reject(message, number, value_out_of_range(7), now)
            return
        retrieve = Retrieve(begin, end)
        self._retrieving.append(retrieve)
        self._outputs.append(retrieve)

    def _sequence_reset(self, message: Message, number: int, now: int) -> None:
        new_seq_no = whole_number(message.get(36)) or 0
        if message.get(123) == b"Y":
            if not self._accept(message, number, now):
                return
            if new_seq_no < self.next_in:
                self._reject(message, number, value_out_of_range(36), now)
            self.next_in = max(self.next_in, new_seq_no)
            return
        fault = self._validator.check(message)
        if fault is None and new_seq_no < self.next_in:
            fault = value_out_of_range(None)
        if fault is not None:
            self._reject(message, number, fault, now)
        elif new_seq_no > self.next_in:
            # Its own number means nothing; it is stored as the last of those that it skips.
            self._use_up(message, new_seq_no - 1, now)

    def _logout(self, message: Message, number: int, now: int) -> None:
        if number == self.next_in:
            self._use_up(message, number, now)
        reason = "Logout completed"
        if self.logged_on:
            reason = f"Logout received: {message.text(58) or 'no reason given'}"
            self._emit(messages.logout(""), now)
        self._logged_out = True
        self._disconnect(reason)

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
