"""Operators' commands about instruments: the last price."""

import re
from collections.abc import Mapping
from decimal import Decimal

from oms_fix.core.orders.state import State
from oms_fix.core.wording import allowed
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.commands import LastPrice, Quote

_PRICE = re.compile(r"\d{1,12}(\.\d{1,8})?", re.ASCII)


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
        return {"instrument price": self._price, "instrument quote": self._quote}

    async def _price(self, operator: str, arguments: Mapping[str, str]) -> ControlAnswer:
        symbol, text = arguments.get("symbol", ""), arguments.get("price", "")
        known = known_symbols(self._sequencer.state)
        if symbol not in known:
            return _refused(f"no instrument {symbol}; {allowed(symbol, known)}")
        if not _PRICE.fullmatch(text) or not Decimal(text):
            return _refused(f"{text!r} is no price; allowed: a number above 0, such as 190.25")
        await self._sequencer.intervene(LastPrice(symbol, Decimal(text), operator))
        return ControlAnswer(done=True, lines=[f"{symbol}: last price {text}"])

    async def _quote(self, operator: str, arguments: Mapping[str, str]) -> ControlAnswer:
        symbol = arguments.get("symbol", "")
        bid, offer = arguments.get("bid", ""), arguments.get("offer", "")
        known = known_symbols(self._sequencer.state)
        if symbol not in known:
            return _refused(f"no instrument {symbol}; {allowed(symbol, known)}")
        for text in (bid, offer):
            if not _PRICE.fullmatch(text) or not Decimal(text):
                return _refused(f"{text!r} is no price; allowed: a number above 0, such as 190.25")
        if Decimal(bid) > Decimal(offer):
            return _refused(f"the bid {bid} is above the offer {offer}; allowed: at most that")
        await self._sequencer.intervene(Quote(symbol, Decimal(bid), Decimal(offer), operator))
        return ControlAnswer(done=True, lines=[f"{symbol}: bid {bid}, offer {offer}"])


def known_symbols(state: State) -> set[str]:
    """Return the instruments, and what else orders are in: direct access needs no more."""
    return {*state.instruments, *(order.terms.symbol for order in state.orders.values())}


def _refused(line: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=[line])
