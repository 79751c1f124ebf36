from itertools import pairwise

import simplefix
from hypothesis import given
from hypothesis import strategies as st

from oms_fix.fix.codec import Framer, encode, parse
from oms_fix.fix.message import SOH

DATA_TAGS = {95: 96}
# simplefix takes these for lengths of data whatever their value.
LENGTH_TAGS = {int(tag) for tag in simplefix.FixParser().raw_len_tags}

tags = st.integers(min_value=11, max_value=60_000).filter(
    lambda tag: tag not in LENGTH_TAGS and tag not in (35, 95, 96)
)
plain_values = st.binary(min_size=1, max_size=40).filter(lambda value: SOH not in value)
plain_fields = st.lists(st.tuples(tags, plain_values), max_size=20)
data = st.binary(max_size=300)
msg_types = st.sampled_from(["0", "A", "D", "8", "AE"])


def with_data(fields, content):
    return [*fields, (95, b"%d" % len(content)), (96, content)]


def chunks_of(stream, cuts):
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(places)]


@given(msg_types, plain_fields, plain_fields, data)
def test_what_is_encoded_is_framed_and_parsed_as_it_was(msg_type, header, body, content):
    """Any message comes back as it was written, any bytes in its data field included."""
    fields = with_data(header + body, content)

    raw = encode("FIX.4.4", msg_type, header, with_data(body, content))

    assert Framer().feed(raw) == [raw]
    message = parse(raw, DATA_TAGS)
    assert (message.msg_type, message.fields) == (msg_type, fields)


@given(msg_types, plain_fields)
def test_simplefix_writes_the_same_bytes(msg_type, fields):
    """An independent encoder gives the same bytes, BodyLength and CheckSum included."""
    other = simplefix.FixMessage()
    other.append_pair(8, "FIX.4.4")
    other.append_pair(35, msg_type)
    for tag, value in fields:
        other.append_pair(tag, value)

    assert encode("FIX.4.4", msg_type, [], fields) == other.encode()


@given(msg_types, plain_fields)
def test_simplefix_reads_the_same_fields(msg_type, fields):
    """An independent parser reads from our bytes the fields that were written."""
    parser = simplefix.FixParser()
    parser.append_buffer(encode("FIX.4.4", msg_type, fields, []))

    pairs = parser.get_message().pairs

    assert [(int(tag), value) for tag, value in pairs[3:-1]] == fields


@given(st.lists(plain_fields, max_size=5), data, st.lists(st.integers(min_value=0), max_size=20))
def test_framing_does_not_depend_on_how_the_stream_is_cut(bodies, content, cuts):
    """The same messages come out wherever the stream is cut."""
    messages = [encode("FIX.4.4", "D", [], with_data(body, content)) for body in bodies]
    framer = Framer()

    framed = [raw for chunk in chunks_of(b"".join(messages), cuts) for raw in framer.feed(chunk)]

    assert framed == messages
    assert framer.take_garbled() == []


@given(st.binary(max_size=200), st.lists(st.integers(min_value=0), max_size=10))
def test_garbage_is_survived(garbage, cuts):
    """After any garbage that starts no message, the next message is given."""
    while b"8=FIX" in garbage:
        garbage = garbage.replace(b"8=FIX", b"")
    good = encode("FIX.4.4", "0", [(34, b"2")], [])
    framer = Framer()

    framed = [raw for chunk in chunks_of(garbage + good, cuts) for raw in framer.feed(chunk)]

    assert framed == [good]


@given(plain_fields, st.data())
def test_one_changed_byte_never_gives_a_false_message(fields, draw):
    """A message with one byte changed is not taken for good; good messages go on after it."""
    raw = encode("FIX.4.4", "D", [], fields)
    place = draw.draw(st.integers(min_value=0, max_value=len(raw) - 1))
    byte = draw.draw(st.integers(min_value=0, max_value=255).filter(lambda b: b != raw[place]))
    changed = raw[:place] + bytes([byte]) + raw[place + 1 :]
    good = encode("FIX.4.4", "0", [(34, b"2")], [])
    framer = Framer()

    framed = framer.feed(changed)
    for _ in range(4096):
        framed += framer.feed(good)
        if framed:
            break

    assert set(framed) == {good}
