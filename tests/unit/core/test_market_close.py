"""Orders that end with the day of their market."""

from datetime import datetime
from decimal import Decimal

import pytest
from desk import CLIENT, MARKET, WITH_MARKET, Desk, DirectDesk, kinds, terms, told
from msgspec import structs

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, OrdType, TimeInForce
from oms_fix.model.routes import Direct, Split, SplitLeg
from oms_fix.model.rules import ClientAgreement, DayOrders, ReferenceData, Rules
from oms_fix.model.venues import Feature, VenueTerms

GTC = TimeInForce.GOOD_TILL_CANCEL
GTD = TimeInForce.GOOD_TILL_DATE


def at(text):
    """Return a time, given in ISO 8601, in nanoseconds."""
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


@pytest.fixture
def desk():
    """A desk where the market has closed before, on Friday; an order of Monday, X, is at A."""
    desk = Desk().with_market()
    desk.close("2026-11-20")
    desk.new("X")
    desk.ack()
    return desk


def closed(desk, day="2026-11-23"):
    """Have the market close, and the time of the venues be over."""
    desk.close(day)
    return desk.end_orders()


def test_a_venue_is_asked_to_cancel_before_the_client_is_told(desk):
    """It may work the order still: nothing is told until it does not, then Expired."""
    assert kinds(desk.close()) == ["MarketClosed"]
    events = desk.end_orders()
    assert kinds(events) == ["OrderWithdrawn", "ChildCancelRequested"]
    assert told(events) == []
    assert told(desk.venue(ExecType.CANCELED)) == ["EXPIRED EXPIRED X 0/0"]


def test_a_stop_that_the_router_holds_ends_with_the_day():
    """No venue has it: Expired is told at once, and no price triggers it any more."""
    desk = Desk().with_market()
    desk.close("2026-11-20")
    lacks = (VenueTerms(session="A", lacks=(Feature.STOP,)),)
    route = Direct(id="to-a", venue="A")
    desk.do(cmd.LoadRules(Rules("rules-2", (), (route,), (), lacks), "tester"))
    desk.new(order_terms=terms(ord_type=OrdType.STOP, stop_px=Decimal(12)))
    assert told(closed(desk)) == ["EXPIRED EXPIRED X 0/0"]
    assert desk.state.held_stops == {}


def test_a_fill_that_comes_while_the_venue_is_asked_counts(desk):
    """It filled before it had the cancel; what is left ends, and so does a later fill's part."""
    closed(desk)
    assert told(desk.fill(30)) == ["TRADE PARTIALLY_FILLED X 30/70"]
    assert told(desk.venue(ExecType.CANCELED)) == ["EXPIRED EXPIRED X 30/0"]
    assert told(desk.fill(20)) == ["TRADE EXPIRED X 50/0"]


def test_a_venue_that_says_how_the_order_ended_is_not_asked(desk):
    """Between the close and the end of its time its word is passed on."""
    desk.close()
    assert told(desk.venue(ExecType.DONE_FOR_DAY)) == ["DONE_FOR_DAY DONE_FOR_DAY X 0/0"]
    assert desk.end_orders() == []


def test_by_agreement_a_day_order_is_done_for_the_day():
    """``day_orders: done_for_day``: whatever the venue answers to the cancel."""
    desk = Desk().with_market()
    agreement = ClientAgreement(session=CLIENT, day_orders=DayOrders.DONE_FOR_DAY)
    rules = Rules("rules-2", (), (Direct(id="to-a", venue="A"),), (agreement,))
    desk.do(cmd.LoadRules(rules, "tester"))
    desk.close("2026-11-20")
    desk.new("X")
    closed(desk)
    assert told(desk.venue(ExecType.EXPIRED)) == ["DONE_FOR_DAY DONE_FOR_DAY X 0/0"]


