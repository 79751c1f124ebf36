"""A recorded day under other rules: which orders would have fared otherwise.

Theory of operation
-------------------
The events of the day are folded, from the state that the day began with, as a restart folds them;
but with the new checks and reference data in place, and at each moment at which the checks looked
at an order or a replace, they look at it again: at the state as it then is, by the time of then.
Rules and reference data that were loaded that day are not. An order that the new rules stop, by
rejecting or holding it, goes no further: none of its later events is applied, so that it uses no
limit and the orders after it are judged without it. Where nothing differs, this is the day itself.

What nobody can know is left as it was, or out:

* An order that was rejected and would pass now has no executions; how it would have been filled
  nobody knows. It uses nothing of later orders' limits.
* A replace that is stopped leaves its order under the terms that it had. What the venue made of the
  order after that, it made by other terms; so the order stays as it stood at that moment: what it
  had open stays open to the end of the day, which is the worst case that limits are about.
* Later replaces of an order that was stopped are not judged, only counted.
* An order that was held and somebody then let go on is compared by how it was first judged; what it
  did afterwards, it does. One that only the new rules hold is let go on by nobody.
* What was refused before any check was asked (an unknown order, a halt) is refused again.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from oms_fix.core.apply import apply
from oms_fix.core.capture import replace_terms
from oms_fix.core.compliance.evaluate import evaluate
from oms_fix.core.compliance.subject import subject_of
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.journal.carry import carried_state
from oms_fix.journal.days import one_day
from oms_fix.journal.records import StoreError
from oms_fix.journal.rerun import Decision, OtherDecisionError, decisions
from oms_fix.journal.rows import decode_command, decode_event
from oms_fix.model.circumstances import MarketClosed
from oms_fix.model.commands import OrderCancelReplaceRequest
from oms_fix.model.events import (
    PASS,
    CheckResult,
    ChecksEvaluated,
    ReferenceDataLoaded,
    RulesLoaded,
)
from oms_fix.model.orders import OrderTerms
from oms_fix.model.rules import ReferenceData, Rules

Progress = Callable[[int, int], None]
"""Told how many commands are done, and how many there are."""

PASSED, WARNED, HELD, REJECTED = "passed", "warned", "held", "rejected"
OUTCOMES = (PASSED, WARNED, HELD, REJECTED)
_OUTCOME_OF = {"pass": PASSED, "warn": WARNED, "hold": HELD, "reject": REJECTED}
_STOPS = frozenset({HELD, REJECTED})
_PROGRESS_STEP = 10_000
_FIRST_WITH_TIMES = 2
"""Version of records from which on an evaluation without a time is another look at a held order."""


class Difference(Struct, frozen=True):
    """An order or replace whose outcome would be another.

    Attributes:
        at: when it was judged, nanoseconds since 1970 UTC.
        is_replace: it is a replace; ``terms`` are the new ones.
        notional: in base currency, by the new reference data; None if nobody knows.
        then, now: the outcomes under the rules of the day and under the new ones.
        why_then, why_now: what the checks said that did not pass.
    """

    order_id: str
    client: str
    cl_ord_id: str
    at: int
    is_replace: bool
    terms: OrderTerms
    notional: Decimal | None
    then: str
    now: str
    why_then: tuple[str, ...]
    why_now: tuple[str, ...]


class WhatIf(Struct, frozen=True):
    """What a day would have been: how much was judged, and what of it would fare otherwise.

    ``not_judged`` counts replaces of orders that were stopped before.
    """

    orders: int
    replaces: int
    not_judged: int
    differences: tuple[Difference, ...]


def what_if(path: Path, rules: Rules, reference: ReferenceData, progress: Progress) -> WhatIf:
    """Return what a day would have been under other rules.

    Args:
        path: the store's file of the day: that of now, to which a daemon may be writing, or one of
            an earlier day, compressed or not.
        rules: the new ones.
        reference: instruments, accounts and markets that go with them.
        progress: called now and then.

    Raises:
        StoreError: the file is not there, or cannot be read.
    """
    with one_day(path) as store:
        day = Replay(carried_state(store), rules, reference)
        (total,) = store.execute("select count(*) from commands").fetchone()
        try:
            for done, decision in enumerate(decisions(store), 1):
                day.go_on(decision)
                if done % _PROGRESS_STEP == 0 or done == total:
                    progress(done, total)
        except (OtherDecisionError, msgspec.DecodeError) as error:
            raise StoreError(str(error)) from error
    return day.result()


class Replay:
    """The day as it would have been, up to some moment.

    Args:
        state: as of the day's beginning; becomes what the day makes of it.
        rules: the new ones.
        reference: instruments, accounts and markets that go with them.
    """

    def __init__(self, state: State, rules: Rules, reference: ReferenceData) -> None:
        apply(state, RulesLoaded(rules, operator=""))
        apply(state, ReferenceDataLoaded(reference, operator=""))
        self.orders = self.replaces = self.not_judged = 0
        self.differences: list[Difference] = []
        self._state = state
        self._stopped: set[str] = set()

    def go_on(self, decision: Decision) -> None:
        """Have a command come in as it did, with what became of it under the new rules."""
        for stored in decision.events:
            event = decode_event(stored.text)
            if isinstance(event, RulesLoaded | ReferenceDataLoaded):
                continue
            is_judged = isinstance(event, ChecksEvaluated) and _is_first(decision, event)
            if getattr(event, "order_id", None) in self._stopped:
                self.not_judged += is_judged
            elif isinstance(event, ChecksEvaluated) and is_judged:
                apply(self._state, self._judged(decision, event))
            elif not isinstance(event, MarketClosed) or event.market in self._state.markets:
                apply(self._state, event)

    def result(self) -> WhatIf:
        """Return what was found so far."""
        return WhatIf(self.orders, self.replaces, self.not_judged, tuple(self.differences))

    def _judged(self, decision: Decision, event: ChecksEvaluated) -> ChecksEvaluated:
        """Return an evaluation as it would have been; keep it if it comes to something else."""
        state, order = self._state, self._state.orders[event.order_id]
        is_replace = event.cl_ord_id != order.first_cl_ord_id
        terms = _replace_of(state, order, decision, event) if is_replace else order.terms
        self.replaces += is_replace
        self.orders += not is_replace
        subject = subject_of(state, order.session, event.cl_ord_id, terms, decision.at, order)
        results = evaluate(state, subject).results
        then, now = _outcome(event.results), _outcome(results)
        if then != now:
            self.differences.append(
                Difference(
                    order_id=order.order_id,
                    client=order.session,
                    cl_ord_id=event.cl_ord_id,
                    at=decision.at,
                    is_replace=is_replace,
                    terms=terms,
                    notional=subject.notional,
                    then=then,
                    now=now,
                    why_then=_why(event.results),
                    why_now=_why(results),
                )
            )
        if now in _STOPS and OUTCOMES.index(now) > OUTCOMES.index(then):
            self._stopped.add(order.order_id)
        version = state.rules.version
        return structs.replace(event, results=results, rules_version=version, at=decision.at)


def _is_first(decision: Decision, event: ChecksEvaluated) -> bool:
    """Whether the checks looked at it as it came in, not again at what had been held."""
    return event.at is not None or decision.version < _FIRST_WITH_TIMES


def _replace_of(
    state: State, order: Order, decision: Decision, event: ChecksEvaluated
) -> OrderTerms:
    """Return what a replace asked for: one that comes in now, or one that has waited."""
    command = decode_command(decision.text)
    if isinstance(command, OrderCancelReplaceRequest) and command.cl_ord_id == event.cl_ord_id:
        return replace_terms(state, order, command.terms)
    waiting = {each.cl_ord_id: each.terms for each in order.waiting}
    asked = waiting[event.cl_ord_id]
    assert asked is not None, "a cancel is not checked"
    return replace_terms(state, order, asked)


def _outcome(results: tuple[CheckResult, ...]) -> str:
    """Return what results come to: the gravest of them."""
    return max((_OUTCOME_OF[each.outcome] for each in results), key=OUTCOMES.index, default=PASSED)


def _why(results: tuple[CheckResult, ...]) -> tuple[str, ...]:
    return tuple(
        f"{each.check_id}: {each.detail or each.code}" for each in results if each.outcome != PASS
    )
