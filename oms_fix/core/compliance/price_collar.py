"""Check ``price_collar``: the price is not too far beyond the reference.

Only the wrong side counts: a buy far below the market harms nobody. An order without a price has
none to compare. Where there is no reference at all the order violates the check.
"""

from decimal import Decimal

from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO
from oms_fix.core.orders.state import State
from oms_fix.core.orders.worth import binding_price
from oms_fix.model.enums import PriceReference
from oms_fix.model.order_checks import PriceCollar
from oms_fix.model.reasons import Reasons

_LAST, _MID = PriceReference.LAST, PriceReference.MID


def measure(check: PriceCollar, subject: Subject, state: State, limit: Decimal) -> Measure | None:
    """Return how far the worst of the order's prices is beyond the reference."""
    terms = subject.terms
    price, stop_px = binding_price(terms), terms.stop_px
    if price is None and stop_px is None:
        return NOT_CONCERNED
    reference = _reference(check, subject, state)
    if reference is None or subject.instrument is None:
        return None
    worst = price if stop_px is None else _worst(price, stop_px, is_buy=subject.is_buy)
    assert worst is not None, "it has a price"
    beyond = worst - reference if subject.is_buy else reference - worst
    if beyond <= ZERO < reference:
        return Measure(ZERO, ZERO, limit)
    unit = subject.instrument.tick_size if check.in_ticks else reference / 100
    return Measure(ZERO, max(beyond / unit, ZERO), limit)


def _worst(price: Decimal | None, stop_px: Decimal, *, is_buy: bool) -> Decimal:
    if price is None:
        return stop_px
    return max(price, stop_px) if is_buy else min(price, stop_px)


def _reference(check: PriceCollar, subject: Subject, state: State) -> Decimal | None:
    """Return the first reference there is; none is 0, since a price is above that."""
    symbol, instrument = subject.terms.symbol, subject.instrument
    for each in check.references:
        if each is _LAST:
            found = state.last_prices.get(symbol)
        elif each is _MID:
            found = state.mid_price(symbol)
        else:
            found = None if instrument is None else instrument.price
        if found:
            return found
    return None


RULE = Rule(
    kind=PriceCollar,
    reasons=(Reasons.PRICE_COLLAR,),
    source="SEC Rule 15c3-5(c)(1)(ii); RTS 6 Article 15(1)(a): price collars",
    measure=measure,
    unit="percent of the reference, or ticks",
    name="distance",
)
