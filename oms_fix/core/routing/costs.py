"""What an order is expected to cost, in basis points; positive is what it loses.

Costs are counted from the mid, as implementation shortfall is: what is paid above it (or got below
it), fees, and the impact of the whole order. See spec/routing_costs.md.
"""

from collections.abc import Collection, Iterable
from decimal import Context, Decimal

from oms_fix.core.orders.order import ZERO
from oms_fix.core.routing.fees import BASIS_POINTS
from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Instrument
from oms_fix.model.routes import ImpactTerms
from oms_fix.model.routing import RouteLeg

_ROOT = Context(prec=28)
_WIDE = Context(prec=400)  # for what the prices of a feed that lies come to
_CENT = Decimal("0.01")
_ALL = "*"


def against_mid(cost: Decimal, quantity: Decimal, mid: Decimal, sign: int) -> Decimal:
    """Return what a cost (below 0 for a sale) in units of price is against the mid, unrounded."""
    fair = mid * quantity
    return (cost - fair if sign > 0 else cost + fair) * BASIS_POINTS / fair


def rounded(basis_points: Decimal) -> Decimal:
    """Return basis points as they are told."""
    return basis_points.quantize(_CENT, context=_WIDE)


def impact(
    terms: Collection[ImpactTerms], instrument: Instrument | None, quantity: Decimal
) -> Decimal | None:
    """Return the impact of a quantity in basis points; None where it is not known."""
    if not terms:
        return None
    volume = None if instrument is None else instrument.average_daily_volume
    if instrument is None or not volume:
        return None
    found = _coefficient(terms, instrument.asset_class)
    if found is None:
        return None
    return rounded(found * _ROOT.sqrt(_ROOT.divide(quantity, volume)))


def _coefficient(terms: Iterable[ImpactTerms], asset_class: AssetClass) -> Decimal | None:
    for wanted in (asset_class, _ALL):
        for each in terms:
            if each.asset_class == wanted:
                return each.coefficient_bp
    return None


def weighted(legs: Iterable[RouteLeg]) -> Decimal | None:
    """Return the cost of all that is placed, by quantity; None where that of a part is unknown."""
    total, quantity = ZERO, ZERO
    for leg in legs:
        if leg.quantity:
            if leg.cost_bp is None:
                return None
            total += leg.quantity * leg.cost_bp
            quantity += leg.quantity
    return rounded(total / quantity) if quantity else None
