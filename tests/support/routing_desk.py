"""A desk that routes by books: venues with fees, and what they display, in few words."""

from decimal import Decimal

from desk import CLIENT, NOW, Desk
from msgspec import structs

from oms_fix.core.routing.decide import decide
from oms_fix.model import commands as cmd
from oms_fix.model.enums import AssetClass
from oms_fix.model.events import ChildPlaced
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.market_data import Level, SeeMarket, VenueBook
from oms_fix.model.routing import OrderRouted
from oms_fix.model.rules import ReferenceData, Rules
from oms_fix.model.venues import FeeTier, Rate, VenueTerms


def D(number):  # noqa: N802  # short, as there are many of them
    return Decimal(str(number))


def levels(text):
    """Return levels from ``"100@10.01 200@10.02"``."""
    return tuple(
        Level(D(price), D(size)) for size, price in (each.split("@") for each in text.split())
    )


def book(venue, offers="", bids="", **more):
    return VenueBook(venue, levels(bids), levels(offers), **more)


def taker(venue, per_share=0, **more):
    """Return the terms of a venue that takes a fee of so much for each share taken."""
    terms = {name: more.pop(name) for name in list(more) if name in VenueTerms.__struct_fields__}
    rate = Rate(per_share=D(per_share), **{name: D(value) for name, value in more.items()})
    return VenueTerms(session=venue, fees=(FeeTier(taker=rate),), **terms)


class RoutingDesk(Desk):
    """A core with one instrument, the given routes and terms of venues, and books as they are set.

    The instrument has a previous close of 10 and no round lot unless said otherwise.
    """

    def __init__(self, *routes, venues=(), logged_on="ABCDEFGHIJ", rules=None, **instrument):
        super().__init__()
        acme = Instrument("ACME", AssetClass.EQUITY, "USD", D(10))
        acme = structs.replace(acme, **instrument)
        self.do(cmd.LoadReferenceData(ReferenceData("2", (acme,), (Account("FUND"),)), "tester"))
        given = Rules("rules-2", (), tuple(routes), venues=tuple(venues), **(rules or {}))
        self.do(cmd.LoadRules(given, "tester"))
        for venue in logged_on:
            self.do(cmd.SessionLoggedOn(venue))

    def see(self, *books):
        """Have these books be the market."""
        self.do(SeeMarket("ACME", tuple(books)))
        return self

    def decide(self, order_terms, quantity=None):
        """Return the decision on an order that has not been placed yet, or on the rest of one."""
        order = self.state.orders_by_cl_ord_id.get((CLIENT, "X"))
        if order is None:
            order = self.captured(order_terms)
        return decide(self.state, order, quantity or order.leaves_qty, NOW)

    def captured(self, order_terms):
        """Return an order as it is when its route is looked for."""
        from oms_fix.core.orders.order import Order

        return Order("T-1", CLIENT, "X", "X", order_terms)


def children(events):
    """Return what went out: venue, quantity, price, TimeInForce."""
    placed = [event for event in events if isinstance(event, ChildPlaced)]
    return [(e.venue, e.terms.order_qty, e.terms.price, e.terms.time_in_force.name) for e in placed]


def routed(events):
    """Return the decision on record."""
    return next(event for event in events if isinstance(event, OrderRouted))


def reasons(decision):
    """Return the reason of each venue."""
    return {leg.venue: leg.reason for leg in decision.legs}


def gets(decision):
    """Return what a decision places: venue, quantity, limit."""
    return [(leg.venue, leg.quantity, leg.price) for leg in decision.placements]
