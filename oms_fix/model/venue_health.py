"""How venues answer: what is known of it, and what is done because of it."""

from enum import StrEnum

from msgspec import Struct


class Answer(StrEnum):
    """What a child order first comes to at its venue.

    ``REFUSED``: rejected for what is in the order, which says nothing of the venue.
    """

    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"


class ChildOverdue(Struct, frozen=True, tag=True):
    """A command: the time is over that a child order had to be answered, or to be filled."""

    child_id: str


class RestoreVenue(Struct, frozen=True, tag=True):
    """A command: an operator lets a venue have orders again that is suspended."""

    venue: str
    operator: str
    reason: str


class VenueSuspended(Struct, frozen=True, tag=True):
    """A venue gets no orders until then (nanoseconds since 1970 UTC), for this ``reason``."""

    venue: str
    until: int
    reason: str


class VenueProbed(Struct, frozen=True, tag=True):
    """A child order goes to a suspended venue, to see whether it answers as it should again."""

    order_id: str
    child_id: str
    venue: str


class VenueRestored(Struct, frozen=True, tag=True, omit_defaults=True):
    """A venue gets orders again: as its probe was answered, or an ``operator`` says so."""

    venue: str
    child_id: str = ""
    operator: str = ""
    reason: str = ""


class ChildUnanswered(Struct, frozen=True, tag=True, omit_defaults=True):
    """A venue has not answered a child order in time, for the ``attempt``-th time.

    ``again_at``: it is asked now where the order stands, and has until then to say so; None: it has
    been asked often enough.
    """

    order_id: str
    child_id: str
    venue: str
    attempt: int
    again_at: int | None = None


class ChildUnfilled(Struct, frozen=True, tag=True):
    """A child order has no fill in time: it is called back, or stays where no other venue is."""

    order_id: str
    child_id: str
    venue: str
    is_called_back: bool


HealthCommand = ChildOverdue | RestoreVenue
HealthEvent = VenueSuspended | VenueProbed | VenueRestored | ChildUnanswered | ChildUnfilled
