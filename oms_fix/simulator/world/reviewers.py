"""The operators who decide on what is held for review: soon or late, and not always as they should.

Each decision has a reason of its own, ``review N``. By it what the reviewers saw, what they were
told and what the store has of it are held against each other when all is at rest.
"""

from collections.abc import Callable, Iterable
from functools import partial

from msgspec import Struct

from oms_fix.daemon.control import ControlAnswer
from oms_fix.model.events import Event
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reviews import ReviewDecided, ReviewDecision, ReviewOpened
from oms_fix.simulator.world.loop import Process
from oms_fix.simulator.world.peer import Surroundings
from oms_fix.simulator.world.router import OPERATOR, RouterProcess

Violate = Callable[..., None]
Row = dict[str, str | int]

_REVIEWERS = (OPERATOR, "first", "second")
_LOOK_SECONDS = 0.4
_OVERDUE_SECONDS = 5.0
_DECIDE_CHANCE = 0.3
_APPROVE_CHANCE = 0.7
_TWICE_CHANCE = 0.1
_DELAY_SECONDS_MAX = 3.0


class Decision(Struct):
    """What a reviewer decides: by which name, and having seen what under it; None for nothing."""

    name: str
    seen: Row | None


class Reviewers:
    """Decide on what is held.

    Args:
        around: the world.
        router: of the world.
        violate: hears of what must not happen.

    Attributes:
        is_calm: they make no mistakes any more, and let nothing wait.
        is_asleep: they let everything wait until its time is over.
    """

    def __init__(self, around: Surroundings, router: RouterProcess, violate: Violate) -> None:
        self.is_calm = False
        self.is_asleep = False
        self._loop = around.loop
        self._random = around.random
        self._router = router
        self._violate = violate
        self._seen: dict[str, Row] = {}  # by each name that is shown for it
        self._names: dict[str, list[str]] = {}  # of reviews of an order, the last one last
        self._decisions: dict[str, Decision] = {}
        self._answers: dict[str, bool] = {}
        self._overdue: dict[str, tuple[Process, float]] = {}

    def start(self) -> None:
        """Look, from now on."""
        self._loop.call_for(None, self._loop.now + _LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self.start()
        if not self._router.reviews:
            self._overdue.clear()
            return
        self._router.operate("review list", self._listed, self._random.choice(_REVIEWERS))

    def _listed(self, answer: ControlAnswer) -> None:
        self._see_overdue(answer.rows)
        for row in answer.rows:
            review, order_id = str(row["review"]), str(row["order_id"])
            self._seen |= {review: row, str(row["cl_ord_id"]): row}
            names = self._names.setdefault(order_id, [])
            if review not in names:
                names.append(review)
            if self.is_calm:
                self._decide_at_once(review)
            elif not self.is_asleep and self._random.random() < _DECIDE_CHANCE:
                self._decide_some_time(row, names)

    def _see_overdue(self, rows: Iterable[Row]) -> None:
        """Nothing is held much longer than it may, while the router runs and can store."""
        router, process, now = self._router.router, self._router.process, self._loop.now
        overdue = self._overdue
        self._overdue = {}
        if router is None or self._router.disk.fault:
            return
        for row in rows:
            review = str(row["review"])
            if int(row["until_at"]) <= router.sequencer.clock():
                _, since = self._overdue[review] = overdue.get(review, (process, now))
                if overdue.get(review, (process, now))[0] is not process:
                    self._overdue[review] = process, now
                elif now - since > _OVERDUE_SECONDS:
                    self._violate("{} is overdue since {:.1f} s", review, now - since)

    # --- decisions ------------------------------------------------------------------------------

    def _decide_at_once(self, review: str) -> None:
        decision = self._random.choice(list(ReviewDecision))
        for reviewer in _REVIEWERS[1:]:
            self._decide(reviewer, decision, review)

    def _decide_some_time(self, row: Row, names: list[str]) -> None:
        is_approval = self._random.random() < _APPROVE_CHANCE
        decision = ReviewDecision.APPROVE if is_approval else ReviewDecision.REJECT
        number = self._random.random()
        name = str(row["review"])
        if number < 0.2:
            name = str(row["cl_ord_id"])
        elif number < 0.3:
            name = names[0]
        elif number < 0.35:
            name = self._random.choice(list(self._seen))
        elif number < 0.4:
            name = str(row["order_id"])
        reviewer = self._random.choice(_REVIEWERS)
        times = 2 if self._random.random() < _TWICE_CHANCE else 1
        for _ in range(times):
            at = self._loop.now + self._random.random() * _DELAY_SECONDS_MAX
            self._loop.call_for(None, at, partial(self._decide, reviewer, decision, name))

    def _decide(self, reviewer: str, decision: ReviewDecision, name: str) -> None:
        reason = f"review {len(self._decisions) + 1}"
        self._decisions[reason] = Decision(name, self._seen.get(name))
        heard = partial(self._answered, reason)
        self._router.operate(
            f"review {decision.value}", heard, reviewer, review=name, reason=reason
        )

    def _answered(self, reason: str, answer: ControlAnswer) -> None:
        self._answers[reason] = answer.done

    # --- at rest --------------------------------------------------------------------------------

    def check(self, events: list[Event]) -> None:
        """What was done is on record, once, and was about what its reviewer had seen."""
        stored: dict[str, ReviewDecided] = {}
        opened: dict[str, ReviewOpened] = {}
        for event in events:
            if isinstance(event, ReviewOpened):
                opened |= {event.review_id: event, event.cl_ord_id: event}
            elif isinstance(event, ReviewDecided):
                if event.reason in stored:
                    self._violate("{} was decided twice", event.reason)
                stored[event.reason] = event
                if not event.refused:
                    self._check_seen(self._decisions[event.reason], opened.get(event.review))
        for reason, is_done in self._answers.items():
            kept = stored.get(reason)
            if is_done != (kept is not None and not kept.refused):
                self._violate("{} was answered {}, the store has {}", reason, is_done, kept)

    def _check_seen(self, decision: Decision, opened: ReviewOpened | None) -> None:
        seen = decision.seen
        if opened is None or seen is None or not _shows(seen, opened.terms):
            self._violate("{} was decided as {}, and seen as {}", decision.name, opened, seen)


def _shows(row: Row, terms: OrderTerms) -> bool:
    """Whether what a reviewer has seen are these terms."""
    price = "" if terms.price is None else f"{terms.price.normalize():f}"
    shown = {
        "account": terms.account,
        "side": terms.side.name,
        "order_qty": f"{terms.order_qty.normalize():f}",
        "symbol": terms.symbol,
        "price": price,
    }
    return all(row[name] == value for name, value in shown.items())
