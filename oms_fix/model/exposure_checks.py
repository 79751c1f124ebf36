"""Checks of running totals: what an account, a group of accounts or the firm has at stake.

Always the worst case: as if everything open on the order's side were filled, and nothing else.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from oms_fix.model.check_base import LimitCheck, Scope
from oms_fix.model.rule_parts import Count, Positive

Per = Annotated[Scope, Meta(description="Whose totals: the account's, its group's, the firm's.")]


class PositionLimit(LimitCheck, frozen=True, kw_only=True, tag="position_limit"):
    """The position in the instrument is at most ``quantity_max`` units, long or short."""

    LIMIT: ClassVar[str] = "quantity_max"

    quantity_max: Positive
    per: Per = Scope.ACCOUNT


class Concentration(LimitCheck, frozen=True, kw_only=True, tag="concentration"):
    """The position in the instrument is at most ``percent_max`` of the account's value."""

    LIMIT: ClassVar[str] = "percent_max"

    percent_max: Positive


class IssueShare(LimitCheck, frozen=True, kw_only=True, tag="issue_share"):
    """The position is at most ``percent_max`` of what is outstanding of the issue."""

    LIMIT: ClassVar[str] = "percent_max"

    percent_max: Positive
    per: Per = Scope.FIRM


class VolumeShare(LimitCheck, frozen=True, kw_only=True, tag="volume_share"):
    """What is open in the instrument is at most ``percent_max`` of its average daily volume."""

    LIMIT: ClassVar[str] = "percent_max"

    percent_max: Positive
    per: Per = Scope.FIRM


class GrossExposure(LimitCheck, frozen=True, kw_only=True, tag="gross_exposure"):
    """All positions together, long and short, are worth at most ``notional_max``."""

    LIMIT: ClassVar[str] = "notional_max"

    notional_max: Positive
    per: Per = Scope.ACCOUNT


class NetExposure(LimitCheck, frozen=True, kw_only=True, tag="net_exposure"):
    """Long less short positions, or short less long ones, are worth at most ``notional_max``."""

    LIMIT: ClassVar[str] = "notional_max"

    notional_max: Positive
    per: Per = Scope.ACCOUNT


class BuyingPower(LimitCheck, frozen=True, kw_only=True, tag="buying_power"):
    """What the day's trades have cost and open buys may cost is at most ``multiple_max`` x cash."""

    LIMIT: ClassVar[str] = "multiple_max"

    multiple_max: Positive


class Cash(LimitCheck, frozen=True, kw_only=True, tag="cash"):
    """After the day's trades and all open buys at least ``cash_min`` of the account's cash is left.

    In base currency; an override's limit is another minimum.
    """

    LIMIT: ClassVar[str] = "cash_min"

    cash_min: Positive


class DailyTurnover(LimitCheck, frozen=True, kw_only=True, tag="daily_turnover"):
    """What was traded today and what is open are together worth at most ``notional_max``."""

    LIMIT: ClassVar[str] = "notional_max"

    notional_max: Positive
    per: Per = Scope.ACCOUNT


class DailyLoss(LimitCheck, frozen=True, kw_only=True, tag="daily_loss"):
    """Today's loss, realised and at last prices, is at most ``loss_max``, else nothing is added."""

    LIMIT: ClassVar[str] = "loss_max"

    loss_max: Positive
    per: Per = Scope.ACCOUNT


class OpenOrderCount(LimitCheck, frozen=True, kw_only=True, tag="open_order_count"):
    """At most ``orders_max`` orders are open at a time."""

    LIMIT: ClassVar[str] = "orders_max"

    orders_max: Count
    per: Per = Scope.ACCOUNT


class OpenOrderValue(LimitCheck, frozen=True, kw_only=True, tag="open_order_value"):
    """What is open is worth at most ``notional_max``."""

    LIMIT: ClassVar[str] = "notional_max"

    notional_max: Positive
    per: Per = Scope.ACCOUNT
