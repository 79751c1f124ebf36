"""Child orders: placed at venues, asked to change, and their venues' reports booked.

Venues are believed about what happened (a fill, an end), not about sums: CumQty(14) is counted here
from the executions, each once by ExecID(17) of its order at its venue.
"""

from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders import health, reports
from oms_fix.core.orders.executions import Estimate
from oms_fix.core.orders.legs import as_routed, is_beyond, is_part
from oms_fix.core.orders.order import ZERO, Child, Order
from oms_fix.core.orders.state_machine import (
    OPEN,
    STANDING,
    impossible,
    transition,
)
from oms_fix.core.orders.turn import Turn
from oms_fix.model.commands import VenueExecutionReport
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildPlaced,
    ChildReplaceRequested,
    ChildReported,
    ExecutionUnknown,
    VenueMessageIgnored,
)
from oms_fix.model.orders import ExecutionReport, OrderTerms, OtherField
from oms_fix.model.routing import RouteLeg

_TOLD = STANDING | {ExecType.RESTATED}
"""Reports that are kept for the record and change neither quantities nor the child's status."""
_OF_FORCED = frozenset(
    {ExecType.REPLACED, ExecType.CANCELED, ExecType.EXPIRED, ExecType.DONE_FOR_DAY}
)
"""What can become of a child that an operator has closed; and its order may be rejected."""

_NO_CL_ORD_ID = "NONE"  # of an order that was given by phone; OrderID(37) says which

_LIVES = frozenset(
    {
        OrdStatus.NEW,
        OrdStatus.PARTIALLY_FILLED,
        OrdStatus.FILLED,
        OrdStatus.PENDING_CANCEL,
        OrdStatus.PENDING_REPLACE,
        OrdStatus.STOPPED,
        OrdStatus.SUSPENDED,
    }
)

FILLED_ALL_THE_SAME = "filled by its venue after an operator closed it"
"""A discrepancy that cannot wait: the client was told that nothing more would come."""

# To look a member up in its enumeration takes several times as long as a name of the module.
_TRADE, _TRADE_CANCEL, _REPLACED = ExecType.TRADE, ExecType.TRADE_CANCEL, ExecType.REPLACED
_REJECTED, _RESTATED, _DONE_FOR_DAY = ExecType.REJECTED, ExecType.RESTATED, ExecType.DONE_FOR_DAY
TRADES = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})


def place(turn: Turn, order: Order, leg: RouteLeg) -> None:
    """Send a child to a venue; what is placed never exceeds what is left of the order."""
    assert leg.quantity > 0, "a child has a quantity"
    assert order.placed_qty + leg.quantity <= order.leaves_qty, "placed above what is left"
    child_id = next_id(order)
    terms = _for_venue(turn, order, as_routed(order, leg), own=leg.other_fields)
    assert not is_beyond(terms, order.at_venue(order.terms)), "a child outside its order's limit"
    if order.direct is None and terms.cash_order_qty is not None:
        terms = structs.replace(terms, cash_order_qty=None)
    times = health.times(turn, order, leg)
    turn.emit(ChildPlaced(order.order_id, child_id, child_id, leg.venue, terms, **times))
    health.probe(turn, order.children[-1])


def request_cancel(turn: Turn, order: Order, child: Child, orig: str | None = None) -> None:
    """Ask the venue to cancel a child; ``orig`` is its OrigClOrdID(41), else the last accepted."""
    turn.emit(
        ChildCancelRequested(
            order_id=order.order_id,
            child_id=child.child_id,
            cl_ord_id=next_id(order),
            orig_cl_ord_id=orig or child.cl_ord_id or _NO_CL_ORD_ID,
            venue=child.venue,
            terms=order.at_venue(child.terms),
            venue_order_id=child.venue_order_id,
        )
    )


