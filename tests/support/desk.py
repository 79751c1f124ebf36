"""Domain verbs for tests of the core: a client, some venues, and the events between them."""

from decimal import Decimal
from itertools import count

from msgspec import structs

from oms_fix.core.engine import handle
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.model import commands as cmd
from oms_fix.model.checks import Check
from oms_fix.model.enums import (
    AssetClass,
    ExecType,
    OrderReconciliation,
    OrdStatus,
    OrdType,
    Side,
    TradingScope,
    TradingState,
)
from oms_fix.model.events import Event, OrderAnswered, OrderReported, RequestRejected
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.markets import Market
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routes import Direct, Route
from oms_fix.model.rules import Acknowledge, ClientAgreement, ReferenceData, Rules

CLIENT = "CLIENT"
NOW = 1_767_000_000_000_000_000


MARKET = Market(
    id="XACM",
    time_zone="America/New_York",
    close="16:00:00",
    holidays=("2026-11-26",),
    half_days={"2026-11-27": "13:00:00"},
    patience_seconds=300,
)
REFERENCE = ReferenceData(
    "reference-1",
    (Instrument("ACME", AssetClass.EQUITY, "USD", Decimal(10), lot_size=Decimal(1)),),
    (Account("FUND"),),
)
WITH_MARKET = ReferenceData(
    "reference-2",
    tuple(structs.replace(each, market=MARKET.id) for each in REFERENCE.instruments),
    REFERENCE.accounts,
    (MARKET,),
)


def terms(order_qty=100, price=10, **changes):
    """Return a limit order to buy ACME."""
    given = {
        "symbol": "ACME",
        "side": Side.BUY,
        "order_qty": Decimal(order_qty),
        "ord_type": OrdType.LIMIT if price else OrdType.MARKET,
        "price": Decimal(price) if price else None,
        "account": "FUND",
    }
    return OrderTerms(**(given | changes))


class Desk:
    """A core with one instrument, one account and the given rules; venues A, B and C are up."""

    now = NOW

    def __init__(self, routes: list[Route] | None = None, checks: tuple[Check, ...] = ()) -> None:
        self.state = State()
        self.exec_ids = count(1)
        self.do(cmd.LoadReferenceData(REFERENCE, "tester"))
        rules = Rules("rules-1", checks, tuple(routes or [Direct(id="to-a", venue="A")]))
        self.do(cmd.LoadRules(rules, "tester"))
        for venue in "ABC":
            self.do(cmd.SessionLoggedOn(venue))

    @classmethod
    def working(cls):
        """Return a desk with an order X of 100 that works at venue A."""
        desk = cls()
        desk.new()
        desk.ack()
        return desk

    def do(self, command: cmd.Command) -> list[Event]:
        return handle(self.state, command, self.now)

    # The calendar's verbs.

    def with_market(self):
        """Have ACME be of a market with a calendar."""
        self.do(cmd.LoadReferenceData(WITH_MARKET, "tester"))
        return self

    def close(self, day="2026-11-23"):
        """Have the market of ACME close on a day."""
        return self.do(cmd.CloseMarket(MARKET.id, day))

    def end_orders(self):
        """Have the time be over that venues have after the close."""
        return self.do(cmd.EndOrders(MARKET.id))

    # An operator's verbs; of the instrument unless said otherwise.

    def halt(self, scope=TradingScope.INSTRUMENT, name="ACME", **changes):
        return self._set_state(scope, name, TradingState.HALTED, **changes)

    def reduce(self, scope=TradingScope.INSTRUMENT, name="ACME", **changes):
        return self._set_state(scope, name, TradingState.REDUCING, **changes)

    def resume(self, scope=TradingScope.INSTRUMENT, name="ACME"):
        return self._set_state(scope, name, TradingState.ACTIVE, reason="")

    def _set_state(self, scope, name, state, reason="news pending", **changes):
        name = "" if scope is TradingScope.FIRM else name
        return self.do(cmd.SetTradingState(scope, name, state, "tester", reason, **changes))

    # The client's verbs.

    def new(self, cl_ord_id="X", order_terms=None, *, poss_resend=False):
        command = cmd.NewOrderSingle(CLIENT, cl_ord_id, order_terms or terms(), poss_resend)
        return self.do(command)

    def cancel(self, cl_ord_id="Y", orig="X"):
        return self.do(cmd.OrderCancelRequest(CLIENT, cl_ord_id, orig, "ACME"))

    def replace(self, order_terms, cl_ord_id="Y", orig="X"):
        return self.do(cmd.OrderCancelReplaceRequest(CLIENT, cl_ord_id, orig, order_terms))

    def ask_status(self, cl_ord_id="X"):
        return self.do(cmd.OrderStatusRequest(CLIENT, cl_ord_id, terms()))

    # The venues' verbs; a child is named by its place among the order's children.

    def venue(self, exec_type, child=0, cl_ord_id="X", named=None, **changes):
        target = self.order(cl_ord_id).children[child]
        request = target.request
        answers_request = exec_type in (ExecType.CANCELED, ExecType.REPLACED) and request
        given = {
            "session": target.venue,
            "exec_id": f"V{next(self.exec_ids)}",
            "exec_type": exec_type,
            "ord_status": OrdStatus.REJECTED if exec_type is ExecType.REJECTED else OrdStatus.NEW,
            "cl_ord_id": named or (request.cl_ord_id if answers_request else target.cl_ord_id),
        }
        return self.do(cmd.VenueExecutionReport(**(given | changes)))

    def phone(self):
        """Have venue B report an order of 50 that it was given by phone."""
        return self.do(
            cmd.VenueExecutionReport(
                session="B",
                exec_id="P1",
                exec_type=ExecType.NEW,
                ord_status=OrdStatus.NEW,
                cl_ord_id="",
                symbol="ACME",
                side=Side.SELL,
                venue_order_id="B1",
                order_qty=Decimal(50),
            )
        )

    def ack(self, child=0, cl_ord_id="X"):
        return self.venue(ExecType.NEW, child, cl_ord_id)

    def fill(self, quantity, price=10, child=0, cl_ord_id="X", **changes):
        quantities = {"last_qty": Decimal(quantity), "last_px": Decimal(price)}
        return self.venue(ExecType.TRADE, child, cl_ord_id, **(quantities | changes))

    def refuse_request(self, child=0, cl_ord_id="X", text="too late"):
        target = self.order(cl_ord_id).children[child]
        return self.do(
            cmd.VenueOrderCancelReject(target.venue, target.request.cl_ord_id, text=text)
        )

    # What venues say of where orders stand.

    def log_on(self, venue="A", way=OrderReconciliation.EACH):
        return self.do(cmd.SessionLoggedOn(venue, way))

    def log_on_again(self, venue="A", way=OrderReconciliation.EACH):
        self.do(cmd.SessionLoggedOut(venue))
        return self.log_on(venue, way)

    def stands(
        self, ord_status, cum_qty=0, avg_px=0, child=0, cl_ord_id="X", named=None, **changes
    ):
        target = self.order(cl_ord_id).children[child]
        given = {
            "session": target.venue,
            "ord_status": ord_status,
            "cl_ord_id": named or target.cl_ord_id,
            "cum_qty": Decimal(cum_qty),
            "avg_px": Decimal(avg_px),
        }
        return self.do(cmd.VenueOrderStatus(**(given | changes)))

    def unknown(self, child=0, cl_ord_id="X", **changes):
        text = {"text": "no such order"}
        return self.stands(OrdStatus.REJECTED, 0, 0, child, cl_ord_id, **(text | changes))

    # What is seen.

    def order(self, cl_ord_id="X") -> Order:
        return self.state.orders_by_cl_ord_id[CLIENT, cl_ord_id]


