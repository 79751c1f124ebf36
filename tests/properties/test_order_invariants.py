"""Random lives of orders: whatever clients and venues do in whatever order, the sums hold."""

from decimal import Decimal

import pytest
import wave_routes
from desk import CLIENT, Desk, terms
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from msgspec import structs
from order_lives import Lives, lived
from replayed_lives import Replayed

from oms_fix.core.orders import trading_states
from oms_fix.core.orders.state import State
from oms_fix.model.check_base import Action
from oms_fix.model.checks import ReviewTerms
from oms_fix.model.commands import (
    ClientOverdue,
    LastPrice,
    LoadRules,
    OperateOrder,
    OrderMassCancelRequest,
    RenewOrders,
    SessionLoggedOn,
    SessionLoggedOut,
    VenueStatusOverdue,
)
from oms_fix.model.enums import (
    ExecType,
    OrderOperation,
    OrderReconciliation,
    OrdStatus,
    OrdType,
    TimeInForce,
)
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.reviews import DecideReview, ReviewDecision
from oms_fix.model.routes import (
    Fallback,
    Iceberg,
    Manual,
    Remainder,
    RerouteOn,
    Split,
    SplitLeg,
    Sweep,
)
from oms_fix.model.rules import CancelOnDisconnect, ClientAgreement, DayOrders, GtOrders, Rules
from oms_fix.model.venue_health import ChildOverdue, RestoreVenue
from oms_fix.model.venues import Breaker, Feature, VenueTerms

ROUTES = [
    Split(
        id="split",
        when={"OrderQty": "> 50"},
        legs=(SplitLeg("A", Decimal(40)), SplitLeg("B", Decimal(35)), SplitLeg("C", Decimal(25))),
    ),
    Fallback(id="fallback", venues=("B", "C")),
]
AGREEMENT = ClientAgreement(
    session=CLIENT,
    cancel_on_disconnect=CancelOnDisconnect.CONNECTION_LOSS,
    disconnect_grace_seconds=0,
    day_orders=DayOrders.DONE_FOR_DAY,
    gt_orders=GtOrders.RESTATE,
)
LARGE = OrderQuantity(id="large", quantity_max=Decimal(80), action=Action.HOLD)
REVIEWS = ReviewTerms(two_approvals_notional=Decimal(1000))
WITHOUT_STOPS = tuple(VenueTerms(session=venue, lacks=(Feature.STOP,)) for venue in "BC")
ENDS = (ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED, ExecType.DONE_FOR_DAY)
TEN = Decimal(10)
QUANTITIES = st.integers(1, 120)
GTD = {"time_in_force": TimeInForce.GOOD_TILL_DATE}
LASTS = st.sampled_from(
    [
        {},
        {},
        {"time_in_force": TimeInForce.FILL_OR_KILL},
        {"time_in_force": TimeInForce.GOOD_TILL_CANCEL},
        GTD | {"expire_date": "20251230"},
        GTD | {"expire_time": "20251229-10:00:00"},  # past, as the time of these tests is
    ]
)
DAYS = ("2025-12-29", "2025-12-30", "2025-12-31")

SECOND = 1_000_000_000
BREAKER = Breaker(window=3, failures_percent_max=Decimal(40), suspend_seconds=3)
VENUES = (
    VenueTerms(session="A", breaker=BREAKER, no_answer_seconds=2),
    VenueTerms(session="B", no_answer_seconds=3, open_orders_max=4),
    VenueTerms(session="C", breaker=BREAKER, orders_per_second_max=2),
)


