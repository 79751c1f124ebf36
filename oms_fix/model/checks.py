"""Pre-trade checks as operations write them: the content of checks.yaml.

These types are the schema: the loader checks the file against them, ``oms-fix schema`` prints them
for editors, the core works on them.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from oms_fix.model import conduct_checks as conduct
from oms_fix.model import exposure_checks as exposure
from oms_fix.model import order_checks as order
from oms_fix.model.rule_parts import Positive

Check = (
    order.InstrumentKnown
    | order.AccountKnown
    | order.DuplicateClOrdID
    | order.RestrictedList
    | order.OrderQuantity
    | order.OrderNotional
    | order.PriceCollar
    | order.MarketOrder
    | order.PermittedOrders
    | order.LotSize
    | order.TickSize
    | order.ShortSale
    | order.TradingHours
    | order.InstrumentStatus
    | order.AccountStatus
    | order.MinimumRating
    | order.MaximumMaturity
    | order.CurrencyHedge
    | exposure.PositionLimit
    | exposure.Concentration
    | exposure.IssueShare
    | exposure.VolumeShare
    | exposure.GrossExposure
    | exposure.NetExposure
    | exposure.BuyingPower
    | exposure.Cash
    | exposure.DailyTurnover
    | exposure.DailyLoss
    | exposure.OpenOrderCount
    | exposure.OpenOrderValue
    | conduct.OrderRate
    | conduct.CancelRatio
    | conduct.DuplicateOrder
    | conduct.RepeatedExecution
    | conduct.SelfMatch
)


class AtClose(StrEnum):
    """What becomes of what is still held for review when its market closes."""

    REJECT = "reject"
    KEEP = "keep"


class ReviewTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How orders and replaces are reviewed that a check holds."""

    timeout_minutes: Annotated[
        int,
        Meta(
            ge=1, le=10_080, description="What is not approved within so many minutes is refused."
        ),
    ] = 60
    at_close: Annotated[
        AtClose,
        Meta(
            description="What is still held when its market closes: reject it, or keep it until "
            "its time is over. Orders of the day without a market's calendar: when the router's "
            "trading day ends."
        ),
    ] = AtClose.REJECT
    four_eyes_notional: Annotated[
        Positive | None,
        Meta(
            description="Above this, in base currency, who entered an order cannot approve it; "
            "without it that is so of no order."
        ),
    ] = None
    two_approvals_notional: Annotated[
        Positive | None,
        Meta(
            description="Above this, in base currency, two operators have to approve, and neither "
            "has entered the order; without it one is enough."
        ),
    ] = None

    def needs_four_eyes(self, notional: Decimal | None) -> bool:
        """Whether who entered an order is not to approve it; an unknown value is above all."""
        return _is_above(notional, self.four_eyes_notional)

    def needs_two(self, notional: Decimal | None) -> bool:
        """Whether two are to approve."""
        return _is_above(notional, self.two_approvals_notional)


def _is_above(notional: Decimal | None, limit: Decimal | None) -> bool:
    return limit is not None and (notional is None or notional > limit)


class Checks(Struct, frozen=True, forbid_unknown_fields=True):
    """checks.yaml."""

    checks: Annotated[
        tuple[Check, ...],
        Meta(description="Every check whose conditions hold looks at the order."),
    ]
    reviews: Annotated[
        ReviewTerms, Meta(description="How orders are reviewed that a check holds.")
    ] = ReviewTerms()
