"""What a session says: header and bytes of every message it sends, bodies of those of its own."""

from collections.abc import Iterable

from oms_fix.fix.codec import encode, parse
from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.message import Field, Message
from oms_fix.fix.settings import APPL_VER_IDS, FIXT, SessionSettings
from oms_fix.fix.timestamps import format_timestamp
from oms_fix.fix.validation import Fault

LOGON = "A"
HEARTBEAT = "0"
TEST_REQUEST = "1"
RESEND_REQUEST = "2"
REJECT = "3"
SEQUENCE_RESET = "4"
LOGOUT = "5"

# What the session itself writes, whatever a message brings along.
_OWN_TAGS = frozenset((8, 9, 10, 35, 34, 43, 49, 52, 56, 122))

# OnBehalfOf(115, 116, 144) and DeliverTo(128, 129, 145): an answer goes back the way it came.
_REVERSE_ROUTE = {115: 128, 116: 129, 144: 145, 128: 115, 129: 116, 145: 144}


class MessageWriter:
    """Gives every outgoing message of one session its header and trailer."""

    def __init__(self, settings: SessionSettings, dictionary: Dictionary) -> None:
        self._begin_string = settings.begin_string
        self._precision = settings.timestamp_precision
        self._header_tags = dictionary.header.fields - _OWN_TAGS
        self._data_tags = dictionary.data_tags
        self._comp_ids: list[Field] = [
            (49, settings.sender_comp_id.encode()),
            (56, settings.target_comp_id.encode()),
        ]

    def write(self, message: Message, msg_seq_num: int, now: int) -> bytes:
        """Return the bytes of a new message.

        Header fields among the message's own, such as PossResend(97) or DeliverToCompID(128), are
        put into the header; those that the session decides on are replaced.
        """
        header, body = self._split(message.fields)
        return self._encode(message.msg_type, msg_seq_num, now, header, body)

    def write_again(self, raw: bytes, msg_seq_num: int, now: int) -> bytes:
        """Return a sent message as a possible duplicate (FIX 4.4 Volume 2, "Possible duplicates").

        The body and MsgSeqNum(34) stay; PossDupFlag(43) and OrigSendingTime(122) come in.
        """
        message = parse(raw, self._data_tags)
        header, body = self._split(message.fields)
        sent = message.get(52) or format_timestamp(now, self._precision)
        return self._encode(message.msg_type, msg_seq_num, now, header, body, poss_dup=sent)

    def gap_fill(self, begin: int, new_seq_no: int, now: int) -> bytes:
        """Return the SequenceReset-GapFill for ``begin`` to ``new_seq_no`` - 1.

        What it stands for has no one sending time; OrigSendingTime(122) is then SendingTime(52).
        """
        body = [(36, b"%d" % new_seq_no), (123, b"Y")]
        sent = format_timestamp(now, self._precision)
        return self._encode(SEQUENCE_RESET, begin, now, [], body, poss_dup=sent)

    def _split(self, fields: Iterable[Field]) -> tuple[list[Field], list[Field]]:
        header: list[Field] = []
        body: list[Field] = []
        for field in fields:
            tag = field[0]
            if tag in self._header_tags:
                header.append(field)
            elif tag not in _OWN_TAGS:
                body.append(field)
        return header, body

    def _encode(
        self,
        msg_type: str,
        msg_seq_num: int,
        now: int,
        header: list[Field],
        body: list[Field],
        *,
        poss_dup: bytes | None = None,
    ) -> bytes:
        fields = [*self._comp_ids, (34, b"%d" % msg_seq_num)]
        if poss_dup is not None:
            fields.append((43, b"Y"))
        fields.append((52, format_timestamp(now, self._precision)))
        if poss_dup is not None:
            fields.append((122, poss_dup))
        return encode(self._begin_string, msg_type, fields + header, body)


def resend(
    writer: MessageWriter,
    begin: int,
    end: int,
    messages: Iterable[tuple[int, bytes]],
    now: int,
) -> list[bytes]:
    """Return the answer to a ResendRequest(2) for ``begin`` to ``end``, both included.

    Application messages and Rejects go again; whatever else has had a number, or is not in the
    store any more, becomes a gap fill, one for each run (FIX 4.4 Volume 2, "Resend Request").

    Args:
        writer: of the session.
        begin: first number that was asked for.
        end: last number that was asked for and used.
        messages: the stored messages of that range by ascending MsgSeqNum(34).
        now: nanoseconds since 1970.
    """
    answer: list[bytes] = []
    expected = begin
    for number, raw in messages:
        if not begin <= number <= end or not goes_again(raw):
            continue
        if number > expected:
            answer.append(writer.gap_fill(expected, number, now))
        answer.append(writer.write_again(raw, number, now))
        expected = number + 1
    if expected <= end:
        answer.append(writer.gap_fill(expected, end + 1, now))
    return answer


def goes_again(raw: bytes) -> bool:
    """Whether a sent message is resent: every application message, and Reject(3)."""
    start = raw.index(b"\x0135=") + 4
    msg_type = raw[start : raw.index(b"\x01", start)]
    return msg_type not in {b"A", b"0", b"1", b"2", b"4", b"5"}


def logon(settings: SessionSettings, heart_bt_int: int, *, reset: bool) -> Message:
    """Return a Logon(A) without encryption; ``reset`` sets ResetSeqNumFlag(141)."""
    fields = [(98, b"0"), (108, b"%d" % heart_bt_int)]
    if reset:
        fields.append((141, b"Y"))
    if settings.begin_string == FIXT:
        fields.append((1137, appl_ver_id(settings)))
    return Message(LOGON, fields)


def appl_ver_id(settings: SessionSettings) -> bytes:
    """Return DefaultApplVerID(1137) of a FIXT.1.1 session as it is on the wire."""
    return APPL_VER_IDS[settings.default_appl_ver_id or "FIX.5.0SP2"].encode()


def heartbeat(test_req_id: bytes | None = None) -> Message:
    """Return a Heartbeat(0), with the TestReqID(112) of the TestRequest(1) that it answers."""
    return Message(HEARTBEAT, [] if test_req_id is None else [(112, test_req_id)])


def test_request() -> Message:
    """Return a TestRequest(1). One is open at a time, so all have the same TestReqID(112)."""
    return Message(TEST_REQUEST, [(112, b"TEST")])


def resend_request(begin: int) -> Message:
    """Return a ResendRequest(2) for everything from ``begin`` on."""
    return Message(RESEND_REQUEST, [(7, b"%d" % begin), (16, b"0")])


def logout(text: str) -> Message:
    """Return a Logout(5); an empty text is left out."""
    return Message(LOGOUT, [(58, text.encode())] if text else [])


def reject(message: Message, msg_seq_num: int, fault: Fault, dictionary: Dictionary) -> Message:
    """Return the Reject(3) of a message.

    A SessionRejectReason(373) that this FIX version does not have yet is left to the text.
    """
    fields = [
        (to, value)
        for tag, to in _REVERSE_ROUTE.items()
        if to in dictionary.header.fields and (value := message.get(tag))
    ]
    fields.append((45, b"%d" % msg_seq_num))
    if fault.ref_tag is not None:
        fields.append((371, b"%d" % fault.ref_tag))
    fields.append((372, message.msg_type.encode("latin-1")))
    if str(fault.reason) in dictionary.fields_by_tag[373].values:
        fields.append((373, b"%d" % fault.reason))
    fields.append((58, fault.text.encode()))
    return Message(REJECT, fields)
