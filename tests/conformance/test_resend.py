"""ResendRequest(2) and its answer (FIX 4.4 Volume 2, "Resend Request")."""

import pytest

REPORT = "37=1|17=1"


@pytest.fixture
def busy(talk):
    """Sent so far: Logon 1, report 2, Heartbeats 3 and 4, report 5, and a minute has gone by."""
    talk.send("8", REPORT)
    talk.hear("35=1|34=2|112=a", "35=1|34=3|112=b")
    talk.send("8", REPORT)
    talk.now += 60_000_000_000
    return talk


def test_application_messages_go_again_and_the_rest_is_gap_filled(busy):
    """Application messages as possible duplicates; each administrative run as one gap fill."""
    assert busy.hear("35=2|34=4|7=1|16=0") == [
        "35=4|34=1|43=Y|122=20260105-12:01:00.000|36=2|123=Y",
        f"35=8|34=2|43=Y|122=20260105-12:00:00.000|{REPORT}",
        "35=4|34=3|43=Y|122=20260105-12:01:00.000|36=5|123=Y",
        f"35=8|34=5|43=Y|122=20260105-12:00:00.000|{REPORT}",
    ]
    assert busy.session.next_out == 6


def test_resent_message_has_a_new_sending_time(busy):
    """SendingTime(52) is that of the resend, the original one is in OrigSendingTime(122)."""
    busy.hear("35=2|34=4|7=5|16=5")
    assert b"\x0152=20260105-12:01:00.000\x01122=20260105-12:00:00.000\x01" in busy.raw


def test_part_of_the_numbers(busy):
    """Nothing outside BeginSeqNo(7) to EndSeqNo(16)."""
    assert busy.hear("35=2|34=4|7=4|16=4") == [
        "35=4|34=4|43=Y|122=20260105-12:01:00.000|36=5|123=Y"
    ]


@pytest.mark.parametrize("end", [0, 99, 999999])
def test_end_beyond_what_was_sent_means_all(busy, end):
    """EndSeqNo(16)=0 is infinity; older engines say 999999."""
    assert busy.hear(f"35=2|34=4|7=5|16={end}") == [
        f"35=8|34=5|43=Y|122=20260105-12:00:00.000|{REPORT}"
    ]


@pytest.mark.parametrize("wanted", ["7=6|16=0", "7=0|16=0", "7=4|16=3"])
def test_request_for_nothing_is_rejected(busy, wanted):
    """Numbers that we never sent, or an empty range, cannot be answered."""
    assert busy.hear(f"35=2|34=4|{wanted}") == [
        "35=3|34=6|45=4|371=7|372=2|373=5|58=Value is incorrect (out of range) for this tag"
    ]


@pytest.mark.parametrize("version", ["FIX.4.2"])
def test_request_up_to_a_negative_number_is_rejected(busy):
    """It is an int as the dictionary wants it, and stands for nothing."""
    assert busy.hear("35=2|34=4|7=1|16=-1") == [
        "35=3|34=6|45=4|371=16|372=2|373=5|58=Value is incorrect (out of range) for this tag"
    ]


def test_reject_goes_again(talk):
    """Of the administrative messages Reject(3) alone is resent."""
    body = "45=2|371=98|372=0|373=2|58=Tag not defined for this message type"
    assert talk.hear("35=0|34=2|98=0") == [f"35=3|34=2|{body}"]
    assert talk.hear("35=2|34=3|7=2|16=2") == [f"35=3|34=2|43=Y|122=20260105-12:00:00.000|{body}"]


def test_request_above_a_gap_is_answered_before_the_gap_is_asked_for(busy):
    """Two sides that wait for each other's gap would wait for ever."""
    assert busy.hear("35=2|34=9|7=5|16=0") == [
        f"35=8|34=5|43=Y|122=20260105-12:00:00.000|{REPORT}",
        "35=2|34=6|7=4|16=0",
    ]
    assert busy.session.next_in == 4


def test_simultaneous_requests(busy):
    """Ours is open, theirs comes above the gap: answered, ours not repeated."""
    busy.hear("35=0|34=7")
    assert busy.hear("35=2|34=8|7=5|16=5") == [f"35=8|34=5|43=Y|122=20260105-12:00:00.000|{REPORT}"]


def test_request_with_a_number_used_before_is_answered(busy):
    """A request repeated with its old number changes nothing and harms nothing."""
    busy.hear("35=2|34=4|7=5|16=5")
    assert busy.hear("35=2|34=4|7=5|16=5") == [f"35=8|34=5|43=Y|122=20260105-12:00:00.000|{REPORT}"]
    assert busy.session.next_in == 5


def test_newer_messages_wait_for_the_answer(busy):
    """What is sent while the store is read follows the answer: one ascending order of numbers."""
    busy.holds_retrieve = True
    assert busy.hear("35=2|34=4|7=5|16=0") == ["retrieve"]
    assert busy.send("8", REPORT) == []
    assert busy.retrieved() == [
        f"35=8|34=5|43=Y|122=20260105-12:00:00.000|{REPORT}",
        f"35=8|34=6|{REPORT}",
    ]


def test_answer_for_a_lost_connection_is_not_written(busy):
    """The store may answer late."""
    busy.holds_retrieve = True
    busy.hear("35=2|34=4|7=5|16=0")
    busy.disconnect()
    assert busy.retrieved() == []


def test_message_sent_while_logged_out_comes_with_the_resend(start, version):
    """It has its number and is persisted; the counterparty sees the gap at the Logon and asks."""
    talk = start(version)
    assert talk.send("8", REPORT) == []
    assert talk.log_on()[0] == f"35=A|34=2|98=0|108=30{talk.version_field}"
    assert talk.hear("35=2|34=2|7=1|16=0") == [
        f"35=8|34=1|43=Y|122=20260105-12:00:00.000|{REPORT}",
        "35=4|34=2|43=Y|122=20260105-12:00:00.000|36=3|123=Y",
    ]


def test_header_fields_of_the_message_go_again(talk):
    """Whom a message was for does not get lost."""
    assert talk.send("8", f"128=DESK|{REPORT}") == [f"35=8|34=2|128=DESK|{REPORT}"]
    assert talk.hear("35=2|34=2|7=2|16=2") == [
        f"35=8|34=2|43=Y|122=20260105-12:00:00.000|128=DESK|{REPORT}"
    ]


def test_messages_that_are_not_kept_are_gap_filled(start, version):
    """PersistMessages=N: nothing is looked for, the whole range is filled at once."""
    talk = start(version, persist_messages=False)
    talk.log_on()
    talk.send("8", REPORT)
    assert talk.hear("35=2|34=2|7=1|16=0") == [
        "35=4|34=1|43=Y|122=20260105-12:00:00.000|36=3|123=Y"
    ]
