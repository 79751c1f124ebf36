"""FIX enumerations of the domain, with the specification's names and values.

Values are those of FIX 4.4 (FIX 4.4 Volume 6); what another version writes differently is the
gateway's affair.
"""

from enum import StrEnum
from functools import cached_property


class Side(StrEnum):
    """Side(54)."""

    BUY = "1"
    SELL = "2"
    BUY_MINUS = "3"
    SELL_PLUS = "4"
    SELL_SHORT = "5"
    SELL_SHORT_EXEMPT = "6"

    @cached_property
    def sign(self) -> int:
        """+1 where a fill adds to the position, -1 where it takes from it."""
        return 1 if self in (Side.BUY, Side.BUY_MINUS) else -1


class OrdType(StrEnum):
    """OrdType(40)."""

    MARKET = "1"
    LIMIT = "2"
    STOP = "3"
    STOP_LIMIT = "4"
    MARKET_WITH_LEFT_OVER_AS_LIMIT = "K"
    PEGGED = "P"


class TimeInForce(StrEnum):
    """TimeInForce(59)."""

    DAY = "0"
    GOOD_TILL_CANCEL = "1"
    AT_THE_OPENING = "2"
    IMMEDIATE_OR_CANCEL = "3"
    FILL_OR_KILL = "4"
    GOOD_TILL_DATE = "6"
    AT_THE_CLOSE = "7"

    @cached_property
    def is_good_till(self) -> bool:
        """Whether the order may last for several trading days."""
        return self in (TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE)

    @cached_property
    def may_come_early(self) -> bool:
        """Whether the order may be given while its market is closed: it is for later."""
        return self.is_good_till or self is TimeInForce.AT_THE_OPENING

    @cached_property
    def is_at_once(self) -> bool:
        """Whether the order never stands: what is not filled at once is canceled."""
        return self in (TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL)


class OrdStatus(StrEnum):
    """OrdStatus(39)."""

    NEW = "0"
    PARTIALLY_FILLED = "1"
    FILLED = "2"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    CALCULATED = "B"
    EXPIRED = "C"
    PENDING_REPLACE = "E"


class ExecType(StrEnum):
    """ExecType(150), as from FIX 4.3 on."""

    NEW = "0"
    DONE_FOR_DAY = "3"
    CANCELED = "4"
    REPLACED = "5"
    PENDING_CANCEL = "6"
    STOPPED = "7"
    REJECTED = "8"
    SUSPENDED = "9"
    PENDING_NEW = "A"
    CALCULATED = "B"
    EXPIRED = "C"
    RESTATED = "D"
    PENDING_REPLACE = "E"
    TRADE = "F"
    TRADE_CORRECT = "G"
    TRADE_CANCEL = "H"
    ORDER_STATUS = "I"
    TRIGGERED = "L"  # from FIX 5.0 on


class HeldStop(StrEnum):
    """Where a stop order stands that the router holds, because no venue of its route takes it."""

    HELD = "held"
    TRIGGERED = "triggered"


class CxlRejResponseTo(StrEnum):
    """CxlRejResponseTo(434)."""

    ORDER_CANCEL_REQUEST = "1"
    ORDER_CANCEL_REPLACE_REQUEST = "2"


class SessionOperation(StrEnum):
    """What an operator does to a FIX session."""

    ADD = "added"
    CHANGE = "changed"
    REMOVE = "removed"
    ENABLE = "enabled"
    DISABLE = "disabled"
    RESET = "reset"
    SET_SEQ = "set"


class OrderOperation(StrEnum):
    """What an operator does about a client's order."""

    CANCEL = "cancel"
    FORCE_DONE = "force-done"
    BUST = "bust"
    CORRECT = "correct"
    ENTER = "enter"
    PLACE = "place"


class TradingState(StrEnum):
    """What an operator lets the router take and place."""

    ACTIVE = "active"
    REDUCING = "reducing"  # nothing that does not take a position nearer to zero
    HALTED = "halted"  # nothing


class TradingScope(StrEnum):
    """What a trading state is of, the widest first."""

    FIRM = "firm"
    CLIENT = "client"
    ACCOUNT = "account"
    INSTRUMENT = "instrument"
    VENUE = "venue"


class OrderReconciliation(StrEnum):
    """How a venue is asked, after its logon, where our orders stand."""

    EACH = "each"  # OrderStatusRequest(H) for every order
    MASS = "mass"  # OrderMassStatusRequest(AF) first
    NONE = "none"


class AssetClass(StrEnum):
    """How the instruments file groups what is traded; decides the price convention."""

    EQUITY = "equity"
    CORPORATE_BOND = "corporate_bond"
    TREASURY = "treasury"
    FUTURE = "future"
    OPTION = "option"
    FX = "fx"

    @cached_property
    def price_is_percent(self) -> bool:
        """Bond prices are in percent of par and quantities in par amount."""
        return self in (AssetClass.CORPORATE_BOND, AssetClass.TREASURY)


class InstrumentStatus(StrEnum):
    """Whether an instrument may be traded at all, as the instruments file says."""

    ACTIVE = "active"
    HALTED = "halted"
    SUSPENDED = "suspended"


class AccountStatus(StrEnum):
    """Whether an account trades, as the accounts file says."""

    OPEN = "open"
    REDUCE_ONLY = "reduce_only"
    CLOSED = "closed"


class PriceReference(StrEnum):
    """What a price is compared with."""

    MID = "mid"
    LAST = "last"
    PREVIOUS_CLOSE = "previous_close"


class Rating(StrEnum):
    """Long-term credit ratings, the best first, in the letters of S&P and Fitch."""

    AAA = "AAA"
    AA_PLUS = "AA+"
    AA = "AA"
    AA_MINUS = "AA-"
    A_PLUS = "A+"
    A = "A"
    A_MINUS = "A-"
    BBB_PLUS = "BBB+"
    BBB = "BBB"
    BBB_MINUS = "BBB-"
    BB_PLUS = "BB+"
    BB = "BB"
    BB_MINUS = "BB-"
    B_PLUS = "B+"
    B = "B"
    B_MINUS = "B-"
    CCC_PLUS = "CCC+"
    CCC = "CCC"
    CCC_MINUS = "CCC-"
    CC = "CC"
    C = "C"
    D = "D"

    @cached_property
    def rank(self) -> int:
        """0 for the best."""
        return _RATINGS.index(self)


_RATINGS = tuple(Rating)
