"""The Logon exchange (FIX 4.4 Volume 2, "Logon")."""

import pytest

from oms_fix.fix.outputs import Note

LOGON = "35=A|34=1|98=0|108=30"


@pytest.mark.parametrize(
    ("version", "start_of_it", "rest"),
    [
        ("FIX.4.2", "8=FIX.4.2|9=65", "98=0|108=30|10=228|"),
        ("FIX.4.4", "8=FIX.4.4|9=65", "98=0|108=30|10=230|"),
        ("FIXT.1.1", "8=FIXT.1.1|9=72", "98=0|108=30|1137=9|10=117|"),
    ],
)
@pytest.mark.parametrize("role", ["acceptor", "initiator"])
def test_logon_has_exactly_these_bytes(start, version, role, start_of_it, rest):
    """Both roles send the same Logon: no encryption, heartbeat interval, application version."""
    talk = start(version, role)
    talk.connect() if role == "initiator" else talk.log_on()
    middle = "35=A|49=OMSFIX|56=PEER|34=1|52=20260105-12:00:00.000"
    assert talk.raw.replace(b"\x01", b"|").decode() == f"{start_of_it}|{middle}|{rest}"


def test_acceptor_answers_with_the_interval_of_the_initiator(start, version):
    """HeartBtInt(108) is the initiator's to choose."""
    talk = start(version, heart_bt_int=60)
    assert talk.log_on("98=0|108=7") == [
        f"35=A|34=1|98=0|108=7{talk.version_field}",
        "logged on",
    ]
    assert talk.wait(7) == ["35=0|34=2"]


def test_initiator_is_logged_on_by_the_answer(start, version):
    """The session of an initiator is logged on when the acceptor's Logon comes."""
    talk = start(version, "initiator")
    said = talk.connect()
    assert said == [LOGON + talk.version_field]
    assert talk.hear(LOGON + talk.version_field) == ["logged on"]


def test_message_before_the_logon_disconnects(start, version, order):
    """The first message must be a Logon; anything else is answered by silence."""
    talk = start(version)
    talk.connect()
    assert talk.hear(f"35=D|34=1|{order}") == ["disconnect"]
    assert talk.session.next_in == 1


@pytest.mark.parametrize(
    "wrong", ["49=OTHER", "56=OTHER", "8=FIX.3.9", "52=20010101-00:00:00", "34=x"]
)
def test_logon_of_somebody_else_disconnects(start, version, wrong):
    """Before the Logon exchange a wrong identity, version or time is told nothing."""
    talk = start(version)
    talk.connect()
    number = "" if wrong.startswith("34") else "34=1|"
    assert talk.hear(f"35=A|{number}{wrong}|98=0|108=30{talk.version_field}") == ["disconnect"]


def test_logon_against_the_dictionary_disconnects(start, version):
    """A Logon with a required field missing is answered by silence."""
    talk = start(version)
    assert talk.log_on("98=0") == ["disconnect"]


def test_encryption_is_refused(start, version):
    """EncryptMethod(98) other than 0 is not spoken here."""
    talk = start(version)
    assert talk.log_on("98=1|108=30") == [
        "35=5|34=1|58=EncryptMethod(98) must be 0: use TLS for encryption",
        "disconnect",
    ]


def test_negative_interval_is_refused(start, version):
    """A negative HeartBtInt(108) means nothing."""
    talk = start(version)
    assert talk.log_on("98=0|108=-5") == [
        "35=5|34=1|58=HeartBtInt(108) must not be negative",
        "disconnect",
    ]


def test_other_default_application_version_is_refused(start):
    """FIXT.1.1: both sides must mean the same application version."""
    talk = start("FIXT.1.1")
    talk.connect()
    assert talk.hear("35=A|34=1|98=0|108=30|1137=7") == [
        "35=5|34=1|58=DefaultApplVerID(1137) must be 9",
        "disconnect",
    ]


def test_missing_default_application_version_disconnects(start):
    """FIXT.1.1: DefaultApplVerID(1137) is required on a Logon."""
    talk = start("FIXT.1.1")
    talk.connect()
    assert talk.hear(LOGON) == ["disconnect"]


def test_logon_too_high_is_answered_before_the_gap_is_asked_for(start, version):
    """First the Logon, then the ResendRequest for what was missed."""
    talk = start(version, numbers=(3, 1))
    assert talk.log_on(number=7) == [
        LOGON + talk.version_field,
        "logged on",
        "35=2|34=2|7=3|16=0",
    ]
    assert talk.session.next_in == 3


def test_answer_too_high_makes_the_initiator_ask(start, version):
    """The initiator asks for a gap as the acceptor does."""
    talk = start(version, "initiator")
    talk.connect()
    assert talk.hear(f"35=A|34=4|98=0|108=30{talk.version_field}") == [
        "logged on",
        "35=2|34=2|7=1|16=0",
    ]


