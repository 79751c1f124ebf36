"""Reconciliation: after each logon a venue tells where our orders stand, then it gets new ones.

Theory of operation
-------------------
Asked about are the children that the venue may still fill or has yet to answer a request about.
``MASS`` asks for all at once, then for each that the list did not name, since a list may leave out
what has ended; ``EACH`` asks for each. At most ``ASKED_MAX`` questions are open at a time.

A session delivers in order, both ways. So a status is younger than every report that came before
it, and what the venue executed and we have not booked when its status comes was lost, as by a reset
of the sequence numbers. And the venue had everything that we sent before the question, which is all
that it is judged by: a request that was made after it is none of its business.

Direct orders live by their venue's word anyway: it is passed on to the client, but for their
requests, which are left to the venue to answer.

What the venue says is done: missing quantity is booked as one *estimated* fill at the price that
AvgPx(6) leads to; an order that has ended there, or that the venue does not know, is closed as
canceled without having been asked to. An acknowledgment or a replace that got lost is made up for.
What it says of orders that we know to have ended, or do not know at all, is reported, no more. A
cancel or replace that was pending when the venue was asked may be answered a moment later: the
child is asked about again after the time-out, and if it is as unanswered then, the venue has not
got it. A cancel is sent anew; a replace is refused, because a price that comes late can harm.

What a venue says again because it got lost was said on an earlier connection, before our question,
and answers none. It is kept for the record: the reports behind it come again too.

A venue that is silent gets no orders. It is asked again, for ever, and nothing is concluded from
its silence. A venue that refuses to answer has been asked: what we know of the order holds.

Reports that an estimated fill stands for may still come, by a resend or by hand. A report whose
CumQty(14) lies within what the estimate covers takes its quantity back from it before it is booked:
no fill counts twice, and in the end each stands for itself, at its own price.
"""

from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from oms_fix.core.orders import children, deadlines, direct, forced
from oms_fix.core.orders.asked import Reconciliation
from oms_fix.core.orders.missing import price_of_missing
from oms_fix.core.orders.order import ZERO, Child, ChildRequest, Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.model.commands import (
    VenueExecutionReport,
    VenueMessageReject,
    VenueOrderStatus,
    VenueStatusOverdue,
)
from oms_fix.model.enums import ExecType, OrderReconciliation, OrdStatus
from oms_fix.model.events import (
    ChildStatusRequested,
    OrderMassStatusRequested,
    OrderStatusCompared,
    VenueReconciled,
    VenueReconciliationOverdue,
    VenueReconciliationStarted,
)

ASKED_MAX = 50
"""Questions to a venue that may be unanswered at a time."""
_MASS_QUESTION = "AF"
QUESTIONS = frozenset({"H", _MASS_QUESTION})
"""MsgType(35) of what a venue is asked by."""

_PENDING = frozenset({OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE})
_ENDED_AS = {
    OrdStatus.FILLED: ExecType.CANCELED,  # of what is left, once all that was filled is booked
    OrdStatus.CANCELED: ExecType.CANCELED,
    OrdStatus.REJECTED: ExecType.CANCELED,
    OrdStatus.EXPIRED: ExecType.EXPIRED,
    OrdStatus.DONE_FOR_DAY: ExecType.DONE_FOR_DAY,
}


# --- asking -------------------------------------------------------------------------------------


def start(turn: Turn, venue: str, how: OrderReconciliation) -> None:
    """Begin with a venue that has logged on, if there is anything to ask it."""
    expected = turn.state.unsettled_at(venue)
    if not expected or how is OrderReconciliation.NONE:
        return
    turn.emit(VenueReconciliationStarted(venue, how, len(expected)))
    if how is OrderReconciliation.MASS:
        _ask_for_all(turn, venue)
    go_on(turn, venue)


def go_on(turn: Turn, venue: str) -> None:
    """Ask what may be asked by now; end when all is told."""
    under_way = turn.state.reconciliations.get(venue)
    if under_way is None or under_way.request_id is not None:
        return
    while len(under_way.asked) < ASKED_MAX:
        child = _next(turn.state, under_way)
        if child is None:
            break
        ask(turn, child, child.cl_ord_id)
    if not under_way.asked:
        turn.emit(VenueReconciled(venue, under_way.children, under_way.differences))


def overdue(turn: Turn, command: VenueStatusOverdue) -> None:
    """Ask again what was not answered."""
    venue = command.session
    under_way = turn.state.reconciliations.get(venue)
    if under_way is None:
        return
    attempt = under_way.attempts + 1
    turn.emit(VenueReconciliationOverdue(venue, len(under_way.unsettled), attempt))
    if under_way.request_id is not None:
        _ask_for_all(turn, venue)
    go_on(turn, venue)