def test_an_order_that_comes_after_the_close_is_of_the_next_day(desk):
    """It is not ended with those that were there at the close."""
    desk.close()
    desk.new("LATE")
    events = desk.end_orders()
    assert [event.order_id for event in events if hasattr(event, "text")] == [
        desk.order("X").order_id
    ]
    assert kinds(closed(desk, "2026-11-24")) == ["OrderWithdrawn", "ChildCancelRequested"]


def test_a_day_closes_once(desk):
    """Told again, or of an earlier day, it changes nothing; nor does a market nobody knows."""
    desk.close()
    assert desk.close() == []
    assert desk.close("2026-11-20") == []
    assert desk.do(cmd.CloseMarket("XXXX", "2026-11-23")) == []
    assert desk.do(cmd.EndOrders("XXXX")) == []


def test_the_first_close_of_a_market_ends_nothing():
    """Whether the orders came before it nobody knows; the next one ends them."""
    desk = Desk().with_market()
    desk.new("X")
    assert kinds(closed(desk)) == []
    assert kinds(closed(desk, "2026-11-24")) == ["OrderWithdrawn", "ChildCancelRequested"]


@pytest.mark.parametrize(
    ("order_terms", "ends"),
    [
        (terms(), "EXPIRED"),
        (terms(time_in_force=TimeInForce.AT_THE_OPENING), "EXPIRED"),
        (terms(time_in_force=TimeInForce.AT_THE_CLOSE), "EXPIRED"),
        (terms(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL), "CANCELED"),
        (terms(time_in_force=GTC), None),
        (terms(time_in_force=GTD, expire_date="20261122"), "EXPIRED"),
        (terms(time_in_force=GTD, expire_date="20261123"), "EXPIRED"),
        (terms(time_in_force=GTD, expire_date="20261124"), None),
        (terms(time_in_force=GTD, expire_time="20261123-21:00:00"), "EXPIRED"),
        (terms(time_in_force=GTD, expire_time="20261123-21:00:00.5"), None),
        (terms(time_in_force=GTD, expire_time="20261123-21:00:01"), None),
    ],
)
def test_which_orders_end_with_the_day(desk, order_terms, ends):
    """All but those for which a later moment is within their time (close: 21:00 UTC)."""
    desk.new("T", order_terms)
    desk.close()
    assert desk.order("T").is_due == (ends is not None)
    desk.end_orders()
    if ends is not None:
        events = desk.venue(ExecType.CANCELED, cl_ord_id="T")
        assert told(events) == [f"{ends} {ends} T 0/0"]


def test_an_expire_date_without_trading_ends_at_the_close_before(desk):
    """2026-11-26 is a holiday: Wednesday is the last day on which the order can trade."""
    desk.new("T", terms(time_in_force=GTD, expire_date="20261126"))
    closed(desk, "2026-11-24")
    assert desk.order("T").withdrawn is None
    closed(desk, "2026-11-25")
    assert desk.order("T").withdrawn is not None


def test_an_expire_time_ends_an_order_at_any_hour(desk):
    """Once the time of the venues is over, no earlier; the close has nothing to do with it."""
    desk.now = at("2026-11-23T12:00:00+00:00")
    desk.new("T", terms(time_in_force=GTD, expire_time="20261123-15:00:00"))
    desk.now = at("2026-11-23T15:04:59+00:00")
    assert desk.end_orders() == []
    desk.now = at("2026-11-23T15:05:00+00:00")
    assert kinds(desk.end_orders()) == ["OrderWithdrawn", "ChildCancelRequested"]
    assert desk.state.expiries == {}
    assert desk.order("X").withdrawn is None
    assert told(desk.venue(ExecType.CANCELED, cl_ord_id="T")) == ["EXPIRED EXPIRED T 0/0"]


