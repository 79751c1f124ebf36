"""Direct access: an order that lives by its venue's word, by agreement with the client.

Theory of operation
-------------------
Such an order is at one venue, as one child. What the client asks goes on to the venue at once, as
many requests at a time as the client likes: each is *passed on* under an id of ours. What the venue
says goes back, one report for one report, with the client's ids in the place of ours. New, Pending
Cancel, Pending Replace, refusals and every change of status come from the venue.

Three things stay ours. Quantities and AvgPx(6) are counted from the executions, each once. Ids
follow the rules of the specification (FIX 4.4 Volume 4, OrderCancelReplaceRequest): until a request
is accepted, reports bear the old ClOrdID(11), and answers name the last accepted one. And where
the venue's OrdStatus(39) does not fit the quantities, the end of the order or a request that it has
called pending, the one that does is told. A venue that says how the order has ended calls nothing
pending any more, though it may have requests to refuse: a status tells what was told last.
"""

from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders import children, reports, splits
from oms_fix.core.orders.order import Child, Direct, Order, PassedOn, Request
from oms_fix.core.orders.state_machine import (
    BESIDE,
    ENDED,
    OPEN,
    PENDING,
    QUANTITY_STATUSES,
    STANDING,
    by_quantity,
    transition,
)
from oms_fix.core.orders.turn import Turn
from oms_fix.model.commands import VenueExecutionReport, VenueOrderCancelReject
from oms_fix.model.enums import ExecType, OrdStatus, OrdType
from oms_fix.model.events import OrderPhoned, RequestPassedOn
from oms_fix.model.orders import ExecutionReport, OrderTerms
from oms_fix.model.reasons import Reasons

_PENDING = frozenset({ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE})
_ANSWERS = _PENDING | {ExecType.REPLACED, ExecType.CANCELED}
"""Reports that answer a request, and name both its ids."""
_SIDE_BY_SIDE = BESIDE | PENDING


def pass_on(
    turn: Turn, order: Order, cl_ord_id: str, orig_cl_ord_id: str, terms: OrderTerms | None
) -> None:
    """Pass a client's cancel (``terms`` None) or replace on to the venue."""
    assert order.direct is not None, "only requests of direct orders are passed on"
    child = order.children[-1]
    venue_cl_ord_id = children.next_id(order)
    turn.emit(RequestPassedOn(order.order_id, cl_ord_id, orig_cl_ord_id, venue_cl_ord_id, terms))
    orig = order.direct.venue_ids.get(orig_cl_ord_id, child.cl_ord_id)
    if terms is None:
        children.request_cancel(turn, order, child, orig)
    else:
        children.request_replace(turn, order, child, terms, orig)


def phoned(turn: Turn, command: VenueExecutionReport) -> Child | None:
    """Return the order that a report without ClOrdID(11) is about, a new one where that is due.

    That is where the venue reports an order to be new, of a client that phones (matrix E.1.a).
    """
    venue, venue_order_id = command.session, command.venue_order_id or ""
    known = turn.state.phoned.get((venue, venue_order_id))
    session = turn.state.rules.phones(venue)
    is_new = command.exec_type is ExecType.NEW and venue_order_id
    if known is not None or session is None or not is_new:
        return known
    if command.symbol is None or command.side is None or not command.order_qty:
        return None
    terms = OrderTerms(
        symbol=command.symbol,
        side=command.side,
        order_qty=command.order_qty,
        ord_type=OrdType.LIMIT if command.price else OrdType.MARKET,
        price=command.price,
    )
    order_id = turn.state.next_order_id()
    child_id = f"{order_id}.1"
    turn.emit(OrderPhoned(order_id, child_id, session, venue, venue_order_id, terms))
    return turn.state.phoned[venue, venue_order_id]


