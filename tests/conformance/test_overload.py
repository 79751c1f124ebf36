"""Too much of something: messages above the rate, resends asked for in vain, orders of long ago."""

import pytest

from oms_fix.fix.outputs import Disconnect, Expired, LoggedOut, Note
from oms_fix.fix.overload_settings import OverloadSettings, RateLimitAction

SECOND = 1_000_000_000
AGAIN = "43=Y|122=20260105-12:00:00.000"
REPORT = "37=1|17=1"
TEXT = "58=not taken: more than 2 messages per second"


@pytest.fixture
def limited(start):
    """Make a session that is logged on and takes two application messages a second."""

    def make(version, action):
        overload = OverloadSettings(
            max_messages_per_second=2, rate_limit_action=RateLimitAction(action)
        )
        talk = start(version, overload=overload)
        talk.log_on()
        return talk

    return make


def orders(order, numbers):
    """Return orders with these MsgSeqNums(34)."""
    return [f"35=D|34={number}|{order}" for number in numbers]


def test_message_above_the_rate_is_refused(limited, version, order):
    """RateLimitAction=reject: its number is used up, the application does not hear of it."""
    talk = limited(version, "reject")
    refused = f"35=j|34=2|45=4|372=D|379=a|380=0|{TEXT}"
    assert talk.hear(*orders(order, (2, 3, 4))) == ["deliver D 2", "deliver D 3", refused]
    assert talk.session.next_in == 5
    talk.now += SECOND // 2
    assert talk.hear(*orders(order, (5,))) == ["deliver D 5"]


@pytest.mark.parametrize("version", ["FIX.4.0", "FIX.4.1"])
def test_message_above_the_rate_is_rejected_where_there_is_no_business_reject(
    limited, version, order
):
    """FIX 4.0 and 4.1 know Reject(3) only."""
    talk = limited(version, "reject")
    texts = orders(order.replace("|60=20260105-12:00:00.000", ""), (2, 3, 4))
    assert talk.hear(*texts)[2:] == [f"35=3|34=2|45=4|{TEXT}"]


def test_session_messages_are_never_above_the_rate(limited, version):
    """Nor is a counterparty's Reject(3), which tells of a message of ours."""
    talk = limited(version, "reject")
    said = talk.hear(*(f"35=3|34={number}|45=1" for number in range(2, 7)), "35=1|34=7|112=x")
    assert said[-1] == "35=0|34=2|112=x"
    assert len(said) == 6


def test_message_above_the_rate_waits(limited, version, order):
    """RateLimitAction=delay: it and all behind it are taken in order as tokens come."""
    talk = limited(version, "delay")
    said = talk.hear(*orders(order, (2, 3, 4)), "35=1|34=5|112=x", *orders(order, (6,)))
    assert said == ["deliver D 2", "deliver D 3"]
    assert talk.session.delay(talk.now) == SECOND // 2
    talk.now += SECOND // 2
    assert talk.hear() == ["deliver D 4", "35=0|34=2|112=x"]
    talk.now += SECOND // 2
    assert talk.hear() == ["deliver D 6"]
    assert talk.session.delay(talk.now) == 0


def test_who_waits_is_not_taken_for_dead(limited, version, order):
    """Its heartbeats lie behind what we do not take in."""
    talk = limited(version, "delay")
    talk.hear(*orders(order, (2, 3, 4)))
    assert {line.split("|")[0] for line in talk.wait(200)} == {"35=0"}


def test_what_waits_is_forgotten_with_its_connection(limited, version, order):
    """Its numbers are unused: the counterparty sends it again."""
    talk = limited(version, "delay")
    talk.hear(*orders(order, (2, 3, 4)))
    talk.disconnect()
    assert talk.session.delay(talk.now) == 0
    talk.log_on(number=4)
    assert talk.session.next_in == 5


@pytest.mark.parametrize("request_text", ["7=1|16=1", "7=1|16=0"])
def test_same_range_again_and_again_ends_the_connection(talk, request_text):
    """Five answers within a HeartBtInt(108), then Logout(5) that says why."""
    for number in range(2, 7):
        assert "disconnect" not in talk.hear(f"35=2|34={number}|{request_text}")
    outputs = talk.session.received(talk.message(f"35=2|34=7|{request_text}"), talk.now)
    text = "ResendRequest for 1 and on came 6 times without progress"
    assert Note("resend storm", {"begin": 1, "times": 6}) in outputs
    assert [each for each in outputs if isinstance(each, LoggedOut | Disconnect)] == [
        LoggedOut(text),
        Disconnect(text),
    ]
    assert f"\x0158={text}\x01".encode() in outputs[-3].data


