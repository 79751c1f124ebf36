"""Random lives of direct orders: a venue that says anything at all, and the sums hold."""

from decimal import Decimal

from desk import CLIENT, DirectDesk, terms
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from msgspec import structs
from order_lives import Lives, lived
from replayed_lives import Replayed

from oms_fix.core.orders.state import State
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrderReconciliation, OrdStatus, TimeInForce
from oms_fix.model.rules import CancelOnDisconnect

TRADES = (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)
OTHERS = [each for each in ExecType if each not in TRADES]
STATUSES = st.sampled_from([None, *OrdStatus])
SPLIT = 0  # ExecRestatementReason(378)


class DirectLives(Lives):
    """A client asks what it likes, chained as it likes; the venue answers what it likes."""

    def open(self):
        desk = self.desk = DirectDesk.__new__(DirectDesk)
        desk.state = State()
        desk.do = self.do  # watched from the first command on
        DirectDesk.__init__(desk)
        agreement = structs.replace(
            desk.state.rules.clients[0],
            cancel_on_disconnect=CancelOnDisconnect.LOGOUT,
            disconnect_grace_seconds=0,
        )
        self.do(cmd.LoadRules(structs.replace(desk.state.rules, clients=(agreement,)), "tester"))
        return desk

    def draw_order(self, data):
        return data.draw(st.sampled_from(self.orders))

    def draw_placed(self, data):
        """An order that the venue knows of."""
        child = data.draw(st.sampled_from(self.children))
        return self.desk.state.orders[child.order_id]

    def draw_orig(self, data, order):
        """The last accepted id, or that of a request on its way."""
        sent = [passed.cl_ord_id for passed in order.passed_on.values()]
        return data.draw(st.sampled_from([order.cl_ord_id, *sent]))

    def any_id(self, data):
        """A new id, now and then one that was used before."""
        return self.next_id() if data.draw(st.integers(0, 5)) else f"C{max(self.ids, 1)}"

    @rule(
        quantity=st.integers(1, 100),
        tif=st.sampled_from([TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL]),
    )
    def new(self, quantity, tif):
        self.desk.new(self.next_id(), terms(quantity, time_in_force=tif))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data):
        order = self.draw_order(data)
        self.desk.cancel(self.any_id(data), self.draw_orig(data, order))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), quantity=st.integers(1, 120), price=st.integers(5, 15))
    def replace(self, data, quantity, price):
        order = self.draw_order(data)
        self.desk.replace(terms(quantity, price), self.any_id(data), self.draw_orig(data, order))

    @rule(up=st.booleans(), by_logout=st.booleans())
    def client_link(self, up, by_logout):
        lost = cmd.SessionLoggedOut(CLIENT, by_logout=by_logout)
        self.do(cmd.SessionLoggedOn(CLIENT) if up else lost)

    @rule()
    def client_stays_away(self):
        self.do(cmd.ClientOverdue(CLIENT))

    @rule()
    def mass_cancel(self):
        self.do(cmd.OrderMassCancelRequest(CLIENT, self.next_id(), "7"))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def ask_status(self, data):
        self.desk.ask_status(self.draw_orig(data, self.draw_order(data)))

    def venue(self, data, order, exec_type, **changes):
        """Have the venue report under any id that it was ever sent."""
        known = [id_ for id_, child in self.ids_at_venue if child.order_id == order.order_id]
        cl_ord_id, orig = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(known))
        repeats = not data.draw(st.integers(0, 9))
        given = {
            "session": "A",
            "exec_id": "V1" if repeats else f"V{next(self.desk.exec_ids)}",
            "exec_type": exec_type,
            "ord_status": data.draw(STATUSES),
            "cl_ord_id": cl_ord_id,
            "orig_cl_ord_id": orig,
        }
        self.do(cmd.VenueExecutionReport(**(given | changes)))

    @property
    def ids_at_venue(self):
        return list(self.desk.state.children.items())

    @precondition(lambda self: self.children)
    @rule(data=st.data(), exec_type=st.sampled_from(OTHERS), order_qty=st.integers(0, 120))
    def venue_says(self, data, exec_type, order_qty):
        order = self.draw_placed(data)
        self.venue(data, order, exec_type, order_qty=Decimal(order_qty), last_qty=Decimal(1))

    @precondition(lambda self: self.children)
    @rule(data=st.data(), cum_qty=st.sampled_from([0, 2]))
    def venue_splits(self, data, cum_qty):
        order = self.draw_placed(data)
        quantities = {"order_qty": order.terms.order_qty * 2, "cum_qty": order.cum_qty * cum_qty}
        if order.cum_qty < 1_000_000:
            self.venue(data, order, ExecType.RESTATED, exec_restatement_reason=SPLIT, **quantities)

    @precondition(lambda self: self.children)
    @rule(data=st.data(), quantity=st.integers(1, 60), price=st.integers(5, 15))
    def fill(self, data, quantity, price):
        last = {"last_qty": Decimal(quantity), "last_px": Decimal(price)}
        self.venue(data, self.draw_placed(data), ExecType.TRADE, **last)

    @precondition(lambda self: any(child.executions for child in self.children))
    @rule(data=st.data(), corrected=st.integers(0, 50), price=st.integers(5, 15))
    def bust_or_correct(self, data, corrected, price):
        child = data.draw(st.sampled_from([c for c in self.children if c.executions]))
        self.venue(
            data,
            self.desk.state.orders[child.order_id],
            ExecType.TRADE_CORRECT if corrected else ExecType.TRADE_CANCEL,
            exec_ref_id=data.draw(st.sampled_from(sorted(child.executions))),
            last_qty=Decimal(corrected),
            last_px=Decimal(price),
        )

    @rule()
    def end_trading_day(self):
        self.end_day()

    @rule(way=st.sampled_from(list(OrderReconciliation)))
    def venue_comes_again(self, way):
        self.desk.log_on_again("A", way)

    @precondition(lambda self: self.children)
    @rule(data=st.data(), ord_status=st.sampled_from(list(OrdStatus)), lost=st.integers(-10, 30))
    def venue_tells_status(self, data, ord_status, lost):
        child = data.draw(st.sampled_from(self.children))
        order = self.desk.state.orders[child.order_id]
        cum_qty = max(child.cum_qty + lost, Decimal(0))
        self.desk.stands(ord_status, cum_qty, 10, 0, order.cl_ord_id)

    @precondition(lambda self: self.children)
    @rule(data=st.data(), ord_status=STATUSES, reads=st.booleans())
    def venue_refuses(self, data, ord_status, reads):
        cl_ord_id, _ = data.draw(st.sampled_from(self.ids_at_venue))
        if reads:
            self.do(cmd.VenueOrderCancelReject("A", cl_ord_id, ord_status=ord_status))
        else:
            self.do(cmd.VenueMessageReject("A", next(self.desk.exec_ids), cl_ord_id=cl_ord_id))

    def answer_all(self):
        for order in self.orders:
            for cl_ord_id in list(order.passed_on):
                self.do(cmd.VenueOrderCancelReject("A", cl_ord_id))


class ReplayedDirectLives(Replayed, DirectLives):
    """The same under many checks; afterwards replayed, under these and under others."""


TestDirectLives = lived(DirectLives)
TestReplayedDirectLives = lived(ReplayedDirectLives)
