"""Running totals are what they would be if they were worked out anew, whatever has happened."""

from copy import copy
from decimal import Decimal

from desk import CLIENT, terms
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import structs
from naive_totals import Ledger, naive, open_of, running
from order_lives import lived, written_and_read
from risk_desk import ACME, BOND, EURO, FUND, FUTURE, LONE, TWIN, RiskDesk

from oms_fix.core import totals
from oms_fix.core.apply import apply
from oms_fix.core.engine import handle
from oms_fix.core.image import difference
from oms_fix.core.orders.state import State
from oms_fix.model import commands as cmd
from oms_fix.model.check_base import Scope
from oms_fix.model.conduct_checks import SelfMatch
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, OrdType, Side, TimeInForce
from oms_fix.model.exposure_checks import DailyTurnover, GrossExposure
from oms_fix.model.routes import Fallback, Split, SplitLeg
from oms_fix.model.rules import Acknowledge, ClientAgreement, Rules
from oms_fix.model.venues import Feature, VenueTerms

DIRECT = "DIRECT"
ROUTES = (
    Split(
        id="split",
        when={"OrderQty": "> 50", "Client": CLIENT},
        legs=(SplitLeg("A", Decimal(40)), SplitLeg("B", Decimal(60))),
    ),
    Fallback(id="fallback", venues=("B", "C")),
)
AGREEMENTS = (ClientAgreement(session=DIRECT, acknowledge=Acknowledge.ON_VENUE, phones=("B",)),)
STOPS_ARE_HELD = tuple(VenueTerms(session=venue, lacks=(Feature.STOP,)) for venue in "ABC")
NEVER = {"Symbol": "NONE"}
"""Checks with this condition are of no order: what matters is whose totals they are about."""
ALL_READ = (
    *(
        GrossExposure(id=f"gross-{per}", notional_max=Decimal(1), per=per, when=NEVER)
        for per in (Scope.GROUP, Scope.FIRM)
    ),
    SelfMatch(id="self", when=NEVER),
)
SUMS_READ = tuple(
    DailyTurnover(id=f"turnover-{per}", notional_max=Decimal(1), per=per, when=NEVER)
    for per in (Scope.GROUP, Scope.FIRM)
)
SYMBOLS = {"ACME": "1", "EURO": "0.0000001", "BOND": "1000", "FUTURE": "1", "NOBODY": "1"}
ACCOUNTS = st.sampled_from(["FUND", "TWIN", "LONE", "NOBODY", None])
SMALL = st.integers(1, 120)
PRICES = st.one_of(
    st.integers(5, 15).map(Decimal),
    st.integers(1, 10**15 - 1).map(lambda digits: Decimal(digits).scaleb(-13)),
)
ENDS = (ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY)
LASTS = st.sampled_from([TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL])
VENUES = st.sampled_from("ABC")


@st.composite
def some_terms(draw, symbol=None):
    """What an order may ask for; quantities of up to 15 digits."""
    symbol = symbol or draw(st.sampled_from(list(SYMBOLS)))
    count = draw(st.one_of(SMALL, st.integers(1, 10**11)))
    given = {
        "symbol": symbol,
        "side": draw(st.sampled_from([Side.BUY, Side.SELL, Side.SELL_SHORT])),
        "account": draw(ACCOUNTS),
        "time_in_force": draw(LASTS),
        "ord_type": draw(st.sampled_from([OrdType.LIMIT, OrdType.MARKET, OrdType.STOP])),
    }
    given["price"] = draw(PRICES) if given["ord_type"] is OrdType.LIMIT else None
    given["stop_px"] = draw(PRICES) if given["ord_type"] is OrdType.STOP else None
    return terms(Decimal(count) * Decimal(SYMBOLS[symbol]), **given)


