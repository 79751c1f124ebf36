"""Where our engine and QuickFIX may answer differently, and why.

``spec/quickfix_differences.md`` lists the same rules for people, in the same order. Where a rule
applies, a conversation ends: from there on the engines are in different states.
"""

from collections.abc import Callable

from differential import CLOSED, Exchange
from msgspec import Struct

LOGON, REJECT, RESEND_REQUEST, RESET, LOGOUT = b"A", b"3", b"2", b"4", b"5"
BUSINESS_REJECT = b"j"
_GROUP = (78, 79, 80)  # of an order
_STRANGE_OR_STALE = (b"9", b"10")  # SessionRejectReason(373)


class Rule(Struct, frozen=True):
    """One tolerated difference: its name, its reason, and whether it is what is seen."""

    name: str
    reason: str
    applies: Callable[[Exchange], bool]


def _get(answer, tag):
    """Return a field of an answer, or None; nothing has any fields when it is closed."""
    return None if answer == CLOSED else dict(answer).get(tag)


def _types(answers):
    return [_get(answer, 35) for answer in answers]


def _without(answers, tag):
    return [tuple(pair for pair in answer if pair[0] != tag) for answer in answers]


def _is_fault(answer) -> bool:
    """Tell whether an answer is a reject for what a dictionary says."""
    if _get(answer, 35) == BUSINESS_REJECT:
        return _get(answer, 380) == b"5"
    return _get(answer, 35) == REJECT and _get(answer, 373) not in _STRANGE_OR_STALE


def _is_possible_duplicate(e: Exchange) -> bool:
    return e.sent.get(43) == b"Y"


def _changes(e: Exchange) -> set[str]:
    return {change.kind for change in e.act.changes}


def _logout_sent(exchanges) -> bool:
    return any(LOGOUT in _types(each.ours) for each in exchanges)


def _number_after_a_reject(e: Exchange) -> bool:
    return any(
        each.act.kind in {"4", "A"} and REJECT in _types(each.ours + each.theirs)
        for each in e.before
    )


def _no_number(e: Exchange) -> bool:
    return not e.sent.get(34, b"").isdigit() and LOGOUT in _types(e.ours)


def _odd_first_message(e: Exchange) -> bool:
    if e.before:
        return False
    return (e.ours, e.theirs) in {((CLOSED,), ()), ((), (CLOSED,))}


def _duplicate_without_time(e: Exchange) -> bool:
    if not _is_possible_duplicate(e) or 122 in e.sent:
        return False
    refused_first = not e.before and e.ours == (CLOSED,)
    return refused_first or any(_get(answer, 371) == b"122" for answer in e.ours)


def _seen_before(e: Exchange) -> bool:
    if not e.before and _is_possible_duplicate(e) and e.ours == ():
        return True
    return e.act.kind in {"2", "5"} and _is_possible_duplicate(e) and e.ours == ()


def _terms(e: Exchange) -> bool:
    return e.act.kind == "A" and bool(_changes(e)) and _types(e.ours) == [LOGOUT, None]


def _second_logon(e: Exchange) -> bool:
    return e.act.kind == "A" and bool(e.before) and e.sent.get(141) != b"Y"


def _reset_first(e: Exchange) -> bool:
    """QuickFIX's answer has the first number of a new numbering, ours goes on with the old."""
    if e.act.kind != "A" or e.sent.get(141) != b"Y" or not (e.ours and e.theirs):
        return False
    return _get(e.theirs[0], 34) == b"1" != _get(e.ours[0], 34)


def _reset_above_one(e: Exchange) -> bool:
    return (
        e.act.kind == "A" and e.theirs == e.ours[:1] and _types(e.ours) == [LOGON, RESEND_REQUEST]
    )


def _asked(e: Exchange) -> bool:
    """Tell whether there was a gap, which may still be open."""
    return any(RESEND_REQUEST in _types(each.ours) for each in e.before)


def _faults_first(e: Exchange) -> bool:
    if not (e.theirs and _is_fault(e.theirs[0])):
        return False
    if not e.ours or e.ours[0] == CLOSED:
        return _asked(e) or _is_possible_duplicate(e) or e.ours != ()
    if e.ours[:-1] == e.theirs:
        return _types(e.ours)[-1] == RESEND_REQUEST
    out_of_place = _types(e.ours)[0] in {RESEND_REQUEST, LOGOUT}
    return out_of_place or _get(e.ours[0], 373) in _STRANGE_OR_STALE


