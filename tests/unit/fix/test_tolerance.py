"""What the options let pass: unknown tags and values, counted and told once."""

import pytest

from oms_fix.fix import Message, load_settings
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.validation import Oddity, ValidationOptions, Validator

TOLERANT = ValidationOptions(
    allow_unknown_msg_fields=True, check_enumerations=False, validate_user_defined_fields=False
)
HEADER = [(49, b"PEER"), (56, b"OMSFIX"), (34, b"2"), (52, b"20260105-12:00:00.000")]
BODY = [
    (37, b"V1"),
    (17, b"E1"),
    (150, b"F"),
    (39, b"2"),
    (55, b"IBM"),
    (54, b"1"),
    (32, b"5"),
    (31, b"10"),
    (151, b"0"),
    (14, b"5"),
    (6, b"10"),
]
TRAILER = [(10, b"000")]


@pytest.fixture
def tolerant():
    return Validator(load_dictionary("FIX.4.4"), TOLERANT)


def report(*more, **changed):
    """Return an ExecutionReport(8) with more fields, or with other values: ``t39=b"Z"``."""
    values = {int(tag[1:]): value for tag, value in changed.items()}
    body = [(tag, values.get(tag, value)) for tag, value in BODY]
    return Message("8", [*HEADER, *body, *more])


@pytest.mark.parametrize(
    ("message", "tag"),
    [
        (report((6001, b"x")), 6001),
        (report((4999, b"x")), 4999),
        (report((6001, b"")), 6001),
        (report((98, b"not a number")), 98),  # of another message
        (report((6001, b"2"), (6002, b"a"), (6003, b"b"), (6002, b"c"), (6003, b"d")), 6002),
        (Message("8", [*HEADER[:2], (6001, b"x"), *HEADER[2:], *BODY]), 6001),
        (Message("8", [*HEADER, *BODY, (93, b"1"), (89, b"s"), (6001, b"x")]), 6001),
        (report((453, b"1"), (448, b"p"), (6001, b"x"), (447, b"D"), (452, b"1")), 6001),
    ],
    ids=["custom", "low", "empty", "foreign", "group", "header", "trailer", "in a group"],
)
def test_an_unknown_tag_passes_wherever_it_stands(tolerant, message, tag):
    """It is no fault in header, body, trailer or group, empty or repeated."""
    assert tolerant.check(message) is None
    assert tolerant.tolerated["8", tag] == 1


@pytest.mark.parametrize(("tag", "value"), [(39, b"Z"), (39, b"PARKED"), (150, b"!"), (54, b"77")])
def test_an_unknown_value_of_an_enumeration_passes(tolerant, tag, value):
    """Even one of another form than the values of the list."""
    assert tolerant.check(report(**{f"t{tag}": value})) is None
    assert tolerant.tolerated == {("8", tag): 1}


def test_each_is_told_once_and_counted(tolerant):
    """The first message with an unknown tag or value is news, the next ones only count."""
    for _ in range(3):
        tolerant.check(report((6001, b"x"), t39=b"Z"))
    assert tolerant.oddities == [Oddity("8", 39, b"Z"), Oddity("8", 6001, None)]
    assert tolerant.tolerated == {("8", 39): 3, ("8", 6001): 3}


def test_what_is_known_is_not_tolerated(tolerant):
    """A known number that is none, a missing or a repeated field stay faults."""
    faults = [
        tolerant.check(report(t14=b"five")),
        tolerant.check(Message("8", [*HEADER, *BODY[1:]])),
        tolerant.check(report((14, b"5"))),
        tolerant.check(report(t39=b"")),
    ]
    assert [(fault.reason, fault.ref_tag) for fault in faults] == [
        (6, 14),
        (1, 37),
        (13, 14),
        (4, 39),
    ]


def test_good_messages_count_nothing(tolerant):
    """Without anything unknown there is nothing to tell."""
    assert tolerant.check(report()) is None
    assert (tolerant.tolerated, tolerant.oddities) == ({}, [])


def test_ever_new_unknown_tags_do_not_fill_the_memory(tolerant):
    """They pass all the same; beyond 10,000 they are neither told nor counted."""
    for tag in range(20_000, 40_000, 100):
        fields = [(each, b"x") for each in range(tag, tag + 100)]
        assert tolerant.check(report(*fields)) is None
    assert len(tolerant.tolerated) == len(tolerant.oddities) == 10_000


def test_the_defaults_of_a_file_give_way_to_its_keys(tmp_path):
    """What the reader of a file takes as default holds where the file says nothing."""
    path = tmp_path / "venues.cfg"
    path.write_text(
        "[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=OMSFIX\n"
        "TargetCompID=PEER\nSocketAcceptPort=9876\nCheckEnumerations=Y\n"
    )
    (settings,) = load_settings(path, TOLERANT)
    assert settings.validation == ValidationOptions(
        allow_unknown_msg_fields=True, check_enumerations=True, validate_user_defined_fields=False
    )
    (settings,) = load_settings(path)
    assert settings.validation == ValidationOptions()
