"""How each event changes the state: the only code that does.

Recovery folds the stored events through ``apply``; the engine calls it for every event it emits, so
both arrive at the same state. One function an event kind, found by type.
"""

from collections.abc import Callable
from decimal import Decimal
from sys import intern
from typing import Any

from msgspec import structs

from oms_fix.core import (
    apply_configuration,
    apply_health,
    apply_reconciliation,
    apply_reviews,
    circumstances,
    conduct,
    positions,
    totals,
)
from oms_fix.core.apply_days import (
    keep_days,
    market_closed,
    not_withdrawn,
    trading_day_ended,
    withdrawn,
)
from oms_fix.core.apply_executions import CHANGES_A_TRADE, keep_estimates, keep_taken_back
from oms_fix.core.apply_placing import ENDS, is_apart, is_unasked, keep_owed, order_routed
from oms_fix.core.orders.absence import remember
from oms_fix.core.orders.executions import Execution
from oms_fix.core.orders.order import (
    STATUS_EXEC_ID,
    ZERO,
    Child,
    ChildRequest,
    Direct,
    Order,
    PassedOn,
    Request,
    Waiting,
)
from oms_fix.core.orders.sharing import kept, kept_terms, lean, shared
from oms_fix.core.orders.state import State
from oms_fix.core.orders.state_machine import BESIDE, ENDED, OPEN, PENDING, STANDING, transition
from oms_fix.model import events as ev
from oms_fix.model.circumstances import MarketClosed
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus
from oms_fix.model.events import Event
from oms_fix.model.operations import ChildForced, OrderOperated
from oms_fix.model.orders import ExecutionReport
from oms_fix.model.routing import OrderRouted

_ASKED_AND_PENDING = frozenset({ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})
_UNCHANGED = _ASKED_AND_PENDING | {ExecType.PENDING_NEW}
# To look a member up in its enumeration takes several times as long as a name of the module.
_TRADE, _REPLACED = ExecType.TRADE, ExecType.REPLACED
_SUSPENDED, _DONE_FOR_DAY = ExecType.SUSPENDED, ExecType.DONE_FOR_DAY
_OF_A_TRADE = CHANGES_A_TRADE | {ExecType.TRADE}


def apply(state: State, event: Event) -> None:
    """Change ``state`` as ``event`` says."""
    kind = type(event)
    _APPLY[kind](state, event)
    if kind in totals.CHANGES_WHAT_IS_OPEN:
        order = state.orders.get(event.order_id)  # type: ignore[union-attr]  # all of them have it
        if order is not None:
            totals.recount(state, order)


def _store_founded(state: State, event: ev.StoreFounded) -> None:
    state.id_prefix = event.id_prefix


def _order_captured(state: State, event: ev.OrderCaptured) -> None:
    session = intern(event.session)
    order = Order(event.order_id, session, event.cl_ord_id, event.cl_ord_id, lean(event.terms))
    state.orders_count += 1
    remember(state, session, event.terms)
    state.orders[event.order_id] = order
    state.orders_by_cl_ord_id[session, event.cl_ord_id] = order
    state.first_users_of_cl_ord_id.setdefault(event.cl_ord_id, order)


def _request_passed_on(state: State, event: ev.RequestPassedOn) -> None:
    order = state.orders[event.order_id]
    assert order.direct is not None, "only requests of direct orders are passed on"
    conduct.changed(state, order)
    passed = PassedOn(event.cl_ord_id, event.orig_cl_ord_id, event.terms)
    order.direct.passed_on[event.venue_cl_ord_id] = passed
    order.direct.client_ids[event.venue_cl_ord_id] = event.cl_ord_id
    remember(state, order.session, event.terms)
    state.orders_by_cl_ord_id[order.session, event.cl_ord_id] = order
    state.first_users_of_cl_ord_id.setdefault(event.cl_ord_id, order)


