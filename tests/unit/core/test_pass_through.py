"""Which fields that the model has no word for go on, and which come back."""

from decimal import Decimal

import pytest
from desk import CLIENT, Desk, DirectDesk, terms, told
from msgspec import structs

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.events import ChildCancelRequested, ChildPlaced, ChildReplaceRequested
from oms_fix.model.orders import OtherField
from oms_fix.model.routes import Direct
from oms_fix.model.rules import ClientAgreement, Rules

ON_BEHALF_OF, CUSTOM, SHOWN = OtherField(115, "FUND"), OtherField(5001, "x"), OtherField(210, "10")
_TO_VENUES = ChildPlaced | ChildReplaceRequested | ChildCancelRequested


def agree(desk, *pass_through):
    """Have the desk agree with its client that these tags are passed through."""
    known = [each for each in desk.state.rules.clients if each.session == CLIENT]
    agreement = structs.replace(
        (known or [ClientAgreement(session=CLIENT)])[0], pass_through=pass_through
    )
    routes = (Direct(id="to-a", venue="A"),)
    desk.do(cmd.LoadRules(Rules("rules-9", (), routes, (agreement,)), "tester"))
    return desk


def to_venues(events):
    return [event.terms.other_fields for event in events if isinstance(event, _TO_VENUES)]


@pytest.fixture(params=[Desk, DirectDesk])
def desk(request):
    """A desk that passes 5001 through; with and without direct access."""
    return agree(request.param(), 5001)


def test_what_is_agreed_goes_on(desk):
    """To the venue with the order, its replace and its cancel; routing fields are not listed."""
    others = (ON_BEHALF_OF, CUSTOM, SHOWN)
    assert to_venues(desk.new(order_terms=terms(other_fields=others))) == [(CUSTOM, SHOWN)]
    later = structs.replace(CUSTOM, value="y")
    asked = desk.replace(terms(120, other_fields=(ON_BEHALF_OF, later)))
    assert to_venues(asked) == [(later,)]


def test_a_cancel_says_what_its_order_said(desk):
    """It has no word of its own for it."""
    desk.new(order_terms=terms(other_fields=(ON_BEHALF_OF, CUSTOM)))
    assert to_venues(desk.cancel()) == [(CUSTOM,)]


def test_what_is_not_agreed_stays_behind():
    """The order keeps the routing fields all the same: its reports need them."""
    desk = Desk()
    events = desk.new(order_terms=terms(other_fields=(ON_BEHALF_OF, CUSTOM)))
    assert to_venues(events) == [()]
    assert desk.order().terms.other_fields == (ON_BEHALF_OF,)


def test_what_is_part_of_the_order_goes_on_without_agreement():
    """An order of which 10 are to be shown is not shown as a whole; so with its replace."""
    desk = Desk()
    assert to_venues(desk.new(order_terms=terms(other_fields=(SHOWN, CUSTOM)))) == [(SHOWN,)]
    assert to_venues(desk.replace(terms(120, other_fields=(SHOWN,)))) == [(SHOWN,)]


def test_allocations_go_on_only_by_agreement():
    """NoAllocs(78) speaks of the whole order, of which a venue may get a part."""
    allocations = OtherField(78, "1", ((79, "FUND7"), (80, "100")))
    events = Desk().new(order_terms=terms(other_fields=(allocations,)))
    assert to_venues(events) == [()]


def test_a_venues_fields_come_back_as_agreed(desk):
    """On a fill; those that are not agreed stay behind, and the fill counts."""
    desk.new()
    child = desk.order().children[0]
    fill = cmd.VenueExecutionReport(
        "A", "V9", ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, child.cl_ord_id,
        last_qty=Decimal(40), last_px=Decimal(10), cum_qty=Decimal(40),
        other_fields=(CUSTOM, OtherField(5002, "z")),
    )  # fmt: skip
    events = desk.do(fill)
    assert told(events) == ["TRADE PARTIALLY_FILLED X 40/60"]
    assert events[-1].report.other_fields == (CUSTOM,)


def test_a_direct_orders_every_report_brings_them_back():
    """New as well: it is the venue's."""
    desk = agree(DirectDesk(), 5001)
    desk.new()
    (told_new,) = desk.say(ExecType.NEW, OrdStatus.NEW, other_fields=(CUSTOM,))[1:]
    assert told_new.report.other_fields == (CUSTOM,)


def test_refusals_are_told_with_the_orders_fields():
    """So that OrderCancelReject(9) finds its way to whom the order came from."""
    desk = Desk()
    desk.new(order_terms=terms(other_fields=(ON_BEHALF_OF,)))
    (refused,) = desk.cancel("X", "X")
    assert refused.reject.other_fields == (ON_BEHALF_OF,)


def test_the_id_of_a_status_request_comes_back():
    """OrdStatusReqID(790), whether the order is known or not."""
    desk = Desk()
    desk.new()
    asked = OtherField(790, "Q7")
    for cl_ord_id in ("X", "NONE"):
        request = cmd.OrderStatusRequest(CLIENT, cl_ord_id, terms(other_fields=(asked,)))
        report = desk.do(request)[-1].report
        assert asked in (*report.other_fields, *report.terms.other_fields)


def test_text_goes_on_to_the_venue():
    """What the client wrote to whoever works the order."""
    placed = Desk().new(order_terms=terms(text="work it gently"))[-1]
    assert placed.terms.text == "work it gently"
