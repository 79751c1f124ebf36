"""Records of earlier versions as what they are now; nothing writes them any more.

A store is never rewritten: its rows are sealed. So that older days can be read, folded and decided
again, a record of an earlier version is turned into today's where it is read.
"""

from msgspec import Struct

from oms_fix.model.circumstances import TradingStateChanged
from oms_fix.model.commands import Command, SetTradingState
from oms_fix.model.enums import TradingScope, TradingState
from oms_fix.model.events import Event

_INSTRUMENT = TradingScope.INSTRUMENT


class HaltInstrument(Struct, frozen=True, tag=True):
    """Trading in an instrument was to be halted."""

    symbol: str
    reason: str
    operator: str


class ResumeInstrument(Struct, frozen=True, tag=True):
    """Trading in a halted instrument was to go on."""

    symbol: str
    operator: str


class InstrumentHalted(Struct, frozen=True, tag=True):
    """Trading in an instrument was halted."""

    symbol: str
    reason: str
    operator: str

    def as_trading_state(self) -> TradingStateChanged:
        """Return it as it is told now."""
        halted = TradingState.HALTED
        return TradingStateChanged(_INSTRUMENT, self.symbol, halted, self.operator, self.reason)


class InstrumentResumed(Struct, frozen=True, tag=True):
    """Trading in a halted instrument went on."""

    symbol: str
    operator: str


AnyCommand = Command | HaltInstrument | ResumeInstrument
AnyEvent = Event | InstrumentHalted | InstrumentResumed


def command_now(read: AnyCommand) -> Command:
    """Return a command of any version as one of this version."""
    if isinstance(read, HaltInstrument):
        halted = TradingState.HALTED
        return SetTradingState(_INSTRUMENT, read.symbol, halted, read.operator, read.reason)
    if isinstance(read, ResumeInstrument):
        return SetTradingState(_INSTRUMENT, read.symbol, TradingState.ACTIVE, read.operator)
    return read


def event_now(read: AnyEvent) -> Event:
    """Return an event of any version as one of this version."""
    if isinstance(read, InstrumentHalted):
        return read.as_trading_state()
    if isinstance(read, InstrumentResumed):
        return TradingStateChanged(_INSTRUMENT, read.symbol, TradingState.ACTIVE, read.operator)
    return read
