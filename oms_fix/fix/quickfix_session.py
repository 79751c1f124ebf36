"""A FIX session run by QuickFIX, behind the same port as our own.

Theory of operation
===================
QuickFIX judges what comes, numbers what goes, and decides what is answered; everything else stays
with us: the socket, the hours, the store. It is driven by calls on the thread of the event loop and
tells within each call what it takes and what it says (``QuickfixBinding``). That becomes outputs
here, which the host stores before it writes, so the promise is that of our own session: nothing
leaves before it is stored, and what was taken and is not stored is asked for again after a restart,
because QuickFIX is told the stored numbers then. Only its own store is of no use for that, since it
is apart from ours and never synced: it holds no more than what QuickFIX is about to resend.

What it is asked to resend has to be fetched first: a ResendRequest(2), and a Logon(A) whose
NextExpectedMsgSeqNum(789) is below our number, wait for the answer to a ``Retrieve``, and all that
comes meanwhile waits behind them. The whole range is fetched at once.

What it does by itself and does not tell is seen by its numbers: both at 1 is a reset, and a number
that has been used up without a message being taken was that of a message rejected or skipped over.

Two of its habits could cost a message, and are made up for. A Reject(3) above a gap uses up the
number that is missing: here it waits for its turn. An application message sent between our Logon(A)
and the answer is numbered and not written: here it is written once the session is logged on.

QuickFIX looks at the clock itself: ``now`` is not used.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from oms_fix.fix import session_messages as messages
from oms_fix.fix.codec import Framer, parse
from oms_fix.fix.conversation import SequenceNumbers, State
from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.errors import LocalError, ParseError
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    Deliver,
    Direction,
    Disconnect,
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
from oms_fix.fix.pretty import is_masked, mask_secrets
from oms_fix.fix.quickfix_binding import QuickfixBinding
from oms_fix.fix.session_checks import whole_number
from oms_fix.fix.session_messages import msg_type_of, value_of
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.fix.unsent import Unsent

# Messages above a gap beyond this are not handed over: they come again with the answer to it.
_EARLY_MAX = 2_000
# QuickFIX acts on these whatever their number.
_ACTED_ON_ANYHOW = frozenset((messages.LOGON, messages.RESEND_REQUEST, messages.LOGOUT))
# QuickFIX writes these whether the session is logged on or not.
_ALWAYS_WRITTEN = frozenset((b"A", b"5", b"2", b"4"))
# What waits for a ``Retrieve`` is looked at this often.
_RETRIEVAL_PATIENCE = NANOSECONDS // 50
# QuickFIX's scratch store is emptied after so many messages.
_SCRATCH_MAX = 10_000


class QuickfixSession:
    """One FIX session on QuickFIX; see the theory of operation above.

    Attributes:
        name: SessionName of the settings.
        settings: as given.
        dictionary: as given; QuickFIX reads its own from the same file.
        state: of the connection.
        next_in: MsgSeqNum(34) expected next.
        next_out: MsgSeqNum(34) of our next message.

    Raises:
        LocalError: QuickFIX is not installed, or refuses the settings.
    """

    def __init__(
        self, settings: SessionSettings, dictionary: Dictionary, numbers: SequenceNumbers
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self.dictionary = dictionary
        self.state = State.DISCONNECTED
        self.next_in = numbers.next_in
        self.next_out = numbers.next_out
        self._outputs: list[Output] = []
        self._unsent = Unsent()
        self._retrievals = 0
        self._reset_wanted = False  # at the end of this connection, by the operator
        self._scratched = 0  # messages in QuickFIX's store
        self._quickfix = QuickfixBinding(settings, self)
        self._quickfix.set_numbers(self.next_in, self.next_out)
        self._start()

    def _start(self) -> None:
        """Forget the connection before."""
        self._framer = Framer(self.settings.max_message_size)
        self._waiting: deque[bytes] = deque()  # received, not looked at yet
        self._handed: dict[int, Message] = {}  # to QuickFIX, and not used up
        self._early_rejects: dict[int, Message] = {}
        self._used_up: set[int] = set()  # numbers of messages persisted in this call
        self._again: list[tuple[int, bytes]] = []  # resent in this call
        self._held: list[tuple[int, bytes]] = []  # sent after our Logon(A), not written yet
        self._asked: tuple[Retrieve, Message] | None = None  # and the message that needs the answer
        self._sent_meanwhile: dict[int, bytes] = {}
        self._reason = "ended by QuickFIX"
        self._by_logout = False

    @property
    def logged_on(self) -> bool:
        """Both Logons have been exchanged and no Logout has been sent."""
        return self.state is State.LOGGED_ON

    @property
    def application_version(self) -> str:
        """The FIX version of application messages, such as ``FIX.5.0SP2``."""
        return self.dictionary.application_version

    @property
    def tolerated(self) -> Mapping[tuple[str, int], int]:
        """Nothing: QuickFIX does not tell what it lets pass."""
        return {}

    @property
    def _is_open(self) -> bool:
        return self.state not in {State.DISCONNECTED, State.CLOSING}

    # What the host calls

    def connected(self, now: int) -> list[Output]:
        """Begin with a new connection; an initiator sends its Logon(A)."""
        self._start()
        self._quickfix.begin()
        if self.settings.connection_type is ConnectionType.ACCEPTOR:
            self.state = State.AWAITING_LOGON
        else:
            self.state = State.LOGON_SENT
            self._quickfix.tick()
            self._settle()
        return self._take()

    def received(self, data: bytes, now: int) -> list[Output]:
        """Take bytes as they came from the connection."""
        if self._is_open:
            self._waiting.extend(self._framer.feed(data))
            for text in self._framer.take_garbled():
                self._note("garbled", reason=text)
            self._look_at_waiting()
        return self._take()

    def delay(self, now: int) -> int:
        """Return the nanoseconds after which ``received`` is to be called; 0 if nothing waits."""
        return _RETRIEVAL_PATIENCE if self._asked is not None else 0

    def due_at(self) -> int | None:
        """Return None: when QuickFIX will have something to send it does not say."""
        return None

    def excuse(self, now: int) -> None:
        """Leave it: QuickFIX counts silence itself, and closes a connection that is then new."""

    def refresh(self, stored: SequenceNumbers) -> None:
        """Go on with these numbers, by RefreshOnLogon, before there is a connection.

        If another process has moved them, what we had not written is that process's to bring.
        """
        if stored != SequenceNumbers(self.next_in, self.next_out):
            self._quickfix.set_numbers(stored.next_in, stored.next_out)
            self.next_in, self.next_out = stored.next_in, stored.next_out
            self._unsent.take()

    def tick(self, now: int) -> list[Output]:
        """Do what is due: heartbeats, test requests, timeouts."""
        if self._is_open and self.state is not State.AWAITING_LOGON:
            self._quickfix.tick()
            self._settle()
        return self._take()

    def send(self, message: Message, now: int) -> list[Output]:
        """Send an application message; while logged out, it waits for the next Logon.

        Raises:
            LocalError: QuickFIX cannot keep it.
        """
        if not self._quickfix.send(message):
            raise LocalError(f"{self.name}: QuickFIX cannot keep a message in its scratch store")
        self._follow()
        if self._scratched > _SCRATCH_MAX and self._asked is None:
            self._show({})
        return self._take()

    def logout(self, text: str, now: int) -> list[Output]:
        """End the connection in good order, with this Text(58) for the counterparty."""
        if self.logged_on:
            self._by_logout = True
            self._quickfix.logout(text)
            self._settle()
        elif self.state in {State.AWAITING_LOGON, State.LOGON_SENT}:
            self._close(text or "logout before logon")
        return self._take()

    def disconnected(self, now: int, reason: str = "connection lost") -> list[Output]:
        """Take note that the connection is gone, whoever closed it and why."""
        self._leave(reason)
        self.state = State.DISCONNECTED
        self._drop_held()
        self._quickfix.disconnect()
        self._follow()
        self._start()
        if self._reset_wanted:
            self._renumber("by the operator")
        return self._take()

    def retrieved(
        self, asked: Retrieve, stored: Iterable[tuple[int, bytes]], now: int
    ) -> list[Output]:
        """Have QuickFIX resend what a ``Retrieve`` asked for; all that is missing is gap-filled.

        So is what was stored without its secret.
        """
        if self._asked is None or self._asked[0] != asked:
            return []
        (_, message), self._asked = self._asked, None
        whole = {number: raw for number, raw in stored if not is_masked(raw)}
        self._show(whole | self._sent_meanwhile)
        self._sent_meanwhile.clear()
        self._hand(message)
        self._look_at_waiting()
        return self._take()

    def begin_trading_session(self) -> list[Output]:
        """Start both numberings at 1 while there is no connection; both sides do so by schedule."""
        assert self.state is State.DISCONNECTED
        self._renumber("new trading session")
        return self._take()

    def reset(self, now: int) -> list[Output]:
        """Start both numberings at 1, as the operators of both sides have agreed.

        A live connection is ended in good order first. The next Logon(A) does not ask for it.
        """
        if self.state is State.DISCONNECTED:
            self._renumber("by the operator")
            return self._take()
        self._reset_wanted = True
        return self.logout("sequence numbers are reset", now)

    def set_numbers(self, next_in: int, next_out: int) -> list[Output]:
        """Set both numbers by hand; messages stored so far stay for resending if none goes back.

        Raises:
            LocalError: a number is below 1, or there is a connection: log out first.
        """
        if min(next_in, next_out) < 1:
            raise LocalError("sequence numbers begin at 1")
        if self.state is not State.DISCONNECTED:
            raise LocalError(f"session {self.name} is connected; log out first")
        if next_in < self.next_in or next_out < self.next_out:
            self._renumber("by the operator", next_in, next_out)
        elif (next_in, next_out) != (self.next_in, self.next_out):
            self._quickfix.set_numbers(next_in, next_out)
            self.next_in, self.next_out = next_in, next_out
            self._outputs.append(NumbersSet(next_in, next_out))
        return self._take()

    # What QuickFIX tells within a call (``Listener``)

    def taken(self, msg_seq_num: int, msg_type: str) -> None:
        """Take note that a message has been found good, and is acted on."""
        self._follow()
        message = self._handed[msg_seq_num]
        if msg_seq_num == self.next_in:
            self._use_up(message, msg_seq_num)
        if msg_type == messages.LOGOUT:
            self._by_logout = True
            self._reason = f"Logout received: {message.text(58) or 'no reason given'}"
        if msg_type not in messages.ADMINISTRATIVE or msg_type == messages.REJECT:
            self._outputs.append(Deliver(message, msg_seq_num))

    def said(self, raw: bytes) -> None:
        """Take note of a message as it is to be written; with PossDupFlag(43)=Y it is not new."""
        self._follow()
        number = int(value_of(raw, 34))
        if value_of(raw, 43) == b"Y":
            # It tells of the gap fill before a message after that message.
            self._again.append((number, raw))
            return
        msg_type = msg_type_of(raw)
        self._outputs.append(
            Persist(Direction.OUT, number, msg_type.decode("latin-1"), mask_secrets(raw))
        )
        self.next_out = number + 1
        self._scratched += 1
        if self._asked is not None:
            self._sent_meanwhile[number] = raw
        if msg_type == b"5":
            self._reason = value_of(raw, 58).decode("latin-1") or self._reason
        elif msg_type == b"3":
            told = {"msg_type": 372, "msg_seq_num": 45, "reason": 58}
            texts = {key: value_of(raw, tag).decode("latin-1") for key, tag in told.items()}
            self._note("rejected", **texts)
        self._write_new(number, msg_type, raw)

    def _write_new(self, number: int, msg_type: bytes, raw: bytes) -> None:
        if msg_type in _ALWAYS_WRITTEN or self._quickfix.is_logged_on:
            if msg_type == b"2":
                self._release()  # in the order of their numbers
            self._outputs.append(Write(raw))
        elif self.state is State.LOGON_SENT:
            self._held.append((number, raw))
        else:
            self._unsent.add(number)

    def _release(self) -> None:
        self._outputs.extend(Write(raw) for _, raw in self._held)
        self._held.clear()

    def _drop_held(self) -> None:
        for number, _ in self._held:
            self._unsent.add(number)
        self._held.clear()

    # Handing over

    def _look_at_waiting(self) -> None:
        while self._waiting and self._asked is None and self._is_open:
            raw = self._waiting.popleft()
            try:
                message = parse(raw, self.dictionary.data_tags)
            except ParseError as error:
                self._note("garbled", reason=str(error))
                continue
            self._look_at(message)

    def _look_at(self, message: Message) -> None:
        number = whole_number(message.get(34)) or 0
        if number > self.next_in and not self._takes_early(message, number):
            return
        wanted = self._wanted(message)
        if wanted is None:
            self._hand(message)
            self._hand_early_rejects()
            return
        self._retrievals += 1
        asked = Retrieve(*wanted, self._retrievals)
        self._asked = (asked, message)
        self._outputs.append(asked)

    def _takes_early(self, message: Message, number: int) -> bool:
        """Tell whether a message above a gap is to be handed over, there being room for it."""
        if message.msg_type == messages.REJECT and len(self._early_rejects) < _EARLY_MAX:
            self._early_rejects.setdefault(number, message)
        if message.msg_type in _ACTED_ON_ANYHOW:
            return True
        if message.msg_type == messages.SEQUENCE_RESET and message.get(123) != b"Y":
            return True
        return message.msg_type != messages.REJECT and len(self._handed) < _EARLY_MAX

    def _hand_early_rejects(self) -> None:
        while self._early_rejects and self._is_open:
            number = min(self._early_rejects)
            if number > self.next_in:
                break
            message = self._early_rejects.pop(number)
            if number == self.next_in:
                self._hand(message)

    def _wanted(self, message: Message) -> tuple[int, int] | None:
        """Return first and last number of what QuickFIX is going to resend because of a message."""
        tag = {messages.RESEND_REQUEST: 7, messages.LOGON: 789}.get(message.msg_type)
        begin = whole_number(message.get(tag)) if tag else None
        if not begin or begin >= self.next_out or not self.settings.persist_messages:
            return None
        end = whole_number(message.get(16)) if message.msg_type == messages.RESEND_REQUEST else 0
        return begin, min(end or self.next_out, self.next_out - 1)

    def _hand(self, message: Message) -> None:
        before, number = self.next_in, whole_number(message.get(34)) or 0
        self._handed[number] = message
        problem = self._quickfix.hand(message.raw)
        if problem is not None:
            self._note("garbled", reason=problem)
        if message.msg_type in _ACTED_ON_ANYHOW:
            del self._handed[number]  # it is not heard of again, whatever its number
        self._follow()
        self._use_up_untold(message, before)
        self._settle()

    # After each call

    def _settle(self) -> None:
        """Find out what the call has led to."""
        self._follow()
        self._again.sort()
        self._outputs.extend(Write(raw) for _, raw in self._again)
        for number, raw in self._again[-1:]:  # a gap fill has NewSeqNo(36)
            self._unsent.written_up_to(int(value_of(raw, 36) or number + 1) - 1)
        self._again.clear()
        if self._quickfix.has_ended:
            self._close(self._reason)
        elif self._quickfix.is_logging_out:
            self._leave(self._reason)
            self.state = State.LOGOUT_SENT
        elif self._quickfix.is_logged_on and not self.logged_on:
            self.state = State.LOGGED_ON
            self._release()
            self._outputs.append(LoggedOn())

    def _use_up_untold(self, message: Message, before: int) -> None:
        """Persist a message whose number is used up without its having been taken in sequence.

        It was rejected, or is a SequenceReset(4), stored as the last of those that it skips.
        """
        number = whole_number(message.get(34)) or 0
        is_reset = message.msg_type == messages.SEQUENCE_RESET
        if number not in self._used_up and self.next_in > before:
            self._use_up(message, self.next_in - 1 if is_reset else number)
        self._used_up.clear()
        for done in [each for each in self._handed if each < self.next_in]:
            del self._handed[done]

    def _use_up(self, message: Message, number: int) -> None:
        self._outputs.append(
            Persist(Direction.IN, number, message.msg_type, mask_secrets(message.raw))
        )
        self._used_up.add(number)

    def _follow(self) -> None:
        """Take over QuickFIX's numbers, and see whether it has reset them."""
        numbers = self._quickfix.next_in, self._quickfix.next_out
        if numbers == (1, 1) != (self.next_in, self.next_out):
            self._drop_held()
            self._outputs.append(Reset("by QuickFIX", unsent=self._unsent.take()))
            self._used_up.clear()
        elif numbers[1] < self.next_out:
            raise LocalError(f"{self.name}: QuickFIX cannot write its scratch store")
        self.next_in, self.next_out = numbers

    def _renumber(self, reason: str, next_in: int = 1, next_out: int = 1) -> None:
        self._reset_wanted = False
        unsent = self._unsent.take()
        if (self.next_in, self.next_out) != (next_in, next_out):
            self._quickfix.set_numbers(next_in, next_out)
            self.next_in, self.next_out = next_in, next_out
            self._outputs.append(Reset(reason, next_in, next_out, unsent))

    def _show(self, sent: Mapping[int, bytes]) -> None:
        self._quickfix.show(sent)
        self._scratched = len(sent)

    def _close(self, reason: str) -> None:
        if self._is_open:
            self._leave(reason)
            self.state = State.CLOSING
            self._outputs.append(Disconnect(reason))

    def _leave(self, reason: str) -> None:
        if self.logged_on:
            self._outputs.append(LoggedOut(reason, self._by_logout))

    def _note(self, event: str, **details: str | int) -> None:
        self._outputs.append(Note(event, details))

    def _take(self) -> list[Output]:
        outputs, self._outputs = self._outputs, []
        return outputs