def _for_venue(
    turn: Turn, order: Order, terms: OrderTerms, own: tuple[OtherField, ...] = ()
) -> OrderTerms:
    """Return the terms as venues get them: triggered, and with the other fields that are agreed.

    ``own`` are fields of the route, not of the client: they stand last, and go out in any case.
    """
    terms = order.at_venue(terms)
    if not terms.other_fields:
        return terms
    said = terms.other_fields[: len(terms.other_fields) - len(own)]
    agreed = turn.state.agreed_fields(order.session, said)
    return structs.replace(terms, other_fields=agreed + own)


def call_back_excess(turn: Turn, order: Order, leaves_qty: Decimal) -> None:
    """Cancel children, the newest first, while more is at the venues than is to be left.

    That comes of a venue's fault or of a race: an overfill elsewhere, a fill after a cancel, a bust
    that opens a child of an ended order again. Each child is called back once.
    """
    going = sum((child.open_qty for child in order.open_children if child.request), ZERO)
    excess = order.placed_qty - going - leaves_qty
    for child in reversed(order.children):
        if excess <= 0:
            return
        if child.is_open and child.request is None and not child.called_back:
            excess -= child.open_qty
            request_cancel(turn, order, child)


def request_replace(
    turn: Turn, order: Order, child: Child, terms: OrderTerms, orig: str | None = None
) -> None:
    """Ask the venue to replace a child's terms: all but the quantity are the order's new ones.

    Only a child that is all that works of its order has a quantity that is the order's. ``orig`` is
    OrigClOrdID(41), else the last accepted.
    """
    assert not is_part(order, child), "a part of an order is not replaced by the whole"
    filled_elsewhere = order.cum_qty - child.cum_qty
    terms = structs.replace(terms, order_qty=terms.order_qty - filled_elsewhere)
    turn.emit(
        ChildReplaceRequested(
            order_id=order.order_id,
            child_id=child.child_id,
            cl_ord_id=next_id(order),
            orig_cl_ord_id=orig or child.cl_ord_id or _NO_CL_ORD_ID,
            venue=child.venue,
            terms=_for_venue(turn, order, terms),
            venue_order_id=child.venue_order_id,
        )
    )


def find(turn: Turn, venue: str, cl_ord_id: str | None, orig: str | None = None) -> Child | None:
    """Return the child that a venue speaks of, by any ClOrdID(11) it ever had, or None."""
    state = turn.state
    return state.child_at(venue, cl_ord_id or "") or state.child_at(venue, orig or "")


def book(turn: Turn, order: Order, child: Child, command: VenueExecutionReport) -> bool:
    """Book a venue's report on a child and pass a fill on; return whether it changed the child."""
    to_replace = child.replace_of(command.cl_ord_id)
    problem = why_not(child, command, to_replace=to_replace is not None)
    if problem:
        not_booked(turn, child, command, problem)
        return False
    exec_type = command.exec_type
    if exec_type in TRADES:
        book_trade(turn, order, child, command, reports.as_it_is)
    elif _declines_in_part(child, command):
        _book_decline(turn, child, command)
        return True
    elif exec_type in _TOLD:
        emit_report(turn, child, command, child.status, child.cum_qty)
    elif child.is_open and command.leaves_qty != 0 and goes_on_tomorrow(order, command):
        _book_done_for_day(turn, order, child, command)
        return False
    elif exec_type is _REPLACED:
        _book_replaced(turn, order, child, command)
    elif child.forced:
        emit_report(turn, child, command, child.status, child.cum_qty)
    else:
        status, race = transition(child.status, exec_type, child.cum_qty, child.terms.order_qty)
        emit_report(turn, child, command, status, child.cum_qty, race)
    return exec_type not in _TOLD


def goes_on_tomorrow(order: Order, command: VenueExecutionReport) -> bool:
    """Whether a report is the end of a day for an order that goes on tomorrow (matrix H.1)."""
    if command.exec_type is not _DONE_FOR_DAY:
        return False
    return order.is_open and order.terms.time_in_force.is_good_till


def _book_done_for_day(
    turn: Turn, order: Order, child: Child, command: VenueExecutionReport
) -> None:
    """The child stays; that it rests is told where no other venue works the order."""
    emit_report(turn, child, command, child.status, child.cum_qty)
    if order.open_children == [child]:
        reports.rests(turn, order, command.text)


