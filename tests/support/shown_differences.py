"""What exactly each tolerated difference of answers is: the state, what was said, both answers.

A predicate names our whole answer wherever it can, so that an engine with a fault in that very
place is still found out. What a predicate is called is the name of its rule.
"""

from collections import Counter

from difference_words import (
    BUSINESS_REJECT,
    LOGON,
    LOGOUT,
    ORDER,
    REJECT,
    RESEND_REQUEST,
    RESET,
    SESSION_MESSAGES,
    STALE,
    as_too_low,
    asks,
    fills_below,
    follows,
    get,
    is_at_another_time,
    is_duplicate,
    is_end,
    is_fault,
    is_first,
    is_garbled,
    is_of_others,
    is_refused,
    is_request,
    is_reset,
    normal,
    number,
    place,
    rejected,
    resent,
    types,
    without,
)
from differential import Exchange
from fix_wire import CLOSED
from random_conversations import Act
from session_ledger import whole

from oms_fix.fix.resend_storm import ANSWERS_MAX

_GROUP_FIELDS = (b"78", b"79", b"80")

# --- the connection -------------------------------------------------------------------------------


def other_begin_string(e: Exchange) -> bool:
    if is_first(e) or not any(change.kind == "begin" for change in e.act.changes):
        return False
    ours = is_end(e.ours) or (e.state.logout_sent and e.ours == (CLOSED,))
    return ours and types(e.theirs[:1]) in ([LOGOUT], [REJECT], [BUSINESS_REJECT], [])


def message_without_number(e: Exchange) -> bool:
    if is_first(e) or number(e) is not None or is_garbled(e):
        return False
    ours = is_end(e.ours) or (e.state.logout_sent and e.ours == (CLOSED,))
    return ours and types(e.theirs[:1]) in ([], [None], [REJECT], [LOGOUT], [BUSINESS_REJECT])


def odd_first_message(e: Exchange) -> bool:
    return is_first(e) and not is_garbled(e) and (e.ours, e.theirs) == ((CLOSED,), ())


def garbled_opening(e: Exchange) -> bool:
    is_opening = is_first(e) or e.sent.get(35) == LOGON
    return is_opening and is_garbled(e) and (e.ours, e.theirs) == ((), (CLOSED,))


def after_our_logout(e: Exchange) -> bool:
    if not e.state.logout_sent:
        return False
    if e.sent[35] == LOGON:
        is_ignored = e.ours == () or (types(e.ours) == [REJECT] and place(e) == "next")
        return as_too_low(e.ours, e) or (is_ignored and place(e) in {"next", "high"})
    ours = [a for a in e.theirs if a == CLOSED or get(a, 35) in SESSION_MESSAGES]
    ours = [a for a in ours if get(a, 35) not in {LOGOUT, RESEND_REQUEST} or get(a, 43) == b"Y"]
    return without(e.ours, 34) == without(ours, 34)


# --- Logon(A) -------------------------------------------------------------------------------------


def terms_of_a_logon(e: Exchange) -> bool:
    if e.sent[35] != LOGON or not is_end(e.ours):
        return False
    heart_bt_int, encryption = e.sent.get(108), e.sent.get(98)
    odd = whole(heart_bt_int) is None or encryption != b"0" or e.sent.get(1137, b"9") != b"9"
    return odd and types(e.theirs[:1]) in ([LOGON], [LOGOUT], [None], [])


def faulty_reset(e: Exchange) -> bool:
    refuses = is_reset(e) and not is_first(e) and is_end(e.ours)
    return refuses and bool(e.theirs) and is_fault(e.theirs[0], e)


def logon_seen_before(e: Exchange) -> bool:
    """It is on a new connection, where QuickFIX has forgotten the numbers before it looks."""
    if not is_first(e) or e.sent[35] != LOGON or place(e) != "low" or 122 not in e.sent:
        return False
    is_stale = e.sent[122] > e.sent.get(52, b"")
    return is_duplicate(e) and e.ours == ((CLOSED,) if is_stale else ())


