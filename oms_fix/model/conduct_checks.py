"""Checks of what a client does over time: how often, how alike, against itself."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from oms_fix.model.check_base import CheckBase, LimitCheck, Scope
from oms_fix.model.rule_parts import Count, Positive, Seconds


class Conduct(StrEnum):
    """Whose messages are counted together."""

    CLIENT = "client"
    ACCOUNT = "account"


Counted = Annotated[
    Conduct,
    Meta(
        description="Whose messages: those of the client's session, or "
        "for the account, from whichever session."
    ),
]


class OrderRate(LimitCheck, frozen=True, kw_only=True, tag="order_rate"):
    """Orders and replaces come at most at ``per_second`` on average, ``burst_max`` at once.

    A token bucket: it holds ``burst_max`` tokens, is filled at ``per_second``, and each message
    that it lets pass takes one.
    """

    LIMIT: ClassVar[str] = "burst_max"

    per_second: Annotated[Positive, Meta(description="Tokens that come in a second, above 0.")]
    burst_max: Count
    per: Counted = Conduct.CLIENT


class CancelRatio(LimitCheck, frozen=True, kw_only=True, tag="cancel_ratio"):
    """Today's cancels and replaces are at most ``percent_max`` of the orders.

    Judged from ``orders_min`` orders on, which are counted while such a check is in force.
    """

    LIMIT: ClassVar[str] = "percent_max"

    percent_max: Positive
    orders_min: Annotated[
        Count, Meta(description="Orders of the day from which on it is judged, 1 or more.")
    ] = 100
    per: Counted = Conduct.CLIENT


class DuplicateOrder(CheckBase, frozen=True, kw_only=True, tag="duplicate_order"):
    """No order alike came within ``seconds``: same account, instrument, side, quantity, price."""

    seconds: Annotated[
        Seconds, Meta(description="How long an order is remembered, in seconds, 1 to 86400.")
    ]


class RepeatedExecution(LimitCheck, frozen=True, kw_only=True, tag="repeated_execution"):
    """At most ``executions_max`` orders of an account in an instrument and side are filled a day.

    Counted while such a check is in force, and anew once somebody has approved an order that was
    held for this.
    """

    LIMIT: ClassVar[str] = "executions_max"

    executions_max: Count


class SelfMatch(CheckBase, frozen=True, kw_only=True, tag="self_match"):
    """The order does not cross a resting one of ours on the other side."""

    per: Annotated[
        Scope, Meta(description="Whose orders: the account's, its group's, all of the firm.")
    ] = Scope.ACCOUNT