def _child_placed(state: State, event: ev.ChildPlaced) -> None:
    order = state.orders[event.order_id]
    child = Child(
        child_id=event.child_id,
        order_id=order.order_id,
        venue=intern(event.venue),
        cl_ord_id=kept(event.child_id, event.cl_ord_id),
        terms=kept_terms(order.terms, event.terms),
        apart=is_apart(order.at_venue(order.terms), event.terms),
    )
    state.children[child.child_id] = child
    state.unsettled_children[child.child_id] = child
    order.children.append(child)
    order.ids_given += 1
    if order.direct is not None:
        order.direct.client_ids[event.cl_ord_id] = order.cl_ord_id
        totals.recount(state, order)  # it is not New until its venue says so
    apply_health.placed(state, event)


def _order_phoned(state: State, event: ev.OrderPhoned) -> None:
    terms = lean(event.terms)
    order = Order(event.order_id, intern(event.session), "", "", terms, direct=Direct())
    child = Child(event.child_id, event.order_id, intern(event.venue), "", terms)
    child.venue_order_id = event.venue_order_id
    order.children.append(child)
    order.ids_given += 1
    state.orders_count += 1
    state.orders[event.order_id] = order
    state.children[event.child_id] = child
    state.phoned[event.venue, event.venue_order_id] = child


def _child_requested(
    state: State, event: ev.ChildCancelRequested | ev.ChildReplaceRequested
) -> None:
    child = state.children[event.child_id]
    state.children[event.cl_ord_id] = child
    order = state.orders[event.order_id]
    order.ids_given += 1
    if order.direct is not None:
        return  # what is asked is in ``passed_on``
    terms = event.terms if isinstance(event, ev.ChildReplaceRequested) else None
    _give_up_replace(child)
    child.request = ChildRequest(event.cl_ord_id, terms)
    state.keep_unsettled(child)
    child.called_back = child.called_back or not order.awaits_answer


def _child_reported(state: State, event: ev.ChildReported) -> None:
    child = state.children[event.child_id]
    apply_health.reported(state, child, event)
    if event.exec_id not in child.exec_ids:  # an estimate's is there when it is taken back
        child.remember(event.exec_id)
    state.ended_before.discard(child.order_id)
    _keep_venue_order_id(state, child, event.venue_order_id)
    was_open, was_open_qty = child.status in OPEN, child.open_qty
    order = state.orders[event.order_id]
    exec_type, child.status = event.exec_type, event.ord_status
    is_open = child.status in OPEN
    if was_open and not is_open:
        child.unasked = is_unasked(order, child, event)
    keep_owed(child, event)
    keep_taken_back(child, event)
    keep_estimates(child, event)
    child.cum_qty = shared(event.cum_qty or ZERO)
    if exec_type is _TRADE and event.last_px is not None and not event.estimated:
        state.last_prices[order.terms.symbol] = event.last_px
    if exec_type in CHANGES_A_TRADE and child.request is None:
        child.called_back = False  # what opens it again can have it called back again
    if exec_type is _REPLACED:
        _child_replaced(state, order, child, event)
    if event.order_qty is not None:
        child.terms = structs.replace(child.terms, order_qty=event.order_qty)
    if exec_type in ENDS and not is_open:
        child.request = None  # what is left of it has no answer of its own any more
        is_done = exec_type is ExecType.DONE_FOR_DAY  # and may go on tomorrow
        child.forced = child.forced and is_done and child.terms.time_in_force.is_good_till
    if not (was_open and is_open) or exec_type is _REPLACED:
        state.keep_unsettled(child)
    if is_open != was_open or child.open_qty != was_open_qty:
        totals.recount(state, order)  # of all that this changes, only that counts there


def _keep_venue_order_id(state: State, child: Child, venue_order_id: str | None) -> None:
    """A venue may give an order another OrderID(37); of one by phone it is all that names it."""
    if not venue_order_id or venue_order_id == child.venue_order_id:
        return
    if state.phoned.pop((child.venue, child.venue_order_id or ""), None) is not None:
        state.phoned[child.venue, venue_order_id] = child
    child.venue_order_id = venue_order_id


