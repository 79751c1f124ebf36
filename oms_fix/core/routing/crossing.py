"""The cheapest way to take a quantity out of several books.

Theory of operation
-------------------
Each book is taken from its top, so what a pool (a venue's book within the limit) costs is a
function of how much is taken there: prices get no better with depth, hence each further lot costs
no less than the one before. The sum of such convex functions is smallest when lots are taken in the
order of what each costs, fees included, whichever pool it is in: that is exact, and what
``_in_order`` does. Of equal costs the better displayed price goes first, then the earlier venue.

A fee that is due once (``per_order``, ``minimum``) is the exception: it is paid or not. A pool with
one is left out or let in, and for each choice the above is exact again: up to the fee itself the
next lot costs nothing more (``minimum`` is a maximum of two convex functions, and so convex). With
up to six such pools all choices are looked at; with more, one after the other is left out for as
long as that pays. A pool that takes no small child orders (``quantity_min``) is left out likewise.

What is asked for is placed as far as the books have it; among plans that place as much, the one
that costs least is chosen. With the same lot everywhere this is the optimum. Where lots differ it
may not be, but it is never worse than the best single venue, which is looked at, too.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from heapq import heapify, heappop, heapreplace
from itertools import chain, combinations, islice

from msgspec import Struct

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.fees import BASIS_POINTS, fees_of
from oms_fix.model.market_data import Level
from oms_fix.model.venues import Rate

_CHOICES_MAX = 6
_PART = Decimal("1E-9")  # of a unit: where a level is divided, so that the parts add up to it


class Pool(Struct, frozen=True, gc=False):
    """A venue's book on the other side, within the limit, and what taking from it costs."""

    levels: Sequence[Level]
    rate: Rate
    sign: int
    point: Decimal = Decimal(1)
    lot: Decimal = Decimal(1)
    quantity_min: Decimal = ZERO

    @property
    def displayed(self) -> Decimal:
        """All that is there."""
        return sum([level.size for level in self.levels], ZERO)

    @property
    def is_all_or_none(self) -> bool:
        """Whether it may be better left out although its prices are good."""
        return bool(self.rate.per_order or self.rate.minimum is not None or self.quantity_min)

    def taking(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Return what a quantity is traded for, without fees, and the last price that is paid."""
        amount, left = ZERO, quantity
        for level in self.levels:
            price, size = level.price, level.size
            if left <= size:
                return (amount + left * price) * self.point, price
            amount += size * price
            left -= size
        raise AssertionError("no more is taken than is there")

    def cost(self, quantity: Decimal) -> Decimal:
        """Return what taking a quantity costs, fees included; below 0 for a sale."""
        if not quantity:
            return ZERO
        amount, _ = self.taking(quantity)
        return self.sign * amount + fees_of(self.rate, quantity, amount)

    def worst(self, quantity: Decimal) -> Decimal:
        """Return the price of the last level that a quantity takes from."""
        return self.taking(quantity)[1]


Shares = list[Decimal]
_Part = tuple[Decimal, Decimal, Decimal]  # what a unit costs, its price with the sign, how much
_Step = tuple[Decimal, Decimal, int, Decimal]  # that, with the place of its pool before how much


def allot(pools: Sequence[Pool], quantity: Decimal) -> Shares:
    """Return how much of a quantity is taken from each pool."""
    places = range(len(pools))
    special = [place for place in places if pools[place].is_all_or_none]
    lot = pools[0].lot
    is_even = not quantity % lot and all(pool.lot == lot for pool in pools)
    shares = _in_order(pools, places, quantity)
    if is_even and not special:
        return shares
    found = [shares, *([_single(pools, place, quantity) for place in places])]
    if len(special) <= _CHOICES_MAX:
        found += _each_choice(pools, special, quantity)
    else:
        found.append(_left_out_one_by_one(pools, special, quantity))
    return min(found, key=lambda each: _merit(pools, each))


def _merit(pools: Sequence[Pool], shares: Shares) -> tuple[Decimal, Decimal]:
    taken = zip(pools, shares, strict=True)
    return -sum(shares, ZERO), sum((pool.cost(share) for pool, share in taken), ZERO)


def _single(pools: Sequence[Pool], place: int, quantity: Decimal) -> Shares:
    shares = [ZERO] * len(pools)
    pool = pools[place]
    if max(pool.quantity_min, ZERO) <= quantity <= pool.displayed:
        shares[place] = quantity
    return shares


def _each_choice(pools: Sequence[Pool], special: list[int], quantity: Decimal) -> Iterator[Shares]:
    for out in chain.from_iterable(
        combinations(special, count) for count in range(1, len(special) + 1)
    ):
        yield _in_order(pools, [each for each in range(len(pools)) if each not in out], quantity)


def _left_out_one_by_one(pools: Sequence[Pool], special: list[int], quantity: Decimal) -> Shares:
    places = list(range(len(pools)))
    best = _in_order(pools, places, quantity)
    for _ in special:
        tries = [
            (_in_order(pools, [each for each in places if each != out], quantity), out)
            for out in special
            if out in places
        ]
        shares, out = min(tries, key=lambda each: _merit(pools, each[0]))
        if _merit(pools, shares) >= _merit(pools, best):
            break
        best = shares
        places.remove(out)
    return best


def _in_order(pools: Sequence[Pool], places: Collection[int], quantity: Decimal) -> Shares:
    """Return what is taken when the lot that costs least always goes first."""
    shares, left = [ZERO] * len(pools), quantity
    steps = {place: _steps(pools[place], place) for place in places}
    heap = [step for each in steps.values() for step in islice(each, 1)]
    heapify(heap)
    while heap and left:
        _, _, place, size = heap[0]
        if size <= left:
            following = next(steps[place], None)
        else:
            size, following = left - left % pools[place].lot, None
        shares[place] += size
        left -= size
        if following is None:
            heappop(heap)
        else:
            heapreplace(heap, following)
    _drop_small(pools, shares)
    if left:
        _add_odd(pools, places, shares, left)
    return shares


def _drop_small(pools: Sequence[Pool], shares: Shares) -> None:
    for place, share in enumerate(shares):
        if share and share < pools[place].quantity_min:
            shares[place] = ZERO


def _add_odd(
    pools: Sequence[Pool], places: Collection[int], shares: Shares, quantity: Decimal
) -> None:
    """Add what is no whole lot to the largest share that the book has room for, if any."""
    for place in sorted(places, key=lambda each: -shares[each]):
        pool, share = pools[place], shares[place] + quantity
        if pool.quantity_min <= share <= pool.displayed and quantity < pool.lot:
            shares[place] = share
            return


def _steps(pool: Pool, place: int) -> Iterator[_Step]:
    """Yield what is in a pool in whole lots, the cheapest first."""
    rate, sign, lot = pool.rate, pool.sign, pool.lot
    per_unit = rate.per_share / pool.point
    if rate.minimum is not None:
        parts = _levels_with_minimum(pool, per_unit, rate.minimum / pool.point)
        yield from _in_lots(parts, lot, place)
        return
    share, by_amount = sign + rate.basis_points / BASIS_POINTS, bool(rate.basis_points)
    for depth, level in enumerate(pool.levels):
        price, size = level.price, level.size
        if size % lot:
            rest = (
                (each.price * share + per_unit, sign * each.price, each.size)
                for each in pool.levels[depth:]
            )
            yield from _in_lots(rest, lot, place)
            return
        signed = price if sign > 0 else -price
        yield (price * share if by_amount else signed) + per_unit, signed, place, size


def _in_lots(levels: Iterable[_Part], lot: Decimal, place: int) -> Iterator[_Step]:
    """Yield levels in whole lots; of a lot that is in several levels, what a unit costs of it."""
    begun, spent = ZERO, ZERO
    for cost, price, size in levels:
        part = min(lot - begun, size) if begun else ZERO
        begun, spent, left = begun + part, spent + part * cost, size - part
        if begun == lot:
            yield spent / lot, price, place, lot
            begun = ZERO
        if not begun:
            begun = left % lot
            spent = begun * cost
            if left > begun:
                yield cost, price, place, left - begun


def _levels_with_minimum(pool: Pool, per_unit: Decimal, minimum: Decimal) -> Iterator[_Part]:
    fees = pool.rate.per_order / pool.point
    for level in pool.levels:
        price, size = pool.sign * level.price, level.size
        fee = per_unit + level.price * pool.rate.basis_points / BASIS_POINTS
        until = ((minimum - fees) / fee).quantize(_PART) if fee else ZERO
        before = min(max(until, ZERO), size)
        # The minimum covers what comes first of a fee, and what comes last of a rebate.
        first, last = (price, price + fee) if fee > 0 else (price + fee, price)
        if before:
            yield first, price, before
        if before < size:
            yield last, price, size - before
        fees += size * fee
