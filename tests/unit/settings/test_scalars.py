from decimal import Decimal
from typing import Annotated

import pytest
from msgspec import Meta, inspect

from oms_fix.model.enums import AssetClass
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
        ("bond", AssetClass, "is 'bond'; allowed: equity, corporate_bond, treasury"),
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