def _child_replaced(state: State, order: Order, child: Child, event: ev.ChildReported) -> None:
    if order.direct is not None:
        is_ours = state.child_at(event.venue, event.cl_ord_id) is child
        if event.cl_ord_id in order.passed_on or (child.forced and is_ours):
            child.cl_ord_id = event.cl_ord_id
        return
    made = child.replace_of(event.cl_ord_id)
    assert made is not None, "only what was asked for is booked"
    child.cl_ord_id = made.cl_ord_id
    child.terms = made.terms or child.terms
    if made is child.given_up:
        child.given_up = None
        return
    child.request = None
    if order.request is not None and not order.request.held:
        order.request.accepted = True


def _child_forced(state: State, event: ChildForced) -> None:
    child, order = state.children[event.child_id], state.orders[event.order_id]
    child.status = event.ord_status
    _give_up_replace(child)
    for venue_id, passed in order.passed_on.items():
        if passed.terms is not None:
            child.given_up = ChildRequest(venue_id, passed.terms)
    child.request = None
    child.forced = event.ord_status in ENDED  # what is filled, its venue has told of
    apply_health.forced(state, child)
    state.keep_unsettled(child)


def _give_up_replace(child: Child) -> None:
    """Expect no answer to a replace that is pending; the venue may make it."""
    if child.request is not None and child.request.terms is not None:
        child.given_up = child.request


def _child_request_refused(state: State, event: ev.ChildRequestRefused) -> None:
    child, order = state.children[event.child_id], state.orders[event.order_id]
    if child.request is None or child.request.terms is None:
        not_withdrawn(
            state, order
        )  # else it was a replace that is refused, and the cancel is to come
    else:
        child.given_up = child.request
    child.request = None
    state.keep_unsettled(child)
    request = order.request
    if request is not None and not request.held:
        request.refused = request.refused or event.text or "refused by the venue"


def _order_withdrawn(state: State, event: ev.OrderWithdrawn) -> None:
    order = state.orders[event.order_id]
    before = order.withdrawn
    if event.cl_ord_id and (before is None or before.cl_ord_id != event.cl_ord_id):
        conduct.changed(state, order)
    withdrawn(state, order, event)
    if event.cl_ord_id:  # used up, as that of any request is
        state.orders_by_cl_ord_id.setdefault((order.session, event.cl_ord_id), order)


def _mass_cancel_reported(state: State, event: ev.MassCancelReported) -> None:
    del event
    state.executions_count += 1


def _request_accepted(state: State, event: ev.RequestAccepted) -> None:
    order = state.orders[event.order_id]
    order.waiting = order.without_request(event.cl_ord_id).waiting
    conduct.changed(state, order)
    remember(state, order.session, event.terms)
    order.request = Request(
        event.cl_ord_id, event.terms, event.withdraws, orig_cl_ord_id=event.orig_cl_ord_id
    )
    state.orders_by_cl_ord_id[order.session, event.cl_ord_id] = order
    state.first_users_of_cl_ord_id.setdefault(event.cl_ord_id, order)


def _request_queued(state: State, event: ev.RequestQueued) -> None:
    order = state.orders[event.order_id]
    order.waiting += (Waiting(event.cl_ord_id, event.orig_cl_ord_id, event.terms),)
    state.orders_by_cl_ord_id[order.session, event.cl_ord_id] = order
    state.first_users_of_cl_ord_id.setdefault(event.cl_ord_id, order)


def _order_reported(state: State, event: ev.OrderReported) -> None:
    report = event.report
    order = state.orders[event.order_id]
    state.executions_count += 1
    if report.orig_cl_ord_id is not None and report.exec_type is ExecType.CANCELED:
        order.id_before_cancel = order.cl_ord_id
    if order.direct is not None:
        _follow(order, order.direct, report)
    if report.exec_type not in _UNCHANGED:
        _change(state, order, event)


