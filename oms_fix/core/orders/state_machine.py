"""The life of an order, client's or child: which report may come when, and where it leads.

Theory of operation
-------------------
An order has a *base* status, which says what is true of it, and at most one *pending request* (a
cancel or a replace; of a direct order several), which covers the base status as long as it is
unanswered: OrdStatus(39) carries the state of highest precedence, and Pending Cancel and Pending
Replace rank above all others, Pending Cancel first (FIX 4.4 Volume 4, OrdStatus precedence). So a
fill while a cancel is pending is reported as Pending Cancel, even the last one (order state matrix
B.1.c); the base status below it is Filled, and is what shows when the cancel is refused. A refusal
moves no base status: it only uncovers it.

The base status moves by execution type. A row of ``TRANSITIONS`` says from which status which
ExecType(150) leads where. ``BY_QUANTITY`` stands for New, Partially Filled or Filled, as CumQty(14)
and OrderQty(38) have it after the report, which is why one row serves the first fill, the last one,
a bust that opens a filled order again (J.1.a) and a replace to what is filled already (C.3.b, c).
The quantities decide, not the word of the report.

What has ended stays as it ended: Done For Day ranks above Filled, Canceled and Expired rank above
Partially Filled, and they survive late fills, busts and corrections, which count all the same
(J.1.b, J.1.d). Filled is no end, because it only says that the quantities are equal for now.

Stopped, Suspended and Calculated are true of an order *beside* its quantities, and so is Done For
Day of an order that goes on tomorrow; their reports are in ``STANDING`` and leave the base status
where it is.

A row that looks wrong and is not, a race between two parties who each did the right thing, names
its reason; what is not in the table cannot happen to an order of ours, and ``transition`` says so.
"""

from decimal import Decimal
from typing import NamedTuple

from oms_fix.model.enums import ExecType, OrdStatus

BY_QUANTITY = None

QUANTITY_STATUSES = frozenset(
    {OrdStatus.PENDING_NEW, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED}
)
"""What the quantities alone say, as far as it is acknowledged."""
ENDED = frozenset(
    {OrdStatus.DONE_FOR_DAY, OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED}
)
"""Nothing is to come any more; what comes all the same counts, and the status stays."""
BESIDE = frozenset(
    {OrdStatus.STOPPED, OrdStatus.SUSPENDED, OrdStatus.CALCULATED, OrdStatus.DONE_FOR_DAY}
)
"""What can be true of an order beside what its quantities say."""
PENDING = frozenset({OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE})
STANDING = frozenset(
    {
        ExecType.PENDING_NEW,
        ExecType.PENDING_CANCEL,
        ExecType.PENDING_REPLACE,
        ExecType.STOPPED,
        ExecType.SUSPENDED,
        ExecType.CALCULATED,
        ExecType.TRIGGERED,
    }
)
"""Reports that leave the base status as it is: they tell of something beside it."""

OPEN = frozenset(
    {
        OrdStatus.PENDING_NEW,
        OrdStatus.NEW,
        OrdStatus.PARTIALLY_FILLED,
    }
)


class Row(NamedTuple):
    """Where a report leads; ``race`` explains a row that only a race or a fault leads to."""

    to: OrdStatus | None
    race: str = ""


def _rows(
    *entries: tuple[OrdStatus, ExecType, OrdStatus | None, str],
) -> dict[tuple[OrdStatus, ExecType], Row]:
    return {(at, report): Row(to, race) for at, report, to, race in entries}


_S, _E = OrdStatus, ExecType
_NEW, _PARTIALLY_FILLED, _FILLED = _S.NEW, _S.PARTIALLY_FILLED, _S.FILLED  # cost less by name

