"""A sweep is the cheapest way to take what is displayed, whatever the books, the fees, the order.

What it is compared with is worked out here anew, in fractions and by trying everything.
"""

from decimal import Decimal
from fractions import Fraction
from itertools import product

from desk import terms
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from routing_desk import RoutingDesk

from oms_fix.core.routing.crossing import Pool, allot
from oms_fix.model.enums import Side
from oms_fix.model.market_data import Level, VenueBook
from oms_fix.model.routes import Remainder, Spray, Sweep
from oms_fix.model.venues import FeeTier, Rate, VenueTerms

VENUES = "ABCDEFGH"
CENTS = st.integers(990, 1010).map(lambda cents: Decimal(cents).scaleb(-2))
SIDES = st.sampled_from([Side.BUY, Side.SELL])
PER_SHARE = st.integers(-30, 30).map(lambda mills: Decimal(mills).scaleb(-3))
LINEAR = st.builds(Rate, per_share=PER_SHARE, basis_points=st.integers(-20, 20).map(Decimal))
ONCE = st.builds(
    Rate,
    per_share=PER_SHARE,
    basis_points=st.integers(-20, 20).map(Decimal),
    per_order=st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("0.1")]),
    minimum=st.sampled_from([None, Decimal(0), Decimal("0.02"), Decimal("0.1")]),
)


@st.composite
def sides_of_books(draw, sign, size_max, depth=3, lot=1):
    """Levels, the best first, each price once."""
    prices = draw(st.lists(CENTS, max_size=depth, unique=True))
    sizes = st.integers(1, size_max).map(lambda lots: Decimal(lots) * lot)
    return tuple(Level(price, draw(sizes)) for price in sorted(prices, reverse=sign < 0))


@st.composite
def pools(draw, rates, count=3, size_max=3, lots=(1,)):
    """A few books of one side, each with its fees."""
    sign = draw(st.sampled_from([1, -1]))
    found = []
    for _ in range(draw(st.integers(1, count))):
        lot = Decimal(draw(st.sampled_from(lots)))
        levels = draw(sides_of_books(sign, size_max, lot=lot))
        found.append(Pool(levels, draw(rates), sign, lot=lot))
    return found


def cost_of(pool, quantity):
    """Return what taking a quantity costs, by the letter of ``Rate``."""
    amount, left = Fraction(0), Fraction(quantity)
    for level in pool.levels:
        part = min(left, Fraction(level.size))
        amount, left = amount + part * Fraction(level.price), left - part
    rate = pool.rate
    fees = Fraction(rate.per_share) * Fraction(quantity)
    fees += Fraction(rate.basis_points) * amount / 10_000 + Fraction(rate.per_order)
    if rate.minimum is not None:
        fees = max(fees, Fraction(rate.minimum))
    return pool.sign * amount + fees if quantity else Fraction(0)


def total(found, shares):
    return sum(
        (cost_of(pool, share) for pool, share in zip(found, shares, strict=True)), Fraction(0)
    )


def cheapest(found, quantity):
    """Return what the best of all allocations costs that take as much as there is."""
    lot = found[0].lot
    room = [int(sum(level.size for level in pool.levels) / lot) for pool in found]
    wanted = min(int(quantity / lot), sum(room))
    ways = product(*(range(most + 1) for most in room))
    return min(total(found, [lots * lot for lots in each]) for each in ways if sum(each) == wanted)


@given(st.data(), st.sampled_from([1, 10]), st.integers(1, 20), st.booleans())
@settings(max_examples=300, deadline=None, print_blob=True)
def test_a_sweep_is_the_optimum_that_trying_everything_finds(data, lot, lots, has_fees_once):
    """On small books with the same lot at all venues, fees that are due once included."""
    found = data.draw(pools(ONCE if has_fees_once else LINEAR, lots=(lot,)))
    quantity = Decimal(lot * lots)
    shares = allot(found, quantity)
    displayed = sum(pool.displayed for pool in found)
    assert sum(shares) == min(quantity, displayed)
    assert total(found, shares) == cheapest(found, quantity)


@given(pools(ONCE, count=8, size_max=50, lots=(1, 3, 10)), st.integers(1, 500))
@settings(max_examples=300, deadline=None, print_blob=True)
def test_a_sweep_is_never_worse_than_the_best_single_venue(found, count):
    """Where one venue could take all: all of it is placed, and it costs no more than there."""
    quantity = Decimal(count)
    shares = allot(found, quantity)
    assert sum(shares) <= quantity
    assert all(share <= pool.displayed for pool, share in zip(found, shares, strict=True))
    singles = [cost_of(pool, quantity) for pool in found if pool.displayed >= quantity]
    event(f"one could take all: {bool(singles)}")
    if singles:
        assert sum(shares) == quantity
        assert total(found, shares) <= min(singles)


