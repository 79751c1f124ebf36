"""What venues answer: reports, statuses, refusals."""

from oms_fix.core import stages
from oms_fix.core.orders import children, direct, forced, reconciliation, splits, withdrawal
from oms_fix.core.orders.order import ZERO, Child
from oms_fix.core.orders.turn import Turn
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.events import ChildRequestRefused, VenueMessageIgnored

_ENDED_AS: dict[OrdStatus | None, ExecType] = {
    OrdStatus.CANCELED: ExecType.CANCELED,
    OrdStatus.REJECTED: ExecType.CANCELED,
    OrdStatus.EXPIRED: ExecType.EXPIRED,
    OrdStatus.DONE_FOR_DAY: ExecType.DONE_FOR_DAY,
}
_TRADE = ExecType.TRADE
_TO_BE_HEARD_OF = {OrdStatus.FILLED, OrdStatus.PENDING_CANCEL}


def report(turn: Turn, command: cmd.VenueExecutionReport) -> None:
    """Book an ExecutionReport(8) on the child it is about, by any id that this ever had."""
    child = children.find(turn, command.session, command.cl_ord_id, command.orig_cl_ord_id)
    if child is None and not command.cl_ord_id:
        child = direct.phoned(turn, command)
    if child is None:
        children.unknown(turn, command)
    elif children.rejects_no_order(child, command):
        cancel_reject(turn, _refusal_of_request(command))
    else:
        _book(turn, child, command)


def _refusal_of_request(command: cmd.VenueExecutionReport) -> cmd.VenueOrderCancelReject:
    return cmd.VenueOrderCancelReject(
        session=command.session,
        cl_ord_id=command.cl_ord_id,
        orig_cl_ord_id=command.orig_cl_ord_id,
        ord_status=command.ord_status,
        text=command.text,
    )


def _book(turn: Turn, child: Child, command: cmd.VenueExecutionReport) -> None:
    order, was_open = turn.state.orders[child.order_id], child.is_open
    if order.direct is not None:
        direct.follow(turn, order, child, command)
    elif splits.restates(command):
        splits.book(turn, order, child, command)
    elif children.book(turn, order, child, command):
        stages.after_report(turn, order, child, command.text, was_open=was_open)
    if command.exec_type is _TRADE:
        stages.look_at_stops(turn, order.terms.symbol)


def order_status(turn: Turn, command: cmd.VenueOrderStatus) -> None:
    """Compare where the venue says that an order stands with where we think it does."""
    child = children.find(turn, command.session, command.cl_ord_id, command.orig_cl_ord_id)
    was_open = child is not None and child.is_open
    outcome = reconciliation.compare(turn, child, command)
    if child is not None and outcome.text:
        order = turn.state.orders[child.order_id]
        stages.after_report(turn, order, child, outcome.text, was_open=was_open)
    if child is not None and child.request is not None and outcome.refused:
        _request_refused(turn, child, child.request.cl_ord_id, outcome.refused)
    reconciliation.go_on(turn, command.session)


def cancel_reject(turn: Turn, command: cmd.VenueOrderCancelReject) -> None:
    """Take note that the venue refuses a cancel or a replace."""
    child = children.find(turn, command.session, command.cl_ord_id)
    if child is not None and _refused_directly(turn, child, command):
        return
    if child is not None and child.forced:
        _about_forced(turn, child, command)
        return
    if child is None or child.request is None or child.request.cl_ord_id != command.cl_ord_id:
        _ignore(turn, command.session, command.cl_ord_id, child, "no such request is pending")
        return
    if _ends_with_its_day(turn, child) and command.ord_status in _ENDED_AS:
        _book(turn, child, _ended(child, command))
        return
    _request_refused(turn, child, command.cl_ord_id, command.text)


def _about_forced(turn: Turn, child: Child, command: cmd.VenueOrderCancelReject) -> None:
    """What an operator has closed has ended, or its venue does not cancel it."""
    # A venue may know none by the id that we named, and go on by that of a replace.
    is_unknown = command.ord_status is OrdStatus.REJECTED
    is_clear = child.cl_ord_id == child.child_id and child.given_up is None
    if command.ord_status in _ENDED_AS and (is_clear or not is_unknown):
        _book(turn, child, _ended(child, command))
        return
    is_awaited = command.ord_status in _TO_BE_HEARD_OF
    is_of_replace = child.given_up is not None and child.given_up.cl_ord_id == command.cl_ord_id
    why = "no such request is pending" if is_awaited or is_of_replace else forced.NOT_CANCELED
    _ignore(turn, command.session, command.cl_ord_id, child, why)