def _next(state: State, under_way: Reconciliation) -> Child | None:
    """Return the next child to ask about: what was told or reported of meanwhile need not be."""
    for child_id in reversed(under_way.queue):
        child = state.unsettled_children.get(child_id)
        if child is not None and child_id in under_way.unsettled:
            return child
    return None


def ask(turn: Turn, child: Child, cl_ord_id: str) -> None:
    """Ask a venue where a child stands."""
    turn.emit(
        ChildStatusRequested(
            order_id=child.order_id,
            child_id=child.child_id,
            cl_ord_id=cl_ord_id,
            venue=child.venue,
            terms=child.terms,
            venue_order_id=child.venue_order_id,
        )
    )


def _ask_for_all(turn: Turn, venue: str) -> None:
    turn.emit(OrderMassStatusRequested(venue, turn.state.next_mass_request_id()))


# --- answers ------------------------------------------------------------------------------------


class _Finding(NamedTuple):
    """What a status tells that we did not know; see the theory of operation."""

    replaced: bool = False
    acknowledged: bool = False
    missing: Decimal = ZERO
    end: ExecType | None = None
    difference: str | None = None


class Outcome(NamedTuple):
    """What a status leads to beyond what is booked.

    ``text``: the child is not as it was, and the client is told this. ``refused``: its request
    will not be answered any more, for this reason.
    """

    text: str = ""
    refused: str = ""


class _Request(Enum):
    """Where our cancel or replace of a child stands, by a status."""

    FINE = "there is none, the venue has it, or it was made after the question"
    LOOK_AGAIN = "it may be answered in a moment"
    LOST = "the venue has not got it"
    TOO_LATE = "the order has ended"


def refused(turn: Turn, child: Child | None, command: VenueMessageReject) -> None:
    """Take a venue's refusal to say where an order, or any order, stands as its answer."""
    under_way = turn.state.reconciliations.get(command.session)
    listed = under_way is not None and command.ref_msg_type == _MASS_QUESTION
    turn.emit(
        OrderStatusCompared(
            venue=command.session,
            cl_ord_id=command.cl_ord_id or "",
            order_id="" if child is None else child.order_id,
            child_id="" if child is None else child.child_id,
            difference=f"{command.session} does not tell: {command.text or 'no reason given'}",
            request_id=under_way.request_id if under_way is not None and listed else None,
            completes_list=listed,
        )
    )
    go_on(turn, command.session)


def _of_no_order(turn: Turn, command: VenueOrderStatus) -> None:
    """Compare a status of no order of ours: there should be none that works, or has been filled."""
    difference = None
    # What has ended days ago is not kept.
    is_old = command.cl_ord_id.startswith(f"{turn.state.id_prefix}-")
    if command.ord_status not in _ENDED_AS or (command.cum_qty and not is_old):
        difference = (
            f"{command.session} has an order that is not ours: ClOrdID(11)={command.cl_ord_id}"
            f" {command.symbol} {_name(command.ord_status)}, CumQty(14)={command.cum_qty}"
        )
    _compared(turn, command, None, difference)


def compare(turn: Turn, child: Child | None, command: VenueOrderStatus) -> Outcome:
    """Compare a status with a child of ours, if it is of one, and book what the venue did.

    Outside of a reconciliation nothing comes of it but the record, unless the child was not
    answered in time.
    """
    if child is None:
        _of_no_order(turn, command)
        return Outcome()
    order = turn.state.orders[child.order_id]
    under_way = turn.state.reconciliations.get(command.session)
    finding = _find(order, child, command)
    if under_way is None:
        return _of_silent(turn, order, child, command, finding)
    if command.poss_dup:
        _compared(turn, command, child, None, is_late=True)
        return Outcome()
    if _goes_by_its_request(under_way, child, command):
        replace = _replace_perhaps_made(child)
        assert replace is not None, "it is what the child goes by"
        _compared(turn, command, child, None, settles=False)
        ask(turn, child, replace.cl_ord_id)
        return Outcome()
    is_forced = child.forced
    unexpected = children.FILLED_ALL_THE_SAME if is_forced else None
    request = _request(under_way, child, command, finding)
    settles = request is not _Request.LOOK_AGAIN
    _compared(turn, command, child, finding.difference, settles=settles)
    changed = _make_up_for(turn, order, child, command, finding, unexpected)
    is_ending = command.ord_status is OrdStatus.PENDING_CANCEL
    if is_forced and _stays_open(order, command) and not is_ending:
        forced.cancel_again(turn, order, child)
    if request is _Request.LOST and child.request is not None and child.request.terms is None:
        children.request_cancel(turn, order, child)
        request = _Request.FINE
    is_over = request in (_Request.LOST, _Request.TOO_LATE)
    return Outcome(
        # What became of a direct order, its client has been told.
        text=_known_from(command) if changed and order.direct is None else "",
        refused=f"by {child.venue}'s order status {request.value}" if is_over else "",
    )


