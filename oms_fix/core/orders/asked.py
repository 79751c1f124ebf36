"""What a venue has been asked about our orders, and what it has yet to say."""

from msgspec import Struct, field

from oms_fix.model.enums import OrderReconciliation


class AskedStatus(Struct, frozen=True):
    """Our OrderStatusRequest(H) for a child, unanswered.

    ``request`` is the ClOrdID(11) of the cancel or replace that was pending then. ``seen_pending``
    is that of the one that was not answered either when the venue last told of the child.
    """

    cl_ord_id: str
    request: str | None
    seen_pending: str | None


class Reconciliation(Struct):
    """What a venue has yet to say before it gets orders again; see ``reconciliation``.

    ``unsettled`` are the children it has not told of, ``queue`` those to ask about, the next one
    last, ``asked`` those that were asked about. ``request_id`` is there while the answers to a mass
    request come, ``listed`` of them so far. ``attempts`` counts silences since the last of the
    ``answers``.
    """

    reconciliation: OrderReconciliation
    children: int
    unsettled: set[str]
    queue: list[str]
    asked: dict[str, AskedStatus] = field(default_factory=dict)
    seen_pending: dict[str, str] = field(default_factory=dict)
    request_id: str | None = None
    listed: int = 0
    answers: int = 0
    attempts: int = 0
    differences: int = 0
    latest_differences: list[str] = field(default_factory=list)
