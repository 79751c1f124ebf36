"""The answer to the counterparty's ResendRequests(2), in pieces."""

from collections.abc import Iterable
from typing import NamedTuple

from oms_fix.fix.errors import FixError
from oms_fix.fix.outputs import Retrieve
from oms_fix.fix.session_messages import MessageWriter, goes_again
from oms_fix.fix.stale_orders import StaleOrders

PIECE_MESSAGES = 500
"""As many messages are read and written at once, so that memory does not grow with the gap."""


class Answer(NamedTuple):
    """What comes of one piece.

    Attributes:
        messages: to be written.
        unreadable: numbers of what cannot be sent again.
        expired: numbers and bytes of what is too old to be sent again.
    """

    messages: list[bytes]
    unreadable: list[int]
    expired: list[tuple[int, bytes]]


class Resending:
    """At most one piece is under way, and one range waits: the union of all asked for meanwhile.

    A counterparty that asks a hundred times before it reads an answer gets two.

    Application messages and Rejects go again; whatever else has had a number, or is not in the
    store any more, becomes a gap fill, one for each run (FIX 4.4 Volume 2, "Resend Request").

    Attributes:
        piece: what the host has been asked for; None if nothing is under way.
    """

    def __init__(self, writer: MessageWriter, stale: StaleOrders) -> None:
        self._writer = writer
        self._stale = stale
        self._serial = 0
        self._unanswered = 0  # first number of the range that the answer has not reached yet
        self._end = 0  # last number of the range
        self._waiting: tuple[int, int] | None = None
        self.piece: Retrieve | None = None

    def forget(self) -> None:
        """Answer nothing any more; what the host still brings is ignored."""
        self.piece = self._waiting = None

    def ask(self, begin: int, end: int) -> Retrieve | None:
        """Take a range, both ends included; return what to retrieve now, if anything."""
        if self.piece is None:
            self._unanswered, self._end = begin, end
            return self._next_piece(begin)
        first, last = self._waiting or (begin, end)
        self._waiting = (min(first, begin), max(last, end))
        return None

    def answer(self, stored: Iterable[tuple[int, bytes]], now: int) -> Answer:
        """Return what is to be written for the piece, and what is not.

        A run of gap fills goes on from one piece to the next.
        """
        assert self.piece is not None, "asked only when something is under way"
        end = self.piece.end
        answer, unreadable, expired = Answer([], [], [])
        for number, raw in stored:
            if not self._unanswered <= number <= end or not goes_again(raw):
                continue
            is_expired = self._stale.is_expired(number, raw, now)
            if is_expired:
                expired.append((number, raw))
            if is_expired is not False:
                continue
            try:
                again = self._writer.write_again(raw, number, now)
            except FixError:
                unreadable.append(number)
                continue
            if number > self._unanswered:
                answer.append(self._writer.gap_fill(self._unanswered, number, now))
            answer.append(again)
            self._unanswered = number + 1
        if end == self._end and self._unanswered <= end:
            answer.append(self._writer.gap_fill(self._unanswered, end + 1, now))
        self._stale.answered(end)
        return Answer(answer, unreadable, expired)

    def go_on(self) -> Retrieve | None:
        """Return what to retrieve after the piece that has been answered; None if that was all."""
        assert self.piece is not None, "asked only when something is under way"
        done, self.piece = self.piece, None
        if done.end < self._end:
            return self._next_piece(done.end + 1)
        if self._waiting is None:
            return None
        (begin, end), self._waiting = self._waiting, None
        return self.ask(begin, end)

    def _next_piece(self, begin: int) -> Retrieve:
        self._serial += 1
        self.piece = Retrieve(begin, min(begin + PIECE_MESSAGES - 1, self._end), self._serial)
        return self.piece
