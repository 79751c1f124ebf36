"""Running totals of what is traded and open: for each account, for groups of them, for the firm.

Theory of operation
-------------------
Checks read totals, so that what a check costs does not grow with the open orders. They are never
written to the journal: the static ones (positions, what is open) follow from orders, positions and
reference data, and are made anew from those after a restart and when reference data change. Those
of the day (turnover, cost, loss, counts) are kept per account and are part of the state's image;
those of groups and of the firm are sums of their accounts'.

Totals of groups and of the firm, and the prices at which orders rest, are kept only as far as
checks that are in force read them (see ``Kept``), for each order and each fill changes all of them.

What an order has *open* is the worst case: what may still be filled by the larger of its terms and
of those that it is to be replaced by, at the price that makes it worth more. Sums are exact, so
that they do not depend on the order in which they were made.
"""

from decimal import Decimal

from msgspec import Struct, field

from oms_fix.model.check_base import Scope
from oms_fix.model.instruments import EXACT

ZERO = Decimal(0)

add = EXACT.add
subtract = EXACT.subtract
multiply = EXACT.multiply
remainder = EXACT.remainder


class Open(Struct, frozen=True, gc=False):
    """What an order has open: units, value in base currency, and the price it may trade at.

    ``price`` None: at any. ``rests``: it can be traded with; a stop order cannot, until triggered.
    """

    quantity: Decimal
    value: Decimal
    price: Decimal | None
    rests: bool = True


class Holding(Struct, gc=False):
    """A position in one instrument with what is open in it.

    ``unit`` is the value of one unit at the reference price; ``weighed`` is the largest position
    that is part of ``Totals.gross``.
    """

    unit: Decimal
    position: Decimal = ZERO
    open_buys: Decimal = ZERO
    open_sells: Decimal = ZERO
    weighed: Decimal = ZERO

    @property
    def largest(self) -> Decimal:
        """The position at its largest, long or short."""
        position, long, short = self.position, self.open_buys, self.open_sells
        if position:
            long, short = add(long, position), subtract(short, position)
        if short > long:  # max() takes several times as long
            return short
        return long

    @property
    def longest(self) -> Decimal:
        """The position if all open buys are filled, and no sell."""
        return add(self.position, self.open_buys)

    @property
    def shortest(self) -> Decimal:
        """The position if all open sells are filled, and no buy; below zero it is short."""
        return subtract(self.position, self.open_sells)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.position or self.open_buys or self.open_sells)


class Kept(Struct, frozen=True):
    """Of whom totals are kept beside accounts.

    ``holdings``: of whom those have holdings, and thus ``gross``. ``resting``: whether the prices
    are kept at which orders rest.
    """

    sums: frozenset[Scope] = frozenset()
    holdings: frozenset[Scope] = frozenset()
    resting: bool = False


