"""FIX messages as a test writes, reads, compares and shows them, spoiled ones included."""

import re

SOH = b"\x01"
NO_TAG = None
"""What stands for a tag that is no number."""
CLOSED = ("closed",)
_NAMES = {
    "0": "Heartbeat",
    "1": "TestRequest",
    "2": "ResendRequest",
    "3": "Reject",
    "4": "SequenceReset",
    "5": "Logout",
    "8": "ExecutionReport",
    "A": "Logon",
    "D": "NewOrderSingle",
    "F": "OrderCancelRequest",
    "d": "SecurityDefinition",
    "j": "BusinessMessageReject",
}
_TAG = re.compile(rb"-?[0-9]+")
_FRAME = frozenset((8, 9, 10, 35, 49, 52, 56))
_ECHOED = (b"D", b"d")
# Texts differ, and times do: of OrigSendingTime(122) only that it is there is compared.
_NOT_COMPARED = frozenset((8, 9, 10, 52))
_TEXT, _ORIG_SENDING_TIME = 58, 122


class Fields(dict):
    """The first value of each tag; ``pairs`` has all of them in order."""

    def __init__(self, pairs) -> None:
        super().__init__(reversed(pairs))
        self.pairs = pairs


def framed(begin_string: bytes, msg_type: str, pairs, faults=frozenset()) -> bytes:
    """Return a whole message, with the faults of its frame that are named."""
    body = b"35=" + msg_type.encode() + SOH + b"".join(b"%s=%s\x01" % pair for pair in pairs)
    length = len(body) + (3 if "length" in faults else 0)
    begin = b"FIX.4.3" if "begin" in faults else begin_string
    whole = b"8=%s\x019=%d\x01" % (begin, length) + body
    checksum = (sum(whole) + ("checksum" in faults)) % 256
    return (b"junk" if "junk" in faults else b"") + whole + b"10=%03d\x01" % checksum


def split(raw: bytes) -> Fields:
    """Return the fields of the first message, whole or spoiled, but for its CheckSum(10)."""
    raw = raw[raw.find(b"8=") :].split(b"\x0110=", 1)[0]
    pairs = [field.partition(b"=")[::2] for field in raw.split(SOH)]
    return Fields([(int(tag) if _TAG.fullmatch(tag) else NO_TAG, value) for tag, value in pairs])


def essence(message) -> tuple:
    """Return what of an answer is compared, as sorted pairs; an empty one stands for the end."""
    if not message:
        return CLOSED
    is_echo = message[35] in _ECHOED
    return tuple(
        sorted(
            (tag, b"" if tag == _ORIG_SENDING_TIME else value)
            for tag, value in message.pairs
            if tag not in _NOT_COMPARED and (is_echo or tag != _TEXT)
        )
    )


def raw_text(raw: bytes) -> str:
    """Return bytes as a line."""
    return raw.replace(SOH, b"|").decode("latin-1")


def short_text(message) -> str:
    """Return an answer as a line: the name of its type, and all but its frame."""
    if not message:
        return "closes the connection"
    kind = message[35].decode("latin-1")
    pairs = [
        f"{tag}={value.decode('latin-1')}" for tag, value in message.pairs if tag not in _FRAME
    ]
    return f"{_NAMES.get(kind, 'message')}({kind}) {'|'.join(pairs)}"


def type_name(kind: str) -> str:
    """Return the name of a MsgType(35)."""
    return f"{_NAMES[kind]}({kind})" if kind in _NAMES else kind
