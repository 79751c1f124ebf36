"""A session with Engine=quickfix: what becomes of QuickFIX's calls at our port.

QuickFIX looks at the clock itself, so that no test here is about time.
"""

import subprocess
import sys

import pytest

from oms_fix.fix import (
    ConfigError,
    EngineKind,
    LocalError,
    Message,
    SequenceNumbers,
    load_settings,
)
from oms_fix.fix.codec import parse
from oms_fix.fix.outputs import Deliver, LoggedOn, Note, Persist, Reset, Write
from oms_fix.fix.validation import ValidationOptions

REPORT = "37=o|17=e|150=0|39=0|55=IBM|54=1|38=100|151=100|14=0|6=0"
# QuickFIX writes the fields of a body by tag.
REPORT_WRITTEN = "6=0|14=0|17=e|37=o|38=100|39=0|54=1|55=IBM|150=0|151=100"
PARTIES = "453=2|448=B|447=D|452=1|448=A|447=D|452=3"


@pytest.fixture(params=["FIX.4.2", "FIX.4.4"])
def version(request):
    """FIX versions in turn; QuickFIX takes seconds to read the dictionary of 5.0SP2."""
    return request.param


@pytest.fixture
def on_quickfix(start):
    """Make a session on QuickFIX; times of messages are not judged."""

    def make(version="FIX.4.4", role="acceptor", numbers=(1, 1), **settings):
        given = {"engine": EngineKind.QUICKFIX, "check_latency": False, **settings}
        return start(version, role, numbers, **given)

    return make


@pytest.fixture
def talk(on_quickfix, version):
    """An acceptor's session on QuickFIX, logged on, in each version."""
    talk = on_quickfix(version)
    talk.log_on()
    return talk


def test_a_session_of_fixt_has_two_dictionaries(on_quickfix, order):
    """DefaultApplVerID(1137) is in the Logons, and an order of 5.0SP2 is found good."""
    talk = on_quickfix("FIXT.1.1")
    assert talk.log_on() == ["35=A|34=1|98=0|108=30|1137=9", "logged on"]
    assert talk.hear(f"35=D|34=2|{order}") == ["deliver D 2"]
    assert talk.send("8", f"{REPORT}|{PARTIES}")[0].endswith(PARTIES)


def test_everything_is_persisted_before_it_is_written_or_delivered(on_quickfix, order):
    """The outputs of a Logon and an order, in their order: the host stores before it lets out."""
    talk = on_quickfix()
    talk.connect()
    data = talk.message("35=A|34=1|98=0|108=30") + talk.message(f"35=D|34=2|{order}")
    outputs = talk.session.received(data, talk.now)
    assert [type(each) for each in outputs] == [
        *(Persist, Persist, Write, LoggedOn),
        *(Persist, Deliver),
    ]
    logon_taken, logon_sent, written, _, order_taken, delivered = outputs
    assert (logon_taken.msg_seq_num, logon_sent.msg_seq_num, order_taken.msg_seq_num) == (1, 1, 2)
    assert written.data == logon_sent.data
    assert delivered.message.raw == order_taken.data
    assert (talk.session.next_in, talk.session.next_out) == (3, 2)


def test_stored_numbers_go_on(on_quickfix, version, order):
    """What was not stored is asked for after a restart, and delivered once."""
    talk = on_quickfix(version, numbers=(5, 8))
    assert talk.log_on(number=7) == [
        f"35=A|34=8|98=0|108=30{talk.version_field}",
        "35=2|34=9|7=5|16=0",
        "logged on",
    ]
    again = "43=Y|122=20260105-11:00:00"
    assert talk.hear(f"35=D|34=5|{again}|{order}") == ["deliver D 5"]
    talk.hear(f"35=4|34=6|{again}|123=Y|36=8")
    assert talk.session.next_in == 8