class OrderLives(Lives):
    """Clients and venues at random, by the router's word: New comes from it, orders are split."""

    def open(self):
        desk = self.desk = Desk.__new__(Desk)
        desk.state = State()
        desk.do = self.do  # watched from the first command on
        Desk.__init__(desk, ROUTES)
        desk.with_market()
        routes = tuple(ROUTES)
        rules = Rules("rules-2", (LARGE,), routes, (AGREEMENT,), WITHOUT_STOPS, REVIEWS)
        self.do(LoadRules(rules, "tester"))
        return desk

    def any_id(self, data) -> str:
        """A new id, now and then one that was used before."""
        return self.next_id() if data.draw(st.integers(0, 5)) else f"C{max(self.ids, 1)}"

    def draw_orig(self, data, order):
        """The last accepted id, or that of a request that is pending or waits."""
        pending = [order.request.cl_ord_id] if order.request is not None else []
        waiting = [each.cl_ord_id for each in order.waiting]
        return data.draw(st.sampled_from([order.cl_ord_id, *pending, *waiting]))

    @rule(quantity=QUANTITIES, lasts=LASTS, exec_inst=st.sampled_from([None, "J", "K", "o"]))
    def new(self, quantity, lasts, exec_inst):
        self.desk.new(self.next_id(), terms(quantity, exec_inst=exec_inst, **lasts))

    def a_stop(self, quantity, stop_px):
        given = {"ord_type": OrdType.STOP, "stop_px": Decimal(stop_px), "exec_inst": "J"}
        return terms(quantity, 0, **given)

    @rule(quantity=QUANTITIES, stop_px=st.integers(5, 15))
    def new_stop(self, quantity, stop_px):
        self.desk.new(self.next_id(), self.a_stop(quantity, stop_px))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), quantity=QUANTITIES, stop_px=st.integers(5, 15))
    def replace_by_stop(self, data, quantity, stop_px):
        order = data.draw(st.sampled_from(self.orders))
        stop = self.a_stop(quantity, stop_px)
        self.desk.replace(stop, self.any_id(data), self.draw_orig(data, order))

    @rule(price=st.integers(5, 15))
    def last_price(self, price):
        self.do(LastPrice("ACME", Decimal(price), "tester"))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def cancel(self, data):
        order = data.draw(st.sampled_from(self.orders))
        self.desk.cancel(self.any_id(data), self.draw_orig(data, order))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), quantity=QUANTITIES, price=st.integers(5, 15), lasts=LASTS)
    def replace(self, data, quantity, price, lasts):
        order = data.draw(st.sampled_from(self.orders))
        asked = terms(quantity, price, **lasts)
        self.desk.replace(asked, self.any_id(data), self.draw_orig(data, order))

    def draw_child(self, data):
        child = data.draw(st.sampled_from(self.children))
        order = self.desk.state.orders[child.order_id]
        return order.children.index(child), child, order.cl_ord_id

    @precondition(lambda self: self.children)
    @rule(data=st.data())
    def acknowledge(self, data):
        place, _, cl_ord_id = self.draw_child(data)
        self.desk.ack(place, cl_ord_id)

    @precondition(lambda self: any(child.is_open for child in self.children))
    @rule(data=st.data(), price=st.integers(5, 15))
    def fill(self, data, price):
        place, child, cl_ord_id = self.draw_child(data)
        left = int(child.terms.order_qty - child.cum_qty)
        if child.is_open and left > 0:
            quantity = data.draw(st.integers(1, left + 3))  # venues overfill, too
            self.desk.fill(quantity, price, place, cl_ord_id)

    @precondition(lambda self: any(child.request for child in self.children))
    @rule(data=st.data(), accepts=st.booleans())
    def answer_request(self, data, accepts):
        asked = [child for child in self.children if child.request]
        self.answer_of(data.draw(st.sampled_from(asked)), accepts=accepts)

    def answer_of(self, child, *, accepts):
        order = self.desk.state.orders[child.order_id]
        place = order.children.index(child)
        if not accepts:
            self.desk.refuse_request(place, order.cl_ord_id)
        elif child.request.terms is None:
            self.desk.venue(ExecType.CANCELED, place, order.cl_ord_id)
        else:
            self.desk.venue(ExecType.REPLACED, place, order.cl_ord_id)

    @precondition(lambda self: self.children)
    @rule(data=st.data(), exec_type=st.sampled_from(ENDS))
    def venue_ends(self, data, exec_type):
        place, _, cl_ord_id = self.draw_child(data)
        self.desk.venue(exec_type, place, cl_ord_id)

    @precondition(lambda self: any(child.executions for child in self.children))
    @rule(data=st.data(), corrected=st.integers(0, 50), price=st.integers(5, 15))
    def bust_or_correct(self, data, corrected, price):
        child = data.draw(st.sampled_from([c for c in self.children if c.executions]))
        order = self.desk.state.orders[child.order_id]
        reference = data.draw(st.sampled_from(sorted(child.executions)))
        quantity = Decimal(corrected)  # upwards, too
        self.desk.venue(
            ExecType.TRADE_CORRECT if quantity else ExecType.TRADE_CANCEL,
            order.children.index(child),
            order.cl_ord_id,
            exec_ref_id=reference,
            last_qty=quantity,
            last_px=Decimal(price),
        )

    @rule()
    def mass_cancel(self):
        self.do(OrderMassCancelRequest(CLIENT, self.next_id(), "7"))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def ask_status(self, data):
        self.desk.ask_status(data.draw(st.sampled_from(self.orders)).cl_ord_id)

    @precondition(lambda self: self.children)
    @rule(data=st.data(), order_qty=st.integers(1, 60))
    def venue_restates(self, data, order_qty):
        place, _, cl_ord_id = self.draw_child(data)
        self.desk.venue(ExecType.RESTATED, place, cl_ord_id, order_qty=Decimal(order_qty))

    @precondition(lambda self: self.children)
    @rule(data=st.data())
    def venue_splits(self, data):
        place, child, cl_ord_id = self.draw_child(data)
        self.desk.venue(
            ExecType.RESTATED,
            place,
            cl_ord_id,
            exec_restatement_reason=0,
            order_qty=child.terms.order_qty * 2,
            cum_qty=child.cum_qty * 2,
            price=Decimal(5),
        )

    @precondition(lambda self: self.children)
    @rule(data=st.data())
    def venue_rejects_something_else(self, data):
        place, _, cl_ord_id = self.draw_child(data)
        self.desk.venue(ExecType.REJECTED, place, cl_ord_id, ord_status=OrdStatus.NEW)

    @rule(venue=st.sampled_from("ABC"), up=st.booleans())
    def venue_link(self, venue, up):
        self.do(SessionLoggedOn(venue) if up else SessionLoggedOut(venue))

    @rule(up=st.booleans(), by_logout=st.booleans())
    def client_link(self, up, by_logout):
        lost = SessionLoggedOut(CLIENT, by_logout=by_logout)
        self.do(SessionLoggedOn(CLIENT) if up else lost)

    @precondition(lambda self: self.desk.state.reviews)
    @rule(
        data=st.data(),
        decision=st.sampled_from([ReviewDecision.APPROVE, *ReviewDecision]),
        operator=st.sampled_from(["ann", "bob"]),
    )
    def review(self, data, decision, operator):
        order = data.draw(st.sampled_from(self.desk.state.held_for_review()))
        self.decide_on(order, decision, operator)

    def decide_on(self, order, decision, operator):
        review_id = order.under_review.opened.review_id
        self.do(DecideReview(order.order_id, review_id, decision, operator, "fine"))

    @invariant()
    def what_is_held_is_at_no_venue_and_is_found(self):
        held = [order for order in self.orders if order.under_review is not None]
        assert self.desk.state.held_for_review() == held
        assert all(order.is_open for order in held)
        assert not any(order.children for order in held if order.review is not None)
        assert not any(order.cancel_waits for order in held)

    @rule()
    def client_stays_away(self):
        self.do(ClientOverdue(CLIENT))
        assert CLIENT not in self.desk.state.clients_awaited

    @rule()
    def end_trading_day(self):
        self.end_day()

    @rule(day=st.sampled_from(DAYS))
    def market_closes(self, day):
        self.desk.close(day)

    @rule()
    def orders_end(self):
        self.desk.end_orders()
        for order in self.orders:
            is_over = order.is_due and not order.terms.time_in_force.is_good_till
            assert not is_over or not order.is_open or order.withdrawn is not None

    @rule()
    def orders_are_renewed(self):
        self.do(RenewOrders())
        assert not any(order.is_carried and order.is_open for order in self.orders)

    @invariant()
    def only_open_orders_expire(self):
        for order_id in self.desk.state.expiries:
            order = self.desk.state.orders[order_id]
            assert order.is_open
            assert order.withdrawn is None

    @rule(venue=st.sampled_from("ABC"), way=st.sampled_from(list(OrderReconciliation)))
    def venue_comes_again(self, venue, way):
        self.desk.log_on_again(venue, way)

    @precondition(lambda self: self.children)
    @rule(
        data=st.data(),
        ord_status=st.sampled_from(list(OrdStatus)),
        lost=st.integers(-10, 30),
        by_request=st.booleans(),
        ends_list=st.booleans(),
    )
    def venue_tells_status(self, data, ord_status, lost, by_request, ends_list):
        place, child, cl_ord_id = self.draw_child(data)
        under_way = self.desk.state.reconciliations.get(child.venue)
        request = child.request if by_request else None
        self.desk.stands(
            ord_status,
            max(child.cum_qty + lost, Decimal(0)),
            10,
            place,
            cl_ord_id,
            named=None if request is None else request.cl_ord_id,
            mass_status_req_id=under_way and under_way.request_id,
            last_rpt_requested=ends_list,
        )

    @precondition(lambda self: any(child.estimates for child in self.children))
    @rule(data=st.data(), quantity=st.integers(1, 40), price=st.integers(5, 15))
    def late_report(self, data, quantity, price):
        child = data.draw(st.sampled_from([each for each in self.children if each.estimates]))
        order = self.desk.state.orders[child.order_id]
        before = child.cum_qty
        left = sum(
            child.executions[each.exec_id].quantity
            for each in child.estimates
            if each.exec_id in child.executions
        )
        told = data.draw(st.integers(1, int(child.estimates[-1].to_qty) + 10))
        self.desk.fill(
            quantity, price, order.children.index(child), order.cl_ord_id, cum_qty=Decimal(told)
        )
        assert before + quantity - left <= child.cum_qty <= before + quantity

    @precondition(lambda self: self.desk.state.reconciliations)
    @rule(data=st.data())
    def venue_is_silent(self, data):
        venue = data.draw(st.sampled_from(sorted(self.desk.state.reconciliations)))
        self.do(VenueStatusOverdue(venue))

    @invariant()
    def a_reconciliation_awaits_something(self):
        for venue, under_way in self.desk.state.reconciliations.items():
            assert venue in self.desk.state.sessions_logged_on
            assert under_way.request_id or under_way.asked

    @invariant()
    def what_is_unsettled_is_found(self):
        assert set(self.desk.state.unsettled_children) == {
            child.child_id for child in self.children if not child.is_settled
        }

    @invariant()
    def an_ended_order_has_no_open_request(self):
        for order in self.orders:
            if not order.is_open and not order.awaits_venue:
                assert order.request is None
            assert order.request is not None or order.withdrawn is not None or not order.waiting

    @invariant()
    def an_open_order_works_somewhere(self):
        for order in self.orders:
            works = order.open_children or order.awaits_venue
            assert not order.is_open or works or order.rests

    @invariant()
    def stops_are_held_until_they_are_due(self):
        held = [order for order in self.orders if order.awaits_price and order.is_open]
        assert all(not order.children for order in held)
        assert self.desk.state.stops_in("ACME") == held
        assert set(self.desk.state.held_stops) == {order.terms.symbol for order in held}
        last_px = self.desk.state.last_prices.get("ACME")
        state = self.desk.state
        free = [order for order in held if not trading_states.holds_back(state, order)]
        assert last_px is None or all(order.terms.stop_px > last_px for order in free)

    @invariant()
    def only_a_halt_suspends(self):
        suspended = [order for order in self.orders if order.suspended]
        assert all(trading_states.halt_problem(self.desk.state, order) for order in suspended)
        assert all(order.is_open for order in suspended)

    @invariant()
    def what_is_left_works_and_no_more(self):
        for order in self.orders:
            at_once = order.terms.time_in_force is TimeInForce.FILL_OR_KILL
            if order.request is not None or order.awaits_venue:
                continue
            called_back = any(child.called_back for child in order.open_children)
            assert order.placed_qty <= order.leaves_qty or called_back
            assert order.placed_qty >= order.leaves_qty or at_once or order.rests

    def answer_all(self):
        accepts = False
        while self.desk.state.reviews or any(child.request for child in self.children):
            accepts = not accepts
            for order in self.desk.state.held_for_review():
                self.decide_on(order, ReviewDecision.REJECT, "cat")
            for child in [child for child in self.children if child.request][:1]:
                self.answer_of(child, accepts=accepts)


