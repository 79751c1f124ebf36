"""What a session says: header and bytes of every message it sends, bodies of those of its own."""

from collections.abc import Iterable, Sequence

from oms_fix.fix.codec import Envelope, encode, joined, parse
from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.message import SECRET_TAGS, SOH, Field, Message
from oms_fix.fix.pretty import is_masked, mask_secrets
from oms_fix.fix.security import SecuritySettings
from oms_fix.fix.settings import APPL_VER_IDS, FIXT, ConnectionType, SessionSettings
from oms_fix.fix.timestamps import NANOSECONDS, format_timestamp, parse_timestamp
from oms_fix.fix.validation import Fault

LOGON = "A"
HEARTBEAT = "0"
TEST_REQUEST = "1"
RESEND_REQUEST = "2"
REJECT = "3"
SEQUENCE_RESET = "4"
LOGOUT = "5"
BUSINESS_MESSAGE_REJECT = "j"

ADMINISTRATIVE = frozenset(
    (LOGON, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, SEQUENCE_RESET, LOGOUT)
)
_ADMINISTRATIVE = frozenset(each.encode() for each in ADMINISTRATIVE)

# What the session itself writes, whatever a message brings along.
_OWN_TAGS = frozenset((8, 9, 10, 35, 34, 43, 49, 52, 56, 122))
_OWN_FIELDS = 5  # of those, in a new message from MsgType(35) to the body: 35, 49, 56, 34, 52
_LAYOUTS_MAX = 256
_LAYOUT_TAGS_MAX = 100

_Layout = tuple[str, tuple[int, ...]]

# EndSeqNo(16) for "all that follows" is 999999 in these, and 0 from FIX 4.2 on.
_EARLY_VERSIONS = frozenset(("FIX.4.0", "FIX.4.1"))

# OnBehalfOf(115, 116, 144) and DeliverTo(128, 129, 145): an answer goes back the way it came.
_REVERSE_ROUTE = {115: 128, 116: 129, 144: 145, 128: 115, 129: 116, 145: 144}


class MessageWriter:
    """Gives every outgoing message of one session its header and trailer.

    Most messages are a body alone, without secrets or SOH in a value, and of a few layouts:
    MsgType(35) and tags. All that differs between two of one layout are MsgSeqNum(34),
    SendingTime(52) and the values, so a layout is turned into a template once, and they are put
    into it; all others are sorted field by field. Both ways give the same bytes. At most 256
    layouts of up to 100 tags are remembered; then all are forgotten.
    """

    def __init__(self, settings: SessionSettings, dictionary: Dictionary) -> None:
        self._begin_string = settings.begin_string
        self._envelope = Envelope(settings.begin_string)
        self._precision = settings.precision
        self._tick = NANOSECONDS // 10**settings.precision
        self._tick_before = -1
        self._sent_before = b""
        self._header_tags = dictionary.header.all_fields - _OWN_TAGS
        self._unusual_tags = self._header_tags | _OWN_TAGS | SECRET_TAGS
        self._data_tags = dictionary.data_tags
        self._comp_ids: list[Field] = [
            (49, settings.sender_comp_id.encode()),
            (56, settings.target_comp_id.encode()),
        ]
        self._templates: dict[_Layout, bytes] = {}

    def write(self, message: Message, msg_seq_num: int, now: int) -> tuple[bytes, bytes]:
        """Return the bytes of a new message, and those to be stored: without its secrets.

        Header fields among the message's own, such as PossResend(97) or DeliverToCompID(128), are
        put into the header; those that the session decides on are replaced.
        """
        tags, values = _unzipped(message)
        key = (message.msg_type, tags)
        template = self._templates.get(key) or self._template(key)
        if template is not None:
            content = template % (msg_seq_num, self._sending_time(now), *values)
            if content.count(SOH) == len(tags) + _OWN_FIELDS:
                raw = self._envelope.seal(content)
                return raw, raw
        header, body = self._split(message.fields)
        raw = self._encode(message.msg_type, msg_seq_num, now, header, body)
        return raw, mask_secrets(raw)

    def _sending_time(self, now: int) -> bytes:
        """Return SendingTime(52); that of the message before if no more than a tick ago."""
        tick = now // self._tick
        if tick != self._tick_before:
            self._tick_before = tick
            self._sent_before = format_timestamp(now, self._precision)
        return self._sent_before

    def _template(self, layout: _Layout) -> bytes | None:
        """Return what messages of a layout are put into.

        None if these are not a body alone, may hold secrets, or are too long to be remembered.
        """
        msg_type, tags = layout
        if len(tags) > _LAYOUT_TAGS_MAX or not self._unusual_tags.isdisjoint(tags):
            return None
        fixed = b"35=%b\x01%b" % (msg_type.encode(), joined(self._comp_ids))
        own = fixed.replace(b"%", b"%%") + b"34=%d\x0152=%b\x01"
        template = own + b"".join([b"%d=%%b\x01" % tag for tag in tags])
        if len(self._templates) >= _LAYOUTS_MAX:
            self._templates.clear()
        self._templates[layout] = template
        return template

    def write_again(self, raw: bytes, msg_seq_num: int, now: int) -> bytes:
        """Return a sent message as a possible duplicate (FIX 4.4 Volume 2, "Possible duplicates").

        The body and MsgSeqNum(34) stay; PossDupFlag(43) and OrigSendingTime(122) come in. That is
        never later than SendingTime(52), or the message would be refused: a clock may have been set
        back meanwhile.
        """
        message = parse(raw, self._data_tags)
        header, body = self._split(message.fields)
        again = format_timestamp(now, self._precision)
        sent = min(message.get(52) or again, again)
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
        return encode(self._begin_string, msg_type, fields + header, body, self._data_tags)