def _of_silent(
    turn: Turn, order: Order, child: Child, command: VenueOrderStatus, finding: _Finding
) -> Outcome:
    """Compare a status that no reconciliation has asked for; the question may be of a timer.

    What a venue does not know it has never worked: it counts as rejected there, and goes elsewhere.
    """
    _compared(turn, command, child, finding.difference)
    is_late = command.poss_dup or _replace_perhaps_made(child) is not None
    if is_late or not deadlines.was_asked(turn.state, child):
        return Outcome()
    if command.ord_status is OrdStatus.REJECTED and order.direct is None and finding.end:
        finding = finding._replace(end=ExecType.REJECTED)
    changed = _make_up_for(turn, order, child, command, finding, None)
    return Outcome(_known_from(command) if changed and order.direct is None else "")


def _compared(
    turn: Turn,
    command: VenueOrderStatus,
    child: Child | None,
    difference: str | None,
    *,
    settles: bool = True,
    is_late: bool = False,
) -> None:
    turn.emit(
        OrderStatusCompared(
            venue=command.session,
            cl_ord_id=command.cl_ord_id,
            ord_status=command.ord_status,
            cum_qty=command.cum_qty,
            order_id="" if child is None else child.order_id,
            child_id="" if child is None else child.child_id,
            difference=difference,
            request_id=command.mass_status_req_id,
            completes_list=_completes_list(turn.state, command),
            settles=settles,
            is_late=is_late,
        )
    )


def _completes_list(state: State, command: VenueOrderStatus) -> bool:
    under_way = state.reconciliations.get(command.session)
    if under_way is None or command.mass_status_req_id != under_way.request_id:
        return False
    total = command.tot_num_reports
    is_last = total is not None and under_way.listed + 1 >= total
    return under_way.request_id is not None and (command.last_rpt_requested or is_last)


def _goes_by_its_request(
    under_way: Reconciliation, child: Child, command: VenueOrderStatus
) -> bool:
    """Whether a child may be unknown only because a replace was accepted and we do not know it."""
    asked = under_way.asked.get(child.child_id)
    replace = _replace_perhaps_made(child)
    if command.ord_status is not OrdStatus.REJECTED or asked is None or replace is None:
        return False
    is_of_then = child.forced or asked.request == replace.cl_ord_id
    return is_of_then and asked.cl_ord_id != replace.cl_ord_id


def _replace_perhaps_made(child: Child) -> ChildRequest | None:
    """Return the replace that is pending, or that an operator has not waited for."""
    replace = child.given_up if child.forced else child.request
    return None if replace is None or replace.terms is None else replace


def _request(
    under_way: Reconciliation, child: Child, command: VenueOrderStatus, finding: _Finding
) -> _Request:
    is_known = command.ord_status in _PENDING or finding.replaced
    if child.request is None or is_known:
        return _Request.FINE
    asked = under_way.asked.get(child.child_id)
    if asked is None:
        is_asked_yet = child.child_id in under_way.unsettled
        return _Request.LOOK_AGAIN if is_asked_yet else _Request.FINE
    pending = child.request.cl_ord_id
    if asked.request != pending:
        return _Request.FINE
    was_seen = asked.seen_pending == pending
    if command.ord_status is OrdStatus.FILLED:  # a bust may make room for it yet
        return _Request.TOO_LATE if was_seen else _Request.LOOK_AGAIN
    if command.ord_status in _ENDED_AS:
        return _Request.TOO_LATE
    return _Request.LOST if was_seen else _Request.LOOK_AGAIN


def _stays_open(order: Order, command: VenueOrderStatus) -> bool:
    return command.ord_status not in _ENDED_AS or _rests(order, command)


def _rests(order: Order, command: VenueOrderStatus) -> bool:
    """Whether an order is done for the day and goes on tomorrow (matrix H.1)."""
    is_done = command.ord_status is OrdStatus.DONE_FOR_DAY
    has_rest = order.direct is not None or command.leaves_qty != 0
    return is_done and has_rest and order.terms.time_in_force.is_good_till


def _find(order: Order, child: Child, command: VenueOrderStatus) -> _Finding:
    status, cum_qty = command.ord_status, command.cum_qty
    who = command.session
    if status is OrdStatus.REJECTED and not cum_qty:
        if not child.is_open:
            return _Finding()
        return _Finding(end=ExecType.CANCELED, difference=f"{who} has no such order")
    if status is None or cum_qty is None:
        return _Finding(difference=f"OrdStatus(39) or CumQty(14) of {who} cannot be read")
    stays_open = _stays_open(order, command)
    # What only operators have undone, the venue may undo yet, and fill again.
    counts_undone = (
        status is OrdStatus.FILLED and bool(child.undone_qty) and cum_qty != child.cum_qty
    )
    ends = child.is_open and not stays_open and not counts_undone
    end = _ENDED_AS[status] if ends else None
    is_replaced = stays_open and _is_replaced(order, child, command)
    return _Finding(
        replaced=is_replaced,
        acknowledged=(
            stays_open
            and child.status is OrdStatus.PENDING_NEW
            and status is not OrdStatus.PENDING_NEW
        ),
        missing=_missing(child, cum_qty),
        end=end,
        difference=_difference(
            child, command, cum_qty, stays_open=stays_open, is_replaced=is_replaced
        ),
    )


