"""What an account has traded of an instrument."""

from decimal import Decimal

from msgspec import Struct

from oms_fix.model.enums import Side
from oms_fix.model.instruments import EXACT

ZERO = Decimal(0)


class Position(Struct, gc=False, omit_defaults=True):
    """Running totals of one account in one instrument; values are quantity times price."""

    bought_qty: Decimal = ZERO
    sold_qty: Decimal = ZERO
    bought_value: Decimal = ZERO
    sold_value: Decimal = ZERO

    @property
    def quantity(self) -> Decimal:
        """The net position; negative when short."""
        return EXACT.subtract(self.bought_qty, self.sold_qty)

    def book(self, side: Side, quantity: Decimal, price: Decimal) -> None:
        """Count an execution in; with a negative quantity, count it out again."""
        if side.sign > 0:
            self.bought_qty = EXACT.add(self.bought_qty, quantity)
            self.bought_value += quantity * price
        else:
            self.sold_qty = EXACT.add(self.sold_qty, quantity)
            self.sold_value += quantity * price
