"""What would be done with an order at some moment of a store, under its rules or others.

The core decides on it as it would have then, on a state that is folded for this and thrown away.
"""

from pathlib import Path

from msgspec import Struct, structs

from oms_fix.core.apply import apply
from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.journal.moment import state_at
from oms_fix.model.commands import NewOrderSingle
from oms_fix.model.events import Event, ReferenceDataLoaded, RulesLoaded
from oms_fix.model.market_data import VenueBook
from oms_fix.model.rules import ReferenceData, Rules


class Explanation(Struct, frozen=True):
    """What would be done with an order.

    Attributes:
        at: as of when, nanoseconds since 1970 UTC.
        rules, reference_data: the versions of what decides.
        books: of the order's instrument, as they were seen last.
        events: all that the core decides on it.
        is_known: its ClOrdID(11) was used by then; it is looked at as if it were another.
    """

    at: int
    rules: str
    reference_data: str
    books: tuple[VenueBook, ...]
    events: tuple[Event, ...]
    is_known: bool


def explain(
    path: Path,
    order: NewOrderSingle,
    at: int | None = None,
    others: tuple[Rules, ReferenceData] | None = None,
) -> Explanation:
    """Return what would be done with an order.

    Args:
        path: the store's file, or that of a day.
        order: as the client sends it.
        at: as of when; None: after all that is stored.
        others: the rules and reference data to decide by, in place of those of then.

    Raises:
        StoreError: the store cannot be read, or has nothing of then.
    """
    state, now = state_at(path, at)
    if others is not None:
        rules, reference = others
        apply(state, RulesLoaded(rules, operator=""))
        apply(state, ReferenceDataLoaded(reference, operator=""))
    is_known = (order.session, order.cl_ord_id) in state.orders_by_cl_ord_id
    if is_known:
        order = structs.replace(order, cl_ord_id=_unused(state, order), poss_resend=False)
    of_symbol = state.books.get(order.terms.symbol, {})
    books = tuple(of_symbol[venue] for venue in sorted(of_symbol))
    events = tuple(handle(state, order, now))
    return Explanation(now, state.rules.version, state.reference_version, books, events, is_known)


def _unused(state: State, order: NewOrderSingle) -> str:
    """Return a ClOrdID(11) that nobody has used."""
    cl_ord_id = order.cl_ord_id
    while cl_ord_id in state.first_users_of_cl_ord_id or (
        (order.session, cl_ord_id) in state.orders_by_cl_ord_id
    ):
        cl_ord_id += "+"
    return cl_ord_id
