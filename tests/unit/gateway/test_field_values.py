from decimal import Decimal

import pytest

from oms_fix.fix.message import Message
from oms_fix.gateway import values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("100", b"100"),
        ("1E+6", b"1000000"),
        ("10.500", b"10.5"),
        ("100.00", b"100"),
        ("0.00000001", b"0.00000001"),
        ("1E-9", b"0.000000001"),
        ("-0.0", b"0"),
        ("-2.50", b"-2.5"),
        ("0", b"0"),
    ],
)
def test_numbers_are_plain(value, text):
    """No exponent and no zeros that say nothing, whatever arithmetic made the number."""
    assert values.number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"17", 17),
        (b"9" * 18, 999_999_999_999_999_999),
        (b"9" * 19, None),
        (b"9" * 4_999, None),
        (b"-1", None),
        (b"", None),
    ],
)
def test_whole_numbers_fit_the_store(value, number):
    """Whatever a counterparty writes as RefSeqNum(45), what we read has at most 64 bits."""
    assert values.integer(Message("j", [(45, value)]), 45) == number


def message(value):
    return Message("D", [(38, value), (11, value)])


@pytest.mark.parametrize(
    "value", [b"100", b"0.00000000000001", b"123456789012345", b"1.50000000000000000000"]
)
def test_numbers_of_up_to_15_digits_are_taken(value):
    """Fifteen significant digits is what every FIX float can hold."""
    assert values.decimal(message(value), 38) == Decimal(value.decode())


@pytest.mark.parametrize(
    "value",
    [b"1234567890123456", b"1000000000000000", b"0.1234567890123456", b"1E5", b"NaN", b"", b"-"],
)
def test_other_numbers_are_refused(value):
    """What arithmetic could not keep exact, and what is no plain decimal, is not taken."""
    with pytest.raises(values.DecodeError):
        values.decimal(message(value), 38)


@pytest.mark.parametrize("value", [b"A" * 65, "é".encode(), b""])
def test_identifiers_are_short_ascii(value):
    """An identifier goes back byte for byte, in many messages."""
    with pytest.raises(values.DecodeError):
        values.identifier(message(value), 11)


def test_text_that_is_too_long_is_refused():
    """What a client sends is passed on to venues: it has a bound."""
    assert values.text(message(b"a" * 1000), 11) == "a" * 1000
    with pytest.raises(values.DecodeError):
        values.text(message(b"a" * 1001), 11)
