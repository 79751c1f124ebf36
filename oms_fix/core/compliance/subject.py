"""What a check looks at: an order or a replace of one, as it would be after it."""

from decimal import Decimal

from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.exposure import ZERO, Open, Totals
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.worth import worth
from oms_fix.model.instruments import Instrument
from oms_fix.model.orders import OrderTerms

_NOTHING = Open(ZERO, ZERO, None)
_NO_TOTALS = Totals()


class Subject(ConditionSubject, frozen=True, kw_only=True):
    """An order, or a replace, that is to be judged.

    Attributes:
        order: the order as we have it; None if it is not captured yet.
        open_qty: what would be open of it.
        open_value: what that may come to in base currency; None if nobody knows.
        own: what is open of it already, and is part of all totals.
        let_go: what of ``own`` nobody holds any more, where that is not all of it; else None.
        again: it was held, and is looked at again.
        is_buy: whether it adds to the position.
        unit: the value of one unit at the reference price; None if nobody knows.
        totals: of its account; so ``group_totals``, None without a group, and ``firm_totals``.
    """

    order: Order | None = None
    open_qty: Decimal = ZERO
    open_value: Decimal | None = None
    own: Open = _NOTHING
    let_go: Open | None = None
    again: bool = False
    is_buy: bool = True
    unit: Decimal | None = None
    totals: Totals
    group_totals: Totals | None = None
    firm_totals: Totals


def subject_of(
    state: State,
    session: str,
    cl_ord_id: str,
    terms: OrderTerms,
    now: int,
    order: Order | None = None,
    *,
    again: bool = False,
) -> Subject:
    """Return what checks look at."""
    exposure = state.exposure
    instrument, account = (
        state.instruments.get(terms.symbol),
        state.accounts.get(terms.account or ""),
    )
    quantity, own, let_go = terms.order_qty, _NOTHING, None
    if order is not None:
        if order.under_review is not None:
            let_go = _let_go(instrument, order)
        own = exposure.open.get(order.order_id, _NOTHING)
        if order.cum_qty:
            quantity = max(quantity - order.cum_qty, ZERO)
    notional = value = None
    if instrument is not None:
        notional = value = worth(instrument, terms, terms.order_qty)
        if quantity is not terms.order_qty:
            value = worth(instrument, terms, quantity)
    group = None if account is None or not account.group else account.group
    return Subject(
        terms=terms,
        client=session,
        instrument=instrument,
        account=account,
        notional=notional,
        cl_ord_id=cl_ord_id,
        now=now,
        surroundings=state,
        order=order,
        open_qty=quantity,
        open_value=value,
        own=own,
        let_go=let_go,
        again=again,
        is_buy=terms.side.sign > 0,
        unit=state.units.get(terms.symbol),
        totals=exposure.accounts.get(terms.account or "", _NO_TOTALS),
        group_totals=None if group is None else exposure.groups.get(group, _NO_TOTALS),
        firm_totals=exposure.firm,
    )


def _let_go(instrument: Instrument | None, order: Order) -> Open:
    """Return what is open of an order of which something is held, without what is held."""
    if order.review is not None:
        return _NOTHING
    quantity = max(order.leaves_qty, order.placed_qty)
    value = ZERO if instrument is None else worth(instrument, order.terms, quantity)
    return Open(quantity, value, None)
