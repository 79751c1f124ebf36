"""Orders that live by their venue's word; the matrices themselves are played in tests/scenarios."""

from decimal import Decimal

import pytest
from desk import CLIENT, DirectDesk, kinds, terms, told

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus, Side, TimeInForce
from oms_fix.model.events import ChildCancelRequested, ChildReplaceRequested, TradeDoubted
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Rules


@pytest.fixture
def desk():
    """A desk with order X of 100, new at the venue."""
    desk = DirectDesk()
    desk.new()
    desk.say(ExecType.NEW, OrdStatus.NEW)
    return desk


def test_new_is_the_venues_word():
    """The order goes to the venue at once, and the client hears nothing before the venue speaks."""
    desk = DirectDesk()
    assert told(desk.new()) == []
    assert told(desk.say(ExecType.NEW, OrdStatus.NEW)) == ["NEW NEW X 0/100"]


def test_an_order_for_several_venues_is_no_direct_one():
    """Of an order that is split the router says New itself: no venue can speak for the whole."""
    desk = DirectDesk()
    desk.state.rules = Rules("rules-3", (), (), ())
    desk.do(cmd.LoadRules(Rules("r", (), (Direct(id="a", venue="A"),), ()), "tester"))
    assert told(desk.new()) == ["NEW NEW X 0/100"]


def test_two_requests_go_on_at_once(desk):
    """Each is passed on under an id of ours, chained as the client chained it (matrix D.2.a)."""
    first = desk.replace(terms(80), "Y", "X")
    second = desk.replace(terms(70), "Z", "Y")
    assert kinds(first) == ["ChecksEvaluated", "RequestPassedOn", "ChildReplaceRequested"]
    sent = [e for e in (*first, *second) if isinstance(e, ChildReplaceRequested)]
    assert [e.terms.order_qty for e in sent] == [80, 70]
    assert sent[1].orig_cl_ord_id == sent[0].cl_ord_id


def test_a_request_is_not_pending_before_the_venue_says_so(desk):
    """A fill that crosses the cancel shows Partially Filled (matrix B.1.c, step 4)."""
    desk.cancel()
    fill = desk.say(
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        cum_qty=30,
        last_qty=Decimal(30),
        last_px=Decimal(10),
    )
    assert told(fill) == ["TRADE PARTIALLY_FILLED X 30/70"]


def test_a_status_that_does_not_fit_the_quantities_is_put_right(desk):
    """A venue that says Filled of a part is passed on as Partially Filled."""
    fill = desk.say(
        ExecType.TRADE, OrdStatus.FILLED, cum_qty=30, last_qty=Decimal(30), last_px=Decimal(10)
    )
    assert told(fill) == ["TRADE PARTIALLY_FILLED X 30/70"]


def test_a_cancel_of_a_canceled_order_is_refused_here(desk):
    """The venue is not asked about what is over."""
    desk.say(ExecType.CANCELED, OrdStatus.CANCELED)
    assert told(desk.cancel()) == ["REQUEST_REJECTED CANCELED Y 0"]


def test_a_replace_still_passes_the_checks():
    """Direct access is not unchecked access: what a limit forbids does not reach the venue."""
    limit = OrderQuantity(id="max", quantity_max=Decimal(100))
    desk = DirectDesk((limit,))
    desk.new()
    refused = desk.replace(terms(101))
    assert told(refused) == ["REQUEST_REJECTED PENDING_NEW Y 99"]
    assert "ChildReplaceRequested" not in kinds(refused)