def _change(state: State, order: Order, event: ev.OrderReported) -> None:
    report, was_filled = event.report, order.day_cum_qty
    if report.exec_type in _OF_A_TRADE:
        _book(state, order, event)
    elif report.cum_qty != order.cum_qty:
        _restate_executions(state, order, report.cum_qty)
    order.cum_qty = shared(report.cum_qty or ZERO)
    conduct.executed(state, order, was_filled)
    order.terms = kept_terms(order.terms, report.terms)
    if not _leaves_base(report):
        order.status, _ = transition(
            order.status, report.exec_type, report.cum_qty, report.terms.order_qty
        )
    if order.direct is None:
        _rest(state, order, report)
    if order.request is not None:
        _answer_request(order, order.request, report)
    if order.review is not None:
        apply_reviews.keep_review(state, order, report)
    keep_days(state, order, report)


def _answer_request(order: Order, request: Request, report: ExecutionReport) -> None:
    if request.cl_ord_id == report.cl_ord_id:
        order.orig_cl_ord_id, order.cl_ord_id = order.cl_ord_id, report.cl_ord_id
        order.request = None


def _rest(state: State, order: Order, report: ExecutionReport) -> None:
    """An order that waits here does so while it is open; one that is filled may be open again."""
    if report.exec_type is _SUSPENDED:
        order.suspended = True
    elif order.status not in OPEN:
        order.suspended = False
        if order.status is not OrdStatus.FILLED or report.exec_type is _REPLACED:
            order.onward = None  # of what a bust gives back of a filled order it is the way yet
    elif report.exec_type is _REPLACED:  # what it is now, the rules are to decide on
        order.onward = None
        order.desk = order.desk if order.open_children else ""
    if order.stop is not None:
        state.keep_stop(order)


def _leaves_base(report: ExecutionReport) -> bool:
    """Whether the base status stays; Done For Day with a rest is an order that goes on tomorrow."""
    if report.exec_type is _DONE_FOR_DAY:
        return report.leaves_qty > 0
    return report.exec_type in STANDING


def _restate_executions(state: State, order: Order, cum_qty: Decimal) -> None:
    """Put what is filled into the units of a corporate action; what it cost stays the same."""
    positions.book(state, order, cum_qty - order.cum_qty, Decimal(0))
    totals.book(state, order, cum_qty - order.cum_qty, Decimal(0), is_of_today=False)
    order.earlier_qty = order.in_units(cum_qty).earlier_qty
    left = cum_qty
    for child in order.children:
        child.taken_back = None  # what is filled is what the venue says
        for number, (key, done) in enumerate(list(child.executions.items()), 1):
            quantity = done.quantity * cum_qty / order.cum_qty
            if number == len(child.executions):
                quantity = left  # not a digit more or less than the sum
            left -= quantity
            price = done.price * order.cum_qty / cum_qty
            child.count_in(key, structs.replace(done, quantity=quantity, price=price))


def _follow(order: Order, direct: Direct, report: ExecutionReport) -> None:
    """Take over what a direct order's venue says of its requests, and beside its base status."""
    _stand(direct, report.ord_status)
    if report.exec_type in _ASKED_AND_PENDING:
        for venue_id, passed in direct.passed_on.items():
            if passed.cl_ord_id == report.cl_ord_id:
                told = report.ord_status in PENDING
                direct.passed_on[venue_id] = structs.replace(passed, told=told)
        return
    if report.orig_cl_ord_id is not None:
        _unpass(direct, report.cl_ord_id)
        order.orig_cl_ord_id, order.cl_ord_id = order.cl_ord_id, report.cl_ord_id
    if not order.children[-1].forced:  # else its venue may go on by terms that its client has not
        order.children[-1].terms = report.terms


def _stand(direct: Direct, told: OrdStatus) -> None:
    """Take over what is true beside the base status, unless a request covers it.

    None does where the venue has said how the order ended, though it has yet to answer them.
    """
    if told in PENDING:
        return
    direct.standing = told if told in BESIDE else None
    for venue_id, passed in direct.passed_on.items():
        direct.passed_on[venue_id] = structs.replace(passed, told=False)


def _unpass(direct: Direct, cl_ord_id: str) -> None:
    direct.passed_on = {
        venue_id: passed
        for venue_id, passed in direct.passed_on.items()
        if passed.cl_ord_id != cl_ord_id
    }


