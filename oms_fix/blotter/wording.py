"""One line for people about each event of an order."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from oms_fix.model import circumstances
from oms_fix.model import events as ev
from oms_fix.model.instruments import EXACT
from oms_fix.model.operations import ChildForced, OrderOperated
from oms_fix.model.orders import ExecutionReport, OrderTerms
from oms_fix.model.reviews import ReviewDecided, ReviewDecision, ReviewOpened, ReviewPassed
from oms_fix.model.routing import OrderRouted
from oms_fix.model.venue_health import ChildUnanswered, ChildUnfilled, VenueProbed

_DECIMALS_MAX = 8
_DECIMALS_OF_FIGURES = 4


def describe_event(event: ev.Event) -> str:
    """Return what an event about an order says, in a line; of any other, its name."""
    wording = _WORDING.get(type(event))
    return type(event).__name__ if wording is None else wording(event)


def describe_terms(terms: OrderTerms) -> str:
    """Return an order's terms in a line: ``BUY 1000 AAPL LIMIT 190.25 DAY``."""
    price = "" if terms.price is None else f" {number(terms.price)}"
    kind = f"{terms.ord_type.name}{price} {terms.time_in_force.name}"
    account = "" if terms.account is None else f" account {terms.account}"
    return f"{terms.side.name} {number(terms.order_qty)} {terms.symbol} {kind}{account}"


def number(value: Decimal) -> str:
    """Return a number without exponent or needless zeros, to at most eight decimals."""
    text = f"{value:.8f}" if _decimals(value) > _DECIMALS_MAX else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(value: Decimal | None) -> Decimal | None:
    """Return a computed number with no more digits behind the point than anybody wants to read.

    Four; of one below 1 four that say something, so that little is not shown as nothing.
    """
    if value is None or not value or _decimals(value) <= _DECIMALS_OF_FIGURES:
        return value
    places = max(_DECIMALS_OF_FIGURES, _DECIMALS_OF_FIGURES - 1 - value.adjusted())
    return value.quantize(Decimal(1).scaleb(-places), context=EXACT)


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _with_text(line: str, text: str | None) -> str:
    return f"{line}: {text}" if text else line


def _fill(last_qty: Decimal | None, last_px: Decimal | None) -> str:
    if last_qty is None or last_px is None:
        return ""
    return f" {number(last_qty)} at {number(last_px)}"


def _captured(event: ev.OrderCaptured) -> str:
    return f"captured as {event.order_id}: {describe_terms(event.terms)}"


def _checks(event: ev.ChecksEvaluated) -> str:
    counts: dict[str, int] = {}
    for result in event.results:
        counts[result.outcome] = counts.get(result.outcome, 0) + 1
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    return f"checks evaluated: {summary or 'none apply'}"


def _routed(event: OrderRouted) -> str:
    return f"routed ({event.strategy}): {event.reason}"


def _placed(event: ev.ChildPlaced) -> str:
    return f"child {event.child_id} placed at {event.venue}: {describe_terms(event.terms)}"


def _phoned(event: ev.OrderPhoned) -> str:
    terms = describe_terms(event.terms)
    return f"given to {event.venue} by phone, booked as {event.order_id}: {terms}"


def _cancel_requested(event: ev.ChildCancelRequested) -> str:
    return f"cancel of child {event.child_id} requested at {event.venue}"


def _replace_requested(event: ev.ChildReplaceRequested) -> str:
    terms = describe_terms(event.terms)
    return f"replace of child {event.child_id} requested at {event.venue}: {terms}"


def _child_reported(event: ev.ChildReported) -> str:
    what = f"{event.exec_type.name}{_fill(event.last_qty, event.last_px)}"
    state = f"{event.ord_status.name}, {number(event.leaves_qty)} left"
    race = f" ({event.race})" if event.race else ""
    estimated = " (estimated)" if event.estimated else ""
    line = f"child {event.child_id} at {event.venue}: {what}{estimated}, now {state}{race}"
    line = f"{line} ({event.discrepancy})" if event.discrepancy else line
    return _with_text(line, event.text)


def _forced(event: ChildForced) -> str:
    state = event.ord_status.name
    return f"child {event.child_id} closed as {state}, though {event.venue} has not said so"


def _operated(event: OrderOperated) -> str:
    what = f"operator {event.operator}: {event.operation.value} {event.details}".rstrip()
    line = f"{what}, because: {event.reason}"
    return f"{line}; refused: {event.refused}" if event.refused else line


def _request_refused(event: ev.ChildRequestRefused) -> str:
    line = f"{event.venue} refused request {event.cl_ord_id} about child {event.child_id}"
    return _with_text(line, event.text)


def _request_accepted(event: ev.RequestAccepted) -> str:
    if event.terms is None:
        return f"cancel {event.cl_ord_id} taken on"
    return f"replace {event.cl_ord_id} taken on: {describe_terms(event.terms)}"


def _queued(event: ev.RequestQueued) -> str:
    return _request(event.cl_ord_id, event.terms, "waits")


def _passed_on(event: ev.RequestPassedOn) -> str:
    return _request(event.cl_ord_id, event.terms, "passed on")


