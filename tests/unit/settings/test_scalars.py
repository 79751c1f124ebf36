from decimal import Decimal
from typing import Annotated

import pytest
from msgspec import Meta, inspect

from oms_fix.model.enums import AssetClass, OrdType, Rating, Side
from oms_fix.model.rule_parts import Count, Day, Moment, Name, Percent, Seconds
from oms_fix.settings.scalars import ScalarError, read_scalar


def read(text, type_):
    return read_scalar(text, inspect.type_info(type_))


@pytest.mark.parametrize(
    ("text", "type_", "expected"),
    [
        ("007", str, "007"),
        ("NO", str, "NO"),
        ("0.1", Decimal, Decimal("0.1")),
        ("25_000_000", Decimal, Decimal(25000000)),
        ("-1.50", Decimal, Decimal("-1.50")),
        ("30", int, 30),
        ("true", bool, True),
        ("false", bool, False),
        ("treasury", AssetClass, AssetClass.TREASURY),
        ("30", Annotated[int, Meta(ge=1, le=60)], 30),
        ("TRUE", bool, True),
        ("AA+", Rating, Rating.AA_PLUS),
        ("A", Rating | None, Rating.A),
        ("SELL_SHORT", Side, Side.SELL_SHORT),
        ("5", Side, Side.SELL_SHORT),
        ("K", OrdType, OrdType.MARKET_WITH_LEFT_OVER_AS_LIMIT),
        ("1", Count, 1),
        ("86400", Seconds, 86_400),
        ("2026-11-23T09:30:00-05:00", Moment | None, "2026-11-23T09:30:00-05:00"),
        ("2026-11-23T14:30:00Z", Moment, "2026-11-23T14:30:00Z"),
        ("2026-11-23", Day | None, "2026-11-23"),
        ("12.5", Percent | None, Decimal("12.5")),
        ("1_000", Decimal | None, Decimal(1000)),
        ("Health Care", Name, "Health Care"),
    ],
)
def test_text_becomes_the_value_it_says(text, type_, expected):
    """Values mean what is written, digit by digit."""
    value = read(text, type_)
    assert value == expected
    assert type(value) is type(expected)


def test_the_exponent_of_a_decimal_is_kept():
    """A price of 1.50 is not 1.5: what was written is what is shown."""
    assert str(read("1.50", Decimal)) == "1.50"


@pytest.mark.parametrize(
    ("text", "type_", "expected"),
    [
        ("", Annotated[str, Meta(min_length=1)], "is empty; allowed: text"),
        ("usd", Annotated[str, Meta(pattern="^[A-Z]{3}$")],
         "is 'usd'; allowed: text of the form ^[A-Z]{3}$"),
        ("1e6", Decimal, "is '1e6', which is no number; allowed: a number such as 2500.75"),
        ("nan", Decimal, "is 'nan', which is no number; allowed: a number such as 2500.75"),
        ("1" * 19, Decimal,
         f"is '{'1' * 19}', which is no number; allowed: a number such as 2500.75"),
        ("3.5", int, "is '3.5', which is no whole number; allowed: a number such as 30"),
        ("0", Annotated[int, Meta(ge=1, le=60)],
         "is 0; allowed: a number at least 1 and at most 60"),
        ("yes", bool, "is 'yes'; allowed: true, false"),
        ("AA_PLUS", Rating | None,
         ("is 'AA_PLUS'; allowed: AAA, AA+, AA, AA-, A+, A, A-, BBB+, BBB, BBB-, BB+, BB, BB-, "
          "B+, B, B-, CCC+, CCC, CCC-, CC, C, D")),
        ("BYU", Side,
         ("is 'BYU'; did you mean BUY? allowed: BUY (1), SELL (2), BUY_MINUS (3), SELL_PLUS (4), "
          "SELL_SHORT (5), SELL_SHORT_EXEMPT (6)")),
        ("0", Count, "is 0; allowed: a number at least 1 and at most 1000000"),
        ("2.5", Count, "is '2.5', which is no whole number; allowed: a number such as 30"),
        ("90000", Seconds, "is 90000; allowed: a number at least 1 and at most 86400"),
        ("2026-11-23 09:30", Moment | None,
         "is '2026-11-23 09:30'; allowed: a time with its zone such as 2026-11-23T09:30:00-05:00"),
        ("23.11.2026", Day | None, "is '23.11.2026'; allowed: a date such as 2026-11-23"),
        ("0", Percent | None, "is 0; allowed: a number above 0 and at most 100"),
        ("", Name, "is empty; allowed: text"),
        ("four", Annotated[str, Meta(max_length=3)], "has 4 characters; allowed: at most 3"),
        ("USD\n", Annotated[str, Meta(pattern="^[A-Z]{3}$")],
         "is 'USD\\n'; allowed: text of the form ^[A-Z]{3}$"),
        ("bond", AssetClass,
         "is 'bond'; allowed: equity, corporate_bond, treasury, future, option, fx"),
    ],
)  # fmt: skip
def test_text_that_says_no_value_is_explained(text, type_, expected):
    """What is wrong with a value is said together with what is allowed."""
    with pytest.raises(ScalarError) as caught:
        read(text, type_)
    assert str(caught.value) == expected


def test_only_scalars_are_read():
    """A type that no single text can have is a mistake of the caller."""
    with pytest.raises(TypeError):
        read("a", list[str])
