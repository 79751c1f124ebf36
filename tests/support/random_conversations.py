"""What a client says at random: valid and spoiled messages, gaps, duplicates, resets, hang-ups."""

from hypothesis import strategies as st
from msgspec import Struct

NOW = None
LATER = b"<later>"
Value = bytes | int | None
Pairs = tuple[tuple[int, Value], ...]


class Change(Struct, frozen=True):
    """What is done to a message before it is sent: ``kind`` at a field, with a tag or value."""

    kind: str
    at: int
    what: bytes


class Act(Struct, frozen=True):
    """One thing that the client does.

    Values of fields are bytes; None stands for the time and LATER for a minute after it, and an int
    for a number so far from what the engine sends next.

    Attributes:
        kind: a MsgType(35), or ``fill`` (answer the last ResendRequest(2) with a gap fill up to
            what had been sent then), ``fill all`` (up to what has been sent by now), ``resend``
            (answer with what was sent), ``skip`` (fill a gap that begins with the next number),
            ``reset`` (Logon with ResetSeqNumFlag(141)=Y) or ``hang up``; after that comes a
            Logon(A) with what else the act has.
        fields: of the body.
        shift: how far MsgSeqNum(34) is from what comes next.
        header: fields of the header besides the usual.
        changes: to be made in this order.
    """

    kind: str
    fields: Pairs = ()
    shift: int = 0
    header: Pairs = ()
    changes: tuple[Change, ...] = ()


_one_of = st.sampled_from

# --- how a message is spoiled ---------------------------------------------------------------------

_VALUES = (b"", b"x", b"0", b"-1", b"9", b"1.5", b"Y", b"N", b"20260105-12:00:00", b"+1", b" 1")
_TAGS = (*b"1 11 34 43 44 58 78 79 112 453 999 4998 5001 20001 0 -1 x".split(), b"")
_FRAMES = ("checksum", "length", "begin", "junk", "stale", "early", "sender", "target")


def _change(kinds, whats=(b"",)):
    return st.builds(Change, _one_of(kinds), st.integers(0, 30), _one_of(whats))


_CHANGES = st.one_of(
    _change(("drop", "double", "swap")),
    _change(("value",), _VALUES),
    _change(("tag", "insert"), _TAGS),
    st.builds(Change, _one_of(_FRAMES), st.just(0), st.just(b"")),
)
_NO_CHANGE = st.just(())
_ONE_CHANGE = st.tuples(_CHANGES)

# --- what is said ---------------------------------------------------------------------------------

POSS_DUP = ((43, b"Y"), (122, NOW))
FRESH = Act("hang up", ((141, b"Y"),))
_ORDER = ((21, b"1"), (38, b"100"), (40, b"1"), (54, b"1"), (55, b"IBM"), (60, NOW))
_ALLOCS = ((78, b"2"), (79, b"A"), (80, b"60"), (79, b"B"), (80, b"40"))
_HEADERS = _one_of(
    (
        *((),) * 8,
        POSS_DUP,
        ((43, b"Y"),),
        ((43, b"Y"), (122, LATER)),
        ((97, b"Y"),),
        ((43, b"N"),),
        ((128, b"X"),),
        ((115, b"Y"), (128, b"X")),
    )
)
_SHIFTS = _one_of((0,) * 12 + (-2, -1, 1, 2, 3))
_CL_ORD_IDS = _one_of((b"1", b"2", b"3"))


def order(cl_ord_id, more):
    """Return the body of an order."""
    return ((11, cl_ord_id), *_ORDER, *more)


