"""A quantity in proportion: the same as lots that are handed out one by one, in a few steps."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from oms_fix.core.routing.allotment import in_proportion

ZERO = Decimal(0)
LOTS = st.sampled_from([Decimal(each) for each in ("0.5", "1", "3", "10", "100")])
WEIGHTS = st.integers(0, 50).map(Decimal)
PLACES = st.lists(st.tuples(WEIGHTS, LOTS, st.integers(0, 300).map(Decimal)), min_size=1)


def one_by_one(weights, quantity, lots, room=None):
    """As the requirement has it: floors, then a lot each in turn, the largest remainder first."""
    places = range(len(weights))
    whole = quantity - quantity % min(lots)
    exact = [Fraction(whole) * Fraction(each) / Fraction(sum(weights)) for each in weights]
    free = room or [quantity] * len(lots)
    shares = []
    for place in places:
        lot = lots[place]
        share = lot * (exact[place] // Fraction(lot))
        shares.append(min(share, free[place] - free[place] % lot))
    left = quantity - sum(shares)
    by_remainder = sorted(places, key=lambda place: Fraction(shares[place]) - exact[place])
    given_out = None
    while given_out != left:
        given_out = left
        for place in by_remainder:
            lot = lots[place]
            if weights[place] and lot <= left and shares[place] + lot <= free[place]:
                shares[place] += lot
                left -= lot
    for place in sorted(places, key=lambda place: -weights[place]):
        if left and shares[place] + left <= free[place]:
            shares[place], left = shares[place] + left, ZERO
    return shares


@given(PLACES, st.integers(1, 2000), st.booleans())
def test_the_same_as_lots_handed_out_one_by_one(places, halves, has_room):
    """With lots and room of each venue's own; what is given is never above quantity or room."""
    weights, lots, room = (list(each) for each in zip(*places, strict=True))
    if not any(weights):
        weights[0] = Decimal(1)
    quantity, asked = Decimal(halves) / 2, room if has_room else None
    shares = in_proportion(weights, quantity, lots, asked)
    assert shares == one_by_one(weights, quantity, lots, asked)
    assert sum(shares) <= quantity
    assert has_room or sum(shares) == quantity


def test_lots_that_are_far_apart_take_no_longer():
    """Handed out one by one it would be a billion of the smaller ones."""
    lots = [Decimal("0.001"), Decimal(1_000_000)]
    weights = [Decimal(1), Decimal(2_999_999)]
    quantity = Decimal(2_999_999_000)
    shares = in_proportion(weights, quantity, lots)
    assert shares == [Decimal(999_000), Decimal(2_999_000_000)]