def test_logon_too_low_ends_with_the_reason(start, version):
    """A number used before means that one side has lost messages: no session like that."""
    talk = start(version, numbers=(5, 8))
    assert talk.log_on(number=2) == [
        "35=5|34=8|58=MsgSeqNum too low, expecting 5 but received 2",
        "disconnect",
    ]
    assert talk.session.next_in == 5


def test_logon_too_low_is_ignored_if_it_may_be_a_duplicate(start, version):
    """PossDupFlag(43)=Y says that the number was used before."""
    talk = start(version, numbers=(5, 8))
    talk.connect()
    again = f"35=A|34=2|43=Y|122=20260105-11:00:00|98=0|108=30{talk.version_field}"
    assert talk.hear(again) == []


def test_acceptor_resets_when_the_initiator_asks(start, version):
    """ResetSeqNumFlag(141)=Y: both numberings start at 1, and the answer says so too."""
    talk = start(version, numbers=(5, 8))
    assert talk.log_on("98=0|108=30|141=Y") == [
        "reset",
        f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}",
        "logged on",
    ]
    assert (talk.session.next_in, talk.session.next_out) == (2, 2)


def test_refused_logon_resets_nothing(start, version):
    """A Logon that is no good may not cost the numbers."""
    talk = start(version, numbers=(5, 8))
    talk.log_on("98=1|108=30|141=Y")
    assert (talk.session.next_in, talk.session.next_out) == (5, 9)


def test_reset_on_logon_of_an_acceptor(start, version):
    """ResetOnLogon=Y: any Logon starts at 1; the flag is in the answer only if it was asked."""
    talk = start(version, numbers=(5, 8), reset_on_logon=True)
    assert talk.log_on() == ["reset", LOGON + talk.version_field, "logged on"]


def test_reset_on_logon_of_an_initiator(start, version):
    """ResetOnLogon=Y: the initiator starts at 1 and asks the acceptor to; once is enough."""
    talk = start(version, "initiator", numbers=(5, 8), reset_on_logon=True)
    flagged = f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}"
    assert talk.connect() == ["reset", flagged]
    assert talk.hear(flagged) == ["logged on"]
    assert (talk.session.next_in, talk.session.next_out) == (2, 2)


def test_acceptor_that_resets_on_its_own(start, version):
    """ResetSeqNumFlag(141)=Y in an answer that did not ask: our Logon was number 1."""
    talk = start(version, "initiator", numbers=(5, 8))
    talk.connect()
    answer = f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}"
    assert talk.hear(answer) == ["reset", "logged on"]
    assert (talk.session.next_in, talk.session.next_out) == (2, 2)


def test_reset_in_mid_session(talk):
    """A Logon with ResetSeqNumFlag(141)=Y restarts the numbering of a live session."""
    talk.hear("35=0|34=2", "35=0|34=3")
    assert talk.hear(f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}") == [
        "reset",
        f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}",
    ]
    assert talk.hear("35=1|34=2|112=x") == ["35=0|34=2|112=x"]


def test_second_logon_in_a_live_session_ends_it(talk):
    """Without a reset there is no reason for another Logon."""
    assert talk.hear(f"35=A|34=2|98=0|108=30{talk.version_field}") == [
        "35=5|34=2|58=Logon(A) while logged on",
        "logged out",
    ]


@pytest.mark.parametrize("role", ["acceptor", "initiator"])
def test_logon_that_does_not_come_in_time_disconnects(start, version, role):
    """LogonTimeout, ten seconds."""
    talk = start(version, role)
    talk.connect()
    assert talk.wait(9.8) == []
    assert talk.wait(0.2) == ["disconnect"]


def test_refusal_by_the_acceptor_disconnects(start, version):
    """A Logout in place of the answer: its number counts, the initiator closes."""
    talk = start(version, "initiator")
    talk.connect()
    assert talk.hear("35=5|34=1|58=not today") == ["disconnect"]
    assert talk.session.next_in == 2


def test_numbers_go_on_after_a_new_connection(talk, order):
    """A session outlives its connections."""
    talk.hear(f"35=D|34=2|{order}")
    talk.send("8", "37=1")
    assert talk.disconnect() == ["logged out"]
    assert talk.log_on(number=3) == [
        f"35=A|34=3|98=0|108=30{talk.version_field}",
        "logged on",
    ]


def test_duplicate_logon_without_original_time_disconnects(start, version):
    """Before the Logon exchange there is no Reject: that would tell a stranger something."""
    talk = start(version, numbers=(5, 8))
    talk.connect()
    again = f"35=A|34=2|43=Y|98=0|108=30{talk.version_field}"
    assert talk.hear(again) == ["disconnect"]


def test_other_interval_in_the_answer_is_noted(start, version):
    """HeartBtInt(108) is the initiator's to choose; the log tells of the difference."""
    talk = start(version, "initiator")
    talk.connect()
    answer = talk.message(f"35=A|34=1|98=0|108=10{talk.version_field}")
    notes = [
        output.details
        for output in talk.session.received(answer, talk.now)
        if isinstance(output, Note)
    ]
    assert notes == [{"ours": 30, "theirs": 10}]
    assert talk.wait(29.8) == []
