"""Where both engines are in different states from then on, whatever they answered."""

from difference_words import (
    LOGON,
    LOGOUT,
    OTHERS,
    REJECT,
    RESEND_REQUEST,
    RESET,
    STALE,
    fills_below,
    get,
    is_at_another_time,
    is_duplicate,
    is_first,
    is_of_others,
    is_reset,
    number,
    place,
    rejected,
    steps,
    types,
)
from differential import Exchange
from fix_wire import CLOSED
from session_ledger import whole


def number_after_a_reject(e: Exchange) -> bool:
    if is_first(e) or place(e) != "next" or e.sent[35] not in {RESET, LOGON}:
        return False
    rejects = [answer for answer in e.ours if rejected(answer, e)]
    if e.sent[35] == RESET and e.sent.get(123) != b"Y":  # its number means nothing
        rejects = [answer for answer in rejects if get(answer, 373) in {OTHERS, STALE}]
    return bool(rejects)


def duplicate_without_time(e: Exchange) -> bool:
    odd = is_duplicate(e) and 122 not in e.sent and e.sent[35] != RESET
    return odd and not is_first(e) and place(e) == "high"


def kept_over_a_reset(e: Exchange) -> bool:
    return not is_first(e) and is_reset(e) and bool(e.state.queued) and types(e.ours) == [LOGON]


def same_number_twice(e: Exchange) -> bool:
    for message, state in steps(e):
        kept = state.kept.get(whole(message.get(34)) or 0)
        if kept is not None and _content(kept) != _content(message):
            return True
    return False


def _content(message):
    return [pair for pair in message.pairs if pair[0] not in {8, 9, 43, 52, 60, 122}]


def reject_above_a_gap(e: Exchange) -> bool:
    return not is_first(e) and e.sent[35] == REJECT and place(e) == "high"


def request_above_a_gap(e: Exchange) -> bool:
    return not is_first(e) and e.sent[35] == RESEND_REQUEST and place(e) == "high"


def logout_out_of_order(e: Exchange) -> bool:
    is_odd = e.sent[35] == LOGOUT and place(e) != "next"
    return is_odd and e.who.lasting and CLOSED in e.ours


def gap_fill_below(e: Exchange) -> bool:
    return fills_below(e)


def other_begin_string(e: Exchange) -> bool:
    return any(change.kind == "begin" for change in e.act.changes) and not is_first(e)


def reset_first(e: Exchange) -> bool:
    return is_reset(e) and LOGON not in types(e.ours)


def after_our_logout(e: Exchange) -> bool:
    """QuickFIX keeps what comes above a gap; we ask for it after the next Logon(A)."""
    is_high = any(state.place(whole(message.get(34))) == "high" for message, state in steps(e))
    return e.state.logout_sent and is_high


def gap_fill_too_low(e: Exchange) -> bool:
    """It is above a gap, and looked at when that is closed."""
    is_fill = e.sent[35] == RESET and e.sent.get(123) == b"Y" and place(e) == "high"
    return is_fill and (whole(e.sent.get(36)) or 0) <= number(e)


def group_entries(e: Exchange) -> bool:
    """It is above a gap, and looked at when that is closed."""
    has_group = any(tag == 78 for tag, _ in e.act.fields)
    return has_group and bool(e.act.changes) and place(e) == "high"


def faults_first(e: Exchange) -> bool:
    """A faulty ResendRequest(2) or Logout(5) above a gap: we reject it and keep its number."""
    is_above = e.sent[35] in {RESEND_REQUEST, LOGOUT} and place(e) == "high"
    return is_above and any(rejected(answer, e) for answer in e.ours)


def another_fault_named(e: Exchange) -> bool:
    """After our Logout QuickFIX sends another, for another reason."""
    return is_of_others(e) and is_at_another_time(e)