class ReplayedLives(Replayed, OrderLives):
    """The same under many checks; afterwards replayed, under these and under others."""


WAVES = [
    Sweep(
        id="sweep",
        when={"OrderQty": "> 80"},
        venues=("A", "B"),
        remainder=Remainder.POST,
        reroute_on=tuple(RerouteOn),
        child_count_max=8,
    ),
    Sweep(id="on", when={"OrderQty": "> 60"}, venues=("A", "B", "C"), then="iceberg"),
    Iceberg(id="iceberg", when={"OrderQty": "> 25"}, venues=tuple("CBA"), display_quantity=TEN),
    Manual(id="manual", when={"OrderQty": "> 10"}, desk="BLOCKS"),
    Fallback(id="fallback", venues=("B", "C"), reroute_on=tuple(RerouteOn)),
]


class WaveLives(OrderLives):
    """The same where orders are placed in waves, by the simplest strategies, or by traders."""

    def open(self):
        self.plans = pytest.MonkeyPatch()
        wave_routes.use(self.plans)
        desk = super().open()
        rules = Rules("rules-3", (LARGE,), tuple(WAVES), (AGREEMENT,), WITHOUT_STOPS, REVIEWS)
        self.do(LoadRules(rules, "tester"))
        return desk

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), venue=st.sampled_from("ABC"), quantity=QUANTITIES)
    def trader_places(self, data, venue, quantity):
        order = data.draw(st.sampled_from(self.orders))
        place = OrderOperation.PLACE
        command = OperateOrder(
            order.order_id, place, "bob", "phoned", quantity=Decimal(quantity), venue=venue
        )
        free = order.free_qty
        self.do(command)
        assert order.free_qty in (free, free - quantity)

    @precondition(lambda self: any(child.is_open for child in self.children))
    @rule(data=st.data(), owed=st.integers(0, 20))
    def venue_ends_and_owes(self, data, owed):
        child = data.draw(st.sampled_from([each for each in self.children if each.is_open]))
        order = self.desk.state.orders[child.order_id]
        told = min(child.cum_qty + owed, child.terms.order_qty)
        place = order.children.index(child)
        self.desk.venue(ExecType.CANCELED, place, order.cl_ord_id, cum_qty=told)

    @invariant()
    def what_is_left_works_and_no_more(self):
        for order in self.orders:
            called_back = any(child.called_back for child in order.open_children)
            awaits = order.request is not None or order.awaits_venue
            assert awaits or called_back or order.placed_qty <= order.leaves_qty
            is_to_follow = order.onward is not None and bool(order.open_children)
            at_once = order.terms.time_in_force.is_at_once
            assert awaits or is_to_follow or at_once or order.rests or not order.free_qty

    @invariant()
    def what_has_ended_goes_on_no_more(self):
        ended = [order for order in self.orders if not order.is_open]
        by_a_fill = OrdStatus.FILLED  # a bust of it opens the order again, which goes on then
        assert all(each.onward is None for each in ended if each.status is not by_a_fill)

    def teardown(self):
        super().teardown()
        self.plans.undo()


