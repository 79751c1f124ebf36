"""A message of a familiar layout is treated as it would be by a session that knows no layouts."""

import re
from unittest.mock import patch

from fuzz_mutator import framed, seeds
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.familiar import TIME_EXPRESSIONS, FamiliarLayouts
from oms_fix.fix.formats import format_check, format_expression
from oms_fix.fix.outputs import Deliver
from oms_fix.fix.session import SequenceNumbers, Session
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.timestamps import format_timestamp, parse_timestamp
from oms_fix.fix.validation import ValidationOptions

NOW = parse_timestamp(b"20260105-12:00:00")
SECOND = 1_000_000_000
SEEN = 20
DICTIONARIES = {version: load_dictionary(version) for version in ("FIX.4.0", "FIX.4.2", "FIX.4.4")}
OPTIONS = (
    {},
    {
        "validation": ValidationOptions(
            validate_user_defined_fields=False,
            allow_unknown_msg_fields=True,
            check_enumerations=False,
        ),
        "check_latency": False,
    },
    {"check_comp_id": False, "validation": ValidationOptions(unchecked=frozenset("8"))},
)
TYPES = sorted({spec.type for spec in DICTIONARIES["FIX.4.4"].fields_by_tag.values()})

tags = st.sampled_from(
    (b"11", b"54", b"38", b"43", b"44", b"58", b"60", b"34", b"49", b"52", b"055", b"5001", b"10")
)
values = st.one_of(
    st.sampled_from(
        (
            *(b"", b"1", b"Y", b"w", b"-1", b"+1", b"1.5", b".5", b"5.", b"1.2.3", b"a=b", b"US"),
            *(b"OMSFIX", b"PEER", b"20260105-12:00:00", b"20260230-12:00:00", b"20260105-11:00:00"),
            *(b"20260105-12:00:00.123456789", b"20260105-12:00:61", b"1" * 19, b"007", b"10=000"),
        )
    ),
    st.binary(max_size=6).filter(lambda value: b"\x01" not in value),
)
places = st.integers(min_value=0, max_value=40)
mutations = st.one_of(
    st.tuples(st.just("value"), places, values),
    st.tuples(st.just("tag"), places, tags),
    st.tuples(st.just("insert"), places, st.tuples(tags, values)),
    st.tuples(st.just("remove"), places, st.none()),
    st.tuples(st.just("number"), st.just(2), st.sampled_from((-1, 1, 2))),
)
streams = st.lists(st.lists(mutations, max_size=2), max_size=6)


def settings_of(version, options):
    return SessionSettings(
        name="PEER",
        connection_type=ConnectionType.ACCEPTOR,
        begin_string=version,
        sender_comp_id="OMSFIX",
        target_comp_id="PEER",
        socket_accept_host="127.0.0.1",
        **options,
    )


def raw_of(version, fields):
    return framed(version.encode(), b"".join(b"%b=%b\x01" % field for field in fields))


def header(msg_type, number, now):
    sent = format_timestamp(now, 0)
    return [msg_type, (b"49", b"PEER"), (b"56", b"OMSFIX"), (b"34", b"%d" % number), (b"52", sent)]


def logged_on(version, options):
    session = Session(
        settings_of(version, options), load_dictionary(version), SequenceNumbers(1, 1)
    )
    session.connected(NOW)
    logon = [*header((b"35", b"A"), 1, NOW), (b"98", b"0"), (b"108", b"30")]
    session.received(raw_of(version, logon), NOW)
    assert session.logged_on
    return session


def mutated(fields, changes):
    """Return the fields with mutations done to them, all but MsgType(35)."""
    for kind, place, what in changes:
        at = 1 + place % (len(fields) - 1)
        tag, value = fields[at]
        match kind:
            case "value":
                fields[at] = (tag, what)
            case "tag":
                fields[at] = (what, value)
            case "insert":
                fields.insert(at, what)
            case "remove" if len(fields) > 2:
                del fields[at]
            case "number" if tag == b"34" and value.isdigit():
                fields[at] = (tag, b"%d" % (int(value) + what))
    return fields


def done(session, raw, now):
    """Return all that a session puts out for some bytes, and where it stands."""
    outputs = session.received(raw, now)
    delivered = [
        (each.message.raw, each.message.tags, each.message.get(11), each.message.fields)
        for each in outputs
        if type(each) is Deliver
    ]
    return outputs, delivered, session.next_in, session.next_out, session.state


@settings(deadline=None)
@given(
    st.sampled_from(sorted(DICTIONARIES)),
    st.sampled_from(OPTIONS),
    st.integers(min_value=0, max_value=100),
    streams,
)
def test_a_familiar_layout_changes_nothing(version, options, first, stream):
    """What a session puts out does not depend on whether it has come to know a layout."""
    recorded = [each for each in seeds(version) if each[0][1] in {b"D", b"8", b"F", b"G", b"9"}]
    msg_type, *body = recorded[first % len(recorded)]
    if version == "FIX.4.0":  # knows no fraction of a second
        body = [(tag, value[:17] if tag == b"60" else value) for tag, value in body]
    session, other = logged_on(version, options), logged_on(version, options)
    now = NOW
    for changes in [[]] * SEEN + stream:
        now += SECOND
        fields = mutated(header(msg_type, session.next_in, now) + list(body), changes)
        raw = raw_of(version, fields)

        with patch.object(FamiliarLayouts, "read", lambda *_: None):
            expected = done(other, raw, now)

        assert done(session, raw, now) == expected


@given(st.sampled_from(TYPES), st.sampled_from(("FIX.4.0", "FIX.4.4")), st.data())
def test_what_an_expression_matches_is_good(field_type, version, data):
    """The expression of a format leaves nothing through that its check would not."""
    check = format_check(field_type, version)
    expression = None if check is None else format_expression(check)
    if expression is not None:
        assert check(data.draw(st.from_regex(expression, fullmatch=True)))


@given(st.sampled_from(sorted(TIME_EXPRESSIONS, key=repr)), st.data())
def test_what_is_parsed_as_a_time_is_good(check, data):
    """No moment that is not in the calendar, or of the day, is taken for a time."""
    year = st.sampled_from((b"0000", b"0001", b"1900", b"2000", b"2023", b"2024", b"9999"))
    digits = st.integers(min_value=0, max_value=99).map(lambda number: b"%02d" % number)
    near = st.sampled_from((b"00", b"01", b"02", b"04", b"12", b"13", b"23", b"24", b"28", b"29"))
    last = st.sampled_from((b"30", b"31", b"32", b"59", b"60", b"61"))
    two = st.one_of(digits, near, last)
    month, day, hour, minute, second = (data.draw(two) for _ in range(5))
    fraction = data.draw(st.sampled_from((b"", b".1", b".123", b".123456789", b".1234567890")))
    value = data.draw(year) + month + day + b"-" + b":".join((hour, minute, second)) + fraction
    at = data.draw(st.integers(min_value=0, max_value=30))
    value = value[:at] + data.draw(st.sampled_from((b"", b"x", b"."))) + value[at:]
    if re.fullmatch(TIME_EXPRESSIONS[check], value) and parse_timestamp(value) is not None:
        assert check(value)
