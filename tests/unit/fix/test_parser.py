"""What the parser of a session keeps in memory, and what not."""

import gc
from types import FunctionType, ModuleType

import pytest

from oms_fix.fix.codec import encode
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.parser import Parser
from oms_fix.fix.validation import ValidationOptions, Validator

HEADER = [(49, b"TW"), (56, b"ISLD"), (34, b"2"), (52, b"20240102-10:11:12")]
FIELDS_MAX = 2_048


def new_parser():
    dictionary = load_dictionary("FIX.4.4")
    return Parser(dictionary.data_tags, Validator(dictionary, ValidationOptions()))


def bytes_kept(parser):
    """Return all bytes objects that are reachable from a parser."""
    found, seen, rest = [], set(), [parser]
    while rest:
        thing = rest.pop()
        if id(thing) in seen or isinstance(thing, FunctionType | ModuleType | type):
            continue
        seen.add(id(thing))
        if isinstance(thing, bytes):
            found.append(thing)
        rest += gc.get_referents(thing)
    return found


def test_a_field_is_read_once():
    """The same bytes give the same field, not just an equal one."""
    parser = new_parser()
    first, second = (parser.parse(encode("FIX.4.4", "0", HEADER, [])) for _ in range(2))
    assert second.fields[0] is first.fields[0]
    assert b"49=TW" in bytes_kept(parser)


@pytest.mark.parametrize(
    "secret",
    [
        [(554, b"hunter2")],
        [(925, b"hunter2")],
        [(95, b"7"), (96, b"hunter2")],
        [(95, b"13"), (96, b"58=a\x0158=hunter2"[:13])],
        [(554, b"a"), (58, b"hunter2")],
    ],
)
def test_a_secret_is_not_remembered(secret):
    """Neither a password nor data is kept, nor what follows: it may be the rest of them."""
    parser = new_parser()
    raw = encode("FIX.4.4", "A", HEADER, [(98, b"0"), (108, b"30"), *secret])
    assert parser.parse(raw).fields[-1] == secret[-1]
    assert [kept for kept in bytes_kept(parser) if b"hunt" in kept] == []


def test_a_bad_value_is_not_remembered():
    """What is wrong is judged each time anew, and the message vouched for by nobody."""
    parser = new_parser()
    message = parser.parse(encode("FIX.4.4", "1", HEADER, [(112, b"x"), (54, b"wrong")]))
    assert message.vouched_by is None
    assert [kept for kept in bytes_kept(parser) if b"wrong" in kept] == []


def test_the_memory_is_bounded():
    """However many different fields a peer sends, and however long they are, few are kept."""
    parser = new_parser()
    before = len(bytes_kept(parser))
    for number in range(3 * FIELDS_MAX):
        body = [(112, b"%d" % number), (58, b"%d" % number * 100)]
        parser.parse(encode("FIX.4.4", "0", HEADER, body))
    kept = bytes_kept(parser)
    assert len(kept) - before <= 2 * FIELDS_MAX  # each as it is on the wire, and its value
    assert max(map(len, kept)) < 64


def test_another_validator_looks_for_itself():
    """Values found good by one dictionary are judged anew by the validator of another."""
    order = [(11, b"ID"), (21, b"1"), (55, b"A"), (54, b"B"), (60, HEADER[3][1]), (40, b"1")]
    message = new_parser().parse(encode("FIX.4.4", "D", HEADER, order))
    assert message.vouched_by is not None
    fault = Validator(load_dictionary("FIX.4.2"), ValidationOptions()).check(message)
    assert (fault.reason, fault.ref_tag) == (5, 54)