def second_logon(e: Exchange) -> bool:
    if is_first(e) or e.sent[35] != LOGON or e.sent.get(141) == b"Y":
        return False
    if types(e.theirs) not in ([None], [REJECT, None]):
        return False
    if is_refused(e.ours, e):
        return True
    return {
        "next": types(e.ours[:1]) in ([LOGOUT], [REJECT]) and follows(e.ours[1:], e),
        "high": asks(e.ours, e),
        "low": as_too_low(e.ours, e),
        "none": False,
    }[place(e)]


def reset_first(e: Exchange) -> bool:
    if not is_reset(e) or not (e.ours and e.theirs):
        return False
    goes_on = get(e.ours[0], 34) == b"%d" % e.state.next_out and get(e.theirs[0], 34) == b"1"
    said = e.theirs[: len(e.ours)] if e.state.logout_sent else e.theirs
    is_alike = without(e.ours, 34) == without(said, 34)
    return goes_on and is_alike and is_refused(e.ours, e)


def reset_above_one(e: Exchange) -> bool:
    is_above = is_reset(e) and (number(e) or 0) > 1
    if not is_above or types(e.theirs) != [LOGON] or types(e.ours[:1]) != [LOGON]:
        return False
    if without(e.ours[:1], 789) != without(e.theirs, 789):
        return False
    said = (b"1", b"2") if e.who.expects else (None, None)
    requested = [] if e.who.expects and is_first(e) else [RESEND_REQUEST]
    is_said = (get(e.ours[0], 789), get(e.theirs[0], 789)) == said
    return is_said and types(e.ours[1:]) == requested


def next_expected_not_agreed(e: Exchange) -> bool:
    if not is_first(e) or 789 not in e.sent or types(e.ours[:1]) != [LOGON]:
        return False
    if e.who.expects and e.sent[789] != b"0":
        return False
    if is_end(e.theirs):
        begins_anew = is_reset(e) or not e.who.lasting
        return (whole(e.sent[789]) or 0) > (1 if begins_anew else e.state.next_out)
    rest = e.theirs[len(e.ours) :]
    same = without(e.theirs[: len(e.ours)], 789) == without(e.ours, 789)
    return same and bool(rest) and resent(rest) is not None


def next_expected_not_said(e: Exchange) -> bool:
    is_above = e.who.expects and is_first(e) and place(e) == "high" and 789 not in e.sent
    if not is_above or types(e.ours) != [LOGON, RESEND_REQUEST] or not is_request(e.ours[1], e):
        return False
    names_the_first = get(e.ours[0], 789) == b"%d" % e.state.expected
    return names_the_first and without(e.ours[:1], 789) == without(e.theirs, 789)


def next_expected_above_a_gap(e: Exchange) -> bool:
    is_above = e.who.expects and is_first(e) and place(e) == "high"
    if not is_above or normal(without(e.ours, 789)) != normal(without(e.theirs, 789)):
        return False
    says = whole(get(e.ours[0], 789)), whole(get(e.theirs[0], 789))
    return says == (e.state.expected, e.state.expected + 1)


# --- numbers --------------------------------------------------------------------------------------


def duplicate_without_time(e: Exchange) -> bool:
    if not is_duplicate(e) or 122 in e.sent or e.sent[35] == RESET:
        return False
    if is_first(e):
        return e.ours == (CLOSED,)
    if place(e) == "low":
        return as_too_low(e.ours, e)
    reject = bool(e.ours) and rejected(e.ours[0], e, b"122", b"1")
    kept = without(e.theirs, 34)  # what follows, and before it an answer if there was one
    rest = Counter(without(e.ours[1:], 34))
    rest_is_right = rest in (Counter(), Counter(kept), Counter(kept[1:]))
    return reject and place(e) == "next" and rest_is_right


