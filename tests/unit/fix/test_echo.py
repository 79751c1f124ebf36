"""The echo application, over its sessions."""

import pytest

from oms_fix.fix import ConnectionType, MemoryStore, Message, SessionSettings
from oms_fix.fix.echo import Echo

ORDER = [(11, b"a"), (55, b"IBM")]


class Wire:
    """What leaves the one session of an echo, by way of its store."""

    def __init__(self, begin_string, **more):
        settings = SessionSettings(
            name="A",
            connection_type=ConnectionType.ACCEPTOR,
            begin_string=begin_string,
            sender_comp_id="ISLD",
            target_comp_id="A",
            **more,
        )
        self.store = MemoryStore()
        self.echo = Echo([settings], self.store)
        self.echo.logged_on("A")

    def say(self, msg_type, fields):
        """Let the echo hear a message; return what it has stored to be sent because of it."""
        before = self.store.numbers("A").next_out
        self.echo.received("A", Message(msg_type, fields))
        return [
            raw.replace(b"\x01", b"|").partition(b"|35=")[2].decode()
            for _, raw in self.store.sent("A", before, before + 9)
        ]


def body(said):
    """Return the one message said without its header and CheckSum(10)."""
    (line,) = said
    fields = line.split("|")
    frame = ("49=", "56=", "34=", "52=", "10=")
    return [fields[0], *(field for field in fields[1:-1] if not field.startswith(frame))]


@pytest.mark.parametrize("msg_type", ["D", "d"])
def test_orders_and_definitions_come_back(msg_type):
    """Without the header of their sender."""
    header = [(34, b"7"), (49, b"A"), (50, b"desk"), (56, b"ISLD")]
    assert body(Wire("FIX.4.4").say(msg_type, header + ORDER)) == [msg_type, "11=a", "55=IBM"]


def test_possible_resend_of_an_order_that_has_come_is_dropped():
    """PossResend(97)=Y: a new message with an order that may have been sent before."""
    wire = Wire("FIX.4.4")
    wire.say("D", ORDER)
    assert wire.say("D", [(97, b"Y"), *ORDER]) == []
    assert body(wire.say("D", ORDER)) == ["D", "11=a", "55=IBM"]


def test_possible_resend_of_an_order_that_has_not_come_is_taken():
    """It keeps its flag."""
    assert body(Wire("FIX.4.4").say("D", [(97, b"Y"), *ORDER])) == ["D", "97=Y", "11=a", "55=IBM"]


def test_orders_of_an_earlier_connection_are_forgotten():
    """The memory is that of one logon."""
    wire = Wire("FIX.4.4")
    wire.say("D", ORDER)
    wire.echo.logged_out("A", "over")
    wire.echo.logged_on("A")
    assert len(wire.say("D", [(97, b"Y"), *ORDER])) == 1


@pytest.mark.parametrize(
    ("begin_string", "more", "said"),
    [
        ("FIX.4.1", {}, ["3", "128=DESK", "45=7", "58=Unsupported Message Type"]),
        (
            "FIX.4.2",
            {},
            ["j", "128=DESK", "45=7", "372=8", "380=3", "58=Unsupported Message Type"],
        ),
        (
            "FIXT.1.1",
            {"default_appl_ver_id": "FIX.5.0"},
            ["j", "128=DESK", "45=7", "372=8", "380=3", "58=Unsupported Message Type", "1137=7"],
        ),
    ],
)
def test_anything_else_is_rejected_as_unsupported(begin_string, more, said):
    """By BusinessMessageReject(j), which came with FIX 4.2, and back the way it came."""
    wire = Wire(begin_string, **more)
    assert body(wire.say("8", [(34, b"7"), (115, b"DESK"), (37, b"1")])) == said


def test_a_reject_is_not_answered():
    """Two applications could go on for ever."""
    assert Wire("FIX.4.4").say("3", [(45, b"1")]) == []
