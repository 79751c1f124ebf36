import pytest

from oms_fix.fix.codec import Framer, checksum, encode, parse, parse_fields
from oms_fix.fix.errors import EncodeError, ParseError
from oms_fix.fix.message import Message

HEARTBEAT = b"8=FIX.4.2|9=47|35=0|34=2|49=A|56=B|52=20240102-10:11:12|112=T|10=162|".replace(
    b"|", b"\x01"
)
DATA_TAGS = {95: 96, 93: 89}


def fix(text):
    return text.encode("latin-1").replace(b"|", b"\x01")


def framed(body, begin_string="FIX.4.4"):
    """Frame a body with its right BodyLength and CheckSum."""
    content = fix(body)
    message = b"8=%b\x019=%d\x01%b" % (begin_string.encode(), len(content), content)
    return message + b"10=%03d\x01" % (sum(message) % 256)


GOOD = framed("35=0|34=2|49=A|56=B|")


def test_encode_writes_8_9_35_header_body_and_10():
    """A message is 8, 9, 35, header, body, 10, with the right length and checksum."""
    header = [(34, b"2"), (49, b"A"), (56, b"B"), (52, b"20240102-10:11:12")]

    assert encode("FIX.4.2", "0", header, [(112, b"T")]) == HEARTBEAT


def test_encode_refuses_soh_in_a_plain_value():
    """A value with SOH would be read as other fields than meant: it is never written."""
    with pytest.raises(EncodeError, match="tag 58"):
        encode("FIX.4.4", "D", [], [(11, b"ID"), (58, b"x\x0154=2")])


def test_encode_writes_soh_in_a_data_field():
    """A data field whose length stands before it may hold any byte."""
    raw = encode("FIX.4.4", "A", [(34, b"1")], [(95, b"3"), (96, b"a\x01b")])

    assert parse(raw, DATA_TAGS).fields == [(34, b"1"), (95, b"3"), (96, b"a\x01b")]


def test_checksum_of_long_data_is_the_sum_of_all_bytes():
    """CheckSum(10) is the sum of all bytes modulo 256, however many there are."""
    data = b"\xff" * 70_001

    assert checksum(data) == sum(data) % 256


def test_parse_gives_the_fields_between_35_and_10_in_wire_order():
    """A parsed message has its MsgType, its fields without 8, 9, 35 and 10, and its raw bytes."""
    message = parse(HEARTBEAT, {})

    assert message == Message(
        "0",
        [(34, b"2"), (49, b"A"), (56, b"B"), (52, b"20240102-10:11:12"), (112, b"T")],
    )
    assert message.raw == HEARTBEAT


def test_parse_keeps_repeated_and_empty_fields():
    """What is wrong with fields is for the validator to say: parsing loses none of them."""
    message = parse(framed("35=D|40=1|40=|-1=HI|0=x|50001=y|"), {})

    assert message.fields == [(40, b"1"), (40, b""), (-1, b"HI"), (0, b"x"), (50001, b"y")]


@pytest.mark.parametrize(
    "field", ["garbled", "x=1", "=1", "1_0=1", "+1=1", " 1=1", "1" * 10 + "=1"]
)
def test_parse_refuses_what_is_no_field(field):
    """A field without a numeric tag makes the message garbled."""
    with pytest.raises(ParseError):
        parse(framed(f"35=D|34=2|{field}|11=ID|"), {})


@pytest.mark.parametrize("length", ["2", "4", "99", "9" * 12])
def test_parse_refuses_a_data_field_of_another_length_than_announced(length):
    """A data field that is not as long as its length field says makes the message garbled."""
    with pytest.raises(ParseError):
        parse(framed(f"35=A|95={length}|96=abc|98=0|"), DATA_TAGS)


def test_parse_leaves_a_length_without_data_to_the_validator():
    """A length field with another field, or no number, behind it is parsed as plain fields."""
    message = parse(framed("35=A|95=x|96=abc|95=3|98=0|"), DATA_TAGS)

    assert message.fields == [(95, b"x"), (96, b"abc"), (95, b"3"), (98, b"0")]


def test_parse_fields_reads_a_message_without_right_framing():
    """For display all fields are read, 8, 9, 35 and 10 too, whatever their values."""
    assert parse_fields(fix("8=FIX.4.4|9=0|35=0"), {}) == [(8, b"FIX.4.4"), (9, b"0"), (35, b"0")]