class DirectDesk(Desk):
    """A client with direct access to venue A."""

    def __init__(self, checks=()):
        super().__init__()
        agreement = ClientAgreement(session=CLIENT, acknowledge=Acknowledge.ON_VENUE, phones=("B",))
        route = Direct(id="to-a", venue="A")
        self.do(cmd.LoadRules(Rules("rules-2", checks, (route,), (agreement,)), "tester"))

    def say(self, exec_type, ord_status, cl_ord_id="X", orig=None, **changes):
        """Have the venue report on the order, under the client's ids."""
        order = self.order(cl_ord_id)
        ids = order.direct.venue_ids
        cum_qty = changes.pop("cum_qty", order.cum_qty)
        return self.do(
            cmd.VenueExecutionReport(
                session="A",
                exec_id=f"V{next(self.exec_ids)}",
                exec_type=exec_type,
                ord_status=ord_status,
                cl_ord_id=ids[cl_ord_id],
                orig_cl_ord_id=None if orig is None else ids[orig],
                cum_qty=Decimal(cum_qty),
                **changes,
            )
        )

    def trade(self, quantity, ord_status, cl_ord_id="X", price=10):
        """Have the venue report a fill, under the client's id."""
        last = {"last_qty": Decimal(quantity), "last_px": Decimal(price)}
        cum_qty = self.order(cl_ord_id).cum_qty + quantity
        return self.say(ExecType.TRADE, ord_status, cl_ord_id, cum_qty=cum_qty, **last)

    def refuse(self, cl_ord_id, **changes):
        """Have the venue refuse a request, named by the client's id."""
        venue_id = self.order(cl_ord_id).direct.venue_ids[cl_ord_id]
        return self.do(cmd.VenueOrderCancelReject("A", venue_id, **changes))


def told(events: list[Event]) -> list[str]:
    """Return what the client is told, as ``ExecType OrdStatus ClOrdID cum/leaves``."""
    lines = []
    for event in events:
        if isinstance(event, OrderReported | OrderAnswered):
            report = event.report
            lines.append(
                f"{report.exec_type.name} {report.ord_status.name} {report.cl_ord_id}"
                f" {report.cum_qty}/{report.leaves_qty}"
            )
        elif isinstance(event, RequestRejected):
            reject = event.reject
            lines.append(
                f"REQUEST_REJECTED {reject.ord_status.name} {reject.cl_ord_id}"
                f" {reject.cxl_rej_reason}"
            )
    return lines


def kinds(events: list[Event]) -> list[str]:
    """Return the kinds of the events, in order."""
    return [type(event).__name__ for event in events]
