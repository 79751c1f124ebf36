"""Numbers that start anew: by setting, by ResetSeqNumFlag(141), by the operator."""

import pytest

from oms_fix.fix import LocalError, Message
from oms_fix.fix.outputs import NumbersSet, Reset

REPORT = "37=1|17=1"
LOGON = "35=A|34=1|98=0|108=30"


def resets(outputs):
    """Return the resets among outputs."""
    return [output for output in outputs if isinstance(output, Reset)]


def test_reset_on_logout_comes_with_the_logout(start, version):
    """A crash before the connection is gone may not leave the old numbers."""
    talk = start(version, reset_on_logout=True)
    talk.log_on()
    said = talk.hear("35=5|34=2")
    assert said == ["35=5|34=2", "logged out", "disconnect", "reset"]
    assert talk.disconnect() == []
    assert (talk.session.next_in, talk.session.next_out) == (1, 1)


@pytest.mark.parametrize("setting", ["reset_on_logout", "reset_on_disconnect"])
def test_reset_that_was_not_answered_is_asked_for_again(start, version, setting):
    """The connection was cut between our Logon and the answer: nobody knows who has reset."""
    talk = start(version, "initiator", **{setting: True})
    flagged = f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}"
    assert talk.connect() == [flagged]
    talk.disconnect()
    assert talk.connect()[-1] == flagged
    assert talk.hear(flagged) == ["logged on"]


def test_answer_that_goes_on_with_old_numbers_is_refused(start, version):
    """We asked for a reset; an acceptor that answers 40 without the flag has not done it."""
    talk = start(version, "initiator", reset_on_logon=True)
    talk.connect()
    assert talk.hear(f"35=A|34=40|98=0|108=30{talk.version_field}") == [
        "35=5|34=2|58=ResetSeqNumFlag(141)=Y was answered without it, and with MsgSeqNum 40",
        "disconnect",
    ]


def test_answer_with_number_one_needs_no_flag(start, version):
    """Many acceptors reset and do not say so."""
    talk = start(version, "initiator", reset_on_logon=True)
    talk.connect()
    assert talk.hear(LOGON + talk.version_field) == ["logged on"]


def test_replayed_logon_with_the_flag_resets_nothing(start, version):
    """PossDupFlag(43)=Y and a number used before: it was done when it came first."""
    talk = start(version, numbers=(5, 8))
    talk.connect()
    replayed = f"35=A|34=1|43=Y|122=20260105-11:00:00|98=0|108=30|141=Y{talk.version_field}"
    assert talk.hear(replayed) == []
    assert (talk.session.next_in, talk.session.next_out) == (5, 8)


def test_replayed_logon_in_mid_session_resets_nothing(talk):
    """As before the Logon exchange."""
    talk.hear("35=0|34=2")
    replayed = f"35=A|34=1|43=Y|122=20260105-11:00:00|98=0|108=30|141=Y{talk.version_field}"
    assert talk.hear(replayed) == []
    assert talk.session.next_in == 3


def test_reset_in_mid_session_with_number_zero_is_fatal(talk):
    """Numbers begin with 1: it is too low in the new numbering as well."""
    assert talk.hear(f"35=A|34=0|98=0|108=30|141=Y{talk.version_field}") == [
        "reset",
        "35=5|34=1|58=MsgSeqNum too low, expecting 1 but received 0",
        "logged out",
        "disconnect",
    ]


def test_reset_tells_what_was_never_written(start, version):
    """The counterparty will not ask for it: the host decides whether to send it anew."""
    talk = start(version, numbers=(5, 8))
    talk.send("8", REPORT)
    talk.send("8", REPORT)
    talk.connect()
    data = talk.message(f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}")
    assert resets(talk.session.received(data, talk.now)) == [Reset("ResetSeqNumFlag", 1, 1, (8, 9))]


def test_what_a_resend_has_brought_was_written(start, version):
    """It is not told of at the next reset."""
    talk = start(version, reset_on_disconnect=True)
    talk.send("8", REPORT)
    talk.log_on()
    talk.hear("35=2|34=2|7=1|16=0")
    assert resets(talk.session.disconnected(talk.now)) == [Reset("ResetOnDisconnect")]


def test_what_waits_behind_an_answer_was_not_written(talk):
    """The connection is lost before the host has answered."""
    talk.send("8", REPORT)
    talk.holds_retrieve = True
    talk.hear("35=2|34=2|7=1|16=0")
    talk.send("8", REPORT)
    talk.disconnect()
    assert resets(talk.session.reset(talk.now)) == [Reset("by the operator", 1, 1, (3, 3))]


def test_reset_by_an_answer_leaves_our_logon_number_one(start, version):
    """The new numbering began with the Logon that we had sent."""
    talk = start(version, "initiator", numbers=(5, 8))
    talk.connect()
    data = talk.message(f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}")
    assert resets(talk.session.received(data, talk.now)) == [Reset("ResetSeqNumFlag", 1, 2)]


def test_operator_resets_a_session_without_connection(start, version):
    """Both numbers are 1, and an initiator says so with its next Logon."""
    talk = start(version, "initiator", numbers=(5, 8))
    assert resets(talk.session.reset(talk.now)) == [Reset("by the operator")]
    assert talk.connect() == [f"{LOGON}|141=Y{talk.version_field}"]


def test_operator_resets_a_live_session_by_way_of_a_logout(talk, order):
    """What the counterparty sent before it heard of it still counts in the old numbering."""
    assert talk.reset() == ["35=5|34=2|58=sequence numbers are reset", "logged out"]
    assert talk.hear(f"35=D|34=2|{order}", "35=5|34=3") == ["deliver D 2", "disconnect", "reset"]
    assert talk.disconnect() == []
    assert (talk.session.next_in, talk.session.next_out) == (1, 1)


def test_operator_moves_numbers_forward(start, version):
    """Messages stored so far stay for resending."""
    talk = start(version, numbers=(5, 8))
    assert talk.session.set_numbers(6, 20) == [NumbersSet(6, 20)]
    assert (talk.session.next_in, talk.session.next_out) == (6, 20)


def test_operator_sets_a_number_back(start, version):
    """Numbers will be used again: a new numbering begins with these."""
    talk = start(version, numbers=(5, 8))
    assert talk.session.set_numbers(5, 3) == [Reset("by the operator", 5, 3)]
    assert talk.session.set_numbers(5, 3) == []


def test_numbers_of_a_live_session_are_not_touched(talk):
    """The counterparty counts on them."""
    with pytest.raises(LocalError, match="log out first"):
        talk.session.set_numbers(2, 20)


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0)])
def test_numbers_begin_at_one(start, numbers):
    """MsgSeqNum(34) is positive."""
    with pytest.raises(LocalError, match="begin at 1"):
        start().session.set_numbers(*numbers)


def test_message_sent_between_our_logon_and_the_answer_is_written_after_it(start, version):
    """It is numbered at once, and not before the counterparty is ready to hear it."""
    talk = start(version, "initiator")
    talk.connect()
    assert talk.send("8", REPORT) == []
    assert talk.hear(LOGON + talk.version_field) == ["logged on", f"35=8|34=2|{REPORT}"]


def test_message_sent_in_vain_comes_with_the_resend(start, version):
    """The answer never came; the message keeps its number."""
    talk = start(version, "initiator")
    talk.connect()
    talk.session.send(Message("8", [(37, b"1")]), talk.now)
    talk.disconnect()
    assert talk.session.next_out == 3
