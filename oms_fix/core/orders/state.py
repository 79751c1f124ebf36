"""What the core knows: orders, children, positions, rules, reference data, sessions.

Only ``core.apply`` changes it, event by event, so that folding the stored events gives it back.
"""

from datetime import time
from decimal import Decimal

from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.asked import Reconciliation
from oms_fix.core.orders.books import best_bid, best_offer, most_open, spread_bp
from oms_fix.core.orders.compiled import Applies, CompiledCheck
from oms_fix.core.orders.exposure import Exposure, Kept, Today
from oms_fix.core.orders.order import Child, Order
from oms_fix.core.orders.position import Position
from oms_fix.core.orders.venue_record import Deadlines, VenueRecord
from oms_fix.core.orders.worth import worth
from oms_fix.model.circumstances import ClientAwaited, QuoteTold, TradingStateChanged
from oms_fix.model.conduct_checks import OrderRate
from oms_fix.model.enums import HeldStop, TradingScope
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.market_data import MarketStatus, VenueBook
from oms_fix.model.markets import Market, time_of_day
from oms_fix.model.orders import OrderTerms, OtherField, needs_agreement
from oms_fix.model.routes import Route
from oms_fix.model.rules import Rules
from oms_fix.model.venues import VenueTerms


class State:
    """All that the core decides from."""

    def __init__(self) -> None:
        self.id_prefix = ""
        self.orders_count = 0
        self.executions_count = 0
        self.orders: dict[str, Order] = {}
        self.orders_by_cl_ord_id: dict[tuple[str, str], Order] = {}
        self.first_users_of_cl_ord_id: dict[str, Order] = {}
        self.children: dict[str, Child] = {}  # by every ClOrdID(11) that they ever had
        self.phoned: dict[tuple[str, str], Child] = {}
        self.ended_before: set[str] = set()  # over when the last trading day ended, OrderIDs
        self.positions: dict[tuple[str, str], Position] = {}
        self.exposure = Exposure()
        self.totals_kept = Kept()  # for the checks in force
        self.today = Today()
        self.sessions_logged_on: set[str] = set()
        self.clients_awaited: dict[str, ClientAwaited] = {}  # lest their orders be canceled
        self.trading_states: dict[tuple[TradingScope, str], TradingStateChanged] = {}  # in force
        self.last_prices: dict[str, Decimal] = {}  # of this trading day, by symbol
        self.quotes: dict[str, QuoteTold] = {}  # of this trading day, by symbol
        self.books: dict[str, dict[str, VenueBook]] = {}  # as seen last, by symbol and venue
        self.volumes: dict[str, Decimal] = {}  # traded on this day, as seen last, by symbol
        self.venue_volumes: dict[str, Decimal] = {}  # filled for us today, units
        self.past_volumes: list[dict[str, Decimal]] = []  # the same of some earlier days
        self.held_stops: dict[str, dict[str, Order]] = {}  # open ones, by symbol and OrderID
        self.loss_sessions: set[str] = set()  # that ever asked for it by ExecInst(18) o
        self.sessions_disabled: set[str] = set()
        self.templates_by_session: dict[str, str] = {}  # names, of both
        self.not_accepting: str | None = None  # why nothing new is taken; None: it is
        self.unsettled_children: dict[str, Child] = {}
        self.reconciliations: dict[str, Reconciliation] = {}  # under way, by venue
        self.last_reconciliations: dict[str, Reconciliation] = {}
        self.mass_requests_count = 0
        self.rules = Rules(version="")
        self.checks: list[CompiledCheck] = []
        self.watched: set[type] = set()  # the kinds of checks that need what ``Today`` remembers
        self.rate_checks: dict[str, OrderRate] = {}
        self.duplicate_seconds = 0  # how long orders are remembered for those that are alike
        self.routes: list[tuple[Route, Applies]] = []
        self.routes_by_id: dict[str, Route] = {}
        self.venues: dict[str, VenueTerms] = {}  # those that are described, by name
        self.venue_records: dict[str, VenueRecord] = {}  # of those that are described
        self.child_deadlines: dict[str, Deadlines] = {}  # of those that are watched, by child_id
        self.reference_version = ""
        self.instruments: dict[str, Instrument] = {}
        self.units: dict[str, Decimal] = {}  # what one is worth at reference, by symbol
        self.accounts: dict[str, Account] = {}
        self.markets: dict[str, Market] = {}
        self.closed_on: dict[str, str] = {}  # the last trading day that is over, by market
        self.reviews: dict[str, Order] = {}  # orders of which something is held, by OrderID
        self.reviews_count = 0
        self.expiries: dict[str, int] = {}  # ExpireTime(126) of open orders that we end, by OrderID

    def route(self, route_id: str) -> Route | None:
        """Return a route by its id, None if it is none of those in force."""
        return self.routes_by_id.get(route_id)

    def keep_stop(self, order: Order) -> None:
        """Keep a stop order where the prices of its instrument find it, as long as it is held."""
        of_symbol = self.held_stops.setdefault(order.terms.symbol, {})
        if order.stop is HeldStop.HELD and order.is_open:
            of_symbol[order.order_id] = order
        else:
            of_symbol.pop(order.order_id, None)
        if not of_symbol:
            del self.held_stops[order.terms.symbol]

    def keep_review(self, order: Order) -> None:
        """Keep an order where it is found as long as something of it is held for review."""
        if order.under_review is None:
            self.reviews.pop(order.order_id, None)
        else:
            self.reviews[order.order_id] = order

    def held_for_review(self) -> list[Order]:
        """Return the orders of which something is held for review, the oldest first."""
        return sorted(self.reviews.values(), key=_age)

    def stops_in(self, symbol: str) -> list[Order]:
        """Return the stop orders in an instrument that are held, the oldest first."""
        return sorted(self.held_stops.get(symbol, {}).values(), key=_age)

    def next_review_id(self, order: Order) -> str:
        """Return the name of the next review; it begins with the order that it is about."""
        return f"{order.order_id}/{self.reviews_count + 1}"

    def next_order_id(self) -> str:
        """Return the OrderID(37) of the next order; unique over the store's life."""
        return f"{self.id_prefix}-{self.orders_count + 1}"

    def next_exec_id(self) -> str:
        """Return the ExecID(17) of the next report."""
        return f"{self.id_prefix}-E{self.executions_count + 1}"

    def child_at(self, venue: str, cl_ord_id: str) -> Child | None:
        """Return the child at a venue that ever had a ClOrdID(11); they are ours, and unique."""
        child = self.children.get(cl_ord_id)
        return child if child is not None and child.venue == venue else None

    def keep_unsettled(self, child: Child) -> None:
        """Keep a child of which something is expected where it is soon found, and no other."""
        if child.is_settled:
            self.unsettled_children.pop(child.child_id, None)
        else:
            self.unsettled_children[child.child_id] = child

    def unsettled_at(self, venue: str) -> list[str]:
        """Return the children of which something is expected of a venue, the oldest first."""
        found = [key for key, child in self.unsettled_children.items() if child.venue == venue]
        # The order of the dictionary is not that of a state from a snapshot.
        return sorted(found, key=lambda child_id: (len(child_id), child_id))

    def next_mass_request_id(self) -> str:
        """Return the MassStatusReqID(584) of the next OrderMassStatusRequest(AF)."""
        return f"{self.id_prefix}-S{self.mass_requests_count + 1}"

    def mid_price(self, symbol: str) -> Decimal | None:
        """Return the price half-way between the best bid and offer, or None.

        Of the venues' books where both sides are known, else of what operators have told.
        """
        books = self.books.get(symbol)
        if books is not None:
            bid, offer = best_bid(books.values()), best_offer(books.values())
            if bid is not None and offer is not None:
                return (bid + offer) / 2
        quote = self.quotes.get(symbol)
        return None if quote is None else (quote.bid + quote.offer) / 2

    def spread_bp(self, symbol: str) -> Decimal | None:
        """Return best offer less best bid of the venues' books, in basis points, or None."""
        return spread_bp(self.books.get(symbol, {}).values())

    def market_status(self, symbol: str) -> MarketStatus | None:
        """Return the state of the venue that is the most open one for an instrument, or None."""
        return most_open(self.books.get(symbol, {}).values())

    def time_of_day(self, symbol: str, now: int) -> time:
        """Return what the clock of an instrument's market says; without a market that of UTC."""
        instrument = self.instruments.get(symbol)
        market = None if instrument is None else self.markets.get(instrument.market)
        return time_of_day(now, "UTC" if market is None else market.time_zone)

    def market_of(self, terms: OrderTerms) -> Market | None:
        """Return the market whose calendar an order goes by, or None."""
        instrument = self.instruments.get(terms.symbol)
        return None if instrument is None else self.markets.get(instrument.market)

    def agreed_fields(self, session: str, others: tuple[OtherField, ...]) -> tuple[OtherField, ...]:
        """Return what of other fields goes on to the venues or, if they said it, back."""
        agreed = self.rules.passed_through(session)
        return tuple(one for one in others if one.tag in agreed or not needs_agreement(one.tag))

    def subject(
        self, session: str, cl_ord_id: str, terms: OrderTerms, now: int = 0
    ) -> ConditionSubject:
        """Return what the conditions of routes look at; ``now`` is what they take the time from."""
        instrument = self.instruments.get(terms.symbol)
        return ConditionSubject(
            terms=terms,
            client=session,
            instrument=instrument,
            account=self.accounts.get(terms.account or ""),
            notional=None if instrument is None else worth(instrument, terms, terms.order_qty),
            cl_ord_id=cl_ord_id,
            now=now,
            surroundings=self,
        )


def _age(order: Order) -> tuple[int, str]:
    """Return what puts orders into the order in which they came.

    That of a dictionary need not be what it is in a state from a snapshot.
    """
    return len(order.order_id), order.order_id
