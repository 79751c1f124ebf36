"""What differs from one FIX version to the next, each as acceptor and on the wire."""

import pytest

VERSIONS = ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4"]
EARLY = ["FIX.4.0", "FIX.4.1"]
APPL_VER_IDS = {"FIX.5.0": "7", "FIX.5.0SP1": "8", "FIX.5.0SP2": "9"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("role", ["acceptor", "initiator"])
def test_logon_of_every_version(start, version, role):
    """Both roles exchange Logons; an order that the dictionary has is taken or sent."""
    talk = start(version, role)
    said = talk.log_on()
    assert "logged on" in said
    assert talk.session.application_version == version
    assert talk.hear("35=1|34=2|112=x") == ["35=0|34=2|112=x"]


@pytest.mark.parametrize(("application", "number"), APPL_VER_IDS.items())
def test_logon_says_the_application_version(start, application, number):
    """DefaultApplVerID(1137) of FIXT.1.1; another one in the answer is refused."""
    talk = start("FIXT.1.1", "initiator", default_appl_ver_id=application)
    assert talk.connect() == [f"35=A|34=1|98=0|108=30|1137={number}"]
    assert talk.hear(f"35=A|34=1|98=0|108=30|1137={number}") == ["logged on"]
    assert talk.session.application_version == application
    talk = start("FIXT.1.1", default_appl_ver_id=application)
    talk.connect()
    assert talk.hear("35=A|34=1|98=0|108=30|1137=6")[-1] == "disconnect"


@pytest.mark.parametrize("version", EARLY)
def test_early_timestamps_have_whole_seconds(start, version):
    """FIX 4.0 and 4.1 know no fraction of a second; a Logon with one is refused."""
    talk = start(version, "initiator")
    talk.connect()
    assert b"\x0152=20260105-12:00:00\x01" in talk.raw
    assert talk.hear("35=A|34=1|52=20260105-12:00:00.000|98=0|108=30") == [
        "35=5|34=2|58=Incorrect data format for value (52)",
        "disconnect",
    ]


@pytest.fixture(params=EARLY)
def early_version(request):
    """FIX 4.0, then 4.1."""
    return request.param


@pytest.fixture
def talk(start, early_version):
    """An acceptor of an early version, logged on."""
    talk = start(early_version)
    talk.log_on()
    return talk


def test_early_reject_has_a_text_alone(talk):
    """RefTagID(371), RefMsgType(372) and SessionRejectReason(373) came with FIX 4.2."""
    assert talk.hear("35=0|34=2|98=0") == [
        "35=3|34=2|45=2|58=Tag not defined for this message type (98)"
    ]


def test_early_resend_request_ends_at_999999(talk):
    """EndSeqNo(16)=0 came with FIX 4.2; before, infinity was 999999."""
    assert talk.hear("35=0|34=5") == ["35=2|34=2|7=2|16=999999"]


def test_early_answer_to_999999_goes_to_the_end(talk):
    """Resent messages have whole seconds too."""
    talk.send("8", "37=1")
    assert talk.hear("35=2|34=2|7=2|16=999999") == ["35=8|34=2|43=Y|122=20260105-12:00:00|37=1"]


def test_reset_flag_is_left_out_where_the_version_has_none(start):
    """ResetSeqNumFlag(141) came with FIX 4.1."""
    said = {
        version: start(version, "initiator", reset_on_logon=True).connect() for version in EARLY
    }
    assert said == {
        "FIX.4.0": ["35=A|34=1|98=0|108=30"],
        "FIX.4.1": ["35=A|34=1|98=0|108=30|141=Y"],
    }
