"""A desk with instruments and accounts of all kinds, for tests of what checks say of orders."""

from decimal import Decimal
from itertools import count

from desk import CLIENT, Desk, terms
from msgspec import structs

from oms_fix.model import commands as cmd
from oms_fix.model.checks import Check
from oms_fix.model.enums import AssetClass, ExecType, Rating, Side
from oms_fix.model.events import CheckResult, ChecksEvaluated, Event
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.markets import Market
from oms_fix.model.routes import Direct
from oms_fix.model.rules import ReferenceData, Rules

MARKET = Market(id="XACM", time_zone="America/New_York", open="09:30:00", close="16:00:00")
ACME = Instrument(
    "ACME",
    AssetClass.EQUITY,
    "USD",
    Decimal(10),
    market=MARKET.id,
    issuer="Acme Inc",
    sector="Tools",
    country="US",
    outstanding=Decimal(1_000_000),
    average_daily_volume=Decimal(10_000),
    easy_to_borrow=True,
)
HARD = Instrument("HARD", AssetClass.EQUITY, "USD", Decimal(10), threshold=True, uptick=True)
EURO = Instrument("EURO", AssetClass.EQUITY, "EUR", Decimal(20), fx_rate=Decimal("1.1"))
BOND = Instrument(
    "BOND",
    AssetClass.CORPORATE_BOND,
    "USD",
    Decimal("98.5"),
    rating=Rating.BBB,
    maturity="2026-01-28",
    lot_size=Decimal(1000),
)
JUNK = Instrument("JUNK", AssetClass.CORPORATE_BOND, "USD", Decimal(40))
FUTURE = Instrument("FUTURE", AssetClass.FUTURE, "USD", Decimal(100), multiplier=Decimal(50))
FORWARD = Instrument("FORWARD", AssetClass.FX, "USD", Decimal("1.1"), hedges="EUR")
FUND = Account(
    "FUND",
    group="alpha",
    desk="credit",
    strategy="value",
    value=Decimal(100_000),
    cash=Decimal(10_000),
)
TWIN = Account("TWIN", group="alpha", value=Decimal(100_000), cash=Decimal(10_000))
LONE = Account("LONE", clients=(CLIENT,))
REFERENCE = ReferenceData(
    "risk-1",
    (ACME, HARD, EURO, BOND, JUNK, FUTURE, FORWARD),
    (FUND, TWIN, LONE),
    (MARKET,),
)


class RiskDesk(Desk):
    """A desk with the given checks; what is said of an order is what the first of them says."""

    def __init__(self, *checks: Check) -> None:
        super().__init__(checks=checks)
        self.checks = checks
        self.ids = count(1)
        self.last_id = ""
        self.load(*REFERENCE.instruments, *REFERENCE.accounts)

    def load(self, *changed: Instrument | Account) -> None:
        """Load reference data anew with some instruments and accounts changed or added."""
        instruments = {each.symbol: each for each in REFERENCE.instruments}
        accounts = {each.id: each for each in REFERENCE.accounts}
        for each in changed:
            if isinstance(each, Instrument):
                instruments[each.symbol] = each
            else:
                accounts[each.id] = each
        data = structs.replace(
            REFERENCE, instruments=tuple(instruments.values()), accounts=tuple(accounts.values())
        )
        self.do(cmd.LoadReferenceData(data, "tester"))

    def change_checks(self, *checks: Check) -> None:
        """Load other checks."""
        rules = Rules("rules-2", checks, (Direct(id="to-a", venue="A"),))
        self.do(cmd.LoadRules(rules, "tester"))

    def send(self, quantity=100, price=10, *, client=CLIENT, cl_ord_id=None, **changes):
        """Send an order to buy ACME for FUND; return what the first check says of it."""
        self.last_id = cl_ord_id or f"O{next(self.ids)}"
        order = cmd.NewOrderSingle(client, self.last_id, terms(quantity, price, **changes))
        self.events = self.do(order)
        return results(self.events)[0]

    def sell(self, quantity=100, price=10, **changes):
        """Send an order to sell ACME for FUND."""
        return self.send(quantity, price, **({"side": Side.SELL} | changes))

    def restate(self, quantity=100, price=10, orig="O1", **changes):
        """Send a replace; return what the first check says of it."""
        self.last_id = f"R{next(self.ids)}"
        self.events = self.replace(terms(quantity, price, **changes), self.last_id, orig)
        return results(self.events)[0]

    def bought(self, quantity=100, price=10, **changes):
        """Have an order filled at once."""
        said = self.send(quantity, price, **changes)
        self.fill(quantity, price, cl_ord_id=self.last_id)
        return said

    def sold(self, quantity=100, price=10, **changes):
        """Have an order to sell filled at once."""
        return self.bought(quantity, price, **({"side": Side.SELL} | changes))

    def take_back(self, cl_ord_id="O1"):
        """Have an order canceled by its client."""
        self.cancel(f"C{next(self.ids)}", cl_ord_id)
        return self.venue(ExecType.CANCELED, cl_ord_id=cl_ord_id)

    def bust(self, cl_ord_id="O1", place=0):
        """Have the venue take a fill back."""
        return self.change_trade(ExecType.TRADE_CANCEL, 0, 0, cl_ord_id, place)

    def correct(self, quantity, price=10, cl_ord_id="O1", place=0):
        """Have the venue correct a fill."""
        return self.change_trade(ExecType.TRADE_CORRECT, quantity, price, cl_ord_id, place)

    def change_trade(self, exec_type, quantity, price, cl_ord_id, place):
        done = list(self.order(cl_ord_id).children[0].executions)[place]
        last = {"last_qty": Decimal(quantity), "last_px": Decimal(price)}
        return self.venue(exec_type, cl_ord_id=cl_ord_id, exec_ref_id=done, **last)

    def last_price(self, price, symbol="ACME"):
        """Have an instrument trade at a price, somewhere."""
        return self.do(cmd.LastPrice(symbol, Decimal(price), "feed"))

    def after(self, seconds):
        """Let time pass; below 0, the clock is set back."""
        self.now += int(Decimal(str(seconds)) * 1_000_000_000)
        return self

    def end_day(self):
        """End the trading day."""
        return self.do(cmd.EndTradingDay("2026-11-23"))


def results(events: list[Event]) -> tuple[CheckResult, ...]:
    """Return what all checks have said of an order or replace."""
    return next(each.results for each in events if isinstance(each, ChecksEvaluated))


def numbers(result: CheckResult) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return what was used, what it is after the order, and the limit."""
    return result.used, result.after, result.limit