def _request(cl_ord_id: str, terms: OrderTerms | None, what: str) -> str:
    if terms is None:
        return f"cancel {cl_ord_id} {what}"
    return f"replace {cl_ord_id} {what}: {describe_terms(terms)}"


def _stop_held(event: circumstances.StopHeld) -> str:
    del event
    return "held here as a stop order: no venue of the route takes it"


def _stop_triggered(event: circumstances.StopTriggered) -> str:
    return f"triggered by last price {number(event.last_px)}"


def _withdrawn(event: ev.OrderWithdrawn) -> str:
    return f"taken back from the venues: {event.text}"


def _review_opened(event: ReviewOpened) -> str:
    what = "replace" if event.orig_cl_ord_id is not None else "order"
    held = f"{what} {event.cl_ord_id} held for review {event.review_id}"
    notional = "unknown" if event.notional is None else number(event.notional)
    approvals = "one approval" if event.approvals_needed == 1 else "two approvals"
    eyes = ", not of who entered it" if event.four_eyes else ""
    codes = ", ".join(each.code for each in event.holds)
    return f"{held} by {codes}: notional {notional}, needs {approvals}{eyes}"


def _review_decided(event: ReviewDecided) -> str:
    what = f"operator {event.operator}: {event.decision.value} review {event.review}"
    line = f"{what}, because: {event.reason}"
    if event.refused:
        return f"{line}; refused: {event.refused}"
    if event.decision is ReviewDecision.REJECT:
        return line
    return f"{line} ({event.approvals} of {event.approvals_needed} approvals)"


def _review_passed(event: ReviewPassed) -> str:
    return f"review {event.review_id} passed, under version {event.rules_version} of the rules"


def _doubted(event: ev.TradeDoubted) -> str:
    where = f", passed on to {event.venue}" if event.venue else ""
    line = f"the client does not know trade {event.exec_id} (DKReason {event.dk_reason}){where}"
    return _with_text(line, event.text)


def _report(report: ExecutionReport) -> str:
    what = f"{report.exec_type.name}{_fill(report.last_qty, report.last_px)}"
    state = f"{report.ord_status.name}, {number(report.cum_qty)} done"
    line = f"{what}, now {state}, {number(report.leaves_qty)} left"
    return _with_text(line, report.text)


def _reported(event: ev.OrderReported) -> str:
    return f"client told: {_report(event.report)}"


def _answered(event: ev.OrderAnswered) -> str:
    return f"client answered: {_report(event.report)}"


def _rejected(event: ev.RequestRejected) -> str:
    return f"request {event.reject.cl_ord_id} refused: {event.reject.text}"


def _status_requested(event: ev.ChildStatusRequested) -> str:
    return f"{event.venue} asked where child {event.child_id} stands"


def _status_compared(event: ev.OrderStatusCompared) -> str:
    done = "" if event.cum_qty is None else f", {number(event.cum_qty)} done"
    said = "nothing" if event.ord_status is None else f"{event.ord_status.name}{done}"
    line = f"{event.venue} says of child {event.child_id}: {said}"
    return f"{line}; differs: {event.difference}" if event.difference else line


def _unanswered(event: ChildUnanswered) -> str:
    return f"{event.venue} has not answered child {event.child_id} in time ({event.attempt})"


def _unfilled(event: ChildUnfilled) -> str:
    what = "called back" if event.is_called_back else "no other venue takes it"
    return f"child {event.child_id} at {event.venue} is without a fill: {what}"


def _probed(event: VenueProbed) -> str:
    return f"child {event.child_id} tries {event.venue}, which is suspended"


def _ignored(event: ev.VenueMessageIgnored) -> str:
    return f"message of {event.venue} ignored: {event.reason}"


_WORDING: dict[type, Callable[[Any], str]] = {
    ev.OrderCaptured: _captured,
    ev.ChecksEvaluated: _checks,
    OrderRouted: _routed,
    ev.ChildPlaced: _placed,
    ev.OrderPhoned: _phoned,
    ev.ChildCancelRequested: _cancel_requested,
    ev.ChildReplaceRequested: _replace_requested,
    ev.ChildReported: _child_reported,
    ChildForced: _forced,
    ev.ChildRequestRefused: _request_refused,
    ev.ChildStatusRequested: _status_requested,
    ev.OrderStatusCompared: _status_compared,
    ev.RequestAccepted: _request_accepted,
    ev.RequestQueued: _queued,
    ev.RequestPassedOn: _passed_on,
    ev.OrderWithdrawn: _withdrawn,
    OrderOperated: _operated,
    circumstances.StopHeld: _stop_held,
    circumstances.StopTriggered: _stop_triggered,
    ReviewOpened: _review_opened,
    ReviewDecided: _review_decided,
    ReviewPassed: _review_passed,
    ev.TradeDoubted: _doubted,
    ev.OrderReported: _reported,
    ev.OrderAnswered: _answered,
    ev.RequestRejected: _rejected,
    ev.VenueMessageIgnored: _ignored,
    ChildUnanswered: _unanswered,
    ChildUnfilled: _unfilled,
    VenueProbed: _probed,
}
