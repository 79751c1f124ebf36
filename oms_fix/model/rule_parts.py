"""What the rules of checks.yaml and routing.yaml are made of."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

Condition = Annotated[
    dict[str, str | list[str]],
    Meta(
        description="All must hold; without conditions the rule concerns every order. Keys are "
        "FIX field names (Symbol, Side, Account, OrderQty ...) or what is known of the order: "
        "AssetClass, Client, Notional, Issuer, Sector, Country, Market, Group, Desk, Strategy, "
        "AdvShare, Spread, TimeOfDay, MarketState. "
        "A value, a list of allowed values, or a comparison such as '> 10000' or '!= AAPL'.",
    ),
]

# msgspec has no limits for Decimal: the loader holds those in ``extra``, editors the other ones.
# A ``form`` there says a pattern in words.
Percent = Annotated[
    Decimal,
    Meta(
        description="In percent, above 0, at most 100.",
        extra={"gt": Decimal(0), "le": Decimal(100)},
        extra_json_schema={"exclusiveMinimum": 0, "maximum": 100},
    ),
]
Positive = Annotated[
    Decimal,
    Meta(
        description="A number above 0.",
        extra={"gt": Decimal(0)},
        extra_json_schema={"exclusiveMinimum": 0},
    ),
]
Count = Annotated[int, Meta(ge=1, le=1_000_000, description="A whole number from 1 on.")]
Seconds = Annotated[int, Meta(ge=1, le=86_400, description="In seconds, at most a day.")]
Moment = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$",
        description="A time with its zone, such as 2026-11-23T09:30:00-05:00.",
        extra={"form": "a time with its zone such as 2026-11-23T09:30:00-05:00"},
    ),
]
Day = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\d$",
        description="A date, such as 2026-11-23.",
        extra={"form": "a date such as 2026-11-23"},
    ),
]
Name = Annotated[str, Meta(min_length=1)]
RuleId = Annotated[
    str,
    Meta(
        min_length=1,
        description="Names the rule in reports and in the journal; once in a file.",
    ),
]
Venue = Annotated[
    str,
    Meta(min_length=1, description="SessionName of a venue, from the .cfg file of the venues."),
]
