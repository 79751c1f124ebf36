"""Which layouts become familiar to a session, and which never do."""

import pytest

from oms_fix.fix.codec import encode
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.familiar import FamiliarLayouts
from oms_fix.fix.parser import Parser
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.validation import ValidationOptions, Validator

VERSION = "FIX.4.4"
SENT = b"20240102-10:11:12"
SENT_AT = 1_704_190_272_000_000_000
BODY = [(11, b"ID"), (55, b"A"), (54, b"1"), (60, SENT), (38, b"100"), (40, b"2"), (44, b"1.5")]
OPTIONAL = [(1, b"a"), (15, b"USD"), (18, b"G"), (21, b"1"), (58, b"t"), (59, b"0"), (111, b"1")]


class Reader:
    """Reads and judges messages as a session does."""

    def __init__(self):
        dictionary = load_dictionary(VERSION)
        settings = SessionSettings(
            name="TW",
            connection_type=ConnectionType.ACCEPTOR,
            begin_string=VERSION,
            sender_comp_id="ISLD",
            target_comp_id="TW",
            socket_accept_host="127.0.0.1",
        )
        self._validator = Validator(dictionary, ValidationOptions())
        self._parser = Parser(dictionary.data_tags, self._validator)
        self._familiar = FamiliarLayouts(settings, dictionary, self._validator)

    def takes(self, body, times=20, msg_type="D", sender=b"TW"):
        """Take good messages one by one; tell whether one more is familiar then."""
        raw = self._raw(body, msg_type, sender)
        for _ in range(times):
            if self._familiar.read(raw) is None:
                message = self._parser.parse(raw)
                assert self._validator.check(message) is None
                self._familiar.saw(message)
        return self.knows(body, msg_type, sender)

    def knows(self, body, msg_type="D", sender=b"TW"):
        """Tell whether a message is familiar."""
        return self._familiar.read(self._raw(body, msg_type, sender)) is not None

    def read(self, body):
        """Return a familiar message, its number and its time."""
        return self._familiar.read(self._raw(body, "D", b"TW"))

    @staticmethod
    def _raw(body, msg_type, sender):
        header = [(49, sender), (56, b"ISLD"), (34, b"7"), (52, SENT)]
        return encode(VERSION, msg_type, header, body)


@pytest.fixture
def reader():
    return Reader()


def test_a_layout_that_comes_often_is_familiar(reader):
    """After some good messages of a layout, those that are like them are read at once."""
    assert not reader.takes(BODY, times=3)
    assert reader.takes(BODY)

    message, number, sent_at = reader.read([*BODY[:1], (55, b"B=2"), *BODY[2:]])

    assert (message.msg_type, number, sent_at) == ("D", 7, SENT_AT)
    assert message.get(55) == b"B=2"
    assert message.get(1) is None
    assert message.tags == (49, 56, 34, 52, 11, 55, 54, 60, 38, 40, 44)
    assert message.fields[-1] == (44, b"1.5")


@pytest.mark.parametrize(
    "field",
    [(54, b"?"), (38, b"1.2.3"), (38, b""), (60, b"20240230-10:11:12"), (60, b"today"), (44, b".")],
)
def test_a_bad_value_is_not_familiar(reader, field):
    """What is not good beyond doubt goes the whole way, and is rejected there."""
    reader.takes(BODY)
    assert not reader.knows([field if field[0] == tag else (tag, value) for tag, value in BODY])


def test_long_numbers_before_a_bad_value_are_read_but_once(reader):
    """What does not match in the end is not tried again for each way to read its numbers."""
    numbers = [(tag, b"1" * 5_000) for tag in (38, 44, 99, 110, 111)]
    order = [*BODY[:4], *numbers, (40, b"2"), (59, b"0")]
    reader.takes(order)
    assert not reader.knows([*order[:-1], (59, b"?")])


@pytest.mark.parametrize("more", [(43, b"N"), (5001, b"x"), (58, b"t")])
def test_another_layout_is_not_familiar(reader, more):
    """A field more, or one twice, makes another layout."""
    reader.takes(BODY)
    assert not reader.knows([*BODY, more])
    assert not reader.knows([*BODY, BODY[-1]])


@pytest.mark.parametrize(
    "more",
    [
        [(43, b"N")],
        [(354, b"1"), (355, b"x")],
        [(453, b"1"), (448, b"P"), (447, b"D"), (452, b"3")],
    ],
)
def test_what_needs_a_closer_look_never_becomes_familiar(reader, more):
    """Possible duplicates, data fields and groups are read field by field each time."""
    order = [*BODY, *more] if more[0][0] != 43 else [*more, *BODY]
    assert not reader.takes(order)


def test_a_stranger_never_becomes_familiar(reader):
    """The layout holds for the counterparty of the session alone."""
    assert not reader.takes(BODY, sender=b"XX")
    assert reader.takes(BODY)
    assert not reader.knows(BODY, sender=b"XX")


def test_few_layouts_become_familiar(reader):
    """A peer that shuffles its fields has the session remember at most four with as many fields."""
    known = 0
    for shift in range(len(BODY)):
        known += reader.takes(BODY[shift:] + BODY[:shift])
    assert known == 4


def test_no_more_than_thirty_two_become_familiar(reader):
    """However many kinds of messages a peer sends, the memory for them is bounded."""
    bodies = [
        [*BODY[:at], *OPTIONAL[:more], *BODY[at:]]
        for more in range(1, len(OPTIONAL) + 1)
        for at in range(1, 8)
    ]
    bodies += [[*body, (77, b"O"), (376, b"c")] for body in bodies]
    known = sum([reader.takes(body) for body in bodies])
    assert known == 32