def test_a_split_restates_what_is_filled():
    """Two for one: quantities double, prices halve, what it cost stays (matrix H.1.b)."""
    desk = DirectDesk()
    desk.new(order_terms=terms(100, time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    fill = {"last_qty": Decimal(40), "last_px": Decimal(10)}
    desk.say(ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, cum_qty=40, **fill)
    split = desk.say(
        ExecType.RESTATED,
        OrdStatus.PARTIALLY_FILLED,
        cum_qty=80,
        order_qty=Decimal(200),
        price=Decimal(5),
        exec_restatement_reason=0,
    )
    assert told(split) == ["RESTATED PARTIALLY_FILLED X 80/120"]
    order = desk.order()
    assert (order.avg_px, order.terms.price) == (5, 5)
    position = desk.state.positions["FUND", "ACME"]
    assert (position.quantity, position.bought_value) == (80, 400)


def test_the_venue_says_what_an_amount_comes_to():
    """CashOrderQty(152) goes on as it is; OrderQty(38) is the venue's (matrix L.1.b)."""
    desk = DirectDesk()
    asked = terms(0, cash_order_qty=Decimal(1000))
    placed = desk.new(order_terms=asked)[-1]
    assert (placed.terms.cash_order_qty, placed.terms.order_qty) == (1000, 100)
    accepted = desk.say(ExecType.NEW, OrdStatus.NEW, order_qty=Decimal(99))
    assert told(accepted) == ["NEW NEW X 0/99"]


def test_a_possible_resend_of_an_amount_is_known_by_the_amount():
    """What it came to in quantity is ours, and no part of what the client sends again."""
    desk = DirectDesk()
    asked = terms(0, cash_order_qty=Decimal(1000))
    desk.new(order_terms=asked)
    desk.say(ExecType.NEW, OrdStatus.NEW, order_qty=Decimal(99))
    assert told(desk.new(order_terms=asked, poss_resend=True)) == ["ORDER_STATUS NEW X 0/99"]


def test_an_order_by_phone_is_the_clients():
    """What the venue reports without ClOrdID(11) is booked and passed on (matrix E.1.a)."""
    desk = DirectDesk()
    booked = desk.phone()
    assert kinds(booked) == ["OrderPhoned", "ChildReported", "OrderReported"]
    assert told(booked) == ["NEW NEW  0/50"]


def test_an_order_by_phone_of_nobody_is_not_booked():
    """A venue that no client phones reports an order that is not ours."""
    desk = DirectDesk()
    report = cmd.VenueExecutionReport(
        session="C", exec_id="P1", exec_type=ExecType.NEW, ord_status=OrdStatus.NEW, cl_ord_id="",
        symbol="ACME", side=Side.SELL, venue_order_id="C1", order_qty=Decimal(50),
    )  # fmt: skip
    assert kinds(desk.do(report)) == ["VenueMessageIgnored"]


def test_a_doubt_goes_on_to_the_venue_of_the_fill(desk):
    """DontKnowTrade(Q) names the venue's ExecID(17), for our one."""
    fill = desk.say(
        ExecType.TRADE,
        OrdStatus.PARTIALLY_FILLED,
        cum_qty=30,
        last_qty=Decimal(30),
        last_px=Decimal(10),
    )
    report, venue_exec_id = fill[-1].report, fill[0].exec_id
    doubt = desk.do(cmd.DontKnowTrade(CLIENT, report.order_id, report.exec_id, "D"))[0]
    assert isinstance(doubt, TradeDoubted)
    assert (doubt.venue, doubt.venue_exec_id, doubt.last_qty) == ("A", venue_exec_id, 30)


def test_a_doubt_about_nothing_of_ours_goes_nowhere(desk):
    """It is kept on record, with no venue to hear of it."""
    doubt = desk.do(cmd.DontKnowTrade(CLIENT, desk.order().order_id, "E999", "D"))[0]
    assert doubt.venue == ""


def test_a_refused_request_names_the_last_accepted_id(desk):
    """Both replaces refused: the second reject names X, not Y (matrix D.2.c)."""
    desk.replace(terms(80), "Y", "X")
    desk.replace(terms(70), "Z", "Y")
    desk.refuse("Y", cxl_rej_reason=2)
    reject = desk.refuse("Z", cxl_rej_reason=0)[0].reject
    assert (reject.cl_ord_id, reject.orig_cl_ord_id, reject.cxl_rej_reason) == ("Z", "X", 0)


def test_a_refusal_says_where_the_order_stands(desk):
    """What the venue's 9 says of the order is what a status request is answered by from then on."""
    desk.say(ExecType.CALCULATED, OrdStatus.CALCULATED)
    assert told(desk.ask_status()) == ["ORDER_STATUS CALCULATED X 0/100"]
    desk.cancel()
    assert told(desk.refuse("Y", ord_status=OrdStatus.NEW)) == ["REQUEST_REJECTED NEW Y 2"]
    assert told(desk.ask_status()) == ["ORDER_STATUS NEW X 0/100"]


def test_the_venues_status_of_a_cancel_that_is_ours_counts(desk):
    """Pending Cancel of a mass cancel, with the OrdStatus(39) New, ends a suspension."""
    desk.say(ExecType.SUSPENDED, OrdStatus.SUSPENDED)
    desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    assert told(desk.venue(ExecType.PENDING_CANCEL)) == ["PENDING_CANCEL NEW X 0/100"]
    assert told(desk.ask_status()) == ["ORDER_STATUS NEW X 0/100"]


def test_a_mass_cancel_asks_the_venue_too(desk):
    """The order is Canceled under its own id once the venue says so."""
    asked = desk.do(cmd.OrderMassCancelRequest(CLIENT, "M", "7"))
    request = next(e for e in asked if isinstance(e, ChildCancelRequested))
    canceled = desk.do(
        cmd.VenueExecutionReport(
            "A", "V9", ExecType.CANCELED, OrdStatus.CANCELED, request.cl_ord_id
        )
    )
    assert told(canceled) == ["CANCELED CANCELED X 0/0"]


@pytest.mark.parametrize("price", [10, None])
def test_an_amount_of_what_only_the_venue_knows_goes_to_it(price):
    """The venue says what CashOrderQty(152) comes to (matrix L.1.b)."""
    desk = DirectDesk()
    asked = terms(0, price, symbol="ELSE", cash_order_qty=Decimal(1000))
    placed = desk.new(order_terms=asked)[-1]
    assert placed.terms.cash_order_qty == 1000
    new = desk.say(ExecType.NEW, OrdStatus.NEW, order_qty=Decimal(97))
    assert told(new) == ["NEW NEW X 0/97"]


def test_executions_after_a_cancel_go_by_the_clients_version(desk):
    """Whatever id the venue names, both the order's and the cancel's are told (J.1.b, D35)."""
    desk.cancel()
    desk.say(ExecType.CANCELED, OrdStatus.CANCELED, "Y", "X")
    for named in ("X", "Y"):
        report = desk.trade(10, OrdStatus.CANCELED, named)[-1].report
        assert (report.cl_ord_id, report.cancel_cl_ord_id) == ("X", "Y")


def test_an_end_shows_before_what_its_venue_called_pending(desk):
    """Its client was told how the order has ended: that is what a status says then."""
    desk.replace(terms(80), "Y", "X")
    desk.cancel("Z", "Y")
    desk.say(ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE, "Y", "X")
    assert told(desk.ask_status()) == ["ORDER_STATUS PENDING_REPLACE X 0/100"]
    ended = desk.say(ExecType.DONE_FOR_DAY, OrdStatus.DONE_FOR_DAY)
    assert told(ended) == ["DONE_FOR_DAY DONE_FOR_DAY X 0/0"]
    assert told(desk.ask_status()) == ["ORDER_STATUS DONE_FOR_DAY X 0/0"]
    late = {"cxl_rej_reason": 0, "ord_status": OrdStatus.DONE_FOR_DAY}
    assert told(desk.refuse("Y", **late)) == ["REQUEST_REJECTED DONE_FOR_DAY Y 0"]
    assert told(desk.ask_status()) == ["ORDER_STATUS DONE_FOR_DAY X 0/0"]


def test_an_end_that_its_venue_calls_pending_is_told_as_that(desk):
    """A pending replace ranks above Done For Day where the venue says so; a refusal uncovers it."""
    desk.replace(terms(80), "Y", "X")
    desk.say(ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE, "Y", "X")
    ended = desk.say(ExecType.DONE_FOR_DAY, OrdStatus.PENDING_REPLACE)
    assert told(ended) == ["DONE_FOR_DAY PENDING_REPLACE X 0/0"]
    assert told(desk.ask_status()) == ["ORDER_STATUS PENDING_REPLACE X 0/0"]
    desk.refuse("Y", cxl_rej_reason=0, ord_status=OrdStatus.DONE_FOR_DAY)
    assert told(desk.ask_status()) == ["ORDER_STATUS DONE_FOR_DAY X 0/0"]


def test_a_second_pending_replace_may_show_the_quantity_of_the_first(desk):
    """The venue takes the first for granted (matrix D.2.b); the order itself is as it was."""
    desk.replace(terms(80), "Y", "X")
    desk.replace(terms(70), "Z", "Y")
    for cl_ord_id, shown in (("Y", 100), ("Z", 80)):
        pending = ExecType.PENDING_REPLACE, OrdStatus.PENDING_REPLACE, cl_ord_id, "X"
        (event,) = desk.say(*pending, order_qty=Decimal(80))[1:]
        assert (event.report.terms.order_qty, event.report.leaves_qty) == (shown, shown)
    assert desk.order().terms.order_qty == 100


def test_an_order_by_phone_is_known_by_its_venues_newest_order_id():
    """A venue may give it another OrderID(37) with a replace: nothing else names the order."""
    desk = DirectDesk()
    by_phone = {"session": "B", "ord_status": OrdStatus.NEW, "symbol": "ACME", "side": Side.BUY}
    quantity = {"order_qty": Decimal(100)}
    new = {"exec_type": ExecType.NEW, "cl_ord_id": "", "venue_order_id": "B1"}
    (phoned, *_) = desk.do(cmd.VenueExecutionReport(exec_id="P1", **by_phone, **new, **quantity))
    request = cmd.OrderCancelReplaceRequest(
        CLIENT, "R", "", terms(80, 0, account=None), order_id=phoned.order_id
    )
    (asked,) = [each for each in desk.do(request) if isinstance(each, ChildReplaceRequested)]
    replaced = {"exec_type": ExecType.REPLACED, "cl_ord_id": asked.cl_ord_id}
    desk.do(cmd.VenueExecutionReport(exec_id="P2", venue_order_id="B2", **by_phone, **replaced))
    last = {"last_qty": Decimal(80), "last_px": Decimal(10)}
    trade = {"exec_type": ExecType.TRADE, "cl_ord_id": "", "venue_order_id": "B2"}
    desk.do(cmd.VenueExecutionReport(exec_id="P3", **(by_phone | trade), **last))
    assert desk.state.orders[phoned.order_id].cum_qty == 80
