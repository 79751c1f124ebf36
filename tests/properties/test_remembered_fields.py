"""What parser and validator remember changes no verdict."""

from collections import Counter

from fuzz_mutator import framed, seeds
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_fix.fix.codec import parse
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.errors import ParseError
from oms_fix.fix.parser import Parser
from oms_fix.fix.validation import ValidationOptions, Validator

HEADER = [(b"49", b"PEER"), (b"56", b"OMSFIX"), (b"34", b"7"), (b"52", b"20260105-12:00:00")]
DICTIONARIES = {version: load_dictionary(version) for version in ("FIX.4.2", "FIX.4.4")}
OPTIONS = (
    ValidationOptions(),
    ValidationOptions(
        validate_user_defined_fields=False, allow_unknown_msg_fields=True, check_enumerations=False
    ),
    ValidationOptions(validate_fields_out_of_order=False, validate_fields_have_values=False),
)

tags = st.sampled_from(
    (
        *(b"11", b"54", b"38", b"40", b"44", b"58", b"60", b"34", b"78", b"95", b"96", b"354"),
        *(b"355", b"554", b"5001", b"9999", b"0", b"x", b""),
    )
)
values = st.sampled_from(
    [b"", b"1", b"2", b"4", b"Y", b"w", b"-1", b"+1", b"1.5", b"a=b", b"20260105-12:00:00", b"=2"]
)
places = st.integers(min_value=0, max_value=40)
mutations = st.one_of(
    st.tuples(st.just("value"), places, values),
    st.tuples(st.just("tag"), places, tags),
    st.tuples(st.just("insert"), places, st.tuples(tags, values)),
    st.tuples(st.just("remove"), places, st.none()),
    st.tuples(st.just("swap"), places, places),
)
# The same few messages, each whole or with a fault or two: what one leaves behind meets the others.
messages = st.lists(
    st.tuples(st.integers(min_value=0, max_value=3), st.lists(mutations, max_size=2)), max_size=10
)


def mutated(fields, mutations):
    """Return the fields after MsgType(35) with mutations done to them."""
    for kind, place, what in mutations:
        at = place % len(fields)
        tag, value = fields[at]
        match kind:
            case "value":
                fields[at] = (tag, what)
            case "tag":
                fields[at] = (what, value)
            case "insert":
                fields.insert(at, what)
            case "remove" if len(fields) > 1:
                del fields[at]
            case "swap":
                other = what % len(fields)
                fields[at], fields[other] = fields[other], fields[at]
    return fields


def verdict(read, validator, raw):
    """Return all that parser and validator say of a message."""
    try:
        message = read(raw)
    except ParseError as error:
        return str(error)
    return message.msg_type, message.fields, message.raw, validator.check(message)


@settings(deadline=None)
@given(
    st.sampled_from(sorted(DICTIONARIES)),
    st.sampled_from(OPTIONS),
    st.integers(min_value=0, max_value=100),
    messages,
)
def test_what_is_remembered_changes_no_verdict(version, options, first, stream):
    """Each message is read and judged as by a parser and a validator that have seen no other."""
    dictionary = DICTIONARIES[version]
    recorded = seeds(version)
    validator = Validator(dictionary, options)
    parser = Parser(dictionary.data_tags, validator)
    tolerated = Counter()

    for which, changes in stream:
        msg_type, *body = recorded[(first + which) % len(recorded)]
        fields = [msg_type, *mutated(HEADER + body, changes)]
        raw = framed(version.encode(), b"".join(b"%b=%b\x01" % field for field in fields))
        fresh = Validator(dictionary, options)
        expected = verdict(lambda raw: parse(raw, dictionary.data_tags), fresh, raw)
        tolerated += fresh.tolerated

        assert verdict(parser.parse, validator, raw) == expected
        assert verdict(parser.parse, Validator(dictionary, options), raw) == expected

    assert validator.tolerated == tolerated
