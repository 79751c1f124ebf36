"""NextExpectedMsgSeqNum(789): each side brings what the other misses (FIX 4.4 Volume 2, Logon)."""

import pytest

REPORT = "37=1|17=1"
AGAIN = "43=Y|122=20260105-12:00:00.000"


@pytest.fixture(params=["FIX.4.4", "FIXT.1.1"])
def version(request):
    """The versions whose Logon has the field."""
    return request.param


@pytest.fixture
def agreed(start, version):
    """Make a session whose settings say SendNextExpectedMsgSeqNum=Y."""

    def make(role="acceptor", numbers=(1, 1)):
        return start(version, role, numbers, send_next_expected_msg_seq_num=True)

    return make


def test_initiator_says_what_it_expects(agreed):
    """And so does the acceptor, the Logon that it answers counted."""
    talk = agreed("initiator", (7, 3))
    assert talk.connect() == [f"35=A|34=3|98=0|108=30|789=7{talk.version_field}"]
    talk = agreed()
    assert talk.log_on("98=0|108=30|789=1")[0] == f"35=A|34=1|98=0|108=30|789=2{talk.version_field}"


def test_acceptor_brings_what_the_initiator_misses(agreed):
    """From the number it expects up to our Logon, unasked."""
    talk = agreed()
    talk.send("8", REPORT)
    assert talk.log_on("98=0|108=30|789=1") == [
        f"35=A|34=2|98=0|108=30|789=2{talk.version_field}",
        "logged on",
        f"35=8|34=1|{AGAIN}|{REPORT}",
        f"35=4|34=2|{AGAIN}|36=3|123=Y",
    ]


def test_initiator_brings_what_the_acceptor_misses(agreed):
    """What was sent meanwhile comes after it."""
    talk = agreed("initiator")
    talk.send("8", REPORT)
    talk.connect()
    talk.send("8", REPORT)
    assert talk.hear(f"35=A|34=1|98=0|108=30|789=1{talk.version_field}") == [
        "logged on",
        f"35=8|34=1|{AGAIN}|{REPORT}",
        f"35=4|34=2|{AGAIN}|36=3|123=Y",
        f"35=8|34=3|{REPORT}",
    ]


def test_nothing_is_asked_for_that_will_come_unasked(agreed):
    """The counterparty has read our 789; the gap closes without a ResendRequest."""
    talk = agreed(numbers=(3, 1))
    assert talk.log_on("98=0|108=30|789=1", number=5) == [
        f"35=A|34=1|98=0|108=30|789=3{talk.version_field}",
        "logged on",
    ]
    fill = "35=4|34=3|43=Y|122=20260105-11:59:00.000|36=6|123=Y"
    assert talk.hear("35=1|34=6|112=x", fill) == ["35=0|34=2|112=x"]


def test_counterparty_without_the_field_is_asked(agreed):
    """It does not know what we expect."""
    talk = agreed(numbers=(3, 1))
    assert talk.log_on(number=5)[-1] == "35=2|34=2|7=3|16=0"


def test_number_that_we_never_sent_is_refused(agreed):
    """A counterparty that has seen more than we have sent has another history."""
    talk = agreed(numbers=(1, 3))
    assert talk.log_on("98=0|108=30|789=9") == [
        "35=5|34=3|58=NextExpectedMsgSeqNum too high, expecting 3 but received 9",
        "disconnect",
    ]


def test_field_means_nothing_without_the_setting(start, version):
    """It is by agreement of both sides."""
    talk = start(version)
    talk.send("8", REPORT)
    assert talk.log_on("98=0|108=30|789=1") == [
        f"35=A|34=2|98=0|108=30{talk.version_field}",
        "logged on",
    ]