@given(pools(LINEAR, count=8, size_max=50), st.integers(1, 300))
@settings(max_examples=300, deadline=None, print_blob=True)
def test_no_better_price_after_fees_is_left_while_a_worse_one_is_taken(found, count):
    """Nothing displayed is traded through: what was left costs no less than what was taken."""
    shares = allot(found, Decimal(count))
    assume(any(shares))
    worst_taken = max(
        _each_after_fees(pool, taken=share)[-1]
        for pool, share in zip(found, shares, strict=True)
        if share
    )
    for pool, share in zip(found, shares, strict=True):
        if share < pool.displayed:
            left = _each_after_fees(pool, taken=None)[int(share)]
            assert left >= worst_taken


@given(pools(st.just(Rate(per_share=Decimal("0.003"))), count=8, size_max=50), st.integers(1, 300))
@settings(max_examples=200, deadline=None, print_blob=True)
def test_with_the_same_fees_no_better_displayed_price_is_left(found, count):
    """Where no fee decides, no displayed price is traded through."""
    shares = allot(found, Decimal(count))
    sign = found[0].sign
    both = list(zip(found, shares, strict=True))
    taken = [sign * pool.worst(share) for pool, share in both if share]
    left = [sign * _next_price(pool, share) for pool, share in both if share < pool.displayed]
    assert not taken or not left or max(taken) <= min(left)


def _next_price(pool, taken):
    for level in pool.levels:
        if taken < level.size:
            return level.price
        taken -= level.size
    raise AssertionError


def _each_after_fees(pool, taken):
    """Return what each unit costs after fees that are in proportion."""
    rate, found = pool.rate, []
    for level in pool.levels:
        fee = (
            Fraction(rate.per_share) + Fraction(level.price) * Fraction(rate.basis_points) / 10_000
        )
        found += [pool.sign * Fraction(level.price) + fee] * int(level.size)
    return found if taken is None else found[: int(taken)]


@st.composite
def markets(draw):
    """Books of some venues, with fees and least quantities, and a lot of the instrument."""
    books, venues = [], []
    for venue in VENUES[: draw(st.integers(1, 8))]:
        bids, offers = (draw(sides_of_books(sign, 200)) for sign in (-1, 1))
        out = draw(st.sampled_from(["", "", "", "stale for 7 s"]))
        books.append(VenueBook(venue, bids, offers, out=out))
        least = draw(st.sampled_from([None, None, Decimal(50)]))
        fees = (FeeTier(taker=draw(ONCE)),)
        venues.append(VenueTerms(session=venue, fees=fees, quantity_min=least))
    return books, venues, Decimal(draw(st.sampled_from([1, 10, 100])))


@given(
    markets(),
    SIDES,
    st.integers(1, 1500),
    st.one_of(st.just(Decimal(0)), CENTS),
    st.sampled_from([Sweep, Spray]),
    st.sampled_from([None, Decimal(1)]),
    st.sampled_from([None, Decimal(70)]),
)
@settings(max_examples=300, deadline=None, print_blob=True)
def test_no_order_is_exceeded_and_no_child_is_outside_its_limit(
    market, side, quantity, price, strategy, protection, size_max
):
    """Placed is at most the order, and no child trades beyond limit, protection or its book."""
    books, venues, lot = market
    route = strategy(
        id="take",
        venues=tuple(VENUES),
        remainder=Remainder.CANCEL,
        child_size_max=size_max,
    )
    rules = {"protection_percent": protection}
    desk = RoutingDesk(route, venues=venues, rules=rules, lot_size=lot).see(*books)
    decision = desk.decide(terms(quantity, price, side=side))
    assert {leg.venue for leg in decision.legs} == set(VENUES)
    assert sum(leg.quantity for leg in decision.placements) <= quantity
    by_venue = {each.venue: each for each in books}
    for leg in decision.placements:
        assert not by_venue[leg.venue].out
        assert (leg.price - price) * side.sign <= 0 or not price
        around = decision.mid or Decimal(10)
        assert (
            protection is None
            or abs(leg.price - around) <= around / 100
            or ((leg.price - around) * side.sign < 0)
        )
        offered = by_venue[leg.venue].offers if side.sign > 0 else by_venue[leg.venue].bids
        within = sum(each.size for each in offered if (each.price - leg.price) * side.sign <= 0)
        assert leg.quantity <= within
        assert size_max is None or leg.quantity <= size_max
    if decision.placements:
        desk.new(order_terms=terms(quantity, price, side=side))
        assert desk.order().placed_qty <= quantity