class WatchedLives(OrderLives):
    """Venues that are suspended and restored, and are to answer and to fill in time."""

    def open(self):
        desk = super().open()
        routes = tuple(structs.replace(route, no_fill_seconds=2) for route in ROUTES)
        rules = structs.replace(desk.state.rules, version="rules-4", routes=routes, venues=VENUES)
        self.do(LoadRules(rules, "tester"))
        return desk

    @rule(seconds=st.integers(1, 4))
    def time_passes(self, seconds):
        self.desk.now += seconds * SECOND
        for child_id in list(self.desk.state.child_deadlines):
            self.do(ChildOverdue(child_id))

    @rule(venue=st.sampled_from("ABC"))
    def restored(self, venue):
        self.do(RestoreVenue(venue, "tester", "well again"))

    @precondition(lambda self: any(d.asked for d in self.desk.state.child_deadlines.values()))
    @rule(data=st.data(), is_known=st.booleans())
    def says_where_it_stands(self, data, is_known):
        deadlines = self.desk.state.child_deadlines
        asked = sorted(child_id for child_id, each in deadlines.items() if each.asked)
        child = self.desk.state.children[data.draw(st.sampled_from(asked))]
        order = self.desk.state.orders[child.order_id]
        place = order.children.index(child)
        status = OrdStatus.NEW if is_known else OrdStatus.REJECTED
        self.desk.stands(status, child=place, cl_ord_id=order.cl_ord_id)

    @invariant()
    def records_are_what_the_children_are(self):
        for venue, record in self.desk.state.venue_records.items():
            mine = [child for child in self.children if child.venue == venue and child.cl_ord_id]
            assert record.standing == {child.child_id for child in mine if child.is_open}
            assert set(record.awaited) <= record.standing
            assert record.failures == sum(map(record.has_failed, record.outcomes))
            assert not record.probe or record.probe in record.awaited

    @invariant()
    def only_what_is_open_is_timed(self):
        children = self.desk.state.children
        assert all(children[child_id].is_open for child_id in self.desk.state.child_deadlines)


TestOrderLives = lived(OrderLives)
TestWaveLives = lived(WaveLives)
TestReplayedLives = lived(ReplayedLives)
TestWatchedLives = lived(WatchedLives)
