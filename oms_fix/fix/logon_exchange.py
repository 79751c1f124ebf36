"""The transitions that Logon(A) makes; what they are for is told in ``oms_fix.fix.session``."""

from oms_fix.fix import session_messages as messages
from oms_fix.fix.conversation import Conversation, State
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import LoggedOn
from oms_fix.fix.session_checks import is_possible_duplicate, logon_problem, whole_number
from oms_fix.fix.timestamps import NANOSECONDS


class LogonExchange(Conversation):
    """How a connection becomes a session that is logged on, and how its numbers are agreed."""

    # As initiator

    def _open(self, now: int) -> None:
        """Send the Logon(A) of an initiator."""
        settings = self.settings
        # Nothing has come in since the numbers were reset: the counterparty may not know of it,
        # or may have known and be cut off before it could answer.
        begins_anew = self._fresh or settings.reset_on_logout or settings.reset_on_disconnect
        self._reset_asked = settings.reset_on_logon or (self.next_in == 1 and begins_anew)
        if self._reset_asked:
            self._reset("ResetOnLogon" if settings.reset_on_logon else "reset not agreed yet")
        self._emit(self._logon(settings.heart_bt_int, reset=self._reset_asked), now)

    def _logon(self, heart_bt_int: int, *, reset: bool) -> Message:
        expected = self.next_in if self.settings.send_next_expected_msg_seq_num else None
        return messages.logon(
            self.settings, self.dictionary, heart_bt_int, reset=reset, next_expected=expected
        )

    def _logon_refused(self, message: Message, number: int, now: int) -> None:
        if number == self.next_in:
            self._use_up(message, number, now)
        self._disconnect(f"Logon refused: {message.text(58) or 'no reason given'}")

    def _logon_of_acceptor(self, message: Message, number: int, now: int) -> None:
        """Take the answer to our Logon(A)."""
        problem = self._problem(message) or self._reset_problem(message, number)
        if problem is not None:
            self._end_at_once(problem, now)
            return
        if message.get(141) == b"Y" and not self._reset_asked:
            # Our Logon has the first number of the new numbering.
            self._reset("ResetSeqNumFlag", 1, 2)
        self._compare_intervals(message)
        if self._agree(message, number, now):
            self._bring_what_is_missing(message, self.next_out, now)
            if self._resending.piece is None:
                self._release()

    def _reset_problem(self, message: Message, number: int) -> str | None:
        """An answer far above 1 and without the flag goes on with the old numbers."""
        if self._reset_asked and number != 1 and message.get(141) != b"Y":
            return f"ResetSeqNumFlag(141)=Y was answered without it, and with MsgSeqNum {number}"
        return None

    def _compare_intervals(self, message: Message) -> None:
        """HeartBtInt(108) is ours to choose; another one in the answer changes nothing."""
        theirs, ours = whole_number(message.get(108)), self.settings.heart_bt_int
        if theirs is not None and theirs != ours:
            self._note("other HeartBtInt in the answer", ours=ours, theirs=theirs)

    # As acceptor

    def _logon_of_initiator(self, message: Message, number: int, now: int) -> None:
        fault = self._validator.check(message)
        if fault is not None:
            self._disconnect(f"invalid Logon(A): {fault.text} ({fault.ref_tag})")
            return
        if self._is_replayed(message, number):
            self._too_low(message, number, now)
            return
        problem = logon_problem(message, self.settings)
        if problem is not None:
            self._end_at_once(problem, now)
            return
        reset = message.get(141) == b"Y"
        if reset or self.settings.reset_on_logon:
            self._reset("ResetSeqNumFlag" if reset else "ResetOnLogon")
        answer = self.next_out
        if self._agree(message, number, now, answer=True):
            self._bring_what_is_missing(message, answer, now)

    def _answer_logon(self, message: Message, now: int) -> None:
        seconds = whole_number(message.get(108)) or 0
        self._liveness.interval = seconds * NANOSECONDS
        self._emit(self._logon(seconds, reset=message.get(141) == b"Y"), now)

    # As either

    def _problem(self, message: Message) -> str | None:
        """Return why a Logon(A) is no good, or None."""
        fault = self._validator.check(message)
        if fault is not None:
            return f"{fault.text} ({fault.ref_tag})" if fault.ref_tag else fault.text
        return logon_problem(message, self.settings)

    def _is_replayed(self, message: Message, number: int) -> bool:
        """Whether this Logon(A) was taken before: whatever it asks for has been done."""
        return number < self.next_in and is_possible_duplicate(message)

    def _agree(self, message: Message, number: int, now: int, *, answer: bool = False) -> bool:
        """Complete the exchange of Logons, and ask for what was missed meanwhile."""
        if number < self.next_in:
            self._too_low(message, number, now)
            return False
        problem = self._number_problem(message)
        if problem is not None:
            self._end_at_once(problem, now)
            return False
        if number == self.next_in:
            self._use_up(message, number, now)
        if answer:
            self._answer_logon(message, now)
        self.state = State.LOGGED_ON
        self._progress = now
        self._fresh = False
        self._outputs.append(LoggedOn())
        if number > self.next_in and self._next_expected(message) is not None:
            self._await_missing(message, number)
        elif number > self.next_in:
            self._too_high(message, number, now, acted=True)
        return True

    def _logon_again(self, message: Message, number: int, now: int) -> None:
        """Reset in mid-session with ResetSeqNumFlag(141)=Y; nothing else may bring a Logon(A)."""
        if self._is_replayed(message, number) or message.get(141) != b"Y" or not self.logged_on:
            if self._accept(message, number, now):
                self._begin_logout("Logon(A) while logged on", now)
            return
        problem = self._problem(message)
        if problem is not None:
            self._end_at_once(problem, now)
            return
        self._reset("ResetSeqNumFlag")
        if number < self.next_in:
            self._too_low(message, number, now)
            return
        if number == self.next_in:
            self._use_up(message, number, now)
        self._answer_logon(message, now)
        if number > self.next_in:
            self._too_high(message, number, now, acted=True)

    # NextExpectedMsgSeqNum(789): each side brings what the other misses, and nobody has to ask

    def _next_expected(self, message: Message) -> int | None:
        """Return what the counterparty expects of us next, if we have agreed to go by that."""
        if not self.settings.send_next_expected_msg_seq_num:
            return None
        return whole_number(message.get(789))

    def _number_problem(self, message: Message) -> str | None:
        expected = self._next_expected(message)
        if expected is None or expected <= self.next_out:
            return None
        return f"NextExpectedMsgSeqNum too high, expecting {self.next_out} but received {expected}"

    def _await_missing(self, message: Message, number: int) -> None:
        """What is missing comes unasked; a gap that stays open is asked for like any other."""
        self._gap_end = max(self._gap_end, number)
        self._kept.keep(number, message, acted=True)

    def _bring_what_is_missing(self, message: Message, due: int, now: int) -> None:
        """Resend, if the counterparty expects less than the number that it gets next anyway."""
        expected = self._next_expected(message)
        if expected and expected < due:
            self._resend(expected, now)
