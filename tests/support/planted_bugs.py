"""Our engine with one bug, to be found by comparing it with QuickFIX.

A program besides: ``planted_bugs.py SETTINGS.cfg`` is ``oms-fix echo``, and plants the bug that a
line of its input names. Then it writes a line.
"""

import sys
from threading import Thread

from msgspec import structs

from oms_fix.cli.main import main
from oms_fix.fix import conversation, resending, session, session_messages
from oms_fix.fix.kept_messages import KeptMessages
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import Deliver
from oms_fix.fix.session import Session
from oms_fix.fix.session_checks import IdentityCheck
from oms_fix.fix.session_messages import MessageWriter
from oms_fix.fix.validation import Validator

_planted: list = []  # what was there before, and where
_right = {
    name: getattr(owner, name)
    for owner, names in {
        Session: ("_gap_fill", "_too_low", "_judge", "_resend", "_reset", "_agree"),
        KeptMessages: ("take",),
        MessageWriter: ("gap_fill",),
        Validator: ("check",),
        session_messages: ("goes_again", "resend_request", "reject", "logon"),
    }.items()
    for name in names
}


def _gap_fill_counts_one_too_many(self, message, number, now):
    before = self.next_in
    _right["_gap_fill"](self, message, number, now)
    if self.next_in > before + 1:
        self.next_in += 1


def _sequence_reset_ignored(self, message, number, now):
    if message.get(123) == b"Y":
        self._gap_fill(message, number, now)


def _duplicate_taken_again(self, message, number, now):
    _right["_too_low"](self, message, number, now)
    if message.get(43) == b"Y" and message.msg_type == "D":
        self._outputs.append(Deliver(message, number))


def _too_low_is_ignored(self, message, number, now):
    if message.get(43) == b"Y":
        _right["_too_low"](self, message, number, now)


def _reject_uses_up_no_number(self, message, number, now):
    fault = self._validator.check(message)
    if fault is None:
        return _right["_judge"](self, message, number, now)
    self._reject(message, number, fault, now)
    return False


def _resend_begins_one_too_late(self, begin, now, end=None):
    _right["_resend"](self, begin + 1, now, end)


def _resend_ends_one_too_early(self, begin, now, end=None):
    _right["_resend"](self, begin, now, (end or self.next_out - 1) - 1)


def _gap_asked_for_one_too_late(begin, begin_string):
    return _right["resend_request"](begin + 1, begin_string)


def _reset_in_mid_session_ignored(self, reason, *numbers):
    if reason != "ResetSeqNumFlag" or not self.logged_on:
        _right["_reset"](self, reason, *numbers)


def _heartbeat_without_test_req_id(test_req_id=None):  # noqa: ARG001 - that is the bug
    return Message(session_messages.HEARTBEAT, [])


def _orig_sending_time_unchecked(message, *, needs_original):  # noqa: ARG001 - that is the bug
    return None


def _blind_to(reason):
    def check(self, message):
        fault = _right["check"](self, message)
        return None if fault is not None and fault.reason == reason else fault

    return check


def _identity_unchecked(self, message, now):  # noqa: ARG001 - that is the bug
    return None


def _kept_messages_lost(self, number):
    _right["take"](self, number)


def _resent_without_poss_dup_flag(self, raw, msg_seq_num, now):
    message = session_messages.parse(raw, self._data_tags)
    return self.write(Message(message.msg_type, message.fields), msg_seq_num, now)[0]


def _gap_fill_ends_one_too_late(self, begin, new_seq_no, now):
    return _right["gap_fill"](self, begin, new_seq_no + 1, now)


def _heartbeats_sent_again(raw):
    return session_messages.msg_type_of(raw) == b"0" or _right["goes_again"](raw)


def _number_of_logon_unchecked(self, message, number, now, **more):
    self.next_in = max(self.next_in, number)
    return _right["_agree"](self, message, number, now, **more)


def _next_expected_one_too_high(*args, next_expected, **more):
    following = None if next_expected is None else next_expected + 1
    return _right["logon"](*args, next_expected=following, **more)


def _reject_names_no_tag(message, msg_seq_num, fault, dictionary):
    fault = structs.replace(fault, ref_tag=None)
    return _right["reject"](message, msg_seq_num, fault, dictionary)


def _logout_unanswered(self, message, number, now):
    if self._accept_anyhow(message, number, now):
        self._disconnect("Logout received")


# What is replaced, where, and by what.
BUGS = {
    "gap fill counts one too many": (Session, "_gap_fill", _gap_fill_counts_one_too_many),
    "sequence reset ignored": (Session, "_sequence_reset", _sequence_reset_ignored),
    "duplicate taken again": (Session, "_too_low", _duplicate_taken_again),
    "too low is ignored": (Session, "_too_low", _too_low_is_ignored),
    "reject uses up no number": (Session, "_judge", _reject_uses_up_no_number),
    "resend begins one too late": (Session, "_resend", _resend_begins_one_too_late),
    "resend ends one too early": (Session, "_resend", _resend_ends_one_too_early),
    "gap asked for one too late": (
        session_messages,
        "resend_request",
        _gap_asked_for_one_too_late,
    ),
    "reset in mid-session ignored": (Session, "_reset", _reset_in_mid_session_ignored),
    "heartbeat without TestReqID": (session_messages, "heartbeat", _heartbeat_without_test_req_id),
    "OrigSendingTime unchecked": (
        conversation,
        "possible_duplicate_fault",
        _orig_sending_time_unchecked,
    ),
    "required tag unchecked": (Validator, "check", _blind_to(1)),
    "repeated tag unchecked": (Validator, "check", _blind_to(13)),
    "enumeration unchecked": (Validator, "check", _blind_to(5)),
    "CompID and SendingTime unchecked": (IdentityCheck, "fault", _identity_unchecked),
    "kept messages lost": (KeptMessages, "take", _kept_messages_lost),
    "resent without PossDupFlag": (MessageWriter, "write_again", _resent_without_poss_dup_flag),
    "gap fill ends one too late": (MessageWriter, "gap_fill", _gap_fill_ends_one_too_late),
    "heartbeats sent again": (resending, "goes_again", _heartbeats_sent_again),
    "NextExpectedMsgSeqNum one too high": (
        session_messages,
        "logon",
        _next_expected_one_too_high,
    ),
    "reject names no tag": (session_messages, "reject", _reject_names_no_tag),
    "logout unanswered": (Session, "_logout", _logout_unanswered),
    "number of Logon unchecked": (Session, "_agree", _number_of_logon_unchecked),
}


def _plant(name: str) -> None:
    """Take out the bug that is there, and put in another."""
    for owner, attribute, right in _planted:
        _replace(owner, attribute, right)
    owner, attribute, bug = BUGS[name]
    _planted[:] = [(owner, attribute, getattr(owner, attribute))]
    _replace(owner, attribute, bug)


def _replace(owner, attribute: str, by) -> None:
    replaced = getattr(owner, attribute)
    setattr(owner, attribute, by)
    for handlers in session._HANDLERS.values():
        handlers |= {msg_type: by for msg_type, it in handlers.items() if it is replaced}


def _obey() -> None:
    for line in sys.stdin:
        _plant(line.strip())
        sys.stdout.write("planted\n")
        sys.stdout.flush()


if __name__ == "__main__":
    Thread(target=_obey, daemon=True).start()
    main(["echo", sys.argv[1]])
