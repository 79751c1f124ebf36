"""What every kind of check has, and what those with a limit have beside."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from oms_fix.model.rule_parts import Condition, Moment, Percent, RuleId


class Action(StrEnum):
    """What a violated check does to the order; the gravest action wins."""

    WARN = "warn"
    HOLD = "hold"
    REJECT = "reject"


class Scope(StrEnum):
    """Whose totals a limit is about: the order's account, its group, or all that is traded here."""

    ACCOUNT = "account"
    GROUP = "group"
    FIRM = "firm"


class CheckBase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="check"):
    """What every check has."""

    id: RuleId
    when: Condition = {}
    action: Annotated[
        Action, Meta(description="What happens to an order that violates the check.")
    ] = Action.REJECT
    message: Annotated[
        str,
        Meta(
            pattern="^[ -~]*$",
            max_length=200,
            description="Told beside the reason, in printable ASCII.",
            extra={"form": "printable ASCII on one line"},
        ),
    ] = ""
    effective_from: Annotated[
        Moment | None, Meta(description="From this time on it looks at orders; with its zone.")
    ] = None
    effective_until: Annotated[
        Moment | None, Meta(description="From this time on it does no more; with its zone.")
    ] = None


class Override(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Another limit for some orders: exactly one of the names says for which."""

    limit: Annotated[
        Decimal,
        Meta(
            description="In the unit of the check's own limit, 0 or more.",
            extra={"ge": Decimal(0)},
            extra_json_schema={"minimum": 0},
        ),
    ]
    account: str | None = None
    strategy: str | None = None
    desk: str | None = None
    group: str | None = None
    client: str | None = None


class LimitCheck(CheckBase, frozen=True, kw_only=True, omit_defaults=True):
    """A check of a number; ``LIMIT`` is the name of the field that has its limit."""

    LIMIT: ClassVar[str]

    warn_at_percent: Annotated[
        Percent | None, Meta(description="From this share of the limit on an order is warned of.")
    ] = None
    overrides: Annotated[
        tuple[Override, ...],
        Meta(
            description="Other limits; of those that fit an order the most specific one holds: "
            "that of its account, then of the account's strategy, desk and group, then its client."
        ),
    ] = ()