def follow(turn: Turn, order: Order, child: Child, command: VenueExecutionReport) -> None:
    """Book a venue's report and tell the client the same."""
    passed = order.passed_on.get(command.cl_ord_id)
    to_replace = child.forced or (passed is not None and passed.terms is not None)
    problem = children.why_not(child, command, to_replace=to_replace)
    if problem:
        children.not_booked(turn, child, command, problem)
        return
    if command.exec_type in children.TRADES:
        word = _in_words_of(order, command, order.status)
        word = reports.as_it_is if child.forced else word
        children.book_trade(turn, order, child, command, word)
        return
    if child.forced and not splits.restates(command):
        # An operator has closed it, and its client was told then; but not in which units it is now.
        quantities = order.cum_qty, "", _quantity_replaced(child, command)
        children.emit_report(turn, child, command, child.status, *quantities)
        return
    if not splits.is_clear(child, command):
        splits.not_followed(turn, child, command)
        return
    order = splits.filled_in_its_units(order, command)
    status = _status_after(order, command)
    order_qty = _terms_after(order, command, passed).order_qty
    children.emit_report(turn, child, command, status, order.cum_qty, order_qty=order_qty)
    report = _report(turn, order, command, passed, status)
    report = children.with_fields_of(turn, order, command, report)
    if child.forced:
        report = structs.replace(report, ord_status=order.status)
    else:
        report = _in_words_of(order, command, status)(report)
    reports.tell(turn, order, report)


def _quantity_replaced(child: Child, command: VenueExecutionReport) -> Decimal | None:
    """Return OrderQty(38) of a replace that a venue makes of what an operator has closed."""
    if command.exec_type is not ExecType.REPLACED:
        return None
    made = child.replace_of(command.cl_ord_id)
    if made is not None and made.terms is not None:
        return made.terms.order_qty
    quantity = command.order_qty  # of a replace before the last one
    return quantity if quantity is not None and quantity > 0 else None


def refused(turn: Turn, order: Order, command: VenueOrderCancelReject) -> bool:
    """Tell the client of a request that the venue refused; False if none of this id is pending."""
    passed = order.passed_on.get(command.cl_ord_id)
    if passed is None:
        return False
    assert order.direct is not None, "only requests of direct orders are passed on"
    after = _after(order, command.cl_ord_id, order.status, order.direct.standing)
    by_sums = by_quantity(order.cum_qty, order.terms.order_qty)
    reports.passed_request_rejected(
        turn,
        order,
        passed,
        cxl_rej_reason=command.cxl_rej_reason,
        ord_status=_to_tell(command.ord_status, after.ord_status, order.status, by_sums),
        text=command.text or Reasons.VENUE_REJECTED.text(venue=order.children[-1].venue),
    )
    return True


def end(turn: Turn, order: Order, exec_type: ExecType, text: str) -> None:
    """End an order without its venue's word, if it is open, and answer what the client has asked.

    Its last cancel is answered by the end; what else the venue has not answered comes too late.
    """
    left = list(order.passed_on.values())
    cancels = [each for each in left if each.terms is None]
    if order.is_open:
        ended = order
        if cancels:
            left.remove(cancels[-1])
            ended = structs.replace(order, request=Request(cancels[-1].cl_ord_id))
        reports.ended(turn, ended, exec_type, text)
    reason = Reasons.TOO_LATE
    for passed in left:
        reports.passed_request_rejected(
            turn,
            order,
            passed,
            cxl_rej_reason=reason.value.cxl_rej_reason,
            ord_status=order.status,
            text=reason.text(OrdStatus=order.status.name),
        )


def _status_after(order: Order, command: VenueExecutionReport) -> OrdStatus:
    """Return the base status after a report; see ``state_machine``."""
    if command.exec_type in STANDING or children.goes_on_tomorrow(order, command):
        return order.status
    order_qty = _terms_after(order, command, order.passed_on.get(command.cl_ord_id)).order_qty
    return transition(order.status, command.exec_type, order.cum_qty, order_qty)[0]


def _report(
    turn: Turn,
    order: Order,
    command: VenueExecutionReport,
    passed: PassedOn | None,
    status: OrdStatus,
) -> ExecutionReport:
    """Return what the client is told of a report that is no trade."""
    terms = _terms_shown(order, command, _terms_after(order, command, passed))
    is_stop = command.exec_type is ExecType.STOPPED
    ends = status not in OPEN
    told = command.ord_status if command.ord_status in BESIDE else None
    reason, text = command.exec_restatement_reason, command.text
    is_unsolicited = command.exec_type is ExecType.CANCELED and passed is None
    if order.withdrawn is not None and is_unsolicited:
        reason = order.withdrawn.exec_restatement_reason if reason is None else reason
        text = text or order.withdrawn.text
    return structs.replace(
        reports.plain(turn, order, command.exec_type),
        ord_status=_after(order, command.cl_ord_id, status, told, command.exec_type).ord_status,
        terms=terms,
        leaves_qty=Decimal(0) if ends else terms.order_qty - order.cum_qty,
        # Stopped: what is guaranteed, at which price; nothing is done yet (matrix L.1.a).
        last_qty=command.last_qty if is_stop else None,
        last_px=command.last_px if is_stop else None,
        ord_rej_reason=command.ord_rej_reason,
        exec_restatement_reason=reason,
        text=text,
    )


