"""Answers to ResendRequest(2) that take a while: in pieces, bounded, beside live traffic."""

import pytest

REPORT = "37=1|17=1"
AGAIN = "43=Y|122=20260105-12:00:00.000"


@pytest.fixture
def talk(start, version):
    """A session that has sent a Logon and 1200 reports, and whose host answers when told."""
    talk = start(version)
    talk.log_on()
    for _ in range(1200):
        talk.send("8", REPORT)
    talk.holds_retrieve = True
    return talk


def asked(talk):
    """Return the range that the host was asked for last."""
    return talk.held_retrieve.begin, talk.held_retrieve.end


def numbers(said):
    """Return MsgSeqNum(34) of every line."""
    return [int(line.split("|")[1].removeprefix("34=")) for line in said]


def test_a_long_range_comes_in_pieces(talk):
    """Memory does not grow with the gap: the next piece is asked for when one has been written."""
    assert talk.hear("35=2|34=2|7=2|16=0") == ["retrieve"]
    assert asked(talk) == (2, 501)
    first = talk.retrieved()
    assert first.pop() == "retrieve"
    assert asked(talk) == (502, 1001)
    second = talk.retrieved()
    assert second.pop() == "retrieve"
    assert asked(talk) == (1002, 1201)
    assert numbers(first + second + talk.retrieved()) == list(range(2, 1202))


def test_a_gap_fill_goes_on_across_pieces(start, version):
    """One for each run of administrative messages, however long."""
    talk = start(version)
    talk.log_on()
    talk.hear(*(f"35=1|34={number}|112=x" for number in range(2, 800)))
    assert talk.hear("35=2|34=800|7=1|16=0") == [f"35=4|34=1|{AGAIN}|36=800|123=Y"]


def test_requests_that_come_meanwhile_are_answered_once(talk):
    """However often the counterparty asks: one range is under way, and one waits."""
    request = "7=1101|16=0"
    assert talk.hear(*(f"35=2|34={number}|{request}" for number in range(2, 42))) == ["retrieve"]
    assert talk.retrieved()[-1] == "retrieve"
    assert len(talk.retrieved()) == 101


def test_waiting_requests_become_one_range(talk):
    """From the least to the greatest number that was asked for."""
    talk.hear("35=2|34=2|7=1101|16=0", "35=2|34=3|7=5|16=6", "35=2|34=4|7=90|16=95")
    talk.retrieved()
    assert asked(talk) == (5, 95)


def test_what_is_held_is_sent_once(talk):
    """A second request that comes meanwhile does not ask for what waits to be written."""
    talk.hear("35=2|34=2|7=1201|16=0")
    assert talk.send("8", REPORT) == []
    talk.hear("35=2|34=3|7=1201|16=0")
    assert talk.retrieved() == [f"35=8|34=1201|{AGAIN}|{REPORT}", "retrieve"]
    assert numbers(talk.retrieved()) == [1201, 1202]


def test_heartbeats_do_not_wait(talk):
    """The store may be slow; the counterparty must not take us for dead."""
    talk.hear("35=2|34=2|7=2|16=0")
    assert talk.hear("35=1|34=3|112=x") == ["35=0|34=1202|112=x"]
    assert talk.wait(30) == ["35=0|34=1203"]


def test_late_answer_after_a_reset_is_not_taken_for_a_new_one(talk):
    """Two requests for the same numbers are two, if the numbering began anew in between."""
    talk.hear("35=2|34=2|7=1|16=1")
    late = talk.held_retrieve
    talk.disconnect()
    talk.log_on("98=0|108=30|141=Y")
    assert talk.hear("35=2|34=2|7=1|16=1") == ["retrieve"]
    assert talk.retrieved(late) == []
    assert numbers(talk.retrieved()) == [1]


def test_message_that_cannot_be_read_any_more_is_gap_filled(talk):
    """A damaged store costs that message; it does not stop the session."""
    talk.sent[3] = b"8=FIX.4.4\x019=5\x0135=8\x01nonsense\x0110=000\x01"
    talk.hear("35=2|34=2|7=2|16=4")
    assert talk.retrieved() == [
        f"35=8|34=2|{AGAIN}|{REPORT}",
        f"35=4|34=3|{AGAIN}|36=4|123=Y",
        f"35=8|34=4|{AGAIN}|{REPORT}",
    ]
