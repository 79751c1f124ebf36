"""Bytes to messages and back: framing of a byte stream, parsing and encoding of one message.

A stream of FIX is cut into messages by BodyLength(9) and CheckSum(10) alone, so a data field may
hold any byte, SOH included. What does not add up is garbled: it is skipped up to the next
``8=FIX`` and never answered (FIX 4.4 Volume 2, "Garbled message"). A BodyLength that is too long
makes the message run into the next one; both are ignored then, and the gap in MsgSeqNum(34) brings
them again.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from zlib import adler32

from oms_fix.fix.errors import EncodeError, ParseError
from oms_fix.fix.message import SOH, Field, Message

MESSAGE_SIZE_MAX_BYTES = 256 * 1024

_START = b"8=FIX"
# As nearly every message begins; what begins otherwise is looked at step by step.
_USUAL_HEAD = re.compile(rb"8=FIX[^\x01]{1,8}\x019=([0-9]{1,6})\x01(?=35=)")
_TRAILER_SIZE = 7  # "10=nnn" and SOH
_LENGTH_MIN = len(b"35=0|")
_BEGIN_STRING_SIZE_MAX = 16
_BODY_LENGTH_DIGITS_MAX = 9
_TAG_DIGITS_MAX = 9
_GARBLED_NOTES_MAX = 32
# The low half of adler32 is the plain sum as long as that is below its modulus, 65,521: up to 256
# bytes whatever they are, and up to 515 of ASCII.
_CHECKSUM_CHUNK = 256
_ASCII_CHUNK = 512

# Looking a tag up is several times quicker than int(), and it takes no "+1", " 1" or "1_0".
_TAGS = {b"%d" % tag: tag for tag in range(1, 10_000)}


class _Starts(dict[int, bytes]):
    """A tag to what stands before its value; those beyond the table are written each time."""

    def __missing__(self, tag: int) -> bytes:
        return b"%d=" % tag


_STARTS = _Starts({tag: b"%d=" % tag for tag in range(1, 10_000)})
_TRAILERS = tuple(b"10=%03d\x01" % number for number in range(256))
# CheckSum(10) with the end of the field before it to the sum of the whole message, modulo 256.
_WHOLE_SUMS = {
    SOH + trailer: (number + sum(trailer)) & 0xFF for number, trailer in enumerate(_TRAILERS)
}
_ENDING_SIZE = _TRAILER_SIZE + 1


def checksum(data: bytes) -> int:
    """Return CheckSum(10) of these bytes: their sum modulo 256."""
    size = len(data)
    if size <= _CHECKSUM_CHUNK or (size <= _ASCII_CHUNK and data.isascii()):
        return adler32(data, 0) & 0xFF
    starts = range(0, size, _CHECKSUM_CHUNK)
    return sum(adler32(data[at : at + _CHECKSUM_CHUNK], 0) & 0xFF for at in starts) & 0xFF


def encode(
    begin_string: str,
    msg_type: str,
    header: Iterable[Field],
    body: Iterable[Field],
    data_tags: Mapping[int, int] | None = None,
) -> bytes:
    """Return a whole message: 8, 9, 35, the header, the body, 10.

    Args:
        begin_string: BeginString(8), such as ``FIX.4.4``.
        msg_type: MsgType(35).
        header: header fields after MsgType(35), in the order to be written.
        body: body fields, in the order to be written, and trailer fields before CheckSum(10).
        data_tags: tag of a length field to tag of its data field, as the reader knows them; without
            it, any field may announce the next one's length.

    Raises:
        EncodeError: a value holds SOH and the field before it does not give its length.
    """
    fields = [*header, *body]
    content = b"35=%b\x01%b" % (msg_type.encode(), joined(fields))
    if content.count(SOH) != len(fields) + 1:
        _check_data_fields(fields, data_tags)
    return framed(begin_string.encode(), content)


def joined(fields: Iterable[Field]) -> bytes:
    """Return fields as they are on the wire, each with its SOH."""
    starts = _STARTS
    return b"\x01".join([*[starts[tag] + value for tag, value in fields], b""])


def framed(begin_string: bytes, content: bytes) -> bytes:
    """Return the message with this content, which goes from MsgType(35) to the last SOH."""
    message = b"8=%b\x019=%d\x01%b" % (begin_string, len(content), content)
    return message + _TRAILERS[checksum(message)]


@lru_cache(maxsize=16)  # there are seven BeginStrings
def _heads(begin_string: bytes) -> list[tuple[bytes, int]]:
    """Return what stands before a content of so many bytes, and the sum of it."""
    heads = [b"8=%b\x019=%d\x01" % (begin_string, size) for size in range(_ASCII_CHUNK)]
    return [(head, checksum(head)) for head in heads]


class Envelope:
    """What goes around the contents of a session's messages: 8 and 9 in front, 10 behind."""

    __slots__ = ("_begin_string", "_heads")

    def __init__(self, begin_string: str) -> None:
        self._begin_string = begin_string.encode()
        self._heads = _heads(self._begin_string)

    def seal(self, content: bytes) -> bytes:
        """Return the message with this content, as ``framed`` does."""
        size = len(content)
        if size >= _ASCII_CHUNK or not content.isascii():
            return framed(self._begin_string, content)
        head, total = self._heads[size]
        return head + content + _TRAILERS[(total + adler32(content, 0)) & 0xFF]


