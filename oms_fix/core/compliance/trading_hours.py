"""Check ``trading_hours``: the market is open; orders of several days may come at any time.

So may orders for the opening, which are to be there before.
"""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import TradingHours
from oms_fix.model.reasons import Reasons


def examine(_check: TradingHours, subject: Subject, state: State) -> Finding | None:
    """Return the violation, or None; an instrument without a market is traded at all times."""
    instrument = subject.instrument
    if subject.terms.time_in_force.may_come_early or instrument is None:
        return None
    market = state.markets.get(instrument.market)
    if market is None or market.is_open(subject.now):
        return None
    return Finding(Reasons.MARKET_CLOSED, {"market": market.id, "hours": market.hours})


RULE = Rule(
    kind=TradingHours,
    reasons=(Reasons.MARKET_CLOSED,),
    source="SEC Rule 15c3-5(c)(2)(i): requirements before order entry; the markets' hours",
    examine=examine,
)
