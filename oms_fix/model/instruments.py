"""Reference data: what can be traded, and for whom."""

from decimal import Context, Decimal

from msgspec import Struct

from oms_fix.model.enums import AccountStatus, AssetClass, InstrumentStatus, Rating

EXACT = Context(prec=200)
"""Products of a quantity, a price and a rate, and sums of such, have fewer digits than this."""
_ONE = Decimal(1)


class Instrument(Struct, frozen=True, omit_defaults=True):
    """One tradable instrument.

    ``price`` is the reference price used where an order brings none, the previous close: in
    ``currency`` for equities, in percent of par for bonds. ``fx_rate`` turns one unit of
    ``currency`` into base currency, ``multiplier`` is what one contract of a derivative is of.
    ``market`` is the one whose close ends its orders of a day; empty: no order ends by calendar.

    ``outstanding`` is how much of the issue there is, ``average_daily_volume`` what is traded of it
    on a day. ``hedges`` is the currency that an FX instrument sells or buys. Of short sales:
    ``easy_to_borrow``, ``threshold`` (Regulation SHO Rule 203(c)(6)), ``uptick`` (the price test of
    Rule 201 is in force).
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
    multiplier: Decimal = Decimal(1)
    issuer: str = ""
    sector: str = ""
    country: str = ""
    rating: Rating | None = None
    maturity: str = ""
    outstanding: Decimal | None = None
    average_daily_volume: Decimal | None = None
    status: InstrumentStatus = InstrumentStatus.ACTIVE
    easy_to_borrow: bool = False
    threshold: bool = False
    uptick: bool = False
    hedges: str = ""

    def unit(self, price: Decimal | None = None) -> Decimal:
        """Return the value of one unit at ``price`` (or at reference) in base currency, exactly."""
        return self.notional(_ONE, price)

    def notional(self, quantity: Decimal, price: Decimal | None) -> Decimal:
        """Return the value of ``quantity`` at ``price`` (or at reference) in base currency."""
        value = EXACT.multiply(quantity, self.price if price is None else price)
        if self.multiplier != _ONE:
            value = EXACT.multiply(value, self.multiplier)
        if self.fx_rate != _ONE:
            value = EXACT.multiply(value, self.fx_rate)
        return value.scaleb(-2, EXACT) if self.asset_class.price_is_percent else value


class Account(Struct, frozen=True, omit_defaults=True):
    """A client account that orders may name in Account(1).

    ``value`` and ``cash``, that at the start of the trading day, are in base currency. Limits can
    be those of its ``group``, ``desk`` or ``strategy``.
    """

    id: str
    name: str = ""
    value: Decimal | None = None
    clients: tuple[str, ...] = ()
    group: str = ""
    desk: str = ""
    strategy: str = ""
    cash: Decimal | None = None
    status: AccountStatus = AccountStatus.OPEN
