"""Messages above a gap wait for it to be closed (FIX 4.4 Volume 2, "Message recovery")."""

import pytest

from oms_fix.fix import kept_messages

EARLIER = "43=Y|122=20260105-11:59:00.000"


def test_they_are_taken_in_order_when_the_gap_is_closed(talk, order):
    """What was missing comes first, then what has been kept, each once."""
    assert talk.hear(f"35=D|34=3|{order}", "35=1|34=4|112=x") == ["35=2|34=2|7=2|16=0"]
    assert talk.hear(f"35=D|34=2|{EARLIER}|{order}") == [
        "deliver D 2",
        "deliver D 3",
        "35=0|34=3|112=x",
    ]
    assert talk.taken == [(1, "A"), (2, "D"), (3, "D"), (4, "1")]


def test_they_are_not_taken_twice(talk, order):
    """The answer brings them again, as possible duplicates."""
    talk.hear(f"35=D|34=3|{order}")
    resent = [f"35=D|34={number}|{EARLIER}|{order}" for number in (2, 3)]
    assert talk.hear(*resent) == ["deliver D 2", "deliver D 3"]
    assert talk.session.next_in == 4


def test_a_gap_fill_that_begins_at_one_of_them_closes_the_rest(talk, order):
    """3 was kept and taken; the gap fill for 3 to 5 stands for 4 and 5 too."""
    talk.hear("35=0|34=3", "35=0|34=5")
    assert talk.hear(
        f"35=D|34=2|{EARLIER}|{order}", f"35=4|34=3|{EARLIER}|36=6|123=Y", "35=1|34=6|112=x"
    ) == ["deliver D 2", "35=0|34=3|112=x"]


def test_a_gap_fill_below_that_is_no_possible_duplicate_is_fatal(talk, order):
    """Test case 10d: MsgSeqNum(34) is too low, and nothing says that it was sent before."""
    talk.hear("35=0|34=3", "35=0|34=5")
    assert talk.hear(f"35=D|34=2|{EARLIER}|{order}", "35=4|34=3|36=6|123=Y") == [
        "deliver D 2",
        "35=5|34=3|58=MsgSeqNum too low, expecting 4 but received 3",
        "logged out",
        "disconnect",
    ]


def test_a_resend_request_among_them_acts_once(talk):
    """It was answered when it came; what is left is its number."""
    assert talk.hear("35=2|34=3|7=1|16=1") == [
        "35=4|34=1|43=Y|122=20260105-12:00:00.000|36=2|123=Y",
        "35=2|34=2|7=2|16=0",
    ]
    assert talk.hear("35=0|34=2", "35=1|34=4|112=x") == ["35=0|34=3|112=x"]


def test_a_logon_above_the_gap_is_one_of_them(start, version):
    """Its number is used up when the gap before it is closed."""
    talk = start(version, numbers=(3, 1))
    talk.log_on(number=4)
    assert talk.hear("35=0|34=3", "35=1|34=5|112=x") == ["35=0|34=3|112=x"]


def test_one_that_is_invalid_is_rejected_in_its_turn(talk):
    """Not when it came: its number was not due."""
    assert talk.hear("35=0|34=3|98=0") == ["35=2|34=2|7=2|16=0"]
    assert talk.hear("35=0|34=2") == [
        "35=3|34=3|45=3|371=98|372=0|373=2|58=Tag not defined for this message type"
    ]


def test_a_lost_connection_loses_them(talk, order):
    """They come again with the resend of the next connection."""
    talk.hear(f"35=D|34=3|{order}")
    talk.disconnect()
    talk.log_on(number=2)
    assert talk.hear(f"35=D|34=3|{order}") == ["deliver D 3"]


@pytest.mark.parametrize("bound", ["COUNT_MAX", "SIZE_MAX_BYTES"])
def test_only_so_many_are_kept(talk, order, monkeypatch, bound):
    """What is beyond the bound is not kept: the answer brings it."""
    monkeypatch.setattr(kept_messages, bound, 1 if bound == "COUNT_MAX" else 150)
    talk.hear(f"35=D|34=3|{order}", f"35=D|34=4|{order}")
    assert talk.hear("35=0|34=2") == ["deliver D 3"]
    assert talk.hear(f"35=D|34=4|{EARLIER}|{order}") == ["deliver D 4"]
