"""Check ``currency_hedge``: a currency is sold only up to what the account holds in it.

Of instruments that hedge a currency only short positions are hedges: a long one is a bet.
"""

from decimal import Decimal

from oms_fix.core.compliance.figures import position
from oms_fix.core.compliance.rule import NOT_CONCERNED, Measure, Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.exposure import ZERO, Totals, add, multiply
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import CurrencyHedge
from oms_fix.model.reasons import Reasons


def measure(
    _check: CurrencyHedge, subject: Subject, state: State, limit: Decimal
) -> Measure | None:
    """Return what would be sold of the currency, and what of it may be, in base currency."""
    instrument, unit = subject.instrument, subject.unit
    if instrument is None or unit is None or not instrument.hedges:
        return NOT_CONCERNED
    totals = subject.totals
    used, after = (multiply(each, unit) for each in position(totals, subject))
    if subject.is_buy:
        return Measure(max(used, ZERO), max(after, ZERO), ZERO)
    held = _held(state, totals, instrument.hedges)
    others = _sold(state, totals, instrument.hedges, but=instrument.symbol)
    return Measure(add(used, others), add(after, others), held * limit / 100)


def _held(state: State, totals: Totals, currency: str) -> Decimal:
    """Return what the account holds in a currency: its positions in that, long less short."""
    held = ZERO
    for symbol, holding in totals.holdings.items():
        instrument = state.instruments.get(symbol)
        if instrument is not None and not instrument.hedges and instrument.currency == currency:
            held = add(held, multiply(holding.position, holding.unit))
    return max(held, ZERO)


def _sold(state: State, totals: Totals, currency: str, *, but: str) -> Decimal:
    """Return what else is sold of a currency, at most, by other instruments."""
    sold = ZERO
    for symbol, holding in totals.holdings.items():
        instrument = state.instruments.get(symbol)
        if symbol != but and instrument is not None and instrument.hedges == currency:
            sold = add(sold, multiply(max(-holding.shortest, ZERO), holding.unit))
    return sold


RULE = Rule(
    kind=CurrencyHedge,
    reasons=(Reasons.HEDGE_ONLY,),
    source="the client's mandate; UCITS Directive Article 51(3): exposure by derivatives",
    measure=measure,
    unit="percent of the holdings",
    name="hedged",
    in_money=True,
)