def _ends_with_its_day(turn: Turn, child: Child) -> bool:
    """Whether an order is taken back since its time is over: its venue may have let it go."""
    withdrawn = turn.state.orders[child.order_id].withdrawn
    return withdrawn is not None and withdrawn.ends_as is not ExecType.CANCELED


def _ended(child: Child, command: cmd.VenueOrderCancelReject) -> cmd.VenueExecutionReport:
    """Return how an order ended that a venue does not cancel; if Rejected, it knows none."""
    assert command.ord_status is not None, "it says that it has ended"
    return cmd.VenueExecutionReport(
        session=command.session,
        exec_id=f"reject-of-{command.cl_ord_id}",
        exec_type=_ENDED_AS[command.ord_status],
        ord_status=command.ord_status,
        cl_ord_id=child.cl_ord_id,
        leaves_qty=ZERO,
        text=command.text,
    )


def message_reject(turn: Turn, command: cmd.VenueMessageReject) -> None:
    """The venue could not even read a message of ours: the order or request in it is refused."""
    child = children.find(turn, command.session, command.cl_ord_id)
    if command.ref_msg_type in reconciliation.QUESTIONS:
        reconciliation.refused(turn, child, command)
        return
    if child is None:
        _ignore(turn, command.session, command.cl_ord_id, child, "reject of no order of ours")
        return
    reject = cmd.VenueOrderCancelReject(command.session, command.cl_ord_id or "", text=command.text)
    if _refused_directly(turn, child, reject):
        return
    if child.request is not None and child.request.cl_ord_id == command.cl_ord_id:
        _request_refused(turn, child, child.request.cl_ord_id, command.text)
        return
    if child.forced and command.cl_ord_id != child.child_id:
        _about_forced(turn, child, reject)
        return
    is_known_to_work = child.status is not OrdStatus.PENDING_NEW and not child.forced
    if is_known_to_work or command.cl_ord_id != child.child_id:
        # The reject of a request that was answered already, or of an order that is known to work.
        _ignore(turn, command.session, command.cl_ord_id, child, "reject of nothing unanswered")
        return
    refusal = cmd.VenueExecutionReport(
        session=command.session,
        exec_id=f"reject-of-{command.ref_seq_num}",
        exec_type=ExecType.REJECTED,
        ord_status=OrdStatus.REJECTED,
        cl_ord_id=child.cl_ord_id,
        text=command.text,
    )
    _book(turn, child, refusal)


def _refused_directly(turn: Turn, child: Child, command: cmd.VenueOrderCancelReject) -> bool:
    """Whether it was a request about a direct order, and is answered now."""
    order = turn.state.orders[child.order_id]
    if direct.refused(turn, order, command):
        return True
    if order.direct is None or command.cl_ord_id in order.direct.client_ids:
        return False
    if order.withdrawn is not None and not child.forced:
        _request_refused(turn, child, command.cl_ord_id, command.text)
        return True
    return False


def _request_refused(turn: Turn, child: Child, cl_ord_id: str, text: str | None) -> None:
    withdrawn = turn.state.orders[child.order_id].withdrawn
    is_cancel = child.request is None or child.request.terms is None
    asked_by = withdrawn.cl_ord_id if withdrawn is not None and is_cancel else ""
    turn.emit(
        ChildRequestRefused(
            order_id=child.order_id,
            child_id=child.child_id,
            venue=child.venue,
            cl_ord_id=cl_ord_id,
            text=text,
        )
    )
    order = turn.state.orders[child.order_id]
    withdrawal.refused(turn, order, asked_by, text)
    stages.go_on(turn, order)


def _ignore(turn: Turn, venue: str, cl_ord_id: str | None, child: Child | None, why: str) -> None:
    order_id = "" if child is None else child.order_id
    turn.emit(VenueMessageIgnored(venue, why, cl_ord_id=cl_ord_id, order_id=order_id))
