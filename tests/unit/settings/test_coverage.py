"""Which conditions hold for all orders that others hold for: what makes a route unreachable."""

import pytest

from oms_fix.settings.coverage import covers


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ({}, {}, True),
        ({}, {"Symbol": "A"}, True),
        ({"Symbol": "A"}, {}, False),
        ({"Symbol": "!= A"}, {}, False),
        ({"Symbol": "A"}, {"Symbol": "A", "Side": "BUY"}, True),
        ({"Symbol": "A", "Side": "BUY"}, {"Symbol": "A"}, False),
        ({"Symbol": ["A", "B"]}, {"Symbol": "A"}, True),
        ({"Symbol": ["A", "B"]}, {"Symbol": ["B", "A"]}, True),
        ({"Symbol": ["A", "B"]}, {"Symbol": ["B", "C"]}, False),
        ({"Symbol": ["A", "B"]}, {"Symbol": "!= C"}, False),
        ({"Symbol": "!= X"}, {"Symbol": "A"}, True),
        ({"Symbol": "!= X"}, {"Symbol": ["A", "X"]}, False),
        ({"Symbol": "!= X"}, {"Symbol": "!= X"}, True),
        ({"Symbol": "!= X"}, {"Symbol": "!= Y"}, False),
        ({"Side": "1"}, {"Side": "BUY"}, True),
        ({"Side": "!= SELL"}, {"Side": "1"}, True),
    ],
)
def test_values_within_others(earlier, later, expected):
    """Values by what they mean: lists hold their values, != holds all others."""
    assert covers(earlier, later) is expected


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ("> 100", "> 500", True),
        ("> 100", "> 100.0", True),
        ("> 100", ">= 100", False),
        (">= 100", "> 100", True),
        (">= 100", ">= 99", False),
        ("> 100", ">= 100.01", True),
        ("> 100", "101", True),
        ("> 100", ["101", "1_000"], True),
        ("> 100", ["99", "101"], False),
        ("> 100", "< 500", False),
        ("< 500", "<= 499", True),
        ("<= 500", "< 500", True),
        ("< 500", "<= 500", False),
        ("!= 100", "> 100", True),
        ("!= 100", ">= 100", False),
        ("!= 100", "< 50", True),
        ("> 100", "!= 100", False),
        ("!= 100", "!= 100.00", True),
        ("100", ">= 100", False),
    ],
)
def test_numbers_within_others(earlier, later, expected):
    """Numbers by their size; one that is not known meets != alone, so != is within no range."""
    assert covers({"OrderQty": earlier}, {"OrderQty": later}) is expected


def test_times_within_others():
    """Times are ordered as numbers are."""
    assert covers({"TimeOfDay": ">= 09:30"}, {"TimeOfDay": "> 09:30:00"})
    assert not covers({"TimeOfDay": ">= 09:30"}, {"TimeOfDay": "> 09:29:59"})


def test_nothing_is_told_of_faulty_conditions():
    """What is wrong with them is told by itself."""
    assert not covers({"OrderQty": "> lots"}, {"OrderQty": "> lots"})
    assert not covers({}, {"Symbool": "A"})
