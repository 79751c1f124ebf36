"""Header and trailer of outgoing messages."""

import sys
from itertools import permutations

import pytest

from oms_fix.fix import ConnectionType, Message, SessionSettings
from oms_fix.fix.codec import parse
from oms_fix.fix.session_messages import MessageWriter


@pytest.fixture
def writer():
    """Return a writer of FIX 4.4."""
    settings = SessionSettings(
        name="A",
        connection_type=ConnectionType.ACCEPTOR,
        begin_string="FIX.4.4",
        sender_comp_id="OMSFIX",
        target_comp_id="A",
    )
    return MessageWriter(settings, settings.load_dictionary())


def test_the_memory_for_layouts_is_bounded(writer):
    """An echo writes what a peer shuffles or makes long: at most 256 layouts of 100 tags stay."""
    shuffled = [[(tag, b"1") for tag in tags] for tags in permutations((11, 55, 54, 38, 40, 44))]
    long = [[(58, b"1")] * count for count in range(101, 1_101)]
    before = sys.getallocatedblocks()

    for fields in shuffled + long:
        writer.write(Message("D", fields), 2, 0)

    assert len(shuffled) + len(long) > 1_700
    assert sys.getallocatedblocks() - before < 1_300  # of a layout: two tuples, bytes, big tags


def test_a_header_group_stays_in_the_header(writer):
    """NoHops(627) with its members goes before the body, wherever it stood."""
    hops = [(627, b"1"), (628, b"HUB"), (630, b"7")]

    raw, _ = writer.write(Message("8", [(37, b"1"), *hops]), 2, 0)

    start = b"35=8|49=OMSFIX|56=A|34=2|52=19700101-00:00:00.000|627=1|628=HUB|630=7|37=1|"
    assert start in raw.replace(b"\x01", b"|")


def test_a_message_sent_again_is_not_dated_later_than_its_resend(writer):
    """After the clock was set back it is SendingTime(52) that stands in OrigSendingTime(122)."""
    hour = 3_600 * 1_000_000_000
    raw, _ = writer.write(Message("8", [(37, b"1")]), 2, hour)

    forth = parse(writer.write_again(raw, 2, 2 * hour), {})
    back = parse(writer.write_again(raw, 2, 0), {})

    assert (forth.get(122), forth.get(52)) == (b"19700101-01:00:00.000", b"19700101-02:00:00.000")
    assert (back.get(122), back.get(52)) == (b"19700101-00:00:00.000",) * 2
