"""The state as one value that can be written down, and back again.

It is an image and the orders, each with its children, the first that came in first. Both have
nothing but what cannot be worked out: the dictionaries that find an order or a child by one of its
identifiers are made again, as are compiled rules. An image shares what the state has: it is to be
encoded before the state changes.
"""

from collections.abc import Iterable
from decimal import Decimal
from sys import intern

from msgspec import Struct, field, structs

from oms_fix.core import apply_health, totals
from oms_fix.core.apply import apply
from oms_fix.core.orders.asked import Reconciliation
from oms_fix.core.orders.exposure import Today
from oms_fix.core.orders.order import ZERO, Child, Order
from oms_fix.core.orders.position import Position
from oms_fix.core.orders.sharing import kept, kept_terms, lean, shared
from oms_fix.core.orders.state import State
from oms_fix.core.orders.venue_record import Deadlines, VenueRecord
from oms_fix.model.circumstances import ClientAwaited, QuoteTold, TradingStateChanged
from oms_fix.model.earlier import InstrumentHalted
from oms_fix.model.events import RulesLoaded
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.market_data import VenueBook
from oms_fix.model.markets import Market
from oms_fix.model.rules import Rules

_BY_NAME = (
    "id_prefix",
    "orders_count",
    "executions_count",
    "ended_before",
    "sessions_logged_on",
    "clients_awaited",
    "loss_sessions",
    "last_prices",
    "quotes",
    "books",
    "volumes",
    "venue_volumes",
    "past_volumes",
    "sessions_disabled",
    "templates_by_session",
    "not_accepting",
    "reconciliations",
    "last_reconciliations",
    "mass_requests_count",
    "venue_records",
    "child_deadlines",
    "rules",
    "reference_version",
    "instruments",
    "accounts",
    "markets",
    "closed_on",
    "expiries",
    "today",
    "reviews_count",
)
"""What an image has as the state has it, under the same name."""

_COMPILED = frozenset(
    {
        "checks",
        "routes",
        "routes_by_id",
        "venues",
        "rate_checks",
        "watched",
        "duplicate_seconds",
        "totals_kept",
        "units",
    }
)


class StateImage(Struct, omit_defaults=True):
    """All that a state is made of but the orders.

    Attributes:
        cl_ord_ids: (session, ClOrdID, OrderID) of further identifiers that an order is known by.
        first_users: (ClOrdID, OrderID) where it is none of an order that opened with this ClOrdID.
        child_cl_ord_ids: (venue, ClOrdID, ClOrdID of the child) of requests about children.
        positions: (account, symbol, position).
        trading_states: in force, in the order in which they were set.
        halts: read from images of earlier versions, which knew halts of instruments alone.
    """

    id_prefix: str
    orders_count: int
    executions_count: int
    ended_before: set[str]
    sessions_logged_on: set[str]
    sessions_disabled: set[str]
    templates_by_session: dict[str, str]
    not_accepting: str | None
    rules: Rules
    reference_version: str
    instruments: dict[str, Instrument]
    accounts: dict[str, Account]
    reconciliations: dict[str, Reconciliation]
    last_reconciliations: dict[str, Reconciliation]
    mass_requests_count: int
    markets: dict[str, Market] = field(default_factory=dict)
    closed_on: dict[str, str] = field(default_factory=dict)
    expiries: dict[str, int] = field(default_factory=dict)
    today: Today = field(default_factory=Today)
    reviews_count: int = 0
    clients_awaited: dict[str, ClientAwaited] = field(default_factory=dict)
    loss_sessions: set[str] = field(default_factory=set)
    trading_states: list[TradingStateChanged] = field(default_factory=list)
    halts: dict[str, InstrumentHalted] = field(default_factory=dict)
    last_prices: dict[str, Decimal] = field(default_factory=dict)
    quotes: dict[str, QuoteTold] = field(default_factory=dict)
    books: dict[str, dict[str, VenueBook]] = field(default_factory=dict)
    volumes: dict[str, Decimal] = field(default_factory=dict)
    venue_volumes: dict[str, Decimal] = field(default_factory=dict)
    past_volumes: list[dict[str, Decimal]] = field(default_factory=list)
    venue_records: dict[str, VenueRecord] = field(default_factory=dict)
    child_deadlines: dict[str, Deadlines] = field(default_factory=dict)
    cl_ord_ids: list[tuple[str, str, str]] = field(default_factory=list)
    first_users: list[tuple[str, str]] = field(default_factory=list)
    child_cl_ord_ids: list[tuple[str, str, str]] = field(default_factory=list)
    positions: list[tuple[str, str, Position]] = field(default_factory=list)


