"""Running totals worked out from nothing: from orders, children and the events that were told.

Written without a look at ``core.totals``, in fractions, so that no digit is lost.
"""

from collections import defaultdict
from fractions import Fraction

from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.model.circumstances import LastPriceTold
from oms_fix.model.enums import ExecType, OrdStatus, OrdType
from oms_fix.model.events import OrderReported, TradingDayEnded
from oms_fix.model.instruments import Instrument

OPEN = {OrdStatus.PENDING_NEW, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED}
STOPS = {OrdType.STOP, OrdType.STOP_LIMIT}
LIMITS = {OrdType.LIMIT, OrdType.STOP_LIMIT}
TRADES = {ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL}


def unit(instrument: Instrument | None, price=None) -> Fraction:
    """What one unit is worth in base currency."""
    if instrument is None:
        return Fraction(0)
    at = Fraction(instrument.price if price is None else price)
    at = at / 100 if instrument.asset_class.value in ("corporate_bond", "treasury") else at
    return at * Fraction(instrument.multiplier) * Fraction(instrument.fx_rate)


def price_of(instrument, terms):
    """The price at which an order amounts to most."""
    if terms.ord_type in LIMITS:
        is_buy = terms.side.sign > 0
        return terms.price if is_buy else max(terms.price, instrument.price)
    if terms.ord_type in STOPS:
        return max(terms.stop_px, instrument.price)
    return instrument.price


def at_venues(order: Order) -> Fraction:
    """What venues may still fill of an order."""
    total = Fraction(0)
    for child in order.children:
        if child.status in OPEN:
            asked = [child.terms]
            if child.request is not None and child.request.terms is not None:
                asked.append(child.request.terms)
            filled = Fraction(child.cum_qty)
            total += max(0, *(Fraction(each.order_qty) - filled for each in asked))
    return total


def open_of(state: State, order: Order):
    """What is open of an order at worst: units, and their value; None if nothing is."""
    if not order.children and order.status is OrdStatus.PENDING_NEW:
        return None
    placed = at_venues(order)
    if order.status not in OPEN and not placed:
        return None
    pending = [] if order.request is None else [order.request.terms]
    pending += [each.terms for each in order.passed_on.values()]
    filled = Fraction(order.cum_qty)
    asked = [(order.terms, placed)]
    if order.status in OPEN:
        asked = [(order.terms, max(placed, Fraction(order.terms.order_qty) - filled))]
    asked += [(each, Fraction(each.order_qty) - filled) for each in pending if each is not None]
    asked = [(each, quantity) for each, quantity in asked if quantity > 0]
    if not asked:
        return None
    instrument = state.instruments.get(order.terms.symbol)
    values = [
        quantity * unit(instrument, instrument and price_of(instrument, each))
        for each, quantity in asked
    ]
    return max(quantity for _, quantity in asked), max(values)


class Sums:
    """The totals of one account, of a group or of all."""

    def __init__(self) -> None:
        self.position = defaultdict(Fraction)
        self.buys = defaultdict(Fraction)
        self.sells = defaultdict(Fraction)
        self.orders = 0
        self.buys_cost = self.sells_value = Fraction(0)
        self.turnover = self.cost = self.profit = Fraction(0)

    def table(self, state: State):
        """All numbers, as ``core.orders.exposure.Totals`` has them."""
        units = {symbol: unit(state.instruments.get(symbol)) for symbol in self.symbols}
        holdings = {
            each: (self.position[each], self.buys[each], self.sells[each]) for each in self.symbols
        }
        gross = sum(
            max(held + buys, sells - held) * units[each]
            for each, (held, buys, sells) in holdings.items()
        )
        return {
            "holdings": {each: found for each, found in holdings.items() if any(found)},
            "gross": gross,
            "net": sum(self.position[each] * units[each] for each in self.symbols),
            "open_buys": sum(self.buys[each] * units[each] for each in self.symbols),
            "open_sells": sum(self.sells[each] * units[each] for each in self.symbols),
            "open_orders": self.orders,
            "buys_cost": self.buys_cost,
            "sells_value": self.sells_value,
            "turnover": self.turnover,
            "cost": self.cost,
            "profit": self.profit,
        }

    @property
    def symbols(self):
        return {*self.position, *self.buys, *self.sells}


