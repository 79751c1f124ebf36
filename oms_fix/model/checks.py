"""Pre-trade checks as operations write them: the content of checks.yaml.

These types are the schema: the loader checks the file against them, ``oms-fix schema`` prints them
for editors, the core works on them.
"""

from typing import Annotated

from msgspec import Meta, Struct

from oms_fix.model import conduct_checks as conduct
from oms_fix.model import exposure_checks as exposure
from oms_fix.model import order_checks as order

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


class Checks(Struct, frozen=True, forbid_unknown_fields=True):
    """checks.yaml."""

    checks: Annotated[
        tuple[Check, ...],
        Meta(description="Every check whose conditions hold looks at the order."),
    ]
