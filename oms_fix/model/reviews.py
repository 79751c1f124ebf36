"""Reviews: orders and replaces that are held until operators have decided on them."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from oms_fix.model.orders import OrderTerms


class ReviewDecision(StrEnum):
    """What an operator decides on what is held."""

    APPROVE = "approve"
    REJECT = "reject"


class Hold(Struct, frozen=True):
    """A violation that holds: the check, the stable code, and the text for the client."""

    check_id: str
    code: str
    text: str


class DecideReview(Struct, frozen=True, tag=True):
    """An operator decides on what is held, for this ``reason``.

    ``review`` is what the operator has seen: the review, or the ClOrdID(11) under review.
    """

    order_id: str
    review: str
    decision: ReviewDecision
    operator: str
    reason: str


class ReviewOverdue(Struct, frozen=True, tag=True):
    """What is held of an order was to be decided on by now."""

    order_id: str


class ReviewOpened(Struct, frozen=True, tag=True, omit_defaults=True):
    """An order is held for review, or with ``orig_cl_ord_id`` a replace that followed that id.

    ``notional`` is in base currency, None where it cannot be told. Times are in nanoseconds since
    1970 UTC. ``four_eyes``: whoever entered the order cannot approve it. ``again``: the same terms
    were under review before. A review that is open for the same ClOrdID(11) ends, with its
    approvals.
    """

    order_id: str
    review_id: str
    cl_ord_id: str
    terms: OrderTerms
    holds: tuple[Hold, ...]
    notional: Decimal | None
    rules_version: str
    opened_at: int
    until: int
    approvals_needed: int = 1
    four_eyes: bool = False
    orig_cl_ord_id: str | None = None
    again: bool = False


class ReviewDecided(Struct, frozen=True, tag=True, omit_defaults=True):
    """An operator has decided on what is held, or wanted to: ``refused`` says why not.

    ``review`` is what the operator named. ``approvals`` are there with this one, of those needed.
    What comes of it follows as events of its own.
    """

    order_id: str
    review: str
    decision: ReviewDecision
    operator: str
    reason: str
    decided_at: int
    rules_version: str
    approvals: int = 0
    approvals_needed: int = 0
    refused: str = ""


class ReviewPassed(Struct, frozen=True, tag=True):
    """What was held is approved and goes on, as under these rules it may."""

    order_id: str
    review_id: str
    rules_version: str


ReviewCommand = DecideReview | ReviewOverdue
ReviewEvent = ReviewOpened | ReviewDecided | ReviewPassed
