"""Where the simulated router has orders go: a symbol for each strategy, and what venues are like.

All venues have books, the dark one too, as the world draws them at random.
"""

from decimal import Decimal

from oms_fix.model.routes import (
    BrokerAlgo,
    DarkFirst,
    Direct,
    Fallback,
    Iceberg,
    Manual,
    Post,
    Remainder,
    RerouteOn,
    Route,
    Split,
    SplitBy,
    SplitLeg,
    Spray,
    Sweep,
)
from oms_fix.model.venues import Algorithm, Breaker, Feature, FeeTier, Rate, VenueKind, VenueTerms

DIRECT_VERSIONS = {"D42": "FIX.4.2", "D50": "FIX.5.0SP2"}
RESTRICTED = "BANNED"
DESK = "DESK"
"""The symbol that operators place by hand."""

SYMBOLS = ("SWEEP", "CHEAP", "SPRAY", "SHOWN", "POST", "PARTS", "DARK", "ALGO", DESK)
"""What goes by the books."""

CLOSING = ("SHOWN", "PARTS")
"""Those whose market closes."""

PROTECTION_PERCENT = Decimal(6)

_DIRECT_ACCESS = {"Client": list(DIRECT_VERSIONS)}
_ALL = ("V42", "V44", "V50")
_ON_ANY_END = tuple(RerouteOn)
_BY_PERCENT = (
    SplitLeg("V42", Decimal(50)),
    SplitLeg("V44", Decimal(30)),
    SplitLeg("V50", Decimal(20)),
)

ROUTES: tuple[Route, ...] = (
    Direct(id="to-42", when={"Symbol": "LOTS", **_DIRECT_ACCESS}, venue="V42"),
    Direct(id="to-50", when={"Symbol": ["SPLIT", RESTRICTED], **_DIRECT_ACCESS}, venue="V50"),
    Direct(id="direct", when={"Symbol": "DIRECT"}, venue="V44"),
    Fallback(id="fallback", when={"Symbol": "FALL"}, venues=("V42", "V50", "V44")),
    Split(
        id="lots",
        when={"Symbol": "LOTS"},
        legs=(SplitLeg("V42", Decimal(60)), SplitLeg("V50", Decimal(40))),
    ),
    Split(id="split", when={"Symbol": ["SPLIT", RESTRICTED]}, legs=_BY_PERCENT),
    Sweep(
        id="sweep",
        when={"Symbol": "SWEEP"},
        venues=_ALL,
        remainder=Remainder.POST,
        child_size_max=Decimal(90),
    ),
    Sweep(id="cheap", when={"Symbol": "CHEAP"}, venues=_ALL, remainder=Remainder.CANCEL),
    Spray(id="spray", when={"Symbol": "SPRAY"}, venues=_ALL, then="parts"),
    Split(
        id="shown",
        when={"Symbol": "SHOWN"},
        legs=_BY_PERCENT,
        by=SplitBy.DISPLAYED,
        no_fill_seconds=1,
        reroute_on=_ON_ANY_END,
    ),
    Post(
        id="post",
        when={"Symbol": "POST"},
        venues=_ALL,
        no_fill_seconds=1,
        displayed_percent_max=Decimal(50),
    ),
    Iceberg(
        id="parts",
        when={"Symbol": "PARTS"},
        venues=_ALL,
        display_quantity=Decimal(40),
        vary_percent=Decimal(30),
        child_count_max=8,
        reroute_on=_ON_ANY_END,
    ),
    DarkFirst(
        id="dark",
        when={"Symbol": "DARK"},
        venues=("V50", "V42"),
        quantity_min=Decimal(20),
        then="sweep",
    ),
    BrokerAlgo(
        id="algo",
        when={"Symbol": "ALGO"},
        venue="V44",
        algorithm="VWAP",
        parameters={"StartTime": "14:30:00"},
    ),
    Manual(id="desk", when={"Symbol": DESK}, desk="equities"),
)

_NO_STOPS = (Feature.STOP, Feature.STOP_LIMIT)

VENUES = (
    VenueTerms(
        session="V42",
        lacks=_NO_STOPS,
        market_data="BOOKS",
        fees=(
            FeeTier(volume_to=Decimal(500), taker=Rate(per_share=Decimal("0.003"))),
            FeeTier(volume_from=Decimal(500), taker=Rate(per_share=Decimal("0.002"))),
        ),
        open_orders_max=25,
    ),
    VenueTerms(
        session="V44",
        lacks=_NO_STOPS,
        market_data="BOOKS",
        fees=(
            FeeTier(
                taker=Rate(basis_points=Decimal(2), minimum=Decimal("0.5")),
                maker=Rate(per_share=Decimal("-0.002")),
            ),
        ),
        algorithms=(
            Algorithm(name="VWAP", target_strategy="1", parameter_tags={"StartTime": 6402}),
        ),
        no_answer_seconds=1,
        breaker=Breaker(window=5, failures_percent_max=Decimal(20), suspend_seconds=2),
    ),
    VenueTerms(
        session="V50",
        kind=VenueKind.DARK,
        lacks=_NO_STOPS,
        market_data="BOOKS",
        fees=(FeeTier(taker=Rate(per_order=Decimal("0.1"))),),
        orders_per_second_max=6,
        no_answer_seconds=2,
    ),
)