def _unzipped(message: Message) -> tuple[tuple[int, ...], Sequence[bytes]]:
    """Return the tags of a message, and its values."""
    layout = message.layout
    if layout is not None:
        return layout.tags, message.values
    tags: list[int] = []
    values: list[bytes] = []
    for tag, value in message.fields:
        tags.append(tag)
        values.append(value)
    return tuple(tags), values


def goes_again(raw: bytes) -> bool:
    """Whether a sent message is resent: every application message, and Reject(3).

    Only one with a secret is not: it was stored without it.
    """
    msg_type = msg_type_of(raw)
    return (msg_type == b"3" or msg_type not in _ADMINISTRATIVE) and not is_masked(raw)


def is_application(raw: bytes) -> bool:
    """Whether a framed message is an application message."""
    return msg_type_of(raw) not in _ADMINISTRATIVE


def msg_type_of(raw: bytes) -> bytes:
    """Return MsgType(35) of a framed message; empty if it has none."""
    return value_of(raw, 35)


def sending_time(raw: bytes | None) -> int | None:
    """Return SendingTime(52) of a message of ours as nanoseconds since 1970; None without one."""
    return None if raw is None else parse_timestamp(value_of(raw, 52))


def value_of(raw: bytes, tag: int) -> bytes:
    """Return the first value of a tag in a framed message, damaged or not; empty if it has none."""
    before = b"\x01%d=" % tag
    start = raw.find(before)
    if start < 0:
        return b""
    start += len(before)
    return raw[start : raw.find(b"\x01", start)]


def logon(
    settings: SessionSettings,
    dictionary: Dictionary,
    heart_bt_int: int,
    *,
    reset: bool,
    next_expected: int | None,
) -> Message:
    """Return a Logon(A) without encryption.

    Args:
        settings: of the session.
        dictionary: of the session; what its version of Logon(A) does not have is left out.
        heart_bt_int: HeartBtInt(108) in seconds.
        reset: set ResetSeqNumFlag(141).
        next_expected: NextExpectedMsgSeqNum(789); None leaves it out.
    """
    known = dictionary.messages[LOGON].fields
    fields = [(98, b"0"), (108, b"%d" % heart_bt_int)]
    if reset and 141 in known:
        fields.append((141, b"Y"))
    if next_expected is not None and 789 in known:
        fields.append((789, b"%d" % next_expected))
    if settings.connection_type is ConnectionType.INITIATOR:
        fields += _credentials(settings.security)
    if settings.begin_string == FIXT:
        fields.append((1137, appl_ver_id(settings)))
    return Message(LOGON, fields)


