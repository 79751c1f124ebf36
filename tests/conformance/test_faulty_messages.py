"""Messages that break a rule, and the answer to each (FIX 4.4 Volume 2, "Message Rejection")."""

import pytest

from oms_fix.fix.outputs import Note

ORDER = "11=a|21=1|55=IBM|54=1|60=20260105-12:00:00.000|38=100"


@pytest.mark.parametrize("wrong", ["49=OTHER", "56=OTHER", "49=OTHER|56=OTHER"])
def test_wrong_comp_id(talk, order, wrong):
    """Reject with SessionRejectReason(373)=9, then Logout; the number is used up."""
    assert talk.hear(f"35=D|34=2|{wrong}|{order}") == [
        "35=3|34=2|45=2|372=D|373=9|58=CompID problem",
        "35=5|34=3|58=CompID problem",
        "logged out",
    ]
    assert talk.hear("35=5|34=3") == ["disconnect"]


def test_comp_ids_unchecked_by_choice(start, version, order):
    """CheckCompID=N."""
    talk = start(version, check_comp_id=False)
    talk.log_on()
    assert talk.hear(f"35=D|34=2|49=OTHER|{order}") == ["deliver D 2"]


@pytest.mark.parametrize("sent", ["20260105-11:57:59.999", "20260105-12:02:00.001"])
def test_sending_time_out_of_range(talk, sent):
    """More than MaxLatency, 120 seconds, either way: Reject with 373=10, then Logout."""
    assert talk.hear(f"35=0|34=2|52={sent}") == [
        "35=3|34=2|45=2|372=0|373=10|58=SendingTime accuracy problem",
        "35=5|34=3|58=SendingTime accuracy problem",
        "logged out",
    ]


@pytest.mark.parametrize("sent", ["20260105-11:58:00.000", "20260105-12:02:00"])
def test_sending_time_just_in_range(talk, sent):
    """MaxLatency itself is still good; milliseconds may be left out."""
    assert talk.hear(f"35=0|34=2|52={sent}") == []


def test_sending_time_unchecked_by_choice(start, version, order):
    """CheckLatency=N."""
    talk = start(version, check_latency=False)
    talk.log_on()
    assert talk.hear(f"35=D|34=2|52=20200101-00:00:00|{order}") == ["deliver D 2"]


def test_other_begin_string(talk):
    """Logout that says so, and the end of the connection."""
    assert talk.hear("8=FIX.4.1|35=0|34=2") == [
        "35=5|34=2|58=Incorrect BeginString",
        "logged out",
        "disconnect",
    ]


@pytest.mark.parametrize("number", ["", "|34=", "|34=x", "|34=-1"])
def test_no_msg_seq_num(talk, number):
    """Without MsgSeqNum(34) nothing can be said about a message: Logout, end."""
    assert talk.hear(f"35=0{number}|112=x") == [
        "35=5|34=2|58=Required tag missing: MsgSeqNum(34)",
        "logged out",
        "disconnect",
    ]


def test_garbled_message_is_ignored(talk):
    """A wrong CheckSum(10): no answer, no number used; the gap shows with the next message."""
    garbled = talk.message("35=0|34=2").replace(b"10=", b"10=9")
    assert talk.hear_bytes(garbled) == []
    assert talk.hear("35=0|34=3") == ["35=2|34=2|7=2|16=0"]


def test_message_in_pieces(talk, order):
    """How bytes are cut on their way means nothing."""
    data = talk.message(f"35=D|34=2|{order}")
    said = [line for byte in data for line in talk.hear_bytes(bytes([byte]))]
    assert said == ["deliver D 2"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("35=0|34=2|999=HI", "371=999|372=0|373=0|58=Invalid tag number"),
        ("35=0|34=2|56=absent", "371=56|372=0|373=1|58=Required tag missing"),
        ("35=0|34=2|98=0", "371=98|372=0|373=2|58=Tag not defined for this message type"),
        ("35=0|34=2|112=", "371=112|372=0|373=4|58=Tag specified without a value"),
        (
            f"35=D|34=2|{ORDER}|40=w",
            "371=40|372=D|373=5|58=Value is incorrect (out of range) for this tag",
        ),
        (f"35=D|34=2|{ORDER}|40=1|44=x", "371=44|372=D|373=6|58=Incorrect data format for value"),
        ("35=*|34=2", "372=*|373=11|58=Invalid MsgType"),
    ],
)
def test_message_against_the_dictionary(talk, message, expected):
    """Reject says what is wrong with which tag; the number is used up and the session goes on."""
    assert talk.hear(message) == [f"35=3|34=2|45=2|{expected}"]
    assert talk.hear("35=1|34=3|112=x") == ["35=0|34=3|112=x"]