def _missing(child: Child, cum_qty: Decimal) -> Decimal:
    """Return what the venue has filled beyond what we know of, also what operators have undone."""
    known = child.cum_qty + child.undone_qty
    return max(cum_qty - known, ZERO)


def _is_replaced(order: Order, child: Child, command: VenueOrderStatus) -> bool:
    """Whether the order goes by the ClOrdID(11) of a replace that is pending here."""
    if command.ord_status is OrdStatus.PENDING_REPLACE:
        return False
    passed, replace = order.passed_on.get(command.cl_ord_id), _replace_perhaps_made(child)
    if passed is not None:
        return passed.terms is not None
    return replace is not None and replace.cl_ord_id == command.cl_ord_id


def _difference(
    child: Child,
    command: VenueOrderStatus,
    cum_qty: Decimal,
    *,
    stays_open: bool,
    is_replaced: bool,
) -> str | None:
    found = []
    ours = child.cum_qty
    if not child.agrees(cum_qty, ours):
        found.append(f"CumQty(14) is {cum_qty} at {command.session}, {ours} here")
    ended = not stays_open
    left = max(child.terms.order_qty - cum_qty + child.undone_qty, ZERO)
    if child.is_open and ended and (left or command.ord_status is not OrdStatus.FILLED):
        found.append(f"it is {_name(command.ord_status)} at {command.session}, open here")
    elif not child.is_open and not ended:
        found.append(
            f"it is {_name(command.ord_status)} at {command.session}, {child.status.name} here"
        )
    elif is_replaced:
        found.append(f"it is replaced at {command.session}, not here")
    return "; ".join(found) or None


def _name(status: OrdStatus | None) -> str:
    return "in a status that is not known" if status is None else status.name


# --- what an answer leads to --------------------------------------------------------------------


def _make_up_for(
    turn: Turn,
    order: Order,
    child: Child,
    command: VenueOrderStatus,
    finding: _Finding,
    discrepancy: str | None,
) -> bool:
    """Book what the venue did and we have not heard of; return whether that was anything."""
    changed = False
    if finding.replaced:
        report = _report(turn, command, ExecType.REPLACED, command.cl_ord_id)
        changed |= _book(turn, order, child, report)
    if finding.acknowledged and child.status is OrdStatus.PENDING_NEW:
        changed |= _book(turn, order, child, _report(turn, command, ExecType.NEW, child.cl_ord_id))
    if finding.missing:
        report = _report(turn, command, ExecType.TRADE, child.cl_ord_id)
        price = price_of_missing(turn.state, child, command, finding.missing)
        children.book_estimate(turn, order, child, report, finding.missing, price, discrepancy)
        changed = True
    if finding.end is not None and child.is_open:
        report = _report(turn, command, finding.end, _answered_by(order, child, finding.end))
        changed |= _book(turn, order, child, report)
    return changed


def _book(turn: Turn, order: Order, child: Child, report: VenueExecutionReport) -> bool:
    if order.direct is None:
        return children.book(turn, order, child, report)
    direct.follow(turn, order, child, report)
    return True


def _answered_by(order: Order, child: Child, end: ExecType) -> str:
    """Return the ClOrdID(11) of the cancel of a direct order that its end answers, or its own."""
    cancels = [key for key, passed in order.passed_on.items() if passed.terms is None]
    return cancels[-1] if cancels and end is ExecType.CANCELED else child.cl_ord_id


def _report(
    turn: Turn, command: VenueOrderStatus, exec_type: ExecType, cl_ord_id: str
) -> VenueExecutionReport:
    """Return the report that the venue must have sent; its ExecID(17) is one that we make."""
    return VenueExecutionReport(
        session=command.session,
        exec_id=f"STATUS-{turn.state.next_exec_id()}-{exec_type.value}",
        exec_type=exec_type,
        ord_status=None,
        cl_ord_id=cl_ord_id,
        venue_order_id=command.venue_order_id,
        leaves_qty=command.leaves_qty,
        text=_known_from(command),
    )


def _known_from(command: VenueOrderStatus) -> str:
    said = f": {command.text}" if command.text else ""
    return f"known from {command.session}'s order status{said}"
