"""Reference data: what can be traded, and for whom."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.model.enums import AssetClass


class Instrument(Struct, frozen=True, omit_defaults=True):
    """One tradable instrument.

    ``price`` is the reference price used where an order brings none: in ``currency`` for equities,
    in percent of par for bonds. ``fx_rate`` turns one unit of ``currency`` into base currency.
    ``market`` is the one whose close ends its orders of a day; empty: no order ends by calendar.
    """

    symbol: str
    asset_class: AssetClass
    currency: str
    price: Decimal
    name: str = ""
    security_id: str = ""
    security_id_source: str = ""
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)
    fx_rate: Decimal = Decimal(1)
    market: str = ""

    def notional(self, quantity: Decimal, price: Decimal | None) -> Decimal:
        """Return the value of ``quantity`` at ``price`` (or at reference) in base currency."""
        unit = self.price if price is None else price
        if self.asset_class.price_is_percent:
            unit = unit / 100
        return quantity * unit * self.fx_rate


class Account(Struct, frozen=True, omit_defaults=True):
    """A client account that orders may name in Account(1); ``value`` is in base currency."""

    id: str
    name: str = ""
    value: Decimal | None = None
    clients: tuple[str, ...] = ()
