"""A quantity divided in proportion, in whole lots.

Lots are given out by largest remainder, so that the shares add up to the quantity; between equal
remainders the earlier one wins. What is no whole lot goes with the largest share.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from oms_fix.core.orders.order import ZERO


def in_proportion(
    weights: Sequence[Decimal],
    quantity: Decimal,
    lots: Sequence[Decimal],
    room: Sequence[Decimal] | None = None,
) -> list[Decimal]:
    """Return a share for each weight, in lots of each, none above its ``room``.

    Less than the quantity is given out only where there is no room for more.
    """
    places = range(len(weights))
    least = min(lots)
    whole = quantity - quantity % least
    total = sum((Fraction(weight) for weight in weights), Fraction(0))
    exact = [Fraction(whole) * Fraction(weight) / total for weight in weights]
    free = [quantity] * len(lots) if room is None else list(room)
    shares = [lots[place] * (exact[place] // Fraction(lots[place])) for place in places]
    shares = [min(shares[place], free[place] - free[place] % lots[place]) for place in places]
    left = quantity - sum(shares, ZERO)
    by_remainder = sorted(places, key=lambda place: Fraction(shares[place]) - exact[place])
    given = True
    while given:
        given = False
        for place in by_remainder:
            lot = lots[place]
            if weights[place] and lot <= left and shares[place] + lot <= free[place]:
                shares[place] += lot
                left -= lot
                given = True
    for place in sorted(places, key=lambda place: -weights[place]):
        if left and shares[place] + left <= free[place]:
            shares[place] += left
            left = ZERO
    return shares
