"""What a venue says of direct orders only, as their clients follow whatever it says."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from oms_fix.simulator import terms
from oms_fix.simulator.world.venue_order import VenueOrder

# ExecRestatementReason(378).
_CORPORATE_ACTION, _BROKER_OPTION = 0, 4


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
    if kind == terms.RESTATED:
        tell_of(order, kind, exec_restatement_reason=_restate(order, random))
    elif kind == terms.STOPPED:
        guaranteed = order.terms.price or Decimal(10)
        tell_of(order, kind, ord_status=kind, last_qty=order.leaves_qty, last_px=guaranteed)
    else:
        tell_of(order, kind, ord_status=kind)


def _restate(order: VenueOrder, random: Random) -> int:
    """Give an order another quantity, above or below; return why."""
    if not order.fills and random.random() < 0.5:
        order.quantity *= 2  # two shares for one
        return _CORPORATE_ACTION
    least = int(order.cum_qty) + 1
    order.quantity = Decimal(random.randrange(least, 2 * int(order.quantity) + 1))
    order.status = order.by_quantity
    return _BROKER_OPTION