def _check_data_fields(fields: list[Field], data_tags: Mapping[int, int] | None) -> None:
    """Allow SOH in a value only where the field before announces it by length."""
    length_tag, length = 0, b""
    for tag, value in fields:
        announced = length == b"%d" % len(value)
        if data_tags is not None and data_tags.get(length_tag) != tag:
            announced = False
        if SOH in value and not announced:
            raise EncodeError(f"value of tag {tag} holds SOH but its length is not given before it")
        length_tag, length = tag, value


def parse(raw: bytes, data_tags: Mapping[int, int]) -> Message:
    """Return the message in these bytes.

    Args:
        raw: one message as ``Framer`` gives it.
        data_tags: tag of a length field to tag of the data field that follows it.

    Raises:
        ParseError: a field has no numeric tag or no ``=``, or a data field has another length than
            was announced.
    """
    parts = raw.split(SOH)
    # The framer has seen 8, 9 and 35 in front, and 10 with its SOH at the end.
    msg_type = parts[2][3:].decode("latin-1")
    return Message(msg_type, _read_fields(parts, 3, len(parts) - 2, data_tags), raw)


def parse_fields(raw: bytes, data_tags: Mapping[int, int]) -> list[Field]:
    """Return all fields in these bytes, 8, 9, 35 and 10 too, whether framed rightly or not.

    Raises:
        ParseError: as with ``parse``.
    """
    parts = raw.split(SOH)
    return _read_fields(parts, 0, len(parts) - (parts[-1] == b""), data_tags)


def _read_fields(
    parts: list[bytes], index: int, end: int, data_tags: Mapping[int, int]
) -> list[Field]:
    """Read what stands between SOHs, from ``index`` up to ``end``."""
    fields: list[Field] = []
    add = fields.append
    while index < end:
        tag, value = field = read_field(parts[index])
        index += 1
        add(field)
        if tag in data_tags and index < end:
            data_tag = data_tags[tag]
            if value.isdigit() and parts[index].startswith(b"%d=" % data_tag):
                data, index = _read_data(parts, index, end, data_tag, value)
                add((data_tag, data))
            # else the fault is the validator's to name
    return fields


def read_field(part: bytes) -> Field:
    """Return the field ``tag=value``, which holds no SOH.

    Raises:
        ParseError: it has no numeric tag or no ``=``.
    """
    name, equals, value = part.partition(b"=")
    tag = _TAGS.get(name)
    if tag is None or not equals:
        tag = _unusual_tag(name, equals)
    return tag, value


def _unusual_tag(name: bytes, equals: bytes) -> int:
    """Read a tag beyond the table; zero and negative ones too: the validator rejects them."""
    digits = name.removeprefix(b"-")
    if not equals or not digits.isdigit() or len(digits) > _TAG_DIGITS_MAX:
        raise ParseError(f"{len(name)} bytes that are no tag=value")  # not shown: a secret's rest
    return int(name)


def _read_data(
    parts: list[bytes], index: int, end: int, data_tag: int, length: bytes
) -> tuple[bytes, int]:
    """Glue the data field at ``parts[index]`` together again; also give the index after it."""
    if len(length) > _BODY_LENGTH_DIGITS_MAX:
        raise ParseError(f"length of data field {data_tag} is absurd")
    wanted = int(length)
    pieces = [parts[index].partition(b"=")[2]]
    size = len(pieces[0])
    index += 1
    while size < wanted and index < end:
        pieces.append(parts[index])
        size += 1 + len(parts[index])
        index += 1
    if size != wanted:
        raise ParseError(f"data field {data_tag} has not the announced {wanted} bytes")
    return b"\x01".join(pieces), index


