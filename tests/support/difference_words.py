"""The words in which ``shown_differences`` and ``hidden_differences`` are written."""

from collections.abc import Iterator

from differential import Exchange
from fix_wire import CLOSED, Fields
from session_ledger import Ledger, whole

LOGON, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST = b"A", b"0", b"1", b"2"
REJECT, RESET, LOGOUT, BUSINESS_REJECT = b"3", b"4", b"5", b"j"
ORDER = b"D"
SESSION_MESSAGES = (LOGON, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, RESET, LOGOUT)
OTHERS, STALE, BUSINESS_FAULT = b"9", b"10", b"5"


def get(answer, tag):
    """Return a field of an answer; nothing has any when the connection is closed."""
    return None if answer == CLOSED else dict(answer).get(tag)


def types(answers):
    return [get(answer, 35) for answer in answers]


def number(e: Exchange) -> int | None:
    return whole(e.sent.get(34))


def place(e: Exchange) -> str:
    return e.state.place(number(e))


def without(answers, *tags):
    return [tuple(pair for pair in answer if pair[0] not in tags) for answer in answers]


def is_duplicate(e: Exchange) -> bool:
    return e.sent.get(43) == b"Y"


def is_first(e: Exchange) -> bool:
    return not e.state.logged_on


def is_garbled(e: Exchange) -> bool:
    return e.said[0].is_garbled


def is_reset(e: Exchange) -> bool:
    return e.sent[35] == LOGON and e.sent.get(141) == b"Y"


def rejected(answer, e: Exchange, tag=None, reason=None) -> bool:
    """Tell whether an answer is the Reject(3) of what was sent, for this tag and reason."""
    seen = get(answer, 35), get(answer, 45), get(answer, 371), get(answer, 373)
    wanted = REJECT, e.sent.get(34), tag, reason
    return seen[:2] == wanted[:2] and all(w in (None, s) for s, w in zip(seen, wanted, strict=True))


def is_fault(answer, e: Exchange) -> bool:
    """Tell whether an answer rejects what was sent for what a dictionary says."""
    if get(answer, 35) == BUSINESS_REJECT:
        return get(answer, 380) == BUSINESS_FAULT and get(answer, 45) == e.sent.get(34)
    return rejected(answer, e) and get(answer, 373) not in {OTHERS, STALE}


def is_request(answer, e: Exchange) -> bool:
    """Tell whether an answer asks for all that is missing."""
    wanted = RESEND_REQUEST, b"%d" % e.state.expected, b"0"
    return (get(answer, 35), get(answer, 7), get(answer, 16)) == wanted


def asks(answers, e: Exchange) -> bool:
    """Tell whether these are all that we answer to what comes above a gap."""
    if e.state.gap_is_open or e.state.logout_sent:
        return answers == ()
    return len(answers) == 1 and is_request(answers[0], e)


def is_of_others(e: Exchange) -> bool:
    """Tell whether a CompID is there and is another."""
    sender, target = e.sent.get(49), e.sent.get(56)
    return sender not in {None, b"", e.who.comp_id.encode()} or target not in {
        None,
        b"",
        b"ENGINE",
    }


def is_at_another_time(e: Exchange) -> bool:
    """Tell whether SendingTime(52) is far from now."""
    clocks = {change.kind for change in e.act.changes} & {"stale", "early"}
    return bool(clocks) or e.sent.get(52, b"").startswith(b"20260105")


def is_refused(answers, e: Exchange) -> bool:
    """Tell whether these are a Reject(3) and a Logout(5) for who sent it, or else for when."""
    logout = [] if e.state.logout_sent else [LOGOUT]
    if types(answers) != [REJECT, *logout]:
        return False
    if is_of_others(e):
        return rejected(answers[0], e, reason=OTHERS)
    return is_at_another_time(e) and rejected(answers[0], e, reason=STALE)


def follows(answers, e: Exchange) -> bool:
    """Tell whether these answer nothing, or what was kept until its turn came with this message."""
    answering = {HEARTBEAT, REJECT, BUSINESS_REJECT, ORDER, b"d"}
    is_due = place(e) == "next" and bool(e.state.kept)
    return answers == () or (is_due and all(get(a, 35) in answering for a in answers))


def is_end(answers) -> bool:
    """Tell whether this is a Logout and the end of the connection."""
    return types(answers) == [LOGOUT, None]


def as_too_low(answers, e: Exchange) -> bool:
    """Tell whether this is the whole answer to what comes below the expected number."""
    if place(e) != "low":
        return False
    if not is_duplicate(e):
        return is_end(answers) or (e.state.logout_sent and answers == (CLOSED,))
    is_mute = e.sent[35] == REJECT  # a Reject(3) is not rejected
    if 122 not in e.sent and e.sent[35] != RESET:
        missing = len(answers) == 1 and rejected(answers[0], e, b"122", b"1")
        return answers == () if is_mute else missing
    if e.sent.get(122, b"") > e.sent.get(52, b""):
        logout = [] if e.state.logout_sent else [LOGOUT]
        if is_mute:
            return types(answers) == logout
        stale = bool(answers) and rejected(answers[0], e, reason=STALE)
        return stale and types(answers[1:]) == logout
    return answers == ()


def resent(answers) -> dict[int, tuple | None] | None:
    """Return what each number became: a message that was sent again, or None for a gap fill."""
    became: dict[int, tuple | None] = {}
    for answer in answers:
        first = whole(get(answer, 34))
        if get(answer, 43) != b"Y" or first is None:
            return None
        if get(answer, 35) == RESET:
            became |= dict.fromkeys(range(first, whole(get(answer, 36)) or 0))
        else:
            became[first] = answer
    return became


def normal(answers):
    """Return new answers, and what numbers became; a Reject(3) that is sent again counts as none.

    None if nothing was sent again.
    """
    new = [a for a in answers if get(a, 43) != b"Y"]
    became = resent([a for a in answers if get(a, 43) == b"Y"]) or {}
    return new, {n: None if a and get(a, 35) == REJECT else a for n, a in became.items()}


def steps(e: Exchange) -> Iterator[tuple[Fields, Ledger]]:
    """Yield each message that is not garbled with the state that it meets."""
    state = e.state.copy()
    for said in e.said:
        if not said.is_garbled:
            yield said.fields, state
            state.heard([said.fields], e.ours)


def fills_below(e: Exchange) -> bool:
    """Tell whether a gap fill begins below the expected number and ends above it."""
    return any(
        message[35] == RESET
        and message.get(123) == b"Y"
        and state.gap_is_open
        and state.place(whole(message.get(34))) == "low"
        and (whole(message.get(36)) or 0) > state.expected
        for message, state in steps(e)
    )