TRANSITIONS: dict[tuple[OrdStatus, ExecType], Row] = _rows(
    # Not yet acknowledged.
    (_S.PENDING_NEW, _E.PENDING_NEW, _S.PENDING_NEW, ""),
    (_S.PENDING_NEW, _E.NEW, BY_QUANTITY, ""),
    (_S.PENDING_NEW, _E.REJECTED, _S.REJECTED, ""),
    (_S.PENDING_NEW, _E.TRADE, BY_QUANTITY, "filled before the acknowledgment"),
    (_S.PENDING_NEW, _E.CANCELED, _S.CANCELED, "canceled before the acknowledgment"),
    (_S.PENDING_NEW, _E.EXPIRED, _S.EXPIRED, ""),
    (_S.PENDING_NEW, _E.DONE_FOR_DAY, _S.DONE_FOR_DAY, ""),
    (_S.PENDING_NEW, _E.REPLACED, BY_QUANTITY, "replaced before the acknowledgment"),
    (_S.PENDING_NEW, _E.RESTATED, BY_QUANTITY, "restated before the acknowledgment"),
    # Working, nothing filled.
    (_S.NEW, _E.NEW, BY_QUANTITY, "acknowledged again"),
    (_S.NEW, _E.TRADE, BY_QUANTITY, ""),
    (_S.NEW, _E.REPLACED, BY_QUANTITY, ""),
    (_S.NEW, _E.RESTATED, BY_QUANTITY, ""),
    (_S.NEW, _E.CANCELED, _S.CANCELED, ""),
    (_S.NEW, _E.EXPIRED, _S.EXPIRED, ""),
    (_S.NEW, _E.DONE_FOR_DAY, _S.DONE_FOR_DAY, ""),
    (_S.NEW, _E.REJECTED, _S.REJECTED, "rejected after the acknowledgment (matrix A.1.a)"),
    # Working, partly filled.
    (_S.PARTIALLY_FILLED, _E.NEW, BY_QUANTITY, "the acknowledgment came after a fill"),
    (_S.PARTIALLY_FILLED, _E.TRADE, BY_QUANTITY, ""),
    (_S.PARTIALLY_FILLED, _E.TRADE_CORRECT, BY_QUANTITY, ""),
    (_S.PARTIALLY_FILLED, _E.TRADE_CANCEL, BY_QUANTITY, ""),
    (_S.PARTIALLY_FILLED, _E.REPLACED, BY_QUANTITY, ""),
    (_S.PARTIALLY_FILLED, _E.RESTATED, BY_QUANTITY, ""),
    (_S.PARTIALLY_FILLED, _E.CANCELED, _S.CANCELED, ""),
    (_S.PARTIALLY_FILLED, _E.EXPIRED, _S.EXPIRED, ""),
    (_S.PARTIALLY_FILLED, _E.DONE_FOR_DAY, _S.DONE_FOR_DAY, ""),
    (_S.PARTIALLY_FILLED, _E.REJECTED, _S.CANCELED, "the rest was rejected; the fills stand"),
    # Filled: a bust opens it again (matrix J.1.a).
    (_S.FILLED, _E.NEW, BY_QUANTITY, "the acknowledgment came after the last fill"),
    (_S.FILLED, _E.TRADE, _S.FILLED, "overfilled: booked, because a fill is never dropped"),
    (_S.FILLED, _E.TRADE_CORRECT, BY_QUANTITY, ""),
    (_S.FILLED, _E.TRADE_CANCEL, BY_QUANTITY, ""),
    (_S.FILLED, _E.REPLACED, BY_QUANTITY, "the replace crossed the last fill"),
    (_S.FILLED, _E.RESTATED, BY_QUANTITY, ""),
    (_S.FILLED, _E.CANCELED, _S.FILLED, "the cancel crossed the last fill"),
    (_S.FILLED, _E.DONE_FOR_DAY, _S.DONE_FOR_DAY, ""),
    # Ended: fills, busts and corrections still count, the status stays (matrix J.1.b, J.1.d).
    *(
        (status, report, status, f"{report.name.lower()} after the end: the venue was first")
        for status in sorted(ENDED)
        for report in (_E.TRADE, _E.TRADE_CORRECT, _E.TRADE_CANCEL, _E.RESTATED)
    ),
    *((status, _E.CANCELED, status, "told of the end twice") for status in sorted(ENDED)),
)


class ImpossibleTransitionError(Exception):
    """A report that the table has no row for; the sender's fault, or a fault of ours."""


def transition(
    status: OrdStatus, exec_type: ExecType, cum_qty: Decimal, order_qty: Decimal
) -> tuple[OrdStatus, str]:
    """Return the base status after a report, and the race it is evidence of (or "").

    Args:
        status: the base status before.
        exec_type: the report.
        cum_qty: CumQty(14) after the report.
        order_qty: OrderQty(38) after the report.

    Raises:
        ImpossibleTransitionError: the table has no such row.
    """
    row = TRANSITIONS.get((status, exec_type))
    if row is None:
        raise ImpossibleTransitionError(impossible(status, exec_type))
    to = by_quantity(cum_qty, order_qty) if row.to is BY_QUANTITY else row.to
    return to, row.race


def impossible(status: OrdStatus, exec_type: ExecType) -> str:
    """Return what is impossible, or "" if the table has a row for a report at a status."""
    if (status, exec_type) in TRANSITIONS:
        return ""
    return f"{exec_type.name} at {status.name}"


def by_quantity(cum_qty: Decimal, order_qty: Decimal) -> OrdStatus:
    """Return New, Partially Filled or Filled."""
    if cum_qty >= order_qty:
        return _FILLED
    return _PARTIALLY_FILLED if cum_qty > 0 else _NEW
