"""The orders that clients of the world think of: of every kind, and now and then impossible."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from msgspec import structs

from oms_fix.simulator import terms
from oms_fix.simulator.client_messages import Ticket
from oms_fix.simulator.world.client_order import ClientOrder
from oms_fix.simulator.world.configuration import (
    ACCOUNTS,
    DIRECT_ACCOUNT,
    QUANTITY_MAX,
    TRADED,
    UNROUTED,
    WORKED_ACCOUNT,
)
from oms_fix.simulator.world.routes import RESTRICTED

_SIDES = ("1", "2", "5")
_ODD_SHARE = 0.06
_STOP_SHARE = 0.15


def ticket_of(
    random: Random, client: str, cl_ord_id: str, on_halt: Sequence[str], *, is_direct: bool
) -> Ticket:
    """Return a new order; now and then one that cannot be taken.

    Args:
        random: of the client.
        client: its name.
        cl_ord_id: the order's.
        on_halt: each ExecInst(18) that it may have.
        is_direct: whether the client has direct access.
    """
    is_odd = random.random() < _ODD_SHARE
    is_market = random.random() < 0.2
    symbol = random.choice(TRADED)
    quantity = random.randrange(1, 60) * random.choice((1, 10, 10))
    if is_odd:
        symbol = random.choice((symbol, RESTRICTED, UNROUTED, "NOSUCH"))
        quantity = random.choice((quantity, 0, QUANTITY_MAX + 1))
    account = DIRECT_ACCOUNT if is_direct else random.choice(ACCOUNTS)
    ticket = Ticket(
        client=client,
        cl_ord_id=cl_ord_id,
        account="NOBODY" if is_odd and random.random() < 0.2 else account,
        symbol=symbol,
        side=random.choice(_SIDES),
        order_qty=Decimal(quantity),
        ord_type=terms.MARKET if is_market else terms.LIMIT,
        price=None if is_market else _price(random),
        time_in_force=random.choice((terms.DAY, terms.DAY, terms.DAY, "1", "3", "4")),
        exec_inst=random.choice(on_halt),
    )
    if random.random() < _STOP_SHARE:
        return _with_stop(random, ticket)
    if not is_market and random.random() < 0.05:
        return structs.replace(ticket, cash_order_qty=Decimal(quantity * 10))
    return ticket


def another(random: Random, order: ClientOrder) -> Ticket:
    """Return what a replace asks for: a limit order, or of a stop order mostly another stop."""
    quantity = max(1, int(order.quantity) + random.randrange(-100, 101))
    ticket = structs.replace(
        order.ticket,
        cl_ord_id=order.cl_ord_id,
        order_qty=Decimal(quantity),
        ord_type=terms.LIMIT,
        price=_price(random),
        cash_order_qty=None,
        stop_px=None,
    )
    is_stop = order.ticket.stop_px is not None and random.random() < 0.7
    return _with_stop(random, ticket) if is_stop else ticket


def _with_stop(random: Random, ticket: Ticket) -> Ticket:
    """Return an order as stop or stop limit order, more often above the market to buy."""
    least = 990 if ticket.side == terms.BUY else 870
    is_worked = ticket.account == DIRECT_ACCOUNT
    return structs.replace(
        ticket,
        account=WORKED_ACCOUNT if is_worked else ticket.account,
        ord_type=terms.STOP if ticket.price is None else terms.STOP_LIMIT,
        stop_px=Decimal(random.randrange(least, least + 140)) / 100,
    )


def _price(random: Random) -> Decimal:
    return Decimal(random.randrange(900, 1100)) / 100
