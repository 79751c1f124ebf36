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
    left = _hand_out(shares, left, [place for place in by_remainder if weights[place]], lots, free)
    for place in sorted(places, key=lambda place: -weights[place]):
        if left and shares[place] + left <= free[place]:
            shares[place] += left
            left = ZERO
    return shares


def _hand_out(
    shares: list[Decimal],
    left: Decimal,
    places: list[int],
    lots: Sequence[Decimal],
    free: Sequence[Decimal],
) -> Decimal:
    """Hand out what is left, a lot to each place in turn, round by round; return the rest.

    Where all get a lot, many rounds are one step: beside a lot of 1000 there may be hundreds of
    rounds of a lot of 1. Each step uses up the room of a place, or leaves less than a round or than
    a lot: for n places there are no more than 3n steps, whatever the quantity.
    """
    while True:
        places = [each for each in places if lots[each] <= min(left, free[each] - shares[each])]
        if not places:
            return left
        rounds = min(
            left // sum((lots[each] for each in places), ZERO),
            *((free[each] - shares[each]) // lots[each] for each in places),
        )
        for place in places:
            given = lots[place] * rounds if rounds else lots[place]
            if given <= left:
                shares[place] += given
                left -= given
