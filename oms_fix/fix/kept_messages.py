"""Messages above a gap, kept until what is missing has come."""

from typing import NamedTuple

from oms_fix.fix.message import Message

COUNT_MAX = 2_000
SIZE_MAX_BYTES = 1024 * 1024


class Kept(NamedTuple):
    """One message; ``acted`` if all that is left to do is to use up its number."""

    message: Message
    acted: bool


class KeptMessages:
    """By MsgSeqNum(34), at most so many and so large; others come again with the resend."""

    def __init__(self) -> None:
        self._by_number: dict[int, Kept] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._by_number)

    def keep(self, number: int, message: Message, *, acted: bool) -> None:
        """Keep a message, if there is room and none of its number."""
        size = self._size + len(message.raw)
        if number in self._by_number or len(self) >= COUNT_MAX or size > SIZE_MAX_BYTES:
            return
        self._by_number[number] = Kept(message, acted)
        self._size = size

    def take(self, number: int) -> Kept | None:
        """Return the message of this number, and keep it no more."""
        kept = self._by_number.pop(number, None)
        if kept is not None:
            self._size -= len(kept.message.raw)
        return kept

    def clear(self) -> None:
        """Keep nothing."""
        self._by_number.clear()
        self._size = 0
