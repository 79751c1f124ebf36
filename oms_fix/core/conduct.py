"""What is remembered of the day's orders for checks of conduct; see ``Today``."""

from decimal import Decimal

from oms_fix.core.orders.exposure import Bucket, Counts, Recent
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.model.conduct_checks import (
    CancelRatio,
    Conduct,
    DuplicateOrder,
    OrderRate,
    RepeatedExecution,
)
from oms_fix.model.events import CheckResult, ChecksEvaluated
from oms_fix.model.orders import OrderTerms

_SECOND = 1_000_000_000
_REJECT = "reject"
_LETS_PASS = frozenset({"pass", "warn"})


def key_of(per: Conduct, client: str, account: str | None) -> str:
    """Return under which key messages are counted."""
    return f"{per.value}:{client if per is Conduct.CLIENT else account or ''}"


_KINDS = (CancelRatio, DuplicateOrder, OrderRate, RepeatedExecution)


def rules_loaded(state: State) -> None:
    """Know what is to be remembered for the checks that are in force now."""
    checks = [compiled.check for compiled in state.checks]
    state.watches_conduct = any(isinstance(check, _KINDS) for check in checks)
    state.rate_checks = {check.id: check for check in checks if isinstance(check, OrderRate)}
    windows = [check.seconds for check in checks if isinstance(check, DuplicateOrder)]
    state.duplicate_seconds = max(windows, default=0)


def checked(state: State, event: ChecksEvaluated) -> None:
    """Remember an order or replace that the checks have looked at; not one looked at again."""
    if event.at is None or not state.watches_conduct:
        return
    order = state.orders[event.order_id]
    if event.cl_ord_id == order.first_cl_ord_id:
        for counts in _counts(state, order):
            counts.orders += 1
    is_taken = True
    for result in event.results:
        if result.outcome == _REJECT:
            is_taken = False
        elif result.check_id in state.rate_checks:
            _take_token(state, order, result, event.at)
    if is_taken and state.duplicate_seconds and order.is_unplaced:
        _remember(state, order, event.at)


def _take_token(state: State, order: Order, result: CheckResult, at: int) -> None:
    """Take a token for a message that the check has let pass; its limit is that of the bucket."""
    if result.limit is None or result.outcome not in _LETS_PASS:
        return
    check = state.rate_checks[result.check_id]
    key = bucket_key(check, order.session, order.terms.account)
    left = tokens(state, check, key, result.limit, at) - 1
    state.today.buckets[key] = Bucket(left, at)


def changed(state: State, order: Order) -> None:
    """Count a cancel or replace."""
    if not state.watches_conduct:
        return
    for counts in _counts(state, order):
        counts.changes += 1


def executed(state: State, order: Order, added: int) -> None:
    """Count an order that has its first fill, or out again one that has none any more."""
    if not state.watches_conduct:
        return
    key = executed_key(order.terms)
    state.today.executed[key] = state.today.executed.get(key, 0) + added


def approved(state: State, order: Order) -> None:
    """Count fills of orders like this one anew: somebody has looked at it."""
    state.today.executed.pop(executed_key(order.terms), None)


def _counts(state: State, order: Order) -> list[Counts]:
    keys = [key_of(per, order.session, order.terms.account) for per in Conduct]
    counts = state.today.counts
    for key in keys:
        if key not in counts:
            counts[key] = Counts()
    return [counts[key] for key in keys]


def bucket_key(check: OrderRate, client: str, account: str | None) -> str:
    """Return the key of the token bucket that an order takes from."""
    return f"{check.id}:{key_of(check.per, client, account)}"


def tokens(state: State, check: OrderRate, key: str, full: Decimal, at: int) -> Decimal:
    """Return how many tokens a bucket holds at a time, in nanoseconds since 1970 UTC."""
    bucket = state.today.buckets.get(key)
    if bucket is None:
        return full
    # In whole millionths, so that a state from a snapshot has the very same number.
    passed = Decimal(max(at - bucket.at, 0) // 1000).scaleb(-6)
    return min(bucket.tokens + passed * check.per_second, full)


def executed_key(terms: OrderTerms) -> str:
    """Return the key under which filled orders are counted."""
    return f"{terms.account or ''}|{terms.symbol}|{terms.side.value}"


def recent_key(terms: OrderTerms) -> str:
    """Return the key that orders alike have in common."""
    price = terms.price if terms.price is None else terms.price.normalize()
    return f"{executed_key(terms)}|{terms.order_qty.normalize()}|{price}"


def _remember(state: State, order: Order, at: int) -> None:
    """Remember when an order came, and forget what is of no interest any more."""
    recent = state.today.recent
    key = recent_key(order.terms)
    recent.pop(key, None)  # what comes last stands last
    recent[key] = Recent(at, order.order_id)
    oldest = at - state.duplicate_seconds * _SECOND
    while (first := next(iter(recent))) != key and recent[first].at < oldest:
        del recent[first]