def _credentials(security: SecuritySettings) -> list[Field]:
    """Return Username(553) and Password(554), also to versions whose Logon(A) lacks them.

    Venues of FIX 4.2 that want them take them as fields of their own.
    """
    fields: list[Field] = []
    if security.username is not None:
        fields.append((553, security.username.encode()))
    if security.password is not None:
        fields.append((554, security.password.value))
    return fields


def appl_ver_id(settings: SessionSettings) -> bytes:
    """Return DefaultApplVerID(1137) of a FIXT.1.1 session as it is on the wire."""
    return APPL_VER_IDS[settings.default_appl_ver_id or "FIX.5.0SP2"].encode()


def heartbeat(test_req_id: bytes | None = None) -> Message:
    """Return a Heartbeat(0), with the TestReqID(112) of the TestRequest(1) that it answers."""
    return Message(HEARTBEAT, [] if test_req_id is None else [(112, test_req_id)])


def test_request() -> Message:
    """Return a TestRequest(1). One is open at a time, so all have the same TestReqID(112)."""
    return Message(TEST_REQUEST, [(112, b"TEST")])


def resend_request(begin: int, begin_string: str) -> Message:
    """Return a ResendRequest(2) for everything from ``begin`` on."""
    infinity = b"999999" if begin_string in _EARLY_VERSIONS else b"0"
    return Message(RESEND_REQUEST, [(7, b"%d" % begin), (16, infinity)])


def logout(text: str) -> Message:
    """Return a Logout(5); an empty text is left out, and no text can break the message."""
    value = text.encode().replace(SOH, b" ")
    return Message(LOGOUT, [(58, value)] if value else [])


def reject(message: Message, msg_seq_num: int, fault: Fault, dictionary: Dictionary) -> Message:
    """Return the Reject(3) of a message.

    What this FIX version's Reject does not have yet is left to the text.
    """
    known = dictionary.messages[REJECT].fields
    fields = [*reverse_route(message, dictionary), (45, b"%d" % msg_seq_num)]
    text = fault.text
    if fault.ref_tag is not None:
        if 371 in known:
            fields.append((371, b"%d" % fault.ref_tag))
        else:
            text = f"{text} ({fault.ref_tag})"
    if 372 in known and message.msg_type:
        fields.append((372, message.msg_type.encode("latin-1")))
    if 373 in known and str(fault.reason) in dictionary.fields_by_tag[373].values:
        fields.append((373, b"%d" % fault.reason))
    fields.append((58, text.encode()))
    return Message(REJECT, fields)


def business_reject(
    message: Message, msg_seq_num: int, text: str, dictionary: Dictionary
) -> Message:
    """Return the BusinessMessageReject(j) with BusinessRejectReason(380) 0 ("other") of a message.

    FIX 4.0 and 4.1 have none; they get a Reject(3).
    """
    if BUSINESS_MESSAGE_REJECT not in dictionary.messages:
        return reject(message, msg_seq_num, Fault(99, None, text), dictionary)
    fields = [*reverse_route(message, dictionary), (45, b"%d" % msg_seq_num)]
    fields.append((372, message.msg_type.encode("latin-1")))
    if cl_ord_id := message.get(11):
        fields.append((379, cl_ord_id))
    fields += [(380, b"0"), (58, text.encode())]
    return Message(BUSINESS_MESSAGE_REJECT, fields)


def reverse_route(message: Message, dictionary: Dictionary) -> list[Field]:
    """Return the header fields that lead an answer back to whom a message came from."""
    return [
        (to, value)
        for tag, to in _REVERSE_ROUTE.items()
        if to in dictionary.header.fields and (value := message.get(tag))
    ]