def test_storm_behind_a_slow_answer_is_cut_too(talk):
    """An answer that begins when the one before is done counts like any other."""
    talk.holds_retrieve = True
    said = talk.hear("35=2|34=2|7=1|16=1")
    for number in range(3, 8):
        talk.hear(f"35=2|34={number}|7=1|16=1")
        said = talk.retrieved()
    assert said[-2:] == ["logged out", "disconnect"]


def test_storm_above_a_gap_asks_for_nothing_more(talk):
    """Nothing is written after the Logout(5)."""
    for number in range(3, 9):
        said = talk.hear(f"35=2|34={number}|7=1|16=1")
    assert said[-2:] == ["logged out", "disconnect"]


def test_requests_with_progress_are_no_storm(talk):
    """A counterparty may fetch a long range in small parts."""
    for _ in range(20):
        talk.send("8", REPORT)
    for number in range(2, 20):
        assert "disconnect" not in talk.hear(f"35=2|34={number}|7={number}|16={number}")


def test_requests_at_a_slow_pace_are_no_storm(talk):
    """Five answers a HeartBtInt(108) harm nobody."""
    for number in range(2, 20):
        assert "disconnect" not in talk.hear(f"35=2|34={number}|7=1|16=1")
        talk.now += 6 * SECOND


@pytest.fixture
def venue(start, version):
    """A venue's session with MaxOrderAgeSeconds=60, which has lost its connection.

    Two orders of ours, a replacement, a cancel request and a report were written before.
    """
    overload = OverloadSettings(max_order_age_seconds=60)
    talk = start(version, "initiator", overload=overload)
    talk.connect()
    talk.hear(f"35=A|34=1|98=0|108=30{talk.version_field}")
    for msg_type in "DDGF8":
        talk.send(msg_type, f"11={talk.session.next_out}")
    talk.disconnect()
    return talk


def connect_again(talk, after):
    """Connect after so many seconds."""
    talk.now += after * SECOND
    talk.connect()
    talk.hear(f"35=A|34={talk.session.next_in}|98=0|108=30{talk.version_field}")


def ask(talk, begin):
    """Ask for all from a number on; return what is written, and what expired."""
    request = talk.message(f"35=2|34={talk.session.next_in}|7={begin}|16=0")
    asked = talk.session.received(request, talk.now)[-1]
    stored = [(number, raw) for number, raw in talk.sent.items() if number >= begin]
    outputs = talk.session.retrieved(asked, stored, talk.now)
    expired = [each.msg_seq_num for each in outputs if isinstance(each, Expired)]
    return [line for each in outputs for line in talk._lines(each)], expired


def test_old_orders_are_not_sent_again(venue):
    """A gap fill stands for orders and replacements; all else is sent again as ever."""
    connect_again(venue, 61)
    again = [f"35=F|34=5|{AGAIN}|11=5", f"35=8|34=6|{AGAIN}|11=6"]
    written, expired = ask(venue, 2)
    fill = "122=20260105-12:01:01.000|36"
    assert written == [f"35=4|34=2|43=Y|{fill}=5|123=Y", *again, f"35=4|34=7|43=Y|{fill}=8|123=Y"]
    assert expired == [2, 3, 4]


def test_young_orders_are_sent_again(venue):
    """Up to MaxOrderAgeSeconds, and that included."""
    connect_again(venue, 60)
    written, expired = ask(venue, 2)
    assert [line.split("|")[0] for line in written] == [*("35=" + each for each in "DDGF8"), "35=4"]
    assert expired == []


def test_what_the_venue_has_got_does_not_expire(venue):
    """Its first request says from where on it has nothing; a later one may ask for more."""
    connect_again(venue, 61)
    assert ask(venue, 3)[1] == [3, 4]
    written, expired = ask(venue, 2)
    assert [line.split("|")[0] for line in written] == ["35=D", "35=4", "35=F", "35=8", "35=4"]
    assert expired == []


def test_what_was_written_on_this_connection_does_not_expire(venue):
    """It may wait on the other side above a gap, and be taken as soon as that is closed."""
    connect_again(venue, 0)
    venue.send("D", "11=late")
    venue.now += 61 * SECOND
    written, expired = ask(venue, 8)
    assert [line.split("|")[0] for line in written] == ["35=D"]
    assert expired == []


def test_what_was_sent_again_on_this_connection_does_not_expire(venue):
    """It is with the venue, unless the line says otherwise."""
    connect_again(venue, 60)
    ask(venue, 2)
    venue.now += 2 * SECOND
    assert ask(venue, 2)[1] == []


def test_what_has_expired_stays_so(venue):
    """The host may have sent the quantity elsewhere, whatever the clock says now; it hears once."""
    connect_again(venue, 61)
    ask(venue, 2)
    venue.disconnect()
    connect_again(venue, -30)
    written, expired = ask(venue, 2)
    assert [line.split("|")[0] for line in written] == ["35=4", "35=F", "35=8", "35=4"]
    assert expired == []