def test_a_replace_sets_another_expire_time(desk):
    """The terms that hold are those that count; an order that has ended expires no more."""
    first = terms(time_in_force=GTD, expire_time="20261123-15:00:00")
    desk.new("T", first)
    assert desk.state.expiries == {desk.order("T").order_id: at("2026-11-23T15:00:00+00:00")}
    desk.replace(terms(time_in_force=GTD, expire_time="20261124-15:00:00"), "U", "T")
    desk.venue(ExecType.REPLACED, cl_ord_id="T")
    assert desk.state.expiries == {desk.order("T").order_id: at("2026-11-24T15:00:00+00:00")}
    desk.fill(100, cl_ord_id="T")
    assert desk.state.expiries == {}


@pytest.mark.parametrize(
    ("ord_status", "text"),
    [
        (OrdStatus.EXPIRED, "EXPIRED EXPIRED X 0/0"),
        (OrdStatus.REJECTED, "EXPIRED EXPIRED X 0/0"),
        (OrdStatus.CANCELED, "EXPIRED EXPIRED X 0/0"),
    ],
)
def test_a_venue_that_has_let_go_of_the_order_has_ended_it(desk, ord_status, text):
    """It refuses the cancel, saying that the order is over, or that it knows of none."""
    closed(desk)
    asked = desk.order().children[0].request.cl_ord_id
    refusal = cmd.VenueOrderCancelReject("A", asked, ord_status=ord_status, text="unknown order")
    assert told(desk.do(refusal)) == [text]


def test_an_order_that_the_venue_does_not_let_go_is_asked_for_at_the_next_close(desk):
    """It works on, the client hears nothing; asked again only when another day has ended."""
    closed(desk)
    assert told(desk.refuse_request(text="busy")) == []
    assert desk.end_orders() == []
    assert kinds(closed(desk, "2026-11-24")) == ["OrderWithdrawn", "ChildCancelRequested"]


def test_every_venue_is_asked():
    """The client is told once none works the order any more."""
    legs = (SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40)))
    desk = Desk([Split(id="split", legs=legs)]).with_market()
    desk.close("2026-11-20")
    desk.new("X")
    assert kinds(closed(desk)).count("ChildCancelRequested") == 2
    assert told(desk.venue(ExecType.CANCELED, 0)) == []
    assert told(desk.venue(ExecType.CANCELED, 1)) == ["EXPIRED EXPIRED X 0/0"]


def test_a_cancel_that_is_pending_at_the_close_is_answered(desk):
    """The client asked for it: Canceled, under the id of its request."""
    desk.cancel("Y", "X")
    closed(desk)
    assert told(desk.venue(ExecType.CANCELED)) == ["CANCELED CANCELED Y 0/0"]


def test_a_replace_that_is_pending_at_the_close_is_answered_first(desk):
    """The venue has one request at a time: what it has replaced is canceled then."""
    desk.replace(terms(80), "Y", "X")
    assert kinds(closed(desk)) == ["OrderWithdrawn"]
    events = desk.venue(ExecType.REPLACED)
    assert told(events) == ["REPLACED NEW Y 0/80"]
    assert kinds(events)[-1] == "ChildCancelRequested"
    assert told(desk.venue(ExecType.CANCELED)) == ["EXPIRED EXPIRED Y 0/0"]


def test_an_order_that_is_given_more_time_after_the_close_goes_on(desk):
    """The terms that hold when the venues' time is over are those that count."""
    desk.close()
    desk.replace(terms(time_in_force=GTC), "Y", "X")
    desk.venue(ExecType.REPLACED)
    assert desk.end_orders() == []


def test_a_direct_order_ends_when_its_venue_says_so():
    """The close is none of the router's business."""
    desk = DirectDesk().with_market()
    desk.close("2026-11-20")
    desk.new("X")
    assert kinds(closed(desk)) == []


def test_orders_of_other_markets_stay(desk):
    """An instrument without a market has no close."""
    desk.new("OTHER", terms(symbol="OTHER"))
    closed(desk)
    assert desk.order("OTHER").withdrawn is None
    assert desk.order("X").withdrawn.text == f"{MARKET.id} has closed, 2026-11-23"