def _after(
    order: Order,
    cl_ord_id: str,
    status: OrdStatus,
    standing: OrdStatus | None,
    exec_type: ExecType | None = None,
) -> Order:
    """Return the order as an answer to a request, if it is one, leaves it: for its OrdStatus(39).

    Args:
        order: as it is.
        cl_ord_id: the request's ClOrdID(11) at the venue.
        status: the base status from now on.
        standing: what is true beside it from now on.
        exec_type: the answer; None: it is refused.
    """
    left = dict(order.passed_on)
    passed = left.pop(cl_ord_id, None)
    if passed is not None and exec_type in _PENDING:
        left[cl_ord_id] = structs.replace(passed, told=True)
    return structs.replace(order, status=status, direct=Direct(left, standing=standing))


def _terms_after(
    order: Order, command: VenueExecutionReport, passed: PassedOn | None
) -> OrderTerms:
    """Return the terms as a replace or a restatement makes them; never below CumQty(14)."""
    terms = order.terms
    if command.exec_type is ExecType.REPLACED and passed is not None and passed.terms is not None:
        terms = passed.terms
    elif command.exec_type is not ExecType.RESTATED and not _first_quantity(order, command):
        return terms
    order_qty = max(command.order_qty or terms.order_qty, order.cum_qty)
    price = command.price if terms.price is not None else None
    return structs.replace(terms, order_qty=order_qty, price=price or terms.price)


def _terms_shown(order: Order, command: VenueExecutionReport, terms: OrderTerms) -> OrderTerms:
    """Return the terms that a venue shows which takes one replace for granted at the next.

    It calls the second one pending with the OrderQty(38) of the first (matrix D.2.b, step 7).
    """
    granted = {
        each.terms.order_qty
        for each in order.passed_on.values()
        if each.told and each.terms is not None and each.terms.order_qty >= order.cum_qty
    }
    if command.exec_type not in _PENDING or command.order_qty not in granted:
        return terms
    return structs.replace(terms, order_qty=command.order_qty)


def _first_quantity(order: Order, command: VenueExecutionReport) -> bool:
    """Whether the venue says what an amount of cash comes to."""
    return order.terms.cash_order_qty is not None and command.exec_type is ExecType.NEW


def _in_words_of(order: Order, command: VenueExecutionReport, status: OrdStatus) -> reports.Wording:
    """Return what gives a report the client's ids, the venue's status and what else it said.

    ``status`` is the base status after it; before it, of a trade, which ends nothing.
    """
    passed = order.passed_on.get(command.cl_ord_id)
    answers = passed is not None and command.exec_type in _ANSWERS
    assert order.direct is not None, "the venue's word is for direct orders"
    cl_ord_id = order.direct.client_ids.get(command.cl_ord_id, order.cl_ord_id)

    def word(report: ExecutionReport) -> ExecutionReport:
        by_sums = by_quantity(report.cum_qty, report.terms.order_qty)
        return structs.replace(
            report,
            # What comes after a cancel goes by the client's version, not by the venue's (J.1.b).
            cl_ord_id=cl_ord_id if report.cancel_cl_ord_id is None else report.cl_ord_id,
            # The last accepted, whatever the venue names (FIX 4.4 Volume 4, matrix D.2.c).
            orig_cl_ord_id=order.cl_ord_id if answers else None,
            ord_status=_to_tell(command.ord_status, report.ord_status, status, by_sums),
            day_order_qty=command.day_order_qty,
            day_cum_qty=command.day_cum_qty,
            day_avg_px=command.day_avg_px,
        )

    return word


def _to_tell(
    told: OrdStatus | None, own: OrdStatus, base: OrdStatus, by_sums: OrdStatus
) -> OrdStatus:
    """Return the venue's OrdStatus(39) where it can be right, else what it is by our account.

    Args:
        told: what the venue says.
        own: what we would say.
        base: the base status.
        by_sums: New, Partially Filled or Filled, as the quantities have it.
    """
    if base in ENDED:
        fits = told is base or told in _SIDE_BY_SIDE
    elif own in PENDING:
        fits = told in PENDING
    elif told in QUANTITY_STATUSES:
        fits = told is by_sums
    else:
        fits = told in _SIDE_BY_SIDE
    return told if told is not None and fits else own