def test_framer_gives_messages_however_the_bytes_arrive():
    """Bytes one at a time give the same messages as all at once."""
    framer = Framer()
    stream = GOOD + HEARTBEAT

    messages = [message for byte in stream for message in framer.feed(bytes([byte]))]

    assert messages == [GOOD, HEARTBEAT]
    assert Framer().feed(stream) == [GOOD, HEARTBEAT]
    assert framer.take_garbled() == []


def test_framer_goes_by_length_through_data_that_looks_like_a_message():
    """A whole message inside a data field is data."""
    inner = GOOD.decode()
    outer = framed(f"35=A|34=1|95={len(inner)}|96={inner}|98=0|")

    assert Framer().feed(outer + GOOD) == [outer, GOOD]


@pytest.mark.parametrize(
    ("garbled", "note"),
    [
        (b"hello\r\n", "7 bytes outside any message"),
        (GOOD.replace(b"34=2", b"34=3"), "CheckSum(10) is wrong"),
        (GOOD[:-4] + b"256\x01", "CheckSum(10) is wrong"),
        (GOOD.replace(b"9=20", b"9=12"), "BodyLength(9) does not lead to CheckSum(10)"),
        (GOOD.replace(b"9=20", b"9=27"), "BodyLength(9) does not lead to CheckSum(10)"),
        (GOOD.replace(b"9=20", b"9=-20"), "BodyLength(9) is not the second field, or no number"),
        (GOOD.replace(b"9=20", b"9=x"), "BodyLength(9) is not the second field, or no number"),
        (GOOD.replace(b"9=20", b"9="), "BodyLength(9) is not the second field, or no number"),
        (GOOD.replace(b"9=20", b"9=2"), "BodyLength(9) is 2; at most 262144"),
        (GOOD.replace(b"9=20", b"9=262145"), "BodyLength(9) is 262145; at most 262144"),
        (GOOD.replace(b"9=20", b"9=" + b"9" * 40), "BodyLength(9) too long"),
        (GOOD.replace(b"FIX.4.4", b"FIX" + b"4" * 40), "BeginString(8) too long"),
        (framed("34=2|35=0|49=A|"), "MsgType(35) is not the third field"),
        (
            fix("8=FIX.4.4|35=0|9=5|34=2|10=000|"),
            "BodyLength(9) is not the second field, or no number",
        ),
    ],
)
def test_framer_skips_what_is_garbled_and_goes_on_with_the_next_message(garbled, note):
    """A garbled message is skipped and described; the good one after it is given."""
    framer = Framer()

    messages = framer.feed(garbled + GOOD)

    assert messages == [GOOD]
    assert framer.take_garbled()[0] == note
    assert framer.garbled == []


def test_framer_ignores_the_message_that_a_too_long_one_runs_into():
    """A BodyLength that reaches into the next message makes both garbled; then it goes on."""
    framer = Framer()
    too_long = GOOD.replace(b"9=20", b"9=35")

    assert framer.feed(too_long) == []
    assert framer.feed(GOOD + HEARTBEAT) == [HEARTBEAT]


def test_framer_keeps_the_first_bytes_of_a_message_after_garbage():
    """A message whose first bytes come in right behind garbage is not lost."""
    framer = Framer()

    assert framer.feed(b"garbage8=F") == []
    assert framer.feed(GOOD[3:]) == [GOOD]
    assert framer.take_garbled() == ["7 bytes outside any message"]


def test_framer_keeps_no_garbage():
    """Bytes that start no message are not kept, and only so many of them are described."""
    framer = Framer(message_size_max=1000)

    for _ in range(1000):
        assert framer.feed(b"x" * 500 + b"8=FIX.4.4\x01y") == []

    assert len(framer.take_garbled()) == 32
    assert framer.feed(GOOD) == [GOOD]


def test_only_a_length_that_readers_know_announces_soh():
    """A field that happens to hold the size of the next one is no length field."""
    body = [(38, b"3"), (58, b"a\x01b")]
    assert encode("FIX.4.4", "D", [], body).count(b"\x01") == 7
    with pytest.raises(EncodeError, match="tag 58"):
        encode("FIX.4.4", "D", [], body, {95: 96})
    assert encode("FIX.4.4", "D", [], [(95, b"3"), (96, b"a\x01b")], {95: 96})
