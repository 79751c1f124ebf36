"""What is remembered of the day's orders for checks of conduct; see ``Today``."""

from decimal import Decimal
from itertools import takewhile

from oms_fix.core.orders.exposure import ZERO, Bucket, Counts, Recent
from oms_fix.core.orders.order import Order, Review
from oms_fix.core.orders.state import State
from oms_fix.model.conduct_checks import (
    CancelRatio,
    Conduct,
    DuplicateOrder,
    OrderRate,
    RepeatedExecution,
)
from oms_fix.model.events import PASS, CheckResult, ChecksEvaluated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons

_SECOND = 1_000_000_000
_MILLIONTH = Decimal("0.000001")
_REJECT, _HOLD = "reject", "hold"
_LIKE_ANOTHER = Reasons.DUPLICATE_ORDER.code
_LETS_PASS = frozenset({"pass", "warn"})
_FORGOTTEN_AT = 256
"""Orders of no interest any more are forgotten whenever so many more are remembered."""


def key_of(per: Conduct, client: str, account: str | None) -> str:
    """Return under which key messages are counted."""
    return f"client:{client}" if per is _CLIENT else f"account:{account or ''}"


_CLIENT = Conduct.CLIENT
_ALL_CONDUCT = tuple(Conduct)
_KINDS = (CancelRatio, DuplicateOrder, OrderRate, RepeatedExecution)


def rules_loaded(state: State) -> None:
    """Know what is to be remembered for the checks that are in force now."""
    checks = [compiled.check for compiled in state.checks]
    state.watched = {type(check) for check in checks if isinstance(check, _KINDS)}
    state.rate_checks = {check.id: check for check in checks if isinstance(check, OrderRate)}
    windows = [check.seconds for check in checks if isinstance(check, DuplicateOrder)]
    state.duplicate_seconds = max(windows, default=0)


def checked(state: State, event: ChecksEvaluated) -> None:
    """Remember an order or replace that the checks have looked at; not one looked at again.

    What is rejected no venue hears of: it takes no token, and thins no ratio out.
    """
    if event.at is None or not state.watched:
        return
    is_like_another = False
    for result in [each for each in event.results if each.outcome != PASS]:
        if result.outcome == _REJECT:
            return
        if result.outcome == _HOLD and result.code == _LIKE_ANOTHER:
            is_like_another = True
    order = state.orders[event.order_id]
    if state.rate_checks:
        _take_tokens(state, order, event.results, event.at)
    if CancelRatio in state.watched and event.cl_ord_id == order.first_cl_ord_id:
        for counts in _counts(state, order):
            counts.orders += 1
    if order.is_unplaced and not is_like_another:
        _remember(state, order, event.at)


def _take_tokens(state: State, order: Order, results: tuple[CheckResult, ...], at: int) -> None:
    rates = state.rate_checks
    for result in [each for each in results if each.check_id in rates]:
        if result.outcome in _LETS_PASS:
            _take_token(state, order, result, at)


def _take_token(state: State, order: Order, result: CheckResult, at: int) -> None:
    """Take one, if there is one; a clock that was set back fills no bucket twice."""
    if result.limit is None or result.used is None:
        return
    check = state.rate_checks[result.check_id]
    key = bucket_key(check, order.session, order.terms.account)
    bucket = state.today.buckets.get(key)
    left = max(result.limit - result.used - 1, ZERO)
    state.today.buckets[key] = Bucket(left, at if bucket is None else max(at, bucket.at))


def changed(state: State, order: Order) -> None:
    """Count a cancel or replace that the client wants."""
    if CancelRatio in state.watched:
        for counts in _counts(state, order):
            counts.changes += 1


def executed(state: State, order: Order, was_filled: Decimal) -> None:
    """Count an order that has its first fill of the day, or out one that has none any more.

    ``was_filled`` is what was filled of it today before.
    """
    if RepeatedExecution not in state.watched:
        return
    added = bool(order.day_cum_qty) - bool(was_filled)
    if added:
        key = executed_key(order.terms)
        state.today.executed[key] = max(state.today.executed.get(key, 0) + added, 0)


def approved(state: State, order: Order, review: Review) -> None:
    """Begin anew with what somebody has looked at: fills of orders like this, and its like."""
    codes = {each.code for each in review.opened.holds}
    if Reasons.REPEATED_EXECUTION.code in codes:
        state.today.executed.pop(executed_key(order.terms), None)
    if _LIKE_ANOTHER in codes:
        _remember(state, order, review.opened.opened_at)


def _counts(state: State, order: Order) -> list[Counts]:
    found, counts = [], state.today.counts
    for per in _ALL_CONDUCT:
        key = key_of(per, order.session, order.terms.account)
        known = counts.get(key)
        if known is None:
            known = counts[key] = Counts()
        found.append(known)
    return found


def bucket_key(check: OrderRate, client: str, account: str | None) -> str:
    """Return the key of the token bucket that an order takes from."""
    return f"{check.id}:{key_of(check.per, client, account)}"


def tokens(state: State, check: OrderRate, key: str, full: Decimal, at: int) -> Decimal:
    """Return how many tokens a bucket holds at a time, in nanoseconds since 1970 UTC."""
    bucket = state.today.buckets.get(key)
    if bucket is None:
        return full
    # In whole millionths, so that a state from a snapshot has the very same number.
    passed = Decimal(max(at - bucket.at, 0) // 1000) * _MILLIONTH
    return min(bucket.tokens + passed * check.per_second, full)


def executed_key(terms: OrderTerms) -> str:
    """Return the key under which filled orders are counted."""
    return "|".join((terms.account or "", terms.symbol, terms.side))


def recent_key(terms: OrderTerms) -> str:
    """Return the key that orders alike have in common."""
    return "|".join(
        (
            terms.account or "",
            terms.symbol,
            terms.side,
            str(terms.order_qty.normalize()),
            _told(terms.price),
            _told(terms.stop_px),
        )
    )


def _told(price: Decimal | None) -> str:
    return "None" if price is None else str(price.normalize())


def _remember(state: State, order: Order, at: int) -> None:
    """Remember when an order came, and forget what is of no interest any more."""
    if not state.duplicate_seconds:
        return
    recent = state.today.recent
    key = recent_key(order.terms)
    is_known = recent.pop(key, None) is not None  # what comes last stands last
    recent[key] = Recent(at, order.order_id)
    if is_known or len(recent) % _FORGOTTEN_AT:
        return  # to find the first of a dictionary takes longer the more was deleted before it
    oldest = at - state.duplicate_seconds * _SECOND
    over = takewhile(lambda each: each[1].at < oldest, recent.items())
    for first, _ in list(over):
        del recent[first]
