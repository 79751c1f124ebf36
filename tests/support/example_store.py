"""A message store with a few believable orders, written by the store's own writer."""

from decimal import Decimal

from oms_fix.fix.codec import encode
from oms_fix.journal.records import Batch, CommandRecord, EventRecord, MessageRecord, SessionNumbers
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model import commands as cmd
from oms_fix.model import events as ev
from oms_fix.model.circumstances import TradingStateChanged
from oms_fix.model.enums import (
    AssetClass,
    ExecType,
    OrderOperation,
    OrdStatus,
    OrdType,
    Side,
    TradingScope,
    TradingState,
)
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.operations import OrderOperated
from oms_fix.model.orders import ExecutionReport, OrderTerms
from oms_fix.model.routing import OrderRouted, RouteLeg
from oms_fix.model.rules import ReferenceData, Rules

US = 1_000
MS = 1_000_000
START = 1_772_461_800_000_000_000  # 2026-03-02 14:30:00 UTC

VERSIONS = {"BUYSIDE42": "FIX.4.2", "XLON": "FIXT.1.1"}
MSG_TYPES = {
    cmd.NewOrderSingle: "D",
    cmd.OrderCancelRequest: "F",
    cmd.VenueExecutionReport: "8",
    ev.ChildPlaced: "D",
    ev.ChildCancelRequested: "F",
    ev.OrderReported: "8",
}


def terms(side, quantity, symbol, price, account):
    return OrderTerms(
        symbol=symbol,
        side=side,
        order_qty=Decimal(quantity),
        ord_type=OrdType.LIMIT,
        price=Decimal(price),
        account=account,
    )


class StoreBuilder:
    """Commits one batch a command: read at t, decided at t+50us, encoded t+60us, sent t+200us."""

    def __init__(self, path):
        self.path = path
        self.journal = SqliteJournal(path, "normal")
        self.now = START
        self.message_id = self.event_id = self.command_id = self.batch_id = 0
        self.exec_id = 0
        self.numbers = {}
        self.released = []

    def close(self):
        """Have the writer let go of the store, if it has not yet."""
        if self.journal is not None:
            self.journal.close()
            self.journal = None

    def turn(self, command, *events):
        """Store a command, the message it came in, its events and the messages they make."""
        self.batch_id += 1
        self.command_id += 1
        batch = Batch(self.batch_id, released=self.released)
        message_id = None
        if type(command) in MSG_TYPES:
            message_id = self._message(batch, command, command.session, "in", self.now, None)
        batch.commands.append(
            CommandRecord(self.command_id, self.now + 50 * US, message_id, command)
        )
        for event in events:
            self.event_id += 1
            batch.events.append(EventRecord(self.event_id, self.command_id, event))
            if type(event) in MSG_TYPES:
                session = getattr(event, "venue", None) or event.session
                self._message(batch, event, session, "out", self.now + 60 * US, self.event_id)
        batch.sessions = {name: SessionNumbers(0, *pair) for name, pair in self.numbers.items()}
        self.journal.commit(batch)
        self.released = [(self.batch_id, self.now + 200 * US)]
        self.now += MS

    def _message(self, batch, content, session, direction, at, event_id):
        self.message_id += 1
        pair = self.numbers.setdefault(session, [1, 1])
        way = 0 if direction == "in" else 1
        number, pair[way] = pair[way], pair[way] + 1
        msg_type = MSG_TYPES[type(content)]
        raw = self.raw(session, msg_type, number, content)
        batch.messages.append(
            MessageRecord(
                self.message_id, at, session, 0, direction, number, msg_type, event_id, raw
            )
        )
        return self.message_id

    def raw(self, session, msg_type, number, content):
        """Return a message with the fields that matter here."""
        told = getattr(content, "report", content)
        body = [(11, (told.cl_ord_id or "").encode())]
        order_terms = getattr(told, "terms", None)
        if order_terms is not None:
            body += [(55, order_terms.symbol.encode()), (54, order_terms.side.encode())]
        return encode(VERSIONS.get(session, "FIX.4.4"), msg_type, [(34, b"%d" % number)], body)

    def report(self, order_id, session, cl_ord_id, exec_type, status, order_terms, **more):
        """Return what a client is told; ``cum`` and ``leaves`` in ``more``."""
        self.exec_id += 1
        routes = {name: more.pop(name, None) for name in ("child_id", "venue_exec_id")}
        report = ExecutionReport(
            order_id=order_id,
            exec_id=f"T-E{self.exec_id}",
            cl_ord_id=cl_ord_id,
            exec_type=exec_type,
            ord_status=status,
            terms=order_terms,
            cum_qty=Decimal(more.pop("cum", 0)),
            leaves_qty=Decimal(more.pop("leaves", 0)),
            avg_px=Decimal(more.pop("avg", 0)),
            **more,
        )
        return ev.OrderReported(order_id, session, report, **routes)

    def new(self, order_id, session, cl_ord_id, order_terms, legs, route="by-symbol"):
        """A new order that passes its checks and is placed at (child, venue, quantity) ``legs``."""
        children = [
            ev.ChildPlaced(
                order_id,
                child_id,
                child_id,
                venue,
                OrderTerms(
                    symbol=order_terms.symbol,
                    side=order_terms.side,
                    order_qty=Decimal(quantity),
                    ord_type=order_terms.ord_type,
                    price=order_terms.price,
                ),
            )
            for child_id, venue, quantity in legs
        ]
        self.turn(
            cmd.NewOrderSingle(session, cl_ord_id, order_terms),
            ev.OrderCaptured(order_id, session, cl_ord_id, order_terms),
            ev.ChecksEvaluated(
                order_id,
                cl_ord_id,
                "rules-1",
                (
                    ev.CheckResult("known", "pass"),
                    ev.CheckResult("size", "warn", "ORDER_QTY_LIMIT", "1000 > 900"),
                ),
            ),
            OrderRouted(
                order_id,
                "rules-1",
                route,
                "split",
                f"rule {route}: its conditions hold",
                (
                    *(RouteLeg(venue, Decimal(qty), "its share") for _, venue, qty in legs),
                    RouteLeg("XLON", Decimal(0), "not connected"),
                ),
            ),
            *children,
            self.report(
                order_id,
                session,
                cl_ord_id,
                ExecType.NEW,
                OrdStatus.NEW,
                order_terms,
                leaves=order_terms.order_qty,
            ),
        )

    def venue_says(
        self, child, venue, exec_id, exec_type, status, *, order_id, cum, leaves, **more
    ):
        """A venue's report with the event that books it on the child; returns both."""
        cl_ord_id = more.pop("cl_ord_id", child)
        amounts = {name: more[name] for name in ("last_qty", "last_px") if name in more}
        command = cmd.VenueExecutionReport(
            venue, exec_id, exec_type, status, cl_ord_id, symbol="AAPL", **amounts
        )
        event = ev.ChildReported(
            order_id,
            child,
            venue,
            exec_id,
            exec_type,
            status,
            child,
            Decimal(cum),
            Decimal(leaves),
            venue_order_id=f"V-{child}",
            **amounts,
        )
        return command, event