def test_what_is_resent_comes_out_of_our_store_in_ascending_order(talk):
    """Sent in an earlier life, it is not in QuickFIX's store; gap fills come where they belong."""
    for _ in range(2):
        talk.send("8", REPORT)
    talk.hear("35=1|34=2|112=T")
    talk.send("8", REPORT)
    lines = talk.hear("35=2|34=3|7=1|16=0")
    told = [line.split("|43=Y|")[0] for line in lines]
    assert told == ["35=4|34=1", "35=8|34=2", "35=8|34=3", "35=4|34=4", "35=8|34=5"]
    assert lines[1].endswith(REPORT_WRITTEN)


def test_what_comes_waits_for_what_is_fetched(talk, order):
    """An order behind a ResendRequest is taken after the answer; meanwhile nothing more is read."""
    talk.send("8", REPORT)
    talk.holds_retrieve = True
    assert talk.hear("35=2|34=2|7=2|16=0", f"35=D|34=3|{order}") == ["retrieve"]
    assert talk.session.delay(talk.now) > 0
    assert talk.send("8", REPORT) == [f"35=8|34=3|{REPORT_WRITTEN}"]
    first, second, delivered = talk.retrieved()
    assert (first[:9], second[:9], delivered) == ("35=8|34=2", "35=8|34=3", "deliver D 3")
    assert talk.session.delay(talk.now) == 0


def test_what_the_store_does_not_give_is_gap_filled(talk):
    """An order that is not to be sent again is not: QuickFIX knows no more than it is shown."""
    talk.send("8", REPORT)
    talk.sent.clear()
    (line,) = talk.hear("35=2|34=2|7=2|16=0")
    assert line.startswith("35=4|34=2|43=Y")
    assert line.endswith("36=3|123=Y")


def test_a_message_that_was_stored_without_its_secret_is_gap_filled(talk):
    """A password of stars would be refused."""
    talk.send("BE", "923=1|924=1|553=us|554=hunter2")
    assert b"554=***" in talk.sent[2]
    (line,) = talk.hear("35=2|34=2|7=2|16=0")
    assert line.startswith("35=4|34=2|43=Y")
    assert line.endswith("36=3|123=Y")


def test_a_counterparty_that_is_behind_is_told_unasked(on_quickfix):
    """NextExpectedMsgSeqNum(789) below our number: fetched before QuickFIX sees the Logon."""
    talk = on_quickfix(send_next_expected_msg_seq_num=True)
    talk.send("8", REPORT)
    said = [line[:14] for line in talk.log_on("98=0|108=30|789=1")]
    assert said == ["35=A|34=2|98=0", "35=8|34=1|43=Y", "35=4|34=2|43=Y", "logged on"]


def test_repeating_groups_keep_their_order(on_quickfix):
    """In a new message, and in the same when it is resent."""
    talk = on_quickfix()
    talk.log_on()
    (line,) = talk.send("8", f"{REPORT}|{PARTIES}")
    assert line.endswith(PARTIES)
    (line,) = talk.hear("35=2|34=2|7=2|16=0")
    assert line.endswith(PARTIES)


def test_a_reject_above_a_gap_waits_for_its_turn(talk, order):
    """QuickFIX would use up the missing number with it."""
    assert talk.hear("35=3|34=3|45=1|58=no") == []
    assert talk.session.next_in == 2
    assert talk.hear(f"35=D|34=2|{order}") == ["deliver D 2", "deliver 3 3"]
    assert talk.session.next_in == 4


def test_a_message_that_is_rejected_uses_up_its_number(talk):
    """It is stored as taken, so that a restart does not ask for it again."""
    (line,) = talk.hear("35=D|34=2|11=a")
    assert line.startswith("35=3|34=2|")
    assert talk.taken == [(1, "A"), (2, "D")]


def test_a_sequence_reset_is_stored_as_the_last_that_it_skips(talk):
    """Nothing of it is delivered, and the number is kept all the same."""
    assert talk.hear("35=4|34=9|36=20") == []
    assert talk.taken[-1] == (19, "4")
    assert talk.session.next_in == 20