def image_of(state: State) -> StateImage:
    """Return the image of a state."""
    first_users = _first_users(state.orders.values())
    return StateImage(
        **{name: getattr(state, name) for name in _BY_NAME},
        trading_states=list(state.trading_states.values()),
        cl_ord_ids=[
            (session, cl_ord_id, order.order_id)
            for (session, cl_ord_id), order in state.orders_by_cl_ord_id.items()
            if (session, cl_ord_id) != (order.session, order.first_cl_ord_id)
        ],
        first_users=[
            (cl_ord_id, order.order_id)
            for cl_ord_id, order in state.first_users_of_cl_ord_id.items()
            if first_users.get(cl_ord_id) is not order
        ],
        child_cl_ord_ids=[
            (child.venue, cl_ord_id, child.child_id)
            for cl_ord_id, child in state.children.items()
            if cl_ord_id != child.child_id
        ],
        positions=[(*key, position) for key, position in state.positions.items()],
    )


def state_of(image: StateImage, orders: Iterable[Order]) -> State:
    """Return the state that an image was taken of and that had these orders."""
    state = State()
    apply(state, RulesLoaded(image.rules, operator=""))
    for name in _BY_NAME:
        setattr(state, name, getattr(image, name))
    earlier = [halted.as_trading_state() for halted in image.halts.values()]
    state.trading_states = {
        (each.scope, each.name): each for each in image.trading_states + earlier
    }
    for order in orders:
        _take_in(state, order)
    state.first_users_of_cl_ord_id = _first_users(state.orders.values())
    for cl_ord_id, order_id in image.first_users:
        state.first_users_of_cl_ord_id[cl_ord_id] = state.orders[order_id]
    for session, cl_ord_id, order_id in image.cl_ord_ids:
        state.orders_by_cl_ord_id[intern(session), cl_ord_id] = state.orders[order_id]
    for _, cl_ord_id, child_id in image.child_cl_ord_ids:
        state.children[cl_ord_id] = state.children[child_id]
    for account, symbol, position in image.positions:
        state.positions[account, symbol] = position
    apply_health.keep_described(state)  # an image of an earlier version has none
    totals.rebuild(state)
    return state


def difference(known: State, other: State) -> str | None:
    """Return the name of something that two states do not have alike; None if they are equal.

    Compiled rules are not compared, they are what the rules make them.
    """
    mine, theirs = vars(known), vars(other)
    names = (name for name in mine if name not in _COMPILED)
    return next((name for name in names if mine[name] != theirs[name]), None)


def _first_users(orders: Iterable[Order]) -> dict[str, Order]:
    found: dict[str, Order] = {}
    for order in orders:
        if order.first_cl_ord_id:  # else it was given by phone
            found.setdefault(order.first_cl_ord_id, order)
    return found


def _take_in(state: State, order: Order) -> None:
    order.session = intern(order.session)
    order.cl_ord_id = kept(order.first_cl_ord_id, order.cl_ord_id)
    order.terms = lean(order.terms)
    order.cum_qty = shared(order.cum_qty or ZERO)
    order.route_id, order.desk = intern(order.route_id), intern(order.desk)
    state.orders[order.order_id] = order
    if order.stop is not None:
        state.keep_stop(order)
    if order.under_review is not None:
        state.keep_review(order)
    if order.first_cl_ord_id:
        state.orders_by_cl_ord_id[order.session, order.first_cl_ord_id] = order
    for child in order.children:
        _take_child_in(state, order, child)


def _take_child_in(state: State, order: Order, child: Child) -> None:
    child.order_id = order.order_id
    child.venue = intern(child.venue)
    child.cl_ord_id = kept(child.child_id, child.cl_ord_id)
    child.terms = kept_terms(order.terms, child.terms)
    child.cum_qty = shared(child.cum_qty or ZERO)
    exec_ids, child.exec_ids = child.exec_ids, ()
    child.remember(*exec_ids)
    for done in child.executions.values():
        structs.force_setattr(done, "quantity", shared(done.quantity))
        structs.force_setattr(done, "price", shared(done.price))
    state.children[child.child_id] = child
    if not child.is_settled:
        state.unsettled_children[child.child_id] = child
    if not order.first_cl_ord_id:
        state.phoned[child.venue, child.venue_order_id or ""] = child
