"""The messages of ours that have a number and were never written."""


class Unsent:
    """First and last number of what was never written since this process began.

    The counterparty asks for them after a Logon(A), by their numbers. After a reset of the numbers
    it does not: whether they are sent anew is then the host's to decide.
    """

    def __init__(self) -> None:
        self._range: tuple[int, int] | None = None

    def add(self, number: int) -> None:
        """Take note that a message has not been written."""
        first, last = self._range or (number, number)
        self._range = (min(first, number), max(last, number))

    def written_up_to(self, number: int) -> None:
        """Take note that an answer has brought what the counterparty had missed so far."""
        if self._range is not None:
            first, last = self._range
            self._range = (max(first, number + 1), last) if number < last else None

    def take(self) -> tuple[int, int] | None:
        """Return both numbers, None if there are none, and forget them."""
        taken, self._range = self._range, None
        return taken