def test_an_order_that_waits_for_a_halt_to_end_ends_with_the_day(desk):
    """No venue has it: nobody is asked, and the client is told at once."""
    desk.new("J", terms(exec_inst="J"))
    desk.halt()
    desk.venue(ExecType.CANCELED, cl_ord_id="J")
    assert desk.order("J").is_open
    assert told(closed(desk)) == ["EXPIRED EXPIRED J 0/0"]
    assert told(desk.resume()) == []


def cancel_in_vain(desk):
    """Have an operator cancel X, and its venue refuse."""
    cancel = OrderOperation.CANCEL
    desk.do(cmd.OperateOrder(desk.order().order_id, cancel, "bob", "client asked"))
    desk.refuse_request()


def test_an_order_that_could_not_be_canceled_ends_with_its_day_all_the_same(desk):
    """An operator's cancel between the close and its consequences does not keep the order alive."""
    desk.close()
    cancel_in_vain(desk)
    assert kinds(desk.end_orders()) == ["OrderWithdrawn", "ChildCancelRequested"]


def until_noon(desk):
    """Have order T at A, good till noon, and the desk's clock a second after the patience."""
    noon = terms(time_in_force=GTD, expire_time="20261123-12:00:00")
    desk.new("T", noon)
    desk.ack(cl_ord_id="T")
    desk.now = at("2026-11-23T12:05:01+00:00")


def test_an_order_that_could_not_be_canceled_ends_at_its_time_all_the_same(desk):
    """ExpireTime(126) holds again once the venue has refused the cancel."""
    until_noon(desk)
    cancel = OrderOperation.CANCEL
    desk.do(cmd.OperateOrder(desk.order("T").order_id, cancel, "bob", "client asked"))
    desk.refuse_request(cl_ord_id="T")
    assert kinds(desk.end_orders()) == ["OrderWithdrawn", "ChildCancelRequested"]


def test_an_order_that_could_not_be_ended_at_its_time_is_not_asked_about_again(desk):
    """A venue that refuses it is asked at the next close, and not every second."""
    until_noon(desk)
    desk.end_orders()
    desk.refuse_request(cl_ord_id="T")
    assert desk.end_orders() == []


def test_an_order_that_a_bust_opens_again_ends_at_its_time(desk):
    """A filled order has no time to end; open again it has."""
    until_noon(desk)
    desk.fill(100, cl_ord_id="T", exec_id="F1")
    assert desk.end_orders() == []
    desk.venue(ExecType.TRADE_CANCEL, cl_ord_id="T", exec_ref_id="F1")
    assert kinds(desk.end_orders()) == ["OrderWithdrawn", "ChildCancelRequested"]


def test_an_instrument_that_moves_to_a_market_that_has_not_closed_ends_nothing(desk):
    """The order was due by the calendar of another market."""
    desk.close()
    other = structs.replace(MARKET, id="XOTH")
    moved = tuple(structs.replace(each, market="XOTH") for each in WITH_MARKET.instruments)
    there = ReferenceData("reference-3", moved, WITH_MARKET.accounts, (MARKET, other))
    desk.do(cmd.LoadReferenceData(there, "tester"))
    assert desk.do(cmd.EndOrders("XOTH")) == []


def test_a_mass_cancel_of_what_ends_with_its_day_changes_nothing(desk):
    """The venue refuses because it has let the order expire: it has ended, as without it."""
    closed(desk)
    desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    child = desk.order().children[0]
    refusal = {"ord_status": OrdStatus.EXPIRED, "text": "expired"}
    refused = cmd.VenueOrderCancelReject("A", child.request.cl_ord_id, **refusal)
    assert told(desk.do(refused)) == ["EXPIRED EXPIRED X 0/0"]


def test_an_order_that_is_older_than_its_calendar_ends_at_its_time():
    """markets.yaml may come, or name its market, while it works."""
    desk = Desk()
    until_noon(desk)
    assert desk.end_orders() == []
    desk.with_market()
    assert kinds(desk.end_orders()) == ["OrderWithdrawn", "ChildCancelRequested"]