def book_estimate(
    turn: Turn,
    order: Order,
    child: Child,
    command: VenueExecutionReport,
    quantity: Decimal,
    price: Decimal,
    discrepancy: str | None,
) -> None:
    """Book a fill that only a status tells of, until its own reports come (see ``Estimate``)."""
    command = structs.replace(command, last_qty=quantity, last_px=price)
    cum_qty = child.cum_qty + quantity
    status, race = transition(child.status, ExecType.TRADE, cum_qty, child.terms.order_qty)
    emit_report(
        turn, child, command, status, cum_qty, race, estimated=True, discrepancy=discrepancy
    )
    report = structs.replace(reports.traded(turn, order, quantity, price, None), text=command.text)
    reports.tell_of_trade(turn, order, child, command.exec_id, report)


def why_not(child: Child, command: VenueExecutionReport, *, to_replace: bool) -> str:
    """Return why a report is not to be booked, or "" if it is.

    ``to_replace``: a replace of the child is pending.
    """
    exec_type = command.exec_type
    if command.exec_id in child.exec_ids:
        return "duplicate ExecID"
    if exec_type is _REPLACED and not to_replace:
        return "replaced without a request"
    if exec_type in TRADES:
        return _why_no_trade(child, command)
    # What an operator has closed, its venue may go on with, and ends in its own way.
    is_of_order = exec_type is _REJECTED and command.cl_ord_id == child.child_id
    is_of_forced = child.forced and (exec_type in _OF_FORCED or is_of_order)
    if exec_type in _TOLD or is_of_forced:
        return ""
    return impossible(child.status, exec_type)


def rejects_no_order(child: Child, command: VenueExecutionReport) -> bool:
    """Whether a Rejected is about something else than the order, which lives by its OrdStatus(39).

    A request that the venue refuses in this way, or a ClOrdID(11) used twice (matrix F.1.a).
    """
    if command.exec_type is not _REJECTED:
        return False
    return child.status is not OrdStatus.PENDING_NEW and command.ord_status in _LIVES


def _why_no_trade(child: Child, command: VenueExecutionReport) -> str:
    """Return why a trade, a correction or a bust cannot be booked, or ""."""
    exec_type, quantity = command.exec_type, command.last_qty
    if exec_type is not _TRADE and command.exec_ref_id not in child.executions:
        return "ExecRefID names no execution"
    if exec_type is not _TRADE_CANCEL:
        least = 1 if exec_type is _TRADE else 0
        if quantity is None or quantity < 0 or (least and not quantity):
            return f"LastQty is {quantity}"
        if command.last_px is None:
            return "LastPx is missing"
    return impossible(child.status, exec_type)


def book_trade(
    turn: Turn, order: Order, child: Child, command: VenueExecutionReport, word: reports.Wording
) -> None:
    """Book a trade, a correction or a bust, and pass it on in the words of ``word``."""
    estimate = _estimate_of(child, command)
    if estimate is not None:
        _take_back(turn, order, child, estimate, command)
        # What it says of sums was said at another time.
        command = structs.replace(command, cum_qty=None, ord_status=None)
    price = ZERO if command.last_px is None else command.last_px
    if command.exec_type is _TRADE:
        quantity = command.last_qty or ZERO
        change = quantity
    else:
        # A bust's LastQty is 0 in the specification and the busted quantity at many venues.
        corrected = command.exec_type is ExecType.TRADE_CORRECT
        quantity = (command.last_qty or ZERO) if corrected else ZERO
        change = quantity - child.executions[command.exec_ref_id or ""].quantity
    cum_qty = child.cum_qty + change
    status, race = transition(child.status, command.exec_type, cum_qty, child.terms.order_qty)
    emit_report(turn, child, command, status, cum_qty, race)
    if command.exec_type is _TRADE:
        report = reports.traded(turn, order, quantity, price, command.last_mkt)
    else:
        undone = child.executions[command.exec_ref_id or ""]
        report = reports.trade_changed(turn, order, undone, quantity, price)
    report = with_fields_of(turn, order, command, word(report))
    reports.tell_of_trade(turn, order, child, command.exec_id, report)


