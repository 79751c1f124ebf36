"""What a client says at random: valid and spoiled messages, gaps, duplicates, resets."""

from hypothesis import strategies as st
from msgspec import Struct


class Change(Struct, frozen=True):
    """What is done to a message before it is sent: ``kind`` at a field, with a tag or value."""

    kind: str
    at: int
    what: bytes


class Act(Struct, frozen=True):
    """One thing that the client does.

    Attributes:
        kind: a MsgType(35), or ``fill`` (answer the last ResendRequest(2) with a gap fill),
            ``resend`` (with orders), ``skip`` (fill a gap that begins with the next number),
            ``reset`` (Logon with ResetSeqNumFlag(141)=Y) or ``hang up``; after that comes a
            Logon(A) with what else the act has.
        fields: of the body; None stands for the time.
        shift: how far MsgSeqNum(34) is from what comes next.
        header: fields of the header besides the usual.
        changes: to be made in this order.
    """

    kind: str
    fields: tuple[tuple[int, bytes | None], ...] = ()
    shift: int = 0
    header: tuple[tuple[int, bytes | None], ...] = ()
    changes: tuple[Change, ...] = ()


def _fields(*alternatives):
    return st.sampled_from(alternatives)


_ORDER = ((21, b"1"), (38, b"100"), (40, b"1"), (54, b"1"), (55, b"IBM"), (60, None))
_ALLOCS = ((78, b"2"), (79, b"A"), (80, b"60"), (79, b"B"), (80, b"40"))
_CL_ORD_IDS = st.sampled_from((b"1", b"2", b"3"))
_SMALL = st.sampled_from((b"0", b"1", b"2", b"3", b"5", b"99"))
_CHANGES = st.one_of(
    st.builds(
        Change,
        st.sampled_from(("drop", "double", "swap")),
        st.integers(0, 30),
        st.just(b""),
    ),
    st.builds(
        Change,
        st.just("value"),
        st.integers(0, 30),
        st.sampled_from(
            (b"", b"x", b"0", b"-1", b"9", b"1.5", b"Y", b"N", b"20260105-12:00:00", b"+1", b" 1")
        ),
    ),
    st.builds(
        Change,
        st.sampled_from(("tag", "insert")),
        st.integers(0, 30),
        st.sampled_from(
            [*b"1 11 34 43 44 58 78 79 112 453 999 4998 5001 20001 0 -1 x".split(), b""]
        ),
    ),
    st.builds(
        Change,
        st.sampled_from(("checksum", "length", "begin", "junk", "stale", "comp id")),
        st.just(0),
        st.just(b""),
    ),
)
POSS_DUP = ((43, b"Y"), (122, None))
_HEADERS = _fields(
    *((),) * 8, POSS_DUP, ((43, b"Y"),), ((97, b"Y"),), ((43, b"N"),), ((128, b"X"),)
)
_SHIFTS = st.sampled_from((0,) * 12 + (-2, -1, 1, 2, 3))
_NO_CHANGE = st.just(())
FRESH = Act("hang up")


def order(cl_ord_id, more):
    """Return the body of an order."""
    return ((11, cl_ord_id), *_ORDER, *more)


_BODIES = {
    "D": st.builds(order, _CL_ORD_IDS, _fields((), ((44, b"10"),), _ALLOCS, ((58, b"text"),))),
    "0": _fields((), ((112, b"T"),)),
    "1": _fields(((112, b"T"),), ()),
    "2": st.builds(lambda first, last: ((7, first), (16, last)), _SMALL, _SMALL),
    "3": _fields(((45, b"1"),), ((45, b"2"), (58, b"no"))),
    "4": st.builds(
        lambda flag, number: (*flag, (36, number)),
        _fields(((123, b"Y"),), ((123, b"N"),), ()),
        st.sampled_from((b"1", b"2", b"4", b"6", b"10", b"40")),
    ),
    "5": _fields((), ((58, b"bye"),)),
    "A": _fields(
        ((98, b"0"), (108, b"30")),
        ((98, b"0"), (108, b"30"), (141, b"Y")),
        ((98, b"0"), (108, b"30"), (141, b"N")),
        ((108, b"30"),),
    ),
    "d": _fields(((320, b"R"), (322, b"S"), (323, b"1"), (55, b"IBM")), ((320, b"R"),)),
    "F": _fields(((41, b"1"), (11, b"9"), (54, b"1"), (55, b"IBM"), (60, None))),
    "8": _fields(((37, b"1"),)),
    "ZZ": _fields(((58, b"text"),)),
}
_IN_ORDER = st.one_of(
    st.builds(Act, st.just("D"), _BODIES["D"]),
    st.builds(Act, st.just("D"), _BODIES["D"], header=st.just(((97, b"Y"),))),
    st.builds(Act, st.just("D"), _BODIES["D"], st.just(-1), st.just(POSS_DUP)),
    st.builds(Act, st.sampled_from(("0", "1")), st.just(((112, b"T"),))),
    st.builds(Act, st.just("F"), _BODIES["F"]),
    st.builds(
        Act,
        st.just("2"),
        _fields(*[((7, first), (16, last)) for first in (b"1", b"2") for last in (b"0", b"2")]),
    ),
    st.builds(Act, st.sampled_from(("reset", "skip", "skip"))),
)
_IN_GAPS = st.one_of(
    st.builds(Act, st.just("1"), st.just(((112, b"T"),)), st.sampled_from((1, 2, 3))),
    st.builds(Act, st.just("D"), _BODIES["D"], st.sampled_from((1, 2, 3))),
    st.builds(Act, st.sampled_from(("fill", "fill", "resend"))),
)
_SPOILED_ORDERS = st.builds(
    Act,
    st.just("D"),
    _BODIES["D"],
    changes=st.one_of(st.tuples(_CHANGES), st.tuples(_CHANGES, _CHANGES)),
)
_ODD = st.one_of(
    *[st.builds(Act, st.just(kind), each, _SHIFTS, _HEADERS) for kind, each in _BODIES.items()],
    *[
        st.builds(Act, st.just(kind), bodies, changes=st.tuples(_CHANGES))
        for kind, bodies in _BODIES.items()
    ],
)
_CONNECTIONS = st.one_of(
    st.builds(Act, st.just("hang up")),
    st.builds(
        Act,
        st.just("hang up"),
        _fields((), ((141, b"Y"),), ((141, b"N"),)),
        _SHIFTS,
        _HEADERS,
        st.one_of(_NO_CHANGE, st.tuples(_CHANGES)),
    ),
    st.builds(Act, st.just("5"), _BODIES["5"]),
)
# What is odd often ends a conversation, so most of what is said is not.
_ACTS = st.sampled_from(
    [_IN_ORDER] * 12 + [_IN_GAPS] * 5 + [_SPOILED_ORDERS] * 3 + [_ODD, _CONNECTIONS]
).flatmap(lambda acts: acts)


def conversations():
    """Return the strategy of what is said after the Logon(A)."""
    return st.lists(_ACTS, min_size=5, max_size=25)
