"""spec/rules_of_engagement.md is what the gateway does."""

from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec import field

from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.message import Message
from oms_fix.gateway.translator import DecodeError, translator

PAGE = Path(__file__).resolve().parents[3] / "spec" / "rules_of_engagement.md"

# Enough of each message that the decoders read every field they know.
RECEIVED = {
    "D": {11: b"C", 55: b"S", 54: b"1", 38: b"1", 40: b"1"},
    "F": {11: b"C", 41: b"C0", 55: b"S"},
    "G": {11: b"C", 41: b"C0", 55: b"S", 54: b"1", 38: b"1", 40: b"1"},
    "H": {11: b"C", 55: b"S", 54: b"1"},
    "Q": {37: b"O", 17: b"E", 127: b"D"},
    "q": {11: b"M", 530: b"7"},
    "AF": {584: b"Q", 585: b"7"},
    "BN": {37: b"O", 17: b"E", 127: b"D", 1036: b"2"},
    "CA": {11: b"M", 1373: b"3", 1374: b"7"},
    "8": {17: b"E", 150: b"0", 39: b"0"},
    "9": {11: b"C"},
    "3": {45: b"1"},
    "j": {45: b"1", 372: b"D"},
}


class Reading(Message):
    """A message that notes which fields are asked for."""

    asked: set[int] = field(default_factory=set)

    def get(self, tag):
        """Note the tag, then answer as any message does."""
        self.asked.add(tag)
        return super().get(tag)


def tables():
    """(direction, MsgType) to rows of tag, name, required."""
    found, section = defaultdict(list), ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("#"):
            level, _, title = line.partition(" ")
            section = title if level == "##" else section
            message = title.partition(" ")[0] if level == "###" else None
        elif line.startswith("|") and message and line[2:3].isdigit():
            tag, name, required, _ = (cell.strip() for cell in line.strip("|").split("|"))
            found[section, message].append((int(tag), name, required))
    return found


TABLES = tables()


@pytest.mark.parametrize("direction", ["To clients", "To venues"])
def test_every_tag_that_is_sent_is_listed(direction, to_clients, to_venues):
    """A counterparty finds each field of each message in the table, in the order of the body."""
    for message in to_clients if direction == "To clients" else to_venues:
        listed = [tag for tag, _, _ in TABLES[direction, message.msg_type]]
        sent = [tag for tag, _ in message.fields]
        assert sorted(sent, key=listed.index) == sent, message


@pytest.mark.parametrize("direction", ["To clients", "To venues"])
def test_every_required_tag_is_always_sent(direction, to_clients, to_venues):
    """A counterparty can rely on the fields that the table says are always there."""
    for message in to_clients if direction == "To clients" else to_venues:
        rows = TABLES[direction, message.msg_type]
        always = {tag for tag, _, required in rows if required == "Y"}
        assert always <= {tag for tag, _ in message.fields}, message


def test_every_tag_of_a_status_that_is_read_is_listed(version):
    """It is read in its own way."""
    message = Reading("8", [(17, b"E"), (20, b"3"), (150, b"I"), (39, b"0")])
    translator(version).decode_from_venue("PEER", message)
    assert message.asked <= {tag for tag, _, _ in TABLES["From venues", "8"]}


@pytest.mark.parametrize(
    ("direction", "msg_types"),
    [
        ("From clients", ["D", "F", "G", "H", "Q", "q", "AF", "BN", "CA"]),
        ("From venues", "893j"),
    ],
)
def test_every_tag_that_is_read_is_listed(version, direction, msg_types):
    """A counterparty knows which of its fields count."""
    for msg_type in msg_types:
        message = Reading(msg_type, list(RECEIVED[msg_type].items()))
        decoder = translator(version)
        decode = decoder.decode_from_client
        if direction == "From venues":
            decode = decoder.decode_from_venue
        with suppress(DecodeError):
            decode("PEER", message)
        assert message.asked <= {tag for tag, _, _ in TABLES[direction, msg_type]}, msg_type


def test_names_are_those_of_the_specification():
    """Each tag of each table has the name that FIX 4.4, or else 4.2, gives it."""
    names = {tag: spec.name for tag, spec in load_dictionary("FIX.4.2").fields_by_tag.items()}
    later = load_dictionary("FIXT.1.1", "9").fields_by_tag
    names |= {tag: spec.name for tag, spec in later.items() if tag not in names}
    names |= {tag: spec.name for tag, spec in load_dictionary("FIX.4.4").fields_by_tag.items()}
    listed = {(tag, name) for rows in TABLES.values() for tag, name, _ in rows}
    assert {(tag, names[tag]) for tag, _ in listed} == listed


def test_every_message_has_a_table():
    """All that the gateway sends and takes is described."""
    assert set(TABLES) == {
        *(
            ("From clients", msg_type)
            for msg_type in ("D", "F", "G", "H", "Q", "q", "AF", "BN", "CA")
        ),
        *(("To clients", msg_type) for msg_type in ("8", "9", "j", "r", "BZ")),
        *(("To venues", msg_type) for msg_type in ("D", "F", "G", "H", "AF", "Q", "j")),
        *(("From venues", msg_type) for msg_type in "89j3"),
    }
