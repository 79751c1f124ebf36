from decimal import Decimal

import pytest

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
