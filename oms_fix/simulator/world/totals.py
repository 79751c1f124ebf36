"""What must hold of the running totals: orders, positions and executions make them as they are."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from oms_fix.core import totals
from oms_fix.core.orders.exposure import Exposure, Totals
from oms_fix.core.orders.state import State
from oms_fix.model.check_base import Scope
from oms_fix.model.enums import ExecType
from oms_fix.model.events import Event, OrderReported, TradingDayEnded
from oms_fix.simulator.world.configuration import GROUPS, INSTRUMENTS

Violate = Callable[..., None]
Positions = Mapping[tuple[str, str], Decimal]
ZERO = Decimal(0)
_OF_TRADES = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})
_FIRM = "the firm"


class Sums(Struct):
    """What an account, a group or the firm has, and has traded today."""

    gross: Decimal = ZERO
    net: Decimal = ZERO
    turnover: Decimal = ZERO
    cost: Decimal = ZERO


class _Done(Struct, frozen=True):
    account: str
    bought: Decimal
    price: Decimal
    is_of_today: bool


def check_kept(state: State, violate: Violate) -> None:
    """Totals that were kept are those that are made anew, at any moment."""
    kept, units = state.exposure, state.units
    totals.rebuild(state)
    anew, state.exposure, state.units = state.exposure, kept, units
    if anew != kept:
        violate("the running totals are {}, made anew {}", _shown(kept), _shown(anew))


def check_open(state: State, due: Mapping[str, Decimal], violate: Violate) -> None:
    """What is open of each order is what may still be filled of it, by the events alone."""
    kept = {order_id: each.quantity for order_id, each in state.exposure.open.items()}
    for order_id in sorted({*kept, *due}):
        if kept.get(order_id) != due.get(order_id):
            ours, theirs = kept.get(order_id), due.get(order_id)
            violate("of {} is open {}, the events make {}", order_id, ours, theirs)


def _shown(exposure: Exposure) -> str:
    every = {_FIRM: exposure.firm, **exposure.groups, **exposure.accounts}
    sums = {
        name: (each.open_orders, each.open_value, each.gross, each.turnover)
        for name, each in sorted(every.items())
    }
    return f"{sums}, open {sorted(exposure.open)}"


def check_at_rest(
    state: State, positions: Positions, events: Iterable[Event], violate: Violate
) -> None:
    """Nothing is open; what is held is what was filled, what was traded the executions of today.

    Args:
        state: of the router.
        positions: by account and symbol, as the clients know them.
        events: all that are stored.
        violate: hears of what must not happen.
    """
    exposure = state.exposure
    if exposure.open or exposure.resting:
        violate("the totals have open {} and {}", exposure.open, exposure.resting)
    due: dict[str, Sums] = {}
    for (account, symbol), quantity in positions.items():
        worth = quantity * INSTRUMENTS[symbol].price if quantity else ZERO
        for sums in _sums_of(due, account):
            sums.net += worth
    for done in _executions(events):
        cost = done.bought * done.price
        for sums in _sums_of(due, done.account):
            if done.is_of_today:
                sums.turnover += abs(cost)
                sums.cost += cost
    _add_gross(due, positions)
    kept = {_FIRM: exposure.firm, **exposure.groups, **exposure.accounts}
    for name in sorted(due.keys() | kept.keys()):
        sums = due.get(name, Sums())
        if not _has_holdings(state, name):
            sums.gross = ZERO
        _check(name, kept.get(name, Totals()), sums, violate)


def _has_holdings(state: State, name: str) -> bool:
    """Whether holdings are kept: those of accounts always, of others as far as checks read them."""
    if name == _FIRM:
        return Scope.FIRM in state.totals_kept.holdings
    return Scope.GROUP in state.totals_kept.holdings or name not in state.exposure.groups


def _sums_of(due: dict[str, Sums], account: str) -> list[Sums]:
    names = (account, GROUPS.get(account, account), _FIRM)
    return [due.setdefault(name, Sums()) for name in dict.fromkeys(names)]


def _add_gross(due: dict[str, Sums], positions: Positions) -> None:
    """Add what positions are worth, long or short; a group's is that of its accounts together."""
    of_all: dict[tuple[str, str], Decimal] = {}
    for (account, symbol), quantity in positions.items():
        for name in dict.fromkeys((account, GROUPS.get(account, account), _FIRM)):
            of_all[name, symbol] = of_all.get((name, symbol), ZERO) + quantity
    for (name, symbol), quantity in of_all.items():
        if quantity:
            due[name].gross += abs(quantity) * INSTRUMENTS[symbol].price


def _executions(events: Iterable[Event]) -> Iterable[_Done]:
    """Return the executions as they stand."""
    found: dict[str, _Done] = {}
    for event in events:
        if isinstance(event, TradingDayEnded):
            found = {
                key: _Done(each.account, each.bought, each.price, is_of_today=False)
                for key, each in found.items()
            }
        elif isinstance(event, OrderReported) and event.report.exec_type in _OF_TRADES:
            report, is_of_today = event.report, True
            if report.exec_type is not ExecType.TRADE:
                is_of_today = found.pop(report.exec_ref_id or "").is_of_today
            if report.exec_type is not ExecType.TRADE_CANCEL:
                bought = (report.last_qty or ZERO) * report.terms.side.sign
                account, price = report.terms.account or "", report.last_px or ZERO
                found[report.exec_id] = _Done(account, bought, price, is_of_today)
    return found.values()


def _check(name: str, kept: Totals, due: Sums, violate: Violate) -> None:
    still_open = (
        kept.open_orders, kept.open_buys, kept.open_sells, kept.buys_cost, kept.sells_value,
    )  # fmt: skip
    if any(still_open):
        violate("the totals of {} have {} open", name, still_open)
    ours = Sums(kept.gross, kept.net, kept.turnover, kept.cost)
    if ours != due:
        violate("the totals of {} are {}, the executions make {}", name, ours, due)
