"""Orders that wait at a trader's desk until somebody places them."""

from decimal import Decimal

import pytest
import wave_routes
from desk import Desk, kinds, terms, told
from images import written_and_read
from routing_desk import RoutingDesk, book
from watched_desk import BREAKER, TO_A, WatchedDesk

from oms_fix.core.image import difference
from oms_fix.model.commands import OperateOrder, SessionLoggedOut
from oms_fix.model.enums import ExecType, OrderOperation, OrdStatus, OrdType, TimeInForce
from oms_fix.model.events import ChildPlaced, OrderReported
from oms_fix.model.operations import OrderOperated
from oms_fix.model.routes import Direct, Manual, Sweep
from oms_fix.model.routing import OrderRouted

CANCELED, EXPIRED, REJECTED = ExecType.CANCELED, ExecType.EXPIRED, ExecType.REJECTED


@pytest.fixture
def desk(monkeypatch):
    """A desk at which what is small waits at the desk BLOCKS."""
    wave_routes.use(monkeypatch)
    manual = Manual(id="manual", when={"OrderQty": "<= 100"}, desk="BLOCKS")
    return Desk([manual, Direct(id="rest", venue="C")])


def place(desk, venue="A", quantity=None, cl_ord_id="X"):
    """Have a trader place an order, or a part of it."""
    order_id = desk.order(cl_ord_id).order_id
    given = None if quantity is None else Decimal(quantity)
    command = OperateOrder(
        order_id, OrderOperation.PLACE, "bob", "phoned", quantity=given, venue=venue
    )
    return desk.do(command)


def placed(events):
    return [(e.venue, e.terms.order_qty) for e in events if isinstance(e, ChildPlaced)]


def code(events):
    """The code of the refusal, which is all that there may be."""
    assert [type(event) for event in events] == [OrderOperated]
    return events[0].refused.partition(":")[0]


def test_an_order_waits_at_its_desk(desk):
    """The client is told New, and no venue has any of it; a restart changes nothing."""
    events = desk.new()
    assert told(events) == ["NEW NEW X 0/100"]
    assert placed(events) == []
    assert (desk.order().desk, desk.order().rests) == ("BLOCKS", True)
    assert told(desk.ask_status()) == ["ORDER_STATUS NEW X 0/100"]
    assert difference(written_and_read(desk.state), desk.state) is None


def test_a_trader_places_it_part_by_part(desk):
    """On record with who did it, how much and where; the fills are the client's."""
    desk.new()
    events = place(desk, "A", 60)
    assert (events[0].operator, events[0].details) == ("bob", "quantity 60 to A")
    assert placed(events) == [("A", 60)]
    assert placed(place(desk, "B")) == [("B", 40)]
    assert told(desk.fill(60, child=0)) == ["TRADE PARTIALLY_FILLED X 60/40"]
    assert told(desk.fill(40, child=1)) == ["TRADE FILLED X 100/0"]


@pytest.mark.parametrize("exec_type", [REJECTED, CANCELED])
def test_what_a_venue_gives_back_waits_at_the_desk_again(desk, exec_type):
    """The trader decides, also for the venue that refused."""
    desk.new()
    place(desk)
    assert told(desk.venue(exec_type)) == []
    assert desk.order().is_open
    assert placed(place(desk)) == [("A", 100)]


def test_what_expires_at_its_venue_ends_the_order(desk):
    """Its time is over."""
    desk.new()
    place(desk)
    assert told(desk.venue(EXPIRED)) == ["EXPIRED EXPIRED X 0/0"]


def test_a_client_cancels_what_waits(desk):
    """It is answered at once."""
    desk.new()
    assert told(desk.cancel())[-1] == "CANCELED CANCELED Y 0/0"


def test_a_client_replaces_what_waits(desk):
    """The rules decide on the new terms: back to the desk, or on to a venue."""
    desk.new()
    assert told(desk.replace(terms(50)))[-1] == "REPLACED NEW Y 0/50"
    assert desk.order().desk == "BLOCKS"
    assert placed(desk.replace(terms(150), "Z", "Y")) == [("C", 150)]
    assert desk.order().desk == ""


def test_a_replace_calls_back_what_is_a_part(desk):
    """A venue does not get the whole order in the place of a part."""
    desk.new()
    place(desk, "A", 60)
    desk.replace(terms(80))
    assert told(desk.venue(CANCELED)) == ["REPLACED NEW Y 0/80"]
    assert desk.order().placed_qty == 0


def test_the_close_ends_what_waits(desk):
    """By its time in force, as any other order."""
    desk.with_market()
    desk.close("2026-11-20")
    desk.new()
    desk.new("Z", terms(time_in_force=TimeInForce.GOOD_TILL_CANCEL))
    desk.close()
    assert told(desk.end_orders()) == ["EXPIRED EXPIRED X 0/0"]
    assert desk.order("Z").rests


def test_a_suspended_order_comes_back_to_its_desk(desk):
    """Nothing is placed when trading goes on."""
    desk.new(order_terms=terms(exec_inst="J"))
    desk.halt()
    assert code(place(desk)) == "HALTED"
    assert placed(desk.resume()) == []
    assert placed(place(desk)) == [("A", 100)]


def test_what_a_trader_cannot_do(desk):
    """Each is refused with a code, and is on record."""
    desk.new()
    assert code(place(desk, "A", 101)) == "INVALID_VALUE"
    assert code(place(desk, "A", 0)) == "INVALID_VALUE"
    assert code(place(desk, "A", "0.5")) == "INVALID_VALUE"
    assert code(place(desk, "NOWHERE")) == "VENUES_DOWN"
    desk.do(SessionLoggedOut("B"))
    assert code(place(desk, "B")) == "VENUES_DOWN"
    place(desk, "A", 60)
    assert code(place(desk, "A", 41)) == "INVALID_VALUE"
    desk.cancel()
    assert code(place(desk, "A", 40)) == "ALREADY_PENDING"
    desk.venue(CANCELED)
    assert desk.order().status is OrdStatus.CANCELED
    assert code(place(desk, "A", 40)) == "TOO_LATE"
    desk.new("Z", terms(150))
    assert code(place(desk, "A", cl_ord_id="Z")) == "NOT_AT_DESK"


