"""MsgSeqNum(34): gaps, duplicates, SequenceReset (FIX 4.4 Volume 2, "Sequence Numbers")."""

import pytest

EARLIER = "43=Y|122=20260105-11:59:00.000"


def test_message_in_sequence_is_delivered_once_and_persisted(talk, order):
    """Application messages go to the application in the order of their numbers."""
    assert talk.hear(f"35=D|34=2|{order}", f"35=D|34=3|{order}") == ["deliver D 2", "deliver D 3"]
    assert talk.taken == [(1, "A"), (2, "D"), (3, "D")]


def test_message_too_high_is_asked_for_from_the_expected_number_on(talk, order):
    """It is not delivered now: it comes again with the rest."""
    assert talk.hear(f"35=D|34=5|{order}") == ["35=2|34=2|7=2|16=0"]
    assert talk.session.next_in == 2


def test_one_request_is_open_for_a_gap(talk, order):
    """More messages above the gap are no reason to ask again."""
    talk.hear(f"35=D|34=5|{order}")
    assert talk.hear(f"35=D|34=6|{order}", "35=0|34=7") == []


def test_redundant_requests_by_choice(start, version, order):
    """SendRedundantResendRequests=Y: every message too high is asked for."""
    talk = start(version, send_redundant_resend_requests=True)
    talk.log_on()
    talk.hear(f"35=D|34=5|{order}")
    assert talk.hear("35=0|34=6") == ["35=2|34=3|7=2|16=0"]


def test_request_is_repeated_when_an_interval_brought_no_progress(talk, order):
    """An answer that got lost may not stop the session for ever."""
    talk.hear(f"35=D|34=5|{order}")
    talk.wait(29.8)
    assert talk.hear("35=0|34=6") == []
    talk.wait(0.2)
    assert talk.hear("35=0|34=7") == ["35=2|34=4|7=2|16=0"]


def test_gap_is_filled_by_the_answer(talk, order):
    """Resent messages are first deliveries here; after them the session goes on."""
    talk.hear(f"35=D|34=4|{order}")
    assert talk.hear(
        f"35=4|34=2|{EARLIER}|36=3|123=Y",
        f"35=D|34=3|{EARLIER}|{order}",
        f"35=D|34=4|{EARLIER}|{order}",
        f"35=D|34=5|{order}",
    ) == ["deliver D 3", "deliver D 4", "deliver D 5"]


def test_second_gap_gets_a_request_of_its_own(talk, order):
    """The first gap closed, the next one is asked for at once."""
    talk.hear("35=0|34=3", f"35=4|34=2|{EARLIER}|36=4|123=Y")
    assert talk.hear(f"35=D|34=6|{order}") == ["35=2|34=3|7=4|16=0"]


def test_message_too_low_is_fatal(talk, order):
    """Without PossDupFlag(43)=Y the two sides disagree on what was sent."""
    talk.hear("35=0|34=2", "35=0|34=3")
    assert talk.hear(f"35=D|34=2|{order}") == [
        "35=5|34=2|58=MsgSeqNum too low, expecting 4 but received 2",
        "logged out",
        "disconnect",
    ]


def test_possible_duplicate_that_was_taken_is_ignored(talk, order):
    """Never delivered twice."""
    talk.hear(f"35=D|34=2|{order}")
    assert talk.hear(f"35=D|34=2|{EARLIER}|{order}") == []
    assert talk.session.next_in == 3


def test_possible_duplicate_without_orig_sending_time_is_rejected(talk, order):
    """OrigSendingTime(122) is required with PossDupFlag(43)=Y; the session goes on."""
    talk.hear(f"35=D|34=2|{order}")
    assert talk.hear(f"35=D|34=2|43=Y|{order}") == [
        "35=3|34=2|45=2|371=122|372=D|373=1|58=Required tag missing"
    ]
    assert talk.hear("35=1|34=3|112=x") == ["35=0|34=3|112=x"]


def test_possible_duplicate_sent_before_its_original_is_rejected(talk, order):
    """OrigSendingTime(122) later than SendingTime(52): Reject and Logout."""
    talk.hear(f"35=D|34=2|{order}")
    assert talk.hear(f"35=D|34=2|43=Y|122=20260105-12:00:10.000|{order}") == [
        "35=3|34=2|45=2|372=D|373=10|58=SendingTime accuracy problem",
        "35=5|34=3|58=SendingTime accuracy problem",
        "logged out",
    ]


def test_gap_fill_skips_to_its_new_number(talk):
    """SequenceReset-GapFill in sequence: NewSeqNo(36) is expected next."""
    talk.hear("35=4|34=2|36=20|123=Y")
    assert talk.session.next_in == 20


def test_gap_fill_too_high_is_a_gap(talk):
    """A gap fill does not fill the gap before itself."""
    assert talk.hear("35=4|34=10|36=20|123=Y") == ["35=2|34=2|7=2|16=0"]


def test_gap_fill_that_may_be_a_duplicate_is_ignored(talk):
    """Its number was used."""
    talk.hear("35=0|34=2")
    assert talk.hear(f"35=4|34=2|{EARLIER}|36=20|123=Y") == []
    assert talk.session.next_in == 3


def test_gap_fill_to_its_own_number_is_rejected(talk):
    """NewSeqNo(36) must lie above; the gap fill's own number is used up."""
    assert talk.hear("35=4|34=2|36=2|123=Y") == [
        "35=3|34=2|45=2|371=36|372=4|373=5|58=Value is incorrect (out of range) for this tag"
    ]
    assert talk.session.next_in == 3


@pytest.mark.parametrize("number", [0, 1, 2, 99])
def test_reset_mode_ignores_its_own_number(talk, number):
    """SequenceReset-Reset: NewSeqNo(36) is expected next, whatever MsgSeqNum(34) says."""
    assert talk.hear(f"35=4|34={number}|36=25") == []
    assert talk.session.next_in == 25
    assert talk.taken[-1] == (24, "4")


def test_reset_mode_to_the_expected_number_changes_nothing(talk):
    """NewSeqNo(36) equal to the expected number is a harmless reset."""
    assert talk.hear("35=4|34=0|36=2|123=N") == []
    assert talk.session.next_in == 2


def test_reset_mode_never_goes_back(talk):
    """NewSeqNo(36) below the expected number is rejected and uses no number."""
    assert talk.hear("35=4|34=0|36=1|123=N") == [
        "35=3|34=2|45=0|372=4|373=5|58=Value is incorrect (out of range) for this tag"
    ]
    assert talk.session.next_in == 2


def test_reset_is_told_before_the_first_message_of_the_new_numbering(start, version):
    """The host must not put new messages among the old ones."""
    talk = start(version, numbers=(5, 8))
    talk.connect()
    data = talk.message(f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}")
    kinds = [type(output).__name__ for output in talk.session.received(data, talk.now)]
    assert kinds == ["Reset", "Persist", "Persist", "Write", "LoggedOn"]