def found(store):
    """Rules, reference data and sessions."""
    reference = ReferenceData(
        "ref-1",
        (
            Instrument("AAPL", AssetClass.EQUITY, "USD", Decimal(190)),
            Instrument("UST10Y", AssetClass.TREASURY, "USD", Decimal(99)),
        ),
        (Account("ACC-1"), Account("ACC-2")),
    )
    rules = Rules("rules-1")
    store.turn(cmd.LoadRules(rules, "ops"), ev.StoreFounded("T"), ev.RulesLoaded(rules, "ops"))
    store.turn(cmd.LoadReferenceData(reference, "ops"), ev.ReferenceDataLoaded(reference, "ops"))
    for name in ("BUYSIDE42", "BUYSIDE44", "XNAS", "XNYS"):
        store.turn(cmd.SessionLoggedOn(name), ev.SessionChanged(name, logged_on=True))


def filled_at_two_venues(store):
    """T-1: BUY 1000 AAPL, 600 filled at XNAS, then 400 at XNYS."""
    wanted = terms(Side.BUY, 1000, "AAPL", "190.25", "ACC-1")
    order_id, client, cl_ord_id = "T-1", "BUYSIDE42", "C-1"
    store.new(order_id, client, cl_ord_id, wanted, [("T-1.1", "XNAS", 600), ("T-1.2", "XNYS", 400)])
    for child, venue, quantity in (("T-1.1", "XNAS", 600), ("T-1.2", "XNYS", 400)):
        ack = store.venue_says(
            child,
            venue,
            f"{venue}-1",
            ExecType.NEW,
            OrdStatus.NEW,
            order_id=order_id,
            cum=0,
            leaves=quantity,
        )
        store.turn(*ack)
    fills = (
        ("T-1.1", "XNAS", 600, "190.20", 600, "190.2", OrdStatus.PARTIALLY_FILLED),
        ("T-1.2", "XNYS", 400, "190.25", 1000, "190.22", OrdStatus.FILLED),
    )
    for child, venue, quantity, price, cum, average, status in fills:
        command, booked = store.venue_says(
            child,
            venue,
            f"{venue}-2",
            ExecType.TRADE,
            OrdStatus.FILLED,
            order_id=order_id,
            cum=quantity,
            leaves=0,
            last_qty=Decimal(quantity),
            last_px=Decimal(price),
        )
        told = store.report(
            order_id,
            client,
            cl_ord_id,
            ExecType.TRADE,
            status,
            wanted,
            cum=cum,
            leaves=1000 - cum,
            avg=average,
            last_qty=Decimal(quantity),
            last_px=Decimal(price),
            last_mkt=venue,
            child_id=child,
            venue_exec_id=f"{venue}-2",
        )
        store.turn(command, booked, told)