def test_a_trader_is_bound_by_the_limits_of_venues():
    """What is placed by hand counts in its second; what is placed has to be large enough."""
    manual = Manual(id="manual", desk="BLOCKS")
    desk = WatchedDesk(manual, orders_per_second_max=1, quantity_min=Decimal(50))
    desk.new()
    assert code(place(desk, "A", 40)) == "VENUES_DOWN"
    assert placed(place(desk, "A", 50)) == [("A", Decimal(50))]
    assert code(place(desk, "A", 50)) == "VENUES_DOWN"
    desk.pass_time(1)
    assert placed(place(desk, "A", 50)) == [("A", Decimal(50))]


def test_what_a_trader_places_tries_a_suspended_venue():
    """Not before its time is over, as any other order."""
    desk = WatchedDesk(TO_A, breaker=BREAKER).suspended()
    desk.describe(Manual(id="manual", desk="BLOCKS"), breaker=BREAKER)
    desk.new()
    assert code(place(desk)) == "VENUES_DOWN"
    desk.pass_time(30)
    assert kinds(place(desk)) == ["OrderOperated", "ChildPlaced", "VenueProbed"]


def test_an_order_that_may_not_be_divided_is_placed_whole(desk):
    """A Fill Or Kill order in parts would not be one."""
    desk.new(order_terms=terms(time_in_force=TimeInForce.FILL_OR_KILL))
    assert code(place(desk, "A", 60)) == "INVALID_VALUE"
    assert placed(place(desk)) == [("A", 100)]


def test_a_stop_at_a_desk_is_its_traders(desk):
    """It goes to a venue as it is; no price of ours triggers it."""
    desk.new(order_terms=terms(price=0, ord_type=OrdType.STOP, stop_px=Decimal(11)))
    assert placed(place(desk)) == [("A", 100)]
    assert desk.order().children[0].terms.ord_type is OrdType.STOP


# --- orders to be done at once --------------------------------------------------------------------

IOC, FOK = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


def sweeping(*following, then, books=()):
    """Return a desk that sweeps A and B, then goes on as these routes have it."""
    swept = RoutingDesk(Sweep(id="sweep", venues=("A", "B"), then=then), *following)
    return swept.see(*books)


def routes_to_the_desk():
    """A second sweep, which goes on at the desk, and the desk."""
    apart = {"OrderQty": "> 999999"}
    second = Sweep(id="second", when=apart, venues=("C",), then="blocks")
    return second, Manual(id="blocks", when=apart, desk="BLOCKS")


def ended(events):
    return [e.report.text for e in events if isinstance(e, OrderReported) and e.report.text]


def test_what_a_sweep_leaves_of_an_order_to_be_done_at_once_does_not_wait():
    """It is canceled, and the text says why; a day order waits at the desk."""
    books = (book("A", "60@10"), book("B", "30@10"))
    for time_in_force, told_then in ((IOC, ["CANCELED CANCELED X 50/0"]), (TimeInForce.DAY, [])):
        desk = sweeping(*routes_to_the_desk(), then="blocks", books=books)
        desk.new(order_terms=terms(100, 10, time_in_force=time_in_force))
        desk.fill(50)
        desk.venue(CANCELED)
        events = desk.venue(CANCELED, child=1)
        assert told(events) == told_then
        assert desk.order().desk == ("" if told_then else "BLOCKS")
        if told_then:
            assert ended(events) == [
                "NOT_TO_WAIT: what is to be done at once does not wait at a desk route=blocks"
            ]


def test_what_comes_back_last_of_an_order_to_be_done_at_once_does_not_wait():
    """Also where all venues have refused it."""
    books = (book("A", "60@10"), book("B", "40@10"))
    desk = sweeping(*routes_to_the_desk(), then="blocks", books=books)
    desk.new(order_terms=terms(100, 10, time_in_force=IOC))
    desk.see(book("A", "", "1@9"), book("B", "", "1@9"))
    desk.fill(50)
    desk.venue(CANCELED)
    events = desk.venue(REJECTED, child=1)
    assert told(events) == ["CANCELED CANCELED X 50/0"]
    assert ended(events)[0].startswith("NOT_TO_WAIT: ")


@pytest.mark.parametrize("time_in_force", [IOC, FOK])
@pytest.mark.parametrize("then", ["blocks", "second"])
def test_an_order_to_be_done_at_once_that_finds_nothing_does_not_wait(time_in_force, then):
    """Not by one step nor by two: it is rejected, and the decision says why."""
    desk = sweeping(*routes_to_the_desk(), then=then)
    desk.do(SessionLoggedOut("A"))
    desk.do(SessionLoggedOut("B"))
    desk.do(SessionLoggedOut("C"))
    events = desk.new(order_terms=terms(100, 10, time_in_force=time_in_force))
    assert told(events) == ["REJECTED REJECTED X 0/0"]
    assert "A(not connected),B(not connected)" in ended(events)[0]
    routed = next(event for event in events if isinstance(event, OrderRouted))
    assert routed.desk == ""
    if time_in_force is IOC:  # the other is for one venue as a whole, and goes on nowhere
        assert routed.reason.endswith(
            "nothing to take, then rule blocks: an order to be done at once does not wait there"
        )
