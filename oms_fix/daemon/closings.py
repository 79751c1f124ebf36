"""Markets close: the core is told when, and again when venues have had their time.

The calendars are the core's, as the reference data in force have them. What closed while nobody was
there is told at the start, before any session is up; venues then have their time from the start on.
"""

import asyncio

import structlog

from oms_fix.daemon.alarms import Alarms
from oms_fix.daemon.kept_orders import KeptOrders
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.commands import CloseMarket, EndOrders
from oms_fix.model.markets import NANOSECONDS, Market

_LOOK_SECONDS = 1.0

log = structlog.get_logger("oms_fix.closings")


class Closings:
    """Tells the core of closes, and when orders that nobody has ended are to end.

    Args:
        sequencer: takes the commands, and has the core's state and the clock.
        alarms: for orders that venues keep beyond their time.
    """

    def __init__(self, sequencer: Sequencer, alarms: Alarms) -> None:
        self._sequencer = sequencer
        self._since = sequencer.clock()
        self._kept_orders = KeptOrders(sequencer.state, alarms, self._since)
        self._ended: dict[str, int] = {}
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watch the clock from now on."""
        self._watch = asyncio.get_running_loop().create_task(self._keep_watch())

    async def stop(self) -> None:
        """Watch it no more."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _keep_watch(self) -> None:
        while True:
            try:
                self.look()
            except Exception:
                log.exception("closings_failed")
            await asyncio.sleep(_LOOK_SECONDS)

    def look(self) -> None:
        """Tell what is to be told by now."""
        if self._sequencer.outage is not None:
            return  # it is told once it can be stored
        now, state = self._sequencer.clock(), self._sequencer.state
        past = [(order_id, at) for order_id, at in state.expiries.items() if at <= now]
        for market in list(state.markets.values()):
            self._look_at(market, now, past)
        self._kept_orders.look(now)

    def _look_at(self, market: Market, now: int, past: list[tuple[str, int]]) -> None:
        """Look at a market; ``past`` are the orders whose time is over, and since when."""
        state = self._sequencer.state
        day, closed_at = market.last_close(now)
        if state.closed_on.get(market.id, "") < day:
            self._sequencer.execute(CloseMarket(market.id, day))
        patience = market.patience_seconds * NANOSECONDS
        is_over = now >= max(closed_at, self._since) + patience
        if is_over and self._ended.get(market.id) != closed_at:
            self._ended[market.id] = closed_at
            self._end_orders(market, now)
        elif any(
            at + patience <= now and state.market_of(state.orders[order_id].terms) is market
            for order_id, at in past
        ):
            self._end_orders(market, now)

    def _end_orders(self, market: Market, now: int) -> None:
        events = self._sequencer.execute(EndOrders(market.id))
        self._kept_orders.asked(events, now)