def _no_comp_id(e: Exchange) -> bool:
    return not e.sent.keys() >= {49, 56} and _types(e.theirs) == [BUSINESS_REJECT]


def _no_sending_time(e: Exchange) -> bool:
    return 52 not in e.sent and e.theirs == (CLOSED,) and REJECT in _types(e.ours)


def _reject_of_a_reject(e: Exchange) -> bool:
    without = tuple(answer for answer in e.theirs if _get(answer, 35) != REJECT)
    return e.act.kind == "3" and _types(without) == _types(e.ours)


def _reject_above_a_gap(e: Exchange) -> bool:
    if e.act.kind == "3" and _types(e.ours) == [RESEND_REQUEST] and e.theirs == ():
        return True
    return any(each.act.kind == "3" and (each.gap or each.act.shift > 0) for each in (*e.before, e))


def _kept_over_a_reset(e: Exchange) -> bool:
    resets = [each for each in e.before if each.sent.get(141) == b"Y"]
    return any(RESEND_REQUEST in _types(each.theirs) for reset in resets for each in reset.before)


def _same_number_twice(e: Exchange) -> bool:
    asked = [RESEND_REQUEST in _types(each.theirs) for each in e.before]
    if True not in asked:
        return False
    numbers = [each.sent.get(34) for each in e.before[asked.index(True) :]]
    return len(set(numbers)) < len(numbers)


def _group(e: Exchange) -> bool:
    is_ours = bool(e.ours) and _get(e.ours[0], 371) in {b"%d" % tag for tag in _GROUP}
    return is_ours and _get(e.ours[0], 35) == REJECT and _types(e.theirs) == [b"D"]


def _order_of_answers(e: Exchange) -> bool:
    return sorted(_without(e.ours, 34)) == sorted(_without(e.theirs, 34))


def _garbled_logon(e: Exchange) -> bool:
    is_garbled = bool(_changes(e) & {"checksum", "length"}) or -1 in e.sent
    return e.act.kind == "A" and is_garbled and (e.ours, e.theirs) == ((), (CLOSED,))


def _second_gap(e: Exchange) -> bool:
    asked_before = any(RESEND_REQUEST in _types(each.theirs) for each in e.before)
    return asked_before and _types(e.ours)[-1:] == [RESEND_REQUEST] and e.ours[:-1] == e.theirs


def _out_of_range(e: Exchange) -> bool:
    return e.act.kind == "2" and any(_get(answer, 371) == b"7" for answer in e.ours)


def _rejects_again(e: Exchange) -> bool:
    """Compare what is left when a resent Reject(3) is taken for a gap."""
    again = [answer for answer in e.ours if _get(answer, 35) == REJECT and _get(answer, 43) == b"Y"]
    rest = [answer for answer in e.ours if answer not in again and _get(answer, 35) != RESET]
    theirs = [answer for answer in e.theirs if _get(answer, 35) != RESET]
    # QuickFIX does not ask for the gap below the request.
    return bool(again) and (rest == theirs or _types(rest)[-1] == RESEND_REQUEST)


def _request_again(e: Exchange) -> bool:
    return _asked(e) and _types(e.theirs)[-1:] == [RESEND_REQUEST] and e.theirs[:-1] == e.ours


def _request_above_a_gap(e: Exchange) -> bool:
    if any(each.act.kind == "2" and each.gap for each in e.before):
        return RESEND_REQUEST in _types(e.theirs)
    return e.act.kind == "2" and e.ours == (*e.theirs, *e.ours[-1:]) and e.ours[-1:] != ()


def _too_low(e: Exchange) -> bool:
    return e.act.kind == "4" and _without(e.ours, 371) == _without(e.theirs, 371)


def _route(e: Exchange) -> bool:
    return BUSINESS_REJECT in _types(e.ours) and _without(e.ours, 115) == list(e.theirs)


