"""What a venue says of direct orders only, as their clients follow whatever it says."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from oms_fix.simulator import terms
from oms_fix.simulator.world.venue_order import VenueOrder

# ExecRestatementReason(378).
_CORPORATE_ACTION, _BROKER_OPTION = 0, 4
_TWO_FOR_ONE, _ONE_FOR_TWO = Decimal(2), Decimal("0.5")


def take_a_liberty(order: VenueOrder, random: Random, tell_of: Callable[..., None]) -> None:
    """Stop an open order, suspend it, be done with it for today, calculate or restate it.

    Args:
        order: open.
        random: of its venue.
        tell_of: reports of an order what an ExecType(150) says.
    """
    kinds = [terms.STOPPED, terms.SUSPENDED, terms.CALCULATED, terms.RESTATED]
    if order.lasts:
        kinds.append(terms.DONE_FOR_DAY)
    kind = random.choice(kinds)
    if kind == terms.RESTATED and random.random() < 0.5:
        split(order, random, tell_of)
    elif kind == terms.RESTATED:
        _restate(order, random)
        tell_of(order, kind, exec_restatement_reason=_BROKER_OPTION)
    elif kind == terms.STOPPED:
        guaranteed = order.terms.price or Decimal(10)
        tell_of(order, kind, ord_status=kind, last_qty=order.leaves_qty, last_px=guaranteed)
    else:
        tell_of(order, kind, ord_status=kind)


def split(order: VenueOrder, random: Random, tell_of: Callable[..., None]) -> None:
    """Give two shares for one, or one for two where that leaves whole ones."""
    is_even = not any(each % 2 for each in (order.quantity, *(f.quantity for f in order.fills)))
    order.in_units(_ONE_FOR_TWO if is_even and random.random() < 0.5 else _TWO_FOR_ONE)
    price = order.terms.price
    tell_of(order, terms.RESTATED, exec_restatement_reason=_CORPORATE_ACTION, price=price)


def _restate(order: VenueOrder, random: Random) -> None:
    """Give an order another quantity, above or below."""
    least = int(order.cum_qty) + 1
    order.quantity = Decimal(random.randrange(least, 2 * int(order.quantity) + 1))
    order.status = order.by_quantity
