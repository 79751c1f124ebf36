"""However a session puts an outgoing message together, its bytes are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_fix.fix import ConnectionType, Message, SessionSettings
from oms_fix.fix.codec import encode
from oms_fix.fix.errors import EncodeError
from oms_fix.fix.pretty import mask_secrets
from oms_fix.fix.session_messages import MessageWriter

SETTINGS = SessionSettings(
    name="A",
    connection_type=ConnectionType.ACCEPTOR,
    begin_string="FIX.4.4",
    sender_comp_id="OMS%dFIX",
    target_comp_id="A%%",
)
DICTIONARY = SETTINGS.load_dictionary()
WRITER = MessageWriter(SETTINGS, DICTIONARY)
OWN = {8, 9, 10, 35, 34, 43, 49, 52, 56, 122}

usual_tags = st.sampled_from([11, 17, 37, 54, 55, 95, 96, 554, 9_999, 10_000, 60_000, -1])
header_tags = st.sampled_from([*sorted(OWN), 97, 115, 128, 627, 628])
values = st.sampled_from([b"", b"1", b"3", b"%d", b"a=b", b"a\x01b", b"\xff\x00", b"10=000"])
bodies = st.lists(st.tuples(usual_tags, values), max_size=12)
others = st.lists(st.tuples(header_tags | usual_tags, values), max_size=12)


@given(st.sampled_from(["0", "D", "AE"]), st.integers(1, 10**12), bodies | others)
def test_header_fields_go_first_and_own_fields_are_replaced(msg_type, number, fields):
    """The bytes are those of ``encode`` with the fields sorted; what it refuses is refused.

    What is to be stored has no secret.
    """
    header = [(49, b"OMS%dFIX"), (56, b"A%%"), (34, b"%d" % number)]
    header.append((52, b"19700101-00:00:01.234"))
    header += [field for field in fields if field[0] in DICTIONARY.header.all_fields - OWN]
    body = [field for field in fields if field[0] not in DICTIONARY.header.all_fields | OWN]
    message = Message(msg_type, fields)
    try:
        expected = encode("FIX.4.4", msg_type, header, body, DICTIONARY.data_tags)
    except EncodeError as error:
        with pytest.raises(EncodeError, match=str(error)):
            WRITER.write(message, number, 1_234_567_890)
    else:
        written = (expected, mask_secrets(expected))
        assert WRITER.write(message, number, 1_234_567_890) == written
