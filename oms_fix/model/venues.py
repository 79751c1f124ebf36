"""Venues as operations describe them: the content of venues.yaml."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from oms_fix.model.rule_parts import Count, Name, Percent, Positive, Seconds, Venue


class Feature(StrEnum):
    """What an order may need of a venue, and not every venue has."""

    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    MARKET_TO_LIMIT = "market_to_limit"
    PEGGED = "pegged"
    AT_THE_OPENING = "at_the_opening"
    AT_THE_CLOSE = "at_the_close"
    MARKET = "market"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"
    GOOD_TILL = "good_till"
    MINIMUM_QUANTITY = "minimum_quantity"
    REPLACE = "replace"


class VenueKind(StrEnum):
    """What kind of place a venue is."""

    LIT = "lit"
    DARK = "dark"
    BROKER = "broker"
    DEALER = "dealer"


_AMOUNT = "Below 0 it is a rebate."


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an execution costs, or brings, in the currency of the instrument; the parts add up."""

    per_share: Annotated[Decimal, Meta(description=f"For each unit, such as 0.003. {_AMOUNT}")] = (
        Decimal(0)
    )
    basis_points: Annotated[
        Decimal, Meta(description=f"Of the amount paid, in basis points. {_AMOUNT}")
    ] = Decimal(0)
    per_order: Annotated[Decimal, Meta(description="Once for a child order that is filled.")] = (
        Decimal(0)
    )
    minimum: Annotated[
        Decimal | None, Meta(description="A child order that is filled costs at least this.")
    ] = None


class FeeTier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The fees of a venue for as long as what was traded there today is within a range."""

    volume_from: Annotated[
        Decimal, Meta(description="From how many units traded there today on, this one included.")
    ] = Decimal(0)
    volume_to: Annotated[
        Decimal | None, Meta(description="Below how many; without it there is no end.")
    ] = None
    maker: Annotated[Rate, Meta(description="Of what stood in the book when it was filled.")] = (
        Rate()
    )
    taker: Annotated[Rate, Meta(description="Of what was filled at once.")] = Rate()


class Ticks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The tick of a venue from a price on; where none is given it is the instrument's."""

    price_from: Annotated[Decimal, Meta(description="From this price on, this one included.")] = (
        Decimal(0)
    )
    tick_size: Positive


class Algorithm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An algorithm that a broker offers, and how its parameters are said to that broker."""

    name: Annotated[Name, Meta(description="What routes call it, such as VWAP.")]
    target_strategy: Annotated[
        str, Meta(min_length=1, description="TargetStrategy(847) or what stands in its place.")
    ]
    strategy_tag: Annotated[int, Meta(ge=1, description="The tag that names the algorithm.")] = 847
    parameter_tags: Annotated[
        dict[str, int],
        Meta(
            description="The tag for each parameter, by its name; those not named here go in "
            "StrategyParametersGrp (957)."
        ),
    ] = {}


class Breaker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a venue is suspended because of how it has answered, and for how long."""

    window: Annotated[Count, Meta(description="Its last child orders, so many, count.")] = 20
    failures_percent_max: Annotated[
        Percent,
        Meta(description="Suspended above this share of rejects and of orders without answer."),
    ] = Decimal(50)
    suspend_seconds: Annotated[
        Seconds,
        Meta(
            description="For how long; then one child order tries it again. Without "
            "no_answer_seconds that one has as long to be answered."
        ),
    ] = 30


class VenueTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a venue can do, what it costs, and how much it gets."""

    session: Venue
    mic: Annotated[
        str,
        Meta(
            description="Its MIC (ISO 10383), such as XNAS: by it the book is found among those of "
            "several venues in one session of market data. Nothing sent to the venue bears it."
        ),
    ] = ""
    kind: Annotated[VenueKind, Meta(description="lit: its book is published. dark: it is not.")] = (
        VenueKind.LIT
    )
    market: Annotated[
        str,
        Meta(
            description="The market of markets.yaml by whose hours it trades; while that is closed "
            "it gets no orders but those of several days and for the opening."
        ),
    ] = ""
    lacks: Annotated[
        tuple[Feature, ...],
        Meta(
            description="What it does not take; such orders go to other venues of the route. Where "
            "none of them takes stop orders, the router holds those until they are triggered; "
            "all other such orders are rejected. Without replace, an order that is replaced is "
            "canceled there and placed anew.",
        ),
    ] = ()
    quantity_min: Annotated[
        Positive | None, Meta(description="Child orders of less do not go there.")
    ] = None
    lot_size: Annotated[
        Positive | None, Meta(description="Its round lot; without it that of the instrument.")
    ] = None
    ticks: Annotated[
        tuple[Ticks, ...], Meta(description="Its tick table, the lowest price first.")
    ] = ()
    fees: Annotated[tuple[FeeTier, ...], Meta(description="Without any it costs nothing.")] = ()
    market_data: Annotated[
        str,
        Meta(
            description="SessionName of the session, from the .cfg file of market data, over which "
            "its book comes; without it nothing is known of its book."
        ),
    ] = ""
    algorithms: Annotated[
        tuple[Algorithm, ...], Meta(description="What a broker offers for strategy broker_algo.")
    ] = ()
    orders_per_second_max: Annotated[
        Count | None, Meta(description="No more new child orders go there in any second.")
    ] = None
    open_orders_max: Annotated[
        Count | None, Meta(description="No more child orders stand there at a time.")
    ] = None
    no_answer_seconds: Annotated[
        Seconds | None,
        Meta(
            description="A child order without an answer for so long counts as a failure, and its "
            "status is asked for."
        ),
    ] = None
    breaker: Annotated[
        Breaker | None, Meta(description="Without it only operators suspend the venue.")
    ] = None

    def fee_tier(self, volume: Decimal) -> FeeTier:
        """Return the fees that hold once so many units were traded there today."""
        for tier in self.fees:
            if tier.volume_from <= volume and (tier.volume_to is None or volume < tier.volume_to):
                return tier
        return _FREE


_FREE = FeeTier()
NO_TERMS = VenueTerms(session="")
"""What is known of a venue that venues.yaml does not name."""