def seen_before(e: Exchange) -> bool:
    acts_again = e.sent[35] in {RESEND_REQUEST, LOGOUT}
    is_known = not is_first(e) and is_duplicate(e) and 122 in e.sent
    return acts_again and is_known and as_too_low(e.ours, e)


def gap_fill_from_later(e: Exchange) -> bool:
    is_fill = e.sent[35] == RESET and e.sent.get(123) == b"Y" and not is_first(e)
    is_stale = e.sent.get(122, b"") > e.sent.get(52, b"")
    return is_fill and is_stale and as_too_low(e.ours, e) and e.theirs == ()


def second_gap(e: Exchange) -> bool:
    trusts = e.state.asked is not None and not e.state.gap_is_open
    return trusts and place(e) == "high" and asks(e.ours, e) and e.theirs == ()


def request_again(e: Exchange) -> bool:
    doubts = e.state.asked is None and e.state.gap_is_open
    is_repeated = len(e.theirs) == 1 and is_request(e.theirs[0], e)
    return doubts and place(e) == "high" and e.ours == () and is_repeated


def reject_above_a_gap(e: Exchange) -> bool:
    is_above = e.sent[35] == REJECT and place(e) == "high"
    return is_above and asks(e.ours, e) and (e.theirs == () or bool(e.state.queued))


def request_above_a_gap(e: Exchange) -> bool:
    is_above = e.sent[35] == RESEND_REQUEST and place(e) == "high"
    asks_too = is_above and bool(e.ours) and is_request(e.ours[-1], e)
    return asks_too and normal(e.ours[:-1]) == normal(e.theirs)


def gap_fill_too_low(e: Exchange) -> bool:
    """NewSeqNo(36) is no more than the number of the gap fill."""
    is_fill = e.sent[35] == RESET and e.sent.get(123) == b"Y" and place(e) == "next"
    new = whole(e.sent.get(36))
    if not is_fill or new is None or new > e.state.expected or len(e.ours) != 1:
        return False
    if not rejected(e.ours[0], e, b"36", b"5"):
        return False
    return e.theirs == () if new == e.state.expected else without(e.ours, 371) == list(e.theirs)


def kept_over_a_reset(e: Exchange) -> bool:
    is_alone = types(e.ours) == [LOGON] and get(e.ours[0], 34) == b"1"
    return is_reset(e) and bool(e.state.queued) and is_alone and e.theirs[:1] == e.ours


def gap_fill_below(e: Exchange) -> bool:
    """QuickFIX has taken less than we have, and may ask again."""
    taken = [answer for answer in e.theirs if get(answer, 35) != RESEND_REQUEST]
    return fills_below(e) and Counter(without(taken, 34)) <= Counter(without(e.ours, 34))


def order_of_answers(e: Exchange) -> bool:
    together, ours = len(e.said) > 1 or bool(e.state.kept), _unrouted(e)
    if together and e.sent[35] == RESEND_REQUEST and normal(ours) == normal(e.theirs):
        return True
    if not together or Counter(without(ours, 34)) != Counter(without(e.theirs, 34)):
        return False
    in_order = [get(a, 34) for a in ours] == [get(a, 34) for a in e.theirs]
    return in_order and _by_sender(ours) == _by_sender(e.theirs)


def _by_sender(answers):
    """Return what the session says, and what the application does."""
    said = without(answers, 34)
    session = [answer for answer in said if get(answer, 35) in SESSION_MESSAGES]
    return session, [answer for answer in said if answer not in session]


# --- resending ------------------------------------------------------------------------------------


def _is_odd_range(e: Exchange) -> bool:
    begin, end = whole(e.sent.get(7)), whole(e.sent.get(16))
    if begin is None or end is None:
        return False
    last = e.state.next_out - 1
    return begin == 0 or begin > min(end or last, last)