def with_fields_of(
    turn: Turn, order: Order, command: VenueExecutionReport, report: ExecutionReport
) -> ExecutionReport:
    """Return a report with those of the venue's other fields that are agreed to go on."""
    if not command.other_fields:
        return report
    agreed = turn.state.agreed_fields(order.session, command.other_fields)
    return structs.replace(report, other_fields=agreed)


def _estimate_of(child: Child, command: VenueExecutionReport) -> Estimate | None:
    """Return the estimated fill that a report of a trade is part of, or None."""
    if not child.estimates or command.exec_type is not ExecType.TRADE or command.cum_qty is None:
        return None
    for estimate in child.estimates:
        is_within = estimate.from_qty < command.cum_qty <= estimate.to_qty
        if is_within and estimate.exec_id in child.executions:
            return estimate
    return None


def _take_back(
    turn: Turn, order: Order, child: Child, estimate: Estimate, command: VenueExecutionReport
) -> None:
    """Count out of an estimated fill what is now reported for itself."""
    execution = child.executions[estimate.exec_id]
    taken = min(command.last_qty or ZERO, execution.quantity)
    left = execution.quantity - taken
    exec_type = ExecType.TRADE_CORRECT if left else ExecType.TRADE_CANCEL
    cum_qty = child.cum_qty - taken
    status, race = transition(child.status, exec_type, cum_qty, child.terms.order_qty)
    back = structs.replace(
        command,
        exec_id=estimate.exec_id,
        exec_type=exec_type,
        ord_status=None,
        cum_qty=None,
        last_qty=left,
        last_px=execution.price,
        text=f"{command.exec_id} is reported for itself",
    )
    emit_report(turn, child, back, status, cum_qty, race)
    report = reports.trade_changed(turn, order, execution, left, execution.price)
    reports.tell_of_trade(turn, order, child, estimate.exec_id, report)


def _declines_in_part(child: Child, command: VenueExecutionReport) -> bool:
    """Whether the venue restates the child to less than it was asked for."""
    if command.exec_type is not _RESTATED or command.order_qty is None:
        return False
    is_known_to_work = child.status in OPEN and child.status is not OrdStatus.PENDING_NEW
    return is_known_to_work and command.order_qty < child.terms.order_qty


def _book_decline(turn: Turn, child: Child, command: VenueExecutionReport) -> None:
    order_qty = max(command.order_qty or ZERO, child.cum_qty)
    status, race = transition(child.status, ExecType.RESTATED, child.cum_qty, order_qty)
    emit_report(turn, child, command, status, child.cum_qty, race, order_qty)


def _book_replaced(turn: Turn, order: Order, child: Child, command: VenueExecutionReport) -> None:
    """At or below CumQty(14) the child is filled, and that is its quantity (matrix C.3.b, c).

    A replace that was given up is made all the same, as after a bust of the fill that was too much
    for it: its terms were refused to the client, so what works by them is called back.
    """
    made = child.replace_of(command.cl_ord_id)
    assert made is not None, "it was looked for"
    assert made.terms is not None, "it is a replace"
    order_qty = max(made.terms.order_qty, child.cum_qty)
    status, race = child.status, ""
    if not child.forced:
        status, race = transition(status, ExecType.REPLACED, child.cum_qty, order_qty)
    was_given_up = made is child.given_up
    emit_report(turn, child, command, status, child.cum_qty, race, order_qty)
    if was_given_up and child.is_open and child.request is None:
        request_cancel(turn, order, child)


