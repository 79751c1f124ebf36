"""Pre-trade checks as operations write them: the content of checks.yaml.

These types are the schema: the loader checks the file against them, ``oms-fix schema`` prints them
for editors, the core works on them.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from oms_fix.model.rule_parts import Condition, Name, Positive, RuleId


class Action(StrEnum):
    """What a violated check does to the order; the gravest action wins."""

    WARN = "warn"
    HOLD = "hold"
    REJECT = "reject"


class CheckBase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="check"):
    """What every check has."""

    id: RuleId
    when: Condition = {}
    action: Annotated[
        Action, Meta(description="What happens to an order that violates the check.")
    ] = Action.REJECT


class InstrumentKnown(CheckBase, frozen=True, kw_only=True, tag="instrument_known"):
    """The instrument is in instruments.csv."""


class AccountKnown(CheckBase, frozen=True, kw_only=True, tag="account_known"):
    """The account is in accounts.yaml and open to this client."""


class DuplicateClOrdID(CheckBase, frozen=True, kw_only=True, tag="duplicate_cl_ord_id"):
    """No other session has sent a ClOrdID(11) for this account: it is not the same order twice.

    A second use on the same session is refused whatever the checks are.
    """


class RestrictedList(CheckBase, frozen=True, kw_only=True, tag="restricted_list"):
    """The instrument is not on this list."""

    symbols: Annotated[
        tuple[Name, ...],
        Meta(min_length=1, description="Symbol(55) of each restricted instrument."),
    ]


class OrderQuantity(CheckBase, frozen=True, kw_only=True, tag="order_quantity"):
    """OrderQty(38) is at most ``quantity_max`` units."""

    quantity_max: Positive


class OrderNotional(CheckBase, frozen=True, kw_only=True, tag="order_notional"):
    """The order's value is at most ``notional_max`` in base currency."""

    notional_max: Positive


Check = (
    InstrumentKnown
    | AccountKnown
    | DuplicateClOrdID
    | RestrictedList
    | OrderQuantity
    | OrderNotional
)


class Checks(Struct, frozen=True, forbid_unknown_fields=True):
    """checks.yaml."""

    checks: Annotated[
        tuple[Check, ...],
        Meta(description="Every check whose conditions hold looks at the order."),
    ]
