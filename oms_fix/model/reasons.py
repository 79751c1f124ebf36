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
    TRADING_HALTED = Reason("TRADING_HALTED", 0, 2, "trading is halted")
    REDUCING = Reason("REDUCING", 0, 2, "only what reduces the position is taken")
    UNSUPPORTED_ORDER = Reason("UNSUPPORTED_ORDER", 11, 99, "not supported here")
    RESTRICTED = Reason("RESTRICTED", 0, 2, "instrument is on the restricted list")
    ORDER_QTY_LIMIT = Reason("ORDER_QTY_LIMIT", 3, 99, "order quantity is above the limit")
    ORDER_NOTIONAL_LIMIT = Reason("ORDER_NOTIONAL_LIMIT", 3, 99, "order value is above the limit")
    PRICE_COLLAR = Reason("PRICE_COLLAR", 99, 99, "the price is too far from the reference")
    NO_MARKET_ORDERS = Reason("NO_MARKET_ORDERS", 11, 99, "orders without a limit are not taken")
    NOT_PERMITTED = Reason("NOT_PERMITTED", 11, 99, "orders of this kind are not permitted")
    LOT_SIZE = Reason("LOT_SIZE", 13, 99, "the quantity is no multiple of the lot")
    TICK_SIZE = Reason("TICK_SIZE", 99, 99, "a price is no multiple of the tick")
    SHORT_SALE = Reason("SHORT_SALE", 0, 2, "the short sale is not allowed")
    MARKET_CLOSED = Reason("MARKET_CLOSED", 2, 2, "the market is closed")
    INSTRUMENT_NOT_ACTIVE = Reason("INSTRUMENT_NOT_ACTIVE", 0, 2, "the instrument is not active")
    ACCOUNT_CLOSED = Reason("ACCOUNT_CLOSED", 0, 2, "the account is closed")
    REDUCE_ONLY = Reason("REDUCE_ONLY", 0, 2, "only what reduces the position is taken")
    RATING = Reason("RATING", 0, 2, "the rating is below what the mandate allows")
    MATURITY = Reason("MATURITY", 0, 2, "the bond is due later than the mandate allows")
    HEDGE_ONLY = Reason("HEDGE_ONLY", 0, 2, "more than the holdings in the currency is hedged")
    POSITION_LIMIT = Reason("POSITION_LIMIT", 3, 99, "the position is above the limit")
    CONCENTRATION = Reason("CONCENTRATION", 3, 99, "the position is too much of the account")
    ISSUE_SHARE = Reason("ISSUE_SHARE", 3, 99, "the position is too much of the issue")
    VOLUME_SHARE = Reason("VOLUME_SHARE", 3, 99, "open orders are too much of the daily volume")
    GROSS_EXPOSURE = Reason("GROSS_EXPOSURE", 3, 99, "gross exposure is above the limit")
    NET_EXPOSURE = Reason("NET_EXPOSURE", 3, 99, "net exposure is above the limit")
    BUYING_POWER = Reason("BUYING_POWER", 3, 99, "buying power is exceeded")
    CASH = Reason("CASH", 3, 99, "too little cash is left")
    DAILY_TURNOVER = Reason("DAILY_TURNOVER", 3, 99, "the day's turnover is above the limit")
    DAILY_LOSS = Reason("DAILY_LOSS", 3, 99, "the day's loss is above the limit")
    OPEN_ORDERS = Reason("OPEN_ORDERS", 3, 99, "too many orders are open")
    OPEN_VALUE = Reason("OPEN_VALUE", 3, 99, "the value of open orders is above the limit")
    ORDER_RATE = Reason("ORDER_RATE", 3, 99, "orders come too fast")
    CANCEL_RATIO = Reason("CANCEL_RATIO", 3, 99, "too many orders are canceled or replaced")
    DUPLICATE_ORDER = Reason("DUPLICATE_ORDER", 6, 99, "an order alike came shortly before")
    REPEATED_EXECUTION = Reason("REPEATED_EXECUTION", 0, 2, "too many orders alike were filled")
    SELF_MATCH = Reason("SELF_MATCH", 0, 2, "the order crosses a resting one of ours")
    LIMIT_NEAR = Reason("LIMIT_NEAR", 0, 2, "a limit is nearly reached")
    NO_ROUTE = Reason("NO_ROUTE", 0, 2, "no routing rule matches")
    VENUES_DOWN = Reason("VENUES_DOWN", 2, 2, "no venue of the route takes orders now")
    REMAINDER_CANCELED = Reason("REMAINDER_CANCELED", 0, 2, "the route cancels what is left")
    CHILD_COUNT = Reason("CHILD_COUNT", 0, 2, "the order has as many child orders as it may")
    NOT_TO_WAIT = Reason("NOT_TO_WAIT", 0, 2, "what is to be done at once does not wait at a desk")
    NOT_AT_DESK = Reason("NOT_AT_DESK", 0, 2, "the order does not wait at a desk to be placed")
    REST_NOT_PLACED = Reason("REST_NOT_PLACED", 0, 2, "no venue takes the rest of the order")
    VENUE_REJECTED = Reason("VENUE_REJECTED", 0, 2, "rejected by the venue")
    UNKNOWN_ORDER = Reason("UNKNOWN_ORDER", 5, 1, "no such order")
    TOO_LATE = Reason("TOO_LATE", 4, 0, "the order is not open any more")
    ALREADY_PENDING = Reason("ALREADY_PENDING", 0, 3, "a cancel or replace is already pending")
    INSTRUMENT_CHANGED = Reason("INSTRUMENT_CHANGED", 0, 2, "a replace cannot change this field")
    OPERATOR = Reason("OPERATOR", 0, 2, "by an operator of the router")
    NO_REASON = Reason("NO_REASON", 0, 2, "an operator has to say why, in printable ASCII")
    UNKNOWN_CLIENT = Reason("UNKNOWN_CLIENT", 0, 2, "no client session has this name")
    UNKNOWN_VENUE = Reason("UNKNOWN_VENUE", 0, 2, "no venue session has this name")
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
