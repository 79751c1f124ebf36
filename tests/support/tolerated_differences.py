"""Where our engine and QuickFIX may differ: one table; the predicates are in modules of their own.

``spec/quickfix_differences.md`` lists the same rules for people, in the same order and words.
"""

import hidden_differences as hidden
import shown_differences as shown
from difference_rule import Rule
from differential import Exchange

_REJECT = "FIX 4.4 Vol. 2, Reject"
_ORDERED = "FIX 4.4 Vol. 2, Ordered message processing"
_RESEND_REQUEST = "FIX 4.4 Vol. 2, Resend Request"
_POSS_DUP = "FIX 4.4 Vol. 2, Possible duplicates"
_LOGON = "FIX 4.4 Vol. 2, Logon"
_LOGOUT = "FIX 4.4 Vol. 2, Logout"
_GARBLED = "FIX 4.4 Vol. 2, test cases 2d and 3"
_OPEN = "left open; our choice"

RULES = (
    Rule(
        "other-begin-string",
        "With another BeginString(8) both send Logout; we disconnect at once and use up no number, "
        "QuickFIX waits for the answer and counts the message, or rejects another fault first.",
        "FIX 4.4 Vol. 2, test case 2i",
        shown.other_begin_string,
        hidden.other_begin_string,
    ),
    Rule(
        "message-without-number",
        "Without MsgSeqNum(34), or with one that is no number, we send Logout and disconnect; "
        "QuickFIX ignores, rejects or waits, depending on the message.",
        f"{_ORDERED}: a serious error",
        shown.message_without_number,
    ),
    Rule(
        "odd-first-message",
        "Whoever begins with anything but a good Logon(A) is closed at once; QuickFIX lets some "
        "wait until LogonTimeout.",
        "FIX 4.4 Vol. 2, test case 1e",
        shown.odd_first_message,
    ),
    Rule(
        "garbled-opening",
        "What is garbled is ignored, as the first message and as a Logon(A) too; QuickFIX closes.",
        _GARBLED,
        shown.garbled_opening,
    ),
    Rule(
        "after-our-logout",
        "Who has sent Logout(5) waits for the answer: we send no more application messages, no "
        "second Logout and no ResendRequest(2), keep nothing above a gap and do not follow a "
        "reset; QuickFIX goes on.",
        _LOGOUT,
        shown.after_our_logout,
        hidden.after_our_logout,
    ),
    Rule(
        "logout-out-of-order",
        "A Logout(5) with a number that is not the expected one uses up no number, and what is "
        "missing shows at the next Logon(A); QuickFIX counts it as the expected one, which is "
        "then lost.",
        _LOGOUT,
        hidden=hidden.logout_out_of_order,
    ),
    Rule(
        "terms-of-a-logon",
        "A Logon(A) with other terms (a negative HeartBtInt(108), an EncryptMethod(98)) is refused "
        "with a Logout that says why; QuickFIX agrees, or closes without a word.",
        _LOGON,
        shown.terms_of_a_logon,
    ),
    Rule(
        "faulty-reset",
        "A faulty Logon(A) with ResetSeqNumFlag(141)=Y in mid-session ends the session with a "
        "Logout that names the fault; QuickFIX sends a Reject(3).",
        _LOGON,
        shown.faulty_reset,
    ),
    Rule(
        "logon-seen-before",
        "The first Logon(A) of a connection with PossDupFlag(43)=Y and a number that was used is a "
        "duplicate, even with ResetOnLogon=Y; QuickFIX resets before it looks.",
        _POSS_DUP,
        shown.logon_seen_before,
    ),
    Rule(
        "second-logon",
        "A Logon(A) on a session that is logged on, without ResetSeqNumFlag(141)=Y, is judged like "
        "any message and answered with Logout; QuickFIX closes without a word.",
        _LOGON,
        shown.second_logon,
    ),
    Rule(
        "reset-first",
        "A Logon(A) with ResetSeqNumFlag(141)=Y that is refused (CompIDs, SendingTime(52)) resets "
        "nothing; QuickFIX resets before it looks.",
        _LOGON,
        shown.reset_first,
        hidden.reset_first,
    ),
    Rule(
        "reset-above-one",
        "A Logon(A) with ResetSeqNumFlag(141)=Y and a number above 1: what is missing below it is "
        "asked for, or expected with NextExpectedMsgSeqNum(789)=1; QuickFIX takes it for number 1.",
        _LOGON,
        shown.reset_above_one,
    ),
    Rule(
        "next-expected-not-agreed",
        "NextExpectedMsgSeqNum(789) counts where SendNextExpectedMsgSeqNum=Y, and 0 is no number; "
        "QuickFIX goes by it always.",
        f"{_LOGON}: by bilateral agreement",
        shown.next_expected_not_agreed,
    ),
    Rule(
        "next-expected-above-a-gap",
        "To a Logon(A) above a gap we answer with the number of the first missing message in "
        "NextExpectedMsgSeqNum(789); QuickFIX names the one after it, which is then lost.",
        _LOGON,
        shown.next_expected_above_a_gap,
        goes_on=True,
    ),
    Rule(
        "next-expected-not-said",
        "With SendNextExpectedMsgSeqNum=Y, to a Logon(A) above a gap that has no "
        "NextExpectedMsgSeqNum(789): what is missing is asked for, because who does not say what "
        "it expects may not go by what we say; QuickFIX waits for it to come unasked.",
        f"{_LOGON}: by bilateral agreement",
        shown.next_expected_not_said,
    ),
    Rule(
        "duplicate-without-time",
        "PossDupFlag(43)=Y needs OrigSendingTime(122); QuickFIX looks at it only where "
        "MsgSeqNum(34) is too low.",
        f"{_POSS_DUP}; test case 2g",
        shown.duplicate_without_time,
        hidden.duplicate_without_time,
    ),
    Rule(
        "seen-before",
        "A ResendRequest(2) or Logout(5) with PossDupFlag(43)=Y and a number that was used is a "
        "duplicate and has been acted on; QuickFIX acts on it again.",
        f"{_POSS_DUP}; test case 2e",
        shown.seen_before,
    ),
    Rule(
        "gap-fill-from-later",
        "A gap fill that was seen before, with an OrigSendingTime(122) after its SendingTime(52), "
        "is rejected like any message, and Logout follows; QuickFIX does not look at it there.",
        f"{_POSS_DUP}; test case 2f",
        shown.gap_fill_from_later,
    ),
    Rule(
        "number-after-a-reject",
        "A rejected gap fill or Logon(A) uses up its number like any other rejected message, and "
        "so does a SequenceReset(4) of a stranger or from another time; in QuickFIX they do not.",
        _REJECT,
        hidden=hidden.number_after_a_reject,
    ),
    Rule(
        "second-gap",
        "A gap is closed when the expected number has passed it, and a gap after that is asked "
        "for; QuickFIX takes the first request for open until it takes a message from the end of "
        "that gap.",
        _ORDERED,
        shown.second_gap,
    ),
    Rule(
        "request-again",
        "Our request is for all that is missing up to the newest message, and is repeated after a "
        "HeartBtInt(108) without progress; QuickFIX's ends at the message that showed the gap.",
        _RESEND_REQUEST,
        shown.request_again,
    ),
    Rule(
        "reject-above-a-gap",
        "A Reject(3) with a number too high is kept, and what is missing is asked for, as for any "
        "message; QuickFIX takes it, and counts the missing one as received.",
        f"{_ORDERED}; test case 2b",
        shown.reject_above_a_gap,
        hidden.reject_above_a_gap,
    ),
    Rule(
        "request-above-a-gap",
        "A ResendRequest(2) with a number too high is answered, what is missing is asked for, and "
        "the request is not asked for again; QuickFIX leaves the asking to the next message, and "
        "wants the request itself.",
        f"{_RESEND_REQUEST}; test case 20",
        shown.request_above_a_gap,
        hidden.request_above_a_gap,
    ),
    Rule(
        "gap-fill-too-low",
        "A gap fill to its own number or below is rejected with RefTagID(371)=36; QuickFIX ignores "
        "its own number, and names no field.",
        "FIX 4.4 Vol. 2, test case 10e",
        shown.gap_fill_too_low,
        hidden.gap_fill_too_low,
    ),
    Rule(
        "gap-fill-below",
        "A gap fill that is a possible duplicate, begins below the expected number and ends above "
        "it closes what is missing up to its end while a gap is open, because we have taken kept "
        "messages meanwhile; QuickFIX ignores it, and waits or asks again.",
        "FIX 4.4 Vol. 2, Sequence Reset",
        shown.gap_fill_below,
        hidden.gap_fill_below,
    ),
    Rule(
        "kept-over-a-reset",
        "What was kept above a gap is forgotten when the numbers are reset in mid-session; "
        "QuickFIX takes it later, as messages of the new numbering.",
        _LOGON,
        shown.kept_over_a_reset,
        hidden.kept_over_a_reset,
    ),
    Rule(
        "same-number-twice",
        "Of two different messages with one MsgSeqNum(34) above a gap we keep the first, QuickFIX "
        "the last.",
        _OPEN,
        hidden=hidden.same_number_twice,
    ),
    Rule(
        "order-of-answers",
        "What the session answers leaves before what the application answers to messages that are "
        "taken together; in QuickFIX each message is answered before the next is looked at.",
        _OPEN,
        shown.order_of_answers,
    ),
    Rule(
        "range-that-is-none",
        "A ResendRequest(2) for number 0, for what was not sent yet, or with an end before its "
        "beginning is rejected; QuickFIX answers nothing, or fills a gap that there is not.",
        f"{_REJECT}: value is incorrect (out of range)",
        shown.range_that_is_none,
    ),
    Rule(
        "negative-number",
        "A negative number of a message is rejected as incorrect, since int fields may be negative "
        "in FIX 4.2; QuickFIX calls it malformed.",
        f"{_REJECT}: value is incorrect (out of range)",
        shown.negative_number,
    ),
    Rule(
        "rejects-are-sent-again",
        "Reject(3) is the one session message that may be resent, and tells what became of a "
        "message; QuickFIX fills the gap.",
        _RESEND_REQUEST,
        shown.rejects_are_sent_again,
        goes_on=True,
    ),
    Rule(
        "resend-storm",
        "Who asks for the same a sixth time within a HeartBtInt(108) without progress is cut off; "
        "QuickFIX answers for ever.",
        f"{_OPEN} (spec/fix_engine.md)",
        shown.resend_storm,
    ),
    Rule(
        "faults-first",
        "We look at CompIDs, SendingTime(52) and MsgSeqNum(34) before the dictionary, so that a "
        "faulty message above a gap, below it or of a stranger is treated as such; QuickFIX does "
        "it the other way round, and rejects a message that it has not taken, or takes again.",
        _ORDERED,
        shown.faults_first,
        hidden.faults_first,
    ),
    Rule(
        "reject-of-a-reject",
        "A Reject(3) is never rejected, lest two sides go on for ever; QuickFIX does it.",
        _OPEN,
        shown.reject_of_a_reject,
    ),
    Rule(
        "no-comp-id",
        "A CompID is missing: Reject(3), required tag missing, as for any field of the header; "
        "QuickFIX sends BusinessMessageReject(j) for application messages.",
        f"{_REJECT}: required tag missing",
        shown.no_comp_id,
    ),
    Rule(
        "no-sending-time",
        "SendingTime(52) is missing in FIXT.1.1: Reject(3), required tag missing; QuickFIX closes.",
        f"{_REJECT}: required tag missing",
        shown.no_sending_time,
    ),
    Rule(
        "group-entries",
        "Each entry of a repeating group begins with its first field and has the order of the "
        "dictionary, fields in groups have values, and a negative count is no count; QuickFIX "
        "looks at none of that.",
        "FIX 4.4 Vol. 1, Repeating groups; test case 14i",
        shown.group_entries,
        hidden.group_entries,
    ),
    Rule(
        "route-of-a-business-reject",
        "BusinessMessageReject(j) goes back the way that its subject came, as Reject(3) does: "
        "OnBehalfOfCompID(115) and DeliverToCompID(128) change places; QuickFIX leaves them out.",
        "FIX 4.4 Vol. 2, third party addressing; test case 18",
        shown.route_of_a_business_reject,
    ),
    Rule(
        "another-fault-named",
        "A message with several faults is rejected for one of them. We look at the header first, "
        "then in the order of the message; QuickFIX goes by its own order.",
        _OPEN,
        shown.another_fault_named,
        hidden.another_fault_named,
        goes_on=True,
    ),
)


def judge(exchange: Exchange) -> tuple[list[str], bool]:
    """Return the rules that apply, and whether both engines are in the same state still.

    Raises:
        LookupError: the answers differ, and no rule allows it.
    """
    names, is_same = [], True
    if exchange.ours != exchange.theirs:
        rule = next((rule for rule in RULES if rule.shown(exchange)), None)
        if rule is None:
            raise LookupError("no rule allows this difference")
        names, is_same = [rule.name], rule.goes_on
    hiding = [rule.name for rule in RULES if rule.hidden(exchange)]
    return names + hiding, is_same and not hiding
