"""The mechanics below a session's transitions: numbering, sending, judging, ending.

What they are good for is told in the theory of operation of ``oms_fix.fix.session``.
"""

from enum import StrEnum

from msgspec import Struct

from oms_fix.fix import session_messages as messages
from oms_fix.fix.codec import Framer
from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.liveness import Liveness
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    Direction,
    Disconnect,
    LoggedOut,
    Note,
    Output,
    Persist,
    Reset,
    Retrieve,
    Write,
)
from oms_fix.fix.session_checks import is_possible_duplicate, possible_duplicate_fault
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.fix.validation import Fault, Validator

# How long one request for a gap is trusted where there is no HeartBtInt(108) to go by.
_PATIENCE = 30 * NANOSECONDS


class State(StrEnum):
    """Where a session is in the life of its connection."""

    DISCONNECTED = "disconnected"
    AWAITING_LOGON = "awaiting logon"
    LOGON_SENT = "logon sent"
    LOGGED_ON = "logged on"
    LOGOUT_SENT = "logout sent"
    CLOSING = "closing"


class SequenceNumbers(Struct, frozen=True):
    """The MsgSeqNum(34) expected next and the one to be sent next."""

    next_in: int = 1
    next_out: int = 1


class Conversation:
    """What both sides have said and what is still to be said; see ``Session``."""

    def __init__(
        self, settings: SessionSettings, dictionary: Dictionary, numbers: SequenceNumbers
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self.dictionary = dictionary
        self.state = State.DISCONNECTED
        self.next_in = numbers.next_in
        self.next_out = numbers.next_out
        self._validator = Validator(dictionary, settings.validation)
        self._writer = messages.MessageWriter(settings, dictionary)
        self._begin_string = b"8=%b\x01" % settings.begin_string.encode()
        self._outputs: list[Output] = []
        self._start(0)

    def _start(self, now: int) -> None:
        """Forget the connection before."""
        self._framer = Framer()
        self._liveness = Liveness(self.settings.heart_bt_int * NANOSECONDS, now)
        self._since = now  # when this state began to wait for the other side
        self._gap_end = 0  # highest number seen above the expected one
        self._progress = now  # when a number was last used up, or a gap asked for
        self._retrieving: list[Retrieve] = []
        self._held: list[bytes] = []
        self._reset_asked = False
        self._logged_out = False

    @property
    def logged_on(self) -> bool:
        """Both Logons have been exchanged and no Logout has been sent."""
        return self.state is State.LOGGED_ON

    @property
    def application_version(self) -> str:
        """The FIX version of application messages, such as ``FIX.5.0SP2``."""
        return self.dictionary.application_version

    # Receiving, steps 5 and 6

    def _accept(self, message: Message, number: int, now: int) -> bool:
        """Tell whether a message is in sequence and valid; its number is then used up."""
        if number > self.next_in:
            self._too_high(number, now)
            return False
        if number < self.next_in:
            self._too_low(message, number, now)
            return False
        fault = self._validator.check(message)
        self._use_up(message, number, now)
        if fault is not None:
            self._reject(message, number, fault, now)
        return fault is None

    def _use_up(self, message: Message, number: int, now: int) -> None:
        self._outputs.append(Persist(Direction.IN, number, message.msg_type, message.raw))
        self.next_in = number + 1
        self._progress = now

    def _too_high(self, number: int, now: int) -> None:
        is_open = self._gap_end >= self.next_in
        self._gap_end = max(self._gap_end, number)
        if self.state is State.LOGOUT_SENT:
            return  # asked for after the next Logon
        patience = self._liveness.interval or _PATIENCE
        waiting = is_open and now - self._progress < patience
        if waiting and not self.settings.send_redundant_resend_requests:
            return
        self._progress = now
        self._emit(messages.resend_request(self.next_in), now)

    def _too_low(self, message: Message, number: int, now: int) -> None:
        if not is_possible_duplicate(message):
            text = f"MsgSeqNum too low, expecting {self.next_in} but received {number}"
            self._end_at_once(text, now)
            return
        fault = possible_duplicate_fault(message)
        if fault is not None:
            self._reject(message, number, fault, now)
            if fault.ref_tag is None:
                self._begin_logout(fault.text, now)

    def _reject(self, message: Message, number: int, fault: Fault, now: int) -> None:
        self._note("rejected", msg_type=message.msg_type, msg_seq_num=number, reason=fault.text)
        if message.msg_type != messages.REJECT:  # two sides could go on rejecting Rejects for ever
            self._emit(messages.reject(message, number, fault, self.dictionary), now)

    # Sending and ending

    def _emit(self, message: Message, now: int, *, write: bool = True) -> None:
        """Number a message, persist it, and write it if somebody listens."""
        number = self.next_out
        data = self._writer.write(message, number, now)
        self.next_out = number + 1
        self._outputs.append(Persist(Direction.OUT, number, message.msg_type, data))
        if not write:
            return
        self._liveness.spoke(now)
        if self._retrieving:
            self._held.append(data)
        else:
            self._outputs.append(Write(data))

    def _release(self) -> None:
        self._outputs.extend(Write(data) for data in self._held)
        self._held.clear()

    def _reset(self, reason: str) -> None:
        """Start both numberings at 1; what was asked for of the old ones is forgotten."""
        self._gap_end = 0
        self._retrieving.clear()
        self._held.clear()
        if self.next_in != 1 or self.next_out != 1:
            self.next_in = self.next_out = 1
            self._outputs.append(Reset(reason))

    def _begin_logout(self, text: str, now: int) -> None:
        if not self.logged_on:
            return
        self._emit(messages.logout(text), now)
        self._leave(text)
        self.state = State.LOGOUT_SENT
        self._since = now

    def _end_at_once(self, text: str, now: int) -> None:
        """Say why and disconnect without waiting for an answer."""
        if self.state is not State.LOGOUT_SENT:
            self._emit(messages.logout(text), now)
        self._disconnect(text)

    def _disconnect(self, reason: str) -> None:
        self._leave(reason)
        self._release()
        self._retrieving.clear()
        self.state = State.CLOSING
        self._outputs.append(Disconnect(reason))

    def _leave(self, reason: str) -> None:
        if self.logged_on:
            self._outputs.append(LoggedOut(reason))

    def _note(self, event: str, **details: str | int) -> None:
        self._outputs.append(Note(event, details))

    def _take(self) -> list[Output]:
        outputs, self._outputs = self._outputs, []
        return outputs