class TotalsLives(RuleBasedStateMachine):
    """Two clients, one of them with direct access, several accounts and instruments."""

    def __init__(self):
        super().__init__()
        self.ids = 0
        self.events = []
        self.ledger = Ledger()
        self.desk = RiskDesk.__new__(RiskDesk)
        self.desk.state = State()
        self.desk.do = self.do  # watched from the first command on
        RiskDesk.__init__(self.desk)
        self.load_checks(ALL_READ)

    def load_checks(self, checks):
        rules = Rules("rules-2", checks, ROUTES, AGREEMENTS, STOPS_ARE_HELD)
        self.do(cmd.LoadRules(rules, "tester"))

    def do(self, command):
        done = handle(self.desk.state, command, self.desk.now)
        self.events += done
        for event in done:
            self.ledger.saw(self.desk.state, event)
        return done

    def next_id(self):
        self.ids += 1
        return f"C{self.ids}"

    @property
    def orders(self):
        return list(self.desk.state.orders.values())

    @property
    def children(self):
        known = self.desk.state.children
        return [child for key, child in known.items() if key == child.child_id]

    def draw_order(self, data):
        return data.draw(st.sampled_from(self.orders))

    def draw_child(self, data, only=None):
        found = self.children if only is None else [each for each in self.children if only(each)]
        return data.draw(st.sampled_from(found))

    # What clients do.

    @rule(asked=some_terms(), client=st.sampled_from([CLIENT, DIRECT]))
    def new(self, asked, client):
        self.do(cmd.NewOrderSingle(client, self.next_id(), asked))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data):
        order = self.draw_order(data)
        orig = order.newest_cl_ord_id
        symbol = order.terms.symbol
        self.do(cmd.OrderCancelRequest(order.session, self.next_id(), orig, symbol))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def replace(self, data):
        order = self.draw_order(data)
        asked = data.draw(some_terms(order.terms.symbol))
        same = {name: getattr(order.terms, name) for name in ("side", "account", "time_in_force")}
        asked = structs.replace(asked, **same)
        orig = order.newest_cl_ord_id
        self.do(cmd.OrderCancelReplaceRequest(order.session, self.next_id(), orig, asked))

    @rule(client=st.sampled_from([CLIENT, DIRECT]))
    def mass_cancel(self, client):
        self.do(cmd.OrderMassCancelRequest(client, self.next_id(), "7"))

    # What venues do.

    def report(self, child, exec_type, **changes):
        request = child.request
        named = child.cl_ord_id
        if request is not None and exec_type in (ExecType.CANCELED, ExecType.REPLACED):
            named = request.cl_ord_id
        given = {
            "session": child.venue,
            "exec_id": f"V{next(self.desk.exec_ids)}",
            "exec_type": exec_type,
            "ord_status": None,
            "cl_ord_id": named,
            "venue_order_id": child.venue_order_id,
        }
        self.do(cmd.VenueExecutionReport(**(given | changes)))

    @precondition(lambda self: self.children)
    @rule(data=st.data())
    def acknowledge(self, data):
        self.report(self.draw_child(data), ExecType.NEW)

    @precondition(lambda self: self.children)
    @rule(data=st.data(), price=PRICES, percent=st.integers(1, 110), is_whole=st.booleans())
    def fill(self, data, price, percent, is_whole):
        child = self.draw_child(data)
        left = max(child.terms.order_qty - child.cum_qty, Decimal(1))
        part = Decimal(SYMBOLS[child.terms.symbol])
        quantity = left if is_whole else max(left * percent // 100 // part * part, part)
        self.report(child, ExecType.TRADE, last_qty=quantity, last_px=price)

    @precondition(lambda self: self.children)
    @rule(data=st.data(), exec_type=st.sampled_from(ENDS))
    def venue_ends(self, data, exec_type):
        self.report(self.draw_child(data), exec_type)

    @precondition(lambda self: any(child.executions for child in self.children))
    @rule(data=st.data(), quantity=st.integers(0, 200), price=PRICES)
    def bust_or_correct(self, data, quantity, price):
        child = self.draw_child(data, lambda each: each.executions)
        self.report(
            child,
            ExecType.TRADE_CORRECT if quantity else ExecType.TRADE_CANCEL,
            exec_ref_id=data.draw(st.sampled_from(sorted(child.executions))),
            last_qty=Decimal(quantity),
            last_px=price,
        )

    @precondition(lambda self: self.children)
    @rule(data=st.data(), percent=st.integers(1, 150))
    def venue_restates(self, data, percent):
        child = self.draw_child(data)
        part = Decimal(SYMBOLS[child.terms.symbol])
        order_qty = max(child.terms.order_qty * percent // 100 // part * part, part)
        self.report(child, ExecType.RESTATED, order_qty=order_qty)

    @precondition(lambda self: any(child.request for child in self.children))
    @rule(data=st.data(), accepts=st.booleans())
    def answer_request(self, data, accepts):
        child = self.draw_child(data, lambda each: each.request)
        if not accepts:
            self.do(cmd.VenueOrderCancelReject(child.venue, child.request.cl_ord_id))
        elif child.request.terms is None:
            self.report(child, ExecType.CANCELED)
        else:
            self.report(child, ExecType.REPLACED)

    @precondition(lambda self: any(order.passed_on for order in self.orders))
    @rule(data=st.data(), answer=st.sampled_from(["done", "pending", "refused"]))
    def answer_direct(self, data, answer):
        order = data.draw(st.sampled_from([each for each in self.orders if each.passed_on]))
        named = data.draw(st.sampled_from(list(order.passed_on)))
        child, is_cancel = order.children[-1], order.passed_on[named].terms is None
        if answer == "refused":
            self.do(cmd.VenueOrderCancelReject(child.venue, named))
        elif answer == "pending":
            told = ExecType.PENDING_CANCEL if is_cancel else ExecType.PENDING_REPLACE
            self.report(child, told, cl_ord_id=named)
        else:
            told = ExecType.CANCELED if is_cancel else ExecType.REPLACED
            self.report(child, told, cl_ord_id=named)

    @rule(quantity=SMALL, side=st.sampled_from([Side.BUY, Side.SELL]))
    def phone(self, quantity, side):
        self.do(
            cmd.VenueExecutionReport(
                session="B",
                exec_id=f"V{next(self.desk.exec_ids)}",
                exec_type=ExecType.NEW,
                ord_status=OrdStatus.NEW,
                cl_ord_id="",
                symbol="ACME",
                side=side,
                venue_order_id=self.next_id(),
                order_qty=Decimal(quantity),
            )
        )

    @rule(venue=VENUES)
    def venue_comes_again(self, venue):
        self.desk.log_on_again(venue)

    @precondition(lambda self: any(child.cl_ord_id for child in self.children))
    @rule(data=st.data(), ord_status=st.sampled_from(list(OrdStatus)), more=st.integers(-10, 30))
    def venue_tells_status(self, data, ord_status, more):
        child = self.draw_child(data, lambda each: each.cl_ord_id)
        self.do(
            cmd.VenueOrderStatus(
                session=child.venue,
                ord_status=ord_status,
                cl_ord_id=child.cl_ord_id,
                cum_qty=max(child.cum_qty + more, Decimal(0)),
                avg_px=Decimal(10),
            )
        )

    # What operators do, and the world.

    @precondition(lambda self: self.orders)
    @rule(
        data=st.data(),
        operation=st.sampled_from([OrderOperation.CANCEL, OrderOperation.FORCE_DONE]),
    )
    def operator_ends(self, data, operation):
        order = self.draw_order(data)
        self.do(cmd.OperateOrder(order.order_id, operation, "bob", "phoned"))

    @precondition(lambda self: any(child.executions for child in self.children))
    @rule(data=st.data(), quantity=SMALL, is_bust=st.booleans())
    def operator_changes_a_trade(self, data, quantity, is_bust):
        child = self.draw_child(data, lambda each: each.executions)
        done = child.executions[data.draw(st.sampled_from(sorted(child.executions)))]
        operation = OrderOperation.BUST if is_bust else OrderOperation.CORRECT
        given = {} if is_bust else {"quantity": Decimal(quantity)}
        self.do(
            cmd.OperateOrder(
                child.order_id, operation, "bob", "phoned", exec_id=done.exec_id, **given
            )
        )

    @rule(asked=some_terms())
    def operator_enters(self, asked):
        self.do(cmd.EnterOrder(CLIENT, self.next_id(), asked, "bob", "phoned"))

    @rule(
        groups=st.lists(st.sampled_from(["", "alpha", "beta"]), min_size=3, max_size=3),
        prices=st.lists(PRICES, min_size=4, max_size=4),
    )
    def reload_reference_data(self, groups, prices):
        accounts = zip((FUND, TWIN, LONE), groups, strict=True)
        instruments = zip((ACME, EURO, BOND, FUTURE), prices, strict=True)
        self.desk.load(
            *(structs.replace(each, price=price) for each, price in instruments),
            *(structs.replace(each, group=group) for each, group in accounts),
        )

    @rule(checks=st.lists(st.sampled_from(ALL_READ + SUMS_READ), unique_by=id))
    def reload_checks(self, checks):
        self.load_checks(tuple(checks))

    @rule(symbol=st.sampled_from(list(SYMBOLS)), price=PRICES)
    def last_price(self, symbol, price):
        self.desk.last_price(price, symbol)

    @rule(halts=st.booleans())
    def trading_halt(self, halts):
        if halts:
            self.desk.halt()
        else:
            self.desk.resume()

    @rule()
    def end_day(self):
        self.desk.end_day()

    @rule()
    def restart_from_a_snapshot(self):
        again = written_and_read(self.desk.state)
        assert difference(self.desk.state, again) is None
        self.desk.state = again

    # What holds.

    @invariant()
    def totals_are_the_sums(self):
        """Of every account, group and the firm: positions, what is open, and the day's sums."""
        assert running(self.desk.state) == naive(self.desk.state, self.ledger)

    @invariant()
    def what_is_open_of_each_order(self):
        """Units and value; of what is not open nothing is kept."""
        state = self.desk.state
        found = {order.order_id: open_of(state, order) for order in state.orders.values()}
        kept = {key: (each.quantity, each.value) for key, each in state.exposure.open.items()}
        assert kept == {key: each for key, each in found.items() if each is not None}

    @invariant()
    def resting_prices_are_those_of_open_orders(self):
        """So many orders rest as are open and no stop orders, triggered ones excepted."""
        state = self.desk.state
        if not state.totals_kept.resting:
            assert not state.exposure.resting
            return
        counted = {}
        for key, each in state.exposure.open.items():
            order = state.orders[key]
            terms = order.at_venue(order.terms)
            if terms.ord_type in (OrdType.STOP, OrdType.STOP_LIMIT):
                continue
            where = (terms.symbol, terms.side.sign), terms.account or "", each.price
            counted[where] = counted.get(where, 0) + 1
        assert counted == {
            (key, account, price): count
            for key, accounts in state.exposure.resting.items()
            for account, prices in accounts.items()
            for price, count in prices.items()
        }

    @invariant()
    def made_anew_they_are_the_same(self):
        """As after a restart, or with other reference data."""
        again = copy(self.desk.state)
        totals.rebuild(again)
        assert again.exposure == self.desk.state.exposure

    def teardown(self):
        """The events alone give the state again."""
        again = State()
        for event in self.events:
            apply(again, event)
        assert difference(again, self.desk.state) is None


TestTotalsLives = lived(TotalsLives)
