"""FIX messages found in text: logs, mails, store files.

A message starts at ``8=FIX``; the character after BeginString(8) is its separator: SOH, ``|`` or
``^A``. It ends after CheckSum(10), and not before BodyLength(9) is used up where that is right, so
that data which looks like a trailer does not end it.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from oms_fix.fix.message import SOH

_START = re.compile(rb"8=FIX[T.0-9SP]*(\x01|\||\^A)")
_BODY_LENGTH = re.compile(rb"9=(\d{1,9})(?:\x01|\|)")
_TRAILERS = {
    separator: re.compile(
        re.escape(separator) + rb"10=\d{3}(?!\d)(?:" + re.escape(separator) + rb")?"
    )
    for separator in (SOH, b"|", b"^A")
}
_SIZE_MAX = 1024 * 1024


class FoundMessage(Struct, frozen=True):
    """A message in a text.

    Attributes:
        prefix: what stands before it in its line, such as a time.
        raw: its fields, separated by SOH.
        complete: whether it has its CheckSum(10).
    """

    prefix: str
    raw: bytes
    complete: bool


def find_messages(lines: Iterable[bytes]) -> Iterator[FoundMessage]:
    """Yield the messages in some text, each as soon as its end was read.

    Args:
        lines: the text in portions that end at a line's end, as files give it.
    """
    rest = b""
    for line in lines:
        rest += line
        found, rest = _take(rest, final=len(rest) > _SIZE_MAX)
        yield from found
    yield from _take(rest, final=True)[0]


def _take(text: bytes, *, final: bool) -> tuple[list[FoundMessage], bytes]:
    """Return the messages that are finished, and the text after them.

    Args:
        text: holds a message's start whole or not at all, since that is never split over lines.
        final: nothing follows the text: what is in it is finished, right or wrong.
    """
    found = []
    while (start := _START.search(text)) is not None:
        following = _START.search(text, start.end())
        limit = len(text) if following is None else following.start()
        more = following is None and not final
        end = _end(text, start, limit, more=more)
        if end is not None:
            found.append(_found(text, start, end, complete=True))
        elif more:
            return found, text
        else:
            end = limit
            found.append(_cut(text[:end]))
        text = text[end:]
    return found, b""


def _end(text: bytes, start: re.Match[bytes], limit: int, *, more: bool) -> int | None:
    """Return where the message ends; None if its trailer is not there before ``limit``.

    Where BodyLength(9) points behind the text, and ``more`` of it may come, that is waited for.
    """
    separator = start[1]
    trailer = _TRAILERS[separator]
    length = _BODY_LENGTH.match(text, start.end())
    if length is not None:
        # The separator before CheckSum(10) is the last byte that BodyLength(9) counts.
        trailer_start = length.end() + int(length[1]) - 1
        by_length = trailer.match(text, trailer_start)
        if by_length is not None:
            return by_length.end()
        if more and trailer_start >= len(text):
            return None
    by_search = trailer.search(text, start.end() - len(separator), limit)
    return None if by_search is None else by_search.end()


def _cut(text: bytes) -> FoundMessage:
    """Return a message without its end: what there is of it in its line."""
    start = _START.search(text)
    assert start is not None, "only called with a message's start"
    end = text.find(b"\n", start.end())
    return _found(text, start, len(text) if end < 0 else end, complete=False)


def _found(text: bytes, start: re.Match[bytes], end: int, *, complete: bool) -> FoundMessage:
    line_start = text.rfind(b"\n", 0, start.start()) + 1
    prefix = text[line_start : start.start()].decode("utf-8", "replace").strip()
    raw = text[start.start() : end].rstrip(b"\r\n").replace(start[1], SOH)
    return FoundMessage(prefix=prefix, raw=raw, complete=complete)