class Totals(Struct):
    """The sums of one account, of a group of accounts, or of the firm; values in base currency.

    Attributes:
        holdings: by symbol.
        gross: the worth of all positions at their largest.
        net: the worth of all positions, short ones negative.
        open_buys, open_sells: at reference prices.
        open_orders: how many there are.
        buys_cost, sells_value: what open buys may cost, and what open sells may be worth.
        turnover, cost, profit: of the day; ``cost`` is what buys cost less what sales brought.
    """

    holdings: dict[str, Holding] = field(default_factory=dict)
    gross: Decimal = ZERO
    net: Decimal = ZERO
    open_buys: Decimal = ZERO
    open_sells: Decimal = ZERO
    open_orders: int = 0
    buys_cost: Decimal = ZERO
    sells_value: Decimal = ZERO
    turnover: Decimal = ZERO
    cost: Decimal = ZERO
    profit: Decimal = ZERO

    @property
    def open_value(self) -> Decimal:
        """What all open orders may come to."""
        return add(self.buys_cost, self.sells_value)

    def open_more(self, more: Open, at_reference: Decimal, *, is_buy: bool, orders: int) -> None:
        """Count what is open in, or, below zero, out; ``orders`` is by how many orders.

        ``at_reference`` is what it is worth at the reference price.
        """
        self.open_orders += orders
        if is_buy:
            self.open_buys = add(self.open_buys, at_reference)
            self.buys_cost = add(self.buys_cost, more.value)
        else:
            self.open_sells = add(self.open_sells, at_reference)
            self.sells_value = add(self.sells_value, more.value)

    def open_more_of(
        self, holding: Holding, quantity: Decimal, at_reference: Decimal, *, is_buy: bool
    ) -> None:
        """Count what is open in an instrument in or out."""
        if is_buy:
            open_now = holding.open_buys = add(holding.open_buys, quantity)
            is_all = not (holding.position or holding.open_sells)
        else:
            open_now = holding.open_sells = add(holding.open_sells, quantity)
            is_all = not (holding.position or holding.open_buys)
        if is_all:  # there is nothing on the other side, nor a position
            self.gross = add(self.gross, at_reference)
            holding.weighed = open_now
        else:
            self._weigh(holding)

    def hold_more_of(self, holding: Holding, bought: Decimal) -> None:
        """Count a trade in an instrument in; below zero it is a sale."""
        holding.position = add(holding.position, bought)
        self._weigh(holding)

    def _weigh(self, holding: Holding) -> None:
        """Bring the worth of positions at their largest up to date."""
        largest, before = holding.largest, holding.weighed
        if largest != before:
            self.gross = add(self.gross, multiply(subtract(largest, before), holding.unit))
            holding.weighed = largest


class Day(Struct, omit_defaults=True):
    """What an account has traded today, in base currency; ``marks`` outlast the day.

    ``marks`` are the prices at which its positions were last valued, by symbol.
    """

    turnover: Decimal = ZERO
    cost: Decimal = ZERO
    profit: Decimal = ZERO
    marks: dict[str, Decimal] = field(default_factory=dict)


class Bucket(Struct, frozen=True):
    """A token bucket: how many tokens there were, and when (nanoseconds since 1970 UTC)."""

    tokens: Decimal
    at: int


class Counts(Struct, omit_defaults=True):
    """How many orders, and cancels and replaces, there were today."""

    orders: int = 0
    changes: int = 0


class Recent(Struct, frozen=True):
    """When an order came (nanoseconds since 1970 UTC), and which it was."""

    at: int
    order_id: str


class Today(Struct, omit_defaults=True):
    """What checks have to remember and nothing else tells; over with the trading day.

    Attributes:
        days: of accounts.
        counts: by ``client:NAME`` or ``account:ID``.
        buckets: by check and the same.
        recent: the last order of an account, symbol, side, quantity and price; the one that came
            first stands first.
        executed: by account, symbol and side, how many orders were filled at least in part.
    """

    days: dict[str, Day] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    recent: dict[str, Recent] = field(default_factory=dict)
    executed: dict[str, int] = field(default_factory=dict)


Counting = tuple[tuple[Totals, bool], ...]


class Exposure:
    """All totals.

    Attributes:
        accounts, groups, firm: the totals; an order without account is of the account "".
        counting: by account, the totals that it counts in, and whether they have holdings.
        open: what is open of each order, by OrderID(37).
        resting: by symbol, sign of the side and account, of how many orders each price is.
    """

    __slots__ = ("accounts", "counting", "firm", "groups", "open", "resting")

    def __init__(self) -> None:
        self.accounts: dict[str, Totals] = {}
        self.groups: dict[str, Totals] = {}
        self.firm = Totals()
        self.counting: dict[str, Counting] = {}
        self.open: dict[str, Open] = {}
        self.resting: dict[tuple[str, int], dict[str, dict[Decimal | None, int]]] = {}

    def __eq__(self, other: object) -> bool:
        """Whether the totals are the same; of whom nothing is left need not be there."""
        return isinstance(other, Exposure) and self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _content(self) -> tuple[object, ...]:
        blank = Totals()
        accounts, groups = (
            {name: each for name, each in every.items() if each != blank}
            for every in (self.accounts, self.groups)
        )
        return accounts, groups, self.firm, self.open, self.resting