class Framer:
    """Cuts a stream of bytes into whole messages, however the bytes arrive.

    The buffer never holds more than one message of the greatest allowed size and the bytes of one
    ``feed``.

    Attributes:
        garbled: what was skipped since the last ``take_garbled``, a short description each; at
            most 32, so that a flood of garbage cannot fill the memory.
    """

    __slots__ = ("_buffer", "_size_max", "garbled")

    def __init__(self, message_size_max: int = MESSAGE_SIZE_MAX_BYTES) -> None:
        self._buffer = b""
        self._size_max = message_size_max
        self.garbled: list[str] = []

    def take_garbled(self) -> list[str]:
        """Return the descriptions of what was skipped, and forget them."""
        garbled, self.garbled = self.garbled, []
        return garbled

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes as they arrived; return the whole messages that they complete."""
        buffer = self._buffer + data if self._buffer else data
        messages: list[bytes] = []
        at = self._cut_usual(buffer, messages)
        if at == len(buffer):  # as nearly always; anything else is looked at step by step
            self._buffer = b""
            return messages
        at = self._find_start(buffer, at)
        while at < len(buffer):
            end = self._end_of_message(buffer, at)
            if end == 0:
                break
            if end > 0:
                messages.append(buffer[at:end])
                at = self._find_start(buffer, end)
            else:
                at = self._find_start(buffer, max(at + 1, -end), quiet=True)
        self._buffer = buffer[at:]
        return messages

    def _find_start(self, buffer: bytes, at: int, *, quiet: bool = False) -> int:
        """Return where the next message starts, or where its first bytes may have come in."""
        found = buffer.find(_START, at)
        if found < 0:
            found = len(buffer)
            for size in range(len(_START) - 1, 0, -1):
                if found - size >= at and buffer.endswith(_START[:size]):
                    found -= size
                    break
        if found > at and not quiet:
            self._note(f"{found - at} bytes outside any message")
        return found

    def _cut_usual(self, buffer: bytes, messages: list[bytes]) -> int:
        """Cut off good messages up to the first that may be anything else; return where it is."""
        size, size_max = len(buffer), self._size_max
        usual_head, whole_sums = _USUAL_HEAD.match, _WHOLE_SUMS
        at = 0
        while (head := usual_head(buffer, at)) is not None:
            length = int(head[1])
            end = head.end() + length + _TRAILER_SIZE
            if end > size or not _LENGTH_MIN <= length <= size_max:
                break
            message = buffer[at:end]
            if whole_sums.get(message[-_ENDING_SIZE:]) != checksum(message):
                break
            messages.append(message)
            at = end
        return at

    def _end_of_message(self, buffer: bytes, at: int) -> int:
        """Judge the message that starts at ``at``.

        Returns:
            The end of a good message; 0 if more bytes are needed; if it is garbled, minus the place
            from which to look for the next one.
        """
        body = self._body(buffer, at)
        if body is None:
            return 0
        start, length = body
        if start < 0:
            return -(at + 1)
        trailer = start + length
        end = trailer + _TRAILER_SIZE
        if len(buffer) < end:
            return 0
        if (
            buffer[trailer - 1] != 1
            or not buffer.startswith(b"10=", trailer)
            or buffer[end - 1] != 1
        ):
            # Like the counterparties that we know, go on after the length that was announced.
            return self._garbled(trailer, "BodyLength(9) does not lead to CheckSum(10)")
        digits = buffer[trailer + 3 : end - 1]
        if digits != b"%03d" % checksum(buffer[at:trailer]):
            # Where it ends is beyond doubt, so nothing inside is taken for a message.
            return self._garbled(end, "CheckSum(10) is wrong")
        return end

    def _body(self, buffer: bytes, at: int) -> tuple[int, int] | None:
        """Read 8, 9 and the start of 35: where the body starts and its length in bytes.

        None if more bytes are needed, a negative start if this is no message.
        """
        begin_end = buffer.find(b"\x01", at, at + _BEGIN_STRING_SIZE_MAX)
        if begin_end < 0:
            return self._incomplete(buffer, at + _BEGIN_STRING_SIZE_MAX, "BeginString(8) too long")
        length_at = begin_end + 1
        length_end = buffer.find(b"\x01", length_at, length_at + 3 + _BODY_LENGTH_DIGITS_MAX)
        if length_end < 0:
            return self._incomplete(
                buffer, length_at + 3 + _BODY_LENGTH_DIGITS_MAX, "BodyLength(9) too long"
            )
        digits = buffer[length_at + 2 : length_end]
        if not buffer.startswith(b"9=", length_at) or not digits.isdigit():
            return self._no_message("BodyLength(9) is not the second field, or no number")
        length = int(digits)
        if length > self._size_max or length < _LENGTH_MIN:
            return self._no_message(f"BodyLength(9) is {length}; at most {self._size_max}")
        start = length_end + 1
        if len(buffer) < start + 3:
            return None
        if not buffer.startswith(b"35=", start):
            return self._no_message("MsgType(35) is not the third field")
        return start, length

    def _incomplete(self, buffer: bytes, limit: int, text: str) -> tuple[int, int] | None:
        return None if len(buffer) < limit else self._no_message(text)

    def _no_message(self, text: str) -> tuple[int, int]:
        self._note(text)
        return -1, 0

    def _garbled(self, resume: int, text: str) -> int:
        self._note(text)
        return -resume

    def _note(self, text: str) -> None:
        if len(self.garbled) < _GARBLED_NOTES_MAX:
            self.garbled.append(text)