def emit_report(
    turn: Turn,
    child: Child,
    command: VenueExecutionReport,
    status: OrdStatus,
    cum_qty: Decimal,
    race: str = "",
    order_qty: Decimal | None = None,
    *,
    estimated: bool = False,
    discrepancy: str | None = None,
    operated: str | None = None,
) -> None:
    """Put a venue's report on record, with the child's status and quantities after it."""
    is_trade = command.exec_type in TRADES
    leaves_qty = (order_qty or child.terms.order_qty) - cum_qty
    if leaves_qty < ZERO:  # max() takes several times as long
        leaves_qty = ZERO
    first_word = health.first_word(turn, child, command)
    turn.emit(
        ChildReported(
            order_id=child.order_id,
            child_id=child.child_id,
            venue=child.venue,
            exec_id=command.exec_id,
            exec_type=command.exec_type,
            ord_status=status,
            cl_ord_id=command.cl_ord_id,
            cum_qty=cum_qty,
            leaves_qty=leaves_qty,
            order_qty=order_qty,
            last_qty=command.last_qty if is_trade else None,
            last_px=command.last_px if is_trade else None,
            last_mkt=command.last_mkt if is_trade else None,
            venue_order_id=command.venue_order_id,
            text=command.text,
            race=race or None,
            discrepancy=discrepancy or _discrepancy(child, command, status, cum_qty),
            estimated=estimated,
            operated=operated,
            undone_there=child.taken_back is not None and command.cum_qty == cum_qty,
            owed_qty=_owed(child, command, status, cum_qty),
            **first_word,
        )
    )
    if first_word:
        health.judge(turn, child)


def _owed(
    child: Child, command: VenueExecutionReport, status: OrdStatus, cum_qty: Decimal
) -> Decimal | None:
    """Return what a venue that ends a child has filled beyond what its executions add up to."""
    told = command.cum_qty
    if told is None or status in OPEN or not child.is_open or command.exec_type in TRADES:
        return None
    return None if told <= cum_qty or child.agrees(told, cum_qty) else told - cum_qty


def _discrepancy(
    child: Child, command: VenueExecutionReport, status: OrdStatus, cum_qty: Decimal
) -> str | None:
    """Return how the venue's view differs from ours: a report of a fill may be missing."""
    if command.exec_type in _TOLD:
        return None
    if child.forced and command.exec_type is _TRADE:
        return FILLED_ALL_THE_SAME
    told = command.cum_qty
    if told is not None and told != cum_qty and not child.agrees(told, cum_qty):
        return f"the venue's CumQty is {told}, its executions add up to {cum_qty}"
    if status in OPEN and command.ord_status is OrdStatus.FILLED:
        return "the venue says Filled, its executions do not add up to OrderQty"
    return None


def unknown(turn: Turn, command: VenueExecutionReport) -> None:
    """Answer a report about no order of ours: a trade is not known, anything else is noted."""
    if command.exec_type is not ExecType.TRADE:
        ignored(turn, command, "", "no such child order")
        return
    turn.emit(
        ExecutionUnknown(
            venue=command.session,
            exec_id=command.exec_id,
            cl_ord_id=command.cl_ord_id,
            venue_order_id=command.venue_order_id or "",
            symbol=command.symbol,
            side=command.side,
            last_qty=command.last_qty,
            last_px=command.last_px,
        )
    )


def not_booked(turn: Turn, child: Child, command: VenueExecutionReport, problem: str) -> None:
    """Keep for the record that a report changed nothing, and why.

    A venue's own bust or correction of what an operator has undone shows by its CumQty(14) that the
    venue does not count that any more.
    """
    is_new = command.exec_id not in child.exec_ids
    is_change = command.exec_type in TRADES and command.exec_type is not ExecType.TRADE
    if is_new and is_change and child.taken_back and command.cum_qty == child.cum_qty:
        command = structs.replace(command, last_qty=None, last_px=None)
        emit_report(turn, child, command, child.status, child.cum_qty)
    else:
        ignored(turn, command, child.order_id, problem)


def ignored(turn: Turn, command: VenueExecutionReport, order_id: str, reason: str) -> None:
    """Keep for the record that a report changed nothing, and why."""
    turn.emit(
        VenueMessageIgnored(
            venue=command.session,
            reason=reason,
            cl_ord_id=command.cl_ord_id,
            exec_id=command.exec_id,
            order_id=order_id,
        )
    )


def next_id(order: Order) -> str:
    """Return the next ClOrdID(11) towards venues; unique because OrderIDs are."""
    return f"{order.order_id}.{order.ids_given + 1}"