def rejected(store):
    """T-2: refused by a check; its client used the ClOrdID that T-1's client used too."""
    wanted = terms(Side.SELL, 500_000, "UST10Y", "99.5", "ACC-2")
    text = "RESTRICTED: instrument is on the restricted list list=cold"
    store.turn(
        cmd.NewOrderSingle("BUYSIDE44", "C-1", wanted),
        ev.OrderCaptured("T-2", "BUYSIDE44", "C-1", wanted),
        ev.ChecksEvaluated(
            "T-2", "C-1", "rules-1", (ev.CheckResult("cold", "reject", "RESTRICTED", "list=cold"),)
        ),
        store.report(
            "T-2",
            "BUYSIDE44",
            "C-1",
            ExecType.REJECTED,
            OrdStatus.REJECTED,
            wanted,
            ord_rej_reason=0,
            text=text,
        ),
    )


def canceled(store):
    """T-3: SELL 200 AAPL, 50 of it filled, then canceled by its client with C-4."""
    wanted = terms(Side.SELL, 200, "AAPL", "191", "ACC-1")
    store.new("T-3", "BUYSIDE44", "C-3", wanted, [("T-3.1", "XNAS", 200)])
    command, booked = store.venue_says(
        "T-3.1",
        "XNAS",
        "XNAS-3",
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        order_id="T-3",
        cum=50,
        leaves=150,
        last_qty=Decimal(50),
        last_px=Decimal(191),
    )
    told = store.report(
        "T-3",
        "BUYSIDE44",
        "C-3",
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        wanted,
        cum=50,
        leaves=150,
        avg=191,
        last_qty=Decimal(50),
        last_px=Decimal(191),
        child_id="T-3.1",
        venue_exec_id="XNAS-3",
    )
    store.turn(command, booked, told)
    store.turn(
        cmd.OrderCancelRequest("BUYSIDE44", "C-4", "C-3", "AAPL"),
        ev.RequestAccepted("T-3", "C-4", "C-3", withdraws=True),
        ev.ChildCancelRequested("T-3", "T-3.1", "T-3.1c", "T-3.1", "XNAS", wanted),
    )
    command, booked = store.venue_says(
        "T-3.1",
        "XNAS",
        "XNAS-4",
        ExecType.CANCELED,
        OrdStatus.CANCELED,
        order_id="T-3",
        cum=50,
        leaves=0,
        cl_ord_id="T-3.1c",
    )
    told = store.report(
        "T-3",
        "BUYSIDE44",
        "C-4",
        ExecType.CANCELED,
        OrdStatus.CANCELED,
        wanted,
        cum=50,
        avg=191,
        orig_cl_ord_id="C-3",
    )
    store.turn(command, booked, told)


def working(store):
    """T-4: BUY 100000 par of UST10Y, open."""
    wanted = terms(Side.BUY, 100_000, "UST10Y", "99.5", "ACC-2")
    store.new("T-4", "BUYSIDE44", "C-9", wanted, [("T-4.1", "DLR1", 100_000)], "bonds")


def left_alone(store):
    """An operator wants an order canceled that there is not."""
    what = ("T-99", OrderOperation.CANCEL, "bob", "client called")
    refused = "UNKNOWN_ORDER: no such order OrderID=T-99"
    store.turn(cmd.OperateOrder(*what), OrderOperated(*what, refused=refused))


def halted(store):
    """An operator lets an account only reduce its positions."""
    what = (TradingScope.ACCOUNT, "ACC-2", TradingState.REDUCING, "bob", "limit is reached")
    store.turn(cmd.SetTradingState(*what), TradingStateChanged(*what))
