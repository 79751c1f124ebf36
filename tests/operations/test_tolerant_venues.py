"""Nothing that a venue adds to a report, or says in its own words, costs a fill."""

import time

import pytest
from live_router import Client, Router, Venue

from oms_fix.fix.timestamps import format_timestamp


@pytest.fixture
def parties(tmp_path):
    """A running router, its client and its venue, logged on."""
    router = Router(tmp_path)
    venue, client = Venue(router), Client(router)
    router.start()
    venue.log_on()
    client.log_on()
    yield router, client, venue
    client.drop()
    venue.close()
    router.stop()


def fill(venue, cl_ord_id, *more, ord_status="2", last_qty=100, cum_qty=100):
    """Send a fill of an order for 100, with more fields in the middle of the body."""
    fields = [(37, "V1"), (11, cl_ord_id), (17, f"F{cum_qty}"), (150, "F"), (39, ord_status), *more]
    fields += [(55, "IBM"), (54, "1"), (38, 100), (32, last_qty), (31, 250), (151, 100 - cum_qty)]
    fields += [(14, cum_qty), (6, 250), (60, format_timestamp(time.time_ns()).decode())]
    venue.send("8", *fields)


@pytest.mark.parametrize(
    ("more", "ord_status"),
    [
        ([(6001, "x")], "2"),
        ([(4999, "x")], "2"),
        ([(6000, "2"), (6001, "a"), (6001, "b")], "2"),
        ([(29, "?"), (851, "99")], "2"),  # LastCapacity, LastLiquidityInd
        ([], "Z"),
        ([], "PARKED"),
    ],
    ids=[
        "user-defined tag",
        "unknown tag",
        "unknown group",
        "values",
        "OrdStatus",
        "long OrdStatus",
    ],
)
def test_a_fill_with_something_unknown_is_booked(parties, more, ord_status):
    """The client gets its fill, the venue no reject, and the log says what was unknown."""
    router, client, venue = parties
    client.order("X")
    client.expect("8", t150="0")
    cl_ord_id = venue.expect("D").text(11)
    fill(venue, cl_ord_id, *more, ord_status=ord_status)
    client.expect("8", t150="F", t39="2", t14="100")
    venue.expect_nothing_more()
    assert "tolerated" in router.log.read_text()


def test_something_unknown_is_logged_once(parties):
    """The second fill with the same unknown tag is booked without another line."""
    router, client, venue = parties
    client.order("X")
    client.expect("8", t150="0")
    cl_ord_id = venue.expect("D").text(11)
    fill(venue, cl_ord_id, (6001, "x"), ord_status="1", last_qty=60, cum_qty=60)
    fill(venue, cl_ord_id, (6001, "y"), last_qty=40)
    client.expect("8", t150="F", t39="1", t14="60")
    client.expect("8", t150="F", t39="2", t14="100")
    assert router.log.read_text().count("unknown tag tolerated") == 1


def test_a_client_is_held_to_the_dictionary(parties):
    """An order with an unknown tag is rejected: what we do not understand we do not trade."""
    _, client, venue = parties
    now = format_timestamp(time.time_ns()).decode()
    order = [(11, "X"), (55, "IBM"), (54, "1"), (38, 100), (40, 1), (60, now), (6001, "x")]
    client.send("D", *order)
    client.expect("3", t373="0", t371="6001")
    venue.expect_nothing_more()