def _book(state: State, order: Order, event: ev.OrderReported) -> None:
    """Count a fill in; count out what a correction or a bust takes back."""
    report, child_id, venue_exec_id = event.report, event.child_id, event.venue_exec_id
    assert child_id, "a fill comes from a child"
    assert venue_exec_id, "a fill has an ExecID"
    child, is_of_today = state.children[child_id], True
    if report.exec_type is not _TRADE:
        undone = child.count_out(report.exec_ref_id)
        order.value -= undone.quantity * undone.price
        positions.book(state, order, -undone.quantity, undone.price)
        is_of_today = undone.is_of_today
        totals.book(state, order, -undone.quantity, undone.price, is_of_today=is_of_today)
        if not is_of_today:
            order.earlier_qty -= undone.quantity
            order.earlier_value -= undone.quantity * undone.price
    if report.exec_type is not ExecType.TRADE_CANCEL:
        assert report.last_qty is not None, "a fill has LastQty"
        assert report.last_px is not None, "a fill has LastPx"
        quantity, price = shared(report.last_qty), shared(report.last_px)
        child.count_in(venue_exec_id, Execution(report.exec_id, quantity, price, is_of_today))
        order.value += quantity * price
        if not is_of_today:
            order.earlier_qty += quantity
            order.earlier_value += quantity * price
        positions.book(state, order, quantity, price)
        totals.book(state, order, quantity, price, is_of_today=is_of_today)


def _order_answered(state: State, event: ev.OrderAnswered) -> None:
    if event.report.exec_id != STATUS_EXEC_ID:
        state.executions_count += 1


def _request_rejected(state: State, event: ev.RequestRejected) -> None:
    order = state.orders.get(event.order_id)
    if order is None:
        return
    state.orders_by_cl_ord_id.setdefault((event.session, event.reject.cl_ord_id), order)
    if event.ends_request:
        order.waiting = order.without_request(event.reject.cl_ord_id).waiting
        order.request = None
        state.keep_review(order)
        if order.direct is not None:
            _unpass(order.direct, event.reject.cl_ord_id)
            _stand(order.direct, event.reject.ord_status)


def _order_operated(state: State, event: OrderOperated) -> None:
    if event.operation is OrderOperation.ENTER and not event.refused:
        order = state.orders[event.order_id]
        order.entered, order.entered_by = True, intern(event.operator)


def _nothing(_state: State, _event: Event) -> None:
    """Told for the record: nothing changes."""


_APPLY: dict[type, Callable[[State, Any], None]] = {
    **circumstances.APPLY,
    **apply_reconciliation.APPLY,
    **apply_configuration.APPLY,
    **apply_reviews.APPLY,
    **apply_health.APPLY,
    ev.StoreFounded: _store_founded,
    ev.OrderCaptured: _order_captured,
    ev.ChecksEvaluated: conduct.checked,
    OrderRouted: order_routed,
    ev.ChildPlaced: _child_placed,
    ev.OrderPhoned: _order_phoned,
    ev.ChildCancelRequested: _child_requested,
    ev.ChildReplaceRequested: _child_requested,
    ev.ChildReported: _child_reported,
    ChildForced: _child_forced,
    ev.ChildRequestRefused: _child_request_refused,
    ev.RequestAccepted: _request_accepted,
    ev.RequestQueued: _request_queued,
    ev.RequestPassedOn: _request_passed_on,
    ev.OrderWithdrawn: _order_withdrawn,
    ev.MassCancelReported: _mass_cancel_reported,
    ev.TradeDoubted: _nothing,
    ev.OrderReported: _order_reported,
    ev.OrderAnswered: _order_answered,
    ev.RequestRejected: _request_rejected,
    ev.VenueMessageIgnored: _nothing,
    ev.ExecutionUnknown: _nothing,
    ev.TradingDayEnded: trading_day_ended,
    MarketClosed: market_closed,
    OrderOperated: _order_operated,
}
