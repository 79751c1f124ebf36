"""What is remembered of a venue that venues.yaml describes: how it has answered of late."""

from msgspec import Struct, field

from oms_fix.model.venue_health import Answer

_FAILURES = frozenset({Answer.REJECTED, Answer.TIMED_OUT})
_LATENCY_WEIGHT = 8
"""Each acknowledgment counts for one part in so many."""


_TENTH_US = 100  # a tenth of a millisecond


class Outcome(Struct, gc=False, omit_defaults=True):
    """What one of the last child orders came to, and whether any of it was filled."""

    answer: Answer
    is_filled: bool = False


class VenueRecord(Struct, omit_defaults=True):
    """What is known of one venue.

    Attributes:
        awaited: the child orders without any answer, and when each was placed.
        standing: the child orders that the venue may still fill.
        outcomes: of the last child orders, the oldest first; of each once.
        failures: how many of these are failures of the venue.
        latency_us: from placing an order to the first word on it, smoothed; None before any.
        second, placed: how many child orders were placed in which second since 1970 UTC.
        suspended_until: when an order may try it again; None: it is not suspended.
        reason: why it is suspended.
        probe: the child order that tries it; empty if there is none.
        words: how it has answered of late; kept, as every decision on an order tells it.
    """

    awaited: dict[str, int] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    failures: int = 0
    latency_us: int | None = None
    second: int = 0
    placed: int = 0
    suspended_until: int | None = None
    reason: str = ""
    probe: str = ""
    words: str = ""

    def count_placed(self, child_id: str, at: int, second: int) -> None:
        """Count a child order that goes out."""
        self.awaited[child_id] = at
        self.standing.add(child_id)
        self.placed = self.placed + 1 if second == self.second else 1
        self.second = second

    def count_answer(self, child_id: str, answer: Answer, window: int) -> None:
        """Count what a child order first came to; of all but the last ``window`` ones let go."""
        self.awaited.pop(child_id, None)
        if answer is Answer.REFUSED:
            return
        self.outcomes[child_id] = Outcome(answer)
        self.failures += answer in _FAILURES
        while len(self.outcomes) > window:
            oldest = self.outcomes.pop(next(iter(self.outcomes)))
            self.failures -= oldest.answer in _FAILURES

    def count_latency(self, latency_us: int) -> None:
        """Count how long an answer took."""
        before = latency_us if self.latency_us is None else self.latency_us
        self.latency_us = before + (latency_us - before) // _LATENCY_WEIGHT

    def count_fill(self, child_id: str) -> None:
        """Count that something of a child order was filled."""
        outcome = self.outcomes.get(child_id)
        if outcome is not None:
            outcome.is_filled = True

    def has_failed(self, child_id: str) -> bool:
        """Whether one of the last child orders is a failure of the venue."""
        outcome = self.outcomes.get(child_id)
        return outcome is not None and outcome.answer in _FAILURES

    def count_of(self, answer: Answer) -> int:
        """Return how many of the last child orders came to this."""
        return sum(each.answer is answer for each in self.outcomes.values())

    @property
    def filled(self) -> int:
        """How many of the last child orders had a fill."""
        return sum(each.is_filled for each in self.outcomes.values())

    def suspend(self, until: int, reason: str) -> None:
        """Suspend the venue, for the first time or after a probe."""
        self.suspended_until, self.reason, self.probe = until, reason, ""

    def restore(self) -> None:
        """Begin anew: what it was suspended for does not count any more."""
        self.suspended_until, self.reason, self.probe = None, "", ""
        self.outcomes.clear()
        self.failures = 0
        self.words = ""

    def put_in_words(self) -> None:
        """Say how it has answered of late: ``19 of 20 answered, 3 rejected, 0.4 ms``."""
        total, rejected = len(self.outcomes), 0
        if self.failures:
            rejected = self.count_of(Answer.REJECTED)
        parts = [f"{total - self.failures + rejected} of {total} answered"] if total else []
        if rejected:
            parts.append(f"{rejected} rejected")
        if total and self.latency_us is not None:
            parts.append(milliseconds(self.latency_us))
        self.words = ", ".join(parts)


def milliseconds(latency_us: int) -> str:
    """Return a latency in words, such as ``0.4 ms``."""
    tenths = (latency_us + _TENTH_US // 2) // _TENTH_US
    return f"{tenths // 10}.{tenths % 10} ms"


class Deadlines(Struct, gc=False, omit_defaults=True):
    """By when a child order is to be answered, and filled; nanoseconds since 1970 UTC.

    ``asked``: how often the venue has been asked where it stands.
    """

    answer_by: int | None = None
    fill_by: int | None = None
    asked: int = 0
