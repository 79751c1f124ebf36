"""Routes as operations write them: which orders, and by which strategy they are placed."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from oms_fix.model.rule_parts import (
    Condition,
    Count,
    Name,
    Percent,
    Positive,
    RuleId,
    Seconds,
    Venue,
)

Venues = Annotated[tuple[Venue, ...], Meta(min_length=1, description="Each venue once.")]


class Remainder(StrEnum):
    """What becomes of what a strategy that takes liquidity leaves."""

    POST = "post"
    CANCEL = "cancel"


class RerouteOn(StrEnum):
    """How a child order can end, unasked, so that what it gives back is routed again."""

    REJECT = "reject"
    CANCEL = "cancel"
    EXPIRE = "expire"


class SplitLeg(Struct, frozen=True, forbid_unknown_fields=True):
    """One venue's share of a split."""

    venue: Venue
    percent: Percent


class RouteBase(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="strategy",
):
    """What every route has."""

    id: RuleId
    when: Condition = {}
    child_size_max: Annotated[
        Positive | None,
        Meta(description="No child order is larger; the rest follows it."),
    ] = None
    child_count_max: Annotated[
        Count, Meta(description="No order has more child orders; what is left then is canceled.")
    ] = 1000
    displayed_percent_max: Annotated[
        Percent | None,
        Meta(description="A child order is at most this share of what its venue displays."),
    ] = None
    no_fill_seconds: Annotated[
        Seconds | None,
        Meta(
            description="A child order without a fill for so long is called back; what it gives "
            "back goes to the venues that have not had their chance."
        ),
    ] = None
    reroute_on: Annotated[
        tuple[RerouteOn, ...],
        Meta(description="Ends of a child order after which its quantity is routed again."),
    ] = (RerouteOn.REJECT,)


class Direct(RouteBase, frozen=True, kw_only=True, tag="direct"):
    """All to one venue."""

    venue: Venue


class SplitBy(StrEnum):
    """What the shares of a split are in proportion to."""

    PERCENT = "percent"
    DISPLAYED = "displayed"
    HISTORICAL = "historical"


class Split(RouteBase, frozen=True, kw_only=True, tag="split"):
    """Shares to several venues; a venue's that is down goes to the others in proportion."""

    legs: Annotated[
        tuple[SplitLeg, ...],
        Meta(
            min_length=2,
            description="Each venue once; the percentages sum to 100. With `by` displayed or "
            "historical they are what is gone by where nothing is known.",
        ),
    ]
    by: Annotated[
        SplitBy,
        Meta(
            description="percent: as written. displayed: by what each venue displays within the "
            "order's limit. historical: by what we traded at each today and on "
            "the four days with trades before it."
        ),
    ] = SplitBy.PERCENT


class Fallback(RouteBase, frozen=True, kw_only=True, tag="fallback"):
    """All to the first venue of the list that can take it."""

    venues: Annotated[
        tuple[Venue, ...],
        Meta(min_length=2, description="In order of preference, each venue once."),
    ]


class Taking(RouteBase, frozen=True, kw_only=True):
    """What strategies that take liquidity at once have; one of ``then`` and ``remainder``."""

    venues: Venues
    then: Annotated[
        RuleId | None, Meta(description="The route by whose strategy what is left goes on.")
    ] = None
    remainder: Annotated[
        Remainder | None,
        Meta(
            description="post: what is left stands in the book of the venue with the best expected "
            "cost. cancel: it is canceled."
        ),
    ] = None


class Sweep(Taking, frozen=True, kw_only=True, tag="sweep"):
    """Takes from all books at once, the best price after fees first."""


class Spray(Taking, frozen=True, kw_only=True, tag="spray"):
    """Immediate or cancel to all venues at once, each as much as it displays."""


class DarkFirst(Taking, frozen=True, kw_only=True, tag="dark_first"):
    """Immediate or cancel to dark venues, one after the other, then on."""

    quantity_min: Annotated[
        Positive | None,
        Meta(
            description="MinQty(110) of the child orders in the dark; a venue that lacks "
            "minimum_quantity is passed over."
        ),
    ] = None


class Post(RouteBase, frozen=True, kw_only=True, tag="post"):
    """All into the book of the venue with the best expected cost: rebate, chance of a fill."""

    venues: Venues


class Iceberg(RouteBase, frozen=True, kw_only=True, tag="iceberg"):
    """A part at a time is shown; the next one follows when it is filled."""

    venues: Venues
    display_quantity: Annotated[Positive, Meta(description="What is shown at a time.")]
    vary_percent: Annotated[
        Decimal,
        Meta(
            description="Each part is up to this share more or less, lest its size tell, 0 to 90.",
            extra={"ge": Decimal(0), "le": Decimal(90)},
            extra_json_schema={"minimum": 0, "maximum": 90},
        ),
    ] = Decimal(0)


class BrokerAlgo(RouteBase, frozen=True, kw_only=True, tag="broker_algo"):
    """All to a broker, to be worked by an algorithm of its."""

    venue: Venue
    algorithm: Annotated[Name, Meta(description="One that venues.yaml has for the broker.")]
    parameters: Annotated[dict[str, str], Meta(description="Its parameters, by name.")] = {}


class Manual(RouteBase, frozen=True, kw_only=True, tag="manual"):
    """To a trader's desk: the order waits until somebody places it, see ``oms-fix order place``."""

    desk: Annotated[Name, Meta(description="Whose it is.")]


Route = Direct | Split | Fallback | Sweep | Spray | DarkFirst | Post | Iceberg | BrokerAlgo | Manual


class ImpactTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much an order is expected to move prices against itself.

    Impact in basis points = ``coefficient_bp`` x (quantity / average daily volume) ** 0.5.
    """

    asset_class: Annotated[str, Meta(description="The asset class it holds for; * for all others.")]
    coefficient_bp: Annotated[
        Decimal,
        Meta(
            description="Basis points for an order of a whole day's volume.",
            extra={"ge": Decimal(0)},
            extra_json_schema={"minimum": 0},
        ),
    ]
