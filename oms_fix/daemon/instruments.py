"""Operators' commands about instruments: trading is halted and goes on, the last price."""

import re
from collections.abc import Mapping
from decimal import Decimal

import structlog

from oms_fix.core.wording import allowed
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.commands import HaltInstrument, LastPrice, Quote, ResumeInstrument
from oms_fix.model.reasons import problem_of_reason

_PRICE = re.compile(r"\d{1,12}(\.\d{1,8})?", re.ASCII)

log = structlog.get_logger("oms_fix.instruments")


class InstrumentOperations:
    """The commands of ``oms-fix instrument``.

    Args:
        sequencer: takes the commands.
    """

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    @property
    def handlers(self) -> dict[str, Handler]:
        """What the control server is to know."""
        return {
            "instrument halt": self._halt,
            "instrument resume": self._resume,
            "instrument price": self._price,
            "instrument quote": self._quote,
        }

    async def _halt(self, operator: str, arguments: Mapping[str, str]) -> ControlAnswer:
        symbol, reason = arguments.get("symbol", ""), arguments.get("reason", "")
        known = self._known()
        halt = self._sequencer.state.halts.get(symbol)
        if symbol not in known:
            return _refused(f"no instrument {symbol}; {allowed(symbol, known)}")
        problem = problem_of_reason(reason)
        if problem is not None:
            return _refused(problem)
        if halt is not None:
            return _refused(f"{symbol} is halted already: {halt.reason}")
        await self._sequencer.intervene(HaltInstrument(symbol, reason, operator))
        return ControlAnswer(done=True, lines=[f"{symbol}: halted, {reason}"])

    async def _resume(self, operator: str, arguments: Mapping[str, str]) -> ControlAnswer:
        symbol = arguments.get("symbol", "")
        halts = self._sequencer.state.halts
        if symbol not in halts:
            return _refused(f"{symbol} is not halted; {allowed(symbol, halts)}")
        await self._sequencer.intervene(ResumeInstrument(symbol, operator))
        return ControlAnswer(done=True, lines=[f"{symbol}: trading goes on"])

    async def _price(self, operator: str, arguments: Mapping[str, str]) -> ControlAnswer:
        symbol, text = arguments.get("symbol", ""), arguments.get("price", "")
        known = self._known()
        if symbol not in known:
            return _refused(f"no instrument {symbol}; {allowed(symbol, known)}")
        if not _PRICE.fullmatch(text) or not Decimal(text):
            return _refused(f"{text!r} is no price; allowed: a number above 0, such as 190.25")
        await self._sequencer.intervene(LastPrice(symbol, Decimal(text), operator))
        return ControlAnswer(done=True, lines=[f"{symbol}: last price {text}"])

    async def _quote(self, operator: str, arguments: Mapping[str, str]) -> ControlAnswer:
        symbol = arguments.get("symbol", "")
        bid, offer = arguments.get("bid", ""), arguments.get("offer", "")
        known = self._known()
        if symbol not in known:
            return _refused(f"no instrument {symbol}; {allowed(symbol, known)}")
        for text in (bid, offer):
            if not _PRICE.fullmatch(text) or not Decimal(text):
                return _refused(f"{text!r} is no price; allowed: a number above 0, such as 190.25")
        if Decimal(bid) > Decimal(offer):
            return _refused(f"the bid {bid} is above the offer {offer}; allowed: at most that")
        await self._sequencer.intervene(Quote(symbol, Decimal(bid), Decimal(offer), operator))
        return ControlAnswer(done=True, lines=[f"{symbol}: bid {bid}, offer {offer}"])

    def _known(self) -> set[str]:
        """Return the instruments, and what else orders are in: direct access needs no more."""
        state = self._sequencer.state
        return {*state.instruments, *(order.terms.symbol for order in state.orders.values())}


def _refused(line: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=[line])
