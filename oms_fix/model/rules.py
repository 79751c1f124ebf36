"""Routes as operations write them: the content of routing.yaml; and all that the core decides by.

These types are the schema: the loader checks files against them, ``oms-fix schema`` prints them for
editors, the core works on them.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from oms_fix.model.checks import Check, ReviewTerms
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.markets import Market
from oms_fix.model.routes import ImpactTerms, Route
from oms_fix.model.rule_parts import Percent, Venue
from oms_fix.model.venues import NO_TERMS, VenueTerms


class Acknowledge(StrEnum):
    """Whose word a client's order lives by."""

    ON_ACCEPT = "on_accept"
    ON_VENUE = "on_venue"


class DayOrders(StrEnum):
    """What a client is told of an order of the day that the market's close has ended."""

    EXPIRE = "expire"
    DONE_FOR_DAY = "done_for_day"


class GtOrders(StrEnum):
    """Whether a client hears of its orders of several days when one of them is over."""

    CARRY = "carry"
    RESTATE = "restate"


class CancelOnDisconnect(StrEnum):
    """When a client's orders are canceled because it is gone."""

    NEVER = "never"
    CONNECTION_LOSS = "connection_loss"
    LOGOUT = "logout"


class ClientAgreement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was agreed with a client about the handling of its orders."""

    session: Annotated[
        str,
        Meta(min_length=1, description="SessionName of a client, from the .cfg file of clients."),
    ]
    acknowledge: Annotated[
        Acknowledge,
        Meta(
            description="on_accept: the router says New once it has taken the order, and works it. "
            "on_venue: direct access; an order that goes to one venue is New, Pending Cancel, "
            "Pending Replace or refused when that venue says so."
        ),
    ] = Acknowledge.ON_ACCEPT
    phones: Annotated[
        tuple[Venue, ...],
        Meta(
            description="Venues to which this client gives orders by phone: what they report "
            "without ClOrdID(11) is this client's, and is passed on. Each venue with one client."
        ),
    ] = ()
    day_orders: Annotated[
        DayOrders,
        Meta(
            description="What is told of an order of the day that the router ends after the "
            "market's close, when no venue has: expire (Expired) or done_for_day (Done For Day)."
        ),
    ] = DayOrders.EXPIRE
    gt_orders: Annotated[
        GtOrders,
        Meta(
            description="Orders of several days at the end of a trading day: carry: they go on, "
            "nothing is told. restate: each is told Restated, with the quantities of the new day."
        ),
    ] = GtOrders.CARRY
    cancel_on_disconnect: Annotated[
        CancelOnDisconnect,
        Meta(
            description="never: its orders stay live while it is gone, but for those whose "
            "ExecInst(18) is o. connection_loss: all are canceled when the connection is lost. "
            "logout: also when it ends by Logout(5)."
        ),
    ] = CancelOnDisconnect.NEVER
    disconnect_grace_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            description="Back within so many seconds, the client finds its orders as they were.",
        ),
    ] = 10
    pass_through: Annotated[
        tuple[Annotated[int, Meta(ge=1)], ...],
        Meta(
            description="Tags of fields between two parties that go on from this client's orders "
            "to the venues, and back from their reports: user-defined ones, routing fields such as "
            "115, Parties (453), NoAllocs (78). A repeating group is named by the tag of its count."
        ),
    ] = ()


_NOTHING_AGREED = ClientAgreement(session="")


class Routing(Struct, frozen=True, forbid_unknown_fields=True):
    """routing.yaml: the first rule whose conditions hold decides."""

    routes: Annotated[
        tuple[Route, ...],
        Meta(min_length=1, description="Tried from top to bottom."),
    ]
    clients: Annotated[
        tuple[ClientAgreement, ...],
        Meta(description="Agreements with clients; each client once, those not named have none."),
    ] = ()
    impact: Annotated[
        tuple[ImpactTerms, ...],
        Meta(description="By asset class; without any no impact is counted."),
    ] = ()
    protection_percent: Annotated[
        Percent | None,
        Meta(
            description="No child order is sent at a price further than this from the reference "
            "(mid, else last, else previous close) at that time."
        ),
    ] = None


class VenuesYaml(Struct, frozen=True, forbid_unknown_fields=True):
    """venues.yaml."""

    venues: Annotated[
        tuple[VenueTerms, ...],
        Meta(description="Each venue once; those not named take every order and cost nothing."),
    ]


class Rules(Struct, frozen=True):
    """All that the core decides by; ``version`` is the hash of the files it came from."""

    version: str
    checks: tuple[Check, ...] = ()
    routes: tuple[Route, ...] = ()
    clients: tuple[ClientAgreement, ...] = ()
    venues: tuple[VenueTerms, ...] = ()
    reviews: ReviewTerms = ReviewTerms()
    impact: tuple[ImpactTerms, ...] = ()
    protection_percent: Decimal | None = None

    def venue(self, session: str) -> VenueTerms:
        """Return what is known of a venue; nothing of one that is not named."""
        return next((each for each in self.venues if each.session == session), NO_TERMS)

    def agreement(self, session: str) -> ClientAgreement:
        """Return what was agreed with a client; the defaults where nothing was."""
        for each in self.clients:
            if each.session == session:
                return each
        return _NOTHING_AGREED

    def phones(self, venue: str) -> str | None:
        """Return the client that gives a venue orders by phone, or None."""
        return next((each.session for each in self.clients if venue in each.phones), None)

    def passed_through(self, session: str) -> frozenset[int]:
        """Return the tags of fields that go on to the venues and back for this client."""
        found = (each.pass_through for each in self.clients if each.session == session)
        return frozenset(next(found, ()))

    def follows_venue(self, session: str) -> bool:
        """Return whether this client has direct access."""
        return self.agreement(session).acknowledge is Acknowledge.ON_VENUE


class ReferenceData(Struct, frozen=True):
    """Instruments, accounts, markets; ``version`` is the hash of the files they came from."""

    version: str
    instruments: tuple[Instrument, ...] = ()
    accounts: tuple[Account, ...] = ()
    markets: tuple[Market, ...] = ()