def range_that_is_none(e: Exchange) -> bool:
    if e.sent[35] != RESEND_REQUEST or not _is_odd_range(e) or not e.ours:
        return False
    rest = follows(e.ours[1:], e) or (place(e) == "high" and asks(e.ours[1:], e))
    again = [a for a in e.theirs if get(a, 35) == RESET or get(a, 43) == b"Y"]
    invents = follows(tuple(a for a in e.theirs if a not in again), e)
    return rejected(e.ours[0], e, b"7", b"5") and rest and invents


def negative_number(e: Exchange) -> bool:
    if not e.ours or types(e.theirs) != [REJECT]:
        return False
    tag = get(e.theirs[0], 371)
    is_it = tag in {b"7", b"16", b"36"} and e.sent.get(int(tag)) == b"-1"
    rest_is_right = e.ours[1:] == () or (place(e) == "high" and asks(e.ours[1:], e))
    both = rejected(e.ours[0], e, tag, b"5") and rejected(e.theirs[0], e, tag, b"6")
    return is_it and both and rest_is_right


def rejects_are_sent_again(e: Exchange) -> bool:
    again = any(get(a, 43) == b"Y" and get(a, 35) == REJECT for a in e.ours)
    return again and normal(e.ours) == normal(e.theirs)


def resend_storm(e: Exchange) -> bool:
    begin = whole(e.sent.get(7)) if e.sent[35] == RESEND_REQUEST else None
    is_no_progress = begin is not None and begin <= e.state.answered_from
    return is_no_progress and e.state.answers >= ANSWERS_MAX and is_end(e.ours)


# --- faults ---------------------------------------------------------------------------------------


def faults_first(e: Exchange) -> bool:
    if not e.theirs or not is_fault(e.theirs[0], e):
        return False
    # A BusinessMessageReject(j) counts as the expected message, and what was kept is next.
    goes_on = bool(e.state.kept) and types(e.theirs[:1]) == [BUSINESS_REJECT]
    ends = e.sent[35] == LOGON and e.theirs[1:] == (CLOSED,)
    if len(e.theirs) > 1 and not (goes_on or ends):
        return False
    if as_too_low(e.ours, e) or is_refused(e.ours, e):
        return True
    if place(e) == "high" and e.sent[35] in {RESEND_REQUEST, LOGOUT}:
        is_alike = e.ours[:1] == e.theirs or _is_true_too(e)
        return is_alike and asks(e.ours[1:], e)
    return place(e) == "high" and asks(e.ours, e)


def reject_of_a_reject(e: Exchange) -> bool:
    if e.sent[35] == REJECT and types(e.theirs) == [REJECT, LOGOUT]:
        ours = [] if e.state.logout_sent else [LOGOUT]
        is_due = is_of_others(e) or is_at_another_time(e) or as_too_low(e.ours, e)
        return is_due and rejected(e.theirs[0], e) and types(e.ours) == ours
    if e.sent[35] == REJECT and place(e) == "low":
        return types(e.theirs) == [REJECT] and as_too_low(e.ours, e)
    is_one = e.sent[35] == REJECT and len(e.theirs) == 1 and is_fault(e.theirs[0], e)
    if place(e) == "high":
        return is_one and asks(e.ours, e)
    return is_one and place(e) == "next" and e.ours == ()


def no_comp_id(e: Exchange) -> bool:
    missing = [tag for tag in (49, 56) if tag not in e.sent]
    if not missing or is_first(e) or place(e) != "next" or len(e.ours) != 1:
        return False
    ours = rejected(e.ours[0], e, b"%d" % missing[0], b"1")
    if not _is_one_fault(e.act):
        ours = rejected(e.ours[0], e) and _is_there(e.ours[0], e)
    return ours and types(e.theirs) == [BUSINESS_REJECT] and is_fault(e.theirs[0], e)


