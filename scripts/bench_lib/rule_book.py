"""A large desk for benchmarks: accounts, instruments, every kind of check, orders that pass all."""

from collections.abc import Iterator
from decimal import Decimal

from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.model import commands as cmd
from oms_fix.model import conduct_checks as conduct
from oms_fix.model import exposure_checks as exposure
from oms_fix.model import markets
from oms_fix.model import order_checks as order
from oms_fix.model.check_base import Override, Scope
from oms_fix.model.checks import Check
from oms_fix.model.enums import AssetClass, OrdType, Rating, Side, TimeInForce
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routes import Direct
from oms_fix.model.rules import ReferenceData, Rules

NOW = 1_767_000_000_000_000_000
_VENUE = "XNYS"
_CLIENTS = 20
_MUCH = Decimal(10) ** 12
_ALWAYS_OPEN = markets.Market(
    id="XNYS",
    time_zone="America/New_York",
    open="09:30:00",
    close="09:30:00",
    weekdays=tuple(markets.Weekday),
)


class Market:
    """So many accounts and instruments."""

    def __init__(self, accounts: int, instruments: int) -> None:
        self._accounts = [f"FUND{number}" for number in range(accounts)]
        self._symbols = [f"SYM{number}" for number in range(instruments)]

    def state(self, checks: tuple[Check, ...]) -> State:
        """Return a state with such rules and the reference data in force, and its venue up."""
        state = State()
        for command in (
            cmd.LoadReferenceData(self._reference(), "bench"),
            cmd.LoadRules(Rules("bench", checks, (Direct(id="all", venue=_VENUE),)), "bench"),
            cmd.SessionLoggedOn(_VENUE),
        ):
            handle(state, command, NOW)
        return state

    def orders(self, first: int, count: int) -> Iterator[cmd.NewOrderSingle]:
        """Yield buys of different instruments by different accounts, by number, the first first."""
        for number in range(first, first + count):
            terms = OrderTerms(
                symbol=self._symbols[number % len(self._symbols)],
                side=Side.BUY,
                order_qty=Decimal(100 + number % 900),
                ord_type=OrdType.LIMIT,
                price=Decimal(9990 + number % 20) / 100,
                time_in_force=TimeInForce.DAY,
                account=self._accounts[number * 7 % len(self._accounts)],
            )
            yield cmd.NewOrderSingle(f"CLIENT{number % _CLIENTS}", f"ORD{number}", terms)

    def _reference(self) -> ReferenceData:
        instruments = tuple(
            Instrument(
                symbol=symbol,
                asset_class=AssetClass.EQUITY,
                currency="USD",
                price=Decimal(100),
                market=_ALWAYS_OPEN.id,
                issuer=f"Issuer {number % 5000}",
                sector=f"Sector {number % 11}",
                country="US",
                outstanding=_MUCH,
                average_daily_volume=_MUCH,
            )
            for number, symbol in enumerate(self._symbols)
        )
        accounts = tuple(
            Account(
                id=account,
                value=_MUCH,
                cash=_MUCH,
                group=f"GROUP{number % 20}",
                desk=f"DESK{number % 5}",
            )
            for number, account in enumerate(self._accounts)
        )
        return ReferenceData("bench", instruments, accounts, (_ALWAYS_OPEN,))


def all_checks() -> tuple[Check, ...]:
    """Return a check of every kind, with limits that nothing reaches."""
    return (*_of_orders(), *_of_exposure(), *_of_conduct())


def _of_orders() -> tuple[Check, ...]:
    return (
        order.InstrumentKnown(id="known-instrument"),
        order.InstrumentStatus(id="active"),
        order.AccountKnown(id="known-account"),
        order.AccountStatus(id="open-account"),
        order.PermittedOrders(id="permitted", asset_classes=(AssetClass.EQUITY,)),
        order.RestrictedList(id="restricted", symbols=("NONE",), issuers=("Nobody",)),
        order.TradingHours(id="hours"),
        order.OrderQuantity(id="quantity", quantity_max=_MUCH),
        order.OrderNotional(
            id="notional",
            notional_max=_MUCH,
            overrides=(Override(account="FUND1", limit=_MUCH), Override(desk="DESK1", limit=_MUCH)),
        ),
        order.LotSize(id="lot"),
        order.TickSize(id="tick"),
        order.PriceCollar(id="collar", distance_max=Decimal(10)),
        order.MarketOrder(id="limits-only"),
        order.DuplicateClOrdID(id="twice"),
        order.ShortSale(id="short"),
        order.MinimumRating(id="rating", rating_min=Rating.BBB_MINUS),
        order.MaximumMaturity(id="maturity", days_max=3650),
        order.CurrencyHedge(id="hedge", percent_max=Decimal(100)),
    )


def _of_exposure() -> tuple[Check, ...]:
    whole = Decimal(100)
    return (
        exposure.PositionLimit(id="position", quantity_max=_MUCH),
        exposure.Concentration(id="concentration", percent_max=whole),
        exposure.IssueShare(id="issue", percent_max=whole),
        exposure.VolumeShare(id="volume", percent_max=whole),
        exposure.GrossExposure(id="gross", notional_max=_MUCH, per=Scope.GROUP),
        exposure.NetExposure(id="net", notional_max=_MUCH, per=Scope.FIRM),
        exposure.BuyingPower(id="power", multiple_max=Decimal(1)),
        exposure.Cash(id="cash", cash_min=Decimal(1)),
        exposure.DailyTurnover(id="turnover", notional_max=_MUCH),
        exposure.DailyLoss(id="loss", loss_max=_MUCH),
        exposure.OpenOrderCount(id="count", orders_max=1_000_000),
        exposure.OpenOrderValue(id="open", notional_max=_MUCH, warn_at_percent=Decimal(80)),
    )


def _of_conduct() -> tuple[Check, ...]:
    return (
        conduct.OrderRate(id="rate", per_second=Decimal(1_000_000), burst_max=1_000_000),
        conduct.CancelRatio(id="cancels", percent_max=Decimal(1000)),
        conduct.DuplicateOrder(id="alike", seconds=1),
        conduct.RepeatedExecution(id="repeated", executions_max=1_000_000),
        conduct.SelfMatch(id="self", per=Scope.FIRM),
    )
