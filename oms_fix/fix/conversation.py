"""The mechanics below a session's transitions: numbering, sending, judging, ending.

What they are good for is told in the theory of operation of ``oms_fix.fix.session``.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from oms_fix.fix import session_messages as messages
from oms_fix.fix.codec import Framer
from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.familiar import FamiliarLayouts
from oms_fix.fix.kept_messages import KeptMessages
from oms_fix.fix.liveness import Liveness
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    IN,
    OUT,
    Disconnect,
    LoggedOut,
    Note,
    Output,
    Persist,
    Reset,
    Write,
)
from oms_fix.fix.overload_settings import RateLimitAction
from oms_fix.fix.parser import Parser
from oms_fix.fix.pretty import mask_secrets
from oms_fix.fix.rate_limit import Pace, TokenBucket
from oms_fix.fix.resend_storm import ResendStorm
from oms_fix.fix.resending import Resending
from oms_fix.fix.session_checks import (
    IdentityCheck,
    is_possible_duplicate,
    possible_duplicate_fault,
)
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.stale_orders import StaleOrders
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.fix.unsent import Unsent
from oms_fix.fix.validation import Fault, Validator

# More messages than this do not wait behind an answer; the counterparty asks for what is above.
_HELD_MAX = 10_000

# These go out at once, whatever waits: the counterparty must not take us for dead.
_NEVER_HELD = frozenset((messages.HEARTBEAT, messages.TEST_REQUEST, messages.LOGOUT))

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

    __hash__ = str.__hash__  # a table is looked up by it for every message; the enum's is slow


BEFORE_LOGON = frozenset((State.AWAITING_LOGON, State.LOGON_SENT))

# What is looked at for every message; through the enumeration it would take several times as long.
LOGON_SENT, LOGGED_ON = State.LOGON_SENT, State.LOGGED_ON


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
        self._identity = IdentityCheck(settings)
        self._validator = Validator(dictionary, settings.validation)
        self._parser = Parser(dictionary.data_tags, self._validator)
        self._familiar = FamiliarLayouts(settings, dictionary, self._validator)
        self._writer = messages.MessageWriter(settings, dictionary)
        self._begin_string = b"8=%b\x01" % settings.begin_string.encode()
        self._outputs: list[Output] = []
        self._stale = StaleOrders(settings.overload.max_order_age_seconds)
        self._resending = Resending(self._writer, self._stale)
        self._storm = ResendStorm()
        self._pace: Pace | None = None
        self._bucket: TokenBucket | None = None
        self._limit_rate()
        self._kept = KeptMessages()
        self._held: list[tuple[int, bytes]] = []
        self._unsent = Unsent()
        self._reset_wanted = False  # at the end of this connection, by the operator
        self._fresh = False  # numbers are new, and the counterparty does not know yet
        self._start(0)

    def _limit_rate(self) -> None:
        rate = self.settings.overload.max_messages_per_second
        if rate and self.settings.overload.rate_limit_action is RateLimitAction.DELAY:
            self._pace = Pace(rate)
        elif rate:
            self._bucket = TokenBucket(rate)

    def _start(self, now: int) -> None:
        """Forget the connection before."""
        if self._pace is not None:
            self._pace.clear()
        self._storm.forget()
        self._stale.connected(self.next_out)
        self._drop_held()
        self._resending.forget()
        self._kept.clear()
        self._framer = Framer(self.settings.max_message_size)
        self._liveness = Liveness(self.settings.heart_bt_int * NANOSECONDS, now)
        self._since = now  # when this state began to wait for the other side
        self._gap_end = 0  # highest number seen above the expected one
        self._progress = now  # when a number was last used up, or a gap asked for
        self._reset_asked = False

    @property
    def logged_on(self) -> bool:
        """Both Logons have been exchanged and no Logout has been sent."""
        return self.state is LOGGED_ON

    @property
    def application_version(self) -> str:
        """The FIX version of application messages, such as ``FIX.5.0SP2``."""
        return self.dictionary.application_version

    # Receiving, steps 5 and 6

    def _accept(self, message: Message, number: int, now: int) -> bool:
        """Tell whether a message is in sequence and valid; its number is then used up."""
        if number > self.next_in:
            self._too_high(message, number, now)
            return False
        if number < self.next_in:
            self._too_low(message, number, now)
            return False
        return self._judge(message, number, now)

    def _accept_anyhow(self, message: Message, number: int, now: int) -> bool:
        """Tell whether a message that acts whatever its number is valid, and not a mere duplicate.

        Above a gap it is kept for its number alone, valid or not.
        """
        if number < self.next_in and is_possible_duplicate(message):
            self._too_low(message, number, now)
            return False
        if number == self.next_in:
            return self._judge(message, number, now)
        fault = self._validator.check(message)
        if fault is not None:
            self._reject(message, number, fault, now)
            if number > self.next_in:
                self._too_high(message, number, now, acted=True)
        return fault is None

    def _judge(self, message: Message, number: int, now: int) -> bool:
        """Use up the expected number, and reject what is not valid."""
        fault = self._validator.check(message)
        if self._validator.oddities:
            self._note_oddities()
        if fault is None and is_possible_duplicate(message) and message.get(122) is None:
            fault = self._duplicate_fault(message)
        self._use_up(message, number, now)
        if fault is not None:
            self._reject(message, number, fault, now)
        return fault is None

    def _note_oddities(self) -> None:
        for oddity in self._validator.oddities:
            what = "unknown tag tolerated" if oddity.value is None else "unknown value tolerated"
            self._note(what, msg_type=oddity.msg_type, tag=oddity.tag)
        self._validator.oddities.clear()

    @property
    def tolerated(self) -> Mapping[tuple[str, int], int]:
        """In how many messages something unknown was let pass, by MsgType(35) and tag."""
        return self._validator.tolerated

    def _duplicate_fault(self, message: Message) -> Fault | None:
        needs_original = self.settings.requires_orig_sending_time
        return possible_duplicate_fault(message, needs_original=needs_original)

    def _use_up(self, message: Message, number: int, now: int) -> None:
        raw = message.raw if message.vouched_by else mask_secrets(message.raw)
        self._outputs.append(Persist(IN, number, message.msg_type, raw))
        self.next_in = number + 1
        self._progress = now

    def _too_high(self, message: Message, number: int, now: int, *, acted: bool = False) -> None:
        """Keep a message until the gap below it is closed, and ask for what is missing."""
        if self.state is State.LOGOUT_SENT:
            return  # asked for after the next Logon
        is_open = self._gap_is_open
        self._gap_end = max(self._gap_end, number)
        self._kept.keep(number, message, acted=acted)
        waiting = is_open and 0 <= now - self._progress < self._patience
        if waiting and not self.settings.send_redundant_resend_requests:
            return
        self._progress = now
        request = messages.resend_request(self.next_in, self.settings.begin_string)
        self._emit(request, now)

    @property
    def _patience(self) -> int:
        """HeartBtInt(108) in nanoseconds, or what stands for it."""
        return self._liveness.interval or _PATIENCE

    @property
    def _gap_is_open(self) -> bool:
        """What is missing has been asked for, and not all of it has come."""
        return self._gap_end >= self.next_in

    def _too_low(self, message: Message, number: int, now: int) -> None:
        if not is_possible_duplicate(message):
            text = f"MsgSeqNum too low, expecting {self.next_in} but received {number}"
            self._end_at_once(text, now)
            return
        fault = self._duplicate_fault(message)
        if fault is not None and self.state in BEFORE_LOGON:
            self._disconnect(fault.text)
        elif fault is not None:
            self._reject(message, number, fault, now)
            if fault.ref_tag is None:
                self._begin_logout(fault.text, now)

    def _reject(self, message: Message, number: int, fault: Fault, now: int) -> None:
        self._note("rejected", msg_type=message.msg_type, msg_seq_num=number, reason=fault.text)
        if message.msg_type != messages.REJECT:  # two sides could go on rejecting Rejects for ever
            self._emit(messages.reject(message, number, fault, self.dictionary), now)

    # Sending

    def _emit(self, message: Message, now: int, *, write: bool = True) -> None:
        """Number a message, persist it, and write it if somebody listens."""
        number = self.next_out
        data, stored = self._writer.write(message, number, now)
        self.next_out = number + 1
        self._outputs.append(Persist(OUT, number, message.msg_type, stored))
        if not write:
            self._unsent.add(number)
        elif not self._holds(message):
            self._liveness.spoke(now)
            self._outputs.append(Write(data))
        elif len(self._held) < _HELD_MAX:
            self._held.append((number, data))
        else:
            self._unsent.add(number)

    def _holds(self, message: Message) -> bool:
        """Tell whether a message must wait, so that all come in one ascending order."""
        if self.state is LOGON_SENT:
            return message.msg_type not in messages.ADMINISTRATIVE
        return self._resending.piece is not None and message.msg_type not in _NEVER_HELD

    def _release(self) -> None:
        self._outputs.extend(Write(data) for _, data in self._held)
        self._held.clear()

    def _drop_held(self) -> None:
        for number, _ in self._held:
            self._unsent.add(number)
        self._held.clear()

    def _resend(self, begin: int, now: int, end: int | None = None) -> None:
        """Begin the answer to a request for numbers; what is held comes after it anyway."""
        last = self._held[0][0] - 1 if self._held else self.next_out - 1
        last = last if end is None else min(end, last)
        if begin > last:
            return
        self._stale.asked(begin)
        if self._resending.piece is None and not self._may_answer(begin, now):
            return
        if not self.settings.persist_messages:
            self._outputs.append(Write(self._writer.gap_fill(begin, last + 1, now)))
            self._unsent.written_up_to(last)
            return
        piece = self._resending.ask(begin, last)
        if piece is not None:
            self._outputs.append(piece)

    def _may_answer(self, begin: int, now: int) -> bool:
        """Tell whether an answer may begin; the same again and again ends the connection."""
        if self._storm.takes(begin, now, self._patience):
            return True
        self._note("resend storm", begin=begin, times=self._storm.answers)
        text = f"ResendRequest for {begin} and on came {self._storm.answers} times without progress"
        self._end_at_once(text, now)
        return False

    # Resetting and ending

    def _reset(self, reason: str, next_in: int = 1, next_out: int = 1) -> None:
        """Start both numberings anew; what was asked for of the old ones is forgotten."""
        self._drop_held()
        self._resending.forget()
        self._kept.clear()
        self._gap_end = 0
        self._storm.forget()
        self._stale.reset(next_out)
        unsent = self._unsent.take()
        self._reset_wanted = False
        if (self.next_in, self.next_out) != (next_in, next_out):
            self.next_in, self.next_out = next_in, next_out
            self._outputs.append(Reset(reason, next_in, next_out, unsent))

    def _begin_logout(self, text: str, now: int, *, in_order: bool = False) -> None:
        if not self.logged_on:
            return
        self._emit(messages.logout(text), now)
        self._leave(text, by_logout=in_order)
        self.state = State.LOGOUT_SENT
        self._since = now

    def _end_at_once(self, text: str, now: int) -> None:
        """Say why and disconnect without waiting for an answer."""
        if self.state is not State.LOGOUT_SENT:
            self._emit(messages.logout(text), now)
        self._disconnect(text)

    def _disconnect(self, reason: str, *, by_logout: bool = False) -> None:
        self._leave(reason, by_logout=by_logout)
        self._drop_held()
        self._resending.forget()
        self.state = State.CLOSING
        self._outputs.append(Disconnect(reason))

    def _leave(self, reason: str, *, by_logout: bool = False) -> None:
        if self.logged_on:
            self._outputs.append(LoggedOut(reason, by_logout))

    def _note(self, event: str, **details: str | int) -> None:
        self._outputs.append(Note(event, details))

    def _take(self) -> list[Output]:
        outputs, self._outputs = self._outputs, []
        return outputs