@pytest.mark.parametrize(
    ("version", "reason"), [("FIX.4.2", ""), ("FIX.4.4", "373=13|"), ("FIXT.1.1", "373=13|")]
)
def test_reason_that_a_version_does_not_know_is_left_to_the_text(start, version, reason):
    """SessionRejectReason(373) ends at 11 in FIX 4.2."""
    talk = start(version)
    talk.log_on()
    assert talk.hear(f"35=D|34=2|{ORDER}|40=1|40=2") == [
        f"35=3|34=2|45=2|371=40|372=D|{reason}58=Tag appears more than once"
    ]


def test_faulty_message_above_a_gap_is_rejected_when_its_turn_comes(talk):
    """The sequence is looked at first; so each fault gets one Reject."""
    assert talk.hear("35=0|34=3|999=HI") == ["35=2|34=2|7=2|16=0"]


@pytest.mark.parametrize(
    ("came", "goes"),
    [
        ("115=JCD", "128=JCD"),
        ("128=JCD", "115=JCD"),
        ("115=JCD|116=CS", "128=JCD|129=CS"),
        ("128=JCD|129=CS|145=CHI", "115=JCD|116=CS|144=CHI"),
    ],
)
def test_reject_goes_back_by_the_route_that_the_message_came(talk, came, goes):
    """OnBehalfOf(115, 116, 144) and DeliverTo(128, 129, 145) change places."""
    said = talk.hear(f"35=D|34=2|{came}|{ORDER}|40=w")
    assert said[0].startswith(f"35=3|34=2|{goes}|45=2|371=40")


def test_empty_route_is_not_sent_back(talk):
    """An empty OnBehalfOfSubID(116) is the fault itself."""
    assert talk.hear(f"35=D|34=2|115=JCD|116=|{ORDER}|40=1") == [
        "35=3|34=2|128=JCD|45=2|371=116|372=D|373=4|58=Tag specified without a value"
    ]


def test_reject_of_ours_reaches_the_application(talk):
    """A Reject(3) tells of a message that was not taken."""
    assert talk.hear("35=3|34=2|45=1") == ["deliver 3 2"]


def test_faulty_reject_is_not_rejected(talk):
    """Two sides could go on rejecting Rejects for ever."""
    assert talk.hear("35=3|34=2|45=1|999=HI") == []
    assert talk.session.next_in == 3


def test_message_that_the_application_may_not_want_is_delivered(talk):
    """A valid MsgType(35) that is not supported is the application's affair."""
    assert talk.hear("35=B|34=2|148=news|33=1|58=text") == ["deliver B 2"]


def test_log_hears_of_a_rejected_message(talk):
    """What was rejected and why; whose message it was, the host knows."""
    data = talk.message("35=0|34=2|999=HI")
    notes = [o for o in talk.session.received(data, talk.now) if isinstance(o, Note)]
    details = {"msg_type": "0", "msg_seq_num": 2, "reason": "Invalid tag number"}
    assert notes == [Note("rejected", details)]


def test_message_without_type_names_none_in_its_reject(talk):
    """RefMsgType(372) without a value would make a faulty Reject."""
    assert talk.hear("35=|34=2") == ["35=3|34=2|45=2|373=11|58=Invalid MsgType"]


def test_possible_duplicate_not_taken_yet_needs_its_original_time(talk, order):
    """OrigSendingTime(122) is required with PossDupFlag(43)=Y, whatever the number."""
    assert talk.hear(f"35=D|34=2|43=Y|{order}") == [
        "35=3|34=2|45=2|371=122|372=D|373=1|58=Required tag missing"
    ]
    assert talk.session.next_in == 3


def test_possible_duplicate_without_original_time_by_choice(start, version, order):
    """RequiresOrigSendingTime=N, for counterparties that leave it out."""
    talk = start(version, requires_orig_sending_time=False)
    talk.log_on()
    assert talk.hear(f"35=D|34=2|43=Y|{order}", f"35=D|34=2|43=Y|{order}") == ["deliver D 2"]


def test_gap_fill_needs_no_original_time(talk):
    """What it stands for has no one sending time."""
    talk.hear("35=0|34=2")
    assert talk.hear("35=4|34=2|43=Y|36=3|123=Y", "35=4|34=3|43=Y|36=9|123=Y") == []
    assert talk.session.next_in == 9


def test_logout_without_its_parties_ends_nothing(talk):
    """SenderCompID(49) and TargetCompID(56) are required."""
    assert talk.hear("35=5|34=2|49=absent") == [
        "35=3|34=2|45=2|371=49|372=5|373=1|58=Required tag missing"
    ]
    assert talk.session.logged_on


def test_replayed_logout_ends_nothing(talk):
    """PossDupFlag(43)=Y and a number used before: it was of an earlier connection."""
    talk.hear("35=0|34=2")
    assert talk.hear("35=5|34=2|43=Y|122=20260105-11:00:00") == []
    assert talk.session.logged_on


def test_text_of_a_logout_cannot_break_it(talk):
    """SOH in a reason from elsewhere becomes a space."""
    assert talk.logout("a\x01b") == ["35=5|34=2|58=a b", "logged out"]
