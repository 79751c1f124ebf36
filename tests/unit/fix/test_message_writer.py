"""Header and trailer of outgoing messages."""

from oms_fix.fix import ConnectionType, Message, SessionSettings
from oms_fix.fix.session_messages import MessageWriter


def test_a_header_group_stays_in_the_header():
    """NoHops(627) with its members goes before the body, wherever it stood."""
    settings = SessionSettings(
        name="A",
        connection_type=ConnectionType.ACCEPTOR,
        begin_string="FIX.4.4",
        sender_comp_id="OMSFIX",
        target_comp_id="A",
    )
    writer = MessageWriter(settings, settings.load_dictionary())
    hops = [(627, b"1"), (628, b"HUB"), (630, b"7")]

    raw = writer.write(Message("8", [(37, b"1"), *hops]), 2, 0)

    start = b"35=8|49=OMSFIX|56=A|34=2|52=19700101-00:00:00.000|627=1|628=HUB|630=7|37=1|"
    assert start in raw.replace(b"\x01", b"|")
