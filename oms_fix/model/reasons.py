"""Why we refuse: stable codes and texts, with the FIX reason each is sent as.

A code never changes its meaning and is never used again. The table in ``spec/reasons.md`` is
generated from this file. Sources of the FIX values: OrdRejReason(103), CxlRejReason(102) and
BusinessRejectReason(380) of FIX 4.4, Volume 6.
"""

from enum import Enum
from typing import NamedTuple


class Reason(NamedTuple):
    """One reason: its stable code, OrdRejReason(103), CxlRejReason(102) and the text's start."""

    code: str
    ord_rej_reason: int
    cxl_rej_reason: int
    text: str


class Reasons(Enum):
    """Every reason this router gives; the details follow the text as ``key=value``."""

    NOT_ACCEPTING = Reason("NOT_ACCEPTING", 0, 2, "nothing new is taken at the moment")
    UNKNOWN_SYMBOL = Reason("UNKNOWN_SYMBOL", 1, 99, "instrument is not known here")
    UNKNOWN_ACCOUNT = Reason("UNKNOWN_ACCOUNT", 15, 99, "account is not known here")
    DUPLICATE_CL_ORD_ID = Reason("DUPLICATE_CL_ORD_ID", 6, 6, "ClOrdID(11) was used before")
    MISSING_FIELD = Reason("MISSING_FIELD", 99, 99, "a field that this order needs is missing")
    INVALID_QUANTITY = Reason("INVALID_QUANTITY", 13, 99, "OrderQty(38) must be above zero")
    INVALID_PRICE = Reason("INVALID_PRICE", 99, 99, "the price must be above zero")
    HALTED = Reason("HALTED", 2, 2, "trading in the instrument is halted")
    UNSUPPORTED_ORDER = Reason("UNSUPPORTED_ORDER", 11, 99, "not supported here")
    RESTRICTED = Reason("RESTRICTED", 0, 2, "instrument is on the restricted list")
    ORDER_QTY_LIMIT = Reason("ORDER_QTY_LIMIT", 3, 99, "order quantity is above the limit")
    ORDER_NOTIONAL_LIMIT = Reason("ORDER_NOTIONAL_LIMIT", 3, 99, "order value is above the limit")
    NO_ROUTE = Reason("NO_ROUTE", 0, 2, "no routing rule matches")
    VENUES_DOWN = Reason("VENUES_DOWN", 2, 2, "no venue of the route takes orders now")
    REST_NOT_PLACED = Reason("REST_NOT_PLACED", 0, 2, "no venue takes the rest of the order")
    VENUE_REJECTED = Reason("VENUE_REJECTED", 0, 2, "rejected by the venue")
    UNKNOWN_ORDER = Reason("UNKNOWN_ORDER", 5, 1, "no such order")
    TOO_LATE = Reason("TOO_LATE", 4, 0, "the order is not open any more")
    ALREADY_PENDING = Reason("ALREADY_PENDING", 0, 3, "a cancel or replace is already pending")
    INSTRUMENT_CHANGED = Reason("INSTRUMENT_CHANGED", 0, 2, "a replace cannot change this field")
    OPERATOR = Reason("OPERATOR", 0, 2, "by an operator of the router")
    NO_REASON = Reason("NO_REASON", 0, 2, "an operator has to say why, in printable ASCII")
    UNKNOWN_CLIENT = Reason("UNKNOWN_CLIENT", 0, 2, "no client session has this name")
    UNKNOWN_EXECUTION = Reason("UNKNOWN_EXECUTION", 0, 2, "the order has no such live execution")
    INVALID_CORRECTION = Reason("INVALID_CORRECTION", 0, 2, "an execution cannot become this")
    INVALID_VALUE = Reason("INVALID_VALUE", 0, 2, "a value is not one that is allowed")
    AMBIGUOUS = Reason("AMBIGUOUS", 0, 2, "more than one has this identifier")
    UNKNOWN_REVIEW = Reason("UNKNOWN_REVIEW", 0, 2, "nothing is held for review under this name")
    REVIEW_CHANGED = Reason("REVIEW_CHANGED", 0, 2, "something else is under review now")
    OWN_ORDER = Reason("OWN_ORDER", 0, 2, "who entered an order cannot approve it")
    APPROVED_ALREADY = Reason("APPROVED_ALREADY", 0, 2, "another operator is to approve it too")
    REVIEW_REJECTED = Reason("REVIEW_REJECTED", 0, 2, "rejected in review")
    REVIEW_OVERDUE = Reason("REVIEW_OVERDUE", 0, 2, "held for review, and not approved in time")
    REVIEW_CLOSED = Reason("REVIEW_CLOSED", 0, 2, "held for review, and not approved by the close")
    SUPERSEDED = Reason("SUPERSEDED", 0, 2, "held for review, and a cancel has come after it")

    @property
    def code(self) -> str:
        """The stable code, such as ``RESTRICTED``."""
        return self.value.code

    def text(self, **details: object) -> str:
        """Return the text for Text(58): code, meaning, then the details as ``key=value``."""
        tail = "".join(f" {key}={value}" for key, value in details.items())
        return f"{self.value.code}: {self.value.text}{tail}"


_REASON_LENGTH_MAX = 200


def problem_of_reason(reason: str) -> str | None:
    """Return why an operator's reason can be neither kept nor told in Text(58), or None."""
    is_text = reason.strip() and reason.isascii() and reason.isprintable()
    if is_text and len(reason) <= _REASON_LENGTH_MAX:
        return None
    return Reasons.NO_REASON.text(length_max=_REASON_LENGTH_MAX)