def no_sending_time(e: Exchange) -> bool:
    if 52 in e.sent or is_first(e) or e.theirs != (CLOSED,):
        return False
    if is_refused(e.ours, e):
        return True
    is_rejected = len(e.ours) == 1 and rejected(e.ours[0], e, b"52", b"1")
    return {
        "next": is_rejected,
        "high": asks(e.ours, e),
        "low": as_too_low(e.ours, e),
        "none": False,
    }[place(e)]


def group_entries(e: Exchange) -> bool:
    ours = len(e.ours) == 1 and rejected(e.ours[0], e) and place(e) == "next"
    if types(e.theirs) == [REJECT]:
        wrong_count = rejected(e.theirs[0], e, b"78", b"16")
        return ours and wrong_count and rejected(e.ours[0], e, b"78", b"6")
    return ours and get(e.ours[0], 371) in _GROUP_FIELDS and types(e.theirs) == [ORDER]


def route_of_a_business_reject(e: Exchange) -> bool:
    unrouted = _unrouted(e)
    return unrouted != e.ours and normal(unrouted) == normal(e.theirs)


def _unrouted(e: Exchange) -> tuple:
    """Return our answers, each BusinessMessageReject(j) without its route if that is right.

    OnBehalfOfCompID(115) and DeliverToCompID(128) of its subject have changed places.
    """
    by_number = {whole(said.fields.get(34)): said.fields for said in e.said} | e.state.kept
    answers = list(e.ours)
    for at, answer in enumerate(answers):
        subject = by_number.get(whole(get(answer, 45)), {})
        is_right = (get(answer, 115), get(answer, 128)) == (subject.get(128), subject.get(115))
        if get(answer, 35) == BUSINESS_REJECT and is_right:
            answers[at : at + 1] = without([answer], 115, 128)
    return tuple(answers)


def _is_there(answer, e: Exchange) -> bool:
    """Tell whether a fault that an answer names is there to be seen."""
    if get(answer, 35) == BUSINESS_REJECT:
        return True
    tag, reason = whole(get(answer, 371)), get(answer, 373)
    tags = [each for each, _ in e.sent.pairs]
    if reason == b"1":
        return tag not in tags
    if reason == b"13":
        return tags.count(tag) > 1
    if reason == b"4":
        return (tag, b"") in e.sent.pairs
    return tag is None or tag in tags


def another_fault_named(e: Exchange) -> bool:
    if types(e.theirs) == [REJECT, LOGOUT] and is_of_others(e) and is_refused(e.ours, e):
        return is_at_another_time(e) and rejected(e.theirs[0], e, reason=STALE)
    if len(e.ours) != 1 or len(e.theirs) != 1:
        return False
    faults = is_fault(e.ours[0], e) and is_fault(e.theirs[0], e)
    return (
        faults
        and types(e.ours) == types(e.theirs) == [REJECT]
        and not _is_one_fault(e.act)
        and _is_there(e.ours[0], e)
    )


def _is_true_too(e: Exchange) -> bool:
    """Tell whether of several faults we name one that is there."""
    is_one_of_several = bool(e.ours) and rejected(e.ours[0], e) and not _is_one_fault(e.act)
    return is_one_of_several and _is_there(e.ours[0], e)


def _is_one_fault(act: Act) -> bool:
    """Tell whether a message had a single fault, so that there is one right answer."""
    if act.kind in {"ZZ", "8"} or len(act.changes) != 1 or act.header:
        return False
    if act.kind == "d" and len(act.fields) == 1:
        return False
    change = act.changes[0]
    tags = [49, 56, 34, 52, *(tag for tag, _ in act.fields)]
    at = change.at % len(tags)
    # A tag in a wrong place is often unknown there as well, and one in a group splits it.
    if change.kind == "insert":
        return at >= 4 and 78 not in tags[:at] and change.what not in {b"78", b"79"}
    return change.kind == "value" or (change.kind == "double" and tags[at] not in (78, 79, 80))