def _is_one_fault(e: Exchange) -> bool:
    """Tell whether a message had a single fault, so that there is one right answer."""
    if e.act.kind in {"ZZ", "8"} or len(e.act.changes) != 1 or e.act.header:
        return False
    if e.act.kind == "d" and len(e.act.fields) == 1:
        return False
    change = e.act.changes[0]
    tags = [49, 56, 34, 52, *(tag for tag, _ in e.act.fields)]
    at = change.at % len(tags)
    # A tag in a wrong place is often unknown there as well, and one in a group splits it.
    if change.kind == "insert":
        return at >= 4 and 78 not in tags[:at] and change.what not in {b"78", b"79"}
    return change.kind == "value" or (change.kind == "double" and tags[at] not in _GROUP)


def _another_fault(e: Exchange) -> bool:
    if not (e.ours and e.theirs and _get(e.ours[0], 45) == _get(e.theirs[0], 45)):
        return False
    types = {_get(e.ours[0], 35), _get(e.theirs[0], 35)}
    return types <= {REJECT, BUSINESS_REJECT} and not _is_one_fault(e)


RULES = (
    Rule(
        "after-our-logout",
        "A side that has sent Logout(5) waits for the answer. We send no more application messages "
        "and no second Logout, and ask for gaps after the next Logon; QuickFIX goes on as before.",
        lambda e: _logout_sent(e.before),
    ),
    Rule(
        "sent-after-the-next-logon",
        "What an application sends after our Logout is kept and sent after the next Logon(A).",
        lambda e: not e.before and _logout_sent(e.last) and e.ours[:1] == e.theirs,
    ),
    Rule(
        "number-after-a-reject",
        "A rejected SequenceReset(4) with GapFillFlag(123)=Y or Logon(A) uses up its number like "
        "any other rejected message (FIX 4.4 Volume 2, Reject); in QuickFIX these two do not.",
        _number_after_a_reject,
    ),
    Rule(
        "message-without-number",
        "Without MsgSeqNum(34), or with one that is no number, we send Logout and disconnect, as "
        "the specification has it; QuickFIX ignores, rejects or waits, depending on the message.",
        _no_number,
    ),
    Rule(
        "other-begin-string",
        "With another BeginString(8) both send Logout; we disconnect at once, as the specification "
        "has it, QuickFIX waits for the answer, or takes a Logout for one.",
        lambda e: "begin" in _changes(e) and LOGOUT in _types(e.ours + e.theirs),
    ),
    Rule(
        "message-after-a-wrong-length",
        "BodyLength(9) is too long: we go on with the next message that begins, QuickFIX with the "
        "one after that.",
        lambda e: any("length" in _changes(each) for each in e.before),
    ),
    Rule(
        "odd-first-message",
        "Whoever begins with anything but a good Logon(A) is closed at once; QuickFIX lets some "
        "wait until LogonTimeout, and closes where a first message is not whole.",
        _odd_first_message,
    ),
    Rule(
        "garbled-logon",
        "A garbled Logon(A) is ignored like any garbled message; QuickFIX closes.",
        _garbled_logon,
    ),
    Rule(
        "duplicate-without-time",
        "PossDupFlag(43)=Y needs OrigSendingTime(122) (FIX 4.4 Volume 2); QuickFIX looks at it "
        "only where MsgSeqNum(34) is too low.",
        _duplicate_without_time,
    ),
    Rule(
        "seen-before",
        "A Logon(A), ResendRequest(2) or Logout(5) with PossDupFlag(43)=Y and a number that was "
        "used is a duplicate and has been acted on; QuickFIX acts on it again.",
        _seen_before,
    ),
    Rule(
        "terms-of-a-logon",
        "A Logon(A) with other terms (a negative HeartBtInt(108), an EncryptMethod(98)) is refused "
        "with a Logout that says why; QuickFIX agrees, or closes without a word.",
        _terms,
    ),
    Rule(
        "second-logon",
        "A Logon(A) on a session that is logged on, without ResetSeqNumFlag(141)=Y, is answered "
        "with Logout; QuickFIX with ResetOnLogon=Y resets its numbers, then closes without a word.",
        _second_logon,
    ),
    Rule(
        "reset-first",
        "A Logon(A) with ResetSeqNumFlag(141)=Y that is refused (CompIDs, SendingTime(52), terms) "
        "resets nothing; QuickFIX resets before it looks.",
        _reset_first,
    ),
    Rule(
        "reset-above-one",
        "A Logon(A) with ResetSeqNumFlag(141)=Y and a number above 1: what is missing below it is "
        "asked for; QuickFIX takes it for number 1.",
        _reset_above_one,
    ),
    Rule(
        "faults-first",
        "We look at CompIDs, SendingTime(52) and MsgSeqNum(34) before the dictionary, so that a "
        "faulty message above a gap or of a stranger is treated as such; QuickFIX does it the "
        "other way round, and rejects a message that it has not taken, or takes again.",
        _faults_first,
    ),
    Rule(
        "no-comp-id",
        "A CompID is missing: Reject(3), required tag missing, as for any field of the header; "
        "QuickFIX sends BusinessMessageReject(j) for application messages.",
        _no_comp_id,
    ),
    Rule(
        "no-sending-time",
        "SendingTime(52) is missing in FIXT.1.1: Reject(3), required tag missing; QuickFIX closes.",
        _no_sending_time,
    ),
    Rule(
        "reject-of-a-reject",
        "A Reject(3) is never rejected, lest two sides go on for ever; QuickFIX does it.",
        _reject_of_a_reject,
    ),
    Rule(
        "reject-above-a-gap",
        "A Reject(3) with a number too high is kept, and what is missing is asked for, as for any "
        "message; QuickFIX takes it, and counts the missing one as received.",
        _reject_above_a_gap,
    ),
    Rule(
        "second-gap",
        "A gap fill that closes a gap ends the request for it, and a gap after that is asked for; "
        "QuickFIX takes the first request for open until a message above the gap comes.",
        _second_gap,
    ),
    Rule(
        "request-again",
        "Our request is for all that is missing up to the newest message, and is repeated after a "
        "HeartBtInt(108) without progress; QuickFIX's ends at the message that showed the gap.",
        _request_again,
    ),
    Rule(
        "kept-over-a-reset",
        "What was kept above a gap is forgotten when the numbers are reset in mid-session; "
        "QuickFIX takes it later, as messages of the new numbering.",
        _kept_over_a_reset,
    ),
    Rule(
        "same-number-twice",
        "Of two messages with one MsgSeqNum(34) above a gap we keep the first, QuickFIX the "
        "last; the other is a duplicate.",
        _same_number_twice,
    ),
    Rule(
        "order-of-answers",
        "What the session answers leaves before what the application answers to messages that came "
        "together; in QuickFIX each message is answered before the next is looked at.",
        _order_of_answers,
    ),
    Rule(
        "group-entries",
        "Each entry of a repeating group begins with its first field and has the order of the "
        "dictionary, and fields in groups have values; QuickFIX looks at none of that.",
        _group,
    ),
    Rule(
        "resend-request-out-of-range",
        "A ResendRequest(2) for number 0, for what was not sent yet, or with an end before its "
        "beginning is rejected; QuickFIX answers nothing, or fills a gap that there is not.",
        _out_of_range,
    ),
    Rule(
        "rejects-are-sent-again",
        "Reject(3) is the one session message that may be resent (FIX 4.4 Volume 2, Resend "
        "Request), and tells what became of a message; QuickFIX fills the gap.",
        _rejects_again,
    ),
    Rule(
        "resend-request-above-a-gap",
        "A ResendRequest(2) with a number too high is answered, and what is missing is asked for; "
        "QuickFIX leaves that to the next message, and asks for the request itself.",
        _request_above_a_gap,
    ),
    Rule(
        "sequence-reset-too-low",
        "A gap fill to a number that was used up is rejected with RefTagID(371)=36; QuickFIX's "
        "Reject names no field.",
        _too_low,
    ),
    Rule(
        "route-of-a-business-reject",
        "OnBehalfOfCompID(115) of our BusinessMessageReject(j) is the DeliverToCompID(128) of what "
        "is rejected, as it is in Reject(3); QuickFIX leaves it out.",
        _route,
    ),
    Rule(
        "another-fault-named",
        "A message with several faults is rejected for one of them. We look at the header first, "
        "then in the order of the message; QuickFIX goes by its own order.",
        _another_fault,
    ),
)


def tolerated(exchange: Exchange) -> str | None:
    """Return the name of the first rule that applies, or None."""
    return next((rule.name for rule in RULES if rule.applies(exchange)), None)
