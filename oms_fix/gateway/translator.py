"""The way into the gateway: the translator of a version, and who is to hear of an event."""

from collections.abc import Callable
from operator import attrgetter

from oms_fix.gateway.base import Translator
from oms_fix.gateway.fix42 import Fix42
from oms_fix.gateway.fix44 import Fix44
from oms_fix.gateway.fix50sp2 import Fix50SP2
from oms_fix.gateway.values import DecodeError
from oms_fix.model.events import (
    ChildCancelRequested,
    ChildPlaced,
    ChildReplaceRequested,
    ChildStatusRequested,
    Event,
    ExecutionUnknown,
    MassCancelReported,
    OrderAnswered,
    OrderMassStatusRequested,
    OrderReported,
    RequestRejected,
    TradeDoubted,
)

__all__ = ["VERSIONS", "DecodeError", "Translator", "addressee", "translator"]

_TRANSLATORS: dict[str, Translator] = {
    made.application_version: made for made in (Fix42(), Fix44(), Fix50SP2())
}

VERSIONS = tuple(_TRANSLATORS)
"""Application versions that orders can be traded in."""

_session: Callable[[Event], str] = attrgetter("session")
_venue: Callable[[Event], str] = attrgetter("venue")
_ADDRESSEES: dict[type, Callable[[Event], str]] = {
    ChildCancelRequested: _venue,
    ChildPlaced: _venue,
    ChildReplaceRequested: _venue,
    ChildStatusRequested: _venue,
    ExecutionUnknown: _venue,
    MassCancelReported: _session,
    OrderAnswered: _session,
    OrderMassStatusRequested: _venue,
    OrderReported: _session,
    RequestRejected: _session,
    TradeDoubted: _venue,
}


def translator(application_version: str) -> Translator:
    """Return the translator of one of ``VERSIONS``; KeyError for others."""
    return _TRANSLATORS[application_version]


def addressee(event: Event) -> str | None:
    """Return the session that must hear of this event, None where nobody is told."""
    name = _ADDRESSEES.get(type(event))
    return None if name is None else name(event) or None
