"""A counterparty that asks for the same messages again and again, and gets no further."""

ANSWERS_MAX = 5
"""So many answers may begin within a HeartBtInt(108) without progress."""


class ResendStorm:
    """Counts the answers to ResendRequests(2) of one connection.

    A request from a higher number on is progress. Requests that come while an answer is under way
    cost nothing, since one answer does for all of them, and are not counted.

    Attributes:
        answers: begun since the last progress, within the interval.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with a new connection, or with new numbers."""
        self.answers = 0
        self._highest = 0
        self._since = 0

    def takes(self, begin: int, now: int, interval: int) -> bool:
        """Tell whether one more answer may begin.

        Args:
            begin: first number asked for.
            now: nanoseconds since 1970.
            interval: nanoseconds in which the limit holds.
        """
        if begin > self._highest or not 0 <= now - self._since < interval:
            self._highest, self._since, self.answers = begin, now, 0
        self.answers += 1
        return self.answers <= ANSWERS_MAX
