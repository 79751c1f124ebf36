"""Where both engines are in a conversation, counted by what was said and answered.

It holds as long as both have answered alike. Where QuickFIX counts something of its own, the ledger
counts it too, so that a tolerated difference can name the very state that shows it.
"""

import copy

from fix_wire import CLOSED, Fields
from msgspec import Struct, field

LOGON, RESEND_REQUEST, REJECT, SEQUENCE_RESET, LOGOUT = b"A", b"2", b"3", b"4", b"5"


def whole(value: bytes | None) -> int | None:
    """Return a field of digits as int, None if it is anything else."""
    return int(value) if value is not None and value.isdigit() else None


def rejects(answer, number: int) -> bool:
    """Tell whether an answer rejects the message of this number."""
    if answer == CLOSED:
        return False
    fields = dict(answer)
    is_reject = fields[35] == REJECT or (fields[35] == b"j" and fields[380] == b"5")
    return is_reject and fields.get(45) == b"%d" % number


def _refuses(answer, number: int) -> bool:
    """Tell whether a message is rejected for who sent it, or when."""
    return rejects(answer, number) and dict(answer).get(373) in {b"9", b"10"}


class Ledger(Struct):
    """One session, as both engines see it.

    Attributes:
        lasting: numbers last over connections.
        expected: MsgSeqNum(34) that the engines expect next.
        next_out: MsgSeqNum(34) that they send next.
        logged_on: a Logon(A) has been answered with one on this connection.
        logout_sent: they have sent Logout(5).
        kept: what came above a gap and waits.
        gap_end: highest number that came above the gap; ours asks for nothing up to there.
        asked: first and last number that QuickFIX waits for, None if it waits for nothing.
        queued: numbers that QuickFIX has kept and not taken since it was connected.
        answered_from: highest BeginSeqNo(7) that was answered on this connection.
        answers: so often since then was an answer begun.
    """

    lasting: bool
    expected: int = 1
    next_out: int = 1
    logged_on: bool = False
    logout_sent: bool = False
    kept: dict[int, Fields] = field(default_factory=dict)
    gap_end: int = 0
    asked: tuple[int, int] | None = None
    queued: set[int] = field(default_factory=set)
    answered_from: int = 0
    answers: int = 0

    def copy(self) -> "Ledger":
        """Return this state, to be kept."""
        other = copy.copy(self)
        other.kept, other.queued = dict(self.kept), set(self.queued)
        return other

    def connected(self) -> None:
        """Begin with a new connection."""
        self.logged_on = self.logout_sent = False
        self.queued = set()
        self._forget_gap()
        self.asked = None

    def _forget_gap(self) -> None:
        self.kept, self.gap_end = {}, 0
        self.answered_from = self.answers = 0

    @property
    def gap_is_open(self) -> bool:
        """What is missing has been asked for by us, and not all of it has come."""
        return self.gap_end >= self.expected

    def place(self, number: int | None) -> str:
        """Tell whether a number is "none", "low", "next" or "high"."""
        if number is None:
            return "none"
        if number == self.expected:
            return "next"
        return "low" if number < self.expected else "high"

    def heard(self, messages, answers) -> None:
        """Count what was said, and answered alike."""
        for message in messages:
            number = whole(message.get(34))
            if number is not None:
                self._take(message, number, answers)
        for answer in answers:
            fields = dict(answer) if answer != CLOSED else {}
            if fields and fields.get(43) != b"Y":
                self.next_out = int(fields[34]) + 1
            self.logout_sent = self.logout_sent or fields.get(35) == LOGOUT

    def _take(self, message, number, answers) -> None:
        if message[35] == LOGON and (message.get(141) == b"Y" or not self.logged_on):
            self._logon(message, number, answers)
        elif self.logged_on:
            self._count(message, number, answers)

    def _logon(self, message, number, answers) -> None:
        if not any(answer != CLOSED and dict(answer)[35] == LOGON for answer in answers):
            return
        if message.get(141) == b"Y" or not self.lasting:
            self.expected = 1
            self._forget_gap()
        self.logged_on = True
        self._brings(message.get(789))
        if number > self.expected:
            self._keep(message, number)
        else:
            self._satisfy(message, number)
            self.expected = number + 1
            self._advance(answers)

    def _brings(self, expected: bytes | None) -> None:
        begin = whole(expected)
        if begin is not None and begin < self.next_out:
            self._begin_answer(begin)

    def _begin_answer(self, begin: int) -> None:
        if begin > self.answered_from:
            self.answered_from, self.answers = begin, 0
        self.answers += 1

    def _count(self, message, number, answers) -> None:
        kind, new = message[35], whole(message.get(36)) or 0
        is_known = number < self.expected and message.get(43) == b"Y"
        is_rejected = any(rejects(answer, number) for answer in answers)
        if kind == RESEND_REQUEST and not is_rejected and not is_known:
            self._begin_answer(whole(message[7]))
        if kind == SEQUENCE_RESET and message.get(123) != b"Y":
            if new > self.expected and not is_rejected:
                self.expected = new
        elif number == self.expected:
            self._use(message, number, answers)
        elif number > self.expected and not self._drops(number, answers):
            self._keep(message, number)
        self._advance(answers)

    def _drops(self, number, answers) -> bool:
        return self.logout_sent or any(_refuses(answer, number) for answer in answers)

    def _keep(self, message, number) -> None:
        self.kept.setdefault(number, message)
        self.queued.add(number)
        self.gap_end = max(self.gap_end, number)
        if self.asked is None or number < self.asked[0]:
            self.asked = (self.expected, number - 1)

    def _use(self, message, number, answers) -> None:
        self.expected = number + 1
        if any(rejects(answer, number) for answer in answers):
            return
        if message[35] == SEQUENCE_RESET:
            self.expected = max(self.expected, whole(message.get(36)) or 0)
        self._satisfy(message, number)

    def _satisfy(self, message, number) -> None:
        """QuickFIX takes its request for answered when a message that it checks is so high."""
        checks = message[35] not in {RESEND_REQUEST, LOGOUT}
        if checks and self.asked is not None and number >= self.asked[1]:
            self.asked = None

    def _advance(self, answers) -> None:
        while self.expected in self.kept and CLOSED not in answers:
            number = self.expected
            message = self.kept.pop(number)
            self.queued.discard(number)
            if message[35] in {LOGON, RESEND_REQUEST}:
                self.expected += 1
            else:
                self._use(message, number, answers)
        if not self.gap_is_open:
            self.kept.clear()
