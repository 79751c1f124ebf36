"""What venues have done of a child: executions as booked, and estimates of unknown ones."""

from decimal import Decimal

from msgspec import Struct

_ZERO = Decimal(0)
_STEP = Decimal("0.00000001")
_DIGITS_MAX = 15


class Execution(Struct, frozen=True, gc=False, omit_defaults=True):
    """A fill as booked: our ExecID(17) for it, quantity, price; ``is_of_today`` until the roll."""

    exec_id: str
    quantity: Decimal
    price: Decimal
    is_of_today: bool = True


class Estimate(Struct, frozen=True, gc=False):
    """A fill known from an order status: execution ``exec_id`` stands for unknown executions.

    They have taken the venue's CumQty(14) from ``from_qty`` to ``to_qty``.
    """

    exec_id: str
    from_qty: Decimal
    to_qty: Decimal


class TakenBack(Struct, frozen=True, gc=False):
    """What operators have undone of a venue's executions; below 0, what they have added to them.

    The venue's CumQty(14) may still count it, until it has undone it too. ``value`` is the sum of
    quantity times price.
    """

    quantity: Decimal
    value: Decimal


def average(value: Decimal, quantity: Decimal) -> Decimal:
    """Return the average price of a quantity that cost ``value``; 0 of nothing."""
    if not quantity:
        return _ZERO
    price = value / quantity
    if price.adjusted() > _DIGITS_MAX:
        return price  # a venue has said such sums; none that are traded
    return price.quantize(_STEP).normalize()