def test_what_is_sent_before_the_answer_to_our_logon_comes_after_it(on_quickfix, version):
    """QuickFIX numbers it and does not write it; nobody would ask for it until the next message."""
    talk = on_quickfix(version, "initiator")
    assert talk.connect() == [f"35=A|34=1|98=0|108=30{talk.version_field}"]
    assert talk.send("8", REPORT) == []
    answer = talk.hear(f"35=A|34=1|98=0|108=30{talk.version_field}")
    assert answer == [f"35=8|34=2|{REPORT_WRITTEN}", "logged on"]


def test_a_reset_names_what_was_never_written(on_quickfix, version):
    """The counterparty will not ask for it any more: the host decides about it."""
    talk = on_quickfix(version, numbers=(5, 8))
    talk.send("8", REPORT)
    talk.send("8", REPORT)
    talk.connect()
    data = talk.message(f"35=A|34=1|98=0|108=30|141=Y{talk.version_field}")
    outputs = talk.session.received(data, talk.now)
    assert outputs[0] == Reset("by QuickFIX", 1, 1, (8, 9))
    assert (talk.session.next_in, talk.session.next_out) == (2, 2)


def test_a_message_that_waits_for_a_reset_is_not_forgotten(on_quickfix):
    """With ResetOnLogon=Y and both numbers at 1, QuickFIX drops what is sent while logged out."""
    talk = on_quickfix(reset_on_logon=True)
    assert talk.send("8", REPORT) == []
    assert list(talk.sent) == [1]
    talk.connect()
    outputs = talk.session.received(talk.message("35=A|34=1|98=0|108=30|141=Y"), talk.now)
    assert outputs[0] == Reset("by QuickFIX", 1, 1, (1, 1))


def test_what_another_process_goes_on_with_is_not_named(on_quickfix):
    """By RefreshOnLogon: its numbers are not those of what was never written here."""
    talk = on_quickfix()
    talk.send("8", REPORT)
    talk.session.refresh(SequenceNumbers(5, 6))
    assert talk.session.reset(talk.now) == [Reset("by the operator", unsent=None)]


def test_what_waited_for_the_answer_to_our_logon_is_named_too(on_quickfix):
    """The Logon is refused, and ResetOnDisconnect=Y begins the numbers anew."""
    talk = on_quickfix(role="initiator", numbers=(5, 8), reset_on_disconnect=True)
    talk.connect()
    talk.send("8", REPORT)
    outputs = talk.session.received(talk.message("35=5|34=5|58=go away"), talk.now)
    assert [each for each in outputs if isinstance(each, Reset)] == [
        Reset("by QuickFIX", 1, 1, (9, 9))
    ]


def test_what_a_resend_has_brought_was_written(on_quickfix, version):
    """It is not named at the next reset."""
    talk = on_quickfix(version, reset_on_disconnect=True)
    talk.send("8", REPORT)
    talk.log_on()
    talk.hear("35=2|34=2|7=1|16=0")
    assert talk.session.disconnected(talk.now)[-1] == Reset("by QuickFIX", 1, 1, None)


def test_the_operator_begins_both_numberings_anew(talk):
    """After a Logout, as both sides have agreed."""
    assert talk.reset()[-1] == "logged out"
    assert talk.hear("35=5|34=2") == ["disconnect"]
    assert talk.disconnect() == ["reset"]
    assert talk.log_on()[-1] == "logged on"


def test_numbers_begin_anew_with_a_logout(on_quickfix):
    """ResetOnLogout=Y, in the same step as the Logout."""
    talk = on_quickfix(reset_on_logout=True)
    talk.log_on()
    assert talk.hear("35=5|34=2") == ["35=5|34=2", "reset", "logged out", "disconnect"]
    assert (talk.session.next_in, talk.session.next_out) == (1, 1)


def test_we_say_goodbye_and_come_back(talk):
    """Our Logout is answered; the next Logon is taken, though QuickFIX was told to log out."""
    assert talk.logout("end of day") == ["35=5|34=2|58=end of day", "logged out"]
    assert talk.hear("35=5|34=2") == ["disconnect"]
    talk.disconnect()
    assert talk.log_on(number=3)[-1] == "logged on"