class Ledger:
    """What was traded, when, and at which prices positions were valued, by what was told."""

    def __init__(self) -> None:
        self.day = 0
        self.executions = {}
        self.positions = defaultdict(Fraction)
        self.marks = {}
        self.profits = defaultdict(Fraction)

    def saw(self, state: State, event) -> None:
        """Take an event down; the state has those before it, reference data at least."""
        if isinstance(event, TradingDayEnded):
            self.day += 1
            self.profits.clear()
            self.marks = {key: at for key, at in self.marks.items() if self.positions[key]}
        elif isinstance(event, LastPriceTold):
            for key, held in list(self.positions.items()):
                if key[1] == event.symbol and held:
                    self._mark(state, key, event.price)
        elif isinstance(event, OrderReported) and event.report.exec_type in TRADES:
            self._traded(state, event.report)

    def _mark(self, state, key, price):
        instrument = state.instruments.get(key[1])
        if instrument is not None:
            before = self.marks.get(key, instrument.price)
            gain = unit(instrument, price) - unit(instrument, before)
            self.profits[key[0]] += self.positions[key] * gain
            self.marks[key] = price

    def _traded(self, state, report):
        key = (report.terms.account or "", report.terms.symbol)
        instrument, day = state.instruments.get(key[1]), self.day
        if report.exec_type is not ExecType.TRADE:
            _, _, bought, price, day = self.executions.pop(report.exec_ref_id)
            if day == self.day and instrument is not None:
                gained = unit(instrument, self.marks[key]) - unit(instrument, price)
                self.profits[key[0]] -= bought * gained
            self.positions[key] -= bought
        if report.exec_type is not ExecType.TRADE_CANCEL:
            if day == self.day:
                self._mark(state, key, report.last_px)
            bought = Fraction(report.last_qty) * report.terms.side.sign
            self.executions[report.exec_id] = (*key, bought, report.last_px, day)
            self.positions[key] += bought


_NO_HOLDINGS = {"holdings": {}, "gross": 0}


def naive(state: State, ledger: Ledger):
    """Return the totals of every account, group and of the firm that are not blank.

    Of groups and of the firm those that are kept, with holdings where these are.
    """
    found = defaultdict(Sums)
    for order in state.orders.values():
        for sums in _sums_of(state, found, order.terms.account or ""):
            _add_open(sums, order, open_of(state, order))
    for (account, symbol), held in ledger.positions.items():
        for sums in _sums_of(state, found, account):
            sums.position[symbol] += held
    for account, symbol, bought, price, day in ledger.executions.values():
        cost = bought * unit(state.instruments.get(symbol), price)
        if day == ledger.day:
            for sums in _sums_of(state, found, account):
                sums.turnover += abs(cost)
                sums.cost += cost
    for account, profit in ledger.profits.items():
        for sums in _sums_of(state, found, account):
            sums.profit += profit
    with_holdings = {"account", *state.totals_kept.holdings}
    tables = {
        (scope, name): sums.table(state) | ({} if scope in with_holdings else _NO_HOLDINGS)
        for (scope, name), sums in found.items()
    }
    return {name: table for name, table in tables.items() if any(table.values())}


def _sums_of(state, found, account):
    known, kept = state.accounts.get(account), state.totals_kept.sums
    yield found["account", account]
    if known is not None and known.group and "group" in kept:
        yield found["group", known.group]
    if "firm" in kept:
        yield found["firm", ""]


def _add_open(sums, order, is_open):
    if is_open is None:
        return
    quantity, value = is_open
    sums.orders += 1
    if order.terms.side.sign > 0:
        sums.buys[order.terms.symbol] += quantity
        sums.buys_cost += value
    else:
        sums.sells[order.terms.symbol] += quantity
        sums.sells_value += value


def running(state: State):
    """Return the running totals of the core in the same form."""
    exposure = state.exposure
    every = {("account", name): each for name, each in exposure.accounts.items()}
    every |= {("group", name): each for name, each in exposure.groups.items()}
    every["firm", ""] = exposure.firm
    tables = {name: _table(totals) for name, totals in every.items()}
    return {name: table for name, table in tables.items() if any(table.values())}


def _table(totals):
    table = {name: getattr(totals, name) for name in totals.__struct_fields__}
    for name, number in table.items():
        if name != "holdings":
            table[name] = Fraction(number)
    table["holdings"] = {
        symbol: tuple(map(Fraction, (each.position, each.open_buys, each.open_sells)))
        for symbol, each in totals.holdings.items()
    }
    return table