_ORDERS = st.builds(
    order, _CL_ORD_IDS, _one_of(((), ((44, b"10"),), _ALLOCS, ((58, b"text"),), ((1, b"ACC"),)))
)
_RANGES = st.builds(
    lambda begin, end: ((7, begin), (16, end)),
    _one_of((b"1", b"1", b"2", b"3", -1, -2, -4)),
    _one_of((b"0", b"0", b"0", b"2", b"3", b"99", b"999999", -1, -2)),
)
_ODD_RANGES = st.builds(
    lambda begin, end: ((7, begin), (16, end)),
    _one_of((b"0", b"1", b"3", b"99", -1, 0, 1)),
    _one_of((b"0", b"1", b"2", b"5", b"99", 0, 1)),
)
_BODIES = {
    "D": _ORDERS,
    "0": _one_of(((), ((112, b"T"),))),
    "1": _one_of((((112, b"T"),), ())),
    "2": _ODD_RANGES,
    "3": _one_of((((45, b"1"),), ((45, b"2"), (58, b"no")))),
    "4": st.builds(
        lambda flag, number: (*flag, (36, number)),
        _one_of((((123, b"Y"),), ((123, b"N"),), ())),
        _one_of((b"1", b"2", b"4", b"6", b"10", b"40")),
    ),
    "5": _one_of(((), ((58, b"bye"),))),
    "A": _one_of(
        (
            ((98, b"0"), (108, b"30")),
            ((98, b"0"), (108, b"30"), (141, b"Y")),
            ((98, b"0"), (108, b"30"), (141, b"N")),
            ((108, b"30"),),
        )
    ),
    "d": _one_of((((320, b"R"), (322, b"S"), (323, b"1"), (55, b"IBM")), ((320, b"R"),))),
    "F": _one_of((((41, b"1"), (11, b"9"), (54, b"1"), (55, b"IBM"), (60, NOW)),)),
    "8": _one_of((((37, b"1"),),)),
    "ZZ": _one_of((((58, b"text"),),)),
}
_PLAIN = st.one_of(
    st.builds(Act, st.just("D"), _ORDERS),
    st.builds(Act, st.just("D"), _ORDERS, header=_one_of((((97, b"Y"),), ((128, b"X"),)))),
    st.builds(Act, _one_of(("0", "1")), _one_of((((112, b"T"),), ((112, b"U"),)))),
    st.builds(Act, st.just("F"), _BODIES["F"]),
    st.builds(Act, st.just("0")),
    st.builds(Act, st.just("2"), _RANGES),
    st.builds(Act, _one_of(("reset", "skip", "skip"))),
)
# With a number that was used; some without the time of the first, or with a later one.
_USED = _one_of((-1, -2, -3))
_AS_DUPLICATE = _one_of((POSS_DUP,) * 3 + (((43, b"Y"),), ((43, b"Y"), (122, LATER))))
_DUPLICATES = st.one_of(
    *[st.builds(Act, st.just(kind), _BODIES[kind], _USED, _AS_DUPLICATE) for kind in "D10Fd"]
)
_GAPS = st.one_of(
    st.builds(Act, st.just("1"), st.just(((112, b"T"),)), _one_of((1, 2, 3))),
    st.builds(Act, st.just("D"), _ORDERS, _one_of((1, 2, 3))),
    st.builds(Act, st.just("D"), _ORDERS, _one_of((1, 2, 3)), st.just(POSS_DUP)),
    st.builds(Act, _one_of(("fill", "fill all", "resend", "resend"))),
)
_RESETS = st.builds(
    lambda flag, number: Act("4", (*flag, (36, number))),
    _one_of((((123, b"N"),), ())),
    _one_of((b"1", b"3", b"20", b"40", b"60")),
)
# One fault of an order each: a value, a field that is missing, there twice, empty or unknown.
_FAULTS = _one_of(
    (
        Change("value", 8, b"Z"),
        Change("drop", 9, b""),
        Change("double", 6, b""),
        Change("value", 6, b"x"),
        Change("value", 9, b""),
        Change("insert", 9, b"999"),
    )
)
_SPOILED = st.one_of(
    st.builds(Act, st.just("D"), _ORDERS, changes=st.tuples(_FAULTS)),
    st.builds(Act, st.just("D"), _ORDERS, changes=_ONE_CHANGE),
    st.builds(Act, st.just("D"), _ORDERS, changes=st.tuples(_CHANGES, _CHANGES)),
    st.builds(Act, st.just("1"), st.just(((112, b"T"),)), changes=_ONE_CHANGE),
)
_ODD = st.one_of(
    *[st.builds(Act, st.just(kind), each, _SHIFTS, _HEADERS) for kind, each in _BODIES.items()],
    *[
        st.builds(Act, st.just(kind), bodies, changes=_ONE_CHANGE)
        for kind, bodies in _BODIES.items()
    ],
)
_OPENINGS = _one_of(
    ((), (), ((141, b"Y"),), ((141, b"N"),), ((789, 0),), ((789, -2),), ((789, 1),))
)
_CONNECTIONS = st.one_of(
    st.builds(Act, st.just("hang up")),
    st.builds(Act, st.just("hang up"), _OPENINGS, _SHIFTS),
    st.builds(
        Act,
        st.just("hang up"),
        _OPENINGS,
        _SHIFTS,
        _HEADERS,
        st.one_of(_NO_CHANGE, _ONE_CHANGE),
    ),
    st.builds(Act, st.just("5"), _BODIES["5"]),
)
# What is odd often ends a connection, so most of what is said is not.
_ACTS = _one_of(
    [_PLAIN] * 12
    + [_GAPS] * 5
    + [_SPOILED] * 3
    + [_DUPLICATES, _RESETS, _ODD, _ODD, _CONNECTIONS, _CONNECTIONS]
).flatmap(lambda acts: acts)


def conversations():
    """Return the strategy of what is said after the Logon(A)."""
    return st.lists(_ACTS, min_size=20, max_size=80)
