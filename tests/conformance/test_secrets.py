"""Username(553) and Password(554) of a Logon(A), and messages that hold secrets."""

import pytest

from oms_fix.fix.codec import framed
from oms_fix.fix.security import Secret, SecuritySettings

CREDENTIALS = SecuritySettings(username="us", password=Secret(b"hunter2"))


def test_initiator_sends_username_and_password(start, version):
    """With every Logon, in every version: venues of FIX 4.2 take them as custom fields."""
    talk = start(version, "initiator", security=CREDENTIALS)
    assert talk.connect() == [f"35=A|34=1|98=0|108=30|553=us|554=hunter2{talk.version_field}"]


def test_acceptor_never_answers_with_them(start, version):
    """Its Username names the user who logs on."""
    talk = start(version, security=SecuritySettings(username="A"))
    assert talk.log_on()[0] == f"35=A|34=1|98=0|108=30{talk.version_field}"


@pytest.mark.parametrize("version", ["FIX.4.4"])
def test_no_secret_is_to_be_stored(start, version):
    """Neither those of Logons, sent or taken, nor those of requests; a backup is no secret."""
    talk = start(version, "initiator", security=CREDENTIALS)
    talk.connect()
    talk.hear("35=A|34=1|98=0|108=30|554=hunter3")
    talk.send("BE", "923=1|924=1|553=us|554=hunter2|925=hunter4")
    talk.hear("35=BE|34=2|923=1|924=1|553=us|554=hunter3")
    assert sorted(talk.sent) == [1, 2]
    assert talk.taken == [(1, "A"), (2, "BE")]
    assert not any(b"hunter" in data for data in [*talk.sent.values(), *talk.taken_raw])


@pytest.mark.parametrize("version", ["FIX.4.4"])
def test_no_zeros_before_a_tag_bring_a_secret_into_the_store(talk):
    """Read as the tag that it is, the field is masked as that tag, too."""
    plain = talk.message("35=BE|34=2|923=1|924=1|553=us|554=hunter3")
    content = plain[plain.index(b"35=") : -len("10=000|")].replace(b"\x01554=", b"\x0100554=")
    assert talk.hear_bytes(framed(b"FIX.4.4", content)) == ["deliver BE 2"]
    assert b"\x01554=***\x01" in talk.taken_raw[-1]
    assert b"hunter" not in talk.taken_raw[-1]


@pytest.mark.parametrize("version", ["FIX.4.4"])
def test_message_that_was_stored_without_its_secret_is_gap_filled(talk):
    """A password of stars would be refused; the messages around it go again."""
    talk.send("B", "148=first|33=1|58=a")
    talk.send("BE", "923=1|924=1|553=us|554=hunter2")
    talk.send("B", "148=second|33=1|58=b")
    said = talk.hear("35=2|34=2|7=2|16=0")
    assert [line.split("|")[:2] for line in said] == [
        ["35=B", "34=2"],
        ["35=4", "34=3"],
        ["35=B", "34=4"],
    ]
    assert said[1].endswith("|36=4|123=Y")


def test_message_size_is_a_setting(start):
    """MaxMessageSize: what is longer counts as garbled and leaves a gap."""
    talk = start("FIX.4.4", max_message_size=4096)
    talk.log_on()
    assert talk.hear("35=B|34=2|148=x|33=1|58=" + "x" * 5000) == []
    assert talk.hear("35=0|34=3") == ["35=2|34=2|7=2|16=0"]