@pytest.mark.parametrize("first", ["35=0|34=1", "35=D|34=1|11=a", "35=A|34=1|98=0", "35=5|34=1"])
def test_a_first_message_that_is_no_good_logon_is_not_suffered(on_quickfix, first):
    """The connection is closed, and no session begins."""
    talk = on_quickfix()
    talk.connect()
    said = talk.hear(first)
    assert said[-1] == "disconnect"
    assert "logged on" not in said


def test_sending_while_a_client_connects_ends_nothing(on_quickfix):
    """A message that comes up before the client's Logon(A) waits for it."""
    talk = on_quickfix()
    talk.connect()
    assert talk.send("8", REPORT) == []
    talk.wait(1)
    assert talk.hear("35=A|34=1|98=0|108=30")[-1] == "logged on"


def test_bytes_that_are_no_utf8_are_delivered_as_they_came(talk, order):
    """The binding takes text only: QuickFIX judges the message with a ? in the place of them."""
    data = talk.message(f"35=D|34=2|{order}|58=caf\xe9")
    outputs = talk.session.received(data, talk.now)
    assert outputs[-1].message.get(58) == b"caf\xe9"
    assert outputs[0].data == data


@pytest.mark.parametrize(
    ("text", "sent"),
    [("café".encode(), "café".encode()), (b"caf\xe9", b"caf?")],
    ids=["utf8", "not"],
)
def test_text_goes_out_as_utf8_or_with_question_marks(talk, text, sent):
    """What the binding cannot take is not sent as something else."""
    body = [(int(tag), value.encode()) for tag, value in (f.split("=") for f in REPORT.split("|"))]
    outputs = talk.session.send(Message("8", [*body, (58, text)]), talk.now)
    assert parse(outputs[-1].data, {}).get(58) == sent


def test_a_garbled_message_is_noted_and_its_number_not_used(talk, order):
    """As on our own engine: it shows as a gap."""
    data = talk.message(f"35=D|34=2|{order}")
    checksum = b"000" if data[-4:-1] != b"000" else b"001"
    outputs = talk.session.received(data[:-4] + checksum + b"\x01", talk.now)
    assert [type(each) for each in outputs] == [Note]
    assert talk.session.next_in == 2


def test_enumerations_are_let_pass_where_they_are_not_to_be_checked(on_quickfix, order):
    """CheckEnumerations=N, which QuickFIX has no key for: an unknown Side(54)."""
    talk = on_quickfix(validation=ValidationOptions(check_enumerations=False))
    talk.log_on()
    assert talk.hear(f"35=D|34=2|{order}".replace("54=1", "54=Z")) == ["deliver D 2"]


def test_what_quickfix_refuses_is_its_word(on_quickfix):
    """What it says comes as an error of ours, not as one of the binding."""
    with pytest.raises(LocalError, match=r"PEER: QuickFIX refuses its settings: .*Heartbeat"):
        on_quickfix(role="initiator", heart_bt_int=0)


def test_without_the_extra_it_is_named(on_quickfix, monkeypatch, tmp_path):
    """Both by the check of the settings, at the line of the key, and by a session."""
    monkeypatch.setitem(sys.modules, "quickfix", None)
    path = tmp_path / "a.cfg"
    path.write_text(
        "[SESSION]\nConnectionType=acceptor\nEngine=quickfix\nBeginString=FIX.4.4\n"
        "SenderCompID=A\nTargetCompID=B\nSocketAcceptPort=0\n"
    )
    text = "Engine=quickfix needs the extra quickfix: pip install 'oms-fix[quickfix]'"
    with pytest.raises(ConfigError) as refused:
        load_settings(path)
    assert [str(each) for each in refused.value.problems] == [f"{path}:3: {text}"]
    with pytest.raises(LocalError, match="needs the extra quickfix"):
        on_quickfix()


_INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, lambda *_: print("told", flush=True))
from oms_fix.fix.quickfix_binding import _quickfix
_quickfix()
os.kill(os.getpid(), signal.SIGINT)
"""


def test_the_import_leaves_the_handler_of_sigint_alone():
    """Importing the binding puts the default in its place: an interrupt would be no goodbye."""
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "told\n")
